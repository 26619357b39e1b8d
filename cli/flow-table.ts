import Table from "cli-table3";
import type { Flow } from "../compiler/model";
import { plural } from "../compiler/text";
import type { RuleFlow } from "../map/graph";
import { placeText } from "../map/words";
import type { coloursFor } from "./output";

type Colours = ReturnType<typeof coloursFor>;

/** Flows by host, and how many there are. */
export function flowTable(flows: readonly Flow[], colours: Colours): string {
  const rows = flows.map(({ from, to, service, port, ipsec }) => [
    from,
    to,
    service,
    port,
    through(ipsec, colours),
  ]);
  return table(["from", "to", "service", "port", "through"], rows, plural(flows.length, "flow"), colours);
}

/** Flows by group: the rules behind them, with where each is written and how many hosts it joins. */
export function ruleTable(rules: readonly RuleFlow[], colours: Colours): string {
  const rows = rules.map((rule) => {
    const { from, to, service, ports, ipsec, path, hosts } = rule;
    const counts = ipsec ? `${hosts.from.length} → ${hosts.to.length}` : `${hosts.to.length}`;
    return [from, to, service, ports.join(" "), through(ipsec, colours), counts, path, placeText(rule)];
  });
  const head = ["from", "to", "service", "ports", "through", "hosts", "rule", "written in"];
  return table(head, rows, plural(rules.length, "rule"), colours);
}

function through(ipsec: boolean, { green }: Colours): string {
  return ipsec ? green("IPsec") : "clear";
}

function table(head: readonly string[], rows: readonly string[][], count: string, { bold }: Colours): string {
  const drawn = new Table({
    head: head.map((text) => bold(text)),
    style: { head: [], border: [], compact: true },
  });
  drawn.push(...rows);
  return `${drawn.toString()}\n${count}\n`;
}
