# shellcheck shell=bash
# azurite.sh: Azurite for the scripts that source this: the Blob service of the emulator, from
# npm and pinned by package-lock.json, in memory, on a port of its own of 127.0.0.1.

azurite_folder=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/integration/npm.sh
. "$azurite_folder/npm.sh"
# The emulator's account and key are the ones that its documentation prints.
azurite_account=devstoreaccount1
azurite_key='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

azurite_install() {
    npm_install "$azurite_folder"
}

# Start Azurite and wait until it listens. Sets azurite_url (with the account in its path) and
# azurite_pid. Azurite picks the port itself and prints it, so that
# there is no moment in which somebody else could take it.
azurite_start() {
    local line said=
    exec {azurite_out}< <(exec node "$azurite_folder/node_modules/azurite/dist/src/blob/main.js" \
        --blobHost 127.0.0.1 --blobPort 0 --inMemoryPersistence --silent --disableTelemetry \
        --skipApiVersionCheck 2>&1)
    azurite_pid=$!
    while read -r -t 60 -u "$azurite_out" line; do
        case "$line" in
        *'successfully listens on '*)
            azurite_url=${line##* }/$azurite_account
            return 0
            ;;
        esac
        said+=$line$'\n'
    done
    printf 'Azurite did not start:\n%s' "$said" >&2
    return 1
}

azurite_stop() {
    [ -n "${azurite_pid:-}" ] || return 0
    kill "$azurite_pid" 2>/dev/null || true
    wait "$azurite_pid" 2>/dev/null || true
    exec {azurite_out}<&-
    azurite_pid=
}

# The lines of a profile (of a configuration file) for the running Azurite.
azurite_profile() {
    printf 'account_url = %s\naccount_key = %s\n' "$azurite_url" "$azurite_key"
}

# The same as a connection string.
azurite_connection_string() {
    printf 'AccountName=%s;AccountKey=%s;BlobEndpoint=%s' "$azurite_account" "$azurite_key" "$azurite_url"
}
