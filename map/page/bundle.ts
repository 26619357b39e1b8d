import { buildSync } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const PANZOOM = "@panzoom/panzoom";

/** The page's script in one piece, with the library that it uses and that library's licence. */
export function clientScript(): string {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(__dirname, "client", "main.ts")],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    banner: { js: `/*!\n${panzoomLicence()}*/` },
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild wrote nothing");
  return output.text;
}

function panzoomLicence(): string {
  const folder = join(dirname(require.resolve(PANZOOM)), "..");
  return readFileSync(join(folder, "MIT-License.txt"), "utf8");
}
