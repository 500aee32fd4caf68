# Sourced by a test of a $program as a person runs it, in an empty folder: `expect`, `require`, and whether something $failed.
failed=0

# expect <exit status> <text in what it prints> <words…>
expect() {
  wanted=$1 text=$2
  shift 2
  said=$("$program" "$@" 2>&1 </dev/null)
  status=$?
  if [ $status -ne "$wanted" ] || ! printf '%s' "$said" | grep -qF -- "$text"; then
    printf '%s %s\n  exit status %s, wanted %s; no "%s" in:\n%s\n' "${program##*/}" "$*" $status "$wanted" "$text" "$said"
    failed=1
  fi
}
require() { "$@" || { echo "not so: $*"; failed=1; }; }
