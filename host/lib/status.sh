# shellcheck shell=sh
# One screen for a person at the host's prompt.

host_status() {
  for facet in $FACETS; do
    folder=$STATE_DIR/$facet
    if waits "$facet"; then
      echo "$facet: waits to be confirmed"
    elif ! exists "$folder/confirmed"; then
      # Access is what the first boot gave until the environment's secret is exchanged.
      [ "$facet" = access ] || echo "$facet: never pushed"
    elif intact "$folder" confirmed; then
      echo "$facet: $(sed -n '1s/^# //p' "$folder/confirmed"), confirmed"
    else
      echo "$facet: the confirmed document on the disk is damaged; push it again"
    fi
    ! exists "$folder/reverted" || echo "  the last push was not confirmed and was undone"
  done
  is_loaded || echo "no firewall is loaded"
  echo "Security associations"
  swanctl --list-sas 2>/dev/null | sed -n 's/^\([a-z].*\)/  \1/p'
  echo "Accounts"
  awk -F : '
    FILENAME == ARGV[1] { set[$1] = $2 != "*"; next }
    { print "  " $1 "\t" $5 ($7 ~ /nologin$/ ? " (service account)" : set[$1] ? " (password set)" : "") }
  ' "$EXTRAUSERS_DIR/shadow" "$EXTRAUSERS_DIR/passwd" 2>/dev/null || true
}
