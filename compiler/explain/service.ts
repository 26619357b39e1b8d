import { holds } from "../decide/grants";
import { describeSudo } from "../decide/sudo";
import type { ServiceGrant } from "../model";
import { whyNot, type RuleContext } from "../rules/context";
import { placeOf } from "../rules/place";
import { accessOf } from "../rules/logins";
import type { LoginAnswer, Nearest, Reason } from "./answer";
import { conditionsOf, tellingGroups } from "./grant";

/** Whether a service account is on a host, what it may run as root, and by which grants. */
export function explainService(name: string, host: string, context: RuleContext): LoginAnswer {
  const { policy, model, occasion } = context;
  const groups = tellingGroups(model.hosts.get(host)?.groups ?? []);
  const own = groups.flatMap((group) =>
    (policy.groups.get(group)?.serviceAccounts ?? [])
      .filter(({ account }) => account === name)
      .map((grant) => ({ group, grant })),
  );
  const valid = own.filter(({ grant }) => holds(grant, occasion));
  const [near] = valid.length === 0 ? own : [];
  const sudo = model.hosts.get(host)?.services.find(({ account }) => account.name === name)?.sudo ?? [];
  return {
    question: "login",
    person: name,
    host,
    environment: occasion.environment,
    verdict: valid.length === 0 ? "denied" : "allowed",
    access: accessOf(sudo, valid.length > 0),
    sudo,
    rules: valid.map(({ group, grant }) => reason(group, grant, host, context)),
    ...(near === undefined ? {} : { nearest: nearest(near.grant, context) }),
    notes: [`${name} is a service account: nobody can log in to it`],
  };
}

function reason(group: string, grant: ServiceGrant, host: string, context: RuleContext): Reason {
  return {
    ...placeOf(context.sources, grant.path),
    gives: givenBy(grant),
    through: [`${host} is in ${group}`],
    conditions: conditionsOf(grant),
  };
}

function nearest(grant: ServiceGrant, context: RuleContext): Nearest {
  return {
    ...placeOf(context.sources, grant.path),
    gives: givenBy(grant),
    lacks: [`it ${whyNot(grant, context) ?? "holds"}`],
  };
}

function givenBy({ account, sudo }: ServiceGrant): string {
  return `${account} has an account${sudo.length === 0 ? "" : ` with ${describeSudo(sudo)}`}`;
}
