import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Environment variable that writes the golden files anew instead of comparing with them; review the difference. */
export const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

const FOLDER = join(__dirname, "..", "golden");

/** A scenario: policy and stack in, each host's texts out. */
export interface Scenario {
  name: string;
  /** Holds `policy/`, one `Pulumi.NAME.yaml`, and `rendered/HOST/FACET/FILE`. */
  folder: string;
}

export function scenarios(): Scenario[] {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => ({ name, folder: join(FOLDER, name) }));
}

/** The golden files of a scenario by their path under `rendered/`. */
export function goldenFiles(scenario: Scenario): Map<string, string> {
  const root = join(scenario.folder, "rendered");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(root, path), readFileSync(path, "utf8")]));
}

/** Puts these files in the place of a scenario's golden ones. */
export function writeGolden(scenario: Scenario, files: ReadonlyMap<string, string>): void {
  const root = join(scenario.folder, "rendered");
  rmSync(root, { recursive: true, force: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
