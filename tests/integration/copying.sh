#!/usr/bin/env bash
# copying.sh BUILD [GROUP...]: how put, get, cp, mv, sync and cat go about it, against a real server
# (Azurite), through a real daemon: what they choose to copy, what they show meanwhile, and what
# becomes of failures and signals. Prints a line for each case and at the end
# `N passed, N failed`; ends with 1 if any failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

server_pid=

finish_more() {
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
}

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
        '^ *[1-9][0-9]* % \[={1,29}> *\] [0-9.]+ MiB of 7\.6 MiB, [0-9.]+ MiB/s, [0-9]+ s left'
    exits 'on a narrow terminal' 0 env COLUMNS=50 "$here/on_terminal.py" "$work/shown" \
        azblob cat --bwlimit 6M copying/8M
    shows 'there is no bar' '^ *[1-9][0-9]* % [0-9.]+ MiB of 7\.6 MiB, '
    exits 'the same by get' 0 on_terminal azblob get --bwlimit 6M copying/8M -
    shows 'with its progress' 'of 7\.6 MiB, '
    exits 'and up' 0 on_terminal azblob put --bwlimit 6M "$work/8M" copying/8M
    shows 'with its progress' '7\.6 MiB, [0-9.]+ MiB/s'
    exits 'asked to be silent' 0 on_terminal azblob cat --progress none --bwlimit 6M copying/8M
    same_text 'it is' "$(wc -c <"$work/shown")" 0
    exits 'without a terminal' 0 azblob get --bwlimit 6M copying/8M "$work/8M.again"
    same_text 'it is silent by itself' "$(wc -c <"$work/err")" 0
    same_file 'and brings the same' "$work/8M" "$work/8M.again"
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
    shows 'half of all that there is to do' ' 50 % \[={15}> {14}\] 0 copied \(512\.0 MiB\), '
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
    exits 'an MD5 that is not that of the bytes' 0 azblob set copying/sums/blocks content_md5=AAAAAAAAAAAAAAAAAAAAAA==
    exits 'is found' 7 azblob get copying/sums/blocks "$work/sums/blocks"
    says 'and told' 'MD5 that is stored with the blob'
    same_text 'nothing is left' "$(find "$work/sums" -name '*blocks*' -not -path "$up/*")" ''
    exits 'many at once too' 7 azblob get -r --include blocks copying/sums "$work/sums/all"
    same_text 'leave nothing' "$(find "$work/sums/all" -type f)" ''
    azblob cat copying/sums/blocks 1<>/dev/null || fail 'to where nothing can be read back' ''
    exits 'unless it is not to be checked' 0 azblob get --no-check-md5 copying/sums/blocks "$work/sums/blocks"
    same_text 'then all come' "$(sha256sum <"$work/sums/blocks")" "$(sha256sum <"$up/blocks")"
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

    mkdir -p "$work/some/back"
    for file in one two three; do printf '%s' "$file" >"$work/some/$file"; done
    printf 'there' | azblob put - copying/some/two
    exits 'several, of which one is there' 0 azblob put -v -n "$work/some/one" "$work/some/two" copying/some/
    says 'skip that one' 'skipped copying/some/two'
    same_text 'and bring the others' "$(azblob cat copying/some/one copying/some/two)" onethere
    printf '%s\n' one two three >"$work/names"
    does_as_planned 'a list goes up' 'three ' put -n --from "$work/names" "$work/some" copying/some
    same_text 'with its bytes' "$(azblob cat copying/some/three)" three
    printf 'mine' >"$work/some/back/two"
    does_as_planned 'a list comes down' 'one three ' get --overwrite never --from "$work/names" \
        copying/some "$work/some/back"
    same_text 'what was there stays' "$(cat "$work/some/back/two")" mine
    azblob cp -q az://copying/some/one az://copying/across/one
    does_as_planned 'a list across' 'three two ' cp -n --from "$work/names" az://copying/some \
        az://copying/across
    exits 'a plan for one blob that is there' 4 azblob put -n --dry-run "$work/old" copying/over
    same_text 'is none' "$(cat "$work/out")" ''
    exits 'nor for one file' 4 azblob get -n --dry-run copying/over "$work/old"
    same_text 'that is' "$(cat "$work/out")" ''
    exits 'a plan for one that is not' 0 azblob put -n --dry-run "$work/old" copying/not
    same_text 'is that' "$(cat "$work/out")" "copy $work/old"
    printf '%s\n' one none ../three >"$work/names"
    exits 'a plan for names that are not there, or nowhere' 1 azblob put --dry-run --from "$work/names" \
        "$work/some" copying/some
    same_text 'has the others' "$(cat "$work/out")" "copy $work/some/one"
    exits 'of blobs too' 1 azblob get --dry-run --from "$work/names" copying/some "$work/some/back"
    same_text 'it has' "$(cat "$work/out")" 'copy copying/some/one'
}

# does_as_planned LABEL NAMES COMMAND...: a dry run prints these, and the real one copies so many.
does_as_planned() {
    local label=$1 names=$2
    shift 2
    exits "$label: the plan" 0 azblob "$@" --dry-run
    same_text "$label: what is missing" "$(sed 's,.*/,,' "$work/out" | sort | tr '\n' ' ')" "$names"
    exits "$label: and so it is done" 0 azblob "$@" -o jsonl
    summary "$label: in full" copied "$(wc -w <<<"$names")"
}

