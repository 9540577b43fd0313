#!/bin/sh
# install.sh: what `make install` gives to somebody who writes a program: install the library into
# a folder of its own, build the program of README.md by what pkg-config says, and run it with the
# daemon at $AZBLOBD_SOCKET. Prints what the program prints. Runs in the build folder; $CC
# compiles, $SANITIZE are the flags of a library that was built with sanitizers.
set -eu
top=$(dirname "$0")/..
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

make --silent DESTDIR="$folder" install-libLTLIBRARIES install-includeHEADERS \
    install-nodist_includeHEADERS install-pkgconfigDATA >"$folder/log" 2>&1 || {
    cat "$folder/log"
    exit 1
}
pc=$(find "$folder" -name libazblob.pc)
libdir=$(dirname "$(find "$folder" -name libazblob.so)")
# shellcheck disable=SC2016 # a fence, no command
sed -n '/^```c$/,/^```$/{//!p}' "$top/README.md" >"$folder/program.c"
export PKG_CONFIG_PATH="${pc%/*}" PKG_CONFIG_SYSROOT_DIR="$folder"
# shellcheck disable=SC2046,SC2086 # words are what is wanted
$CC $SANITIZE -Wall -Wextra -Werror -o "$folder/program" "$folder/program.c" $(pkg-config --cflags --libs libazblob)

date >"$folder/now.txt"
"$AZBLOB" mb demo
"$AZBLOB" put -q "$folder/now.txt" demo/notes/
LD_LIBRARY_PATH=$libdir "$folder/program"
