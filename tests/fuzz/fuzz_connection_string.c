/*
 * fuzz_connection_string.c: connection strings, and the same text as an account URL. Texts
 * with the marker in them hold a secret, which may not come back in a message. No account's
 * name can hold it: names may come back.
 */
#include "lib/auth/account.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MARKER "5ec+e7"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(int rc, struct azb_account *account, const struct azb_error *err)
{
    if (rc < 0) {
        if (err->what == AZB_OK || err->message[0] == '\0' ||
            strstr(err->message, MARKER) != NULL)
            abort();
        return;
    }
    if (account->name == NULL || strncmp(account->primary.origin, "http", 4) != 0 ||
        (account->primary.base_path[0] != '\0' && account->primary.base_path[0] != '/'))
        abort();
    if ((account->kind == AZB_CREDENTIAL_SHARED_KEY) != (account->key != NULL) ||
        (account->kind == AZB_CREDENTIAL_SAS) != (account->sas != NULL) ||
        account->token != NULL)
        abort();
    azb_account_unref(account);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const char *text = n > 0 ? (const char *)bytes : "";
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    int rc;

    rc = azb_account_from_connection_string(text, n, &account, &err);
    check(rc, account, &err);
    memset(&err, 0, sizeof(err));
    rc = azb_account_from_url(text, n, NULL, NULL, &account, &err);
    check(rc, account, &err);
    return 0;
}
