#!/bin/sh
# readmes.sh <source folder> <compiler> <include folder>: what the READMEs and the guide name between backticks is there:
# the commands of ./run, presets, options of CMake, files, and what they call gt::…, also by a table headed `gt::`. Their
# links lead somewhere, and the guide's index to each of its pages.
set -eu
cd "$1"
found=0
missing() { # missing <README> <what>
  echo "$1 names $2, which is not there"
  found=1
}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
printf '#include <gradtape/gradtape.h>\nnamespace gt = gradtape;\nnamespace named {\n' >"$work/names.cpp"
for readme in README.md */README.md docs/[!R]*.md; do
  folder=$(dirname "$readme")
  sed '/^```/,/^```$/d' "$readme" >"$work/text"
  grep -o '`[^`]*`' "$work/text" | tr -d '`' >"$work/named" || true
  sed -n '/^| `gt::` |/,/^$/p' "$work/text" | grep -oE '`[a-z_0-9]+`' | tr -d '`' | sed 's/^/gt::/' >>"$work/named" || true
  for file in $(grep -oE '\]\([^):#]+' "$work/text" | sed 's/^](//'); do
    [ -e "$folder/$file" ] || missing "$readme" "the link $file"
  done
  for command in $(grep -oE '\./run [a-z]+' "$work/named" | sed 's/.* //'); do
    grep -qE "^  $command\)" run || missing "$readme" "./run $command"
  done
  for preset in $(grep -oE -- '--preset [a-z]+' "$work/named" | sed 's/.* //'); do
    grep -q "\"name\": \"$preset\"" CMakePresets.json || missing "$readme" "the preset $preset"
  done
  for option in $(grep -oE -- '-DGT_[A-Z]+' "$work/named" | sed 's/-D//'); do
    grep -qE "(option|set)\($option " CMakeLists.txt || missing "$readme" "the option $option"
  done
  for file in $(grep -E '^[a-z0-9_./]+(/|\.(h|cpp|cu|md|cmake))$' "$work/named"); do
    [ -e "$file" ] || [ -e "$folder/$file" ] || missing "$readme" "$file"
  done
  # A type's function is left out: a using-declaration takes names of namespaces alone.
  grep -oE 'gt::[a-zA-Z_:0-9]+' "$work/named" | sed -E 's/(::[A-Z][A-Za-z]*)::.*/\1/; s/.*/using &;/' |
    sort -u >>"$work/names.cpp" || true
done
for page in docs/[!R]*.md; do
  grep -qF "](${page#docs/})" docs/README.md || { echo "docs/README.md leads not to $page"; found=1; }
done
echo '}' >>"$work/names.cpp"
"$2" -std=c++20 -fsyntax-only -I "$3" "$work/names.cpp" || found=1
exit $found
