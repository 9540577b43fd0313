/*
 * environment.c: which variables carry an account and its credential. The daemon gives them
 * their meaning; a client only takes them along, for its own connection.
 */
#include "client/environment.h"

#include <stdlib.h>
#include <string.h>

const char *const azb_environment_names[] = {
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_SERVICE_ENDPOINT",
    "AZURE_STORAGE_AUTH_MODE",
    NULL,
};

bool azb_environment_is_credential(const char *assignment)
{
    for (const char *const *name = azb_environment_names; *name != NULL; name++) {
        size_t n = strlen(*name);

        if (strncmp(assignment, *name, n) == 0 && assignment[n] == '=')
            return true;
    }
    return false;
}

size_t azb_environment_count(void)
{
    size_t n = 0;

    for (const char *const *name = azb_environment_names; *name != NULL; name++) {
        const char *value = getenv(*name);

        n += value != NULL && value[0] != '\0';
    }
    return n;
}
