import type { Operation } from "./step";

export const SYMBOLS: Record<Operation, string> = {
  same: " ",
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  read: ">",
};

export const DONE: Record<Operation, string> = {
  same: "unchanged",
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  read: "read",
};
