import { chooseEngine, engineOptions, openContext } from "./context";

/** Shows what `up` would change, as a diff of each text. Touches no host. */
export async function preview(options: { stack: string }): Promise<number> {
  const context = await openContext(options.stack);
  const { ok } = await chooseEngine().run(engineOptions(context, "preview"));
  return ok ? 0 : 1;
}
