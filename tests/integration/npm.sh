# shellcheck shell=bash
# npm.sh: packages of npm for the scripts that source this.

# npm_install FOLDER: what FOLDER's package-lock.json names, unless that has been done.
npm_install() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] ||
        npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund --loglevel=error
}
