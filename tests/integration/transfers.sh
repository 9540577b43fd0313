#!/usr/bin/env bash
# transfers.sh BUILD: transfers.py against a real server (Azurite), through a real daemon. BUILD is the
# folder with azblobd.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:-.}")
PATH=$build:$PATH
# shellcheck source=tests/integration/azurite.sh
. "$here/azurite.sh"
# shellcheck source=tests/integration/azblobd.sh
. "$here/azblobd.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/azblobd-transfers-XXXXXX")

finish() {
    azblobd_stop || true
    azurite_stop
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

azurite_install
azurite_start
{
    printf '[profile default]\n'
    azurite_profile
} >"$work/azblobd.conf"
azblobd_start "$work/sock" "$work/azblobd.conf"
AZBLOBD_SOCKET=$work/sock TMPDIR=$work "$here/transfers.py"
