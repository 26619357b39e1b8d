import { sourceText } from "../decide/accepts";
import type { Group, Login, PolicyPath, Service, ServiceGrant, Source } from "../model";
import { formatPort } from "../validate/port";

/** An entry of groups.json that gives something by itself: a source of a service, a login, or a service account. */
export type WrittenRule = { group: string; path: PolicyPath } & (
  | { kind: "source"; grant: Service; source: Source }
  | { kind: "login"; grant: Login }
  | { kind: "account"; grant: ServiceGrant }
);

/** The rules of one group: sources by service, then logins, then service accounts, each in the order of the file. */
export function rulesOf({ name: group, services, logins, serviceAccounts }: Group): WrittenRule[] {
  return [
    ...services.flatMap((grant) =>
      grant.from.map(({ source, path }): WrittenRule => ({ kind: "source", group, path, grant, source })),
    ),
    ...logins.map((grant): WrittenRule => ({ kind: "login", group, path: grant.path, grant })),
    ...serviceAccounts.map((grant): WrittenRule => ({ kind: "account", group, path: grant.path, grant })),
  ];
}

/** Whom a rule is for, and on what: `app on 5432/tcp`, `net:office on 80/tcp, 443/tcp`, `team sre`, `grace`. */
export function describeRule(rule: WrittenRule): string {
  switch (rule.kind) {
    case "source":
      return `${sourceText(rule.source)} on ${rule.grant.ports.map(formatPort).join(", ")}`;
    case "login": {
      const { who } = rule.grant;
      return who.kind === "team" ? `team ${who.team}` : who.person;
    }
    case "account":
      return rule.grant.account;
    default: {
      const exhaustive: never = rule;
      return exhaustive;
    }
  }
}
