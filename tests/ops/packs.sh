#!/bin/sh
# packs.sh <objdump> <library>: loops over packs compare packs. GCC takes some comparisons apart and makes them lane by lane, several times slower,
# and nothing else shows it. (Some single comparisons are right: a row's total is one number, and what a scan carries along is; a scan's
# slopes have a rest of single numbers at four places.)
set -eu
found=$("$1" -d -C --no-show-raw-insn "$2" | awk '
  /^[0-9a-f]+ </ { name = $0; sub(/^[0-9a-f]+ </, "", name) }
  /vu?comis[sd]/ { count[name]++ }
  function limit(name) { return name ~ /EachScan/ ? 200 : name ~ /EachFold/ ? 40 : name ~ /EachSlope/ ? 50 : 16 }
  END { for (name in count) if (name ~ /_(256|512)</ && count[name] >= limit(name)) print count[name], "single comparisons in", name }')
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
