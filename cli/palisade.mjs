#!/usr/bin/env node
// Runs the command's TypeScript as it is: nothing has to be built after `npm ci`.
import { createRequire } from "node:module";
import { register } from "tsx/esm/api";

const require = createRequire(import.meta.url);
require("tsx/cjs");
// What is imported only when it is needed.
register();
require("./main.ts");
