import assert from "node:assert/strict";
import { dropping } from "./dropping";
import { disturb, type Fault } from "./fault";
import { confirmed } from "./push";

const ANOTHER_CA = `
  openssl req -x509 -newkey ed25519 -nodes -keyout /dev/null -subj '/CN=another CA' -days 2 2>/dev/null`;

/** The document with another CA that counts beside the first. */
function trusting(certificate: string, ca: string): string {
  const changed = certificate.replace(/(?<=^#=== file other-ca\.pem\n)[\s\S]*(?=^#=== end$)/m, ca);
  assert.notEqual(changed, certificate);
  return changed;
}

export const TRUST: readonly Fault[] = [
  {
    name: "a CA no longer counts on app-1, and web-1 is not told that its links end",
    promise: "traffic is back before web-1 would notice, and never in clear meanwhile",
    within: 15,
    play: async (world) => {
      const app = world.host("app-1");
      const alone = await confirmed(app, "certificate");
      const trust = (document: string) => app.text("palisade-host apply certificate", document);
      await trust(trusting(alone, await app.text(ANOTHER_CA)));
      return disturb(world, 15, () =>
        dropping(world, ["OUTPUT -d WEB -p udp -m multiport --dports 500,4500"], () => trust(alone)),
      );
    },
  },
];
