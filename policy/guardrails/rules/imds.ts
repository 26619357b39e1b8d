import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, read, UNKNOWN } from "./reading";

const INSTANCE = "aws:ec2/instance:Instance";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/**
 * User data carries the host's SSH key; with IMDSv1, one request that a service on the host can be tricked into
 * making gives it away.
 */
export const imdsV2Only: ResourceValidationPolicy = {
  name: "imdsv2-only",
  description: "An instance's metadata, with its SSH key, is served by IMDSv2 only.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (type !== INSTANCE && type !== TEMPLATE) return;
    const fields = read(props);
    const options = at(fields, "metadataOptions");
    const fromTemplate = type === INSTANCE && at(fields, "launchTemplate") !== undefined;
    if (options === undefined && fromTemplate) return;
    const tokens = at(options, "httpTokens");
    if (tokens === "required" || tokens === UNKNOWN || at(options, "httpEndpoint") === "disabled") return;
    report(`${name} serves its metadata without a token; set metadataOptions.httpTokens to "required"`);
  },
};
