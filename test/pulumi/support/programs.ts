import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A machine with programs of a test's own on PATH, and a cache of its own. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "palisade-machine-"));
  readonly bin = join(this.folder, "bin");
  /** What was said. */
  readonly said: string[] = [];
  readonly say = (line: string): void => void this.said.push(line);
  private readonly before = { PATH: process.env["PATH"], XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] };

  constructor() {
    mkdirSync(this.bin);
    process.env["PATH"] = [this.bin, "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(delimiter);
    process.env["XDG_CACHE_HOME"] = join(this.folder, "cache");
  }

  /** Puts a shell script on PATH. @returns its path */
  program(name: string, script: string): string {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  remove(): void {
    for (const [name, value] of Object.entries(this.before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A Go that vendors what the engine leaves out, and makes a "pulumi" that says its version, in no time. */
export const GO = `
case "$1 $2" in
"env GOVERSION") echo go1.26.6 ;;
"mod vendor")
  for package in gocloud.dev/blob/s3blob gocloud.dev/blob/gcsblob gocloud.dev/blob/azureblob \\
    github.com/aws/aws-sdk-go-v2/service/s3 github.com/pulumi/pulumi/pkg/v3/authhelpers \\
    github.com/pulumi/pulumi/pkg/v3/backend/diy/postgres github.com/pulumi/pulumi/pkg/v3/secrets/cloud \\
    github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/cloud github.com/pulumi/pulumi/pkg/v3/cmd/esc/cli; do
    mkdir -p vendor/$package; echo "package heavy" >vendor/$package/heavy.go
  done ;;
"list -deps") printf 'one\\ntwo\\n' ;;
"build -v")
  grep -rq "package heavy" vendor && { echo "heavy packages are still there" >&2; exit 1; }
  while [ "$1" != -o ]; do shift; done
  printf '#!/bin/sh\\necho v0.0.0\\n' >"$2"; chmod +x "$2" ;;
esac`;
