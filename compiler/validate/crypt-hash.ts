/** yescrypt, as Debian's passwd and mkpasswd make it (crypt(5)): parameters, salt and 43 characters. */
const YESCRYPT = /^\$y\$[./A-Za-z0-9]{2,16}\$[./A-Za-z0-9]{8,86}\$[./A-Za-z0-9]{43}$/;

/** sha512crypt (crypt(5)): perhaps rounds, a salt and 86 characters. */
const SHA512 = /^\$6\$(?:rounds=([1-9][0-9]{3,6})\$)?[./A-Za-z0-9]{8,16}\$[./A-Za-z0-9]{86}$/;

/** The default of sha512crypt; fewer are easier to guess. */
const LEAST_ROUNDS = 5000;

/** What is wrong with a password's hash, without a word of the hash itself; undefined for one that a host takes. */
export function hashProblem(text: string): string | undefined {
  if (YESCRYPT.test(text)) return undefined;
  const sha512 = SHA512.exec(text);
  if (sha512 === null) {
    return "this is no hash that is taken: yescrypt ($y$, mkpasswd) or sha512crypt ($6$, openssl passwd -6), whole, with 8 characters of salt or more";
  }
  return sha512[1] !== undefined && Number(sha512[1]) < LEAST_ROUNDS
    ? `sha512crypt with fewer than ${LEAST_ROUNDS} rounds is too easily guessed`
    : undefined;
}

/** The command by which a person's password is set in a stack. @param stack absent: the one that is selected */
export function setPassword(person: string, stack?: string): string {
  const option = stack === undefined ? "" : ` --stack ${stack}`;
  return `openssl passwd -6 | pulumi config set --secret${option} --path 'palisade:passwords.${person}'`;
}
