import { plural } from "../../compiler/text";
import { escapeMarkup } from "../escape";
import type { RuleFlow } from "../graph";
import { placeText } from "../words";

const COLUMNS = ["From", "To", "Service", "Ports", "Through", "Rule", "Hosts"];

/** All rules as a table under the drawing: for reading without the drawing, and for paper. */
export function rulesTable(rules: readonly RuleFlow[]): string {
  const head = COLUMNS.map((name) => `<th scope="col">${name}</th>`).join("");
  return `<details id="rules">
<summary>The same as a table: ${plural(rules.length, "rule")}</summary>
<div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>
${rules.map(row).join("\n")}
</tbody></table></div>
</details>`;
}

function row(rule: RuleFlow, index: number): string {
  const { from, to, service, ports, ipsec, description = "", path, hosts } = rule;
  const through = ipsec ? "IPsec" : "clear";
  const counts = ipsec ? `${hosts.from.length} → ${hosts.to.length}` : String(hosts.to.length);
  const cells = [
    `<td>${escapeMarkup(from)}</td>`,
    `<td>${escapeMarkup(to)}</td>`,
    `<td>${escapeMarkup(service)}${description === "" ? "" : `<br><span class="place">${escapeMarkup(description)}</span>`}</td>`,
    `<td class="ports">${escapeMarkup(ports.join(" "))}</td>`,
    `<td class="through ${through.toLowerCase()}">${through}</td>`,
    `<td><code>${escapeMarkup(path)}</code><br><code class="place">${escapeMarkup(placeText(rule))}</code></td>`,
    `<td class="number">${counts}</td>`,
  ];
  return `<tr data-rule="${index}">${cells.join("")}</tr>`;
}
