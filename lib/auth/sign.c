/*
 * sign.c: stamps and signs requests.
 */
#include "lib/auth/sign.h"

#include <string.h>

#include "lib/codec/url.h"

int azb_sign(struct azb_request *req, struct azb_account *account,
             const struct azb_stamp *stamp, struct azb_buf *scratch, struct azb_error *err)
{
    const char *authorization;

    if (stamp->api_version != NULL &&
        azb_request_header(req, "x-ms-version", stamp->api_version, err) < 0)
        return -1;
    if (azb_request_header(req, "x-ms-date", stamp->date, err) < 0 ||
        azb_request_header(req, "x-ms-client-request-id", stamp->client_request_id, err) < 0)
        return -1;
    switch (account->kind) {
    case AZB_CREDENTIAL_NONE:
    case AZB_CREDENTIAL_SAS: /* part of the request's target */
        return 0;
    case AZB_CREDENTIAL_SHARED_KEY:
        if (azb_shared_key_authorize(account->key, req, scratch, &authorization, err) < 0)
            return -1;
        return azb_request_header(req, "Authorization", authorization, err);
    case AZB_CREDENTIAL_TOKEN:
        authorization = azb_arena_printf(req->arena, "Bearer %s", account->token);
        if (authorization == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
        return azb_request_header(req, "Authorization", authorization, err);
    }
    return 0;
}

const char *azb_request_target(const struct azb_request *req, const struct azb_account *account,
                               const char *origin, struct azb_buf *scratch)
{
    char separator = '?';

    azb_buf_reset(scratch);
    azb_buf_puts(scratch, origin);
    azb_buf_puts(scratch, req->path);
    for (unsigned i = 0; i < req->n_query; i++) {
        const struct azb_pair *q = &req->query[i];

        azb_buf_append(scratch, &separator, 1);
        azb_buf_puts(scratch, q->name);
        azb_buf_puts(scratch, "=");
        azb_url_encode(scratch, q->value, strlen(q->value), AZB_URL_VALUE);
        separator = '&';
    }
    if (account->kind == AZB_CREDENTIAL_SAS) {
        azb_buf_append(scratch, &separator, 1);
        azb_buf_puts(scratch, account->sas);
    }
    if (scratch->failed)
        return NULL;
    return azb_arena_strndup(req->arena, (const char *)scratch->data, scratch->len);
}
