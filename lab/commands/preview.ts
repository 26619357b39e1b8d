import { engineOptions, openEngine } from "./context";

/** Shows what `up` would change, as a diff of each text. Touches no host. */
export async function preview(options: { stack: string }): Promise<number> {
  const { context, pulumi } = await openEngine(options.stack);
  const { ok } = await pulumi.run(engineOptions(context, "preview"));
  return ok ? 0 : 1;
}
