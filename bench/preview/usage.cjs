/* global process */
// Loaded into the program's process: what it used, into the file that PALISADE_BENCH_USAGE names.
const { writeFileSync } = require("node:fs");
process.on("exit", () =>
  writeFileSync(process.env.PALISADE_BENCH_USAGE, JSON.stringify(process.resourceUsage())),
);
