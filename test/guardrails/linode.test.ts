import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { everyLinodeFirewalled } from "../../policy/guardrails/rules/linode-firewalls";
import { judgeStack, type Resource, unknown } from "./support/judge";

const instance = (props: Record<string, unknown> = {}): Resource => ({
  type: "linode:index/instance:Instance",
  name: "db-1-instance",
  props,
});
const firewall = (props: Record<string, unknown>, linodes?: string[]): Resource => ({
  type: "linode:index/firewall:Firewall",
  name: "linode-firewall-db",
  props,
  ...(linodes === undefined ? {} : { propertyDependencies: { linodes } }),
});
const device: Resource = {
  type: "linode:index/firewallDevice:FirewallDevice",
  name: "d",
  propertyDependencies: { entityId: ["db-1-instance"] },
};

describe("every instance on Linode is behind a Cloud Firewall", () => {
  const cases: [string, Resource[], boolean][] = [
    ["one that lists it", [instance(), firewall({ linodes: unknown }, ["db-1-instance"])], true],
    ["one that lists its id", [instance({ id: "41" }), firewall({ linodes: [7, 41] })], true],
    ["one that a device attaches", [instance(), firewall({}), device], true],
    ["one that it names itself", [instance({ firewallId: 7 })], true],
    ["one that it names, not known yet", [instance({ firewallId: unknown })], true],
    [
      "one of which is not known whether it is off",
      [instance(), firewall({ disabled: unknown }, ["db-1-instance"])],
      true,
    ],
    ["none", [instance()], false],
    ["another's", [instance({ id: "41" }), firewall({ linodes: [7] }, ["app-1-instance"])], false],
    ["one that is off", [instance(), firewall({ disabled: true }, ["db-1-instance"])], false],
    [
      "one with an unknown list that does not come from it",
      [instance(), firewall({ linodes: unknown }, [])],
      false,
    ],
  ];
  for (const [name, stack, right] of cases) {
    test(name, async () => {
      const said = await judgeStack(everyLinodeFirewalled, stack);
      const wrong = "db-1-instance is behind no Cloud Firewall; list it in the linodes of an enabled one";
      assert.deepEqual(said, right ? [] : [{ name: "db-1-instance", message: wrong }]);
    });
  }

  test("an instance of AWS is another rule's business", async () => {
    const aws: Resource = { type: "aws:ec2/instance:Instance", name: "web-1-instance" };
    assert.deepEqual(await judgeStack(everyLinodeFirewalled, [aws]), []);
  });
});
