#!/bin/sh
# replay.sh: each fuzz target over its corpus, where every crash ever found stays. Runs in the build folder.
corpus=$(dirname "$0")/corpus
failed=0
for folder in "$corpus"/*/; do
    name=$(basename "$folder")
    if ! "tests/fuzz/fuzz_$name" "$folder"; then
        echo "fuzz_$name failed over its corpus"
        failed=1
    fi
done
exit $failed
