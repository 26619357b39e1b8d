import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, read, UNKNOWN } from "./reading";

/** Without a pinned key, whoever answers at a host's address gets what was meant for the host. */
export const hostKeysPinned: ResourceValidationPolicy = {
  name: "host-keys-pinned",
  description: "Every SSH connection, and every bastion on its way, has its host key pinned.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (!type.startsWith("command:remote:")) return;
    const connection = at(read(props), "connection");
    const ends = at(connection, "proxy") === undefined ? [[]] : [[], ["proxy"]];
    for (const end of ends) {
      const key = at(connection, ...end, "hostKey");
      if (key === UNKNOWN || (typeof key === "string" && key.trim() !== "")) continue;
      const property = ["connection", ...end, "hostKey"].join(".");
      report(`${name} connects to a host whose key is not pinned; set ${property} to the host's public key`);
    }
  },
};
