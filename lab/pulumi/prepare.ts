/** Finds Pulumi's engine, or fetches or builds it, so that tests and benchmarks have it. */
import { openLab } from "../machine/lab";
import { findPulumi } from "./find";
import { engineText } from "./installed";

findPulumi(openLab(), (line) => process.stderr.write(`  ${line}\n`)).then(
  (installed) => process.stderr.write(`  with ${engineText(installed)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
