#!/usr/bin/env bash
# trees.sh BUILD [GROUP...]: put -r, get -r, cp, mv and sync against a real server (Azurite),
# through a real daemon; and names that no sane server lists. Prints a line for each case and at
# the end `N passed, N failed`; ends with 1 if any failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

server_pid=

finish_more() {
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
}

# --- the cases ---

# same_tree LABEL A B: the same files with the same bytes (links are not copied).
same_tree() {
    local difference
    if difference=$(diff -r --no-dereference -x link "$2" "$3" 2>&1); then
        pass "$1"
    else
        fail "$1" "$difference"
    fi
}

# summary LABEL KEY VALUE: the last line of the last command's output has this number.
summary() {
    same_text "$1" "$(tail -n 1 "$work/out" | sed -n "s/.*\"$2\":\\([0-9]*\\).*/\\1/p")" "$3"
}

listed() {
    azblob ls -r "$1" | tr '\n' ' '
}

make_tree() {
    local i
    mkdir -p "$work/tree/a/b" "$work/tree/a-b" "$work/tree/empty"
    for ((i = 0; i < 200; i++)); do
        head -c $((i * 7)) /dev/urandom >"$work/tree/a/$i"
    done
    printf 'x' >"$work/tree/a/b/x.html"
    printf 'y' >"$work/tree/a-b/y y"
    printf 'z' >"$work/tree/a0"
    head -c 3000000 /dev/urandom >"$work/tree/large"
    find "$work/tree" -type f -exec touch -d 2020-02-02 {} +
    ln -s a0 "$work/tree/link"
}

up_and_down() {
    make_tree
    mkdir "$work/odd"
    : >"$work/odd/two"$'\n'"lines"
    exits 'a name of two lines' 0 azblob put -r --dry-run "$work/odd" trees/odd
    same_text 'is planned in one' "$(cat "$work/out")" "copy $work/odd/two\nlines"
    exits 'a container' 0 azblob mb trees
    exits 'a plan' 0 azblob put -r --dry-run "$work/tree" trees/t
    sort "$work/out" >"$work/plan"
    same_text 'does nothing' "$(listed trees)" ''
    exits 'a tree goes up' 0 azblob put -r -v "$work/tree" trees/t
    says 'a link is left out' 'link: skipped'
    same_text 'as it was planned' "$(sed -n 's/^azblob: \(copy .*\)/\1/p' "$work/err" | sort | md5sum)" \
        "$(md5sum <"$work/plan")"
    exits 'names tell what is in them' 0 azblob stat -o json trees/t/a/b/x.html
    says 'HTML' text/html
    exits 'a tree comes down' 0 azblob get -r trees/t "$work/new/down"
    rmdir "$work/tree/empty"
    same_tree 'the same' "$work/tree" "$work/new/down"
    same_text 'by all workers' "$(azblob status | sed -n 's/^workers: //p')" 3
    exits 'by a URL with a SAS' 0 azblob get -r "$(azblob sas --permissions rl trees | sed 's,?,/t?,')" \
        "$work/new/sas"
    same_tree 'the same' "$work/tree" "$work/new/sas"
    exits 'with the credential of the environment' 0 env \
        AZURE_STORAGE_CONNECTION_STRING="$(azurite_connection_string)" azblob get -r trees/t "$work/new/own"
    same_tree 'the same' "$work/tree" "$work/new/own"
    exits 'a file becomes a folder: it cannot' 1 azblob get -r trees/t "$work/tree/a0"
    exits 'a plan of nothing' 3 azblob get 'trees/t/a/b/*.css' "$work/css"
    says 'says what a star does' "'*' stops at '/'"
    exits 'one level' 0 azblob get -o jsonl 'trees/t/a/1*' "$work/level"
    summary 'of names' copied 111
    exits 'all levels' 0 azblob get -o jsonl 'trees/t/**.html' "$work/html"
    same_text 'in their places' "$(cat "$work/html/a/b/x.html")" x
    exits 'no tree of that name' 1 azblob put -r "$work/none" trees/t
}

