import { now } from "./traffic";
import type { World } from "./world";

/** Something that goes wrong, and what is promised of it. */
export interface Fault {
  name: string;
  promise: string;
  /** Seconds within which the promise is kept. */
  within: number;
  /** Whether `make test` has time for it; `make test-faults` has for all. */
  quick?: true;
  /** Has it happen, and puts all back. @throws where the promise is broken */
  play(world: World): Promise<Measured>;
}

export interface Measured {
  /** Seconds until all was as promised. */
  recovered: number;
  /** Packets from web-1 to app-1, one every 100 ms, that were not answered from the fault's beginning to then. */
  lost: number;
}

/** A fault, and what was seen of it. */
export interface Row extends Measured {
  fault: string;
  promise: string;
  within: number;
  /** Packets in clear between hosts. */
  clear: number;
}

/**
 * Has a fault disturb the traffic from web-1 to app-1, and waits until it is back after the fault's end.
 * @param begin until it returns, the fault is there
 */
export async function disturb(
  world: World,
  within: number,
  begin: () => Promise<unknown>,
): Promise<Measured> {
  const from = now();
  await begin();
  const since = now();
  const recovered = await world.packets.returned(since, within);
  return { recovered, lost: world.packets.lost(from, since + recovered * 1000) };
}

/** The same of something that the traffic is not to notice; `work` returns the seconds it measured. */
export async function undisturbed(world: World, work: () => Promise<number>): Promise<Measured> {
  const from = now();
  const recovered = await work();
  return { recovered, lost: world.packets.lost(from, now() - 1000) };
}
