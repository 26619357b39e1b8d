import assert from "node:assert/strict";
import { hostTag } from "../../../../lab/machine/host-spec";
import { BRIDGES, inNamespace, type HostId, type Lab } from "../../../../lab/machine";
import { run } from "../../../../lab/machine/run";
import { startCapture, type Capture } from "../../../../lab/verify/capture";
import { Checkout, type Result } from "../checkout";
import { labHosts, type LabHost } from "../lab-host";
import { giveKey, labOf } from "../people";
import { isUp } from "../stacks";
import { answerOn, answers, now, Packets } from "./traffic";

const HOSTS = `
    - { name: bastion-1, on: linode, groups: [bastion], size: g6-nanode-1 }
    - { name: web-1, on: aws, groups: [web], size: t3.small }
    - { name: app-1, on: linode, groups: [app], size: g6-nanode-1 }
    - { name: db-1, on: linode, groups: [db], size: g6-nanode-1 }
`;

/** A small stack that is up, a packet every 100 ms from web-1 to app-1, and all that crosses the network, watched. */
export class World {
  /** The hosts by name. */
  readonly hosts: Map<string, LabHost>;
  readonly lab: Lab;
  packets: Packets;
  /** Addresses that are no host's of the stack, and whose packets must not be in clear either. */
  readonly guests: string[] = [];

  private constructor(
    readonly checkout: Checkout,
    /** The private key of alice, who may log in everywhere. */
    readonly alice: string,
    private readonly capture: Capture,
  ) {
    this.hosts = labHosts(checkout, "dev");
    this.lab = labOf(checkout, "dev").lab;
    this.packets = this.startPackets();
  }

  static async build(): Promise<World> {
    const checkout = new Checkout();
    try {
      checkout.setHosts("dev", HOSTS);
      checkout.edit("policy/groups.json", '"ports": ["8080/tcp"]', '"ports": ["8080/tcp", "8080/udp"]');
      const alice = giveKey(checkout, "alice");
      await isUp(checkout);
      const { lab } = labOf(checkout, "dev");
      const world = new World(checkout, alice, await startCapture([BRIDGES.near], inNamespace(lab, [])));
      await answerOn(world.host("app-1"));
      await world.packets.returned(now(), 60);
      return world;
    } catch (error) {
      await checkout.remove();
      throw error;
    }
  }

  /** @throws if there is no such host */
  host(name: string): LabHost {
    const host = this.hosts.get(name);
    assert.ok(host, `no host ${name}`);
    return host;
  }

  id(name: string): HostId {
    return { stack: "dev", name };
  }

  /** Starts the packets anew, as after a fault that web-1 itself did not outlive. */
  async restartPackets(): Promise<Packets> {
    await this.packets.stop();
    return this.startPackets();
  }

  private startPackets(): Packets {
    this.packets = new Packets(this.host("web-1"), this.host("app-1").address(6));
    return this.packets;
  }

  /** Brings the stack up as the files of the checkout say. */
  up(): Promise<Result> {
    return isUp(this.checkout);
  }

  /** Sets the card of a host `up` or `down`. */
  async link(name: string, state: "up" | "down"): Promise<void> {
    const tap = `tap-${hostTag(this.id(name))}`;
    await run(inNamespace(this.lab, ["ip", "link", "set", tap, state]));
  }

  /** Packets between two hosts so far that were neither ESP nor IKE. */
  inClear(): number {
    const own = [...this.hosts.values()].flatMap((host) => [host.address(4), host.address(6)]);
    const addresses = [...own, ...this.guests];
    const pairs = addresses.flatMap((one) =>
      addresses.filter((other) => other !== one).map((other) => [one, other]),
    );
    return pairs
      .flatMap(([one = "", other = ""]) => [...this.capture.table.between(one, other).clear.values()])
      .reduce((sum, count) => sum + count, 0);
  }

  /** Packets of SSH to a host so far, in clear as they have to be: what watches is known to see. */
  sshInClear(name: string): number {
    const traffic = this.capture.table.to(this.host(name).address(6));
    return traffic.reduce((sum, { clear }) => sum + (clear.get(22) ?? 0), 0);
  }

  /** Waits until a host answers by SSH again. @returns seconds since then */
  answers(name: string, since: number, within: number): Promise<number> {
    return answers(this.host(name), since, within);
  }

  async end(): Promise<void> {
    await this.packets.stop();
    await this.capture.stop();
    await this.checkout.remove();
  }
}
