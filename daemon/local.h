/*
 * local.h: the methods that the daemon answers by itself: rpc.*, daemon.*, service.open and
 * close.
 */
#ifndef AZB_DAEMON_LOCAL_H
#define AZB_DAEMON_LOCAL_H

#include "daemon/session.h"
#include "lib/params.h"

extern const struct azb_row azb_local_rows[];

/* Append the result to ret. Returns 0, or -1 with *err set. */
int azb_local_answer(struct azb_session *session, const struct azb_method *method,
                     const msgpack_object_map *params, struct azb_buf *ret,
                     struct azb_error *err);

#endif
