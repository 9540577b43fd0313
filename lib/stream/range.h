/*
 * range.h: one range of a blob, fetched whole or not at all. Where an answer breaks off, the
 * next attempt goes on behind the last byte that is sure, pinned to the ETag. The service is
 * asked for a body with checksums; if it has none to give, lengths and TLS are what there is.
 */
#ifndef AZB_LIB_STREAM_RANGE_H
#define AZB_LIB_STREAM_RANGE_H

#include "lib/codec/structured.h"
#include "lib/op.h"

enum {
    AZB_RANGE_MD5_BYTES = 16,
    AZB_RANGE_MAX_ETAG = 128,
};

struct azb_range;

struct azb_range_hooks {
    /* The first head that can be believed: range->total and ->bytes are right from here on. */
    int (*head)(struct azb_range *range, struct azb_error *err);
    bool (*has_room)(struct azb_range *range, size_t n);
    /* The bytes behind range->received, for which there is room; borrowed. */
    int (*put)(struct azb_range *range, const void *bytes, size_t n, struct azb_error *err);
    /* What was put beyond range->sure will be put once more. False: it cannot be taken back;
     * then the second copy is compared with it, and not put. */
    bool (*rewind)(struct azb_range *range);
    /* Once, unless azb_range_clear() came first. */
    void (*done)(struct azb_range *range, const struct azb_error *err);
};

struct azb_range {
    struct azb_op op; /* its decoder has the first answer's headers */
    const struct azb_range_hooks *hooks;
    void *arg;
    uint64_t from;                 /* of the blob */
    uint64_t bytes;                /* wanted; from the head on: that there are */
    bool is_whole;                 /* asked for without a range: an empty blob has none */
    bool on_secondary;             /* ask there first */
    bool wants_md5;                /* of this range, from the service; of 4 MiB at most */
    bool wants_crc;                /* range->crc is needed even if the service sends none */
    bool may_park;                 /* as of azb_op: its reader may stop for ever */
    char etag[AZB_RANGE_MAX_ETAG]; /* of the version that is wanted; "": any */

    bool has_head;
    uint64_t total;    /* size of the blob */
    uint64_t received; /* bytes put */
    bool has_crc;      /* of all bytes of the range, once it is done */
    uint64_t crc;
    bool has_blob_md5; /* the first answer told that of the whole blob */
    unsigned char blob_md5[AZB_RANGE_MD5_BYTES];

    /* of the answer under way */
    bool has_body; /* its head was right */
    uint64_t sure; /* bytes of the range that were right before it; it begins there */
    bool is_structured;
    int64_t structured_bytes; /* content length, as told; -1: not */
    struct azb_structured structured;
    uint64_t overlap; /* bytes beyond sure that were put already */
    uint64_t overlap_crc, seen_overlap_crc;
    bool has_md5;
    unsigned char md5[AZB_RANGE_MD5_BYTES];
    EVP_MD_CTX *md5_ctx;
    char seen_etag[AZB_RANGE_MAX_ETAG];
    char seen_range[96];
};

/* Fetch it. range: from, bytes, is_whole, wants_md5, wants_crc and etag are set, the rest is
 * zero or that of a range before. Returns 0, or -1 with *err set; then no callback comes. */
int azb_range_start(struct azb_range *range, struct azb_call *call,
                    const struct azb_range_hooks *hooks, void *arg, struct azb_error *err);

/* There is room again. */
void azb_range_resume(struct azb_range *range);

/* Give up what is under way, and free what is held. Zeroed: nothing. */
void azb_range_clear(struct azb_range *range);

#endif
