import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { at, type Fields, type Plain, read, textsWithin } from "./reading";
import { STACK_TYPE } from "./stack";

/** What secrets look like. None of it is a secret's value: a message only says which kind was found, and where. */
const KINDS: { kind: string; pattern: RegExp }[] = [
  { kind: "a private key", pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/ },
  { kind: "a private key", pattern: /PuTTY-User-Key-File-\d/ },
  // As palisade:secret is. A public key in SSH's format, or a fingerprint, is of another length.
  {
    kind: "32 bytes in base64, as the environment's secret is",
    pattern: /(?<![\w+/=])[A-Za-z0-9+/]{43}=(?!=)/,
  },
  { kind: "a password's hash", pattern: /\$(?:y|gy|7|6|5|2[aby]|1)\$[./A-Za-z0-9]/ },
  { kind: "an access key of AWS", pattern: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/ },
];

/** Names of things that nobody should read; what one is known by is none of them. */
const NAMES = /(?:^|[.\]])(?!\w*Ids?$)[^.[\]]*(?:secret|password|passphrase|private_?key)[^.[\]]*$/i;

/** The last line of a certificate or a request can be as long as anything. */
const PUBLIC_PEM = /-----BEGIN ((?:CERTIFICATE|PUBLIC)[A-Z ]*)-----[^-]*-----END \1-----/g;

function kindOf({ path, text }: { path: string; text: string }): string | undefined {
  const rest = text.replace(PUBLIC_PEM, "");
  const found = KINDS.find(({ pattern }) => pattern.test(rest));
  return found?.kind ?? (text !== "" && NAMES.test(path) ? "a value with the name of a secret" : undefined);
}

/** What of a resource others get to see: a command's output, and all of a component's and the stack's. */
function outputsOf({ type, props }: PolicyResource): Fields {
  if (type === STACK_TYPE || type.startsWith("palisade:")) return read(props);
  if (!type.startsWith("command:")) return {};
  const fields = read(props);
  const printed: [string, Plain | undefined][] = ["stdout", "stderr"].map((name) => [name, at(fields, name)]);
  return Object.fromEntries(printed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/**
 * Outputs are for other regions and for tools. A pack is not told which of them are marked secret, so none may hold
 * one: whoever may read a stack's secret outputs has its config, where the environment's secret already is.
 */
export const noSecretInOutputs: StackValidationPolicy = {
  name: "no-secret-in-outputs",
  description: "No output of the stack, of a component or of a command holds a secret.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    for (const resource of resources) {
      for (const found of textsWithin(outputsOf(resource))) {
        const kind = kindOf(found);
        if (kind === undefined) continue;
        report(
          `${resource.name} puts out ${kind} as ${found.path}; take it out of the outputs`,
          resource.urn,
        );
      }
    }
  },
};
