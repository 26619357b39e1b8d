import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decide } from "../../compiler/decide/decide";
import { flows } from "../../compiler/decide/flows";
import type { FleetModel } from "../../compiler/model";
import { groups, people, stack } from "./support/cases";
import { modelAfter, stackAfter } from "./support/sample";

function peers(model: FleetModel, host: string): string {
  return model.hosts.get(host)?.peers.join(" ") ?? "no such host";
}

function flowLines(model: FleetModel): string[] {
  return [...flows(model)].map(
    (flow) => `${flow.from} ${flow.to} ${flow.service} ${flow.port} ${flow.ipsec}`,
  );
}

function logins(model: FleetModel, host: string): string {
  const accounts = model.hosts.get(host)?.accounts ?? [];
  return accounts.map(({ person, sudo }) => (sudo.length > 0 ? `${person.name}!` : person.name)).join(" ");
}

const ISOLATED = (name: string) =>
  stack("  palisade:certificateEpoch", `  palisade:isolated: [${name}]\n  palisade:certificateEpoch`);

describe("peers", () => {
  test("are those with a flow in either direction, and nobody else", () => {
    const model = modelAfter();
    assert.equal(peers(model, "bastion-1"), "app-1 db-1 web-1 web-2");
    assert.equal(peers(model, "web-1"), "app-1 bastion-1");
    assert.equal(peers(model, "app-1"), "bastion-1 db-1 web-1 web-2");
    assert.equal(peers(model, "db-1"), "app-1 bastion-1");
  });

  test("self is the others of the group, any is everybody", () => {
    assert.equal(
      peers(modelAfter(groups('"from": ["web"]', '"from": ["any"]')), "app-1"),
      "bastion-1 db-1 web-1 web-2",
    );
    assert.equal(
      peers(modelAfter(groups('"from": ["net:internet"]', '"from": ["self"]')), "web-1"),
      "app-1 bastion-1 web-2",
    );
  });

  test("an isolated host has none and is nobody's", () => {
    const model = modelAfter(ISOLATED("app-1"));
    assert.equal(peers(model, "app-1"), "");
    assert.equal(peers(model, "db-1"), "bastion-1");
    assert.deepEqual(model.hosts.get("app-1")?.accepts, []);
    assert.deepEqual(
      flowLines(model).filter((line) => line.includes("app-1")),
      [],
    );
  });
});

describe("flows", () => {
  test("are all that the policy allows, sorted", () => {
    assert.deepEqual(flowLines(modelAfter()), [
      "app-1 db-1 db.postgres 5432/tcp true",
      "bastion-1 app-1 all.ssh 22/tcp true",
      "bastion-1 db-1 all.ssh 22/tcp true",
      "bastion-1 web-1 all.ssh 22/tcp true",
      "bastion-1 web-2 all.ssh 22/tcp true",
      "net:internet web-1 web.site 443/tcp false",
      "net:internet web-1 web.site 80/tcp false",
      "net:internet web-2 web.site 443/tcp false",
      "net:internet web-2 web.site 80/tcp false",
      "net:office bastion-1 bastion.ssh 22/tcp false",
      "web-1 app-1 app.api 8000-8010/tcp true",
      "web-2 app-1 app.api 8000-8010/tcp true",
    ]);
  });

  test("a service of another environment, or past its day, is not there", () => {
    const service = (grant: string) => modelAfter(groups('"from": ["web"] }', `"from": ["web"], ${grant} }`));
    const has = (model: FleetModel) => flowLines(model).some((line) => line.includes("app.api"));
    assert.ok(has(service('"environments": ["dev"]')));
    assert.ok(!has(service('"environments": ["prod"]')));
    assert.ok(has(service('"until": "2026-11-23"')));
    assert.ok(!has(service('"until": "2026-11-22"')));
  });

  test("a host that is in two groups of the same service has the flow once", () => {
    const model = modelAfter(groups('"from": ["web"]', '"from": ["web", "any", "all"]'));
    const found = flowLines(model).filter((line) => line.startsWith("web-1 app-1 app.api"));
    assert.equal(found.length, 1);
  });
});

describe("logins", () => {
  test("are those of the host's groups and of all", () => {
    const model = modelAfter();
    assert.equal(logins(model, "web-1"), "alice!");
    assert.equal(logins(model, "db-1"), "alice! bob dave");
  });

  test("end on their day, and hold only in their environments", () => {
    const { policy, inventory } = stackAfter();
    assert.equal(logins(decide(policy, inventory, "2026-12-31"), "db-1"), "alice! bob dave");
    assert.equal(logins(decide(policy, inventory, "2027-01-01"), "db-1"), "alice! bob");
    assert.equal(
      logins(decide(policy, { ...inventory, environment: "prod" }, "2026-11-22"), "db-1"),
      "alice! dave",
    );
  });

  test("stay on an isolated host", () => {
    assert.equal(logins(modelAfter(ISOLATED("db-1")), "db-1"), "alice! bob dave");
  });

  test("sudo of a person's own is theirs alone", () => {
    const model = modelAfter(groups('"until": "2027-01-01"', '"sudo": true'));
    assert.equal(logins(model, "db-1"), "alice! bob dave!");
    const entries = [{ command: "any", password: false }];
    assert.deepEqual(model.hosts.get("db-1")?.sudo, [
      { kind: "team", name: "sre", entries },
      { kind: "person", name: "dave", entries },
    ]);
  });

  test("a team with sudo somewhere else gives none here", () => {
    const both = people('"teams": ["dbas"]', '"teams": ["dbas", "sre"]');
    const model = modelAfter(both, groups('"logins": [{ "team": "sre", "sudo": true }]', '"logins": []'));
    assert.equal(logins(model, "db-1"), "bob dave");
    assert.deepEqual(
      model.hosts.get("db-1")?.accounts[0]?.teams.map((team) => team.name),
      ["dbas"],
    );
  });
});
