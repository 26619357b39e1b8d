import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "./lab-host";

/** Where the transfer runs: a port that the policy opens from the one host to the other. */
const PORT = 5432;

/** Sends numbered blocks, fifty a second, until it is asked to end; then what the client says it has read. */
const SERVER = `
use strict; use IO::Socket::IP;
$SIG{PIPE} = "IGNORE";
my $listener = IO::Socket::IP->new(LocalHost => "::", LocalPort => ${PORT}, Listen => 1, ReuseAddr => 1) or die $@;
my $client = $listener->accept or die $!;
my $sent = 0;
while (!-e "/run/transfer.end") {
  my $block = pack("N", $sent) x 1024;
  while (length $block) {
    my $written = syswrite $client, $block;
    defined $written or die "after $sent blocks: $!";
    substr($block, 0, $written) = "";
  }
  $sent++;
  select undef, undef, undef, 0.02;
}
shutdown $client, 1;
print "sent $sent\\n";
`;

/** Reads them, checks each, and notes the longest time in which nothing came. A minute of it is a stall. */
const CLIENT = `
use strict; use IO::Socket::IP; use Time::HiRes "time";
my $server = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => ${PORT}, Timeout => 20) or die $@;
my ($text, $blocks, $longest, $last) = ("", 0, 0, time);
while (1) {
  my $ready = ""; vec($ready, fileno $server, 1) = 1;
  select($ready, undef, undef, 60) or die "stalled after $blocks blocks";
  my $read = sysread $server, $text, 65536, length $text;
  defined $read or die "after $blocks blocks: $!";
  my $now = time;
  $longest = $now - $last if $now - $last > $longest;
  $last = $now;
  last unless $read;
  while (length $text >= 4096) {
    substr($text, 0, 4096, "") eq pack("N", $blocks) x 1024 or die "block $blocks is another";
    $blocks++;
  }
  open my $file, ">", "/run/transfer.new"; print $file $blocks; close $file; rename "/run/transfer.new", "/run/transfer.blocks";
}
length $text and die "half a block";
printf "read %d, nothing came for %.1f s at most\\n", $blocks, $longest;
`;

/** A download from one host to another that goes on until it is ended, and ends at the first error. */
export class Transfer {
  private constructor(
    private readonly server: LabHost,
    private readonly client: LabHost,
  ) {}

  static async start(server: LabHost, client: LabHost): Promise<Transfer> {
    // Units of systemd: they outlive the SSH sessions that start them.
    const unit = (kind: string, argument: string) =>
      `cat >/run/${kind}.pl && systemd-run -q --unit=${kind} -p RemainAfterExit=yes -p StandardOutput=file:/run/${kind}.log -p StandardError=file:/run/${kind}.log perl /run/${kind}.pl ${argument}`;
    await server.text(unit("sender", ""), SERVER);
    await sleep(2000);
    await client.text(unit("reader", server.address(6)), CLIENT);
    const transfer = new Transfer(server, client);
    await transfer.goesOn();
    return transfer;
  }

  /** That blocks come, more than before. @throws with what both ends say otherwise */
  async goesOn(): Promise<void> {
    const before = await this.blocks();
    for (let tries = 0; tries < 30; tries += 1) {
      await sleep(1000);
      if ((await this.blocks()) > before) return;
    }
    assert.fail(`nothing comes any more after ${before} blocks: ${await this.logs()}`);
  }

  /** Ends it; what the client read is what the server sent. */
  async end(): Promise<{ blocks: number; says: string }> {
    await this.server.text("touch /run/transfer.end");
    for (let tries = 0; tries < 30 && !/read \d+/.test(await this.logs()); tries += 1) await sleep(1000);
    const says = await this.logs();
    const [sent, read] = [/sent (\d+)/.exec(says)?.[1], /read (\d+)/.exec(says)?.[1]];
    assert.ok(sent !== undefined && sent === read, says);
    return { blocks: Number(read), says };
  }

  private async blocks(): Promise<number> {
    return Number((await this.client.run("cat /run/transfer.blocks")).stdout);
  }

  private async logs(): Promise<string> {
    const logs = await Promise.all([
      this.server.run("cat /run/sender.log"),
      this.client.run("cat /run/reader.log"),
    ]);
    return logs.map(({ stdout }) => stdout).join("");
  }
}
