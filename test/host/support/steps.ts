import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "./sandbox";

/** What changes a file, the kernel, charon or a unit. */
const CHANGES = [
  ..."chmod chown conntrack cp install ln mkdir mv pkill rm rmdir".split(" "),
  ..."ip ip6tables ip6tables-restore ipset iptables iptables-restore swanctl systemctl".split(" "),
];

/** Runs palisade-host and kills all of it at this step; false if it ended before it came so far. */
export interface Killed {
  (command: string, input?: string): Promise<boolean>;
  step: number;
  what: string;
}

/** Tries something once for each of its steps, until it is not killed any more. */
export async function eachStep(host: Sandbox, attempt: (at: Killed) => Promise<void>): Promise<void> {
  await countSteps(host);
  let ended = false;
  for (let step = 1; !ended; step++) {
    const at = async (command: string, input = "") => {
      const program = ["dash", "/usr/local/lib/palisade/palisade-host", ...command.split(" ")];
      ended = !(await killedAt(host, step, program, input));
      return !ended;
    };
    await attempt(Object.assign(at, { step, what: `killed at step ${step}` }));
    assert.ok(!ended || step > 3, `only ${step - 1} steps`);
  }
}

/** From now on whatever is run can be killed at each of its steps. */
export async function countSteps(host: Sandbox, ...more: string[]): Promise<void> {
  const names = [...CHANGES, ...more].join(" ");
  await host.sh(
    `mv /usr/local/sbin /usr/local/bin; mkdir /usr/local/steps /usr/local/sbin
     cat >/mnt/step; chmod 0755 /mnt/step
     for name in ${names}; do ln -s /mnt/step "/usr/local/steps/$name"; done`,
    readFileSync(join(__dirname, "step")),
  );
}

/** Runs a program and kills all of it at a step; false if it ended before it came so far. */
export async function killedAt(
  host: Sandbox,
  step: number,
  program: string[],
  input: string | Buffer = "",
): Promise<boolean> {
  const run = `echo 0 >/mnt/steps; echo ${step} >/mnt/kill-at; cd /usr/local; mv sbin away; mv steps sbin; cd /
    setsid --wait dash -c 'echo $$ >/mnt/group; exec "$@"' - "$@" >&2
    ended=$?; cd /usr/local; mv sbin steps; mv away sbin; read -r steps </mnt/steps; echo "$ended $steps"`;
  const { stdout, stderr } = await host.run(["dash", "-c", run, "-", ...program], input);
  const [ended, steps] = stdout.split(" ").map(Number);
  if (steps === step) assert.notEqual(ended, 0, "it was killed");
  else assert.equal(ended, 0, stderr);
  return steps === step;
}