# A daemon that takes no second connection.
one_connection() {
    local pid=$azblobd_pid
    { cat "$work/config" && printf '[daemon]\nmax_sessions = 1\n'; } >"$work/config.one"
    if azblobd_start "$work/one" "$work/config.one"; then
        exits 'a tree by the only connection' 0 azblob --socket "$work/one" put -r "$work/tree" trees/one
        exits 'and back' 0 azblob --socket "$work/one" get -r trees/one "$work/one-down"
        same_tree 'the same' "$work/tree" "$work/one-down"
        azblobd_stop
    fi
    azblobd_pid=$pid
}

# A configuration that can be read once, and three workers.
piped_configuration() {
    local pid=$azblobd_pid
    if azblobd_start "$work/piped" <(cat "$work/config"); then
        exits 'a tree by several workers' 0 azblob --socket "$work/piped" get -r trees/t "$work/piped-down"
        same_tree 'that know the account' "$work/new/down" "$work/piped-down"
        same_text 'all of them' "$(azblob --socket "$work/piped" status | sed -n 's/^workers: //p')" 3
        azblobd_stop
    fi
    azblobd_pid=$pid
}

# unprivileged COMMAND...: permissions hold for it, whoever we are.
unprivileged() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --bounding-set=-dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}

# It is listed by its own name, which stands for what lies in it by the next time.
unreadable_folder() {
    local tree=$work/shut
    mkdir -p "$tree/b/c"
    printf '1' >"$tree/a"
    printf '2' >"$tree/b/c/two"
    printf '3' >"$tree/b/three"
    chmod 0 "$tree/b"
    exits 'a folder that cannot be read' 1 unprivileged azblob put -r -o jsonl --failed-to "$work/failed" \
        "$tree" trees/shut
    summary 'is one failure' failed 1
    same_text 'which is listed' "$(cat "$work/failed")" b/
    exits 'and fails again' 1 unprivileged azblob put --from "$work/failed" --failed-to "$work/again" \
        "$tree" trees/shut
    same_text 'and is listed again' "$(cat "$work/again")" b/
    chmod 755 "$tree/b"
    exits 'until it can be read' 0 azblob put -o jsonl --from "$work/again" "$tree" trees/shut
    summary 'with all that lies in it' copied 2
    same_text 'in its place' "$(listed trees/shut/)" 'shut/a shut/b/c/two shut/b/three '
    printf '%s\n' ../shut/b/ >"$work/names"
    exits 'a folder elsewhere' 2 azblob put --from "$work/names" "$tree" trees/shut
    says 'is refused' "a piece of it is '.' or '..'"
}

choices() {
    exits 'what is there stays' 0 azblob put -r -n -o jsonl "$work/tree" trees/t
    summary 'nothing goes up' copied 0
    exits 'only some' 0 azblob cp -r -o jsonl --exclude '/a/' --include 'x.html' "$work/tree" az://trees/some
    same_text 'those' "$(azblob ls -r trees/some/ | tr '\n' ' ')" 'some/a-b/y y some/a/b/x.html some/a0 some/large '
    printf 'a/1\nnone\na/2\n' >"$work/names"
    exits 'names from a file' 1 azblob put -o jsonl --from "$work/names" --failed-to "$work/failed" \
        "$work/tree" trees/from
    summary 'two of three' copied 2
    exits 'a list that is read and written' 2 azblob put --from "$work/failed" --failed-to "$work/failed" \
        "$work/tree" trees/from
    says 'stays' 'name another file'
    same_text 'the third is told' "$(cat "$work/failed")" none
    printf 'a/1\0a/2\0' >"$work/ended"
    exits 'names that end with a NUL' 2 azblob put --from "$work/ended" "$work/tree" trees/nul
    says 'need -0' 'need -0'
    exits 'with it' 0 azblob put -q -0 --from "$work/ended" "$work/tree" trees/nul
    same_text 'they are two' "$(listed trees/nul/)" 'nul/a/1 nul/a/2 '
    printf 'trees/nul/a/1\0trees/nul/a/2\0' >"$work/ended"
    exits 'to delete as well' 2 azblob rm --from "$work/ended"
    says 'they need it' 'need -0'
    same_text 'or stay' "$(listed trees/nul/)" 'nul/a/1 nul/a/2 '
    exits 'with it' 0 azblob rm -q -0 --from "$work/ended"
    same_text 'they go' "$(listed trees/nul/)" ''
    printf 'late' >"$work/tree/none"
    exits 'and tried again' 0 azblob put -q --from "$work/failed" "$work/tree" trees/from
    same_text 'with success' "$(listed trees/from/)" 'from/a/1 from/a/2 from/none '
    same_sha256 'and with its bytes' "$work/tree/none" trees/from/none
    exits 'of a list, only some' 0 azblob put -o jsonl --from "$work/names" --include '/a/*' --exclude 2 \
        "$work/tree" trees/from
    summary 'those' copied 1
    rm "$work/tree/none"
    unreadable_folder
    exits 'two local places' 2 azblob cp -r "$work/tree" "$work/tree2"
    exits 'below itself' 2 azblob cp -r az://trees/t az://trees/t/copy
}

