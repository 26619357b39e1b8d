/**
 * What the compiler works on: the policy and the inventory once they are known to be right, what it decides from them,
 * and the text it makes. Types only. Data flows one way: policy and inventory → model → plan → text.
 */
export type * from "./policy";
export type * from "./inventory";
export type * from "./fleet";
export type * from "./addresses";
export type * from "./facet";
