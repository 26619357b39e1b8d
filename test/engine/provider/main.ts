/** A provider of nothing: it writes down what it is asked to do, and fails or waits where told to. */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { provider } from "@pulumi/pulumi";

interface Inputs {
  value?: unknown;
  /** A change of it needs another thing. */
  kind?: string;
  /** Whether old and new can't be there at once. */
  exclusive?: boolean;
  fail?: "check" | "create" | "update" | "delete";
  /** Milliseconds. */
  delay?: number;
}

function note(line: string): void {
  const file = process.env["THINGS_LOG"];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}

const nameOf = (urn: string): string => urn.split("::").pop() ?? urn;

class Things implements provider.Provider {
  readonly version = "0.0.1";
  private made = 0;

  check(_urn: string, _olds: Inputs, news: Inputs): Promise<provider.CheckResult> {
    const failures = news.fail === "check" ? [{ property: "value", reason: "it is not to its taste" }] : [];
    return Promise.resolve({ inputs: news, failures });
  }

  diff(_id: string, _urn: string, olds: Inputs, news: Inputs): Promise<provider.DiffResult> {
    if (olds.kind === news.kind) return Promise.resolve({});
    return Promise.resolve({
      changes: true,
      replaces: ["kind"],
      deleteBeforeReplace: news.exclusive ?? false,
    });
  }

  create(urn: string, inputs: Inputs): Promise<provider.CreateResult> {
    return this.act("create", urn, inputs, () => {
      this.made += 1;
      return {
        id: `${nameOf(urn)}-${process.pid}-${this.made}`,
        outs: { ...inputs, echo: inputs.value ?? "" },
      };
    });
  }

  update(_id: string, urn: string, _olds: Inputs, news: Inputs): Promise<provider.UpdateResult> {
    return this.act("update", urn, news, () => ({ outs: { ...news, echo: news.value ?? "" } }));
  }

  async delete(id: string, urn: string, inputs: Inputs): Promise<void> {
    await this.act("delete", urn, inputs, () => id);
  }

  read(id: string): Promise<provider.ReadResult> {
    note(`read ${id}`);
    return Promise.resolve(id === "nothing" ? { id: "", props: {} } : { id, props: { echo: `read ${id}` } });
  }

  invoke(token: string, inputs: { text?: string }): Promise<provider.InvokeResult> {
    note(`invoke ${token}`);
    return Promise.resolve({ outputs: { text: `${inputs.text ?? ""}!` } });
  }

  private async act<T>(
    what: "create" | "update" | "delete",
    urn: string,
    inputs: Inputs,
    task: () => T,
  ): Promise<T> {
    note(`${what} ${nameOf(urn)}`);
    if (inputs.delay !== undefined) await sleep(inputs.delay);
    if (inputs.fail === what) throw new Error(`${nameOf(urn)} was told to fail`);
    note(`${what}d ${nameOf(urn)}`);
    return task();
  }
}

note(`start ${process.pid}`);
void provider.main(new Things(), process.argv.slice(2));