# plan_and_run LABEL FOLDER COMMAND...: what --dry-run says is what the same command then does: the
# same actions, and the same ones fail. FOLDER is what it writes to; {} in COMMAND stands for it.
plan_and_run() {
    local label=$1 folder=$2 word planned
    local -a command=()
    shift 2
    for word; do command+=("${word//\{\}/$folder}"); done
    azblob "${command[@]}" --dry-run >"$work/plan" 2>"$work/plan.err"
    planned=$?
    azblob "${command[@]}" --verbose >"$work/out" 2>"$work/err"
    same_text "$label: the same status" "$planned" "$?"
    sed -n 's/^azblob: \(\(copy\|move\|delete\) .*\)/\1/p' "$work/err" "$work/out" | sort >"$work/done"
    sort -o "$work/plan" "$work/plan"
    same_text "$label: the same actions" "$(cat "$work/plan")" "$(cat "$work/done")"
    same_text "$label: the same failures" "$(grep Error "$work/plan.err" | sort)" "$(grep Error "$work/err" | sort)"
}

plans() {
    local tree=$work/planned from=az://trees/planned
    mkdir -p "$tree/a" "$tree/b" "$work/there/a" "$work/there/x" "$work/way/x"
    printf 1 >"$tree/a/one"
    printf 2 >"$tree/a/two"
    printf 3 >"$tree/b/three"
    printf 4 >"$tree/x"
    touch -d 2020-02-02 "$tree/a/one" "$tree/a/two" "$tree/b/three" "$tree/x"
    plan_and_run 'up' "$tree" put -r {} trees/planned
    plan_and_run 'up again, and only what is new' "$tree" sync {} "$from"
    same_text 'which is nothing' "$(cat "$work/plan")" ''
    printf 22 >"$tree/a/two"
    rm "$tree/b/three"
    plan_and_run 'a sync that deletes' "$tree" sync --delete {} "$from"
    same_text 'all that differs' "$(sed "s,$work/,," "$work/plan" | tr '\n' ' ')" \
        'copy planned/a/two delete trees/planned/b/three '
    printf 222 >"$tree/a/two"
    printf 44 >"$tree/x"
    plan_and_run 'with patterns' "$tree" sync --exclude 'a/*' --include 'a/t*' {} "$from"
    printf 'a file' >"$work/way/a"
    plan_and_run 'down, where folders are in the way' "$work/there" get -r trees/planned {}
    plan_and_run 'down, where files and folders are' "$work/way" get -r trees/planned {}
    rmdir "$work/there/x"
    printf 'more' >"$work/there/a/more"
    plan_and_run 'a sync down that deletes' "$work/there" sync --delete "$from" {}
    plan_and_run 'across' trees/planned2 cp -r "$from" az://{}
    plan_and_run 'only what is missing' trees/planned2 cp -r -n "$from" az://{}
    plan_and_run 'a move' trees/planned3 mv -r az://trees/planned2 az://{}
    exits 'a plan of a removal' 0 azblob rm -r --dry-run trees/planned3
    same_text 'has all that is there' "$(sort "$work/out")" "$(azblob ls -r trees/planned3/ | sed 's,^,rm trees/,')"
    exits 'which goes' 0 azblob rm -r trees/planned3
    same_text 'then' "$(listed trees/planned3/)" ''
}

