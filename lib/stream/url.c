/*
 * url.c: names become a URL, and nothing is sent. What may be signed into a URL stays here: the
 * caller gets the address, not the account's credential.
 */
#include <string.h>

#include "lib/auth/sign.h"
#include "lib/decoder.h"
#include "lib/params.h"
#include "lib/call.h"

/* The address at one of the account's hosts, into the result's field of that name. */
static int put_url(struct azb_call *call, struct azb_decoder *decoder, const char *field,
                   const struct azb_location *location, struct azb_error *err)
{
    static const struct azb_account anonymous = {.kind = AZB_CREDENTIAL_NONE};
    struct azb_request req = {.arena = call->arena};
    const char *url;

    if (location->origin == NULL)
        return 0;
    if (azb_request_build(&req, &call->args, location, call->account->is_https,
                          &call->engine->scratch, err) < 0)
        return -1;
    url = azb_request_target(&req, &anonymous, location->origin, &call->engine->scratch);
    if (url == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a URL");
    return azb_decoder_set_str(decoder, field, url, strlen(url), err);
}

static int url_start(struct azb_call *call, struct azb_error *err)
{
    const struct azb_account *account = call->account;
    struct azb_decoder *decoder = azb_decoder_new(call->method->shape, NULL, NULL);
    int rc = -1;

    if (decoder == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a call");
    if (put_url(call, decoder, "url", &account->primary, err) == 0 &&
        put_url(call, decoder, "secondary_url", &account->secondary, err) == 0 &&
        azb_decoder_set_str(decoder, "account_name", account->name, strlen(account->name),
                            err) == 0) {
        azb_decoder_emit(decoder, azb_call_param, call, &call->result);
        azb_call_finish(call, NULL);
        rc = 0;
    }
    azb_decoder_free(decoder);
    return rc;
}

static void url_stop(struct azb_call *call)
{
    (void)call;
}

const struct azb_driver azb_url_driver = {
    .start = url_start,
    .stop = url_stop,
};
