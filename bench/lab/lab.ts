import { join } from "node:path";
import { destroyLab, ensureNetwork, openLab, type Lab } from "../../lab/machine";
import { PROJECT } from "../../lab/deploy/session";
import { findPulumi } from "../../lab/pulumi/find";
import { say } from "../command";

/**
 * Does something in a lab of its own, which is empty when it begins and gone when it ends, interrupted or not.
 * @param packages that the hosts get beyond the lab's own
 * @throws where the lab can't run: it needs root, and what lab/install.sh installs
 */
export async function withLab<T>(
  name: string,
  packages: readonly string[],
  work: (lab: Lab) => Promise<T>,
): Promise<T> {
  process.env["PALISADE_LAB_PACKAGES"] = packages.join(" ");
  const lab = openLab({ PALISADE_LAB: name, PALISADE_LAB_DIR: join(PROJECT, ".lab") });
  const stop = (): void => {
    void destroyLab(lab).finally(() => process.exit(130));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  await destroyLab(lab);
  try {
    // Kept where a process finds it that is in the lab's network, from which no other is reached.
    await findPulumi(lab, say);
    await ensureNetwork(lab);
    return await work(lab);
  } finally {
    await destroyLab(lab);
    process.removeListener("SIGINT", stop).removeListener("SIGTERM", stop);
  }
}
