import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = [Address, number];

function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    known.set(text, value);
    return value;
  };
}

/** The same few addresses and ranges are read for every packet; reading them took most of a sweep's time. */
export const readAddress: (text: string) => Address = remembered((text) => ipaddr.parse(text));
export const readCidr: (text: string) => Range = remembered((text) => ipaddr.parseCIDR(text));
