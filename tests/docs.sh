#!/bin/sh
# docs.sh: what the documentation lists is what the code has. Runs in the build folder.
top=$(dirname "$0")/..
failed=0

# listed FILE WHAT...: each of these words stands in FILE.
listed() {
    file=$1
    shift
    for word in "$@"; do
        if ! grep -qw -- "$word" "$top/$file"; then
            echo "$file lacks $word"
            failed=1
        fi
    done
}

# shellcheck disable=SC2046 # words are what is wanted
listed docs/azblobd.conf $(sed -n 's/^ *{"[a-z]*", "\([a-z_]*\)", KEY_.*/\1/p; s/^ *{"\([a-z_]*\)", offsetof(struct draft.*/\1/p' \
    "$top/daemon/config.c")
# shellcheck disable=SC2046
listed proto/PROTOCOL.md $(sed -n 's/^ *X([A-Z_]*, "[A-Za-z]*", "\([A-Za-z]*\)").*/\1/p' "$top/proto/error.h")
./azblobd --check-config --config "$top/docs/azblobd.conf" >/dev/null || failed=1
exit $failed
