#!/usr/bin/env bash
# protocol_examples.sh: runs the programs in proto/PROTOCOL.md as they stand there, against the
# daemon at $AZBLOBD_SOCKET, whose default account can be written to. Each must end well, and its
# last line say that what it tried is true.
set -euo pipefail
page=$(dirname "$(readlink -f "$0")")/../../proto/PROTOCOL.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# example LANGUAGE INTERPRETER...: the blocks of that language, one after the other.
example() {
    local language=$1 program=$work/$1
    shift
    awk -v fence="\`\`\`$language" '$0 == fence {on = 1; next} /^```/ {on = 0} on' "$page" >"$program"
    [ -s "$program" ] || { printf 'PROTOCOL.md has no %s program\n' "$language" >&2; return 1; }
    "$@" "$program" >"$work/out"
    tail -n 1 "$work/out" | grep -qi true || { printf '%s printed: %s\n' "$language" "$(cat "$work/out")" >&2; return 1; }
    printf '%s: %s\n' "$language" "$(cat "$work/out")"
}

example python /usr/bin/python3
example lua lua5.1
