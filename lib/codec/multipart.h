/*
 * multipart.h: the answer of a batch: multipart/mixed (RFC 2046), each part an HTTP response,
 * read as it arrives; one part is all that is ever held.
 */
#ifndef AZB_LIB_CODEC_MULTIPART_H
#define AZB_LIB_CODEC_MULTIPART_H

#include <stddef.h>
#include "proto/error.h"

enum {
    AZB_PART_MAX_BYTES = 128 * 1024,
};

struct azb_part {
    long content_id; /* -1: it has none */
    int status;
    const char *headers; /* of the response: lines, not NUL-terminated */
    size_t headers_n;
    const char *body;
    size_t body_n;
};

/* Returns 0, or -1 with *err set, which ends the parsing. The part is borrowed. */
typedef int azb_part_cb(const struct azb_part *part, void *arg, struct azb_error *err);

struct azb_multipart;

/*
 * content_type  the answer's header, with the boundary; quoted or not
 *
 * Returns NULL with *err set: BAD_RESPONSE when it is no multipart/mixed, NO_MEMORY.
 */
struct azb_multipart *azb_multipart_new(const char *content_type, size_t n,
                                        azb_part_cb *on_part, void *arg, struct azb_error *err);
void azb_multipart_free(struct azb_multipart *multipart);

/*
 * Bytes of the body, cut anywhere; then the end. Return 0, or -1 with BAD_RESPONSE (a part too
 * large, no HTTP response in it, the closing boundary missing), NO_MEMORY, or what on_part set.
 */
int azb_multipart_push(struct azb_multipart *multipart, const void *bytes, size_t n,
                       struct azb_error *err);
int azb_multipart_end(struct azb_multipart *multipart, struct azb_error *err);

/* A response header of a part, by name without case; "" when absent. Borrowed, *ret_n bytes. */
const char *azb_part_header(const struct azb_part *part, const char *name, size_t *ret_n);

#endif
