import type { Port } from "../model";

const HIGHEST = 65535;

/** Reads `443/tcp`, `8000-8010/tcp`, `53/udp` or `icmp`; otherwise says in a message what is wrong. */
export function parsePort(text: string): { port: Port } | { message: string } {
  if (text === "icmp") return { port: { protocol: "icmp" } };
  const match = /^([0-9]+)(?:-([0-9]+))?\/(tcp|udp)$/.exec(text);
  if (match === null)
    return { message: `"${text}" is not a port such as 443/tcp, 8000-8010/tcp, 53/udp or icmp` };
  const [, low = "", high = low, protocol] = match;
  const wrong = [low, high].find((digits) => digits.startsWith("0") || Number(digits) > HIGHEST);
  if (wrong !== undefined) return { message: `port ${wrong} in "${text}" is not from 1 to ${HIGHEST}` };
  const [first, last] = [Number(low), Number(high)];
  if (first > last) {
    return { message: `the range "${text}" runs backwards; write ${last}-${first}/${protocol}` };
  }
  return { port: { protocol: protocol === "udp" ? "udp" : "tcp", first, last } };
}

/** The port as the policy writes it. */
export function formatPort(port: Port): string {
  if (port.protocol === "icmp") return "icmp";
  const range = port.first === port.last ? `${port.first}` : `${port.first}-${port.last}`;
  return `${range}/${port.protocol}`;
}

/** Whether two ports have a number in common. */
export function portsOverlap(a: Port, b: Port): boolean {
  if (a.protocol === "icmp" || b.protocol === "icmp") return a.protocol === b.protocol;
  return a.protocol === b.protocol && a.first <= b.last && b.first <= a.last;
}
