#!/bin/sh
# definitions.sh <source folder>: what x.h declares, x.cpp or x.cu defines, in whatever folder: functions, and members of classes. Beside them
# stands absent.cpp, which defines for a build without CUDA what others define for one with it.
set -eu
cd "$1"
files=$(find autograd ops cuda models -name '*.h' -o -name '*.cpp' -o -name '*.cu' | grep -vE '^ops/build/|/absent[.]cpp$' | sort)
found=$(awk '
  FNR == 1 { text = ""; stem = FILENAME; sub(/.*\//, "", stem); sub(/[.].*/, "", stem); is_header = FILENAME ~ /[.]h$/ }
  match($0, /(struct|class) (\[\[[^]]*\]\] )?[A-Z][A-Za-z_]*/) {
    type = substr($0, RSTART, RLENGTH); sub(/.* /, "", type); types[stem, type] = 1
  }
  text == "" && !/^[A-Za-z[]/ { next }  # a function begins in the first column
  { text = text " " $0 }
  !/[;{}]( *\/\/.*)?$/ { next }
  {
    ends = /;( *\/\/.*)?$/
    gsub(/\[\[[^]]*\]\]/, "", text)
    is_function = text ~ /\(/ && text !~ /^ (alignas|using|extern|struct|class|namespace)/
    is_plain = text !~ /^ (template|static|inline|constexpr|constinit)/
    sub(/\(.*/, "", text)
    name = match(text, /(operator[^A-Za-z]+|[A-Za-z_0-9]+)$/) ? substr(text, RSTART) : ""
    if (is_function && ends && is_plain && is_header) declared[stem, name] = FILENAME ":" FNR ": " name
    if (is_function && !ends) {
      defined[stem, name] = 1
      if (!is_header && match(text, /[A-Z][A-Za-z]*::~?[A-Za-z_0-9]+$/)) {
        type = substr(text, RSTART); sub(/::.*/, "", type)
        member[stem, type] = FILENAME ":" FNR ": " type "::" name
      }
    }
    text = ""
  }
  END {
    for (which in declared) if (!(which in defined)) print declared[which]
    for (which in member) if (!(which in types)) print member[which]
  }
' $files | sort)
[ -z "$found" ] || { printf '%s\n' "$found"; echo "what x.h declares, x.cpp defines: bring them together"; exit 1; }
