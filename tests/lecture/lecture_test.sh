#!/bin/sh
# lecture_test.sh <lecture> <topics' folder> <work folder>: the program as a person runs it, and what it says to bad input.
set -u
program=$1 sources=$2 work=$3
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
. "$(dirname "$0")/../support/program.sh"
one_line() { require test "$(printf '%s\n' "$said" | wc -l)" -eq 1; }

expect 0 'cross_entropy' --list
for topic in $said; do
  require test "$(wc -l <"$sources/$topic.cpp")" -le 60
done
expect 0 '2 topics in' softmax cross_entropy
require test -s lecture.html
require sh -c '! grep -qE "(src|href)=\"?https?:" lecture.html'
require grep -q 'id="softmax"' lecture.html
require grep -q '^  return gt::sum(p \* (gt::log(p) - gt::log_softmax(z, 1)));$' lecture.html  # the code that made it, as it is indented
require sh -c '! grep -q "\[slide\]" lecture.html'
expect 0 'other.html' three_losses --out other.html
require sh -c '! grep -q "id=\"softmax\"" other.html'

expect 1 'no topic cros_entropy: did you mean cross_entropy?' cros_entropy
one_line
expect 1 'no topic xyzzy: --list names them' xyzzy
one_line
expect 1 '--out no/such/folder/l.html cannot be written' --out no/such/folder/l.html
one_line
expect 1 'is a folder' --out .
one_line
expect 2 'not expected: --bad' --bad
one_line
expect 2 'gpu not in {cpu,cuda}' --device gpu
one_line
"$program" three_losses --device cuda >/dev/null 2>&1 || { expect 1 'there is no CUDA device' three_losses --device cuda; one_line; }
exit $failed
