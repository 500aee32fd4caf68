#!/bin/sh
# public_door.sh <source folder> <compiler> <include folder>: models/ includes what users have, which is what gradtape.h reaches, and
# headers of its own.
set -eu
cd "$1"
reached=$("$2" -std=c++20 -I "$3" -MM "$3/gradtape/gradtape.h" | grep -o 'gradtape/[a-z]*/*[^ ]*[.]h')
found=0
for include in $(cat models/*.h models/*.cpp | sed -n 's|^#include <\(gradtape/.*\)>.*|\1|p' | grep -v '^gradtape/models/' | sort -u); do
  printf '%s\n' "$reached" | grep -qxF "$include" && continue
  grep -n "#include <$include>" models/*.h models/*.cpp
  echo "$include is not reached from gradtape.h: models/ go round the public door"
  found=1
done
exit $found
