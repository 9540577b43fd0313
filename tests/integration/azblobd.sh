# shellcheck shell=bash
# azblobd.sh: the daemon for the scripts that source this.

# Start `azblobd --socket $1 --config $2` and wait until it listens; its log goes to $1.log.
# Sets azblobd_pid.
azblobd_start() {
    local ready=$1.ready byte=
    rm -f "$ready"
    mkfifo -m 600 "$ready"
    AZBLOBD_READY_FD=9 azblobd --socket "$1" --config "$2" 9>"$ready" >>"$1.log" 2>&1 &
    azblobd_pid=$!
    read -r -n 1 -t 20 byte <"$ready" || true
    rm -f "$ready"
    if [ "$byte" != 1 ]; then
        printf 'azblobd did not get ready:\n' >&2
        cat "$1.log" >&2
        return 1
    fi
}

# SIGTERM and wait; returns the daemon's exit status.
azblobd_stop() {
    local pid=${azblobd_pid:-}
    [ -n "$pid" ] || return 0
    azblobd_pid=
    kill "$pid" 2>/dev/null || true
    wait "$pid"
}
