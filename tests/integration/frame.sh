# shellcheck shell=bash
# frame.sh: cases for the scripts that source this. Each of these is one case, its label first;
# $work is the script's folder.

work=
passed=0
failed=0

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
