/*
 * sign.h: the last step before a request is sent: what every request carries, and the proof
 * that it may be made, by whatever credential the account has.
 */
#ifndef AZB_LIB_AUTH_SIGN_H
#define AZB_LIB_AUTH_SIGN_H

#include "lib/auth/account.h"
#include "lib/request.h"
#include "proto/buf.h"

/* What a request carries besides what its row says. All borrowed. */
struct azb_stamp {
    const char *api_version; /* NULL: none (a batch's sub-request) */
    const char *date;        /* RFC 1123, by the service's clock */
    const char *client_request_id;
};

/*
 * Add x-ms-version, x-ms-date, x-ms-client-request-id and, by the kind of credential,
 * Authorization. scratch is emptied. Returns 0 or -1 with *err set.
 */
int azb_sign(struct azb_request *req, struct azb_account *account,
             const struct azb_stamp *stamp, struct azb_buf *scratch, struct azb_error *err);

/*
 * The path and query as they go on the request line, with the account's SAS if that is its
 * credential; origin ("" or "https://host") comes first. In the request's arena; NULL without
 * memory.
 */
const char *azb_request_target(const struct azb_request *req, const struct azb_account *account,
                               const char *origin, struct azb_buf *scratch);

#endif
