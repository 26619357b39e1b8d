import type { Facet } from "../model";

/** How a line of the document begins that belongs to no file. */
const MARK = "#===";

/**
 * A facet as one document, as a host's scripts take it on standard input. Its last line shows that all of it came.
 * @throws if a line of a file could be taken for a mark of the document
 */
export function facetText(facet: Facet): string {
  const parts = [`# palisade ${facet.facet} for ${facet.host} (${facet.environment})\n`];
  for (const { name, text } of facet.files) {
    if (text.startsWith(MARK) || text.includes(`\n${MARK}`))
      throw new Error(`a line of ${name} for ${facet.host} begins with ${MARK}`);
    if (text !== "" && !text.endsWith("\n"))
      throw new Error(`${name} for ${facet.host} does not end with a newline`);
    parts.push(`${MARK} file ${name}\n`, text);
  }
  parts.push(`${MARK} end\n`);
  return parts.join("");
}
