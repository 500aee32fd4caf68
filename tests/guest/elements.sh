#!/bin/sh
# elements.sh <source folder>: in ops/ and models/ nothing touches elements but kernels: functions that are given a Launch, the loops of
# families and of the CPU, and what lies in .cu files. All other work would escape who stands at the door.
set -eu
cd "$1"
# Pointwise ops call one loop without a launch where nobody watches. A device's pass is put together for its kernel. A view says where it
# begins, and a number of C++ what it is. Files are read into tensors that nobody has seen yet, and written.
allowed='^(ops/pointwise(_backward|_device)?|ops/view/view_of|ops/promotion|models/(csv|idx|safetensors))[.](h|cpp)$'
files=$(find ops models -name '*.h' -o -name '*.cpp' | grep -vE '^ops/(cpu|build)/|_(loops|kernels)[.]h$' | grep -vE "$allowed" | sort)
found=$(awk '
  FNR == 1 { inside = 0; head = "" }
  !inside && (/^namespace/ || /^(#|\/\/|$)/) { head = ""; next }  # a function begins and ends in the first column
  !inside { head = head " " $0 }
  !inside && /{/ { inside = 1 }
  /elements<|->data([^_a-z]|$)|[.]data<|tensor_data\(\)->data/ && head !~ /Launch& / { print FILENAME ":" FNR ": " $0 }
  /^}|^[^ ].*}$|^[^ ].*;$/ { inside = 0; head = "" }
' $files)
[ -z "$found" ] || { printf '%s\n' "$found"; echo "elements are touched outside of a kernel: launch() one"; exit 1; }
