import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { identityOf } from "../compiler/identity/name";
import type { Host, Proxy } from "./host";
import { prepareScript } from "./host-scripts";
import type { Identity } from "./identity";

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
}

const PALISADE_HOST = "/usr/local/lib/palisade/palisade-host";
/** Seconds for one try to reach a host. */
const DIAL_TIMEOUT = 5;
/** Tries to reach a host that was prepared before, so that one that is down does not hold up the update. */
const DIAL_TRIES = 3;
/** A machine that is still starting refuses connections for a while. */
const FIRST_BOOT = "5m";

/**
 * Pushes a host its configuration: one command a facet, each checked by the host before it is loaded. What could shut
 * the deployer out is kept only when a later command, each over a connection of its own, comes through; `confirm` is
 * the last. This is the only user of remote commands. Nothing is deleted with these resources: a host that leaves keeps enforcing.
 */
export class HostConfig extends pulumi.ComponentResource {
  constructor(
    private readonly name: string,
    private readonly args: HostConfigArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("palisade:index:HostConfig", name, {}, opts);
    const { host, environment, identity, plan } = args;
    const prepare = this.prepare(prepareScript(identityOf(host.hostName, environment)));
    const accounts = this.apply("accounts", plan.accounts, prepare);
    const people =
      plan.passwords === undefined ? accounts : this.apply("passwords", plan.passwords, accounts);
    const firewall = this.apply("firewall", plan.firewall, people);
    const certificate = identity.certificate(host.hostName, prepare.stdout);
    const certified = this.apply("certificate", certificate, firewall);
    const ipsec = this.apply("ipsec", plan.ipsec, certified);
    this.run("confirm", "confirm", digests(plan), ipsec);
    this.registerOutputs({});
  }

  /** Waits for the host to answer, installs what it lacks, and prints its certificate signing request. */
  private prepare(script: string): command.remote.Command {
    return new command.remote.Command(
      `${this.name}-prepare`,
      {
        connection: this.connection(-1),
        create: this.asRoot("sh -s"),
        stdin: script,
        triggers: [this.args.host.machine],
        addPreviousOutputInEnv: false,
        logging: "stderr",
      },
      { parent: this, customTimeouts: { create: FIRST_BOOT, update: "1m" } },
    );
  }

  private apply(facet: string, text: pulumi.Input<string>, after: pulumi.Resource): command.remote.Command {
    return this.run(facet, `apply ${facet}`, text, after);
  }

  private run(
    step: string,
    argument: string,
    stdin: pulumi.Input<string>,
    after: pulumi.Resource,
  ): command.remote.Command {
    return new command.remote.Command(
      `${this.name}-${step}`,
      {
        connection: this.connection(DIAL_TRIES),
        create: this.asRoot(`${PALISADE_HOST} ${argument}`),
        stdin,
        triggers: [this.args.host.machine],
        addPreviousOutputInEnv: false,
        logging: "stderr",
      },
      { parent: this, dependsOn: [after] },
    );
  }

  /** Built field by field: an unknown field once made the provider print the private key (pulumi-command #773). */
  private connection(dialErrorLimit: number): command.types.input.remote.ConnectionArgs {
    const { endpoint } = this.args.host;
    return {
      host: endpoint.host,
      user: endpoint.user,
      privateKey: this.args.identity.deployer.privateKey,
      hostKey: endpoint.hostKey,
      dialErrorLimit,
      perDialTimeout: DIAL_TIMEOUT,
      ...(endpoint.proxy === undefined ? {} : { proxy: this.proxy(endpoint.proxy, dialErrorLimit) }),
    };
  }

  private proxy(proxy: Proxy, dialErrorLimit: number): command.types.input.remote.ProxyConnectionArgs {
    return {
      host: proxy.host,
      port: proxy.port,
      user: proxy.user,
      privateKey: this.args.identity.deployer.privateKey,
      hostKey: proxy.hostKey,
      dialErrorLimit,
      perDialTimeout: DIAL_TIMEOUT,
    };
  }

  private asRoot(commandLine: string): string {
    return this.args.host.endpoint.user === "root" ? commandLine : `sudo -n ${commandLine}`;
  }
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
