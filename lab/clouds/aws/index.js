/* global require */
// Types are stripped here: Pulumi's own launcher would check them at every start, which takes many seconds.
require("tsx/cjs/api").register();
require("./main.ts");
