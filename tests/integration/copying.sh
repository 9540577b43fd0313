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

# summary LABEL KEY VALUE: the last line of the last command's output has this number.
summary() {
    same_text "$1" "$(tail -n 1 "$work/out" | sed -n "s/.*\"$2\":\\([0-9]*\\).*/\\1/p")" "$3"
}

md5_of() {
    azblob stat -o json "$1" | sed -n 's/.*"content_md5": *"\([^"]*\)".*/\1/p'
}

# Times are wrong on purpose: only bytes count.
checksums() {
    local up=$work/sums/up
    mkdir -p "$up/a"
    printf 'one' >"$up/a/one"
    printf 'two' >"$up/two"
    head -c 1000 /dev/urandom >"$up/three"
    exits 'a tree goes up' 0 azblob put -q -r "$up" copying/sums
    touch -d 2099-01-01 "$up/a/one" "$up/three"
    printf 'TWO' >"$up/two"
    touch -d 2001-01-01 "$up/two"
    exits 'what to do by --checksum' 0 azblob sync --checksum --dry-run "$up" az://copying/sums
    same_text 'is other bytes, new or old' "$(cat "$work/out")" "copy $up/two"
    exits 'put does so too' 0 azblob put -r --checksum -o jsonl "$up" copying/sums
    summary 'and copies one' copied 1
    same_text 'with its bytes' "$(azblob cat copying/sums/two)" TWO
    exits 'a sync by time' 0 azblob sync --dry-run -o jsonl "$up" az://copying/sums
    summary 'would copy the others' copied 2
    touch -d 2001-01-01 "$up/a/one"
    exits 'down, the same is not fetched again' 0 azblob get -r --checksum -o jsonl copying/sums "$up"
    summary 'for being newer' copied 0
    printf 'ONE' >"$up/a/one"
    exits 'other bytes' 0 azblob sync --checksum -o jsonl az://copying/sums "$up"
    summary 'are' copied 1
    same_text 'whatever the time' "$(cat "$up/a/one")" one
    exits 'across' 0 azblob cp -q -r az://copying/sums az://copying/again
    exits 'and once more' 0 azblob cp -r --checksum -o jsonl az://copying/sums az://copying/again
    summary 'copies nothing' copied 0
    exits 'one file of the same bytes' 0 azblob put --checksum -o jsonl "$up/two" copying/sums/two
    summary 'is skipped' skipped 1
    exits 'one of others' 0 azblob cp --checksum -o jsonl "$up/three" az://copying/again/two
    summary 'is copied' copied 1
    exits 'and one where nothing is' 0 azblob get --checksum -o jsonl copying/again/two "$work/sums/two"
    summary 'too' copied 1

    head -c 9000000 /dev/urandom >"$up/blocks"
    exits 'stored with its MD5' 0 azblob put --put-md5 "$up/blocks" copying/sums/blocks
    same_text 'has it' "$(md5_of copying/sums/blocks)" "$(openssl md5 -binary "$up/blocks" | base64)"
    touch -d 2099-01-01 "$up/blocks"
    exits 'and is known by it' 0 azblob sync --checksum --dry-run -o jsonl "$up" az://copying/sums
    summary 'whatever its time' copied 0
    azblob set --replace copying/sums/blocks content_type=text/plain || fail 'an MD5 is taken away' ''
    exits 'without one' 0 azblob sync --checksum --dry-run "$up" az://copying/sums
    same_text 'the time decides' "$(cat "$work/out")" "copy $up/blocks"
    printf 'two\n' >"$work/names"
    exits 'a list of names, which are copied anyway' 2 azblob sync --checksum --from "$work/names" "$up" \
        az://copying/sums
    says 'is refused' '--from'
}

# Of a single name --overwrite means the same as of many.
overwriting() {
    printf 'old' >"$work/old"
    touch -d 2001-01-01 "$work/old"
    printf 'new' | azblob put - copying/over
    exits 'what is there stays' 4 azblob put --overwrite never "$work/old" copying/over
    exits 'and what is older' 0 azblob put --overwrite ifSourceNewer "$work/old" copying/over
    same_text 'is no reason' "$(azblob cat copying/over)" new
    exits 'nor down' 4 azblob get --overwrite never copying/over "$work/old"
    exits 'but newer is' 0 azblob get --overwrite ifSourceNewer copying/over "$work/old"
    same_text 'one' "$(cat "$work/old")" new
    exits 'to where nothing is' 0 azblob put --overwrite ifSourceNewer "$work/old" copying/fresh
    same_text 'it comes' "$(azblob cat copying/fresh)" new
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
[ $# -gt 0 ] || set -- progress checksums overwriting
for group; do
    printf '# %s\n' "$group"
    "$group"
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
