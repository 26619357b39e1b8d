import type { Addresses } from "../compiler/model";
import type { Checked } from "../compiler/problem";
import { parseJson } from "../compiler/source/json";
import { parseAddress, type Family } from "../compiler/validate/cidr";
import { Cursor } from "../compiler/validate/cursor";
import { unknownName } from "../compiler/validate/nearest";
import { Report } from "../compiler/validate/report";

/**
 * Reads a file of addresses: `{ HOST: { ipv4?: { address, network }, ipv6? } }`.
 * @param text undefined where the file cannot be read
 */
export function readAddressFile(
  file: string,
  text: string | undefined,
  hosts: ReadonlySet<string>,
): Checked<Map<string, Addresses>> {
  if (text === undefined) {
    return {
      ok: false,
      problems: [{ severity: "error", file, path: "", message: "the file cannot be read" }],
    };
  }
  const { source, problems } = parseJson(file, text);
  const report = new Report();
  report.add(problems);
  const book = new Map<string, Addresses>();
  if (source !== undefined) {
    for (const [name, cursor] of new Cursor(report, source, source.value).entries()) {
      if (hosts.has(name)) book.set(name, readAddresses(cursor));
      else cursor.error(unknownName("host", name, hosts), "key");
    }
  }
  const sorted = report.sorted();
  return report.hasErrors() ? { ok: false, problems: sorted } : { ok: true, value: book, problems: sorted };
}

function readAddresses(cursor: Cursor): Addresses {
  const addresses: Addresses = {};
  if (cursor.has("ipv4")) {
    const ipv4 = cursor.field("ipv4");
    const address = readAddress(ipv4.field("address"), "ipv4");
    const network = ipv4.field("network").text();
    if (network === undefined)
      ipv4.error('"network" is missing: the routing domain, such as aws/dev/us-east');
    if (address !== undefined && network !== undefined) addresses.ipv4 = { address, network };
  }
  if (cursor.has("ipv6")) {
    const address = readAddress(cursor.field("ipv6"), "ipv6");
    if (address !== undefined) addresses.ipv6 = address;
  }
  if (!cursor.has("ipv4") && !cursor.has("ipv6")) cursor.error('a host has "ipv4", "ipv6" or both');
  return addresses;
}

function readAddress(cursor: Cursor, family: Family): string | undefined {
  const parsed = parseAddress(cursor.text() ?? "");
  if ("block" in parsed && parsed.block.family === family) return parsed.block.text;
  cursor.error(`this is no ${family === "ipv4" ? "IPv4" : "IPv6"} address`);
  return undefined;
}
