/** Another environment, as small as one can be that has peers, and something that is open to the office. */
export const SMALL_PROD = `config:
  palisade:environment: prod
  palisade:region: us-east
  palisade:hosts:
    - { name: bastion-1, on: linode, groups: [bastion], size: g6-nanode-1 }
    - { name: app-1, on: linode, groups: [app], size: g6-nanode-1 }
    - { name: db-1, on: linode, groups: [db], size: g6-nanode-1 }
  palisade:subnets:
    linode: 198.51.100.128/27
  palisade:failsafe: [203.0.113.0/28, "2001:db8:ff1::/64"]
  palisade:connect: ipv6
  palisade:ipcomp: true
  palisade:certificateEpoch: "2026-11-01"
`;
