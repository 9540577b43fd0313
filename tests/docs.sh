#!/bin/sh
# docs.sh: what the documentation lists is what the code has. Runs in the build folder.
top=$(dirname "$0")/..
failed=0

# listed FILE WHAT...: each of these words stands in FILE.
listed() {
    file=$1
    shift
    for word in "$@"; do
        if ! grep -qw -- "$word" "$file"; then
            echo "${file#"$top/"} lacks $word"
            failed=1
        fi
    done
}

# same WHAT PAGE CODE: both are the same list, one a line, in any order.
same() {
    echo "$2" | sort -u >docs-page.tmp
    echo "$3" | sort -u >docs-code.tmp
    if ! diff docs-page.tmp docs-code.tmp; then
        echo "$1: < is only in the page, > only in the code"
        failed=1
    fi
    rm -f docs-page.tmp docs-code.tmp
}

# plain PAGE [SECTION]: what a manual page's source says, or a section of it, without fonts.
plain() {
    sed 's/\\f[BIR]//g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g' "docs/$1" |
        awk -v section="${2-}" '/^\.SH/ { here = substr($0, 5) == section } here || section == ""'
}

# terms PAGE SECTION: what the section explains.
terms() {
    plain "$1" "$2" | sed -n '/^\.TP$/{n;p}'
}

# known FILE: each method that FILE names is one. A method's heading is its name.
known() {
    methods=$(sed -n 's/^### \([a-z]*\.[a-z_]*\)$/\1/p' "$top/docs/operations.md")
    classes=$(echo "$methods" | cut -d. -f1 | sort -u | paste -sd'|')
    grep -oP "(?<![\w./-])($classes)\.[a-z_]+\b(?![.(/-])" "$1" | sort -u | while read -r name; do
        echo "$methods" | grep -qxF "$name" || echo "${1#"$top/"}: there is no $name"
    done
}

keys=$(sed -n 's/^ *{"[a-z]*", "\([a-z_]*\)", KEY_.*/\1/p; s/^ *{"\([a-z_]*\)", offsetof(struct draft.*/\1/p' \
    "$top/daemon/config.c")
# shellcheck disable=SC2086 # words are what is wanted
listed "$top/docs/azblobd.conf" $keys
# shellcheck disable=SC2046
listed "$top/proto/PROTOCOL.md" $(sed -n 's/^ *X([A-Z_]*, "[A-Za-z]*", "\([A-Za-z]*\)").*/\1/p' "$top/proto/error.h")
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

# The manual pages. `make` fills them from the same tables, by way of the programs' help.
same 'azblob(1), verbs' "$(plain azblob.1 VERBS | sed -n 's/^\.SS //p')" \
    "$(./azblob help | sed -n '/^verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p')"
same 'azblob(1), options' "$(terms azblob.1 OPTIONS | grep -o -- '--[a-z0-9-]*')" \
    "$(sed -n '/define AZB_OPTION_MAP/,/^$/s/.*\(0\|'"'.'"'\), "\([a-z0-9-]*\)", .*/--\2/p' "$top/client/options.h")"
same 'azblob(1), exit status' "$(terms azblob.1 'EXIT STATUS')" \
    "$(sed -n 's/^ *X([A-Z_]*, \([0-9]*\), ".*/\1/p' "$top/client/exit_code.h")"
same 'azblobd(8), options' "$(terms azblobd.8 OPTIONS | grep -o -- '--[a-z0-9-]*')" \
    "$(sed -n 's/.*{"\([a-z-]*\)", [a-z]*_argument, .*/--\1/p' "$top/daemon/main.c")"
same 'azblobd(8), exit status' "$(terms azblobd.8 'EXIT STATUS')" \
    "$(echo 0 && sed -n 's/^ *EXIT_[A-Z]* = \([0-9]*\),.*/\1/p' "$top/daemon/main.c")"
plain azblob.1 ENVIRONMENT >azblob.1.tmp
# shellcheck disable=SC2046
listed azblob.1.tmp $(sed -n 's/^ *"\(AZURE_[A-Z_]*\)",$/\1/p' "$top/client/environment.c")
rm -f azblob.1.tmp
same 'azblobd.conf(5), keys' "$(terms azblobd.conf.5 DESCRIPTION | grep -o '[a-z_]* = ' | tr -d ' =')" "$keys"
same 'azblobd-protocol(7), methods' "$(terms azblobd-protocol.7 'METHODS IN ONE LINE EACH')" \
    "$(sed -n 's/^### \([a-z]*\.[a-z_]*\)$/\1/p' "$top/docs/operations.md")"
same 'libazblob(3), functions' "$(plain libazblob.3 | grep -v '^typedef' | grep -o '\bazblob_[a-z_]*(')" \
    "$(cat "$top/client/azblob.h" client/azblob_methods.h | tr '\n' ' ' | grep -oE '(AZBLOB_API|static inline)[^;(]*\(' | grep -o 'azblob_[a-z_]*($')"

# What is written by hand names only verbs and options that there are.
for file in "$top/README.md" "$top"/docs/*.md "$top"/docs/man/*.md; do
    grep -oE '(^|[`(|] ?)azblob [a-z-]+' "$file" | sed 's/.*azblob //' | grep -v '^-' | sort -u |
        while read -r verb; do
            ./azblob help "$verb" >/dev/null || echo "${file#"$top/"}"
        done
done >docs-verbs.tmp 2>&1
if [ -s docs-verbs.tmp ]; then
    cat docs-verbs.tmp
    failed=1
fi
rm -f docs-verbs.tmp

# The pages have no date: they are as old as the program.
if command -v mandoc >/dev/null && mandoc -T lint -W warning docs/*.[1-9] | grep -v 'missing date'; then
    failed=1
fi
exit $failed
