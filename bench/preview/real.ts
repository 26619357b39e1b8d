import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { ownJson, ownYaml } from "../../lab/deploy/own-data";
import { PROJECT } from "../../lab/deploy/session";
import { configFile } from "../../lab/deploy/stack-config";
import { SECRET, STACK } from "./fleet";

const CLOUDS = ["aws", "linode"];

/**
 * Times `pulumi preview` of the generated stack, in a project folder that links to this one's files.
 * @param folder empty but for the generated policy
 * @param config of the stack's file
 * @throws where the command, or its provider for remote commands, is not there
 */
export function previewReal(
  folder: string,
  config: Record<string, unknown>,
): { seconds: number; resources: number } {
  const project = join(folder, "project");
  const backend = join(folder, "backend");
  linkProject(project, config);
  mkdirSync(backend);
  const env = {
    ...process.env,
    PALISADE_LAB: "bench",
    PALISADE_LAB_DIR: folder,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const pulumi = (args: string[], input = ""): string => {
    const options = { cwd: project, env, input, encoding: "utf8", maxBuffer: 2 ** 30 } as const;
    const { status, stdout, stderr, error } = spawnSync("pulumi", [...args, "--non-interactive"], options);
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${stderr}${errorsIn(stdout)}`);
    return stdout;
  };
  pulumi(["stack", "init", STACK]);
  pulumi(["config", "set", "--secret", "palisade:secret", "--stack", STACK], SECRET);
  const begin = performance.now();
  const summary = ownJson<{ changeSummary?: Record<string, number> }>(
    pulumi(["preview", "--json", "--stack", STACK]),
  );
  const counts = Object.values(summary.changeSummary ?? {});
  return {
    seconds: (performance.now() - begin) / 1000,
    resources: counts.reduce((sum, count) => sum + count, 0),
  };
}

/** With `--json` the command says there what went wrong. */
function errorsIn(stdout: string): string {
  if (!stdout.startsWith("{")) return stdout;
  const { diagnostics = [] } = ownJson<{ diagnostics?: { message: string; severity: string }[] }>(stdout);
  return diagnostics.flatMap(({ message, severity }) => (severity === "error" ? message : [])).join("\n");
}

function linkProject(folder: string, config: Record<string, unknown>): void {
  mkdirSync(folder);
  for (const name of readdirSync(PROJECT)) {
    if (name.startsWith(".") || /^Pulumi\..*yaml$/.test(name)) continue;
    if (name !== "Pulumi.yaml") symlinkSync(join(PROJECT, name), join(folder, name));
  }
  const project = ownYaml<Record<string, unknown>>(readFileSync(join(PROJECT, "Pulumi.yaml"), "utf8"));
  const providers = CLOUDS.map((name) => ({ name, path: join(PROJECT, "lab", "clouds", name) }));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ ...project, plugins: { providers } }));
  writeFileSync(join(folder, `Pulumi.${STACK}.yaml`), configFile(config));
}
