/** SSH connections as pulumi-command dials them: tries, pauses between them, pinned host keys. */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  type AuthenticationType,
  Client,
  type ConnectConfig,
  type ServerHostKeyAlgorithm,
  utils,
} from "ssh2";
import type { Connection, Hop } from "./command-inputs";

const FIRST_PAUSE_MILLISECONDS = 100;
const PAUSE_GROWTH = 1.5;
const LONGEST_PAUSE_MILLISECONDS = 5000;

/**
 * `perDialTimeout` bounds the TCP connection only, there as here. What comes after is bounded by sshd's
 * LoginGraceTime, whose default this is (sshd_config(5)).
 */
const HANDSHAKE_MILLISECONDS = 120_000;

/** A host that dies during a command is noticed after two minutes. */
const KEEPALIVE_MILLISECONDS = 15_000;
const KEEPALIVES_MISSED = 8;

export interface DialOptions {
  /** Told before each try. */
  contacted(host: string): void;
  /** Told after each try that failed. */
  retrying(message: string): void;
  /** Aborted when the command's time is up or the run is interrupted. */
  signal: AbortSignal;
}

/** An SSH connection, through the proxy if there is one; `close` ends both. */
export interface Session {
  client: Client;
  close(): void;
}

/** Connects, trying again until it works, `dialErrorLimit` is exceeded, or the signal is aborted. */
export async function dial(connection: Connection, options: DialOptions): Promise<Session> {
  const { proxy } = connection;
  if (proxy === undefined) {
    const client = await withTries("Dial", connection, options, () =>
      open(connection, () => tcp(connection, options.signal)),
    );
    return { client, close: () => client.end() };
  }
  try {
    const first = await withTries("Dial proxy", proxy, options, () =>
      open(proxy, () => tcp(proxy, options.signal)),
    );
    const client = await withTries("Dial from proxy", connection, options, () =>
      open(connection, () => forward(first, connection)),
    );
    return {
      client,
      close: () => {
        client.end();
        first.end();
      },
    };
  } catch (error) {
    throw new Error(`proxy: ${messageOf(error)}`);
  }
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
      const message = `${endpoint(hop)}: ${messageOf(error)}`;
      if (hop.dialErrorLimit > -1 && failures > hop.dialErrorLimit) {
        throw new Error(`after ${failures - 1} failed attempts: ${message}`);
      }
      const limit = hop.dialErrorLimit === -1 ? "inf" : String(hop.dialErrorLimit);
      options.retrying(`${what} ${failures}/${limit} failed: retrying (${message})`);
      await sleep(pause, options.signal);
      pause = Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE_MILLISECONDS);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function endpoint(hop: Hop): string {
  return hop.host.includes(":") ? `[${hop.host}]:${hop.port}` : `${hop.host}:${hop.port}`;
}

function tcp(hop: Hop, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hop.host, port: hop.port });
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const abort = (): void => fail(new Error("interrupted"));
    const timer =
      hop.perDialTimeout > 0
        ? setTimeout(
            () => fail(new Error(`no answer within ${hop.perDialTimeout} s`)),
            hop.perDialTimeout * 1000,
          )
        : undefined;
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => {
      settle();
      socket.removeListener("error", fail);
      resolve(socket);
    });
    socket.once("error", (error) => {
      settle();
      fail(error);
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

async function open(hop: Hop, stream: () => Promise<Duplex>): Promise<Client> {
  const pinned = hop.hostKey === undefined ? undefined : parseHostKey(hop.hostKey);
  const sock = await stream();
  const client = new Client();
  let mismatch: string | undefined;
  const config: ConnectConfig = {
    sock,
    username: hop.user,
    readyTimeout: HANDSHAKE_MILLISECONDS,
    keepaliveInterval: KEEPALIVE_MILLISECONDS,
    keepaliveCountMax: KEEPALIVES_MISSED,
    ...credentials(hop),
  };
  if (pinned !== undefined) {
    config.algorithms = { serverHostKey: pinned.algorithms };
    config.hostVerifier = (key: Buffer): boolean => {
      if (key.equals(pinned.blob)) return true;
      mismatch = `host key mismatch: the host has ${fingerprint(key)}, ${fingerprint(pinned.blob)} is expected`;
      return false;
    };
  }
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      client.destroy();
      sock.destroy();
      reject(mismatch === undefined ? explain(error, pinned) : new Error(mismatch));
    };
    client.once("ready", () => {
      client.removeListener("error", fail);
      client.on("error", () => undefined);
      resolve(client);
    });
    client.once("error", fail);
    client.once("close", () => fail(new Error("the host closed the connection")));
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => hop.password ?? "")),
    );
    try {
      client.connect(config);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function explain(error: Error, pinned: HostKey | undefined): Error {
  if (pinned !== undefined && /no matching host key format/i.test(error.message)) {
    return new Error(`the host has no key of the pinned type ${pinned.type}`);
  }
  return error;
}

/** Methods in the order in which pulumi-command offers them: key, password, agent. */
function credentials(hop: Hop): Partial<ConnectConfig> {
  const agent = hop.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  const methods: AuthenticationType[] = [];
  if (hop.privateKey !== undefined) methods.push("publickey");
  if (hop.password !== undefined) methods.push("password", "keyboard-interactive");
  if (agent !== undefined) methods.push("agent");
  return {
    ...(hop.privateKey === undefined ? {} : { privateKey: hop.privateKey }),
    ...(hop.privateKeyPassword === undefined ? {} : { passphrase: hop.privateKeyPassword }),
    ...(hop.password === undefined ? {} : { password: hop.password, tryKeyboard: true }),
    ...(agent === undefined ? {} : { agent }),
    authHandler: methods.length === 0 ? ["none"] : methods,
  };
}

interface HostKey {
  type: string;
  blob: Buffer;
  algorithms: ServerHostKeyAlgorithm[];
}

/** Algorithms under which a server proves each type of key (RFC 8332 for RSA). */
const KEY_ALGORITHMS: Record<string, ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
};

function parseHostKey(text: string): HostKey {
  const key = utils.parseKey(text);
  const algorithms = key instanceof Error ? undefined : KEY_ALGORITHMS[key.type];
  if (key instanceof Error || algorithms === undefined) {
    throw new Error('failed to parse host key: it must be an OpenSSH public key such as "ssh-ed25519 AAAA…"');
  }
  return { type: key.type, blob: key.getPublicSSH(), algorithms };
}

/** As ssh-keygen -l shows it. */
function fingerprint(blob: Buffer): string {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString();
  return `${type} SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
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
