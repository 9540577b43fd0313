/*
 * explain.h: why the service refused, in a sentence, and what to do about it.
 */
#ifndef AZB_LIB_AUTH_EXPLAIN_H
#define AZB_LIB_AUTH_EXPLAIN_H

#include "lib/auth/account.h"
#include "proto/descriptor.h"
#include "proto/error.h"

/* What is known beside the answer itself. */
struct azb_denial {
    const struct azb_account *account;
    const struct azb_row *row; /* the operation that was refused */
    bool is_blob;              /* it concerns a blob, not a container or the account */
    int64_t now_unix_s;        /* by the service's clock */
    int64_t clock_offset_s;    /* the service's clock less ours */
};

/*
 * Put the likeliest cause of a 401 or 403 before the service's own words in err->message.
 * Other errors stay as they are. Nothing of a credential is quoted but a SAS's public fields.
 */
void azb_denial_explain(const struct azb_denial *denial, struct azb_error *err);

/* Does the credential itself say that such an operation will be refused? A SAS may, by its
 * letters. */
bool azb_denial_is_sure(const struct azb_account *account, enum azb_access access);

#endif
