import { parse } from "yaml";

/*
 * Data whose shape is known because this project wrote it: the lab's state, the stack's outputs, its own YAML. What
 * people write is never read here; that goes through the compiler, which checks it.
 */

/** @throws SyntaxError if the text is no JSON */
export function ownJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** @throws YAMLParseError if the text is no YAML */
export function ownYaml<T>(text: string): T {
  return parse(text) as T;
}
