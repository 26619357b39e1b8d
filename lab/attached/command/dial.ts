/** SSH connections as pulumi-command dials them: tries, pauses between them, through a proxy if there is one. */
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { messageOf } from "../../grpc/server";
import type { Connection, Hop } from "./inputs";
import { open } from "./session";

const FIRST_PAUSE_MILLISECONDS = 100;
const PAUSE_GROWTH = 1.5;
const LONGEST_PAUSE_MILLISECONDS = 5000;
/** A host that has vanished does not take part in closing. */
const CLOSE_MILLISECONDS = 2000;

export interface DialOptions {
  /** Told before each try. */
  contacted(host: string): void;
  /** Told after each try that failed. */
  retrying(message: string): Promise<void>;
  /** Aborted when the command's time is up or the update is interrupted; its reason is what is thrown then. */
  signal: AbortSignal;
}

/** An SSH connection, through the proxy if there is one; `close` ends both. */
export interface Session {
  client: Client;
  close: () => void;
}

/** Connects, trying again until it works, `dialErrorLimit` is exceeded, or the signal is aborted. */
export async function dial(connection: Connection, options: DialOptions): Promise<Session> {
  const { signal } = options;
  const { proxy } = connection;
  if (proxy === undefined) {
    const client = await withTries("Dial", connection, options, () =>
      open(connection, () => tcp(connection, signal), signal),
    );
    return sessionOf(client);
  }
  let first: Client | undefined;
  try {
    first = await withTries("Dial proxy", proxy, options, () =>
      open(proxy, () => tcp(proxy, signal), signal),
    );
    return await throughProxy(first, connection, options);
  } catch (error) {
    first?.end();
    signal.throwIfAborted();
    throw new Error(`proxy: ${messageOf(error)}`);
  }
}

async function throughProxy(first: Client, connection: Connection, options: DialOptions): Promise<Session> {
  const client = await withTries("Dial from proxy", connection, options, () =>
    open(connection, () => forward(first, connection), options.signal),
  );
  return sessionOf(client, first);
}

function sessionOf(client: Client, ...proxies: Client[]): Session {
  const all = [client, ...proxies];
  const close = (): void => {
    for (const one of all) one.end();
    setTimeout(() => all.forEach((one) => one.destroy()), CLOSE_MILLISECONDS).unref();
  };
  return { client, close };
}

async function withTries<T>(
  what: string,
  hop: Hop,
  options: DialOptions,
  task: () => Promise<T>,
): Promise<T> {
  let pause = FIRST_PAUSE_MILLISECONDS;
  for (let failures = 1; ; failures += 1) {
    options.signal.throwIfAborted();
    options.contacted(hop.host);
    try {
      return await task();
    } catch (error) {
      options.signal.throwIfAborted();
      const message = `${endpoint(hop)}: ${messageOf(error)}`;
      if (hop.dialErrorLimit > -1 && failures > hop.dialErrorLimit) {
        throw new Error(`after ${failures - 1} failed attempts: ${message}`);
      }
      const limit = hop.dialErrorLimit === -1 ? "inf" : String(hop.dialErrorLimit);
      await options.retrying(`${what} ${failures}/${limit} failed: retrying (${message})`);
      await sleep(pause, options.signal);
      pause = Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE_MILLISECONDS);
    }
  }
}

function endpoint(hop: Hop): string {
  return hop.host.includes(":") ? `[${hop.host}]:${hop.port}` : `${hop.host}:${hop.port}`;
}

function tcp(hop: Hop, signal: AbortSignal): Promise<Socket> {
  const { perDialTimeout: seconds } = hop;
  const limit = seconds > 0 ? AbortSignal.timeout(seconds * 1000) : undefined;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hop.host, port: hop.port });
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const late = (): void => fail(new Error(`no answer within ${seconds} s`));
    const abort = (): void => fail(new Error("interrupted"));
    const settle = (): void => {
      socket.removeListener("error", fail);
      limit?.removeEventListener("abort", late);
      signal.removeEventListener("abort", abort);
    };
    limit?.addEventListener("abort", late, { once: true });
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once("connect", () => {
      settle();
      resolve(socket);
    });
  });
}

function forward(through: Client, hop: Hop): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    through.forwardOut("127.0.0.1", 0, hop.host, hop.port, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener("abort", wake, { once: true });
  });
}
