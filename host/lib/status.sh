# shellcheck shell=sh
# One screen for a person at the host's prompt.

host_status() {
  echo "Firewall"
  if [ -f "$FIREWALL_DIR/candidate" ]; then
    echo "  a candidate is loaded and waits to be confirmed"
  elif is_loaded; then
    echo "  confirmed: $(sed -n '1s/^# //p' "$FIREWALL_DIR/confirmed")"
  else
    echo "  nothing is loaded"
  fi
  [ ! -f "$FIREWALL_DIR/reverted" ] || echo "  the last push was not confirmed and was undone"
  echo "IPsec"
  swanctl --list-sas 2>/dev/null | sed -n 's/^\([a-z].*\)/  \1/p'
  echo "Accounts"
  awk -F : '
    FILENAME == ARGV[1] { set[$1] = $2 != "*"; next }
    { print "  " $1 "\t" $5 ($7 ~ /nologin$/ ? " (service account)" : set[$1] ? " (password set)" : "") }
  ' "$EXTRAUSERS_DIR/shadow" "$EXTRAUSERS_DIR/passwd" 2>/dev/null || true
}