# What blobs get besides their bytes: all when they go up, some across, nothing down.
settings() {
    printf 'bytes' >"$work/bytes"
    azblob put --metadata a=1 --content-type text/x-own "$work/bytes" copying/set/from || fail 'a blob' ''
    exits 'one across' 0 azblob cp --tier Cool --metadata b=2 --tags c=3 az://copying/set/from az://copying/set/to
    has_settings 'has what was given' copying/set/to Cool b 2
    same_text 'and tags' "$(azblob tag show copying/set/to)" 'c: 3'
    exits 'a tree across' 0 azblob sync --metadata d=4 --exclude to az://copying/set az://copying/set2
    has_settings 'too, and all else of its source' copying/set2/from Hot d 4
    exits 'without any' 0 azblob mv az://copying/set/from az://copying/set/moved
    has_settings 'it is all' copying/set/moved Hot a 1
    exits 'a type, across' 2 azblob cp --content-type text/plain az://copying/set/to az://copying/set/never
    says 'is refused' '--content-type and --put-md5 are for uploads'
    exits 'a tier of files' 2 azblob sync --tier Cool az://copying/set "$work/refused"
    says 'is refused' 'a file has none of what'
    exits 'or of one' 2 azblob cp --metadata a=1 az://copying/set/to "$work/refused"
    says 'too' 'a file has none of what'
    absent 'and nothing is done' "$work/refused"
}

# has_settings LABEL BLOB TIER NAME VALUE: a tier, one pair of metadata, and the source's type.
has_settings() {
    same_text "$1" "$(azblob stat -o tsv --fields blob_tier,metadata,content_settings.content_type "$2" |
        tr '\t\n' '= ')" "blob_tier=$3 metadata.$4=$5 content_settings.content_type=text/x-own "
}

# Links are left out, or followed if that is asked for; a circle ends.
links() {
    mkdir -p "$work/linked/a" "$work/elsewhere"
    printf 'here' >"$work/linked/a/file"
    printf 'there' >"$work/elsewhere/file"
    ln -s a/file "$work/linked/link"
    ln -s ../elsewhere "$work/linked/away"
    ln -s .. "$work/linked/a/back"
    touch -d 2020-02-02 "$work/linked/a/file" "$work/elsewhere/file"
    exits 'a tree with links' 0 azblob put -r -o jsonl "$work/linked" copying/links
    summary 'goes up without them' copied 1
    says 'which is told' 'link: skipped: a link (see --follow-symlinks)'
    exits 'with what they point to' 0 azblob put -r --follow-symlinks -o jsonl "$work/linked" copying/links
    summary 'it all goes' copied 3
    says 'but around in circles' 'a/back/: skipped: a link back to a folder that it lies in'
    same_text 'under the names of the links' "$(azblob ls -r copying/links/ | tr '\n' ' ')" \
        'links/a/file links/away/file links/link '
    same_text 'with their bytes' "$(azblob cat copying/links/away/file copying/links/link)" therehere
    exits 'a sync' 0 azblob sync --delete --follow-symlinks -o jsonl "$work/linked" az://copying/links
    summary 'finds all in its place' skipped 4
    exits 'without them' 0 azblob sync --delete -o jsonl "$work/linked" az://copying/links
    summary 'only what is no link is known to be gone' deleted 1
    exits 'a file that is named by a link' 0 azblob put --checksum "$work/linked/link" copying/links/named
    same_text 'goes up' "$(azblob cat copying/links/named)" here
    ln -s nothing "$work/linked/broken"
    exits 'a link to nothing' 1 azblob put -r --follow-symlinks -o jsonl "$work/linked" copying/links
    summary 'fails alone' failed 1
    exits 'links of a container' 2 azblob cp -r --follow-symlinks az://copying/links "$work/never"
    says 'are refused' '--follow-symlinks'
    exits 'nor are files moved from behind links' 2 azblob mv -r --follow-symlinks "$work/linked" az://copying/m
    same_text 'which stay' "$(cat "$work/elsewhere/file")" there
}

