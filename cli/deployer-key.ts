import { Command } from "commander";
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { deriveKey, parseSecret, secretId } from "../compiler/identity/keys";
import { secretsOf } from "../compiler/identity/trust";
import { sshPrivateKey, sshPublicKey } from "../compiler/identity/openssh";
import { EXIT, printProblems } from "./output";
import { decideStack } from "./stacks";

interface Options {
  stack: string;
  out: string;
}

const EXAMPLES = `
Example:
  pulumi config get palisade:secret --stack prod | palisade deployer-key --stack prod --out deployer-key
  ssh -i deployer-key root@ADDRESS`;

/** The way in when nothing else is left: the key that every host of the environment lets in from the failsafe. */
export function deployerKeyCommand(): Command {
  return new Command("deployer-key")
    .description(
      "Writes the deployer's private SSH key, which the secret of the stack's environment gives, and prints the public\n" +
        "one. The secret comes on standard input.",
    )
    .requiredOption("--stack <name>", "the stack, as in Pulumi.NAME.yaml")
    .requiredOption("--out <file>", "where to write; a file that is there is left alone")
    .addHelpText("after", EXAMPLES)
    .action(deployerKey);
}

async function deployerKey(options: Options): Promise<void> {
  const { stack, problems } = decideStack(process.cwd(), options.stack);
  printProblems(problems);
  if (stack === undefined) {
    process.exitCode = EXIT.problems;
    return;
  }
  const { environment } = stack.inventory;
  // While it is exchanged, hosts that were not moved yet let in the key of the one before.
  const { trusted } = secretsOf(stack.inventory);
  const secret = parseSecret(await text(process.stdin));
  if (trusted.length > 0 && !trusted.includes(secretId(secret))) {
    throw new Error(
      `this is not the secret of ${environment}, whose palisade:secretId is ${trusted.join(" or ")}`,
    );
  }
  const key = deriveKey(secret, environment, { use: "deployer" });
  writeFileSync(options.out, sshPrivateKey(key), { mode: 0o600, flag: "wx" });
  process.stdout.write(`${sshPublicKey(key)}\n`);
}
