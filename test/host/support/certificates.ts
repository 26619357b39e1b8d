import { documentOf } from "./documents";
import type { Sandbox } from "./sandbox";

/** Makes, on the host, its key, two CAs and certificates of all kinds, each with the openssl command. */
const MAKE = `
mkdir /tmp/pki; cd /tmp/pki
openssl genpkey -algorithm ed25519 -out /etc/swanctl/private/palisade.pem
openssl genpkey -algorithm ed25519 -out other.key
for ca in ours theirs; do
  openssl genpkey -algorithm ed25519 -out $ca.key
  openssl req -x509 -new -key $ca.key -subj "/CN=CA $ca" -days 3650 -out $ca.pem
done
sign() { # KEY CA OUT OPTION...
  key=$1 ca=$2 out=$3; shift 3
  openssl req -new -key $key -subj /CN=web-1.dev.palisade |
    openssl x509 -req -CA $ca.pem -CAkey $ca.key -set_serial 0x4711 "$@" -out $out.pem
}
own=/etc/swanctl/private/palisade.pem
sign $own ours good -days 398
sign $own ours newer -days 300
sign $own theirs foreign -days 398
sign other.key ours stolen -days 398
sign $own ours expired -days -1`;

export type Certificates = Record<
  "ours" | "theirs" | "good" | "newer" | "foreign" | "stolen" | "expired",
  string
>;

/** The PEM texts: CAs `ours` and `theirs`; `stolen` is for another host's key. */
export async function makeCertificates(host: Sandbox): Promise<Certificates> {
  await host.sh(MAKE);
  const read = (name: string) => host.sh(`cat /tmp/pki/${name}.pem`);
  return {
    ours: await read("ours"),
    theirs: await read("theirs"),
    good: await read("good"),
    newer: await read("newer"),
    foreign: await read("foreign"),
    stolen: await read("stolen"),
    expired: await read("expired"),
  };
}

export function certificateDocument(own: string, ca: string, other = ca): string {
  return documentOf("certificate", { "host.pem": own, "ca.pem": ca, "other-ca.pem": other });
}
