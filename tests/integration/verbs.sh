#!/usr/bin/env bash
# verbs.sh BUILD: the verbs of azblob that are not transfers, against a real server (Azurite),
# through a real daemon. Prints a line for each case and at the end `N passed, N failed`; ends
# with 1 if any failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

# --- the cases ---

# prints LABEL TEXT: that, and nothing else, was the last command's output.
prints() {
    same_text "$1" "$(cat "$work/out")" "$2"
}

fill() {
    local name
    exits 'a container' 0 azblob mb --metadata owner=ann demo
    for name in a.txt b.txt 'c d.txt' logs/x.gz logs/y.gz logs/deep/z.gz 'grüße/日本' \
        $'new\nline' "it's \"quoted\"" 'a[1].txt' '{x}'; do
        printf '%s' "$name" | azblob put - "demo/$name" || fail "put $name" "status $?"
    done
}

wildcards() {
    exits 'a star' 0 azblob ls 'demo/*.txt'
    prints 'stops at a slash' $'a.txt\na[1].txt\nb.txt\nc d.txt'
    exits 'two stars' 0 azblob ls 'demo/**.gz'
    prints 'do not' $'logs/deep/z.gz\nlogs/x.gz\nlogs/y.gz'
    exits 'a star matches folders too' 0 azblob ls 'demo/l*'
    prints 'as folders' 'logs/'
    exits 'braces' 0 azblob ls 'demo/{a,b}.txt'
    prints 'have both' $'a.txt\nb.txt'
    exits 'a set' 0 azblob ls 'demo/[!a]*.txt'
    prints 'that is none of' $'b.txt\nc d.txt'
    exits 'one character, of many bytes' 0 azblob ls 'demo/gr??e/*'
    prints 'is one' 'grüße/日本'
    exits 'nothing matches' 3 azblob ls 'demo/*.zip'
    says 'and why that may be' "'*' stops at '/'"
    exits 'a broken pattern' 2 azblob ls 'demo/[a'
    says 'and what is wrong with it' "'[' has no ']'"
    exits 'a literal name' 0 azblob ls --literal 'demo/a[1].txt'
    prints 'is that one' 'a[1].txt'
    exits 'a pattern would be another' 0 azblob ls 'demo/a\[1].txt'
    prints 'unless it is escaped' 'a[1].txt'
    exits 'nothing there is no error' 0 azblob ls demo/none/
    exits 'unless it is said to be' 9 azblob ls --error-on-empty demo/none/

    exits 'blobs by a pattern' 0 azblob stat --fields name 'demo/[ab].txt'
    prints 'one after another' $'name: a.txt\nname: b.txt'
    exits 'beside names, and what is not there' 1 azblob stat --fields name 'demo/{x}' 'demo/*.zip' demo/b.txt
    prints 'the others' 'name: b.txt'
    says 'and what nothing matches' "nothing matches 'demo/*.zip'"
    exits 'a name taken literally' 0 azblob stat --literal --fields name 'demo/{x}'
    prints 'is that blob' 'name: {x}'
    exits 'the content of many' 0 azblob cat 'demo/logs/?.gz'
    prints 'in the order of their names' 'logs/x.gzlogs/y.gz'
}

formats() {
    local i
    exits 'long' 0 azblob ls -l --fields size,name demo/a.txt
    prints 'in a pipe is TSV' $'5\ta.txt'
    exits 'a newline' 0 azblob ls --fields name,size demo/new
    prints 'is escaped between tabs' $'new\\nline\t8'
    exits 'NUL' 0 azblob ls -0 demo/new
    same_text 'leaves it as it is' "$(tr '\n\0' '\1\n' <"$work/out")" $'new\1line'
    exits 'fields' 0 azblob ls -r -o jsonl --fields name,content_settings.content_type demo/b
    prints 'of JSON' '{"name":"b.txt","content_settings.content_type":"text/plain"}'
    exits 'an array' 0 azblob ls -o json --fields name demo/a.
    prints 'is one' $'[\n{"name":"a.txt"}\n]'
    head -c 3000 /dev/zero | azblob put - demo/size
    exits 'human sizes' 0 azblob ls -h --fields name demo/size
    exits 'of du' 0 azblob du -h demo/size
    prints 'are short' $'2.9K\t1\tdemo/size'
    exits 'and -h elsewhere' 0 azblob stat -h
    says 'is help' 'usage: azblob stat'
    script -qec 'azblob ls demo/new' /dev/null >"$work/out" 2>"$work/err" </dev/null
    same_text 'a terminal is safe from names' "$(tr -d '\r' <"$work/out")" 'new?line'
    azblob ls -r demo >/dev/full 2>"$work/err"
    same_text 'a full disk is an error' "$?" 1
    for i in {1..100}; do printf 'stat demo/a.txt\n'; done | azblob run >/dev/full 2>"$work/err"
    same_text 'of many commands too' "$?" 1
    same_text 'and told once' "$(cat "$work/err")" 'azblob: writing to stdout: No space left on device'
    for i in {1..100}; do printf 'stat demo/a.txt\n'; done | azblob run 2>"$work/err" | head -n 1 >"$work/out"
    same_text 'a reader that has gone ends them all' "${PIPESTATUS[1]}" 141
    same_text 'without a word' "$(cat "$work/err")" ''
}

