import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../lab-host";

const TALK = `${readFileSync(join(__dirname, "talk.pl"), "utf8")}\n__END__\n`;
/** Where the answering end listens, TCP and UDP. */
export const PORT = 8080;
/** Packets in a row, sent every 100 ms, that have to be answered before traffic counts as back. */
const STEADY = 10;

export const now = (): number => performance.now();

/**
 * Tries until nothing is wrong any more.
 * @param wrong what is wrong; undefined once nothing is
 * @returns seconds since then
 * @throws with what is still wrong after so many seconds
 */
export async function until(
  wrong: () => Promise<string | undefined>,
  { since, within }: { since: number; within: number },
): Promise<number> {
  for (;;) {
    const tried = now();
    const problem = await wrong();
    if (problem === undefined) return (now() - since) / 1000;
    assert.ok(tried - since < within * 1000, problem);
    await sleep(500);
  }
}

/** Waits until a host answers by SSH again. @returns seconds since then. @throws after so many seconds */
export function answers(host: LabHost, since: number, within: number): Promise<number> {
  const silent = async () =>
    (await host.run("true")).code === 0 ? undefined : `${host.name} does not answer for ${within} s`;
  return until(silent, { since, within });
}

/** Installs the answering end on a host, where every boot starts it. */
export async function answerOn(host: LabHost): Promise<void> {
  await host.text("cat >/root/talk.pl", TALK);
  await host.text(
    "cat >/etc/systemd/system/talk.service && systemctl -q enable --now talk.service && sync",
    `[Service]
ExecStart=/usr/bin/perl /root/talk.pl answer ${PORT}
Restart=always
[Install]
WantedBy=multi-user.target
`,
  );
}

/** A packet every 100 ms from one host to another, and what became of each. */
export class Packets {
  private readonly sent: number[] = [];
  private readonly back = new Set<number>();
  private readonly end: () => Promise<void>;

  constructor(from: LabHost, to: string) {
    this.end = from.follow(`perl - ask ${to} ${PORT}`, TALK, (line) => {
      const [what, number] = line.split(" ");
      if (what === "sent") this.sent[Number(number)] = now();
      else this.back.add(Number(number));
    });
  }

  /**
   * Waits until all goes through again.
   * @param since a time of `now()`
   * @returns seconds from then to the first of ten packets in a row that were answered
   * @throws after so many seconds
   */
  async returned(since: number, within: number): Promise<number> {
    for (;;) {
      const first = this.firstSteady(since);
      if (first !== undefined) return (first - since) / 1000;
      assert.ok(now() - since < (within + 5) * 1000, `no answers for ${within} s`);
      await sleep(100);
    }
  }

  /** Waits until nothing is answered any more. @returns seconds from then to the last packet that was answered */
  async stopped(since: number, within: number): Promise<number> {
    for (;;) {
      const last = this.sent.findLastIndex((_, number) => this.back.has(number));
      if (this.sent.length - last > 2 * STEADY)
        return Math.max(0, ((this.sent[last] ?? since) - since) / 1000);
      assert.ok(now() - since < (within + 5) * 1000, `still answered after ${within} s`);
      await sleep(100);
    }
  }

  /** How many of those sent between two times of `now()` were never answered. */
  lost(from: number, to: number): number {
    return this.sent.filter((time, number) => time >= from && time < to && !this.back.has(number)).length;
  }

  stop(): Promise<void> {
    return this.end();
  }

  private firstSteady(since: number): number | undefined {
    let row = 0;
    for (const [number, time] of this.sent.entries()) {
      row = time >= since && this.back.has(number) ? row + 1 : 0;
      if (row === STEADY) return this.sent[number - STEADY + 1];
    }
    return undefined;
  }
}

/** A long download: a line every 50 ms over one TCP connection. */
export class Download {
  private readonly lines: number[] = [];
  private closed = false;
  private readonly end: () => Promise<void>;

  private constructor(from: LabHost, to: string) {
    this.end = from.follow(`perl - listen ${to} ${PORT}`, TALK, (line) => {
      if (line === "closed") this.closed = true;
      else this.lines.push(now());
    });
  }

  /** Starts it, and returns when it is under way. */
  static async start(from: LabHost, to: string): Promise<Download> {
    const download = new Download(from, to);
    for (let tries = 0; download.lines.length < 20 && !download.closed && tries < 300; tries += 1)
      await sleep(100);
    if (download.lines.length >= 20) return download;
    await download.stop();
    assert.fail("the download did not start");
  }

  /** Seconds for which it stood still at most since it began; infinite once it was cut off. */
  get stalled(): number {
    if (this.closed) return Infinity;
    const gaps = [...this.lines, now()].map((time, index, all) => time - (all[index - 1] ?? time));
    return Math.max(...gaps) / 1000;
  }

  /** Seconds from then to the last line. */
  last(since: number): number {
    return Math.max(0, ((this.lines.at(-1) ?? since) - since) / 1000);
  }

  stop(): Promise<void> {
    return this.end();
  }
}

/** A packet every 500 ms from each of a host's own IPv6 addresses. */
export class CrowdPackets {
  /** When the last answer came to each address. */
  private readonly answered = new Map<string, number>();
  private readonly end: () => Promise<void>;

  constructor(
    from: LabHost,
    private readonly sources: readonly string[],
    to: string,
  ) {
    this.end = from.follow(`perl - crowd ${to} ${PORT} ${sources.join(" ")}`, TALK, (line) =>
      this.answered.set(line.slice("back ".length), now()),
    );
  }

  /** Waits until each address has had an answer. @returns seconds from then to that. @throws after so many seconds */
  returned(since: number, within: number): Promise<number> {
    const waiting = () => this.sources.filter((source) => (this.answered.get(source) ?? 0) < since);
    const wrong = () => {
      const { length } = waiting();
      return Promise.resolve(length > 0 ? `${length} peers had no answer for ${within} s` : undefined);
    };
    return until(wrong, { since, within });
  }

  stop(): Promise<void> {
    return this.end();
  }
}
