#!/bin/sh
# pkg_config.sh <compiler> <folder of gradtape.pc> <program.cpp> <result>: builds and runs it without CMake.
set -eu
PKG_CONFIG_PATH=$2
export PKG_CONFIG_PATH
# shellcheck disable=SC2046  # the flags are words
"$1" -std=c++20 "$3" -o "$4" $(pkg-config --cflags --libs --static gradtape)
"$4"
