import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { identityOf } from "../compiler/identity/name";
import type { Facet } from "../compiler/model";
import { applyArguments, documentText } from "../compiler/render/document";
import { facetText } from "../compiler/render/facet";
import type { Host, Proxy } from "./host";
import { moveScript, prepareScript } from "./host-scripts";
import type { Identity, SshKey } from "./identity";
import type { Paced } from "./pace";

/** The text of each facet, as the compiler rendered it. */
export interface HostPlan {
  accounts: pulumi.Input<string>;
  /** A secret; absent where sudo asks nobody on the host for a password. */
  passwords?: pulumi.Output<string>;
  firewall: pulumi.Input<string>;
  ipsec: pulumi.Input<string>;
}

export interface HostConfigArgs {
  host: Host;
  environment: string;
  identity: Identity;
  plan: HostPlan;
  /** ISO date of the host's own IPsec key, where it has one. */
  keyEpoch?: string | undefined;
}

const PALISADE_HOST = "/usr/local/lib/palisade/palisade-host";
/** Seconds for one try to reach a host. */
const DIAL_TIMEOUT = 5;
/** Tries to reach a host that was prepared before, so that one that is down does not hold up the update. */
const DIAL_TRIES = 3;
/** A machine that is still starting refuses connections for a while. */
const FIRST_BOOT = "5m";

/** With which key the deployer logs in, and which one the host has to show. */
interface Login {
  deployer: SshKey;
  hostKey: pulumi.Input<string>;
}

/**
 * Pushes a host its configuration by commands below the host's own resource: all facets in one document, which the host
 * checks whole before it loads the first. What could shut the deployer out is kept only when a later command, each over a
 * connection of its own, comes through; `confirm` is the last. This is the only user of remote commands. Nothing is
 * deleted with these resources: a host that leaves keeps enforcing.
 */
export class HostConfig implements Paced {
  readonly last: pulumi.Resource;

  constructor(
    private readonly name: string,
    private readonly args: HostConfigArgs,
  ) {
    const { host, environment, plan, keyEpoch } = args;
    const script = prepareScript(identityOf(host.hostName, environment), keyEpoch);
    const prepare = this.prepare(script, this.move(script));
    const apply = this.apply(prepare);
    const pushed =
      plan.passwords === undefined ? apply : this.run("passwords", "apply passwords", plan.passwords, apply);
    this.last = this.run("confirm", "confirm", digests(plan), pushed);
  }

  /** Waits for the host to answer, installs what it lacks, and prints its certificate signing request. */
  private prepare(script: string, after: pulumi.Resource[]): command.remote.Command {
    return this.runScript("prepare", script, this.login(), after);
  }

  /**
   * While the environment's secret is exchanged: logs in as the previous one says, and has the host let the deployer in,
   * and show itself, as the one in force says. All else comes over connections of the one in force, the first of which
   * confirms it; without one, the host takes it back.
   */
  private move(script: string): pulumi.Resource[] {
    const { host, identity } = this.args;
    const { access, previous } = identity;
    if (previous === undefined) return [];
    const { hostName, endpoint, hasDerivedKey } = host;
    const shown = hasDerivedKey ? previous.hostKey(hostName).publicKey : endpoint.hostKey;
    const text = pulumi
      .all([
        access.deployer.publicKey,
        previous.deployer.publicKey,
        hasDerivedKey ? access.hostKey(hostName).privateKey : "",
      ])
      .apply(([deployer, retired, hostKey]) =>
        moveScript(script, facetText(accessFacet(this.args, { deployer, retired, hostKey }))),
      );
    const login = { deployer: previous.deployer, hostKey: shown };
    return [this.runScript("access", pulumi.secret(text), login, [])];
  }

  private runScript(
    step: string,
    stdin: pulumi.Input<string>,
    login: Login,
    dependsOn: pulumi.Resource[],
  ): command.remote.Command {
    return this.command(step, "sh -s", stdin, this.connection(-1, login), {
      dependsOn,
      customTimeouts: { create: FIRST_BOOT, update: "1m" },
    });
  }

