#!/bin/sh
# mistakes.sh <header> <what it says> <compiler and its options>: the cause stands in the first five lines of what the compiler says.
header=$1 says=$2
shift 2
lines=$("$@" 2>&1 | head -n 5)
printf '%s\n' "$lines"
printf '%s\n' "$lines" | grep -qF -- "$says" || { echo "not in the first five lines for $header: $says"; exit 1; }
