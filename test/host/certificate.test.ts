import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificateDocument, makeCertificates } from "./support/certificates";
import { assertOk, assertRefused, documentOf } from "./support/documents";
import { cannot, type HostTest, withHost } from "./support/sandbox";

const skip = cannot("openssl");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const command = "apply certificate";

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
          documentOf("certificate", { "host.pem": await host.sh("cat /tmp/pki/other.key"), "ca.pem": ours }),
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
});
