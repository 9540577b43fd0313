#!/usr/bin/env bash
# run.sh BUILD: does the daemon ask the service for the same as Azure's own JavaScript SDK? Both
# make the same calls against one local server, which compares what arrives. BUILD is the folder
# with azblobd. Prints a line for each case and at the end `N passed, N failed`; ends with 1 if
# any failed. wire.txt in COVERAGE_DIR, else in BUILD/coverage, gets the methods that are proven.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:-.}")
PATH=$build:$PATH
# shellcheck source=tests/integration/npm.sh
. "$here/../integration/npm.sh"
# shellcheck source=tests/integration/azblobd.sh
. "$here/../integration/azblobd.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/azblobd-wire-XXXXXX")

finish() {
    azblobd_stop || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

npm_install "$here"
# Keys of customers go over https only, so the server speaks it, with a certificate of today.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
printf '[service]\nca_file = %s\n[upload]\nmax_single_put_bytes = 4K\nblock_bytes = 4K\n[retry]\nmax_retries = 0\n' \
    "$work/cert.pem" >"$work/config"
export COVERAGE_DIR=${COVERAGE_DIR:-$build/coverage}
export AZBLOBD_SOCKET=$work/socket
azblobd_start "$AZBLOBD_SOCKET" "$work/config"
WIRE_TLS=$work NODE_EXTRA_CA_CERTS=$work/cert.pem node "$here/run.mjs"
