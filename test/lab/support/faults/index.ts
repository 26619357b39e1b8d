import { BOOT } from "./boot";
import { CROWD } from "./crowd";
import { DRIFT } from "./drift";
import type { Fault } from "./fault";
import { ISOLATION } from "./isolation";
import { MESH } from "./mesh";
import { PUSH } from "./push";
import { REFUSED } from "./refused";
import { TRUST } from "./trust";
import { UNDO } from "./undo";
import { WITHDRAWAL } from "./withdrawal";

/** All faults, in an order in which none leaves another one something to trip over. */
export const FAULTS: readonly Fault[] = [
  ...PUSH,
  ...WITHDRAWAL,
  ...UNDO,
  ...MESH,
  ...TRUST,
  ...REFUSED,
  ...BOOT,
  ...DRIFT,
  ...ISOLATION,
  ...CROWD,
];
