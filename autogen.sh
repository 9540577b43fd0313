#!/bin/sh
# autogen.sh: makes configure from configure.ac; for a checkout, not for a release.
set -e
cd "$(dirname "$0")"
mkdir -p m4
autoreconf -fi
