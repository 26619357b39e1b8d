import { caseTable, networks, tests } from "./support/cases";

caseTable("networks.json and tests.json", [
  {
    title: "host bits in an IPv4 range",
    edits: [networks("203.0.113.0/25", "203.0.113.5/25")],
    problems: [
      'policy/networks.json:5:16: networks.office[0]: "203.0.113.5/25" has host bits set; the range is 203.0.113.0/25',
    ],
  },
  {
    title: "host bits in an IPv6 range",
    edits: [networks("2001:db8:ff1::/48", "2001:db8:ff1::1/48")],
    problems: [
      'policy/networks.json:5:34: networks.office[1]: "2001:db8:ff1::1/48" has host bits set; the range is 2001:db8:ff1::/48',
    ],
  },
  {
    title: "an address instead of a range",
    edits: [networks("203.0.113.0/25", "203.0.113.7")],
    problems: [
      'policy/networks.json:5:16: networks.office[0]: "203.0.113.7" has no prefix length; for this one address write 203.0.113.7/32',
    ],
  },
  {
    title: "a prefix length above 32",
    edits: [networks("203.0.113.0/25", "203.0.113.0/33")],
    problems: [
      'policy/networks.json:5:16: networks.office[0]: "203.0.113.0/33" has the prefix length 33, which is not from 0 to 32',
    ],
  },
  {
    title: "a word instead of a range",
    edits: [networks("203.0.113.0/25", "office")],
    problems: [
      'policy/networks.json:5:16: networks.office[0]: "office" is not a range in CIDR notation such as 203.0.113.0/24 or 2001:db8::/32',
    ],
  },
  {
    title: "a leading zero in an address",
    edits: [networks("203.0.113.0/25", "0203.0.113.0/25")],
    problems: [
      'policy/networks.json:5:16: networks.office[0]: "0203.0.113.0/25" is not a range in CIDR notation such as 203.0.113.0/24 or 2001:db8::/32',
    ],
  },
  {
    title: "an IPv4-mapped range",
    edits: [networks("2001:db8:ff1::/48", "::ffff:1.2.3.0/120")],
    problems: [
      'policy/networks.json:5:34: networks.office[1]: "::ffff:1.2.3.0/120" is not a range in CIDR notation such as 203.0.113.0/24 or 2001:db8::/32',
    ],
  },
  {
    title: "a range twice, written in two ways",
    edits: [networks('"2001:db8:ff1::/48"', '"2001:db8:ff1::/48", "2001:DB8:0ff1::/48"')],
    problems: ["policy/networks.json:5:55: networks.office[2]: 2001:db8:ff1::/48 is listed twice"],
  },
  {
    title: "no fleet",
    edits: [networks('    "fleet": ["198.51.100.0/24", "2001:db8:8000::/33"],\n', "")],
    problems: [
      'policy/networks.json:2:15: networks: "fleet" is missing (where servers of any environment have addresses)',
    ],
  },
  {
    title: "a fleet that is the whole internet",
    edits: [networks("198.51.100.0/24", "0.0.0.0/0")],
    problems: [
      'Pulumi.dev.yaml:15:22: warning: palisade:failsafe: 203.0.113.0/28 is within the network "fleet": servers there reach SSH on every host',
      "policy/networks.json:3:14: networks.fleet: the fleet cannot be the whole internet: nothing outside could be told from a server",
    ],
  },
  {
    title: "a network without ranges",
    edits: [networks('"203.0.113.0/25", "2001:db8:ff1::/48"', "")],
    problems: ["policy/networks.json:5:15: networks.office: must not be empty"],
  },
  {
    title: "a test of an unknown group",
    edits: [tests('"to": "db"', '"to": "dbb"')],
    problems: ['policy/tests.json:3:28: tests[0].to: unknown group "dbb"; did you mean "db"?'],
  },
  {
    title: "a flow that expects a login's answer",
    edits: [tests('"deny"', '"sudo"')],
    problems: [
      'policy/tests.json:3:5: tests[0]: a test is either about a flow ("from", "to", "port", and "expect": allow or deny) or about a login ("person", "group", and "expect": none, login or sudo)',
    ],
  },
  {
    title: "half a flow and half a login",
    edits: [tests('"to": "db"', '"group": "db"')],
    problems: [
      'policy/tests.json:3:5: tests[0]: a test is either about a flow ("from", "to", "port", and "expect": allow or deny) or about a login ("person", "group", and "expect": none, login or sudo)',
    ],
  },
  { title: "no tests.json is fine", edits: [{ file: "tests.json", to: undefined }], problems: [] },
]);
