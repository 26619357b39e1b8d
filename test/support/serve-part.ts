/** Serves what the lab attaches as a program of its own, which an engine starts by itself: a part of a release. */
import { attach } from "../../lab/attached";

/** @param engine its address, which a program that it starts gets as its last argument */
async function serve(part: string | undefined, engine: string | undefined): Promise<void> {
  const asked = { languageHost: part === "language-nodejs", command: part === "resource-command", engine };
  const { environment } = await attach(asked, (text) => process.stderr.write(text));
  const [variable = ""] = Object.values(environment);
  process.stdout.write(`${variable.replace(/^.*:/, "")}\n`);
}

void serve(process.argv[2], process.argv.at(-1));
