/** The facets that a host gets in one push, in the order in which it loads them. */
const PUSHED = ["accounts", "firewall", "certificate", "ipsec"] as const;

/**
 * The document that brings a host all of its facets: their texts, one after the other. Which they are stands in the
 * command, so that a document that was cut off between two of them is noticed.
 */
export function documentText(facets: Record<(typeof PUSHED)[number], string>): string {
  return PUSHED.map((facet) => facets[facet]).join("");
}

/**
 * What `palisade-host` is called with to take that document.
 * @param certificate the host's own, in PEM
 */
export function applyArguments(certificate: string): string {
  const body = certificate.replace(/-----[A-Z ]+-----|\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) throw new Error("not a certificate in PEM");
  return `apply ${PUSHED.join(" ")} --certificate ${body}`;
}
