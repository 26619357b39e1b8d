import { readFileSync } from "node:fs";
import { ownJson } from "../../lab/deploy/own-data";

/** What one process used. */
export interface Usage {
  /** Processor time, user and system. */
  cpuSeconds: number;
  /** Most memory it held at a time. */
  peakMegabytes: number;
}

/** What a process of Node wrote when it ended (usage.cjs). */
export function writtenUsage(file: string): Usage {
  const usage = ownJson<NodeJS.ResourceUsage>(readFileSync(file, "utf8"));
  return {
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    peakMegabytes: usage.maxRSS / 1024,
  };
}

const EVERY_MS = 100;
/** Of the kernel's clock as it tells of it (proc_pid_stat(5), USER_HZ). */
const TICKS_A_SECOND = 100;

/** Reads what another process has used again and again, as the kernel tells nobody but its parent when it has ended. */
export class Watch {
  usage: Usage = { cpuSeconds: 0, peakMegabytes: 0 };
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => this.read(), EVERY_MS);
  }

  /** Nothing is read any more. */
  end(): void {
    clearInterval(this.timer);
  }

  private read(): void {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
      const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      // Of a process that has ended and is not waited for yet.
      if (kilobytes === undefined) return;
      const [user = 0, system = 0] = stat.slice(11, 13).map(Number);
      this.usage = {
        cpuSeconds: (user + system) / TICKS_A_SECOND,
        peakMegabytes: Number(kilobytes) / 1024,
      };
    } catch {
      this.end();
    }
  }
}
