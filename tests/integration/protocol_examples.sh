#!/usr/bin/env bash
# protocol_examples.sh: runs the programs in proto/PROTOCOL.md as they stand there, against the
# daemon at $AZBLOBD_SOCKET. Each must end well and have printed that the daemon answered.
set -euo pipefail
page=$(dirname "$(readlink -f "$0")")/../../proto/PROTOCOL.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# example LANGUAGE INTERPRETER...: the one block of that language.
example() {
    local language=$1 program=$work/$1
    shift
    awk -v fence="\`\`\`$language" '$0 == fence {on = 1; next} /^```/ {on = 0} on' "$page" >"$program"
    [ -s "$program" ] || { printf 'PROTOCOL.md has no %s program\n' "$language" >&2; return 1; }
    "$@" "$program" >"$work/out"
    grep -qi true "$work/out" || { printf '%s printed: %s\n' "$language" "$(cat "$work/out")" >&2; return 1; }
    printf '%s: %s\n' "$language" "$(cat "$work/out")"
}

example python /usr/bin/python3
example lua lua5.1
