/*
 * Names of hosts, groups and services are checked when they are read; descriptions and paths are free text. All of it
 * is escaped alike, here and nowhere else.
 */

/** What no XML 1.0 document may hold, not even escaped, and what turns the direction of the text around it. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line of text with nothing in it that can't be shown: each such character becomes U+FFFD, white space a space. */
export function plainText(text: string): string {
  return text.replace(/\s+/gu, " ").replace(UNSHOWABLE, "\ufffd").trim();
}

/** Text for the content or a quoted attribute of XML and HTML. */
export function escapeMarkup(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return plainText(text).replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** A quoted string of Graphviz's language; `\n`, `\N` and the like have no meaning in it, nor have HTML entities. */
export function quoteDot(text: string): string {
  const escaped = plainText(text).replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/&/g, "&amp;");
  return `"${escaped}"`;
}

/** JSON that may stand in a `<script>` of a page: nothing in it ends the element or opens a comment. */
export function scriptJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
}