# What failed is listed, and a list is what the next run takes.
failures() {
    local i
    mkdir "$work/lists"
    cd "$work/lists" || return
    printf 'a' >a
    exits 'several files, of which two are not there' 1 azblob put a b c copying/lists/ --failed-to failed
    same_text 'they are listed' "$(tr '\n' ' ' <failed)" 'b c '
    printf 'b' >b
    printf 'c' >c
    exits 'and tried again' 0 azblob put -q --from failed . copying/lists
    same_text 'with success' "$(azblob cat copying/lists/a copying/lists/b copying/lists/c)" abc
    exits 'one blob that is not there' 3 azblob get copying/lists/d --failed-to failed
    same_text 'is listed' "$(cat failed)" copying/lists/d
    exits 'and by cp' 3 azblob cp -o jsonl az://copying/lists/d az://copying/lists/e --failed-to failed
    same_text 'too' "$(cat failed)" az://copying/lists/d
    summary 'and counted' failed 1
    exits 'all goes well' 0 azblob put -q a copying/lists/ --failed-to failed
    same_text 'and nothing is listed' "$(cat failed)" ''
    for i in {1..300}; do printf '%s' "$i" >"many_$i"; done
    exits 'more files than go at once' 0 azblob put -q many_* copying/lists/
    same_text 'are all there' "$(azblob ls -r copying/lists/many_ | wc -l)" 300
    exits 'a list that cannot be written' 1 azblob put a copying/lists/never --failed-to /nowhere/failed
    says 'is known' /nowhere/failed
    exits 'before anything is done' 3 azblob stat copying/lists/never
    cd "$work" || return
}

# comes LABEL FOLDER N: get -r of the tree `local` fails for some; N files are there, each of them
# whole, and nothing else.
comes() {
    local label=$1 folder=$2 n=$3 file
    exits "$label" 1 azblob get -r -o jsonl --failed-to "$work/failed" copying/local "$folder"
    summary 'the rest comes' copied "$n"
    same_text 'and so much is there' "$(find "$folder" -type f | wc -l)" "$n"
    while read -r file; do
        cmp -s "$work/local/${file#"$folder"/}" "$file" || fail 'whole' "$file is not"
    done < <(find "$folder" -type f)
    same_text 'what has failed is listed' "$(wc -l <"$work/failed")" $((13 - n))
}

# Files that cannot be written: each is an error, and the others come.
local_failures() {
    local i
    mkdir -p "$work/local/a" "$work/in_the_way" "$work/limited" "$work/tiny" "$work/locked/a"
    for i in 1 2 3 4 5 6; do
        head -c 2000 /dev/urandom >"$work/local/a/$i"
        head -c 20000 /dev/urandom >"$work/local/$i"
    done
    head -c 300000 /dev/urandom >"$work/local/large"
    exits 'a tree' 0 azblob put -q -r "$work/local" copying/local
    : >"$work/in_the_way/a"
    exits 'a file where a folder has to be' 1 azblob get -r -o jsonl copying/local "$work/in_the_way"
    summary 'all else comes' copied 7
    says 'and it is told' 'a file or a link is where a folder has to be'
    (
        ulimit -f 10
        exec azblob get -r -o jsonl copying/local "$work/limited" >"$work/out" 2>"$work/err"
    )
    same_text 'files larger than they may be' "$?" 1
    says 'are told' 'File too large'
    same_text 'and are not there' "$(find "$work/limited" -type f -size +5k ! -name large | wc -l)" 0
    same_text 'all others are' "$(find "$work/limited/a" -type f | wc -l)" 6
    if [ "$(id -u)" -ne 0 ]; then
        chmod 555 "$work/locked/a"
        comes 'a folder that cannot be written to' "$work/locked" 7
        chmod 755 "$work/locked/a"
    elif mount -t tmpfs -o size=64k tmpfs "$work/tiny" 2>/dev/null; then
        exits 'a full disk' 1 azblob get -r -o jsonl --failed-to "$work/failed" copying/local "$work/tiny"
        says 'is told' 'No space left on device'
        same_text 'what does not fit is not there' \
            $(($(find "$work/tiny" -type f | wc -l) + $(wc -l <"$work/failed"))) 13
        absent 'nor half of it' "$work/tiny/large"
        umount "$work/tiny"
        mount -t tmpfs -o ro tmpfs "$work/locked/a"
        comes 'a folder that cannot be written to' "$work/locked" 7
        says 'which is told' 'Read-only file system'
        umount "$work/locked/a"
    else
        printf '# a full disk: not tried, mounting is not allowed here\n'
    fi
}

