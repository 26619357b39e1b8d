import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { enterNamespace, inNamespace, isInside } from "./network";
import { openLab, labEnvironment, type Lab } from "./lab";
import { CommandError, run } from "./run";

/**
 * Waits until sshd at `address` answers and gives its greeting, such as `SSH-2.0-OpenSSH_9.2p1`. Throws after
 * `timeoutMs`, naming the address and the last reason.
 */
export async function waitForSsh(lab: Lab, address: string, timeoutMs: number): Promise<string> {
  if (isInside(lab)) return waitForBanner(address, timeoutMs);
  const command = [
    process.execPath,
    "--import",
    require.resolve("tsx"),
    __filename,
    address,
    String(timeoutMs),
  ];
  try {
    const environment = { ...process.env, ...labEnvironment(lab) };
    return (await run(inNamespace(lab, command), { environment })).trim();
  } catch (error) {
    throw error instanceof CommandError ? new Error(error.stderr.trim()) : error;
  }
}

async function waitForBanner(address: string, timeoutMs: number): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  let reason = "no time to try";
  while (Date.now() < deadline) {
    try {
      return await readBanner(address, Math.min(3000, deadline - Date.now()));
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await sleep(Math.max(0, Math.min(200, deadline - Date.now())));
  }
  throw new Error(`no SSH server answered at ${address} within ${timeoutMs / 1000} s: ${reason}`);
}

function readBanner(address: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: address, port: 22 });
    const timer = setTimeout(() => socket.destroy(new Error("timed out")), timeoutMs);
    let received = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      received += chunk;
      const banner = /^(SSH-2\.0-[^\r\n]*)\r?\n/m.exec(received)?.[1];
      if (banner === undefined) return;
      resolve(banner);
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      reject(new Error("closed without a greeting"));
    });
  });
}

async function main(): Promise<void> {
  const [address, timeout] = process.argv.slice(2);
  if (address === undefined || timeout === undefined)
    throw new Error("usage: ssh-banner ADDRESS MILLISECONDS");
  await enterNamespace(openLab());
  process.stdout.write(`${await waitForBanner(address, Number(timeout))}\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
