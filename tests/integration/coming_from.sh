#!/usr/bin/env bash
# coming_from.sh [BUILD]: the commands of docs/coming-from.md, the last cell of each row, run in order
# against Azurite. Prints a line for each and at the end `N passed, N failed`; ends with 1 if any
# failed.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/integration/frame.sh
. "$here/frame.sh"

# The last cell of each row that has commands; a bar inside a cell is written \|.
# shellcheck disable=SC2016 # of Markdown
commands() {
    sed -n 's/^| `.* | `\(.*\)` |$/\1/; T; s/\\|/|/g; p' "$here/../../docs/coming-from.md"
}

prepare_folder() {
    mkdir -p "$work/home/photos/2026" "$work/home/site"
    cd "$work/home" || exit 1
    head -c 100000 /dev/urandom >photos/a.jpg
    head -c 300 /dev/urandom >photos/2026/b.jpg
    echo '<p>hello' >site/index.html
    echo 'p { color: red }' >site/style.css
    echo 'notes' >notes.txt
    printf 'flat/a.jpg\npiped\n' >list
}

serve
prepare_folder

rows=$(grep -c '^| `' "$here/../../docs/coming-from.md")
while IFS= read -r command; do
    if bash -o pipefail -c "$command" >"$work/out" 2>"$work/err" </dev/null; then
        passed=$((passed + 1))
        printf 'ok %d - %s\n' $((passed + failed)) "$command"
    else
        failed=$((failed + 1))
        printf 'not ok %d - %s\n' $((passed + failed)) "$command"
        head -c 1000 "$work/err" | sed 's/^/#   /'
    fi
done < <(commands)
if [ $((passed + failed)) -ne "$rows" ]; then
    printf '#   the page has %d rows, %d were run\n' "$rows" $((passed + failed))
    failed=$((failed + 1))
fi
verdict