syncs() {
    exits 'a sync of the same' 0 azblob sync -o jsonl "$work/tree" az://trees/t
    summary 'copies nothing' copied 0
    exits 'nor does one back' 0 azblob sync -o jsonl az://trees/t "$work/new/down"
    summary 'anything' copied 0
    printf 'changed' >"$work/tree/a/7"
    touch -d 2020-02-02 "$work/tree/a/7"
    touch -d 2099-01-01 "$work/tree/a/8"
    rm "$work/tree/a/9" "$work/tree/a0"
    exits 'a plan of changes' 0 azblob sync --delete --dry-run "$work/tree" az://trees/t
    same_text 'has them all' "$(tr '\n' ' ' <"$work/out")" \
        "copy $work/tree/a/7 copy $work/tree/a/8 delete trees/t/a/9 delete trees/t/a0 "
    exits 'without --delete' 0 azblob sync -q "$work/tree" az://trees/t
    exits 'what is gone stays' 0 azblob stat trees/t/a0
    exits 'one delete at most' 8 azblob sync --delete --max-delete 1 "$work/tree" az://trees/t
    says 'says that it stopped' '--max-delete 1'
    exits 'the other one' 0 azblob sync --delete -o jsonl "$work/tree" az://trees/t
    summary 'is deleted' deleted 1
    exits 'down, with deletes' 0 azblob sync --delete -q az://trees/t "$work/new/down"
    same_tree 'the same again' "$work/tree" "$work/new/down"
    exits 'down, of a pattern' 2 azblob sync --delete 'az://trees/t/a/*' "$work/new/down"
    says 'is refused' '--delete goes with no wildcards'
    same_text 'and deletes nothing' "$(cat "$work/new/down/a/b/x.html")" x
    exits 'across' 0 azblob sync -o jsonl az://trees/t az://trees/u
    summary 'copies all' copied 202
    exits 'twice' 0 azblob sync -o jsonl az://trees/t az://trees/u
    summary 'nothing' copied 0
    chmod 0 "$work/tree/a"
    exits 'a folder that cannot be read' 1 unprivileged azblob sync --delete "$work/tree" az://trees/t
    chmod 755 "$work/tree/a"
    exits 'costs nothing' 0 azblob stat trees/t/a/7
}

moves() {
    exits 'a move across' 0 azblob mv -r az://trees/u az://trees/v
    same_text 'leaves nothing' "$(listed trees/u/)" ''
    exits 'a move down' 0 azblob mv -q -r az://trees/v "$work/moved"
    same_text 'leaves nothing' "$(listed trees/v/)" ''
    same_tree 'all of it' "$work/tree" "$work/moved"
    exits 'a move up' 0 azblob mv -q "$work/moved/large" az://trees/big/
    absent 'leaves nothing' "$work/moved/large"
    exits 'under its own name' 0 azblob cp az://trees/big/large "$work/back"
    same_file 'with its bytes' "$work/tree/large" "$work/back"
    mkdir "$work/moved/kept"
    exits 'all the rest moves up' 0 azblob mv -q -r "$work/moved" az://trees/w
    same_text 'and so do its folders' "$(ls -A "$work/moved")" kept
    exits 'one across' 0 azblob cp az://trees/big/large az://trees/big/copy
    exits 'from where nothing is' 3 azblob mv az://trees/nothing az://trees/something
}

# put_mark NAME BYTES: `put` would take such a name for a folder to put things into.
put_mark() {
    azblob call blob.upload_blob container=trees blob="marks/$1" data="\"$2\"" >"$work/out"
}

