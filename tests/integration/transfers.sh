#!/usr/bin/env bash
# transfers.sh BUILD: transfers.py against a real server (Azurite), through a real daemon. BUILD is the
# folder with azblobd.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

serve
TMPDIR=$work "$here/transfers.py"
