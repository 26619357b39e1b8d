import type { Facet } from "../model";

/**
 * A facet as one document, as a host's scripts take it on standard input. Its last line shows that all of it came.
 * @throws if a line of a file could be taken for a mark of the document
 */
export function facetText(facet: Facet): string {
  const parts = [`# palisade ${facet.facet} for ${facet.host} (${facet.environment})\n`];
  for (const { name, text } of facet.files) {
    if (/^#===/m.test(text)) throw new Error(`a line of ${name} for ${facet.host} begins with #===`);
    if (text !== "" && !text.endsWith("\n"))
      throw new Error(`${name} for ${facet.host} does not end with a newline`);
    parts.push(`#=== file ${name}\n`, text);
  }
  parts.push("#=== end\n");
  return parts.join("");
}
