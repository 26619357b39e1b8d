import * as pulumi from "@pulumi/pulumi";
import pLimit from "p-limit";

/**
 * Hosts whose resources wait for the engine's answer at a time. Each resource that waits holds all that the SDK tracks of
 * it, some 100 KiB. More than the 64 that an update does at once (README.md), so that the engine never waits for hosts.
 */
const AT_A_TIME = 100;

/** What is made of several resources, one after another. */
export interface Paced {
  /** The one that is registered last. */
  readonly last: pulumi.Resource;
}

/**
 * Makes something of each item, a next one only when the engine has answered for an earlier one. An item that the engine
 * failed or skipped was answered for, too.
 * @returns what was made, once all is made; the last of it may still wait for the engine
 */
export function makePaced<Item, Made extends Paced>(
  items: readonly Item[],
  make: (item: Item) => Made,
  atATime = AT_A_TIME,
): Promise<Made[]> {
  const limit = pLimit(atATime);
  const one = (item: Item): Promise<Made> =>
    new Promise((resolve, reject) => {
      limit(() => {
        const made = make(item);
        resolve(made);
        return answered(made.last);
      }).catch(reject);
    });
  return Promise.all(items.map(one));
}

/** Resolves when the engine has answered. Where a registration is in error, which ends the program, it never does. */
function answered(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    resource.urn.apply(() => resolve());
  });
}
