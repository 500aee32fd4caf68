#!/bin/sh
# guide.sh <page> <compiler> <installed prefix's lib folder> <work folder>: runs a page's blocks as its reader does.
#
# A program is a cpp block with a main(), and all blocks before it whose first line names their file: `// center.h: …`,
# `# CMakeLists.txt`. The text block behind it is what it prints, to the letter; in a console block the numbers are those
# of one run, and may be others.
set -eu
page=$1 compiler=$2 lib=$3 work=$4
PKG_CONFIG_PATH=$lib/pkgconfig
LD_LIBRARY_PATH=$lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH
rm -rf "$work"
mkdir -p "$work"

# Into a folder for each program, 1, 2, …; `text` or `console` is what it prints.
awk -v work="$work" -v page="$page" '
  function refuse(why) {
    print page ":" NR ": " why
    failed = 1
    exit 1
  }
  function begin() {
    if (folder) return
    folder = work "/" ++programs
    system("mkdir -p " folder)
  }
  /^```/ && !language {
    language = substr($0, 4)
    block = file = ""
    next
  }
  /^```$/ {
    if (language ~ /^(text|console)$/) {
      if (!done) refuse("what is printed stands behind no program")
      file = done "/" language
    } else begin()
    if (language == "cpp" && block ~ /\nint main\(\)/) file = folder "/main.cpp"
    if (!file && match(block, /^(\/\/|#) ([a-z_]+\.(h|cpp)|CMakeLists\.txt)[:\n]/)) {
      split(block, words, /[ :\n]/)
      file = folder "/" words[2]
    }
    if (!file) refuse("a block that is neither a program nor names its file, so that no test runs it")
    printf "%s", block >file
    close(file)
    done = file ~ /main\.cpp$/ ? folder : ""
    if (done) folder = ""
    language = ""
    next
  }
  language { block = block $0 "\n" }
  END {
    if (!failed && (language || folder)) refuse("a block that does not end, or belongs to no program")
  }
' "$page"

build() { # in a program's folder
  if [ -f CMakeLists.txt ]; then
    cmake -G Ninja -S . -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
      -Dgradtape_DIR="$lib/cmake/gradtape" &&
      cmake --build build && ctest --test-dir build --output-on-failure && mv build/my_program .
  else
    # shellcheck disable=SC2046
    "$compiler" -std=c++20 main.cpp -o my_program $(pkg-config --cflags --libs gradtape)
  fi
}
without_numbers() { sed -E 's/[0-9]+([.][0-9]+)?/0/g; s/ +/ /g' "$1"; }

failed=0
for folder in "$work"/[1-9]*; do
  [ -d "$folder" ] || continue
  cd "$folder"
  echo "$page, program ${folder##*/}"
  build >log 2>&1 && ./my_program >printed || { cat log; failed=1; continue; }
  [ ! -f text ] || diff text printed || failed=1
  [ ! -f console ] || { without_numbers console >shown && without_numbers printed | diff shown -; } || failed=1
done
exit $failed
