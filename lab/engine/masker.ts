/** Keeps secrets out of messages that carry text of others: a command's output, a provider's error. */
import { sortedIndexBy } from "lodash";
import { isIP } from "node:net";
import { isProperties, type Properties, Secret, type Value } from "./values";

/** Shorter texts are no use as a secret and would blot out ordinary words. */
const SHORTEST = 3;

/** Of the parts of a secret object. */
const SHORTEST_PART = 8;

/** No text holds a longer one. */
const byLength = (text: string): number => -text.length;

export class Masker {
  private readonly secrets = new Set<string>();
  private readonly longestFirst: string[] = [];

  /** Remembers a text that must not appear, and its lines when it has several long ones. */
  add(secret: string): void {
    const forms = [secret, secret.trim(), JSON.stringify(secret).slice(1, -1)];
    for (const form of forms) {
      if (form.length >= SHORTEST && !this.secrets.has(form)) {
        this.secrets.add(form);
        this.longestFirst.splice(sortedIndexBy(this.longestFirst, form, byLength), 0, form);
      }
    }
  }

  /**
   * Remembers the strings that are marked secret themselves. Those inside an object that is secret as a
   * whole are not: a connection's host name would vanish from every error that must name the host.
   */
  addFrom(properties: Properties): void {
    Object.values(properties).forEach((value) => this.collect(value));
  }

  private collect(value: Value): void {
    if (value instanceof Secret) {
      if (typeof value.value === "string") this.add(value.value);
      else this.collect(value.value);
    } else if (Array.isArray(value)) value.forEach((item) => this.collect(item));
    else if (isProperties(value)) this.addFrom(value);
  }

  /** The text with every remembered secret replaced by `[secret]`. */
  mask(text: string): string {
    const first = sortedIndexBy(this.longestFirst, text, byLength);
    return this.longestFirst
      .slice(first)
      .reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
  }
}

/**
 * The strings inside a secret config value, which may be JSON text. Of an object's, short ones and
 * addresses are left out: errors must still name a host and a port.
 */
export function configSecrets(text: string): string[] {
  const strings = [text];
  const collect = (value: unknown): void => {
    if (typeof value === "string") {
      if (value.length >= SHORTEST_PART && isIP(value) === 0) strings.push(value);
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  try {
    collect(JSON.parse(text));
  } catch {
    // A plain string is its own only secret.
  }
  return strings;
}
