/** What a stack registers, as text that a person reviews: one line a resource, indented under its parent. */
import { compareText, lines } from "../../compiler/text";
import { isProperties } from "./inputs";
import type { Registered } from "./program";

/** Inputs that a reviewer looks for, of whatever type, in this order. */
const SHOWN = [
  ...["label", "name", "region", "availabilityZone", "type", "instanceType", "ami", "image"],
  ...["cidrBlock", "ipv4", "privateIp", "associatePublicIpAddress", "diskEncryption", "create"],
  ...["inboundPolicy", "outboundPolicy"],
];
/** The parent of what has none. */
const STACK = "";
/** Lists of which only the length is shown. */
const COUNTED = ["inbounds", "ingress", "linodes"];

/** `aws:ec2:Instance`, `linode:Instance`, `AwsHost`. */
export function shortType(type: string): string {
  const [provider = "", module = "", name = ""] = type.split(":");
  const place = module.split("/")[0] ?? "";
  if (provider === "palisade") return name;
  return [provider, ...(place === "index" ? [] : [place]), name].join(":");
}

/** The whole graph, the same in every order of registration. */
export function graphText(registered: readonly Registered[]): string {
  const places = new Set(registered.map(({ type, name }) => `${type} ${name}`));
  const children = new Map<string, Registered[]>();
  for (const resource of registered) {
    const place = placeOf(resource.parent);
    const parent = places.has(place) ? place : STACK;
    children.set(parent, [...(children.get(parent) ?? []), resource]);
  }
  return lines(below(STACK, children, 0));
}

function below(parent: string, children: ReadonlyMap<string, Registered[]>, depth: number): string[] {
  const sorted = [...(children.get(parent) ?? [])].sort(
    (a, b) => compareText(a.name, b.name) || compareText(a.type, b.type),
  );
  return sorted.flatMap((child) => [
    "  ".repeat(depth) + describe(child),
    ...below(`${child.type} ${child.name}`, children, depth + 1),
  ]);
}

function describe({ type, name, inputs, protect, ignoreChanges }: Registered): string {
  const shown = SHOWN.flatMap((key) => {
    const value = inputs[key];
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    // A host's certificate is another one at each run.
    return isPlain ? [`${key}=${String(value).replace(/(--certificate) \S+/, "$1 …")}`] : [];
  });
  const counted = COUNTED.flatMap((key) => {
    const value = inputs[key];
    return Array.isArray(value) ? [`${key}×${value.length}`] : [];
  });
  const ignored = ignoreChanges.length === 0 ? [] : [`ignores ${[...ignoreChanges].sort().join(" ")}`];
  return [
    `${shortType(type)} ${name}`,
    ...[...shown, ...counted, ...tagsOf(inputs), ...ignored, ...(protect ? ["protected"] : [])],
  ].join("  ");
}

function tagsOf({ tags }: Record<string, unknown>): string[] {
  if (Array.isArray(tags)) return [`tags=${tags.join(",")}`];
  if (!isProperties(tags)) return [];
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${String(value)}`);
  return [`tags=${pairs.sort().join(",")}`];
}

/** `TYPE NAME` of a URN. */
function placeOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1)} ${name.join("::")}`;
}