# A blob that stands for a folder becomes one; one with bytes in it is never taken for that.
folder_blobs() {
    put_mark empty/ ''
    put_mark full/ bytes
    : | azblob put - --metadata hdi_isfolder=true trees/marks/marked
    printf 'bytes' | azblob put - --metadata hdi_isfolder=true trees/marks/odd
    exits 'blobs that stand for folders move down' 1 azblob mv -r az://trees/marks "$work/marks"
    says 'but for one with bytes in it' 'it has bytes in it'
    same_text 'which stays' "$(listed trees/marks/)$(azblob cat trees/marks/full/)" 'marks/full/ bytes'
    same_text 'or is a file' "$(cat "$work/marks/odd")" bytes
    same_text 'the others are folders' "$(find "$work/marks" -mindepth 1 -type d -printf '%P\n' | sort | tr '\n' ' ')" 'empty marked '
    put_mark empty/ ''
    printf 'full/\nempty/\n' >"$work/names"
    exits 'the same from a list' 1 azblob mv --from "$work/names" az://trees/marks "$work/marks_listed"
    same_text 'leaves it' "$(listed trees/marks/)$(azblob cat trees/marks/full/)" 'marks/full/ bytes'
    same_text 'and makes a folder' "$(ls -p "$work/marks_listed")" empty/
}

# One place by two names: what is moved there stays what it was.
same_place() {
    printf 'same' | azblob put - trees/same/a
    printf 'a\n' >"$work/names"
    exits 'a move to where it is' 2 azblob mv --from "$work/names" az://trees/same default:trees/same
    says 'is refused' "is, or lies in, 'az://trees/same'"
    exits 'nor by two URLs' 2 azblob mv --from "$work/names" "$(azblob sas --expiry 10m trees/same)" \
        "$(azblob sas --expiry 20m trees/same)"
    says 'with a SAS each' 'is, or lies in'
    printf '[profile alias]\n%s\n' "$(azurite_profile)" >>"$work/config"
    kill -HUP "$azblobd_pid"
    until_true azblob --profile alias stat trees/same/a
    exits 'where that cannot be known' 4 azblob mv --from "$work/names" az://trees/same alias:trees/same
    same_text 'it stays' "$(azblob cat trees/same/a)" same
}

# A URL's characters are none of a pattern's: neither those of its name nor its query's '?'.
urls() {
    local url snapshot name='report[1].pdf'
    printf 'meant' | azblob put - "trees/urls/$name"
    printf 'not meant' | azblob put - trees/urls/report1.pdf
    url=$(azblob sas --permissions rd "trees/urls/$name")
    mkdir "$work/urls"
    exits 'a blob by its URL' 0 azblob get -q "$url" "$work/urls/got"
    same_text 'comes' "$(cat "$work/urls/got")" meant
    exits 'and moves' 0 azblob mv -q "$url" "$work/urls"
    same_text 'as itself' "$(cat "$work/urls/$name")" meant
    same_text 'and alone' "$(listed trees/urls/)" 'urls/report1.pdf '
    snapshot=$(azblob snapshot trees/urls/report1.pdf)
    printf 'newer' | azblob put - trees/urls/report1.pdf
    url=$(azblob sas)
    url="${url%%\?*}trees/urls/report1.pdf?${url#*\?}&snapshot=$snapshot"
    exits 'a snapshot by its URL' 0 azblob cp "$url" az://trees/urls/then
    same_text 'is copied as it was' "$(azblob cat trees/urls/then)" 'not meant'
}

# Whatever a listing says, nothing is written outside of the target; the rest comes down.
# listing_server PROFILE NAME...: a server that lists these names, as the daemon's profile.
listing_server() {
    local profile=$1 port
    shift
    finish_more
    exec {server_out}< <(exec /usr/bin/python3 "$here/listing_server.py" "$@")
    server_pid=$!
    read -r -t 20 -u "$server_out" port
    printf '[profile %s]\naccount_url = http://127.0.0.1:%s/acct\naccount_key = bm90IHRoZSBrZXk=\n' \
        "$profile" "$port" >>"$work/config"
    kill -HUP "$azblobd_pid"
    until_true azblob --profile "$profile" ls c
}

