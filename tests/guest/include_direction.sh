#!/bin/sh
# include_direction.sh <source folder>: models include ops and autograd, ops include autograd, nothing includes upwards.
set -eu
cd "$1"
found=0
refuse() { # refuse <folder> <what it may not include>
  if grep -rnE "#include [<\"](gradtape/)?($2)[/.]" "$1" --include='*.h' --include='*.cpp' --include='*.cu'; then
    echo "$1 includes upwards"
    found=1
  fi
}
refuse autograd 'ops|models|cuda'
refuse ops/pointwise 'models|cuda'
refuse ops 'models'
refuse cuda 'models'
# Third-party types stay out of every public header.
if grep -rnE '#include <(fmt|nlohmann|CLI|zlib|cblas|lapack)' autograd ops models --include='*.h'; then
  echo "a dependency shows in a header"
  found=1
fi
exit $found
