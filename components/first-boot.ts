import { requiredPackages } from "./host-scripts";

/** Where AWS and Linode serve an instance's metadata, user data among it. */
const METADATA = {
  "-4": ["169.254.169.254"],
  "-6": ["fd00:ec2::254", "fd00:a9fe:a9fe::1"],
} as const;

/** Every user but root; 4294967295 is nobody's. */
const NOT_ROOT = "1-4294967294";

const UNIT = "palisade-metadata.service";

/** Arguments of ip(8): a lookup of a route to the metadata by anybody but root finds that it is prohibited. */
function rules(): string[] {
  return Object.entries(METADATA).flatMap(([family, addresses]) =>
    addresses.map((address) => `${family} rule add pref 50 to ${address} uidrange ${NOT_ROOT} prohibit`),
  );
}

/**
 * Lines of a first boot's script that keep user data, with the host's SSH key in it, from every user but root, now and
 * after each boot. It takes no firewall, whose `filter` table is the policy's alone. A host that can't (a kernel without
 * policy routing) goes on without.
 */
export function metadataForRoot(): string {
  return `# Palisade: this script holds the host's key, and the cloud shows it to whoever asks from here
cat >/etc/systemd/system/${UNIT} <<'END'
[Unit]
Description=Palisade: the instance's metadata is for root
DefaultDependencies=no
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
${rules()
  .map((rule) => `ExecStart=-/sbin/ip ${rule}`)
  .join("\n")}
END
mkdir -p /etc/systemd/system/sysinit.target.wants /etc/systemd/networkd.conf.d
ln -sf /etc/systemd/system/${UNIT} /etc/systemd/system/sysinit.target.wants/${UNIT}
printf '[Network]\\nManageForeignRoutingPolicyRules=no\\n' >/etc/systemd/networkd.conf.d/palisade.conf
${rules()
  .map((rule) => `/sbin/ip ${rule} 2>/dev/null || :`)
  .join("\n")}
`;
}

/**
 * Lines of a first boot's script, its last, that install what `prepare` would: by the first push it is there or on its
 * way. Where that fails, `prepare` says why.
 */
export function installPackages(): string {
  const packages = requiredPackages().join(" ");
  return `# Palisade: what the first push needs
if ! dpkg-query -W ${packages} >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -q -o DPkg::Lock::Timeout=120 update &&
    apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends ${packages}; } || :
fi
`;
}