# Folders that are excluded, with more names than a listing has on a page.
pruned_listings() {
    local before all='a b/one z/last '
    listing_server pruned a b/one many/@60000 more/@60000 z/last
    before=$(counted requests)
    exits 'large folders that are excluded' 0 azblob get -r --dry-run --exclude 'm*/' pruned:c "$work/pruned"
    same_text 'do not count' "$(sed 's,copy c/,,' "$work/out" | sort | tr '\n' ' ')" "$all"
    same_text 'and are hardly listed' "$(($(counted requests) - before <= 8))" 1
    exits 'nor are those that are not included' 0 azblob get -r --dry-run --include 'z/**' pruned:c "$work/pruned"
    same_text 'before the one that is' "$(cat "$work/out")" 'copy c/z/last'
    exits 'an older service' 0 azblob get -r --dry-run --exclude 'm*/' pruned:old "$work/pruned"
    same_text 'gives the same' "$(sed 's,copy old/,,' "$work/out" | sort | tr '\n' ' ')" "$all"

    listing_server busy first@300 many/@12000 next@300 over@6000
    exits 'while files are on their way' 0 azblob get -r -o jsonl --exclude 'many/' --exclude 'over*' \
        busy:c "$work/busy"
    summary 'each comes once' copied 600
    same_text 'and is there' "$(find "$work/busy" -type f | wc -l)" 600
}

# More at once, either way, than the connection to the daemon holds.
long_names() {
    listing_server long "$(head -c 900 /dev/zero | tr '\0' n)@20000"
    exits 'names of 900 bytes, and many' 0 timeout 100 azblob rm -r -q long:c
}

hostile_names() {
    mkdir -p "$work/jail/in" "$work/jail/out"
    ln -s ../out "$work/jail/in/link"
    listing_server hostile '../out/up' '/abs' 'a/../../out/up' 'a//b' './here' 'link/through' 'file' \
        'file-x' 'file/below' 'folder/' 'good/one' "$(printf 'n%.0s' {1..300})"
    exits 'a plan of hostile names' 1 azblob get -r --dry-run hostile:c "$work/jail/in"
    same_text 'has only those that files can have' "$(sort "$work/out" | tr '\n' ' ')" \
        'copy c/file copy c/file-x copy c/good/one '
    exits 'a listing of hostile names' 1 azblob get -r --failed-to "$work/failed" hostile:c "$work/jail/in"
    same_text 'has the good one' "$(cat "$work/jail/in/good/one")" bytes
    absent 'and no folder of what has bytes' "$work/jail/in/folder"
    same_text 'and the file that lies above another one' "$(cat "$work/jail/in/file")" bytes
    same_text 'and nothing else' "$(find "$work/jail" -type f | wc -l)" 3
    same_text 'all others failed' "$(wc -l <"$work/failed")" 9
    exits 'a sync by an order that is none' 1 azblob sync --delete hostile:c "$work/jail/in"
    says 'is refused' 'do not come in order'
    same_text 'and deletes nothing' "$(find "$work/jail" -type f | wc -l)" 3
}

# interruptible COMMAND...: in the background, where shells have SIGINT ignored.
interruptible() {
    exec env --default-signal=INT "$@"
}

# The service holds its answers back, so that all is certainly under way when the signal comes.
interruption() {
    local pid
    kill -STOP "$azurite_pid"
    interruptible azblob get -r trees/t "$work/cut" >"$work/out" 2>"$work/err" &
    pid=$!
    until_true azblob_is_connected "$pid"
    kill -INT "$pid"
    wait "$pid"
    same_text 'Ctrl-C ends it' "$?" 130
    kill -CONT "$azurite_pid"
    same_text 'with nothing half done' "$(find "$work/cut" -type f | wc -l)" 0
    exits 'the next one does it' 0 azblob get -q -r trees/t "$work/cut"
    same_tree 'all' "$work/tree" "$work/cut"
}

# counted KEY: what the daemon has counted of that.
counted() {
    azblob call daemon.stats | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p"
}

