#!/usr/bin/env bash
# run.sh BUILD: the azblob command against a real server (Azurite), through a real daemon.
# BUILD is the folder with azblob and azblobd. Prints a line for each case and at the end
# `N passed, N failed`; ends with 1 if any failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

finish_more() {
    mountpoint -q "$work/tiny" && umount "$work/tiny"
}

configure_more() {
    printf '[profile badkey]\naccount_url = %s\naccount_key = bm90IHRoZSBrZXk=\n' "$azurite_url"
    printf '[profile dead]\naccount_url = http://127.0.0.1:1/acct\naccount_key = bm90IHRoZSBrZXk=\n'
}

# --- the cases ---

contents() {
    local size name
    exits 'a container is made' 0 azblob mb demo
    exits 'a second time it exists' 4 azblob mb demo
    says 'and the error says so' ContainerAlreadyExists
    for size in 0 1 300 5000000; do
        head -c "$size" /dev/urandom >"$work/$size"
        exits "put $size bytes" 0 azblob put "$work/$size" "demo/$size"
        exits "get $size bytes" 0 azblob get "demo/$size" "$work/back"
        same_file "$size bytes came back" "$work/$size" "$work/back"
        exits "cat $size bytes" 0 azblob cat "demo/$size"
        same_file "cat gave $size bytes" "$work/$size" "$work/out"
    done
    exits 'an existing blob is kept with -n' 4 azblob put -n "$work/300" demo/1
    exits 'and still has its bytes' 0 azblob cat demo/1
    same_file 'the same one' "$work/1" "$work/out"
    exits 'without -n it is replaced' 0 azblob put "$work/300" demo/1
    exits 'an existing file is kept with -n' 4 azblob get -n demo/1 "$work/300"
    exits 'get tells what came' 0 azblob get -o jsonl --fields size,properties.blob_type demo/1 "$work/back"
    prints 'in one object' '{"size":300,"properties.blob_type":"BlockBlob"}'
    exits 'but not into the bytes' 0 azblob get -o jsonl demo/1 -
    same_file 'which are the same' "$work/300" "$work/out"
}

# Every byte that a name can have goes both ways as it is (the service itself makes "/" of "\").
names() {
    local name
    exits 'a container for names' 0 azblob mb names
    for name in 'a space' '100%' '%41' 'a#b' 'a?b' 'a+b&c=d' "it's" 'dir/in/side' 'grüße/日本' \
        $'new\nline'; do
        printf '%s' "$name" >"$work/name"
        exits "put: $name" 0 azblob put "$work/name" "names/$name"
        exits "cat: $name" 0 azblob cat --literal "names/$name"
        same_file "its bytes: $name" "$work/name" "$work/out"
    done
    exits 'all are listed' 0 azblob ls -r -0 names
    same_text 'as they are' \
        "$(tr '\n\0' '\1\n' <"$work/out" | sed 's/\x01/\\n/' | LC_ALL=C sort)" \
        "$(printf '%s\n' 'a space' '100%' '%41' 'a#b' 'a?b' 'a+b&c=d' "it's" 'dir/in/side' \
            'grüße/日本' 'new\nline' | LC_ALL=C sort)"
    exits 'one level is listed' 0 azblob ls names
    says 'with its folders' 'dir/'
    exits 'a prefix is listed' 0 azblob ls -r names/dir/
    says 'with its names' 'dir/in/side'
    exits 'one is removed' 0 azblob rm 'names/a space'
    exits 'and is gone' 3 azblob stat 'names/a space'
    exits 'a container with blobs stays' 4 azblob rb names
    exits 'the rest goes in a batch' 0 azblob rm -r names/
    exits 'nothing is left' 0 azblob ls -r names
    same_text 'not one name' "$(cat "$work/out")" ''
    exits 'the empty container goes' 0 azblob rb names
    exits 'and is gone' 3 azblob ls names
}