merging() {
    exits 'metadata is set' 0 azblob meta set demo/a.txt one=1 'two=zwei drei'
    exits 'and merged' 0 azblob meta set demo/a.txt ONE=eins four=4
    exits 'so' 0 azblob meta show demo/a.txt
    prints 'that the rest stays' $'two: zwei drei\nONE: eins\nfour: 4'
    exits 'one goes' 0 azblob meta rm demo/a.txt two four
    exits 'and' 0 azblob meta show -o json demo/a.txt
    prints 'the rest stays' $'{\n  "ONE": "eins"\n}'
    exits 'or nothing does' 0 azblob meta set --replace demo/a.txt x=y
    exits 'when' 0 azblob meta show demo/a.txt
    prints 'it is replaced' 'x: y'
    exits 'a container too' 0 azblob meta set demo team=blue
    exits 'of two blobs' 0 azblob meta show 'demo/[ab].txt'
    says 'each has a heading' '==> demo/b.txt <=='
    exits 'has metadata' 0 azblob meta show demo
    prints 'both' $'owner: ann\nteam: blue'
    exits 'tags are set' 0 azblob tag set demo/a.txt state=new prio=1
    exits 'and merged' 0 azblob tag set demo/a.txt state=done
    exits 'so' 0 azblob tag show demo/a.txt
    says 'one is new' 'state: done'
    says 'and one as before' 'prio: 1'
    exits 'they are found' 0 azblob find "\"state\" = 'done'" demo
    says 'by name' 'a.txt'
    exits 'or not' 9 azblob find --error-on-empty "\"state\" = 'no'" demo
    exits 'one tag goes' 0 azblob tag rm demo/a.txt prio
    exits 'and' 0 azblob tag show demo/a.txt
    prints 'one stays' 'state: done'
    exits 'a header' 0 azblob set demo/a.txt content_type=text/plain
    exits 'and another' 0 azblob set demo/a.txt cache_control=no-cache
    exits 'are both' 0 azblob stat --fields content_settings.content_type,content_settings.cache_control demo/a.txt
    prints 'there' $'content_settings.content_type: text/plain\ncontent_settings.cache_control: no-cache'
    exits 'another ETag' 4 azblob meta set --if-match '"0x0"' demo/a.txt a=b
    exits 'a word that is none' 2 azblob meta sett demo/a.txt a=b
    says 'has a neighbour' "did you mean 'set'"
    exits 'no NAME=VALUE' 2 azblob meta set demo/a.txt nonsense
    exits 'no such blob' 3 azblob meta set demo/none a=b
}

# What is wrong with a command line is named.
usage() {
    exits 'no file' 2 azblob put
    says 'is a missing FILE' 'FILE is missing'
    exits 'no target' 2 azblob put a
    says 'is another' 'CONTAINER/NAME is missing'
    says 'of the usage line' 'usage: azblob put [OPTIONS] FILE... CONTAINER/NAME'
    exits 'no command' 2 azblob lease run demo/lock
    says 'has a line of its own' 'usage: azblob lease run [OPTIONS] CONTAINER[/NAME] -- COMMAND'
    exits 'a name for a word' 2 azblob meta demo/a.txt
    says 'shows the words' 'one of show, set, rm'
    exits 'nothing to set' 2 azblob tag set demo/a.txt
    exits 'a status' 0 azblob explain 404
    says 'has its codes' 'BlobNotFound'
    exits 'a code in any case' 0 azblob explain blobnotfound
    exits 'a status that is none' 2 azblob explain 999
    exits 'an option of another verb' 2 azblob stat --force demo
    says 'is named' 'takes no --force'
}

