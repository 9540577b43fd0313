#!/usr/bin/env bash
# copying.sh BUILD [GROUP...]: how put, get, cp, mv, sync and cat go about it, against a real server
# (Azurite), through a real daemon: what they choose to copy, what they show meanwhile, and what
# becomes of failures and signals. Prints a line for each case and at the end
# `N passed, N failed`; ends with 1 if any failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:-.}")
PATH=$build:$PATH
# shellcheck source=tests/integration/azurite.sh
. "$here/azurite.sh"
# shellcheck source=tests/integration/azblobd.sh
. "$here/azblobd.sh"
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/azblobd-copying-XXXXXX")
server_pid=

finish() {
    azblobd_stop
    azurite_stop
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# --- the cases ---

# on_terminal COMMAND...: with a terminal for standard error; what that shows is in $work/shown.
on_terminal() {
    "$here/on_terminal.py" "$work/shown" "$@"
}

# shows LABEL PATTERN: the terminal had that at some time.
shows() {
    if tr '\r' '\n' <"$work/shown" | grep -qE -- "$2"; then
        pass "$1"
    else
        fail "$1" "no '$2' in: $(tr '\r' '\n' <"$work/shown")"
    fi
}

progress() {
    local port pid
    head -c 8000000 /dev/urandom >"$work/8M"
    exits 'a blob' 0 azblob put "$work/8M" copying/8M
    exits 'a blob to a pipe' 0 on_terminal azblob cat --bwlimit 6M copying/8M
    same_file 'comes' "$work/8M" "$work/out"
    shows 'with how much of it, how fast, how long' \
        '[0-9.]+ MiB of 7\.6 MiB, [0-9.]+ MiB/s, [0-9]+ s left'
    exits 'the same by get' 0 on_terminal azblob get --bwlimit 6M copying/8M -
    shows 'with its progress' 'of 7\.6 MiB, '
    exits 'and up' 0 on_terminal azblob put --bwlimit 6M "$work/8M" copying/8M
    shows 'with its progress' '7\.6 MiB, [0-9.]+ MiB/s'
    exits 'asked to be silent' 0 on_terminal azblob cat --progress none --bwlimit 6M copying/8M
    same_text 'it is' "$(wc -c <"$work/shown")" 0
    exits 'a blob to a terminal' 0 on_terminal bash -c 'azblob cat --bwlimit 6M copying/8M >&2'
    same_text 'is the only thing there' "$(grep -ac ' s left' "$work/shown")" 0

    exec {server_out}< <(exec /usr/bin/python3 "$here/copy_server.py" "$work/go_on")
    server_pid=$!
    read -r -t 20 -u "$server_out" port
    printf '[profile slow]\naccount_url = http://127.0.0.1:%s/acct\naccount_key = bm90IHRoZSBrZXk=\n' \
        "$port" >>"$work/config"
    kill -HUP "$azblobd_pid"
    until_true azblob --profile slow stat ccc/source
    on_terminal azblob cp slow:ccc/source slow:ccc/target </dev/null &
    pid=$!
    until_true grep -q '512\.0 MiB' "$work/shown"
    same_text 'a copy by the service shows how far it is' "$?" 0
    : >"$work/go_on"
    wait "$pid"
    same_text 'and ends well' "$?" 0
    shows 'with a summary' 'azblob: cp: 1 copied \(1\.0 GiB\) in '
}

azurite_install && azurite_start || exit 1
{
    printf '[daemon]\n[profile default]\n' && azurite_profile
    printf '[retry]\nfirst_delay_ms = 10\nmax_delay_ms = 50\n'
} >"$work/config"
export AZBLOBD_SOCKET=$work/socket
azblobd_start "$AZBLOBD_SOCKET" "$work/config" || exit 1
azblob mb copying || exit 1

shift
[ $# -gt 0 ] || set -- progress
for group; do
    printf '# %s\n' "$group"
    "$group"
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
