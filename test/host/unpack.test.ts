import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertRefused, documentOf } from "./support/documents";
import { cannot, type HostTest, withHost } from "./support/sandbox";

const skip = cannot();
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const FILES = { ipset: "create a.4 hash:net family inet\n", "rules.v4": "*filter\nCOMMIT\n", "rules.v6": "" };
const WHOLE = documentOf("firewall", FILES);

/** Unpacks the first N bytes of a document, for every N, and prints those N that were taken. */
const EVERY_PREFIX = `
export LC_ALL=C
. /usr/local/lib/palisade/common.sh
mkdir /tmp/out
cat >/tmp/whole
length=0
while [ "$length" -le "$(wc -c </tmp/whole)" ]; do
  head -c "$length" /tmp/whole >/tmp/document
  if (unpack /tmp/document /tmp/out ipset rules.v4 rules.v6) 2>/dev/null; then echo "$length"; fi
  length=$((length + 1))
done`;

describe("a document", () => {
  onHost("that was cut off at any byte is refused", async (host) => {
    const taken = (await host.sh(EVERY_PREFIX, WHOLE)).trim().split("\n").map(Number);
    // Without its last newline all of it is there.
    assert.deepEqual(taken, [WHOLE.length - 1, WHOLE.length]);
  });

  onHost("is unpacked byte by byte as it was sent", async (host) => {
    const unpack = `export LC_ALL=C; . /usr/local/lib/palisade/common.sh; cat >/tmp/d; unpack /tmp/d /tmp ipset rules.v4 rules.v6`;
    const files = {
      ...FILES,
      "rules.v4": ` # "quotes" 'and' \\n $(id) \`id\` %s é\n\n#== x\n${"x".repeat(10000)}\n`,
    };
    await host.sh(unpack, documentOf("firewall", files));
    for (const [name, text] of Object.entries(files)) assert.equal(await host.sh(`cat /tmp/${name}`), text);
  });

  const { ipset, "rules.v4": v4, "rules.v6": v6 } = { ...FILES };
  const wrong: Record<string, string> = {
    nothing: "",
    "only an end": "#=== end\n",
    "a missing file": documentOf("firewall", { ipset, "rules.v4": v4 }),
    "an extra file": documentOf("firewall", { ...FILES, extra: "" }),
    "an extra file before the others": documentOf("firewall", { extra: "", ...FILES }),
    "files in another order": documentOf("firewall", { ipset, "rules.v6": v6, "rules.v4": v4 }),
    "a file twice": WHOLE.replace("#=== end", `#=== file ipset\n${ipset}#=== end`),
    "another facet's files": documentOf("ipsec", { "swanctl.conf": "" }),
    "a file name with a slash": WHOLE.replace("file ipset", "file ../../../etc/ipset"),
    "a file name with a space": WHOLE.replace("file ipset", "file ipset rules.v4").replace(
      "rules.v4\n*",
      "*",
    ),
    "a mark that is none": WHOLE.replace("*filter", "#=== files\n*filter"),
    "an end in its middle": WHOLE.replace("*filter", "#=== end\n*filter"),
    "something after its end": `${WHOLE}create b.4 hash:net\n`,
    "something before its files": `create b.4 hash:net\n${WHOLE}`,
    "a NUL": WHOLE.replace("hash", "ha\0sh"),
    "a NUL at its end": `${WHOLE}\0`,
    "a carriage return": WHOLE.replace("*filter\n", "*filter\r\n"),
    "an escape sequence": WHOLE.replace("hash", "\x1b[2Jhash"),
  };
  onHost("that is not exactly as it should be is refused", async (host) => {
    const why = /^palisade: .*; nothing was changed$/m;
    await assertRefused(host, { command: "apply firewall", documents: Object.entries(wrong), why });
  });
});
