#!/bin/sh
# pkg_config.sh <prefix's lib folder> <folder>: runs the README's line over the folder's main.cpp, and what it made.
set -eu
PKG_CONFIG_PATH=$1/pkgconfig
LD_LIBRARY_PATH=$1
export PKG_CONFIG_PATH LD_LIBRARY_PATH
cd "$2"
sh -eux ./line.sh
./my_program