# has_no_handler PID: the first SIGINT has been taken, and the next one will end it.
has_no_handler() {
    [ $((0x$(sed -n 's/^SigCgt:\s*//p' "/proc/$1/status") & 2)) -eq 0 ]
}

# azblob_waits PID: it has a handler for SIGINT, and waits.
azblob_waits() {
    ! has_no_handler "$1" && grep -q '^State:.S' "/proc/$1/status"
}

# interruptible COMMAND...: in the background, where shells have SIGINT ignored.
interruptible() {
    exec env --default-signal=INT "$@"
}

# The first one ends what is under way and says how far it came, the second one ends us.
signals() {
    local pid
    mkdir -p "$work/many"
    for ((pid = 0; pid < 1500; pid++)); do printf '%s' "$pid" >"$work/many/$pid"; done
    kill -STOP "$azurite_pid"
    interruptible azblob put -r --failed-to "$work/failed" "$work/many" copying/many >"$work/out" 2>"$work/err" &
    pid=$!
    until_true azblob_waits "$pid"
    kill -INT "$pid"
    wait "$pid"
    same_text 'Ctrl-C' "$?" 130
    says 'is told, with what was done' 'azblob: put: interrupted: 0 copied (0 B), 128 failed in '
    same_text 'and what was under way is listed' "$(wc -l <"$work/failed")" 128
    interruptible azblob put -r "$work/many" copying/many >"$work/out" 2>"$work/err" &
    pid=$!
    until_true azblob_waits "$pid"
    kill -HUP "$pid"
    wait "$pid"
    same_text 'a terminal that closes' "$?" 129
    interruptible env --ignore-signal=HUP azblob put -r "$work/many" copying/many >"$work/out" 2>"$work/err" &
    pid=$!
    until_true azblob_waits "$pid"
    kill -HUP "$pid"
    kill -CONT "$azurite_pid"
    wait "$pid"
    same_text 'is nothing to what was told to ignore it' "$?" 0

    kill -STOP "$azurite_pid"
    printf '%s\n' "put -r $work/many copying/many" 'mb never-made' >"$work/commands"
    interruptible azblob run "$work/commands" >"$work/out" 2>"$work/err" &
    pid=$!
    until_true azblob_waits "$pid"
    kill -TERM "$pid"
    kill -CONT "$azurite_pid"
    wait "$pid"
    same_text 'a list of commands is interrupted by that of a tree' "$?" 143
    exits 'and what comes after it is not done' 3 azblob stat never-made

    mkfifo "$work/unread"
    interruptible azblob put -r -o json "$work/many" copying/many 3<>"$work/unread" >&3 2>"$work/err" &
    pid=$!
    until_true is_stuck "$pid"
    kill -INT "$pid"
    until_true has_no_handler "$pid"
    kill -INT "$pid"
    wait "$pid"
    same_text 'two of them end one whose output nobody reads' "$?" 130
    same_text 'without another word' "$(cat "$work/err")" ''
}

# is_stuck PID: in a write, not in a wait for the daemon.
is_stuck() {
    azblob_waits "$1" && [ "$(cut -d ' ' -f 1 "/proc/$1/syscall")" = 1 ]
}

serve
azblob mb copying || exit 1

shift
[ $# -gt 0 ] || set -- progress checksums overwriting settings links failures local_failures signals
run_groups "$@"
