import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { cannot, type HostTest, withHost } from "./support/sandbox";

const skip = cannot("openssl");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const command = "apply certificate";

/** A certificate for the key that waits. */
const SIGN_NEXT = `cd /tmp/pki
openssl req -new -key /etc/swanctl/private/palisade-2026-11-28.pem -subj /CN=web-1.dev.palisade |
  openssl x509 -req -CA ours.pem -CAkey ours.key -set_serial 0x4712 -days 398 2>/dev/null`;

describe("a certificate", () => {
  onHost("of this environment's CA for this host's key is put in place and loaded", async (host) => {
    const { good, newer, ours } = await makeCertificates(host);
    for (const own of [good, newer]) {
      const outcome = await host.palisade(command, certificateDocument(own, ours));
      assertOk(outcome);
      assert.match(outcome.stderr, /certificate: valid until \w+ +\d+ /);
      assert.equal(await host.sh("cat /etc/swanctl/x509/palisade.pem"), own);
      assert.equal(await host.sh("cat /etc/swanctl/x509ca/palisade-ca.pem"), ours);
      assert.ok((await host.calls()).includes("swanctl --load-creds --clear --noprompt"));
    }
  });

  for (const state of ["on a fresh host", "on a host that has one"]) {
    onHost(`that is wrong is refused, ${state}`, async (host) => {
      const { good, ours, theirs, foreign, stolen, expired } = await makeCertificates(host);
      if (state !== "on a fresh host")
        assertOk(await host.palisade(command, certificateDocument(good, ours)));
      await host.calls();
      const documents: [string, string][] = [
        ["another CA's", certificateDocument(foreign, ours)],
        ["with another CA", certificateDocument(good, theirs)],
        ["another key's", certificateDocument(stolen, ours)],
        ["expired", certificateDocument(expired, ours)],
        ["the CA's own", certificateDocument(ours, ours)],
        ["empty", certificateDocument("", ours)],
        ["no CA", certificateDocument(good, "")],
        ["cut off", certificateDocument(good.slice(0, 200) + "\n", ours)],
        ["damaged", certificateDocument(good.replace(/[A-Za-z]{8}\n/, "AAAAAAAA\n"), ours)],
        [
          "a private key",
          documentOf("certificate", {
            "host.pem": await host.sh("cat /tmp/pki/other.key"),
            "ca.pem": ours,
            "other-ca.pem": ours,
          }),
        ],
      ];
      await assertRefused(host, { command, documents, why: /nothing was changed$/m });
      assert.deepEqual(await host.calls(), [], "charon hears nothing of it");
    });
  }

  onHost("counts only if its own CA signed it, whichever CAs the system trusts", async (host) => {
    const { foreign, ours } = await makeCertificates(host);
    await host.sh(
      `cp /tmp/pki/theirs.pem "/etc/ssl/certs/$(openssl x509 -in /tmp/pki/theirs.pem -noout -subject_hash).0"`,
    );
    const documents: [string, string][] = [["trusted by the system", certificateDocument(foreign, ours)]];
    await assertRefused(host, { command, documents, why: /not one of this environment's CA/ });
  });

  onHost("that charon refuses gives way to the one before it", async (host) => {
    const { good, newer, ours } = await makeCertificates(host);
    await host.sh("touch /mnt/load-creds.fails; mkdir /etc/swanctl/x509 /etc/swanctl/x509ca");
    const why = /charon refused the certificate; what was there is back/;
    await assertRefused(host, { command, documents: [["first", certificateDocument(good, ours)]], why });
    await host.sh("rm /mnt/load-creds.fails");
    assertOk(await host.palisade(command, certificateDocument(good, ours)));
    await host.sh("touch /mnt/load-creds.fails");
    await assertRefused(host, { command, documents: [["second", certificateDocument(newer, ours)]], why });
  });

  onHost(
    "comes with the other CA that counts, and connections that hold the old one are loaded again",
    async (host) => {
      const { good, ours, theirs } = await makeCertificates(host);
      await host.sh("printf 'connections {\\n  db-1_v6 {\\n' >/etc/swanctl/conf.d/palisade.conf");
      assertOk(await host.palisade(command, certificateDocument(good, ours, theirs)));
      assert.equal(await host.sh("cat /etc/swanctl/x509ca/palisade-other-ca.pem"), theirs);
      const calls = (await host.calls()).filter((call) => call.startsWith("swanctl --load"));
      assert.deepEqual(calls, ["swanctl --load-creds --clear --noprompt", "swanctl --load-conns"]);
      await host.sh("echo x >>/etc/swanctl/x509ca/palisade-other-ca.pem");
      const { stdout } = await host.palisade("drift");
      assert.match(stdout, /^certificate\t\S+palisade-other-ca.pem is not as it was pushed$/m);
    },
  );

  onHost(
    "of a CA that takes another's place ends what that one vouched for and begins it anew, and no other does",
    async (host) => {
      const { good, newer, foreign, ours, theirs } = await makeCertificates(host);
      await host.sh("echo db-1_v6 >/mnt/sas");
      const ended = async (own: string, ca: string, other: string) => {
        await host.calls();
        assertOk(await host.palisade(command, certificateDocument(own, ca, other)));
        return (await host.calls()).filter((call) => /--(terminate|initiate)/.test(call));
      };
      const anew = [
        "swanctl --terminate --force --timeout 1 --ike-id 1",
        "swanctl --initiate --ike db-1_v6 --child all --timeout 2",
      ];
      assert.deepEqual(await ended(good, ours, ours), [], "the first");
      assert.deepEqual(await ended(newer, ours, ours), [], "a new epoch");
      assert.deepEqual(await ended(newer, ours, theirs), [], "another CA counts as well");
      assert.deepEqual(await ended(foreign, theirs, ours), [], "that one signs");
      assert.deepEqual(await ended(foreign, theirs, theirs), anew, "the first no longer counts");
      assert.equal((await host.run(["test", "-e", "/var/lib/palisade/certificate/last-good"])).code, 1);
    },
  );

  onHost("for a new key of the host's takes the old one's place, which worked until then", async (host) => {
    const { good, ours } = await makeCertificates(host);
    const keys = () => host.sh("ls /etc/swanctl/private");
    await host.sh("touch -d '1 hour ago' /etc/swanctl/private/palisade.pem");
    await host.sh("openssl genpkey -algorithm ed25519 -out /etc/swanctl/private/palisade-2026-11-28.pem");
    assertOk(await host.palisade(command, certificateDocument(good, ours)));
    assert.equal(await keys(), "palisade-2026-11-28.pem\npalisade.pem\n", "the new one waits");
    const next = await host.sh(SIGN_NEXT);
    await host.sh("touch /mnt/load-creds.fails");
    assert.notEqual((await host.palisade(command, certificateDocument(next, ours))).code, 0);
    assert.equal(await keys(), "palisade-2026-11-28.pem\npalisade.pem\n", "both, where charon refuses");
    await host.sh("rm /mnt/load-creds.fails");
    assertOk(await host.palisade(command, certificateDocument(next, ours)));
    assert.equal(await keys(), "palisade-2026-11-28.pem\n");
    assert.equal((await host.palisade("drift")).stdout.includes("certificate"), false);
  });
});
