#!/bin/sh
# reference.sh <page> <folder of ops>: the reference page has every op, and every public function of their headers, of new
# tensors, layers and losses.
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
headers="$(grep -l 'Location at = Location::current' */*.h) random.h ../autograd/tensor.h ../models/layers.h ../models/losses.h ../models/margin_losses.h"
declarations=$(cat $headers | sed -e ':all' -e '$!{N;b all' -e '}' -e 's/\n  */ /g')  # each in one line
for function in $(echo "$declarations" | sed -n 's/^\(inline \)\{0,1\}[A-Za-z:<>]*&\{0,1\} \([a-z0-9_]*\)(.*Location at = Location.*/\2/p'); do
  grep -q "^\(template <[^>]*> \)\{0,1\}[A-Za-z:<>]*&\{0,1\} $function(" "$page" || lacks "the function $function()"
done
exit $missing