# More than so many bytes have moved since then.
has_moved() {
    [ $(($(counted "$1") - $2)) -gt "$3" ]
}

# same_sha256 LABEL FILE BLOB
same_sha256() {
    same_text "$1" "$(azblob cat "$3" | sha256sum)" "$(sha256sum <"$2")"
}

# Two of the 8 MiB that a part of 96 MiB has are known to be in it: 16 bytes behind them say so of
# each. A disk may be slower to have them than the network.
has_parts() {
    [ "$(tail -c +$(((96 << 20) + 1)) "$work/down/.large.azblob-part" | head -c $((12 * 16)) |
        od -An -v -tx8 -w16 | grep -vc ' 0\{16\} 0\{16\}')" -ge 2 ]
}

# cut_off bytes_in|bytes_out COMMAND...: to be killed, for it has moved 64 MiB, or $cut_after, and
# some of it is on disk. Sets cut_pid.
cut_off() {
    local key=$1 before
    shift
    before=$(counted "$key")
    interruptible azblob "$@" --bwlimit 16M 2>"$work/err" &
    cut_pid=$!
    until_true has_moved "$key" "$before" $((${cut_after:-64} << 20)) || fail 'bytes move' "$(cat "$work/err")"
    [ "$key:${cut_after:-64}" != bytes_in:64 ] || until_true has_parts ||
        fail 'and are on disk' "$(ls -la "$work/down"; cat "$work/err")"
}

# kill_hard LABEL PID: SIGKILL, and what became of it.
kill_hard() {
    kill -KILL "$2"
    wait "$2" 2>/dev/null
    same_text "$1" "$?" 137
}

# again LABEL KEY SINCE COMMAND...: it goes on, at least 8 of 96 MiB being there.
again() {
    local label=$1 key=$2 since=$3
    shift 3
    exits "$label" 0 azblob -v "$@"
    if has_moved "$key" "$since" $((88 << 20)); then
        fail "$label: less than all moves" "$(($(counted "$key") - since)) bytes"
    else
        pass "$label: less than all moves"
    fi
}

# The last command's progress was of bytes of one file, with others still to come.
tells_progress() {
    same_text "$1" "$(grep -c '"copied":0,"bytes":[1-9].*"bytes_left":[1-9]' "$work/err" | sed 's/^[1-9].*/some/')" some
}

# A file that has just been written may still be changed without its times telling.
has_settled() {
    [ -z "$(find "$1" -newerct '0.2 seconds ago')" ]
}