# Writers that meet: nobody's pair is lost.
concurrent() {
    local i pids=()
    for i in 1 2 3 4 5 6; do
        azblob meta set demo/b.txt "key$i=$i" 2>>"$work/err" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        wait "$i" || fail 'a writer of many' "$(cat "$work/err")"
    done
    same_text 'six writers at once leave six pairs' "$(azblob meta show demo/b.txt | grep -c '^key')" 6
}

bulk() {
    local name
    exits 'the tier of many' 0 azblob tier -o jsonl Cool 'demo/logs/*.gz'
    same_text 'has a line for each' "$(grep -c '"status":"done"' "$work/out")" 2
    same_text 'and the summary last' "$(tail -n 1 "$work/out")" \
        '{"op":"tier","status":"summary","items":2,"failed":0}'
    exits 'it is' 0 azblob stat --fields blob_tier demo/logs/x.gz
    prints 'cool' 'blob_tier: Cool'
    exits 'below is not' 0 azblob stat --fields blob_tier demo/logs/deep/z.gz
    prints 'on one level' 'blob_tier: Hot'
    exits 'a tier that is none' 2 azblob tier Warm demo/a.txt
    exits 'the sum' 0 azblob du -o jsonl demo/logs/
    says 'by tier' '"tiers":{"Hot":{"size":14,"blobs":1},"Cool":{"size":18,"blobs":2}}'
    exits 'one that is missing' 1 azblob rm -o json demo/none "demo/it's \"quoted\"" $'demo/new\nline'
    same_text 'is a line of JSON' "$(grep -c '"code":"BlobNotFound"' "$work/out")" 1
    exits 'a dry run' 0 azblob rm --dry-run 'demo/logs/{x,y}.*' demo/a.txt
    prints 'prints the plan' $'rm demo/logs/x.gz\nrm demo/logs/y.gz\nrm demo/a.txt'
    exits 'in JSON too' 0 azblob rm -r --dry-run -o jsonl demo/logs/
    same_text 'line by line' "$(grep -c '"status":"planned"' "$work/out")" 3
    azblob mb httplogs
    printf 1 | azblob put - httplogs/a
    exits 'a pattern in a container that is no URL' 0 azblob rm --dry-run 'httplogs/*'
    same_text 'is one' "$(cat "$work/out")" 'rm httplogs/a'
    azblob rb --force httplogs
    exits 'a pattern' 0 azblob rm 'demo/logs/{x,y}.*'
    exits 'leaves the rest' 0 azblob ls -r demo/logs/
    prints 'alone' 'logs/deep/z.gz'
    for name in 1 2 3 4; do printf odd | azblob put - "demo/odd-$name"; done
    exits 'a pattern of nothing among names' 1 azblob rm demo/odd-1 'demo/none*' demo/odd-2
    says 'is told' "nothing matches 'demo/none*'"
    printf '%s\n' demo/odd-3 demo demo/odd-4 >"$work/list"
    exits 'a line that is no blob among others' 1 azblob rm --from "$work/list"
    exits 'what stands beside them' 0 azblob ls demo/odd-
    prints 'goes' ''
    exits 'braces that are a name' 0 azblob rm --literal 'demo/{x}'
    exits 'and it is gone' 3 azblob stat 'demo/{x}'
}

others() {
    local snapshot url id
    snapshot=$(azblob snapshot demo/a.txt)
    printf 'new' | azblob put - demo/a.txt
    exits 'a snapshot has what was' 0 azblob stat --fields size --snapshot "$snapshot" demo/a.txt
    prints 'then' 'size: 5'
    exits 'a blob with one stays' 4 azblob rm demo/a.txt
    says 'and how it goes' 'delete-snapshots include'
    exits 'it goes' 0 azblob rm --delete-snapshots include demo/a.txt
    url=$(azblob sas --expiry 10m demo/b.txt)
    same_text 'a SAS is a URL that works' "$(curl -fsS "$url")" 'b.txt'
    exits 'but for no other deed' 6 azblob rm "$url"
    says 'and says which it lacks' "needs 'd'"
    says 'without the secret' 'azblob'
    same_text 'at all' "$(grep -c 'sig=' "$work/err")" 0
    exits 'a copy' 0 azblob copy start demo/copy "$(azblob sas demo/b.txt)"
    exits 'is told of' 0 azblob copy show --fields status demo/copy
    says 'when it is done' success
    id=$(azblob lease acquire --duration 15 demo/b.txt)
    exits 'a leased blob' 4 azblob rm demo/b.txt
    exits 'needs the id' 0 azblob meta set --lease-id "$id" demo/b.txt a=b
    exits 'which can be renewed' 0 azblob lease renew demo/b.txt "$id"
    exits 'and released' 0 azblob lease release demo/b.txt "$id"
    exits 'settings' 0 azblob service show -o json
    says 'are shown' static_website
    exits 'methods' 0 azblob describe blob.set_blob_tags
    says 'with their parameters' 'version_id'
    exits 'what is a code' 0 azblob explain LeaseAlreadyPresent
    exits 'and what is none' 2 azblob explain Nonsense
    exits 'the doctor' 0 azblob doctor demo
    azblob doctor http://127.0.0.1:1/acct/c >"$work/out" 2>&1
    same_text 'finds nobody there' "$?" 5
    says 'and says at which step' 'FAIL  network'
}

