import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "./lab";
import { withLock } from "./lock";
import { run, untilParentEnds } from "./run";

const SUITE = "bookworm";
const PACKAGES = [
  "ca-certificates",
  "charon-systemd",
  "conntrack",
  "dbus",
  "ipset",
  "iptables",
  "iproute2",
  "iputils-ping",
  "kmod",
  "libnss-extrausers",
  "libpam-systemd",
  "libstrongswan-extra-plugins",
  "libstrongswan-standard-plugins",
  "netcat-openbsd",
  "nftables",
  "openssh-server",
  "openssl",
  "procps",
  "strongswan-swanctl",
  "sudo",
  "systemd-sysv",
  "udev",
];

/** What the hosts start from: a Debian root, shared and never written to, and the kernel that fits it. */
export interface Image {
  root: string;
  kernel: string;
}

const KERNEL = "/usr/bin/linux.uml";
const MODULES = "/usr/lib/uml/modules";
const IMAGE_FILES = join(__dirname, "image");

/**
 * Debian packages that a lab's hosts get beyond those, from `PALISADE_LAB_PACKAGES`, separated by spaces: what a
 * benchmark needs on them. Throws on what is no package's name.
 */
function furtherPackages(): string[] {
  const names = (process.env["PALISADE_LAB_PACKAGES"] ?? "").split(/\s+/).filter((name) => name !== "");
  const wrong = names.find((name) => !/^[a-z0-9][a-z0-9.+-]+$/.test(name));
  if (wrong !== undefined) throw new Error(`PALISADE_LAB_PACKAGES: "${wrong}" is no name of a package`);
  return names;
}

/** What labs on this machine share. */
export function cacheFolder(): string {
  return process.env["PALISADE_LAB_CACHE"] ?? "/var/cache/palisade-lab";
}

/**
 * The image of this recipe, built first if the cache has none (half a minute and some 270 MB of packages).
 * Built beside its place and moved there when complete, one build at a time. Throws if packages are missing or
 * can't be fetched.
 */
export async function ensureImage(progress: Progress): Promise<Image> {
  const version = await kernelVersion();
  const cache = cacheFolder();
  const place = join(cache, recipeHash(version));
  const image = { root: join(place, "root"), kernel: KERNEL };
  if (existsSync(place)) return image;
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, "build.lock"), async () => {
    if (!existsSync(place)) await build(cache, place, version, progress);
  });
  return image;
}

async function build(cache: string, place: string, version: string, progress: Progress): Promise<void> {
  const started = Date.now();
  progress(`building the hosts' root image (Debian ${SUITE}, once; about a minute)`);
  await removeHalfBuilt(cache);
  const half = `${place}.building`;
  const root = join(half, "root");
  await mkdir(half);
  await run(untilParentEnds(bootstrapCommand(root)));
  progress("adding the kernel's modules and the lab's first process to the image");
  await run(["sh", join(IMAGE_FILES, "customize.sh"), root, IMAGE_FILES, join(MODULES, version)]);
  await rename(half, place);
  progress(`root image ready after ${Math.round((Date.now() - started) / 1000)} s: ${place}`);
}

function bootstrapCommand(root: string): string[] {
  const mirror = process.env["PALISADE_LAB_MIRROR"];
  const include = `--include=${[...PACKAGES, ...furtherPackages()].join(",")}`;
  // Messages stay in the image's language and the caller's locale need not exist in it.
  return [
    "env",
    "LC_ALL=C",
    "mmdebstrap",
    "--quiet",
    "--mode=root",
    "--variant=minbase",
    include,
    SUITE,
    root,
  ].concat(mirror === undefined ? [] : [mirror]);
}

async function removeHalfBuilt(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name.endsWith(".building")) await run(["rm", "-rf", "--one-file-system", join(cache, name)]);
  }
}

async function kernelVersion(): Promise<string> {
  if (!existsSync(KERNEL)) {
    throw new Error("user-mode-linux is not installed: run lab/install.sh as root on Debian or Ubuntu");
  }
  const version = (await run([KERNEL, "--version"])).trim();
  if (!existsSync(join(MODULES, version))) throw new Error(`no modules for kernel ${version} in ${MODULES}`);
  return version;
}

function recipeHash(kernelVersion: string): string {
  const packages = [...PACKAGES, ...furtherPackages()];
  const hash = createHash("sha256").update(JSON.stringify([SUITE, packages, kernelVersion]));
  for (const name of readdirSync(IMAGE_FILES).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(IMAGE_FILES, name)));
  }
  return hash.digest("hex").slice(0, 12);
}
