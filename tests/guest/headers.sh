#!/bin/sh
# headers.sh <compiler> <include folder>: each installed header compiles alone, without a warning. (stream.h and kernels are nvcc's.)
set -eu
cd "$2"
export CXX="$1"
find gradtape -name '*.h' ! -name stream.h ! -name '*_kernels.h' | sort |
  xargs -P 2 -I '{}' sh -c 'echo "#include <{}>" | "$CXX" -std=c++20 -Wall -Wextra -Wno-psabi -Werror -fsyntax-only -x c++ -I . - || { echo "{} does not stand alone"; exit 1; }'
