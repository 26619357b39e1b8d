import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sshPublicKey } from "../../compiler/identity/openssh";
import { inNamespace } from "../../lab/machine";
import { run } from "../../lab/machine/run";
import { lastUpdate, updateCommand } from "../lab/deploy";
import { hostKey, type RunningHosts } from "../lab/hosts";
import { measure, type Cost } from "../measure";
import { writeInputs } from "./inputs";
import type { BenchProject } from "./stack";

const PLAYBOOK = join(__dirname, "ansible");

/** What one run of a tool did to the hosts. */
export interface Effect {
  /** Tasks that changed something on a host, or resources that were created, updated or replaced. */
  changed: number;
  /** Of how many. */
  of: number;
}

/** One way to bring the hosts to what the project says. */
export interface Tool {
  name: "palisade" | "ansible";
  /** Brings the hosts up to date, and measures that; with `tags`, by those parts of the playbook alone. */
  push(tags?: string): Promise<Cost & Effect>;
}

/** The lab's engine runs the program, as `palisade lab up` does once the hosts are there. */
export function palisade(hosts: RunningHosts, project: BenchProject, folder: string): Tool {
  mkdirSync(folder, { recursive: true });
  return {
    name: "palisade",
    push: () => {
      const cost = measure(updateCommand(hosts.lab, folder, project.config), folder);
      const { create, update, replace, same } = lastUpdate(folder).changes;
      const changed = create + update + replace;
      return Promise.resolve({ ...cost, changed, of: changed + same });
    },
  };
}

/**
 * The playbook, with every host's texts from Palisade's own render. Writing these is not in what is measured.
 * @param command ansible-playbook
 */
export function ansible(hosts: RunningHosts, project: BenchProject, folder: string, command: string): Tool {
  mkdirSync(folder, { recursive: true });
  const knownHosts = join(folder, "known-hosts");
  const known = hosts.hosts.map(({ name, ipv6 }) => `${ipv6} ${sshPublicKey(hostKey(name))}\n`);
  writeFileSync(knownHosts, known.join(""));
  let runs = 0;
  return {
    name: "ansible",
    push: async (tags) => {
      await writeInputs(folder, hosts.hosts, project.render(), { keyFile: hosts.keyFile, knownHosts });
      // Each run makes its own connections, as one that comes a day later would.
      const sockets = join("/tmp", `palisade-bench-${process.pid}-${runs++}`);
      const out = join(folder, "output");
      const settings = {
        ANSIBLE_CONFIG: join(PLAYBOOK, "ansible.cfg"),
        ANSIBLE_SSH_CONTROL_PATH_DIR: sockets,
        ANSIBLE_HOME: join(folder, "home"),
        NO_COLOR: "1",
      };
      const playbook = [command, "--inventory", join(folder, "inventory.yml"), join(PLAYBOOK, "site.yml")];
      const cost = measure(
        inNamespace(hosts.lab, [
          "env",
          ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
          ...["sh", "-c", 'out=$1; shift; "$@" >"$out" 2>&1 || { cat "$out" >&2; exit 1; }', "sh", out],
          ...playbook,
          ...(tags === undefined ? [] : ["--tags", tags]),
        ]),
        PLAYBOOK,
      );
      await endConnections(sockets);
      return { ...cost, ...recap(readFileSync(out, "utf8"), hosts.hosts.length) };
    },
  };
}

/** The SSH clients that ControlPersist keeps; a measurement must not go on while an earlier one's wait. */
async function endConnections(sockets: string): Promise<void> {
  for (const name of readdirSync(sockets)) {
    await run(["ssh", "-F", "none", "-o", `ControlPath=${join(sockets, name)}`, "-O", "exit", "host"]);
  }
  rmSync(sockets, { recursive: true, force: true });
}

/**
 * What a playbook did, from the lines at the end of its output.
 * @throws unless each of the hosts is there, and on none a task failed
 */
export function recap(output: string, hosts: number): Effect {
  const lines = [...output.matchAll(/^\S+ +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+) /gm)];
  if (lines.length !== hosts) throw new Error(`the playbook ended on ${lines.length} of ${hosts} hosts`);
  const sum = (field: number): number => lines.reduce((total, line) => total + Number(line[field]), 0);
  if (sum(3) + sum(4) > 0) throw new Error(`the playbook failed:\n${output.slice(-2000)}`);
  return { changed: sum(2), of: sum(1) };
}