# A command under a lease, and the ends that it can come to.
lease_run() {
    local pid
    printf '' | azblob put - demo/lock
    # shellcheck disable=SC2016 # it is the inner shell's
    exits 'a command has the lease' 7 azblob lease run demo/lock -- \
        sh -c 'azblob lease show demo/lock; test -n "$AZBLOB_LEASE_ID" && echo ends >&2 && exit 7'
    says 'while it runs' 'state: leased'
    exits 'and not longer' 0 azblob lease show demo/lock
    says 'it is free' 'state: available'
    exits 'no such command' 127 azblob lease run demo/lock -- "$work/none"
    exits 'no program' 126 azblob lease run demo/lock -- "$work"
    exits 'nothing to lease' 125 azblob lease run demo/none -- true
    mkfifo "$work/started"
    azblob lease run demo/lock -- sh -c "echo \$\$ >$work/started; exec sleep 100" 2>/dev/null &
    pid=$!
    read -r child <"$work/started"
    exits 'somebody else waits in vain' 125 azblob lease run demo/lock -- true
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    until_true eval "! kill -0 $child"
    same_text 'killed, it takes its command along' "$?" 0
    until_true azblob lease run demo/lock -- true
    same_text 'and the lease is free again' "$?" 0
    azblob lease run demo/lock --duration 15 -- sh -c "echo \$\$ >$work/started; exec sleep 100" 2>"$work/lost" &
    pid=$!
    read -r child <"$work/started"
    azblob lease break demo/lock >/dev/null
    wait "$pid"
    same_text 'a lease that is lost ends the command' "$?" 125
    same_text 'and that is told' "$(grep -c 'the lease is lost' "$work/lost")" 1
}

many_commands() {
    local i
    printf '%s\n' '# a comment' '' 'mb runs' "meta set runs 'a=b c' d=\"e 'f'\"" 'meta show runs' \
        'ls nowhere' 'stat "open' 'rb runs' >"$work/commands"
    exits 'of many commands two fail' 1 azblob run "$work/commands"
    prints 'and the others do not' $'a: b c\nd: e '"'f'"
    says 'and where' 'line 6 failed (exit code 3)'
    exits 'the last one too has run' 3 azblob stat runs
    printf 'ping\n' | azblob run >"$work/out" 2>"$work/err"
    same_text 'stdin will do' "$?" 0
    for ((i = 0; i < 300; i++)); do
        printf 'meta set demo/b.txt turn=%d\nmeta show demo/b.txt --fields turn -o jsonl\n' "$i"
        printf 'stat demo/copy --fields name\n'
    done >"$work/commands"
    exits 'hundreds' 0 azblob run "$work/commands"
    same_text 'have the effect and the output of one after another' "$(md5sum <"$work/out")" \
        "$(for ((i = 0; i < 300; i++)); do printf '{"turn":"%d"}\nname: copy\n' "$i"; done | md5sum)"
    printf '%s\n' 'sas demo/b.txt nonsense' 'call blob.exists nonsense' 'ping' >"$work/commands"
    exits 'lines that could not be sent' 1 azblob run "$work/commands"
    prints 'leave nothing of them behind' 'pong: true'
}

# Another program can talk with it: each line is answered when it comes.
partner() {
    local answer to from pid
    coproc PARTNER { azblob run 2>"$work/err"; }
    pid=$PARTNER_PID
    exec {from}<&"${PARTNER[0]}" {to}>&"${PARTNER[1]}"
    eval "exec ${PARTNER[1]}>&-"
    printf 'stat --fields name demo/b.txt\n' >&"$to"
    read -r -t 10 answer <&"$from"
    same_text 'a partner hears at once' "$answer" 'name: b.txt'
    azblobd_stop
    azblobd_start "$AZBLOBD_SOCKET" "$work/config"
    printf 'stat --fields name demo/b.txt\n' >&"$to"
    read -r -t 10 answer <&"$from"
    same_text 'also from a daemon that was started anew' "$answer" 'name: b.txt'
    exec {to}>&-
    wait "$pid"
    same_text 'and the end of stdin is the end' "$?" 0
    exec {from}<&-
}

