/*
 * shared_key.h: the Shared Key scheme of Azure Storage: the text that is signed, and
 * HMAC-SHA256 over it. Follows: "Authorize with Shared Key" of the REST reference.
 */
#ifndef AZB_LIB_AUTH_SHARED_KEY_H
#define AZB_LIB_AUTH_SHARED_KEY_H

#include <stddef.h>
#include "lib/request.h"
#include "proto/buf.h"
#include "proto/error.h"

struct azb_shared_key;

/*
 * account     copied
 * key_base64  the account key as the portal shows it; not kept as text
 *
 * Returns 0, or -1 with BAD_CREDENTIAL (not base64; the message never repeats it) or NO_MEMORY.
 */
int azb_shared_key_new(const char *account, const char *key_base64, size_t key_chars,
                       struct azb_shared_key **ret, struct azb_error *err);

/* Zeroes the key first. NULL is allowed. */
void azb_shared_key_free(struct azb_shared_key *key);

/* base64(HMAC-SHA256(key, text)) into ret[45]. Returns 0 or -1 with BAD_CREDENTIAL. */
int azb_shared_key_hmac(struct azb_shared_key *key, const void *text, size_t n, char ret[45],
                        struct azb_error *err);

/*
 * Append the string-to-sign of a request that has all its headers (x-ms-date among them).
 * content_length: empty line for 0 and -1, as service versions from 2015-02-21 want it.
 */
void azb_shared_key_string_to_sign(const struct azb_request *req, const char *account,
                                   struct azb_buf *ret);

/*
 * The value of the Authorization header, "SharedKey acct:...", in the request's arena.
 * scratch: any buffer of the caller's, emptied; saves an allocation for each request.
 */
int azb_shared_key_authorize(struct azb_shared_key *key, const struct azb_request *req,
                             struct azb_buf *scratch, const char **ret, struct azb_error *err);

#endif
