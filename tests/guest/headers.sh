#!/bin/sh
# headers.sh <compiler> <include folder>: each installed header compiles alone, without a warning, found by -I, so that
# the compiler hides none as it does in system headers. (Of cuda/, those that need no toolkit; no kernels.)
set -eu
cd "$2"
export CXX="$1"
find gradtape -name '*.h' ! -name '*_kernels.h' \( ! -path 'gradtape/cuda/*' -o -name runtime.h -o -name strided_index.h \) | sort |
  xargs -P 2 -I '{}' sh -c 'echo "#include <{}>" |
    "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Wno-psabi -Werror -fsyntax-only -I . -x c++ - ||
    { echo "{} does not stand alone"; exit 1; }'