  private login(): Login {
    const { host, identity } = this.args;
    return { deployer: identity.access.deployer, hostKey: host.endpoint.hostKey };
  }

  /** The certificate is an argument: in the document it would hide all of a new host from the preview. */
  private apply(prepare: command.remote.Command): command.remote.Command {
    const { host, identity, plan } = this.args;
    const { accounts, firewall, ipsec } = plan;
    const document = pulumi
      .all({ accounts, firewall, certificate: identity.authorities(host.hostName), ipsec })
      .apply(documentText);
    const certificate = identity.certificate(host.hostName, prepare.stdout);
    return this.run("apply", certificate.apply(applyArguments), document, prepare);
  }

  private run(
    step: string,
    argument: pulumi.Input<string>,
    stdin: pulumi.Input<string>,
    after: pulumi.Resource,
  ): command.remote.Command {
    const line = pulumi.interpolate`${PALISADE_HOST} ${argument}`;
    return this.command(step, line, stdin, this.connection(DIAL_TRIES), { dependsOn: [after] });
  }

  private command(
    step: string,
    line: pulumi.Input<string>,
    stdin: pulumi.Input<string>,
    connection: command.types.input.remote.ConnectionArgs,
    opts: pulumi.CustomResourceOptions,
  ): command.remote.Command {
    return new command.remote.Command(
      `${this.name}-${step}`,
      {
        connection,
        create: this.asRoot(line),
        stdin,
        triggers: [this.args.host.machine],
        addPreviousOutputInEnv: false,
        logging: "stderr",
      },
      { parent: this.args.host, ...opts },
    );
  }

  /** Built field by field: an unknown field once made the provider print the private key (pulumi-command #773). */
  private connection(
    dialErrorLimit: number,
    { deployer, hostKey } = this.login(),
  ): command.types.input.remote.ConnectionArgs {
    const { endpoint } = this.args.host;
    return {
      host: endpoint.host,
      user: endpoint.user,
      privateKey: deployer.privateKey,
      hostKey,
      dialErrorLimit,
      perDialTimeout: DIAL_TIMEOUT,
      ...(endpoint.proxy === undefined ? {} : { proxy: proxyOf(endpoint.proxy, deployer, dialErrorLimit) }),
    };
  }

  private asRoot(line: pulumi.Input<string>): pulumi.Input<string> {
    return this.args.host.endpoint.user === "root" ? line : pulumi.interpolate`sudo -n ${line}`;
  }
}

function proxyOf(
  { host, port, user, hostKey }: Proxy,
  { privateKey }: SshKey,
  dialErrorLimit: number,
): command.types.input.remote.ProxyConnectionArgs {
  return { host, port, user, privateKey, hostKey, dialErrorLimit, perDialTimeout: DIAL_TIMEOUT };
}

/** The access facet: who the deployer is from now on, and by which key the host is known. */
function accessFacet(
  { host, environment }: HostConfigArgs,
  keys: { deployer: string; retired: string; hostKey: string },
): Facet {
  return {
    facet: "access",
    host: host.hostName,
    environment,
    files: [
      { name: "login", text: `${host.endpoint.user}\n` },
      { name: "deployer", text: `${keys.deployer}\n` },
      { name: "retired", text: `${keys.retired}\n` },
      { name: "host-key", text: keys.hostKey },
    ],
  };
}

/** What `confirm` reads: all that could shut the deployer out, as it should have arrived. */
function digests({ accounts, firewall, ipsec }: HostPlan): pulumi.Output<string> {
  const facets = Object.entries({ accounts, firewall, ipsec });
  const lines = facets.map(
    ([facet, text]) => pulumi.interpolate`${facet} ${pulumi.output(text).apply(sha256)}\n`,
  );
  return pulumi.all(lines).apply((all) => all.join(""));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
