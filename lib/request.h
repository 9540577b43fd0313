/*
 * request.h: one HTTP request of the Blob service before it is signed and sent: names and
 * values as they are meant, encoded only where the wire needs it.
 */
#ifndef AZB_LIB_REQUEST_H
#define AZB_LIB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/arena.h"
#include "proto/error.h"

enum {
    AZB_REQUEST_MAX_QUERY = 24,
    AZB_REQUEST_MAX_HEADERS = 128, /* metadata included; the service takes 8 KiB of it */
};

struct azb_pair {
    const char *name;
    const char *value;
};

struct azb_request {
    struct azb_arena *arena; /* every string lives here or is static */
    const char *verb;
    const char *path; /* percent-encoded, from the root: "/devstoreaccount1/c/a%20b" */
    struct azb_pair query[AZB_REQUEST_MAX_QUERY]; /* decoded values, in wire order */
    unsigned n_query;
    struct azb_pair *headers; /* x-ms-* names are in lower case, but for metadata keys */
    unsigned n_headers, headers_cap;
    int64_t content_length; /* -1: no body and no Content-Length */
};

/*
 * Add a header or a query parameter; name and value are borrowed, and must live as long as
 * the request. Return 0, or -1: INVALID_ARG when there are too many, or when a header's value
 * holds a control character (which would end the header line), or NO_MEMORY.
 */
int azb_request_header(struct azb_request *req, const char *name, const char *value,
                       struct azb_error *err);
int azb_request_query(struct azb_request *req, const char *name, const char *value,
                      struct azb_error *err);

/* The value of a header (compared without case), or NULL. */
const char *azb_request_find_header(const struct azb_request *req, const char *name);

#endif
