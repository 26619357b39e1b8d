import type { Addresses } from "../compiler/model";

/** A host as the stack's outputs describe it. */
export interface DeployedHost {
  name: string;
  groups: string[];
  addresses: Addresses;
  endpoint: Hop & { proxy?: Hop & { port: number } };
}

export interface Hop {
  host: string;
  user: string;
  hostKey: string;
}

/** What the program exports. */
export interface Outputs {
  environment: string;
  /** What its secret is known by. */
  secretId: string;
  hosts: Record<string, Omit<DeployedHost, "name">>;
}

/** The hosts that a stack exports, sorted by name, without those that have no address yet. */
export function hostsOf(outputs: Partial<Outputs>): DeployedHost[] {
  return Object.entries(outputs.hosts ?? {})
    .map(([name, host]) => ({ name, ...host }))
    .filter((host) => host.endpoint !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
