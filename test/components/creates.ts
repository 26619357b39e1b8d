/** The README's table of what each stack creates. */
import { compareText } from "../../compiler/text";
import { shortType } from "./graph";
import { isProperties } from "./inputs";
import { ofType, type Registered } from "./program";

/** What its owner pays for; all else is free by itself. Traffic is not counted. */
const COSTS: Record<string, string> = {
  "aws:ec2/instance:Instance": "by size and hour, its disk by size",
  "aws:ec2/eip:Eip": "by the hour",
  "aws:ec2/natGateway:NatGateway": "by the hour and by traffic",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "by the hour, save for gateways",
  "linode:index/instance:Instance": "by size and hour",
};

/** Components, look-ups and the stack itself are nothing that somebody has to create. */
function isReal({ type }: Registered): boolean {
  return !type.startsWith("palisade:") && !type.startsWith("pulumi:");
}

/** The name by which a person finds it: its cloud's, else Pulumi's. */
function exampleOf({ name, inputs }: Registered): string {
  const { label, name: own, tags } = inputs;
  const tag = isProperties(tags) ? tags["Name"] : undefined;
  return [label, own, tag].find((value) => typeof value === "string") ?? name;
}

/** A Markdown table; one row a type, one column a stack. */
export function createsTable(stacks: ReadonlyMap<string, readonly Registered[]>): string {
  const all = [...stacks.values()].flat().filter(isReal);
  const types = [...new Set(all.map(({ type }) => type))].sort(compareText);
  const header = ["what", ...[...stacks.keys()].map((stack) => `\`${stack}\``), "for example", "costs"];
  const rows = types.map((type) => {
    const counts = [...stacks.values()].map((registered) => `${ofType([...registered], type).length}`);
    const names = all.filter((resource) => resource.type === type).map(exampleOf);
    const [example = ""] = names.sort(compareText);
    return [`\`${shortType(type)}\``, ...counts, `\`${example}\``, COSTS[type] ?? ""];
  });
  const total = [...stacks.values()].map((registered) => `${registered.filter(isReal).length}`);
  return [header, header.map(() => "---"), ...rows, ["all", ...total, "", ""]]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
