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
  cut -d : -f 1,5 "$EXTRAUSERS_DIR/passwd" 2>/dev/null | sed 's/^\([^:]*\):/  \1\t/'
}
