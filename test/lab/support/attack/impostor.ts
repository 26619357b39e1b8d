import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { now, until } from "../faults/traffic";
import type { LabHost } from "../lab-host";
import { announce } from "./attacker";
import type { Claim } from "./connection";
import { forge, FORGED } from "./forged";
import { certificateOf, journalOf } from "./inspect";
import type { Scene } from "./scene";

/** A host, and its environment. */
export interface Target {
  host: LabHost;
  environment: string;
}

export function identityIn({ host, environment }: Target): string {
  return `${host.name}.${environment}.palisade`;
}

/** What the attacker says of itself where nothing is wrong but, perhaps, the address. */
export function honestClaim(scene: Scene, victim: Target, from: LabHost = scene.attacker.host): Claim {
  return {
    name: "honest",
    local: from.address(6),
    remote: victim.host.address(6),
    identity: identityIn({ host: scene.attacker.host, environment: "dev" }),
    peer: identityIn(victim),
    certificate: "palisade.pem",
  };
}

/** Makes the attacker's forged certificates name this host. */
export async function forgeFor(scene: Scene, posed: Target): Promise<void> {
  await forge(scene.attacker.host, {
    identity: identityIn(posed),
    authority: `Palisade CA of ${posed.environment}`,
    genuine: await certificateOf(posed.host),
  });
}

/** Tries everything to get an association with a victim from the address of a peer of it. */
export async function isRefused(scene: Scene, victim: Target, posed: Target): Promise<void> {
  await forgeFor(scene, posed);
  const honest = honestClaim(scene, victim, posed.host);
  const claims = [
    { ...honest, name: "as-itself" },
    ...Object.keys(FORGED).map((certificate) => ({
      ...honest,
      name: certificate.replace(".pem", ""),
      certificate,
      identity: identityIn(posed),
    })),
  ];
  const log = await journalOf(victim.host, async () => {
    const said = await scene.attacker.posing([posed.host.address(6)], [victim.host], () =>
      scene.attacker.initiate(claims),
    );
    for (const [name, text] of said) assert.match(text, /AUTHENTICATION_FAILED/, `${name}: ${text}`);
  });
  // Where the victim has the posed host's certificate by heart, it tries the key in that one too.
  assert.match(log, /no trusted .* public key found|signature validation failed/);
  assert.match(log, /no matching peer config found/);
  assert.doesNotMatch(log, /IKE_SA \S+ established|CHILD_SA \S+ established/);
}

/** An address that was taken is its owner's again, and its link carries what the policy gives it. */
export async function isBack(
  scene: Scene,
  owner: LabHost,
  to: LabHost,
  port: number,
  family: 4 | 6 = 6,
): Promise<void> {
  await scene.deployer.text("ip neigh flush all");
  const stop = await announce(owner, [owner.address(4), owner.address(6)]);
  await sleep(500);
  await stop();
  const cutOff = async () =>
    (await owner.run(`nc -nzw 4 ${to.address(family)} ${port}`)).code === 0
      ? undefined
      : `${owner.name} does not reach ${to.name} any more`;
  // Either end may first have to find that the other has lost its association.
  await until(cutOff, { since: now(), within: 120 });
}
