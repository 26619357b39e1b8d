import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../compiler/explain/answer";
import { answerTo } from "./support/answers";
import { addressesIn, flowEffects, probesIn, sendersOf, stackOf } from "./support/effects";
import { inventory, PEOPLE, policyOf, PORTS, ruleset } from "./support/rulesets";
import { TODAY } from "./support/sample";

/*
 * What is explained is what is decided: every answer about a random stack is compared with its flows and accounts.
 */

const RUNS = { numRuns: Number(process.env["PALISADE_RUNS"] ?? 1000) };
const ASKED = [...PORTS, "79-96/tcp", "21-22/tcp", "91/udp"];
const OUTSIDE = ["net:world", "net:office", "net:desk", "net:both"];

const stacks = fc
  .record({
    document: ruleset,
    hosts: inventory.filter((hosts) => hosts.length > 0),
    isolated: fc.option(fc.nat({ max: 3 }), { freq: 3, nil: undefined }),
    failsafe: fc.constantFrom<string[][]>([], ["203.0.113.16/28"], ["203.0.113.0/26"], ["203.0.113.0/25"]),
  })
  .map(({ document, hosts, isolated, failsafe }) => {
    const names = hosts.flatMap(({ name }, index) => (index === isolated ? [name] : []));
    return stackOf(policyOf(document), hosts, { isolated: names, failsafe });
  });

test("an answer about a flow agrees with what each host and each address reaches", () => {
  const verdicts: Record<Verdict, number> = { allowed: 0, partly: 0, denied: 0 };
  const asked = fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(...ASKED));
  fc.assert(
    fc.property(stacks, fc.array(asked, { minLength: 15, maxLength: 15 }), (stack, questions) => {
      const hosts = [...stack.model.hosts.keys()];
      const reached = flowEffects(stack.model);
      const failsafe = addressesIn(stack.model.failsafe);
      const opens = (sender: string, to: string, probe: string) =>
        sender === to ||
        reached.has(`${sender} ${to} ${probe}`) ||
        (probe === "22/tcp" && failsafe.includes(sender));
      for (const [source, target, port] of questions) {
        const froms = [...hosts, ...OUTSIDE];
        const [from = "", to = ""] = [froms[source % froms.length], hosts[target % hosts.length]];
        const answer = answerTo(stack, [from, to, port], TODAY);
        assert.ok(answer.question === "flow");
        const what = `${from} ${to} ${port}`;
        const tried = probesIn(port).map((probe) => ({
          probe,
          open: sendersOf(from).map((sender) => opens(sender, to, probe)),
        }));
        const all = tried.flatMap(({ open }) => open);
        const expected = all.every(Boolean) ? "allowed" : all.some(Boolean) ? "partly" : "denied";
        assert.equal(answer.verdict, expected, what);
        assert.equal(answer.ipsec, !from.startsWith("net:") && from !== to);
        if (answer.verdict === "denied")
          assert.ok(answer.rules.length === 0 || answer.notes.length > 0, what);
        if (answer.verdict !== "partly") assert.deepEqual(answer.closed, [], what);
        else if (answer.closed.length > 0 && failsafe.length === 0) {
          const closed = tried.filter(({ open }) => !open.every(Boolean)).map(({ probe }) => probe);
          assert.deepEqual(answer.closed.flatMap(probesIn).sort(), closed.sort(), what);
        }
        verdicts[answer.verdict]++;
      }
    }),
    RUNS,
  );
  assert.ok(Math.min(...Object.values(verdicts)) > RUNS.numRuns / 2, JSON.stringify(verdicts));
});

test("an answer about a person or a service account agrees with the account that they have", () => {
  fc.assert(
    fc.property(stacks, (stack) => {
      for (const host of stack.model.hosts.values()) {
        const people = host.accounts.map(({ person, sudo }) => ({ name: person.name, sudo }));
        const services = host.services.map(({ account, sudo }) => ({ name: account.name, sudo }));
        for (const name of [...Object.keys(PEOPLE), "agent", "dumper"]) {
          const account = [...people, ...services].find((one) => one.name === name);
          const answer = answerTo(stack, [name, host.name], TODAY);
          assert.ok(answer.question === "login");
          const expected = { verdict: account ? "allowed" : "denied", sudo: account?.sudo ?? [] };
          assert.deepEqual({ verdict: answer.verdict, sudo: answer.sudo }, expected, `${name} ${host.name}`);
          assert.equal(answer.access === "none", account === undefined);
          assert.equal(answer.rules.length > 0, account !== undefined);
          for (const { conditions } of answer.rules)
            assert.ok(conditions.every((condition) => !condition.startsWith("ended")));
        }
      }
    }),
    RUNS,
  );
});
