import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { prepareScript } from "../../components/host-scripts";
import { assertOk } from "./support/documents";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";

const skip = cannot("openssl", "perl");
const onHost = (name: string, body: HostTest) => test(name, { skip }, () => withHost(body));
const SCRIPT = prepareScript("web-1.dev.palisade");
const LIBRARY = "/usr/local/lib/palisade";

/** Gives dash the first N bytes of the script, for each N on the command line; prints nothing. */
const RUN_PREFIXES = `
  open my $file, "<", "/tmp/script"; local $/; my $script = <$file>;
  for my $length (@ARGV) {
    open my $dash, "|-", "dash -s >/dev/null 2>&1";
    print $dash substr $script, 0, $length;
    close $dash;
  }`;

/** Every place in the first and last few hundred bytes, around each end of a line, and some elsewhere. */
function cuts(): number[] {
  const places = new Set<number>();
  for (let at = 0; at < SCRIPT.length; at += 1) {
    const near = at < 400 || at > SCRIPT.length - 400 || /\n/.test(SCRIPT.slice(at - 1, at + 1));
    if (near || at % 37 === 0) places.add(at);
  }
  // Only what follows the last "}" may be missing.
  return [...places].filter((at) => !SCRIPT.slice(0, at).endsWith("\n}"));
}

/** Programs that the script runs note that they were called, and do nothing. */
async function putTraps(host: Sandbox): Promise<void> {
  const words = new Set(SCRIPT.match(/\b[a-z][a-z-]+\b/g));
  const names = [...words].join(" ");
  await host.sh(
    `for name in ${names} make install; do
       case $name in if|then|fi|do|done|case|esac|while|until|for|else|elif|cd|set|sh) continue ;; esac
       rm -f "/usr/local/sbin/$name"
       printf '#!/bin/sh\\necho "%s $*" >>/mnt/calls\\n' "$name" >"/usr/local/sbin/$name"
       /bin/chmod 0755 "/usr/local/sbin/$name"
     done`.replace("rm -f", "/bin/rm -f"),
  );
}

/** What a stock Debian host has and a sandbox does not: dpkg that knows the packages, sshd. */
async function stockHost(host: Sandbox): Promise<void> {
  await host.sh(
    `rm -rf ${LIBRARY} /etc/ssh/palisade_keys /var/lib/extrausers /etc/swanctl
     printf 'passwd: files systemd\\ngroup: files\\nshadow: files\\nhosts: files\\n' >/etc/nsswitch.conf
     mkdir -p /etc/ssh/sshd_config.d /etc/systemd/system
     echo 'Include /etc/ssh/sshd_config.d/*.conf' >/etc/ssh/sshd_config
     put() { cat >"/usr/local/sbin/$1"; chmod 0755 "/usr/local/sbin/$1"; }
     put sshd <<'E'
#!/bin/sh
echo "sshd $*" >>/mnt/calls
[ ! -e /mnt/sshd.fails ]
E
     put apt-get <<'E'
#!/bin/sh
echo "apt-get $*" >>/mnt/calls
case $* in *install*) touch /mnt/installed ;; esac
echo "Reading package lists..."
E
     put dpkg-query <<'E'
#!/bin/sh
while [ "$1" != sudo ]; do
  case $1 in -*|*Package*) ;; *) [ ! -e /mnt/installed ] || echo "$1 install ok installed" ;; esac
  shift
done
for package; do echo "$package install ok installed"; done
E`,
  );
}

/** Everything of a host that preparing it changes, with the key's text. */
function prepared(host: Sandbox): Promise<string> {
  return host.sh(
    `cat /etc/nsswitch.conf; cd /; find ${LIBRARY} /usr/local/sbin/palisade-host mnt/etc var/lib -printf '%p %m %l\\n' | sort
     find ${LIBRARY} mnt/etc var/lib -type f -exec sha256sum {} + | sort`,
  );
}

const run = (host: Sandbox, script: string) => host.run(["dash", "-s"], script);

