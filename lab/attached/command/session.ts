/** One SSH session: who logs in, by which means, and which host it must be. */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import {
  type AuthenticationType,
  Client,
  type ConnectConfig,
  type ServerHostKeyAlgorithm,
  utils,
} from "ssh2";
import type { Hop } from "./inputs";

/**
 * `perDialTimeout` bounds the TCP connection only, there as here. What comes after is bounded by sshd's
 * LoginGraceTime, whose default this is (sshd_config(5)).
 */
const HANDSHAKE_MILLISECONDS = 120_000;

/** A host that dies during a command is noticed after two minutes. */
const KEEPALIVE_MILLISECONDS = 15_000;
const KEEPALIVES_MISSED = 8;

/** Logs in over the stream. Throws when the host is another one, refuses, or the signal is aborted. */
export async function open(hop: Hop, stream: () => Promise<Duplex>, signal: AbortSignal): Promise<Client> {
  const pinned = hop.hostKey === undefined ? undefined : parseHostKey(hop.hostKey);
  const sock = await stream();
  const client = new Client();
  let mismatch: string | undefined;
  const verify = (key: Buffer): boolean => {
    if (pinned === undefined || key.equals(pinned.blob)) return true;
    mismatch = `host key mismatch: the host has ${fingerprint(key)}, ${fingerprint(pinned.blob)} is expected`;
    return false;
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", abort);
      client.destroy();
      sock.destroy();
      reject(mismatch === undefined ? explain(error, pinned) : new Error(mismatch));
    };
    const abort = (): void => fail(new Error("interrupted"));
    signal.addEventListener("abort", abort, { once: true });
    client.once("ready", () => {
      signal.removeEventListener("abort", abort);
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
      client.connect({ ...configOf(hop, pinned), sock, hostVerifier: verify });
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function configOf(hop: Hop, pinned: HostKey | undefined): ConnectConfig {
  return {
    username: hop.user,
    readyTimeout: HANDSHAKE_MILLISECONDS,
    keepaliveInterval: KEEPALIVE_MILLISECONDS,
    keepaliveCountMax: KEEPALIVES_MISSED,
    ...(pinned === undefined ? {} : { algorithms: { serverHostKey: pinned.algorithms } }),
    ...credentials(hop),
  };
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
