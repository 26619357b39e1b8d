import { hostsOf, type DeployedHost, type Outputs } from "../../fleet/hosts";
import { ownJson } from "./own-data";
import type { StackFiles } from "./stack-files";

/** The file of a stack's outputs, as its last `up` left them. */
export const OUTPUTS = "outputs.json";

/** The hosts of a stack as its last `up` left them, sorted by name; undefined before the first. */
export function deployedHosts(files: StackFiles): DeployedHost[] | undefined {
  const text = files.read(OUTPUTS);
  return text === undefined ? undefined : hostsOf(ownJson<Partial<Outputs>>(text));
}
