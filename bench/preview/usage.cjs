/* global process */
// Loaded into every Node process of a run: what the program used, into the file that PALISADE_BENCH_USAGE names. The
// providers and policy packs are run by other files of the SDK.
const { writeFileSync } = require("node:fs");
if (/[\\/]cmd[\\/]run([\\/]index\.js)?$/.test(process.argv[1] ?? "")) {
  process.on("exit", () =>
    writeFileSync(process.env.PALISADE_BENCH_USAGE, JSON.stringify(process.resourceUsage())),
  );
}
