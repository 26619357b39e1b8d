import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Certificates, certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { APPLY, accountsOf, confirmation, NEW, OLD, wholeOf } from "./support/facets";
import { digestOf, firewallOf } from "./support/firewalls";
import { look, whole } from "./support/live";
import { cannot, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("iptables", "ip6tables", "ipset", "conntrack", "pwck", "visudo", "openssl");

/** A host with a key, and documents of all facets for it: the old ones, and the new ones. */
interface Given {
  pki: Certificates;
  old: string;
  new: string;
  /** The facets of the new one. */
  certificate: string;
}

const onHost = (name: string, body: (host: Sandbox, given: Given) => Promise<void>) =>
  test(name, { skip }, () =>
    withHost(async (host) => {
      const pki = await makeCertificates(host);
      const certificate = certificateDocument(pki.newer, pki.ours);
      const old = wholeOf(OLD, certificateDocument(pki.good, pki.ours));
      await body(host, { pki, old, new: wholeOf(NEW, certificate), certificate });
    }),
  );

async function confirmed(host: Sandbox, document: string, facets = OLD): Promise<void> {
  assertOk(await host.palisade(APPLY, document));
  assertOk(await host.palisade("confirm", confirmation(facets)));
}

/** A command's programs that load something. */
const LOADS = /^swanctl --load|restart palisade-revert/;

const REFUSED_BY_CHARON = documentOf("ipsec", { "swanctl.conf": "connections {\n# REFUSE\n}\n" });

describe("a document of all facets", () => {
  onHost("is loaded whole, and each facet is kept by itself, byte for byte", async (host, given) => {
    const outcome = await host.palisade(APPLY, given.new);
    assertOk(outcome);
    const order = [
      ...outcome.stderr.matchAll(/^palisade: (accounts|firewall|certificate|ipsec): (?!loaded)/gm),
    ];
    assert.deepEqual(
      order.map(([, facet]) => facet),
      ["accounts", "certificate", "ipsec"],
      outcome.stderr,
    );
    for (const [facet, text] of Object.entries({ ...NEW, certificate: given.certificate })) {
      const link = facet === "certificate" ? "confirmed" : "candidate";
      assert.equal(
        await host.sh(
          `cd /var/lib/palisade/${facet}; readlink ${link}; sha256sum <${link} | cut -d ' ' -f 1`,
        ),
        `${digestOf(text)}\n${digestOf(text)}\n`,
      );
    }
    assertOk(await host.palisade("confirm", confirmation(NEW)));
    assert.equal((await host.palisade("drift")).stdout, "");
  });

  onHost("that is the same loads nothing again, and of a change only that", async (host, given) => {
    await confirmed(host, given.old);
    const there = await host.everything();
    await host.calls();
    const again = await host.palisade(APPLY, given.old);
    assertOk(again);
    assert.equal(again.stderr.match(/: already as it should be$/gm)?.length, 4);
    assert.deepEqual(await host.everything(), there);
    assert.deepEqual(
      (await host.calls()).filter((call) => LOADS.test(call)),
      [],
    );

    const changed = wholeOf(
      { ...OLD, accounts: NEW.accounts },
      certificateDocument(given.pki.good, given.pki.ours),
    );
    const outcome = await host.palisade(APPLY, changed);
    assertOk(outcome);
    assert.match(outcome.stderr, /^palisade: accounts: loaded; it is undone in 25 s unless confirmed$/m);
    for (const facet of ["firewall", "certificate", "ipsec"])
      assert.match(outcome.stderr, new RegExp(`^palisade: ${facet}: already as it should be$`, "m"));
    const loads = (await host.calls()).filter((call) => call.startsWith("swanctl --load"));
    assert.deepEqual(loads, [], "charon is left alone");
  });

  onHost("is loaded again where the host has drifted from it", async (host, given) => {
    await confirmed(host, given.old);
    await host.sh("iptables -F; rm /etc/swanctl/x509/palisade.pem");
    const outcome = await host.palisade(APPLY, given.old);
    assertOk(outcome);
    for (const facet of ["firewall", "certificate"])
      assert.match(outcome.stderr, new RegExp(`^palisade: ${facet}: put back as it should be$`, "m"));
    assert.equal((await host.palisade("drift")).stdout, "");
  });

  onHost("that was cut off is refused, between two facets as well", async (host, given) => {
    await confirmed(host, given.old);
    const ends = [...given.new.matchAll(/^#=== .*\n/gm)].map(({ index, 0: mark }) => index + mark.length);
    // Without its last newline all of it is there.
    const lengths = ends.flatMap((end) => [end - 2, end, end + 1]).filter((at) => at < given.new.length - 1);
    const documents = [0, 1, ...lengths].map((at): [string, string] => [
      `${at} bytes`,
      given.new.slice(0, at),
    ]);
    await assertRefused(host, { command: APPLY, documents, why: /^palisade: refused: [a-z ]+$/m });
  });

  onHost("with facets missing, in another order, twice or from elsewhere is refused", async (host, given) => {
    await confirmed(host, given.old);
    const { accounts, firewall, ipsec } = NEW;
    const documents: [string, string][] = [
      ["no certificate", accounts + firewall + ipsec],
      ["another order", accounts + given.certificate + firewall + ipsec],
      ["one twice", `${given.new}${ipsec}`],
      ["something between", `${accounts}-A INPUT\n${firewall}${given.certificate}${ipsec}`],
      ["something after", `${given.new}x\n`],
      ["an escape sequence", given.new.replace("bob", "\x1b[2J")],
    ];
    await assertRefused(host, { command: APPLY, documents, why: /nothing was changed$/m });
    await assertRefused(host, {
      command: "apply accounts",
      documents: [["more", given.new]],
      why: /its end/,
    });
  });

  onHost("is told all that is wrong with it at once, and nothing is loaded", async (host, given) => {
    await confirmed(host, given.old);
    const wrong = wholeOf(
      {
        accounts: accountsOf("Bob", 10002),
        firewall: NEW.firewall.replace("*filter", "*nat"),
        ipsec: NEW.ipsec.replace("remote_addrs", "updown"),
      },
      certificateDocument(given.pki.stolen, given.pki.ours),
    );
    const before = await host.everything();
    const { code, stderr } = await host.palisade(APPLY, wrong);
    assert.equal(code, 1);
    for (const said of [
      /^palisade: the accounts are malformed .*; nothing was changed$/m,
      /^palisade: the firewall's files are not as they should be; nothing was changed$/m,
      /^palisade: the certificate is for another key than this host's; nothing was changed$/m,
      /^palisade: the connections are not as they should be; nothing was changed$/m,
      /^palisade: refused: accounts firewall certificate ipsec$/m,
    ])
      assert.match(stderr, said);
    assert.deepEqual(await host.everything(), before);
  });
});

describe("a document of which one facet does not load", () => {
  const broken: Record<string, (host: Sandbox, given: Given) => Promise<string>> = {
    firewall: async (_host, given) => {
      // What only the kernel knows: there is no such set.
      const firewall = firewallOf(443).replaceAll("--match-set from-443", "--match-set nobody");
      return Promise.resolve(given.new.replace(NEW.firewall, firewall));
    },
    certificate: async (host, given) => {
      await host.sh("touch /mnt/load-creds.fails");
      return given.new;
    },
    ipsec: async (_host, given) => Promise.resolve(given.new.replace(NEW.ipsec, REFUSED_BY_CHARON)),
  };
  for (const [facet, breaking] of Object.entries(broken)) {
    for (const state of ["on a fresh host", "on a host that has one", "on a host where another one waits"]) {
      onHost(`leaves nothing of it: ${facet}, ${state}`, async (host, given) => {
        if (state !== "on a fresh host") await confirmed(host, given.old);
        const waiting = { ...OLD, accounts: NEW.accounts };
        if (state.endsWith("waits")) assertOk(await host.palisade("apply accounts", waiting.accounts));
        const live = await look(host);
        const kept = await whole(host, []);
        const document = await breaking(host, given);
        const { code, stderr } = await host.palisade(APPLY, document);
        assert.equal(code, 1, stderr);
        assert.match(
          stderr,
          new RegExp(`^palisade: ${facet}: it did not load, so nothing of this push is kept$`, "m"),
        );
        const after = await look(host);
        assert.deepEqual({ ...after, guards: "" }, { ...live, guards: "" }, stderr);
        const left = (await whole(host, [])).filter((line) => !kept.includes(line));
        const places =
          /palisade(\/accounts)?( |\/people|$)|extrausers|\/home\/bob|palisade_keys|sudoers.d|last-good|failsafe|\/var\/lib\/(\/| )|\/x509/;
        assert.deepEqual(
          left.filter((line) => !places.test(line)),
          [],
        );
        await host.sh("rm -f /mnt/load-creds.fails");
        if (state.endsWith("waits")) {
          assertOk(await host.palisade("confirm", confirmation(waiting)));
        } else if (state !== "on a fresh host") {
          assertOk(await host.palisade("confirm", confirmation(OLD)));
        }
        assertOk(await host.palisade(APPLY, given.new));
        assertOk(await host.palisade("confirm", confirmation(NEW)));
        assert.equal((await host.palisade("drift")).stdout, "");
      });
    }
  }

  onHost("keeps the key of the certificate that is back", async (host, { pki, old }) => {
    await host.sh("touch -d '1 hour ago' /etc/swanctl/private/palisade.pem");
    await confirmed(host, old);
    const next = await host.sh(
      `cd /tmp/pki; key=/etc/swanctl/private/palisade-2026-11-28.pem; openssl genpkey -algorithm ed25519 -out $key
       openssl req -new -key $key -subj /CN=web-1.dev.palisade |
         openssl x509 -req -CA ours.pem -CAkey ours.key -set_serial 0x4712 -days 398 2>/dev/null`,
    );
    const renewed = certificateDocument(next, pki.ours);
    const { code } = await host.palisade(APPLY, wholeOf({ ...NEW, ipsec: REFUSED_BY_CHARON }, renewed));
    assert.equal(code, 1);
    assert.equal(await host.sh("cat /etc/swanctl/x509/palisade.pem"), pki.good);
    const keys = () => host.sh("ls /etc/swanctl/private");
    assert.equal(await keys(), "palisade-2026-11-28.pem\npalisade.pem\n");
    assertOk(await host.palisade(APPLY, wholeOf(NEW, renewed)));
    assert.equal(await keys(), "palisade-2026-11-28.pem\n");
  });

  onHost("is undone by the timer where it can't be at once", async (host, given) => {
    await confirmed(host, given.old);
    const before = await look(host);
    // From the moment on at which charon refuses the connections, the firewall can't be put back.
    await host.sh(
      `cd /usr/local/sbin; mv swanctl /mnt/swanctl
       printf '#!/bin/sh\\ncase $1 in --load-conns) touch /mnt/fails; exit 22 ;; esac\\nexec /mnt/swanctl "$@"\\n' >swanctl
       for name in iptables-restore ip6tables-restore; do
         printf '#!/bin/sh\\n[ ! -e /mnt/fails ] && exec /usr/sbin/%s "$@"\\n' $name >$name
       done
       chmod +x ./*`,
    );
    const document = NEW.accounts + NEW.firewall + NEW.ipsec;
    const { code, stderr } = await host.palisade("apply accounts firewall ipsec", document);
    assert.equal(code, 1);
    assert.match(stderr, /^palisade: ipsec: it did not load, so nothing of this push is kept$/m);
    assert.match(stderr, /^palisade: not undone, and tried again in 25 s: firewall$/m);
    await sleep(20);
    const lines = confirmation({ ...OLD, firewall: NEW.firewall });
    assert.equal((await host.overSsh("confirm", lines)).code, 1, "what is there proves nothing");
    await host.sh("rm /mnt/fails /usr/local/sbin/ip*tables-restore; mv /mnt/swanctl /usr/local/sbin/swanctl");
    assertOk(await host.palisade("revert when-due"));
    const { guards } = before;
    assert.deepEqual({ ...(await look(host)), guards }, before);
  });
});

describe("the host's own certificate", () => {
  onHost(
    "comes as an argument, and is kept as if it had come in the document",
    async (host, { pki, old }) => {
      const body = pki.good.replace(/-----[A-Z ]+-----|\s/g, "");
      const without = wholeOf(OLD, certificateDocument("", pki.ours));
      assertOk(await host.palisade(`${APPLY} --certificate ${body}`, without));
      assert.equal(await host.sh("cat /etc/swanctl/x509/palisade.pem"), pki.good);
      assertOk(await host.palisade("confirm", confirmation(OLD)));
      const again = await host.palisade(APPLY, old);
      assert.equal(again.stderr.match(/: already as it should be$/gm)?.length, 4, again.stderr);
    },
  );

  onHost("is refused if it is another's, none, or no base64", async (host, { pki, old }) => {
    await confirmed(host, old);
    const documents: [string, string][] = [["without", wholeOf(NEW, certificateDocument("", pki.ours))]];
    const refused = (argument: string, why: RegExp) =>
      assertRefused(host, { command: `${APPLY}${argument}`, documents, why });
    const stolen = pki.stolen.replace(/-----[A-Z ]+-----|\s/g, "");
    await refused(` --certificate ${stolen}`, /for another key than this host's; nothing was changed/);
    await refused(
      " --certificate MIIB",
      /not one of this environment's CA, or not valid now; nothing was changed/,
    );
    await refused(" --certificate $(id)", /is no base64; nothing was changed/);
    await refused("", /not one of this environment's CA, or not valid now; nothing was changed/);
  });
});

describe("what comes after a document of all facets", () => {
  const hash = `$6$abcdefgh$${"a".repeat(86)}`;
  const asked = { ...NEW, accounts: accountsOf("bob", 10002, true) };
  const passwords = documentOf("passwords", { hashes: `bob:${hash}\n` });

  for (const over of ["palisade", "overSsh"] as const)
    onHost(
      `passwords join accounts that ${over === "overSsh" ? "they confirm" : "still wait"}`,
      async (host, given) => {
        assertOk(await host.palisade(APPLY, wholeOf(asked, given.certificate)));
        await sleep(20);
        assertOk(await host[over]("apply passwords", passwords));
        assert.equal(await host.sh("cat /var/lib/extrausers/shadow"), `bob:${hash}:::::::\n`);
        const { stdout } = await host.palisade("status");
        const waits = ["firewall", "ipsec", "accounts"].filter((facet) => stdout.includes(`${facet}: waits`));
        assert.equal(waits.length, over === "overSsh" ? 0 : 3);
        assertOk(await host.overSsh("confirm", confirmation(asked)));
        assert.equal(await host.sh("cat /var/lib/extrausers/shadow"), `bob:${hash}:::::::\n`);
      },
    );

  onHost("a push that was cut off is undone before the next one is loaded", async (host, given) => {
    await confirmed(host, given.old);
    await host.sh(
      `printf '#!/bin/sh\\ncase $1 in --load-conns) touch /mnt/killed; read -r _ _ _ up _ </proc/$PPID/stat; kill -KILL $PPID $up ;; esac\\nexec /mnt/swanctl "$@"\\n' >/mnt/killing
       chmod +x /mnt/killing; mv /usr/local/sbin/swanctl /mnt/swanctl; cp /mnt/killing /usr/local/sbin/swanctl`,
    );
    assert.notEqual((await host.palisade("apply accounts ipsec", NEW.accounts + NEW.ipsec)).code, 0);
    await host.sh("cp /mnt/swanctl /usr/local/sbin/swanctl; test -e /mnt/killed");
    const outcome = await host.palisade("apply firewall", NEW.firewall);
    assertOk(outcome);
    for (const facet of ["ipsec", "accounts"])
      assert.match(outcome.stderr, new RegExp(`^palisade: ${facet}: .*has been undone$`, "m"));
    await sleep(20);
    assertOk(await host.overSsh("confirm", confirmation({ ...OLD, firewall: NEW.firewall })));
  });
});
