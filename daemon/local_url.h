/*
 * local_url.h: what the SDK's from_..._url and connection string functions read out of a text.
 * Nothing is sent, no client is made: service.open does that. And the calls about a blob that
 * a URL names, as calls of an account's container and blob.
 */
#ifndef AZB_DAEMON_LOCAL_URL_H
#define AZB_DAEMON_LOCAL_URL_H

#include "lib/call.h"

extern const struct azb_row azb_url_rows[];

/*
 * The call that a method with .by_url stands for: its method, its parameters, which live in the
 * zone and borrow from params, and the account, a reference that the caller gives back. Returns
 * 0, or -1 with *err set.
 */
int azb_url_resolve(const struct azb_method *method, const msgpack_object_map *params,
                    msgpack_zone *zone, struct azb_call_setup *ret, struct azb_error *err);

#endif
