#!/usr/bin/env bash
# coverage.sh DIR: which kind of test has called which method, as docs/coverage.md has it. DIR is
# what $COVERAGE_DIR was while the tests ran: a file for each kind, with a method in each line.
# Writes DIR/coverage.md; ends with 1 when a method was called by no test, or docs/coverage.md says
# something else.
set -euo pipefail
top=$(dirname "$(readlink -f "$0")")/..
folder=$1
kinds=(wire recording azurite scripted)
failed=0

# called KIND METHOD
called() {
    [ -f "$folder/$1.txt" ] && grep -qxF -- "$2" "$folder/$1.txt"
}

methods=$(sed -n 's/^### \([a-z]*\.[a-z_]*\)$/\1/p' "$top/docs/operations.md")
{
    cat <<'TEXT'
# Which test knows which method

Written by `run-tests`, which fails when this page is not what its tests did.

- **wire**: the request is the one that Microsoft's own client makes of the same call.
- **recording**: the result is read from an answer that the service gave.
- **azurite**: called against the emulator.
- **scripted**: called against a server that follows a script of answers and faults.

TEXT
    printf '| method | %s | %s | %s | %s |\n|---|---|---|---|---|\n' "${kinds[@]}"
    for method in $methods; do
        printf '| %s |' "$method"
        for kind in "${kinds[@]}"; do
            if called "$kind" "$method"; then printf ' yes |'; else printf '  |'; fi
        done
        printf '\n'
    done
} >"$folder/coverage.md"

if uncalled=$(grep '|  |  |  |  |$' "$folder/coverage.md"); then
    printf 'no test calls: %s\n' "$uncalled"
    failed=1
fi
if ! diff "$top/docs/coverage.md" "$folder/coverage.md"; then
    echo "docs/coverage.md is out of date: cp $folder/coverage.md docs/coverage.md"
    failed=1
fi
exit $failed
