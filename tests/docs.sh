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

# known FILE: each method that FILE names is one. A method's heading is its name.
known() {
    methods=$(sed -n 's/^### \([a-z]*\.[a-z_]*\)$/\1/p' "$top/docs/operations.md")
    classes=$(echo "$methods" | cut -d. -f1 | sort -u | paste -sd'|')
    grep -oP "(?<![\w./-])($classes)\.[a-z_]+\b(?![.(/-])" "$1" | sort -u | while read -r name; do
        echo "$methods" | grep -qxF "$name" || echo "${1#"$top/"}: there is no $name"
    done
}

# shellcheck disable=SC2046 # words are what is wanted
listed docs/azblobd.conf $(sed -n 's/^ *{"[a-z]*", "\([a-z_]*\)", KEY_.*/\1/p; s/^ *{"\([a-z_]*\)", offsetof(struct draft.*/\1/p' \
    "$top/daemon/config.c")
# shellcheck disable=SC2046
listed proto/PROTOCOL.md $(sed -n 's/^ *X([A-Z_]*, "[A-Za-z]*", "\([A-Za-z]*\)").*/\1/p' "$top/proto/error.h")
./azblobd --check-config --config "$top/docs/azblobd.conf" >/dev/null || failed=1

"$top/docs/operations.py" . >docs-operations.tmp || failed=1
if ! diff "$top/docs/operations.md" docs-operations.tmp; then
    echo "docs/operations.md is out of date: make reference"
    failed=1
fi
rm -f docs-operations.tmp
unknown=$(for file in "$top/README.md" "$top"/proto/*.md "$top"/docs/*.md; do known "$file"; done)
if [ -n "$unknown" ]; then
    echo "$unknown"
    failed=1
fi
exit $failed
