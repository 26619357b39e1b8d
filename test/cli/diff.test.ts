import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { groups, stack, tests } from "../compiler/support/cases";
import { edited, type Edit } from "../compiler/support/sample";
import { emptyFolder, palisade, project, writeProject } from "./support/project";

function git(folder: string, ...args: string[]): void {
  const identity = [
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.org",
    "-c",
    "commit.gpgsign=false",
  ];
  const { status, stderr } = spawnSync("git", [...identity, ...args], { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** A project whose sample is committed and tagged `before`, with changes in the working tree. */
function changed(...edits: Edit[]): string {
  const folder = project();
  git(folder, "init", "--quiet");
  commit(folder, "before");
  writeProject(folder, ...edits);
  return folder;
}

function commit(folder: string, tag: string): void {
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "-m", tag);
  git(folder, "tag", tag);
}

const WIDER = groups('"5432/tcp"', '"5432-5440/tcp"');
const NARROWER = groups('"team": "sre", "sudo": true', '"team": "sre"');
const GUARD = tests('"expect": "sudo" }', '"expect": "login" }');
const GAINED = "app → db 5433-5440/tcp (db.postgres): app-1 → db-1";
const LOST = "alice: sudo on app-1, bastion-1, db-1, web-1, web-2 (keeps login)";
const TEXT = `access gained
  dev
    + ${GAINED}
access lost
  dev
    - ${LOST}
policy tests
    removed: "alice" on "db": sudo in dev
    added: "alice" on "db": login in dev
`;

describe("diff", () => {
  test("tells the working tree from a revision: what widens, what narrows, tests", () => {
    const result = palisade(changed(WIDER, NARROWER, GUARD), "diff", "before");
    assert.deepEqual(result, { status: 0, stdout: TEXT, stderr: "" });
  });

  test("tells two revisions, and two folders, in the same words", () => {
    const folder = changed(WIDER, NARROWER, GUARD);
    commit(folder, "after");
    writeProject(folder);
    assert.equal(palisade(folder, "diff", "before", "after").stdout, TEXT);
    const other = project(WIDER, NARROWER, GUARD);
    assert.equal(palisade(folder, "diff", ".", other).stdout, TEXT);
  });

  test("a project may be in a folder of its repository", () => {
    const repository = emptyFolder();
    const folder = join(repository, "infra");
    mkdirSync(join(folder, "policy"), { recursive: true });
    writeProject(folder);
    git(repository, "init", "--quiet");
    commit(repository, "before");
    writeProject(folder, WIDER);
    assert.equal(palisade(folder, "diff", "before").stdout, `access gained\n  dev\n    + ${GAINED}\n`);
  });

  test("says only that nothing changed, where nothing did", () => {
    const folder = changed(groups('"postgres"', '"postgresql"'));
    for (const args of [[], ["--markdown"], ["--fail-on-widening"]]) {
      assert.deepEqual(palisade(folder, "diff", "before", ...args), {
        status: 0,
        stdout: "no change in access\n",
        stderr: "",
      });
    }
  });

  test("--fail-on-widening exits with 2 for more access, and with 0 for less", () => {
    const wider = changed(WIDER);
    assert.equal(palisade(wider, "diff", "before").status, 0);
    assert.equal(palisade(wider, "diff", "before", "--fail-on-widening").status, 2);
    const narrower = palisade(changed(NARROWER, GUARD), "diff", "before", "--fail-on-widening");
    assert.equal(narrower.status, 0);
    assert.match(narrower.stdout, /^access lost\n/);
  });

  test("--markdown is for a pull request", () => {
    const { stdout } = palisade(changed(WIDER, NARROWER, GUARD), "diff", "before", "--markdown");
    assert.equal(
      stdout,
      `### Access gained\n\n**dev**\n\n- ${GAINED}\n\n### Access lost\n\n**dev**\n\n- ${LOST}\n\n### Policy tests\n\n- removed: "alice" on "db": sudo in dev\n- added: "alice" on "db": login in dev\n`,
    );
  });

  test("--json gives the changes as data, and the stacks that are on one side only", () => {
    const folder = changed(WIDER);
    const text = (edited([]).get("Pulumi.dev.yaml") ?? "").replace("environment: dev", "environment: test");
    writeFileSync(join(folder, "Pulumi.test.yaml"), text);
    const { stdout } = palisade(folder, "diff", "before", "--json");
    assert.deepEqual(JSON.parse(stdout), {
      widens: true,
      stacks: [
        {
          stack: "dev",
          gained: [
            {
              kind: "flow",
              from: { group: "app", hosts: ["app-1"] },
              to: { group: "db", hosts: ["db-1"] },
              service: "db.postgres",
              port: "5433-5440/tcp",
            },
          ],
          lost: [],
        },
      ],
      tests: { removed: [], added: [] },
      notCompared: { base: [], head: ["test"] },
    });
  });

  test("a change that the policy's own tests refuse is shown all the same", () => {
    const { status, stdout } = palisade(changed(groups('"app", "self"', '"app", "web"')), "diff", "before");
    assert.equal(status, 0);
    assert.match(stdout, /\+ web → db 5432\/tcp/);
  });

  test("a side that is broken is named", () => {
    const broken = stack("groups: [app]", "groups: [ap]");
    const folder = changed(broken);
    commit(folder, "after");
    const line = 'Pulumi.dev.yaml:8:43: palisade:hosts[2].groups[0]: unknown group "ap"; did you mean "app"?';
    const expected = (prefix: string) => ({ status: 1, stdout: "", stderr: `${prefix}${line}\n1 problem\n` });
    assert.deepEqual(palisade(folder, "diff", "before"), expected(""));
    assert.deepEqual(palisade(folder, "diff", "before", "after"), expected("after:"));
  });

  test("what is neither a folder nor a revision is misuse, and so is nothing to compare", () => {
    const folder = changed();
    const { status, stderr } = palisade(folder, "diff", "--", "-x");
    assert.deepEqual(
      { status, stderr },
      { status: 2, stderr: 'palisade: "-x" is neither a folder nor a revision of git here\n' },
    );
    rmSync(join(folder, "Pulumi.dev.yaml"));
    assert.equal(palisade(folder, "diff", "before").status, 2);
  });
});
