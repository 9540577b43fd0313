/*
 * target.h: what a user calls a container or a blob, taken apart.
 */
#ifndef AZB_CLIENT_TARGET_H
#define AZB_CLIENT_TARGET_H

#include <stdbool.h>
#include "proto/error.h"

/* The strings lie in one allocation of the target's own; NULL where the name has no such part.
 */
struct azb_target {
    const char *text;    /* as it was given, without a URL's query: for messages; borrowed */
    const char *profile; /* PROFILE:... */
    const char *account_url; /* https://..., up to the container */
    const char *sas;         /* the URL's credential: never to be shown */
    const char *container;   /* may be NULL with an account_url or a profile alone */
    const char *blob;        /* name or prefix; NULL: none was given; "" after CONTAINER/ */
    const char *snapshot, *version_id;
    bool is_url; /* percent-decoded: none of its characters is a wildcard */
    char *memory;
};

/*
 * Take a name apart:
 *   https://ACCOUNT.HOST/CONTAINER/NAME[?snapshot=...|versionid=...|SAS]  percent-decoded once
 *   https://IP-OR-LOCALHOST:PORT/ACCOUNT/CONTAINER/NAME                   path style
 *   az://CONTAINER/NAME, az://ACCOUNT.HOST/CONTAINER/NAME, PROFILE:CONTAINER/NAME,
 *   CONTAINER/NAME                                                        literal bytes
 *
 * text is borrowed as long as the target is used. Returns 0, or -1 with INVALID_ARG or
 * NO_MEMORY.
 */
int azb_target_parse(const char *text, struct azb_target *ret, struct azb_error *err);

void azb_target_clear(struct azb_target *target);

#endif