watching() {
    local pid
    mkfifo "$work/events"
    azblob watch --interval 100ms -o jsonl --fields event,name 'demo/watch*' 2>"$work/err" >"$work/events" &
    pid=$!
    exec {events}<"$work/events"
    # It has looked once when a blob that is made over and over has been seen to change.
    # shellcheck disable=SC2016 # eval's
    until_true eval 'printf x | azblob put - demo/watched; read -r -t 0.3 event <&$events'
    same_text 'what appears or changes is told' "$?" 0
    azblob rm demo/watched
    while read -r -t 10 event <&"$events"; do
        [ "$event" = '{"event":"deleted","name":"watched"}' ] && break
    done
    same_text 'and what goes' "$event" '{"event":"deleted","name":"watched"}'
    exec {events}<&-
    kill "$pid"
    wait "$pid" 2>/dev/null
}

completion() {
    exits 'verbs' 0 azblob __complete -- sna
    prints 'are completed' snapshot
    exits 'words' 0 azblob __complete -- lease rel
    prints 'too' release
    exits 'options' 0 azblob __complete -- ls --rec
    prints 'too' --recursive
    exits 'containers' 0 azblob __complete -- ls de
    prints 'too' demo/
    exits 'blobs' 0 azblob __complete -- cat demo/b
    prints 'too' demo/b.txt
    exits 'folders' 0 azblob __complete -- cat demo/lo
    prints 'too' $'demo/logs/\ndemo/lock'
    exits 'nothing is said of what fails' 0 azblob __complete -- cat nowhere/b
    prints 'there' ''
    same_text 'bash takes them' "$(
        # shellcheck source=client/completion/bash/azblob
        . "$here/../../client/completion/bash/azblob"
        COMP_WORDS=(azblob cat 'demo/c') COMP_CWORD=2
        _azblob 2>/dev/null
        printf '%s\n' "${COMPREPLY[@]}"
    )" $'demo/c\\ d.txt\ndemo/copy'
}

# completes SHELL TEXT LINE: TAB behind TEXT makes it LINE; a blank at its end is no matter.
completes() {
    local got
    if ! command -v zsh >/dev/null || ! command -v "$1" >/dev/null; then
        printf '# completion of %s: not tried, zsh or it is not installed\n' "$1"
        return
    fi
    got=$(timeout 20 zsh -f "$here/completion.zsh" "$1" "$completion" "$2")
    same_text "$1: $2" "${got% }" "$3"
}

# What fish offers.
offers() {
    if ! command -v fish >/dev/null; then
        printf '# completion of fish: not tried, it is not installed\n'
        return
    fi
    # shellcheck disable=SC2016 # fish's
    same_text "fish: $1" \
        "$(line=$1 fish --no-config -c "source $completion/fish/azblob.fish; complete -C \$line")" "$2"
}

# With a terminal, as people do it.
shells() {
    local completion shell
    completion=$(readlink -f "$here/../../client/completion")
    printf x | azblob put - "demo/x'y\$z"
    for shell in bash zsh; do
        completes "$shell" 'azblob sna' 'azblob snapshot'
        completes "$shell" 'azblob lease rel' 'azblob lease release'
        completes "$shell" 'azblob ls --rec' 'azblob ls --recursive'
        completes "$shell" 'azblob ls de' 'azblob ls demo/'
        completes "$shell" 'azblob cat az://demo/log' 'azblob cat az://demo/logs/'
        completes "$shell" 'azblob cat default:demo/cop' 'azblob cat default:demo/copy'
        completes "$shell" 'azblob cat demo/c\ ' 'azblob cat demo/c\ d.txt'
        completes "$shell" "azblob cat 'demo/c d" "azblob cat 'demo/c d.txt'"
        completes "$shell" 'azblob cat demo/x' "azblob cat demo/x\\'y\\\$z"
        completes "$shell" "azblob put $here/verbs.s" "azblob put $here/verbs.sh"
    done
    offers 'azblob sna' snapshot
    offers 'azblob lease rel' release
    offers 'azblob ls de' demo/
    offers 'azblob cat az://demo/log' az://demo/logs/
    offers 'azblob cat demo/c\ ' 'demo/c d.txt'
    offers "azblob cat 'demo/c d" 'demo/c d.txt'
}

serve

run_groups fill wildcards formats merging usage concurrent bulk others lease_run many_commands \
    partner watching completion shells
