// Runs the pack's TypeScript as it is. Pulumi's own loader would check all types first, at each start.
require("tsx/cjs");
require("./index.ts");
