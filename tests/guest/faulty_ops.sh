#!/bin/sh
# faulty_ops.sh <every_op of the faulty ops>: each fault is reported once, by op and example, and those after it too.
set -eu
report=$("$1" --gtest_brief=1 2>&1) && { echo "no fault was found"; exit 1; }
printf '%s\n' "$report"
wanted='throws: three: three are too many
throws_before: its examples: no example is at hand
doubled: []: d of output 0 by element 0 of input 0 []: got 3, wanted 2
one_sided: []: d of output 0 by element 0 of input 0 []: got nan, wanted -0.726
nan_in_float32: []: in float32: element 0 is nan, wanted 1 within 5e-06
nan_in_float64: []: in float32: element 0 is 0, wanted nan within 5e-06'
faults=$(printf '%s\n' "$report" | grep -c '^Failed$')
[ "$faults" = 6 ] || { echo "6 ops are faulty, $faults faults were reported"; exit 1; }
printf '%s\n' "$wanted" | while read -r line; do
  printf '%s\n' "$report" | grep -qF "$line" || { echo "not reported: $line"; exit 1; }
done
