import { describeSudo } from "../decide/sudo";
import type { RuleContext } from "../rules/context";
import { formatPlace } from "../rules/place";
import type { Answer } from "./answer";
import { explainFlow } from "./flow";
import { explainLogin } from "./login";
import { explainService } from "./service";
import type { Question } from "./question";

/** Whether something is allowed, and by which line of the policy; if not, what comes nearest and what it lacks. */
export function explain(question: Question, context: RuleContext): Answer {
  switch (question.kind) {
    case "flow":
      return explainFlow(question, context);
    case "login":
      return context.policy.serviceAccounts.has(question.person)
        ? explainService(question.person, question.host, context)
        : explainLogin(question.person, question.host, context);
    default: {
      const exhaustive: never = question;
      return exhaustive;
    }
  }
}

/** An answer for people: the verdict in the first line, its reasons in the others. */
export function answerLines(answer: Answer): string[] {
  const { rules, nearest, notes } = answer;
  const by = answer.verdict === "denied" ? "would be by" : "by";
  return [
    `${answer.verdict}: ${headline(answer)}`,
    ...notes.map((note) => `  ${note}`),
    ...rules.flatMap((rule) => [
      `  ${by} ${formatPlace(rule)}: ${rule.gives}`,
      `    ${[...rule.through, ...rule.conditions.map((condition) => `it ${condition}`)].join("; ")}`,
    ]),
    ...(rules.length === 0 && nearest === undefined && answer.verdict === "denied"
      ? ["  no rule comes near it"]
      : []),
    ...(nearest === undefined
      ? []
      : [
          `  nearest${answer.verdict === "denied" ? "" : " to more"} is ${formatPlace(nearest)}: ${nearest.gives}`,
          `    ${nearest.lacks.join("; ")}`,
        ]),
  ];
}

function headline(answer: Answer): string {
  if (answer.question === "login") {
    const what = answer.sudo.length === 0 ? "without sudo" : `with ${describeSudo(answer.sudo)}`;
    const given = answer.access === "none" ? "" : `, ${what}`;
    return `${answer.person} on ${answer.host} in ${answer.environment}${given}`;
  }
  const { from, to, port, environment, verdict, ipsec, closed } = answer;
  const missing = closed.length === 0 ? "" : `; not wholly: ${closed.join(", ")}`;
  const way = verdict === "denied" ? "" : ipsec ? ", through IPsec" : "";
  return `${from} to ${to} on ${port} in ${environment}${way}${missing}`;
}
