import { cannotRunLab } from "./test-lab";

/** The tests that `make test` has no time for, and how long each takes; `make test-NAME` runs one. */
const LONG = {
  changes: "six minutes",
  regions: "seven minutes",
  rotation: "four minutes",
  runbook: "seven minutes",
};

/**
 * Why a long test does not run now; false where it does. As `skip` of a test, it is told in the test's report.
 * @param missed what was not tried, as in "regions were NOT brought up"
 */
export function leftOut(name: keyof typeof LONG, missed: string): string | false {
  if (cannotRunLab !== false) return cannotRunLab;
  if (process.env["PALISADE_LONG"] === name) return false;
  return `SKIPPED: ${missed}, which takes ${LONG[name]}; make test-${name} does`;
}
