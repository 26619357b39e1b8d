import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { planAddresses } from "../../compiler/decide/addresses";
import { formatProblem } from "../../compiler/problem";
import { readStack, stackFile } from "../../compiler/read";
import { renderFleet } from "../../compiler/render/fleet";
import { PROJECT } from "../../lab/deploy/session";
import { ENVIRONMENT, STACK, stackConfig, type BenchHost } from "../lab/hosts";
import { today } from "../machine";

/** The hosts of the dev stack, each as one that is there already, so that no boot is in what is measured. */
export const HOSTS: readonly BenchHost[] = [
  host("bastion-1", "bastion", 200),
  host("web-1", "web", 201),
  host("app-1", "app", 202),
  host("db-1", "db", 203),
  host("monitor-1", "monitor", 204),
  host("web-2", "web", 205),
  host("app-2", "app", 206),
];

function host(name: string, group: string, number: number): BenchHost {
  const [ipv4, ipv6] = [`198.51.100.${number}`, `2001:db8:c000::${number}`];
  return { name, groups: [group], ipv4, ipv6 };
}

/** The rule that is changed is in every host's firewall: the port at which the monitor reads its metrics. */
export const PORTS = { before: "9100/tcp", after: "9101/tcp" } as const;

const MORE = { "palisade:ipcomp": true };

/** The environment of the sample policy in whose place the benchmark's is. */
const TAKEN_FROM = "dev";

/** A project with the sample policy and a stack of these hosts. */
export class BenchProject {
  constructor(
    readonly folder: string,
    private readonly hosts = HOSTS,
  ) {
    const policy = join(folder, "policy");
    mkdirSync(policy, { recursive: true });
    const own = join(PROJECT, "policy");
    for (const name of readdirSync(own).filter((file) => file.endsWith(".json"))) {
      const text = readFileSync(join(own, name), "utf8");
      writeFileSync(join(policy, name), text.replaceAll(`"${TAKEN_FROM}"`, `"${ENVIRONMENT}"`));
    }
    writeFileSync(join(folder, stackFile(STACK)), stringify({ config: stackConfig(hosts, MORE) }));
  }

  /** For the program, which names the policy's folder from where it is itself. */
  get config(): Record<string, unknown> {
    const policy = relative(PROJECT, join(this.folder, "policy"));
    return stackConfig(this.hosts, { ...MORE, "palisade:policy": policy });
  }

  /** Changes the one rule. @throws where the policy has it no more */
  changeRule(from: string, to: string): void {
    for (const name of ["groups.json", "tests.json"]) {
      const file = join(this.folder, "policy", name);
      const text = readFileSync(file, "utf8");
      if (!text.includes(`"${from}"`)) throw new Error(`${name} has no "${from}"`);
      writeFileSync(file, text.replaceAll(`"${from}"`, `"${to}"`));
    }
  }

  /** The files of every host's facets by name, as they are pushed. */
  render(): Map<string, Map<string, string>> {
    const read = readStack(this.folder, STACK, today());
    if (!read.ok) throw new Error(read.problems.map(formatProblem).join("\n"));
    const { model, inventory } = read.value;
    const rendered = [...renderFleet(model, planAddresses(inventory).book)].map(({ host, facets }) => {
      const files = facets.flatMap((facet) => facet.files.map(({ name, text }) => [name, text] as const));
      return [host.name, new Map(files)] as const;
    });
    return new Map(rendered);
  }
}
