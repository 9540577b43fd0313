#!/bin/sh
# abi.sh: what programs that were built with libazblob rely on: client/abi.txt says all of it, the
# library exports what its headers declare and nothing else, under its version, and the headers
# are C99 and C++17. Runs in the build folder; $CC and $CXX compile.
set -eu
top=$(dirname "$0")/..
failed=0

# same WHAT FILE FILE
same() {
    if ! diff "$2" "$3"; then
        echo "$1"
        failed=1
    fi
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

./client/generate abi "$top/client/abi.txt" >"$folder/abi"
same 'client/abi.txt is out of date: make abi' "$top/client/abi.txt" "$folder/abi"

# What the file does not have yet comes last in its struct; what only the file has is an error.
sed '/^azblob_cpk$/{n;d}' "$top/client/abi.txt" >"$folder/older"
./client/generate abi "$folder/older" | sed -n '/^azblob_cpk$/,/^$/s/.*[*]//p' | paste -sd' ' >"$folder/grown"
echo 'key_hash algorithm key_value' >"$folder/wanted"
same 'a new member is not the last one' "$folder/wanted" "$folder/grown"
(cat "$top/client/abi.txt" && echo '    int no_such_parameter') >"$folder/newer"
if ./client/generate abi "$folder/newer" >"$folder/abi" 2>&1; then
    echo 'a member may go'
    failed=1
fi

cat "$top/client/azblob.h" client/azblob_methods.h | tr '\n' ' ' | grep -o 'AZBLOB_API [^;(]*(' |
    sed -n 's/.*\(azblob_[a-z0-9_]*\)($/\1@@LIBAZBLOB_0.1/p' | sort >"$folder/declared"
nm -D --defined-only .libs/libazblob.so | awk '$2 != "A" { print $3 }' | sort >"$folder/exported"
same '< is declared, > is exported' "$folder/declared" "$folder/exported"

# The headers alone, with all warnings.
includes="-I$top/client -Iclient"
strict='-Wall -Wextra -Wpedantic -Werror -fsyntax-only'
echo '#include <azblob_methods.h>' >"$folder/use.c"
cp "$folder/use.c" "$folder/use.cc"
# shellcheck disable=SC2086 # words are what is wanted
$CC -std=c99 $strict $includes "$folder/use.c" || failed=1
# shellcheck disable=SC2086
$CXX -std=c++17 $strict $includes "$folder/use.cc" || failed=1
exit $failed
