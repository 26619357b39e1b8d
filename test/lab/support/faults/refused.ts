import assert from "node:assert/strict";
import { CertificateAuthority } from "../../../../compiler/identity/certificate";
import { deriveKey } from "../../../../compiler/identity/keys";
import { Attacker } from "../attack/attacker";
import { forge } from "../attack/forged";
import { certificateOf, journalOf } from "../attack/inspect";
import { undisturbed, type Fault } from "./fault";
import { now } from "./traffic";
import type { World } from "./world";

/** A host of dev that asks app-1 for a link with a certificate that is not its own. */
const stranger = (
  name: string,
  identity: string,
  /** Leaves a certificate in /etc/swanctl/x509/other.pem, and its key beside the host's own. */
  prepare: (world: World) => Promise<void>,
  says: RegExp,
): Fault => ({
  name,
  promise: "refused, and logged at both ends",
  within: 30,
  play: (world) =>
    undisturbed(world, async () => {
      const [bastion, app] = [world.host("bastion-1"), world.host("app-1")];
      await prepare(world);
      let seconds = NaN;
      const log = await journalOf(app, async () => {
        const since = now();
        const said = await new Attacker(bastion).initiate([
          {
            ...{ name: "stranger", identity, certificate: "other.pem", peer: "app-1.dev.palisade" },
            ...{ local: bastion.address(6), remote: app.address(6) },
          },
        ]);
        seconds = (now() - since) / 1000;
        assert.match(said.get("stranger") ?? "", /AUTHENTICATION_FAILED/);
      });
      assert.match(log, says);
      assert.doesNotMatch(log, /IKE_SA \S+ established|CHILD_SA \S+ established/);
      await bastion.text(
        "rm -f /etc/swanctl/x509/other.pem /etc/swanctl/private/other.pem /etc/swanctl/conf.d/attack.conf; swanctl --load-all >/dev/null",
      );
      return seconds;
    }),
});

const NO_TRUST = /no trusted .* public key found/;

export const REFUSED: readonly Fault[] = [
  stranger(
    "a host shows a certificate of a CA of its own",
    "bastion-1.dev.palisade",
    async (world) => {
      const bastion = world.host("bastion-1");
      await forge(bastion, {
        ...{ identity: "bastion-1.dev.palisade", authority: "Palisade CA of dev" },
        genuine: await certificateOf(bastion),
      });
      await bastion.text(
        "cd /etc/swanctl; mv x509/own-authority.pem x509/other.pem; mv private/forged.pem private/other.pem; rm x509/self-signed.pem x509/leaf-as-authority.pem x509/altered.pem",
      );
    },
    NO_TRUST,
  ),
  stranger(
    "a host shows another host's own certificate and has its key",
    "web-1.dev.palisade",
    async (world) => {
      const [bastion, web] = [world.host("bastion-1"), world.host("web-1")];
      await bastion.text("cat >/etc/swanctl/x509/other.pem", await certificateOf(web));
      const key = await web.text("cat /etc/swanctl/private/palisade.pem");
      await bastion.text("umask 077; cat >/etc/swanctl/private/other.pem", key);
    },
    /no matching peer config found|constraint check failed/,
  ),
  stranger(
    "a host shows a certificate of another environment",
    "bastion-1.prod.palisade",
    async (world) => {
      const bastion = world.host("bastion-1");
      const request = await bastion.text(
        "openssl req -new -key /etc/swanctl/private/palisade.pem -subj /CN=bastion-1.prod.palisade",
      );
      const key = deriveKey(Buffer.alloc(32, 7), "prod", { use: "ca" });
      const authority = await CertificateAuthority.create("prod", key);
      const certificate = await authority.sign("bastion-1", request, "2026-11-01");
      await bastion.text("cat >/etc/swanctl/x509/other.pem", certificate);
    },
    /no matching peer config found|no trusted .* public key found/,
  ),
];
