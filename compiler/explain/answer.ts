import type { Access, SudoEntry } from "../model";
import type { Place } from "../rules/place";

/** `partly`: some numbers of a port range, or some addresses of a network, are let in and others are not. */
export type Verdict = "allowed" | "partly" | "denied";

/** A rule that lets something happen. */
export interface Reason extends Place {
  /** What it gives, such as `db.postgres admits app on 5432/tcp` or `team sre may log in with sudo`. */
  gives: string;
  /** Through which groups it applies: `app-1 is in app`, `db-1 is in db`. */
  through: string[];
  /** What it does not hold for, or for ever: `holds only in dev`, `ends on 2027-01-01`. */
  conditions: string[];
}

/** The rule that comes nearest to letting something happen. */
export interface Nearest extends Place {
  gives: string;
  /** Such as `web-1 is in web`, `it holds only in prod`. */
  lacks: string[];
}

interface Answered {
  environment: string;
  verdict: Verdict;
  /** What holds by the policy; with isolation, what would. */
  rules: Reason[];
  nearest?: Nearest;
  /** What else decides, or is easily overlooked: isolation, the failsafe. */
  notes: string[];
}

export interface FlowAnswer extends Answered {
  question: "flow";
  /** A host, or `net:NAME`. */
  from: string;
  to: string;
  port: string;
  /** Whether it has to come through IPsec: from hosts always, from networks never. */
  ipsec: boolean;
  /** Parts of a port range that are not, or not wholly, allowed. */
  closed: string[];
}

export interface LoginAnswer extends Answered {
  question: "login";
  /** A person or a service account. */
  person: string;
  host: string;
  /** Of a service account `login` says that it is there, and not that anybody logs in to it. */
  access: Access;
  /** What may be run as root. */
  sudo: readonly SudoEntry[];
}

export type Answer = FlowAnswer | LoginAnswer;
