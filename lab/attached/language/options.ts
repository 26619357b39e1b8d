/** What a project file says about Node, and where its SDK is. */
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fields } from "../../grpc/messages";
import { text } from "../../grpc/values";

/** Of a release's options, those that change how a program runs. Any other that does is refused. */
const KNOWN = ["typescript", "tsconfig", "packagemanager", "production"];

/** How the program's TypeScript is to be loaded, as the SDK reads it from its environment. */
export function typescriptVariables(info: ProgramInfo | undefined): Record<string, string> {
  const options = fields(info?.getOptions());
  const strange = Object.keys(options).find((key) => !KNOWN.includes(key));
  if (strange !== undefined) throw new Error(`the runtime's option ${strange} is not served here`);
  const tsconfig = text(options, "tsconfig");
  return {
    ...(options["typescript"] === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** A program of the SDK that the folder's own node_modules have. */
export function sdkProgram(name: "run" | "run-plugin" | "run-policy-pack", folder: string): string {
  try {
    return createRequire(join(folder, "index.js")).resolve(`@pulumi/pulumi/cmd/${name}`);
  } catch {
    throw new Error(`the Pulumi SDK is not installed in ${folder}: run npm ci there`);
  }
}