describe("the script that prepares a host", () => {
  onHost("runs nothing when it is cut off, wherever that is", async (host) => {
    await host.sh(`cat >/tmp/script; rm -rf ${LIBRARY}`, SCRIPT);
    await putTraps(host);
    const everything = () =>
      host.run(["/bin/dash", "-c", "/bin/cat /mnt/calls; /usr/bin/find /usr/local/lib /etc/swanctl"]);
    const before = (await everything()).stdout;
    await host.run(["/usr/bin/perl", "-e", RUN_PREFIXES, ...cuts().map(String)]);
    assert.equal((await everything()).stdout, before);
    // The traps work: the whole script runs into them.
    await host.run(["/usr/bin/perl", "-e", RUN_PREFIXES, String(SCRIPT.length)]);
    assert.notEqual((await everything()).stdout, before);
  });

  onHost("installs what is missing, puts all in place and prints a request for its key", async (host) => {
    await stockHost(host);
    const outcome = await run(host, SCRIPT);
    assertOk(outcome);
    const subject = await host.sh("openssl req -verify -noout -subject 2>/dev/null", outcome.stdout);
    assert.equal(subject, "subject=CN = web-1.dev.palisade\n");
    assert.match(
      outcome.stdout,
      /^-----BEGIN CERTIFICATE REQUEST-----\n[^]*-----END CERTIFICATE REQUEST-----\n$/,
    );
    assert.equal(await host.sh("stat -c %a /etc/swanctl/private/palisade.pem"), "600\n");
    assert.equal(
      await host.sh("cat /etc/nsswitch.conf"),
      "passwd: files systemd extrausers\ngroup: files extrausers\nshadow: files extrausers\nhosts: files\n",
    );
    const calls = await host.calls();
    assert.match(
      calls.join("\n"),
      /apt-get .*update\napt-get .*install .*strongswan-swanctl.*\nsshd -t\nsystemctl reload ssh/,
    );
    assert.ok(calls.includes("systemctl -q --no-reload enable palisade-firewall.service"));
    assertOk(await host.run(["palisade-host", "help"]));
    assertOk(await host.palisade("status"));
  });

  onHost("changes nothing the second time, and heals what was lost", async (host) => {
    await stockHost(host);
    const first = await run(host, SCRIPT);
    const before = await prepared(host);
    await host.calls();
    const second = await run(host, SCRIPT);
    assertOk(second);
    assert.equal(second.stdout, first.stdout, "the same request");
    assert.equal(await prepared(host), before);
    assert.doesNotMatch((await host.calls()).join("\n"), /apt-get|reload ssh/);

    await host.sh(`echo broken >${LIBRARY}/common.sh; rm ${LIBRARY}/firewall.sh /var/lib/extrausers/group`);
    assertOk(await run(host, SCRIPT));
    assert.equal(await prepared(host), before);
  });

  onHost("takes back a drop-in that sshd refuses, to the one before it", async (host) => {
    await stockHost(host);
    const dropIn = "/etc/ssh/sshd_config.d/palisade.conf";
    await host.sh("touch /mnt/sshd.fails");
    const refused = await run(host, SCRIPT);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /sshd refused Palisade's drop-in/);
    assert.equal((await host.run(["test", "-e", dropIn])).code, 1);

    await host.sh(`echo '# from an earlier version' >${dropIn}`);
    assert.equal((await run(host, SCRIPT)).code, 1);
    assert.equal(await host.sh(`cat ${dropIn}`), "# from an earlier version\n");
    assert.doesNotMatch((await host.calls()).join("\n"), /reload ssh/);
  });

  onHost("refuses another system, and one without systemd, before it does anything", async (host) => {
    await stockHost(host);
    const before = await prepared(host);
    for (const [change, why] of [
      ["rm /etc/os-release; echo ID=fedora >/etc/os-release", /this is 'fedora .*manages Debian and Ubuntu/],
      ["echo ID=debian >/etc/os-release; rmdir /run/systemd/system", /was not booted with systemd/],
    ] as const) {
      await host.sh(change);
      const outcome = await run(host, SCRIPT);
      assert.equal(outcome.code, 1);
      assert.match(outcome.stderr, why);
      assert.equal(outcome.stdout, "");
    }
    assert.equal((await prepared(host)).replace(/.*os-release.*\n/g, ""), before);
    assert.deepEqual(await host.calls(), []);
  });

  test("takes no identity that a shell could read as more", () => {
    for (const identity of ["", "web 1", "web-1;id", "$(id)", "web-1\nid", "`id`", "WEB", "a'b", "../x&"])
      assert.throws(() => prepareScript(identity), /not a host identity/, identity);
  });
});
