import { AWS_LIMITS, TAG_TEXT } from "../../../compiler/clouds/aws-limits";
import type { Problem } from "../../grpc/checking";
import { isProperties, type Properties } from "../../grpc/values";

/** What EC2 refuses of tags. A description of the limits, with their source, is with the limits. */
export function tagProblems(inputs: Properties, property = "tags"): Problem[] {
  const tags = inputs[property];
  if (!isProperties(tags)) return [];
  const problems: string[] = [];
  const entries = Object.entries(tags);
  if (entries.length > AWS_LIMITS.tags.limit) {
    problems.push(`TagLimitExceeded: ${entries.length} tags, and ${AWS_LIMITS.tags.limit} at most`);
  }
  for (const [key, value] of entries) {
    if (key === "" || key.length > AWS_LIMITS.tagKey.limit || !TAG_TEXT.test(key) || key.startsWith("aws:")) {
      problems.push(`InvalidParameterValue: Tag key '${key}' is invalid`);
    }
    const text = typeof value === "string" ? value : "";
    if (text.length > AWS_LIMITS.tagValue.limit || !TAG_TEXT.test(text)) {
      problems.push(`InvalidParameterValue: Tag value '${text}' is invalid`);
    }
  }
  return problems.map((reason) => ({ property, reason }));
}
