import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Addresses } from "../../../compiler/model";
import { runToEnd, sshCommand } from "../../../fleet/ssh";
import { deployedHosts } from "../../../lab/deploy/deployed";
import { inNamespace } from "../../../lab/machine";
import { placeBehind } from "../../../lab/verify/places";
import type { Place } from "../../../lab/verify/verify";
import type { Checkout, Result } from "./checkout";
import { labOf } from "./people";

/** A deployed host of a checkout's lab, with root on it. */
export class LabHost {
  readonly name: string;
  readonly addresses: Addresses;
  /** For the probes of `lab verify`. */
  readonly place: Place;

  constructor(
    name: string,
    addresses: Addresses,
    private readonly prefix: string[],
  ) {
    this.name = name;
    this.addresses = addresses;
    this.place = placeBehind(name, prefix, false);
  }

  /** Runs a shell's command to its end, whatever that is. */
  run(command: string, stdin = ""): Promise<Result> {
    return runToEnd([...this.prefix, command], stdin);
  }

  /**
   * Starts a command that ends with its standard input, and hands over each line as it is printed.
   * @returns what ends it
   */
  follow(command: string, stdin: string, onLine: (line: string) => void): () => Promise<void> {
    const [program = "", ...args] = [...this.prefix, command];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
    createInterface(child.stdout).on("line", onLine);
    child.stdin.on("error", () => undefined).write(stdin);
    return async () => {
      child.stdin.end();
      // A host that is gone says no more.
      const impatience = setTimeout(() => child.kill(), 5000);
      await closed;
      clearTimeout(impatience);
    };
  }

  /** What a command prints. @throws if it fails */
  async text(command: string, stdin = ""): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, stdin);
    assert.equal(code, 0, `${this.name}: ${command}: ${stderr}`);
    return stdout;
  }

  /** @throws if the host has none of this family */
  address(family: 4 | 6): string {
    const found = family === 4 ? this.addresses.ipv4?.address : this.addresses.ipv6;
    assert.ok(found, `${this.name} has no IPv${family} address`);
    return found;
  }
}

/** The hosts of a stack that is up, all of which root of the deployer's logs in to. */
export function labHosts(checkout: Checkout, stack: string): Map<string, LabHost> {
  const { lab, files } = labOf(checkout, stack);
  const login = { user: "root", keyFile: files.path("deployer-key") };
  return new Map(
    (deployedHosts(files) ?? []).map((host) => {
      assert.equal(host.endpoint.user, "root", host.name);
      const prefix = inNamespace(lab, sshCommand(files, host, login, { batch: true }));
      return [host.name, new LabHost(host.name, host.addresses, prefix)];
    }),
  );
}
