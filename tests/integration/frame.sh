# shellcheck shell=bash
# frame.sh: what the scripts that source this have in common: BUILD, their argument, in PATH; a
# folder $work; a daemon before Azurite; and cases. All of it is gone when the script ends.

frame_folder=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$(readlink -f "${1:-.}")
PATH=$build:$PATH
# shellcheck source=tests/integration/azurite.sh
. "$frame_folder/azurite.sh"
# shellcheck source=tests/integration/azblobd.sh
. "$frame_folder/azblobd.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/azblobd-it-XXXXXX")
passed=0
failed=0

# A script that has more to clean up says how in one of its own.
finish_more() {
    :
}

finish() {
    azblobd_stop
    azurite_stop
    finish_more
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# The same for more sections of the daemon's configuration.
configure_more() {
    :
}

# Start Azurite and a daemon whose default profile it is. Ends the script if that does not work.
serve() {
    azurite_install && azurite_start || exit 1
    {
        printf '[daemon]\nworkers = 3\n[profile default]\n' && azurite_profile
        printf '[retry]\nfirst_delay_ms = 10\nmax_delay_ms = 50\n'
        configure_more
    } >"$work/config"
    export AZBLOBD_SOCKET=$work/socket
    azblobd_start "$AZBLOBD_SOCKET" "$work/config" || exit 1
}

# The count of the cases so far; ends with whether all have passed.
verdict() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
}

# run_groups FUNCTION...: their cases, and that count.
run_groups() {
    local group
    for group; do
        printf '# %s\n' "$group"
        "$group"
    done
    verdict
}

# --- cases: each of these is one, its label first ---

pass() {
    passed=$((passed + 1))
    printf 'ok %d - %s\n' $((passed + failed)) "$1"
}

fail() {
    failed=$((failed + 1))
    printf 'not ok %d - %s\n' $((passed + failed)) "$1"
    printf '%s\n' "$2" | sed 's/^/#   /'
}

# exits LABEL STATUS COMMAND...: the command ends with this status; its output is in $work/out
# and $work/err. A failure that says nothing on standard error is a failure of the case too.
exits() {
    local label=$1 want=$2 got
    shift 2
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    if [ "$got" -ne "$want" ]; then
        fail "$label" "status $got, not $want: $* ($(head -c 300 "$work/err"))"
    elif [ "$want" -ne 0 ] && [ ! -s "$work/err" ]; then
        fail "$label" "status $got without a word: $*"
    else
        pass "$label"
    fi
}

# says LABEL TEXT: the last command's standard error or output has this in it.
says() {
    if grep -qF -- "$2" "$work/err" "$work/out"; then
        pass "$1"
    else
        fail "$1" "no '$2' in: $(head -c 300 "$work/err" "$work/out")"
    fi
}

same_file() {
    if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(cmp "$2" "$3" 2>&1)"; fi
}

same_text() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "'$2' is not '$3'"; fi
}

absent() {
    if [ -e "$2" ]; then fail "$1" "$2 is there: $(ls -la "$2")"; else pass "$1"; fi
}

# until_true COMMAND...: try for 10 s at most, ten times a second.
until_true() {
    local i
    [ -p "$work/never" ] || mkfifo "$work/never"
    for ((i = 0; i < 100; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        read -r -t 0.1 <>"$work/never"
    done
    return 1
}
