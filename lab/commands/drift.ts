import { tellDrift } from "../../cli/drift";
import { deployerKey, openContext, requireDeployed } from "./context";

/** Asks the stack's hosts in the lab what is not as it was pushed. */
export async function drift(options: { stack: string; json: boolean }): Promise<number> {
  const { session } = await openContext(options.stack);
  const hosts = requireDeployed(session);
  const { keyFile } = deployerKey(session);
  return tellDrift({ hosts, folder: session.files, keyFile }, options);
}
