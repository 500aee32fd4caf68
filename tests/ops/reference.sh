#!/bin/sh
# reference.sh <page> <folder of ops>: the reference page has every op, and every public function of their headers.
set -eu
page=$1
cd "$2"
missing=0
lacks() {
  echo "$1 is not in the op reference"
  missing=1
}
for op in $(sed -n 's/.*static constexpr auto name = "\([a-z0-9_]*\)".*/\1/p' */*.h); do
  grep -q "^- \`$op\`" "$page" || lacks "the op $op"
done
for function in $(sed -n 's/^\(inline \)\{0,1\}[A-Za-z:<>]*&\{0,1\} \([a-z0-9_]*\)(.*Location at = .*/\2/p' $(grep -l 'Location at = Location::current' */*.h)); do
  grep -q "^[A-Za-z:<>]*&\{0,1\} $function(" "$page" || lacks "the function $function()"
done
exit $missing
