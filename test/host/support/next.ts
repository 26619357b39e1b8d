import { assertOk } from "./documents";
import { reboot } from "./live";
import type { Sandbox } from "./sandbox";

/** What comes next on a host where something was killed. */
export const NEXT = {
  /** The timer is over. */
  async due(host: Sandbox): Promise<void> {
    await host.sh(
      `rm -f /mnt/revert-timer
       [ ! -s /run/palisade/loaded ] || { read -r at </run/palisade/loaded; echo $((at - 2500)) >/run/palisade/loaded; }`,
    );
    assertOk(await host.palisade("revert when-due"));
  },
  async boot(host: Sandbox): Promise<void> {
    await reboot(host);
    assertOk(await host.palisade("boot"));
    await host.sh("swanctl --load-creds; swanctl --load-conns");
  },
  async drift(host: Sandbox): Promise<void> {
    await host.sh("rm -f /mnt/revert-timer");
    assertOk(await host.palisade("drift --repair"));
  },
};
