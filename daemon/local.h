/*
 * local.h: the methods that the daemon answers by itself: rpc.*, daemon.*, service.open and
 * close.
 */
#ifndef AZB_DAEMON_LOCAL_H
#define AZB_DAEMON_LOCAL_H

#include "daemon/session.h"
#include "lib/params.h"

/* What a row's .answer is given: checked arguments, and where the result goes. */
struct azb_local_call {
    struct azb_session *session;
    struct azb_worker *worker;
    const struct azb_args *args;
    msgpack_packer *pk;
};

typedef int azb_local_cb(struct azb_local_call *call, struct azb_error *err);

extern const struct azb_row azb_local_rows[];

/* What is told of an account, its secrets not being among that: so many pairs of a map. */
#define ACCOUNT_RESULTS                                                     \
    {"account_name", AZB_STR}, {"primary_endpoint", AZB_STR},               \
        {"secondary_endpoint", AZB_STR, .doc = "absent: none known"},       \
    {                                                                       \
        "credential", AZB_STR, .doc = "anonymous, shared_key, sas or token" \
    }
unsigned azb_local_account_pairs(const struct azb_account *account);
void azb_local_pack_account(msgpack_packer *pk, const struct azb_account *account);

/* Append the result to ret. Returns 0, or -1 with *err set. */
int azb_local_answer(struct azb_session *session, const struct azb_method *method,
                     const msgpack_object_map *params, struct azb_buf *ret,
                     struct azb_error *err);

#endif