# A large file, and everyone who may be killed: the command, the daemon, both.
resumes() {
    local large=$work/large part=$work/down/.large.azblob-part
    head -c $((96 << 20)) /dev/urandom >"$large"
    mkdir -p "$work/down"
    until_true has_settled "$large"
    cut_off bytes_out put --progress json "$large" trees/96/large
    kill_hard 'an upload is killed' "$cut_pid"
    tells_progress 'having told how far it was'
    again 'goes on' bytes_out "$(counted bytes_out)" put "$large" trees/96/large
    same_sha256 'to the same bytes' "$large" trees/96/large

    azblob rm trees/96/large
    cut_off bytes_out put "$large" trees/96/large
    kill -KILL "$cut_pid" "$azblobd_pid"
    wait "$azblobd_pid" "$cut_pid" 2>/dev/null
    azblobd_start "$AZBLOBD_SOCKET" "$work/config" || return
    exits 'when both are killed nothing is there' 3 azblob stat trees/96/large
    again 'and the same goes on' bytes_out 0 put "$large" trees/96/large
    same_sha256 'to the same bytes' "$large" trees/96/large

    cut_off bytes_in get --progress json trees/96/large "$work/down/"
    kill_hard 'a download is killed' "$cut_pid"
    tells_progress 'having told how far it was'
    same_text 'what is there stays' "$(ls -A "$work/down")" .large.azblob-part
    exits 'but is no file of a tree' 0 azblob put -r -o jsonl "$work/down" trees/none
    summary 'of which nothing goes up' copied 0
    again 'goes on' bytes_in "$(counted bytes_in)" get trees/96/large "$work/down/"
    says 'and says so' 'resumed at'
    same_file 'to the same bytes' "$large" "$work/down/large"
    absent 'and no part' "$part"

    rm "$work/down/large"
    cut_off bytes_in sync --progress json az://trees/96 "$work/down"
    kill_hard 'the daemon is killed under a sync' "$azblobd_pid"
    wait "$cut_pid"
    same_text 'which ends' "$?" 69
    tells_progress 'having told how far it was'
    same_text 'leaving what is there' "$(ls -A "$work/down")" .large.azblob-part
    azblobd_start "$AZBLOBD_SOCKET" "$work/config" || return
    again 'goes on with another one' bytes_in 0 sync --delete az://trees/96 "$work/down"
    says 'and says so' 'resumed at'
    same_file 'to the same bytes' "$large" "$work/down/large"
    absent 'and no part' "$part"

    rm "$work/down/large"
    cut_off bytes_in cp az://trees/96/large "$work/down/large"
    kill -KILL "$cut_pid" "$azblobd_pid"
    wait "$azblobd_pid" "$cut_pid" 2>/dev/null
    azblobd_start "$AZBLOBD_SOCKET" "$work/config" || return
    again 'both are killed: goes on' bytes_in 0 cp az://trees/96/large "$work/down/large"
    same_file 'to the same bytes' "$large" "$work/down/large"

    rm "$work/down/large"
    cut_off bytes_in get -r trees/96 "$work/down"
    kill -INT "$cut_pid"
    wait "$cut_pid"
    same_text 'Ctrl-C ends it' "$?" 130
    same_text 'leaving what is there' "$(ls -A "$work/down")" .large.azblob-part
    says 'which is told' 'large: what has come is kept beside it'
    again 'and the same command goes on' bytes_in "$(counted bytes_in)" get -r trees/96 "$work/down"
    same_file 'to the same bytes' "$large" "$work/down/large"
    absent 'and no part' "$part"

    rm "$work/down/large"
    cut_after=12 cut_off bytes_in get trees/96/large "$work/down/large"
    azblob put "$work/tree/large" trees/96/large
    wait "$cut_pid"
    same_text 'a blob that changes midway is told' "$?" 4
    says 'as what it is' 'ConditionNotMet'
    absent 'and nothing is left' "$work/down/large"
    absent 'nor a part' "$part"
}

# A file system of its own for a command, with 12 MiB: the daemon has only the descriptor.
with_little_room() {
    # shellcheck disable=SC2016 # the inner shell expands them
    unshare --user --map-root-user --mount sh -c \
        'mount -t tmpfs -o size=12m none "$0" && "$@"; rc=$?; ls -A "$0"; exit $rc' "$work/small" "$@"
}

full_disk() {
    local before
    mkdir -p "$work/small"
    head -c $((40 << 20)) /dev/urandom >"$work/forty"
    azblob put -q "$work/forty" trees/full/forty
    if ! with_little_room true 2>/dev/null; then
        printf '#   no mount namespaces here: not tried\n'
        return
    fi
    before=$(counted bytes_in)
    exits 'a blob that finds no room' 1 with_little_room azblob get trees/full/forty "$work/small/forty"
    says 'says so' 'No space left on device'
    same_text 'and leaves nothing' "$(cat "$work/out")" ''
    if has_moved bytes_in "$before" $((24 << 20)); then
        fail 'before much of it has come' "$(($(counted bytes_in) - before)) bytes"
    else
        pass 'before much of it has come'
    fi
    exits 'nor does a tree' 1 with_little_room azblob get -q -r trees/full "$work/small"
    says 'say otherwise' 'No space left on device'
    same_text 'or leave anything' "$(cat "$work/out")" ''
}

# It has a signal handler for SIGINT by then, and waits.
azblob_is_connected() {
    grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status"
}

serve

shift
[ $# -gt 0 ] || set -- up_and_down one_connection piped_configuration choices plans syncs moves folder_blobs same_place urls hostile_names pruned_listings long_names \
    interruption resumes full_disk
run_groups "$@"