pipes() {
    mkdir -p "$work/tree/sub"
    head -c 100000 /dev/urandom >"$work/tree/sub/bytes"
    tar c -C "$work/tree" . >"$work/tar"
    if tar c -C "$work/tree" . | azblob put - demo/t; then
        pass 'a pipe goes up'
    else
        fail 'a pipe goes up' "status $?"
    fi
    same_text 'a pipe comes down' "$(azblob cat demo/t | tar t)" "$(tar tf "$work/tar")"
    azblob cat demo/t | cmp -s - "$work/tar"
    same_text 'byte for byte' "$?" 0
    azblob cat demo/5000000 2>"$work/err" | head -c 10 | cmp -s - <(head -c 10 "$work/5000000")
    same_text 'a reader may stop early' "${PIPESTATUS[*]:1}" '0 0'
    same_text 'which is no error to speak of' "$(cat "$work/err")" ''
}

listings() {
    local i
    exits 'a container for a listing' 0 azblob mb many
    mkdir -p "$work/many"
    for ((i = 0; i < 300; i++)); do
        printf '%d' "$i" >"$work/many/$(printf '%03d' "$i")"
    done
    exits 'three hundred go up at once' 0 azblob put "$work"/many/* many/
    exits 'they are listed' 0 azblob ls -r many
    same_text 'all of them, in order' "$(md5sum <"$work/out")" \
        "$(printf '%03d\n' {0..299} | md5sum)"
    exits 'as JSON lines' 0 azblob ls -r -o jsonl many
    same_text 'one each' "$(wc -l <"$work/out")" 300
    exits 'as many as wanted' 0 azblob ls -r --max 7 many
    same_text 'seven' "$(wc -l <"$work/out")" 7
    exits 'more than one batch of deletes' 0 azblob rm -r many/
    exits 'leaves' 0 azblob ls -r many
    same_text 'nothing' "$(cat "$work/out")" ''
    exits 'a container is forced away' 0 azblob rb --force many
    exits 'containers are listed' 0 azblob ls
    says 'by their names' demo
}

failures() {
    exits 'no such container' 3 azblob ls nowhere
    says 'by its code' ContainerNotFound
    exits 'no such blob' 3 azblob cat demo/nothing
    says 'by its name' 'demo/nothing'
    exits 'nothing is half-written' 3 azblob get demo/nothing "$work/nothing"
    absent 'not even an empty file' "$work/nothing"
    exits 'of two to remove one is missing' 1 azblob rm demo/300 demo/nothing
    says 'and is named' 'demo/nothing'
    exits 'a refused key' 6 azblob --profile badkey ls
    exits 'a dead service' 5 azblob --profile dead ls
    says 'and where it should be' 127.0.0.1:1
    exits 'an unknown profile' 78 azblob --profile nobody ls
    exits 'no such file' 1 azblob put "$work/none" demo/none
    says 'and its name' "$work/none"
    exits 'a folder is no file' 1 azblob put "$work" demo/none
    exits 'nothing was made of it' 3 azblob stat demo/none
    if [ "$(id -u)" -ne 0 ]; then
        install -m 0 /dev/null "$work/closed"
        exits 'an unreadable file' 1 azblob put "$work/closed" demo/none
        says 'and why' 'Permission denied'
    fi
    exits 'a name that is too long' 2 azblob stat "demo/$(printf 'n%.0s' {1..5000})"
    says 'and what was too long' blob
    exits 'no verb' 2 azblob
    exits 'an unknown verb' 2 azblob frobnicate
    says 'which is named' frobnicate
    exits 'an unknown option' 2 azblob ls --frobnicate
    exits 'too few arguments' 2 azblob stat
    exits 'an unknown method' 2 azblob call blob.frobnicate
    exits 'an unknown parameter' 2 azblob call blob.get_blob_properties container=c blob=b tea=1
    says 'which is named' tea
    exits 'a parameter of the wrong type' 2 azblob call blob.get_blob_properties container=1 blob=b
    says 'which is named' container
    exits 'nobody there and not to be started' 69 azblob --no-start --socket "$work/nobody" ping
    says 'and where was looked' "$work/nobody"
    exits 'a deadline' 124 azblob --deadline 1ms cat demo/5000000
}

full_disks() {
    azblob cat demo/5000000 >/dev/full 2>"$work/err"
    same_text 'standard output has no room' "$?" 1
    says 'and why' 'No space left on device'
    mkdir -p "$work/tiny"
    if ! mount -t tmpfs -o size=1m tmpfs "$work/tiny" 2>/dev/null; then
        printf '# a full disk: not tried, mounting is not allowed here\n'
        return
    fi
    exits 'a disk has no room' 1 azblob get demo/5000000 "$work/tiny/big"
    says 'and why' 'No space left on device'
    same_text 'and nothing was left on it' "$(ls -A "$work/tiny")" ''
    umount "$work/tiny"
}

# Many clients find no daemon at once: one starts it, all are served.
race() {
    local i pids=() ok=0 daemons
    mkdir -m 700 "$work/race"
    for ((i = 0; i < 8; i++)); do
        AZBLOBD_SOCKET=$work/race/s azblob call rpc.hello >"$work/race/$i" 2>&1 </dev/null &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i" && ok=$((ok + 1))
    done
    same_text 'eight clients at once are served' "$ok" 8
    daemons=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$work"/race/[0-7] | sort -u)
    same_text 'by one daemon' "$(wc -w <<<"$daemons")" 1
    for i in $daemons; do
        kill "$i"
        until_true eval "! kill -0 $i"
        same_text 'which ends on SIGTERM' "$?" 0
    done
}

# What is under way when SIGTERM comes is brought to its end.
drain() {
    local got
    mkfifo "$work/pipe"
    azblob cat demo/5000000 >"$work/pipe" 2>"$work/err" </dev/null &
    exec {reader}<"$work/pipe"
    head -c 1 <&"$reader" >"$work/drained" # so much is certain: it runs
    azblobd_signal_and_wait_refused
    cat <&"$reader" >>"$work/drained"
    exec {reader}<&-
    wait $!
    same_text 'a call under way ends well' "$?" 0
    same_file 'with all its bytes' "$work/5000000" "$work/drained"
    wait "$azblobd_pid"
    got=$?
    azblobd_pid=
    same_text 'and then the daemon' "$got" 0
    exits 'nobody answers any more' 69 azblob --no-start ping
}

azblobd_signal_and_wait_refused() {
    kill -TERM "$azblobd_pid"
    until_true eval '! azblob --no-start ping'
    same_text 'a stopping daemon takes no new clients' "$?" 0
}

reload() {
    exits 'a profile that is not there yet' 78 azblob --profile later ls
    { printf '[profile later]\n' && azurite_profile; } >>"$work/config"
    kill -HUP "$azblobd_pid"
    until_true azblob --profile later ls
    same_text 'SIGHUP brings it' "$?" 0
    exits 'the old ones go on' 0 azblob stat demo/5000000
    printf '[profile broken\nnonsense' >"$work/config"
    kill -HUP "$azblobd_pid"
    exits 'a broken file changes nothing' 0 azblob --profile later stat demo/5000000
}

protocol() {
    exits 'a stock client speaks to it' 0 env \
        AZURE_STORAGE_CONNECTION_STRING="$(azurite_connection_string)" \
        /usr/bin/python3 "$here/stock_client.py"
    says 'from end to end' 'stock client: all as expected'
    exits 'each operation that Azurite has does what a read then shows' 0 env \
        AZURE_STORAGE_CONNECTION_STRING="$(azurite_connection_string)" \
        /usr/bin/python3 "$here/operations.py"
    says 'in every step' ' passed, 0 failed'
    exits 'the programs of the protocol page run' 0 "$here/protocol_examples.sh"
}

serve

run_groups contents names pipes listings failures full_disks protocol race reload drain
