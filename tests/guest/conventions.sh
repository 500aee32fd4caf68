#!/bin/sh
# conventions.sh <page> <folder of conventions.h> <compiler> <installed prefix's lib folder> <work folder>: each row of
# the page's tables is a line of a program, which computes what it says.
set -eu
PKG_CONFIG_PATH=$4/pkgconfig
LD_LIBRARY_PATH=$4
export PKG_CONFIG_PATH LD_LIBRARY_PATH
mkdir -p "$5"
awk -F ' *[|] *' '
  BEGIN { print "#include \"conventions.h\"\n\nnamespace gradtape {\nvoid rows() {" }
  { gsub(/`/, "") }
  NF == 7 && $2 !~ /^(f|-+)$/ {
    printf "  at_point(R\"(%s at %s)\", {%s}, \"%s | %s | %s\",\n", $2, $3, $3, $4, $5, $6
    printf "           [](const Tensor& x, const Tensor& a, const Tensor& b) -> Tensor { return %s; });\n", $2
  }
  NF == 4 && $2 !~ /^(expression|-+)$/ { printf "  gives(R\"(%s)\", \"%s\", [] { return show(%s); });\n", $2, $3, $2 }
  END { print "}\n}\nint main() {\n  gradtape::rows();\n  return gradtape::all_right ? 0 : 1;\n}" }
' "$1" >"$5/rows.cpp"
if [ "$(grep -cE '^  (at_point|gives)' "$5/rows.cpp")" -ne "$(grep -c '^| `' "$1")" ]; then
  echo "$1 has a row that is not read"
  exit 1
fi
# shellcheck disable=SC2046
"$3" -std=c++20 -I"$2" "$5/rows.cpp" -o "$5/rows" $(pkg-config --cflags --libs gradtape)
exec "$5/rows"
