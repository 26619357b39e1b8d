/* global require */
require("tsx/cjs/api").register();
require("./main.ts");
