import { BOOT } from "./boot";
import { DRIFT } from "./drift";
import type { Fault } from "./fault";
import { ISOLATION } from "./isolation";
import { MESH } from "./mesh";
import { PUSH } from "./push";
import { REFUSED } from "./refused";
import { UNDO } from "./undo";
import { WITHDRAWAL } from "./withdrawal";
import type { Size } from "./world";

/** Faults that share a world. */
export interface Scenario {
  name: string;
  size: Size;
  /** In an order in which none leaves another one something to trip over. */
  faults: readonly Fault[];
}

const FEW_HOSTS = `
    - { name: bastion-1, on: linode, groups: [bastion], size: g6-nanode-1 }
    - { name: web-1, on: aws, groups: [web], size: t3.small }
    - { name: app-1, on: linode, groups: [app], size: g6-nanode-1 }
    - { name: db-1, on: linode, groups: [db], size: g6-nanode-1 }
`;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "few hosts",
    size: { hosts: [FEW_HOSTS] },
    faults: [...PUSH, ...WITHDRAWAL, ...UNDO, ...MESH, ...REFUSED, ...BOOT, ...DRIFT, ...ISOLATION],
  },
];

export const FAULTS: readonly Fault[] = SCENARIOS.flatMap(({ faults }) => faults);
