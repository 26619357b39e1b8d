import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCrypto, parseIperf, parsePing, usedStates, type Mode } from "../../bench/mesh/probe";
import { ratios, resultsText, type Round } from "../../bench/mesh/report";

const state = (protocol: string, bytes: number): string => `src 2001:db8::1 dst 2001:db8::2
\tproto ${protocol} spi 0xc04e6fe5(3226366949) reqid 1(0x00000001) mode transport
\treplay-window 0 seq 0x00000000 flag  (0x00000000)
\tlifetime config:
\t  limit: soft (INF)(bytes), hard (INF)(bytes)
\tlifetime current:
\t  ${bytes}(bytes), 12(packets)
\t  add 2026-11-28 04:00:00 use 2026-11-28 04:00:01
`;

/** A round by the Mbit/s of compressible and of random data, and ms, in each mode. */
function round(modes: Record<Mode, [number, number, number]>): Round {
  const of = ([compressible, random, milliseconds]: [number, number, number]): Round[Mode] => ({
    compressible: { megabits: compressible, wire: 1 },
    random: { megabits: random, wire: 1 },
    milliseconds,
  });
  return { clear: of(modes.clear), esp: of(modes.esp), ipcomp: of(modes.ipcomp) };
}

describe("bench/mesh", () => {
  test("reads the rate that was received, and the bytes on the wire a byte of payload", () => {
    const report = {
      intervals: [{ sum: { bytes: 1000, omitted: true } }, { sum: { bytes: 3000 } }],
      end: { sum_sent: { bits_per_second: 9e6 }, sum_received: { bits_per_second: 8e6 } },
    };
    assert.deepEqual(parseIperf(5000, JSON.stringify(report)), { megabits: 8, wire: 1.25 });
    assert.throws(() => parseIperf(1, '{ "error": "unable to connect" }'), /unable to connect/);
  });

  test("reads the middle one of the pings, and does without hardly any", () => {
    const line = (time: string) => `64 bytes from 2001:db8::1: icmp_seq=1 ttl=64 time=${time} ms\n`;
    assert.equal(parsePing(["0.9", "0.210", "30"].map(line).join(""), 3), 0.9);
    assert.throws(() => parsePing(line("1"), 2), /1 of 2 pings/);
  });

  test("knows which protocols carried anything", () => {
    assert.deepEqual(usedStates(""), []);
    assert.deepEqual(usedStates(state("esp", 0) + state("esp", 10) + state("comp", 0)), ["esp"]);
    assert.deepEqual(usedStates(state("esp", 10) + state("comp", 7)), ["comp", "esp"]);
  });

  test("names the cipher that the kernel prefers", () => {
    const entry = (name: string, driver: string, priority: number) =>
      `name         : ${name}\ndriver       : ${driver}\nmodule       : m\npriority     : ${priority}\n`;
    const text = [entry("gcm(aes)", "slow", 100), entry("gcm(aes)", "fast", 400), entry("aes", "other", 900)];
    assert.equal(parseCrypto(text.join("\n")), "fast");
    assert.throws(() => parseCrypto(entry("aes", "other", 1)), /no gcm\(aes\)/);
  });

  test("compares each mode with the same data in clear, round by round", () => {
    const rounds = [
      round({ clear: [100, 200, 1], esp: [50, 50, 2], ipcomp: [300, 20, 4] }),
      round({ clear: [10, 10, 1], esp: [1, 1, 3], ipcomp: [1, 1, 3] }),
      round({ clear: [10, 10, 1], esp: [9, 9, 4], ipcomp: [9, 9, 5] }),
    ];
    assert.deepEqual(ratios(rounds), [
      { mode: "esp", throughput: { compressible: 0.5, random: 0.25 }, latency: 3 },
      { mode: "ipcomp", throughput: { compressible: 0.9, random: 0.1 }, latency: 4 },
    ]);
    const text = resultsText({ date: "2026-11-28", machine: "m", versions: {}, cipher: "in-c", rounds });
    assert.match(text, /\| ESP and IPComp +\| 0\.90 +\| 0\.10 +\| 4\.00 +\|/);
    assert.match(text, /ciphers with `in-c`/);
  });
});
