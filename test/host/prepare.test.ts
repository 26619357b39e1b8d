import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { prepareScript } from "../../components/host-scripts";
import { assertOk } from "./support/documents";
import { cannot, type HostTest, type Sandbox, withHost } from "./support/sandbox";
import { countSteps, killedAt } from "./support/steps";

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

/** What a stock host has and a sandbox does not: a name, dpkg that knows the packages, the kernel's modules, sshd. */
async function stockHost(host: Sandbox): Promise<void> {
  await release(host, "debian", "12", "Debian GNU/Linux 12 (bookworm)");
  await host.sh(
    `rm -rf ${LIBRARY} /etc/ssh/palisade_keys /var/lib/extrausers /etc/swanctl /etc/ssh/sshd_config.d /etc/systemd/system
     printf 'passwd: files systemd\\ngroup: files\\nshadow: files\\nhosts: files\\n' >/etc/nsswitch.conf
     mkdir -p /etc/ssh/sshd_config.d /etc/systemd/system
     echo 'Include /etc/ssh/sshd_config.d/*.conf' >/etc/ssh/sshd_config
     put() { cat >"/usr/local/sbin/$1"; chmod 0755 "/usr/local/sbin/$1"; }
     put sshd <<'E'
#!/bin/sh
echo "sshd $*" >>/mnt/calls
[ ! -e /mnt/sshd.fails ]
E
     put modprobe <<'E'
#!/bin/sh
for module; do :; done
! grep -qsx "$module" /mnt/no-modules
E
     put apt-get <<'E'
#!/bin/sh
echo "apt-get $*" >>/mnt/calls
case $* in
  *" update") [ ! -e /mnt/apt.fails ] || echo "W: Failed to fetch http://deb.example.com/" >&2 ;;
  *" -s "*" install "*) [ ! -e /mnt/apt.fails ] || { cat /mnt/apt.fails >&2; exit 100; } ;;
  *install*) touch /mnt/installed ;;
esac
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

function release(host: Sandbox, id: string, version: string, name: string): Promise<string> {
  const text = `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${name}"\n`;
  return host.sh("rm -f /etc/os-release; cat >/etc/os-release", text);
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
      /apt-get .*update\napt-get .* -s .* install .*\napt-get .* -y install .*strongswan-swanctl.*\nsshd -t\nsystemctl reload ssh/,
    );
    for (const unit of ["palisade-firewall.service", "palisade-drift.timer"])
      assert.ok(calls.includes(`systemctl -q --no-reload enable ${unit}`), unit);
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

    await host.sh(`echo broken >${LIBRARY}/common.sh; rm -r ${LIBRARY}/firewall.sh /var/lib/extrausers`);
    assertOk(await run(host, SCRIPT));
    assert.equal(await prepared(host), before);
  });

  onHost("has a charon that hangs read its settings by starting it anew", async (host) => {
    await stockHost(host);
    assertOk(await run(host, SCRIPT));
    await host.calls();
    await host.sh("echo '# older' >/etc/strongswan.d/palisade.conf; touch /mnt/hung-strongswan");
    assertOk(await run(host, SCRIPT));
    assert.deepEqual(
      (await host.calls()).filter((call) => /strongswan$/.test(call)),
      ["systemctl kill --signal=KILL strongswan", "systemctl restart strongswan"],
    );
  });

  onHost("makes another key for another epoch, beside the one that has a certificate", async (host) => {
    await stockHost(host);
    const first = await run(host, SCRIPT);
    const old = await host.sh("cat /etc/swanctl/private/palisade.pem");
    for (let time = 0; time < 2; time += 1) {
      const second = await run(host, prepareScript("web-1.dev.palisade", "2026-11-28"));
      assertOk(second);
      assert.notEqual(second.stdout, first.stdout);
      const own = await host.sh("openssl pkey -in /etc/swanctl/private/palisade-2026-11-28.pem -pubout");
      assert.equal(await host.sh("openssl req -noout -pubkey", second.stdout), own, "the same at every run");
    }
    assert.equal(await host.sh("cat /etc/swanctl/private/palisade.pem"), old);
  });

  onHost("goes on where it was killed, at any step, with scripts that work at each of them", async (host) => {
    await stockHost(host);
    assertOk(await run(host, SCRIPT));
    const whole = await prepared(host);
    const program = ["dash", "-s"];
    await countSteps(host, "apt-get", "mktemp", "openssl", "sed");
    let step = 1;
    for (let killed = true; killed; step++) {
      // As an earlier version left it.
      await host.sh(
        `for file in ${LIBRARY}/[a-d]*.sh ${LIBRARY}/sshd.conf /etc/systemd/system/palisade-drift.*; do echo '#' >>$file; done
         sed -i 's/ extrausers//' /etc/nsswitch.conf; rm -rf /var/lib/extrausers /mnt/installed
         cp ${LIBRARY}/sshd.conf /etc/ssh/sshd_config.d/palisade.conf`,
      );
      await host.calls();
      killed = await killedAt(host, step, program, SCRIPT);
      assertOk(await host.palisade("status"));
      assert.equal(await host.sh("grep -c . /etc/nsswitch.conf"), "4\n");
      assertOk(await run(host, SCRIPT));
      assert.equal(await prepared(host), whole, `killed at step ${step}`);
      const calls = await host.calls();
      for (const call of ["systemctl daemon-reload", "sshd -t", "systemctl reload ssh"])
        assert.ok(calls.includes(call), `killed at step ${step}: ${call}`);
    }
    assert.ok(step > 40, `only ${step} steps`);
  });

  onHost("is not disturbed by a look for drift beside it", async (host) => {
    await stockHost(host);
    await host.sh(
      `printf '%s\\n' '#!/bin/sh' '/usr/bin/openssl "$@" || exit' \\
         '/usr/local/lib/palisade/palisade-host drift >/dev/null 2>&1' 'echo looked >>/mnt/looked' \\
         >/usr/local/sbin/openssl
       chmod 0755 /usr/local/sbin/openssl`,
    );
    assertOk(await run(host, SCRIPT));
    assert.match(await host.sh("cat /mnt/looked"), /looked/);
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

  for (const [id, version, name] of [
    ["debian", "13", "Debian GNU/Linux 13 (trixie)"],
    ["ubuntu", "22.04", "Ubuntu 22.04.5 LTS"],
    ["ubuntu", "24.04", "Ubuntu 24.04.3 LTS"],
  ] as const) {
    onHost(`prepares ${name}`, async (host) => {
      await stockHost(host);
      await release(host, id, version, name);
      assertOk(await run(host, SCRIPT));
    });
  }

  onHost("tells all that a host lacks at once, and changes nothing on it", async (host) => {
    await stockHost(host);
    await release(host, "fedora", "42", "Fedora Linux 42 (Cloud Edition)");
    await host.sh(
      `rmdir /run/systemd/system
       echo '# no drop-ins' >/etc/ssh/sshd_config
       printf 'esp4\\nxt_policy\\n' >/mnt/no-modules
       mkdir -p /etc/ufw /etc/systemd/system/multi-user.target.wants /etc/systemd/system/sysinit.target.wants
       echo ENABLED=yes >/etc/ufw/ufw.conf
       for unit in sysinit.target.wants/nftables multi-user.target.wants/firewalld multi-user.target.wants/strongswan-starter; do
         ln -s /lib/systemd/system/none.service "/etc/systemd/system/$unit.service"
       done
       printf 'W: nothing to see\\nE: Unable to locate package charon-systemd\\n' >/mnt/apt.fails
       printf '#!/bin/sh\\necho Filesystem\\necho disk 9 9 307199 0%% /usr\\n' >/usr/local/sbin/df
       chmod 0755 /usr/local/sbin/df`,
    );
    await host.calls();
    const before = await host.files();
    const outcome = await run(host, SCRIPT);
    assert.equal(outcome.code, 1);
    assert.equal(outcome.stdout, "");
    const kernel = (await host.sh("uname -r")).trim();
    assert.deepEqual(
      outcome.stderr.split("\n").filter((line) => line.startsWith("palisade:")),
      [
        "palisade: this host can't be managed yet, and nothing was changed on it:",
        "palisade:   its system is 'Fedora Linux 42 (Cloud Edition)'; Palisade manages Debian 12 and 13, Ubuntu 22.04 and 24.04",
        "palisade:   it was not booted with systemd",
        "palisade:   /etc/ssh/sshd_config does not include /etc/ssh/sshd_config.d/*.conf; add the line at its top",
        `palisade:   its kernel, ${kernel}, lacks esp4 xt_policy (a container has no kernel of its own; one that was upgraded needs a reboot; Ubuntu keeps some in linux-modules-extra)`,
        "palisade:   ufw loads a firewall of its own; turn it off: ufw disable",
        "palisade:   firewalld loads a firewall of its own; turn it off: systemctl disable --now firewalld",
        "palisade:   nftables loads a firewall of its own; turn it off: systemctl disable --now nftables",
        "palisade:   strongswan-starter is another IKE daemon; turn it off: systemctl disable --now strongswan-starter",
        "palisade:   less than 300 MiB are free on /usr",
        "palisade:   apt can't install iptables ipset strongswan-swanctl charon-systemd libstrongswan-standard-plugins libnss-extrausers: Unable to locate package charon-systemd; Failed to fetch http://deb.example.com/",
      ],
    );
    assert.deepEqual(await host.files(), before);
    assert.doesNotMatch((await host.calls()).join("\n"), /systemctl|sshd|-y install/);
  });

  onHost("names a system that says nothing of itself, and one that only resembles Debian", async (host) => {
    await stockHost(host);
    for (const [change, why] of [
      ["rm /etc/os-release", "'unknown'"],
      ["printf 'ID=raspbian\\nID_LIKE=debian\\nVERSION_ID=12\\n' >/etc/os-release", "'raspbian'"],
      ["printf 'ID=debian\\nPRETTY_NAME=\"Debian trixie/sid\"\\n' >/etc/os-release", "'Debian trixie/sid'"],
    ] as const) {
      await host.sh(change);
      const outcome = await run(host, SCRIPT);
      assert.equal(outcome.code, 1);
      assert.ok(outcome.stderr.includes(`its system is ${why}; Palisade manages`), outcome.stderr);
    }
    assert.deepEqual(
      (await host.calls()).filter((call) => call.includes("-y install")),
      [],
    );
  });

  test("takes no identity that a shell could read as more", () => {
    for (const identity of ["", "web 1", "web-1;id", "$(id)", "web-1\nid", "`id`", "WEB", "a'b", "../x&"])
      assert.throws(() => prepareScript(identity), /not a host identity/, identity);
    for (const epoch of ["soon", "2026-11-28;id", "$(id)", "2026-11-28\n"])
      assert.throws(() => prepareScript("web-1.dev.palisade", epoch), /not a date/, epoch);
  });
});
