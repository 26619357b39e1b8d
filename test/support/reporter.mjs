import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";

/**
 * A reporter for node:test: one line a test file, every failure with its reason, that of a `before` or `after` too,
 * every skipped test with what it missed, what a test has to tell (`diagnostic`), and last the counts of tests that
 * ran: "N passed, N failed, N skipped".
 */
export default async function* reporter(source) {
  const files = new Map();
  const skipped = [];
  const failures = [];
  for await (const { type, data } of source) {
    if (type === "test:stdout" || type === "test:stderr") continue;
    // The runner's own words are on the outside; a test's are below.
    if (type === "test:diagnostic" && (data.level === "error" || data.nesting > 0))
      yield `\n${data.message}\n`;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const isSuite = data.details?.type === "suite";
    const isFile = data.nesting === 0 && data.file !== undefined && data.name === data.file;
    const isSkipped = data.skip !== undefined && data.skip !== false;
    if ((isSuite && !isSkipped) || isFile) {
      if (type === "test:fail" && (hookFailed(data) || (isFile && !hasCounts(files, data.file)))) {
        record(files, data.file).failed += 1;
        failures.push(data);
        yield `✖ ${place(data)}\n${reason(data)}\n`;
      }
      continue;
    }
    const counts = record(files, data.file ?? "");
    if (isSkipped) {
      counts.skipped += 1;
      skipped.push(data);
      yield `↷ SKIPPED ${place(data)}: ${data.skip === true ? "no reason given" : data.skip}\n`;
    } else if (type === "test:pass") {
      counts.passed += 1;
      if (data.details.duration_ms > 2000) yield `✔ ${place(data)} (${seconds(data)})\n`;
    } else {
      counts.failed += 1;
      failures.push(data);
      yield `✖ ${place(data)}\n${reason(data)}\n`;
    }
  }
  yield "\n";
  for (const [file, { passed, failed, skipped: missed }] of [...files].sort()) {
    yield `${failed > 0 ? "✖" : "✔"} ${relative(process.cwd(), file)}: ${passed} passed, ${failed} failed, ${missed} skipped\n`;
  }
  if (failures.length > 0) yield `\nFailed:\n${failures.map((data) => `  ✖ ${place(data)}`).join("\n")}\n`;
  if (skipped.length > 0)
    yield `\nSkipped:\n${skipped.map((data) => `  ↷ ${place(data)}: ${data.skip}`).join("\n")}\n`;
  const total = (key) => [...files.values()].reduce((sum, counts) => sum + counts[key], 0);
  const counts = { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
  yield `\n${line(addEarlier(counts))}\n`;
}

/** The counts of earlier runs that share a file with this one, so that the last line is about all of them. */
function addEarlier(counts) {
  const file = process.env.PALISADE_TALLY;
  if (file === undefined) return counts;
  const earlier = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { passed: 0, failed: 0, skipped: 0 };
  const sum = Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count + earlier[key]]));
  writeFileSync(file, JSON.stringify(sum));
  return sum;
}

const line = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

const hasCounts = (files, file) => files.has(file) && files.get(file).failed > 0;
/** `before` or `after` of a suite: no test of it says why. */
const hookFailed = (data) => data.details?.error?.failureType === "hookFailed";
const seconds = (data) => `${(data.details.duration_ms / 1000).toFixed(1)} s`;
const place = (data) => `${relative(process.cwd(), data.file ?? "")}: ${data.name}`;

function record(files, file) {
  if (!files.has(file)) files.set(file, { passed: 0, failed: 0, skipped: 0 });
  return files.get(file);
}

function reason(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause?.message ?? cause)
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}
