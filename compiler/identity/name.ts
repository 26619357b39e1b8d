/** The IKE identity that a host's certificate carries and its peers pin: `web-1.dev.palisade`. */
export function identityOf(host: string, environment: string): string {
  return `${host}.${environment}.palisade`;
}
