# shellcheck shell=sh disable=SC2154 # palisade-host makes $work, the folder of this process
# Connections that were allowed and are no more. Nothing comes in on them from the moment of the swap, as the rules ask
# of every packet of a connection that others opened whether it would be let in now. When the firewall is confirmed, the
# kernel forgets them too, so that nothing goes out on them either: a service is not let go on without (the rule of
# OUTPUT). Not before, or connections could not go on where the firewall is undone, the deployer's own among them.

# end_withdrawn_connections FOLDER: those that the files in it do not allow, and all with servers that were peers by the
# firewall before.
end_withdrawn_connections() {
  peers_of "$1/ipset" >"$work/peers"
  peers_of "$FIREWALL_DIR/last-good" 2>/dev/null | comm -23 - "$work/peers" >"$work/departed"
  own_addresses >"$work/addresses"
  for family in 4 6; do
    conntrack -L -f "ipv$family" >"$work/connections" 2>/dev/null || :
    withdrawn "$1" "$family" | while read -r selection; do
      # shellcheck disable=SC2086 # options and numbers, as withdrawn prints them
      conntrack -D -f "ipv$family" $selection >/dev/null 2>&1 || :
    done
  done
}

peers_of() { sed -n -E 's/^add peers\.[46] //p' "$1" | sort -u; }

# withdrawn FOLDER 4|6: what of $work/connections is not allowed, as options of conntrack -D; all of a port at once
# where nobody may use it. A rule that asks for IPsec counts for its addresses in clear as well: the rules themselves
# are strict, this only must not forget what they allow.
withdrawn() {
  awk -v family="$2" "$NETWORKS_AWK"'
    FILENAME == ARGV[1] { own[$1]; next }
    FILENAME == ARGV[2] { departed[$1]; next }
    FILENAME == ARGV[3] { if ($1 == "add" && !/,/) add_network($2, $3); next }
    FILENAME == ARGV[4] { if ($1 == "-A" && !/--ctstate|-i lo/) read_rule(); next }
    {
      protocol = $1 == "unknown" ? $2 : $1
      source = target = port = ""
      for (i = 3; i <= NF && (source == "" || target == "" || port == ""); i++) {
        if (source == "" && sub(/^src=/, "", $i)) source = $i
        else if (target == "" && sub(/^dst=/, "", $i)) target = $i
        else if (sub(/^(dport|type)=/, "", $i)) port = $i
        else if ($i ~ /^src=/) break
      }
      if (source in departed) print "-s " source
      else if (target in departed) print "-d " target
      else if (target in own && !(source in own)) {
        service = "-p " protocol " -d " target (protocol ~ /^(tcp|udp)$/ ? " --dport " port : "")
        if (allowed("PALISADE-IN", protocol, port, source)) used[service]
        else refused[service " -s " source] = service
      }
    }
    END { for (one in refused) print (refused[one] in used) ? one : refused[one] }
  ' "$work/addresses" "$work/departed" "$1/ipset" "$1/rules.v$2" "$work/connections" | sort -u
}

# Rules and sets for awk(1): of a rule only its protocol, ports, type, set and target count.
# shellcheck disable=SC2016,SC2034 # a program; withdrawn uses it
NETWORKS_AWK='
  function read_rule(i, rule) {
    rule = $2 " " (++rules[$2])
    for (i = 3; i < NF; i++) {
      if ($i == "-p") protocol_of[rule] = $(i + 1)
      else if ($i ~ /^--dports?$/) ports_of[rule] = $(i + 1)
      else if ($i ~ /^--icmp(v6)?-type$/) ports_of[rule] = $(i + 1)
      else if ($i == "--match-set") set_of[rule] = $(i + 1)
      else if ($i == "-s") { set_of[rule] = "-s " $(i + 1); add_network(set_of[rule], $(i + 1)) }
      else if ($i == "-j") target_of[rule] = $(i + 1)
    }
  }
  function allowed(chain, protocol, port, source, i, rule) {
    for (i = 1; i <= rules[chain]; i++) {
      rule = chain " " i
      if (rule in protocol_of && protocol_name(protocol_of[rule]) != protocol_name(protocol)) continue
      if (rule in ports_of && !in_ports(port, ports_of[rule])) continue
      if (rule in set_of && !in_set(set_of[rule], source)) continue
      if (target_of[rule] == "ACCEPT") return 1
      if (target_of[rule] in rules && allowed(target_of[rule], protocol, port, source)) return 1
    }
    return 0
  }
  function protocol_name(name) { return name == "50" ? "esp" : name == "ipv6-icmp" ? "icmpv6" : name }
  function in_ports(port, ports, count, range, ends, i) {
    count = split(ports, range, ",")
    for (i = 1; i <= count; i++) {
      split(range[i], ends, ":")
      if (port + 0 >= ends[1] + 0 && port + 0 <= (range[i] ~ /:/ ? ends[2] : ends[1]) + 0) return 1
    }
    return 0
  }
  # A network is known by its set, its length and its first bits; a set by the lengths that it has.
  function add_network(set, text, parts, bits) {
    split(text, parts, "/")
    bits = parts[2] != "" ? parts[2] : family == 6 ? 128 : 32
    if ((text ~ /:/) != (family == 6)) return
    if (!((set, bits) in has)) { has[set, bits]; lengths[set] = lengths[set] " " bits }
    member[set, bits, substr(binary(parts[1]), 1, bits)]
  }
  function in_set(set, address, length_of, count, i, all) {
    all = binary(address)
    count = split(lengths[set], length_of, " ")
    for (i = 1; i <= count; i++) if ((set, length_of[i], substr(all, 1, length_of[i])) in member) return 1
    return 0
  }
  function binary(address) {
    if (!(address in bits_of)) bits_of[address] = address ~ /:/ ? binary6(address) : binary4(address)
    return bits_of[address]
  }
  function binary4(address, part, i, bits) {
    split(address, part, ".")
    for (i = 1; i <= 4; i++) bits = bits number(part[i], 8)
    return bits
  }
  function binary6(address, half, part, count, i, left, right) {
    split(address, half, "::")
    count = split(half[1], part, ":")
    for (i = 1; i <= count; i++) left = left hexadecimal(part[i])
    count = split(half[2], part, ":")
    for (i = 1; i <= count; i++) right = right hexadecimal(part[i])
    while (length(left) + length(right) < 128) left = left "0"
    return left right
  }
  function hexadecimal(text, i, value) {
    for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return number(value, 16)
  }
  function number(value, width, bits) {
    while (width-- > 0) { bits = value % 2 bits; value = int(value / 2) }
    return bits
  }
'
