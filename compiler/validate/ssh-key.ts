/** Fields of a public key after its type's name (RFC 4253 section 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f). */
const FIELDS: Record<string, (fields: Buffer[]) => boolean> = {
  "ssh-ed25519": ([key, ...rest]) => key?.length === 32 && rest.length === 0,
  "sk-ssh-ed25519@openssh.com": ([key, application, ...rest]) =>
    key?.length === 32 && application !== undefined && rest.length === 0,
  "ecdsa-sha2-nistp256": (fields) => isEcdsa(fields, "nistp256", 65),
  "ecdsa-sha2-nistp384": (fields) => isEcdsa(fields, "nistp384", 97),
  "ecdsa-sha2-nistp521": (fields) => isEcdsa(fields, "nistp521", 133),
  "sk-ecdsa-sha2-nistp256@openssh.com": ([curve, point, application, ...rest]) =>
    application !== undefined && rest.length === 0 && isEcdsa([curve, point], "nistp256", 65),
  // The modulus is signed, so a leading zero byte precedes its highest bit.
  "ssh-rsa": ([exponent, modulus, ...rest]) =>
    exponent !== undefined && modulus !== undefined && modulus.length >= 257 && rest.length === 0,
};

function isEcdsa([curve, point, ...rest]: (Buffer | undefined)[], name: string, length: number): boolean {
  return (
    curve?.toString("latin1") === name && point?.length === length && point[0] === 4 && rest.length === 0
  );
}

/** Splits length-prefixed strings (RFC 4251 section 5); undefined where the lengths do not add up. */
function splitStrings(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  let offset = 0;
  while (offset < blob.length) {
    if (offset + 4 > blob.length) return undefined;
    const end = offset + 4 + blob.readUInt32BE(offset);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(offset + 4, end));
    offset = end;
  }
  return fields;
}

/** An OpenSSH public key: `text` is `TYPE BASE64 COMMENT`, one space between, the comment perhaps absent. */
export interface SshKey {
  text: string;
  /** Type and base64: the same for the same key, whatever its comment. */
  id: string;
}

/** Reads one line of authorized_keys that has no options; otherwise says in a message what is wrong. */
export function parseSshKey(line: string): { key: SshKey } | { message: string } {
  if (!/^[\x20-\x7e]*$/.test(line)) return { message: "an SSH public key is one line of printable ASCII" };
  const [type = "", base64 = "", ...comment] = line.trim().split(/ +/);
  if (type.startsWith("-----BEGIN")) {
    return { message: "this looks like the beginning of a private key; only public keys belong here" };
  }
  const check = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
  if (check === undefined) {
    const options = /^[a-z-]+(=|,)/.test(type) || ["restrict", "cert-authority"].includes(type);
    const known = "ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa or another type that OpenSSH accepts";
    return {
      message: options
        ? `an SSH public key has no options here; it begins with its type: ${known}`
        : `"${type.slice(0, 40)}" is no type of SSH public key; it begins with ${known}`,
    };
  }
  const blob = Buffer.from(base64, "base64");
  const fields = blob.toString("base64") === base64 ? splitStrings(blob) : undefined;
  if (fields === undefined || fields[0]?.toString("latin1") !== type || !check(fields.slice(1))) {
    const weak = type === "ssh-rsa" && fields !== undefined && fields.length === 3;
    return {
      message: weak
        ? "this RSA key has fewer than 2048 bits"
        : `this is not a whole ${type} key: its base64 part is damaged`,
    };
  }
  const id = `${type} ${base64}`;
  return { key: { id, text: [id, ...comment].join(" ") } };
}
