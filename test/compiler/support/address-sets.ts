import { readAddress, readCidr, type Range } from "./parsed";

/*
 * Reads what the rules refer to, as the kernel and charon would: the sets of `ipset restore`, and the marks that the
 * connections of swanctl.conf put on packets. It shares no code with the renderer.
 */

/** Marks that charon has put on what crosses the association with the peer at an address. */
export type Marks = ReadonlyMap<string, number>;

export interface AddressSet {
  family: string;
  ranges: Range[];
  /** Of `hash:ip,mark`: the mark that goes with each address. */
  marks: Map<string, number>;
}

/** The marks that a swanctl.conf sets, by the address of the peer. */
export function readMarks(text: string): Marks {
  const marks = new Map<string, number>();
  for (const connection of text.split(/^ {2}\S+ : \S+ \{$/m).slice(1)) {
    const value = (key: string) => new RegExp(`^ *${key} = (\\S+)$`, "m").exec(connection)?.[1] ?? "";
    if (value("set_mark_in") !== value("set_mark_out")) throw new Error(`two marks: ${connection}`);
    marks.set(value("remote_addrs"), Number(value("set_mark_in")));
  }
  return marks;
}

/** The sets of `ipset restore` input. */
export function readSets(text: string): Map<string, AddressSet> {
  const sets = new Map<string, AddressSet>();
  for (const line of text.split("\n")) {
    const words = line.split(" ");
    if (line === "" || line.startsWith("#")) continue;
    const [verb, name = "", value = ""] = words;
    if (verb === "create") {
      if (!/^hash:(net|ip,mark) family$/.test(words.slice(2, 4).join(" ")) || words.length !== 5)
        throw new Error(`what is: ${line}`);
      if (sets.has(name)) throw new Error(`created twice: ${name}`);
      sets.set(name, { family: words[4] === "inet" ? "ipv4" : "ipv6", ranges: [], marks: new Map() });
    } else if (verb === "add") {
      const set = sets.get(name);
      if (set === undefined) throw new Error(`not created: ${line}`);
      const [address = "", mark] = value.split(",");
      if (mark === undefined) set.ranges.push(readRange(address));
      else set.marks.set(address, Number(mark));
    } else throw new Error(`what is: ${line}`);
  }
  return sets;
}

/** A block, or an address alone. */
export function readRange(text: string): Range {
  if (text.includes("/")) return readCidr(text);
  const address = readAddress(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}

export function inRange(address: string, [base, bits]: Range): boolean {
  const parsed = readAddress(address);
  return parsed.kind() === base.kind() && parsed.match([base, bits]);
}
