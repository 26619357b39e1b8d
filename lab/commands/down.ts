import { rmSync } from "node:fs";
import { destroyExistingHosts } from "../deploy/existing-hosts";
import { destroyLab, openLab } from "../machine";
import { engineOptions, openEngine } from "./context";

/** Takes one stack down: its instances, its existing hosts, and what the lab knew of it. */
export async function down(options: { stack: string }): Promise<number> {
  const { context, pulumi } = await openEngine(options.stack);
  const destroy = engineOptions(context, "destroy");
  const { ok, failed } = await pulumi.run(destroy);
  await destroyExistingHosts(context.lab, context.session);
  for (const { name, message } of failed) process.stderr.write(`FAILED ${name}: ${message}\n`);
  if (!ok) return 1;
  await pulumi.forget(destroy);
  rmSync(context.session.files.folder, { recursive: true, force: true });
  return 0;
}

/** Takes the whole lab down, whatever state it is in. */
export async function downAll(): Promise<number> {
  const lab = openLab();
  await destroyLab(lab);
  process.stdout.write("The lab is gone.\n");
  return 0;
}
