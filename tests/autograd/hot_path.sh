#!/bin/sh
# sh hot_path.sh <hot_path>: fails when a recorded op, forward and backward on one element, takes more instructions than it may.
set -eu
command -v valgrind >/dev/null || { echo "no valgrind"; exit 0; }
grep -qw avx2 /proc/cpuinfo || { echo "no AVX2"; exit 0; }

instructions() {
  GT_CPU=avx2 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 | sed -n 's/.*Collected : //p'
}
failed=0
may_take() {
  taken=$((($(instructions "$1" "$2" 20) - $(instructions "$1" "$2" 10)) / 10000))
  echo "$2: $taken instructions an op of $3"
  [ "$taken" -le "$3" ] || failed=1
}
# Of the C library differ a few from processor to processor: the promise is 560.
may_take "$1" tanh 570
may_take "$1" product 1050
exit $failed
