import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(__dirname, "..", "host");
const LIBRARY = "/usr/local/lib/palisade";
const END = "#=== end of file";
/** The end of the compound command. */
const LAST = "exit\n}\n";

interface InstalledFile {
  source: string;
  target: string;
}

function installedFiles(): InstalledFile[] {
  const parts = readdirSync(join(FOLDER, "lib")).sort();
  const units = readdirSync(join(FOLDER, "systemd")).sort();
  return [
    { source: "palisade-host", target: `${LIBRARY}/palisade-host` },
    ...parts.map((part) => ({ source: `lib/${part}`, target: `${LIBRARY}/${part}` })),
    ...["sshd.conf", "charon.conf"].map((name) => ({ source: name, target: `${LIBRARY}/${name}` })),
    ...units.map((unit) => ({ source: `systemd/${unit}`, target: `/etc/systemd/system/${unit}` })),
  ];
}

let common: string | undefined;

/** The part of the script that is the same for every host, read once. */
function commonScript(): string {
  common ??= [
    "{",
    ...["prepare.sh", "checks.sh"].map((part) => readFileSync(join(FOLDER, part), "utf8")),
    "put_files() {",
    ...installedFiles().map(
      ({ source, target }) =>
        `put_file ${target} <<'${END}'\n${readFileSync(join(FOLDER, source), "utf8")}${END}`,
    ),
    "}",
    "",
  ].join("\n");
  return common;
}

/**
 * The packages that a host must have, as `prepare` lists them.
 * @throws if it lists none
 */
export function requiredPackages(): string[] {
  const text = readFileSync(join(FOLDER, "prepare.sh"), "utf8");
  const packages = /^PACKAGES="([a-z0-9.+\s-]+)"$/m.exec(text)?.[1]?.split(/\s+/);
  if (packages === undefined) throw new Error("host/prepare.sh names no packages");
  return packages;
}

/**
 * The script that makes a host ready, for `sh -s` to read from standard input. It is one compound command, which a
 * shell runs when it has read the closing brace: a connection that breaks half way runs nothing.
 * @param identity the host's IKE identity; letters, digits, `-` and `.` only
 * @param keyEpoch ISO date of the host's own key; with another than before it makes a new one
 */
export function prepareScript(identity: string, keyEpoch = ""): string {
  if (!/^[a-z0-9.-]+$/.test(identity)) throw new Error(`not a host identity: ${identity}`);
  if (!/^([0-9]{4}-[0-9]{2}-[0-9]{2})?$/.test(keyEpoch)) throw new Error(`not a date: ${keyEpoch}`);
  const command = ["palisade_prepare", identity, ...(keyEpoch === "" ? [] : [keyEpoch])].join(" ");
  return `${commonScript()}${command} </dev/null\n${LAST}`;
}

/**
 * The same script with a document of the access facet, which it applies in the end. The host may be one that has nothing
 * of Palisade's yet, so it is prepared first.
 * @param prepare as `prepareScript` makes it
 * @param access text of the facet
 */
export function moveScript(prepare: string, access: string): string {
  if (!prepare.endsWith(LAST) || access.includes(END)) throw new Error("not a script and a document");
  const [from, to] = [prepare.slice(0, -LAST.length), `${LIBRARY}/palisade-host apply access <<'${END}'`];
  return `moving=yes\n${from}${to}\n${access}${END}\n${LAST}`;
}
