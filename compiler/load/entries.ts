import type { HostSpec } from "../model";
import type { Cursor } from "../validate/cursor";

/** The entry of a stack's `hosts` that lists a host: that of its name, or with a `count` what its name begins with. */
export function entryOf(host: Pick<HostSpec, "name">, document: Cursor): Cursor | undefined {
  return document
    .field("hosts")
    .items()
    .find((item) => isListedBy(host, item));
}

function isListedBy({ name }: Pick<HostSpec, "name">, item: Cursor): boolean {
  const [listed, count] = [item.field("name").text(), item.field("count").integer()];
  if (listed === undefined || count === undefined) return listed === name;
  return name.startsWith(`${listed}-`) && Number(name.slice(listed.length + 1)) <= count;
}
