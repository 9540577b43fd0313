/*
 * structured.h: the service's framing of a body with checksums (XSM/1.0; properties=crc64):
 * segments of up to 4 MiB, each followed by its CRC-64, and that of the whole at the end.
 */
#ifndef AZB_LIB_CODEC_STRUCTURED_H
#define AZB_LIB_CODEC_STRUCTURED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proto/error.h"

/* What x-ms-structured-body says, in the request and in the answer. */
#define AZB_STRUCTURED_CRC64 "XSM/1.0; properties=crc64"

/* Content bytes in order, borrowed. Returns 0, or -1 with *err set, which ends the decoding. */
typedef int azb_structured_cb(const void *bytes, size_t n, void *arg, struct azb_error *err);

enum {
    AZB_STRUCTURED_HEAD_BYTES = 13, /* the longest piece besides content */
};

/* Embedded in its owner; nothing in it needs freeing. */
struct azb_structured {
    azb_structured_cb *on_content;
    void *arg;
    uint64_t message_bytes, content_bytes; /* as promised */
    uint64_t n_content;                    /* content bytes handed on */
    uint64_t n_checked; /* of those, up to the last segment whose checksum was right */
    uint64_t crc;       /* of the n_checked bytes */
    unsigned n_segments, segment_i;
    uint64_t segment_bytes, segment_left, segment_crc;
    enum {
        AZB_STRUCTURED_MESSAGE_HEAD,
        AZB_STRUCTURED_SEGMENT_HEAD,
        AZB_STRUCTURED_CONTENT,
        AZB_STRUCTURED_SEGMENT_CRC,
        AZB_STRUCTURED_MESSAGE_CRC,
        AZB_STRUCTURED_DONE,
    } state;
    unsigned char piece[AZB_STRUCTURED_HEAD_BYTES]; /* a head or a checksum, as it comes */
    size_t piece_n;
};

/*
 * message_bytes  of the body (Content-Length)
 * content_bytes  in it (x-ms-structured-content-length)
 */
void azb_structured_init(struct azb_structured *decoder, uint64_t message_bytes,
                         uint64_t content_bytes, azb_structured_cb *on_content, void *arg);

/*
 * Body bytes, cut anywhere. Content is handed on as it comes, so before its checksum: n_checked
 * tells how much of it is sure. Returns 0, or -1 with BAD_RESPONSE, CHECKSUM, or what
 * on_content set.
 */
int azb_structured_push(struct azb_structured *decoder, const void *bytes, size_t n,
                        struct azb_error *err);

/* All has come, or else SHORT_BODY. */
int azb_structured_end(const struct azb_structured *decoder, struct azb_error *err);

#endif
