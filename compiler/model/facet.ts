export type FacetName = "accounts" | "firewall" | "ipsec";

/** The plain text of one facet: named files in a fixed order, as the host's scripts take them on stdin. */
export interface Facet {
  facet: FacetName | "access" | "certificate" | "passwords";
  host: string;
  environment: string;
  files: { name: string; text: string }[];
}
