import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../../lab/deploy/session";

const LOCK = "package-lock.json";

/**
 * Does something with a working tree of another commit, which is gone when it ends.
 * @throws where there is no such commit, or its packages can't be installed
 */
export async function withCommit<T>(commit: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(mkdtempSync(join(tmpdir(), "palisade-commit-")), "tree");
  const git = (...argv: string[]) => execFileSync("git", ["-C", PROJECT, ...argv], { stdio: "pipe" });
  git("worktree", "add", "--detach", folder, commit);
  try {
    installPackages(folder);
    return await work(folder);
  } finally {
    git("worktree", "remove", "--force", folder);
    rmSync(join(folder, ".."), { recursive: true });
  }
}

/** Those of here, unless that commit asks for others. */
function installPackages(folder: string): void {
  const modules = join(PROJECT, "node_modules");
  const isSame = readFileSync(join(folder, LOCK), "utf8") === readFileSync(join(PROJECT, LOCK), "utf8");
  if (isSame && existsSync(modules)) symlinkSync(modules, join(folder, "node_modules"));
  else execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
}
