#!/bin/sh
# compare.sh <program> <file>: the program prints what the file says, in any spacing, its numbers within 1e-6 of theirs.
# Prints the largest relative difference.
set -eu
printed=$("$1")
printf '%s\n' "$printed" | sed -E 's/ cpu, .*/ cpu/' | awk '
  function read_all(text, into, count) {
    gsub(/[ \n]/, "", text)
    while (text != "") {
      if (!match(text, /^-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?/) && !match(text, /^[^-0-9]+/)) RLENGTH = 1
      into[++count] = substr(text, 1, RLENGTH)
      text = substr(text, RLENGTH + 1)
    }
    return count
  }
  function is_number(token) { return token ~ /^-?[0-9]/ }
  function size(x) { return x < 0 ? -x : x }
  FNR == 1 { ++file }
  { texts[file] = texts[file] $0 "\n" }
  END {
    count = read_all(texts[1], wanted, 0)
    if (count == 0 || count != read_all(texts[2], got, 0)) {
      print "not as many words and numbers as are wanted:\n" texts[2] "wanted:\n" texts[1]
      exit 1
    }
    for (i = 1; i <= count; ++i) {
      if (!is_number(wanted[i])) wrong = wanted[i] != got[i]
      else if (!is_number(got[i])) wrong = 1
      else {
        difference = size(wanted[i] - got[i])
        wrong = difference > 1e-6 * size(wanted[i])
        if (difference > largest * size(wanted[i])) largest = difference / size(wanted[i])
      }
      if (wrong) {
        print "item " i " is " got[i] ", not " wanted[i] ":\n" texts[2] "wanted:\n" texts[1]
        exit 1
      }
    }
    printf "largest relative difference %.2g\n", largest
  }
' "$2" -
