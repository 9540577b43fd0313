/*
 * decoder.h: from one answer's headers and XML body to the msgpack result that a row describes.
 *
 * Each value is encoded into its slot as it arrives; an entry of a listing, and at the end the
 * whole result, is written in the order of its fields, absent ones left out. There is no
 * document tree: one entry is all that is ever held of a streamed listing.
 */
#ifndef AZB_LIB_DECODER_H
#define AZB_LIB_DECODER_H

#include <msgpack.h>
#include "lib/shape.h"
#include "proto/buf.h"

struct azb_decoder;

enum {
    AZB_DECODER_MAX_TEXT = 64 * 1024,          /* bytes of one element's text */
    AZB_DECODER_MAX_ENTRY = 1024 * 1024,       /* encoded bytes of one entry */
    AZB_DECODER_MAX_RESULT = 64 * 1024 * 1024, /* encoded bytes of a list that is collected */
};

/*
 * A streamed list's entry is complete. item: its encoded value, borrowed until the callback
 * returns. Returns 0, or -1 with *err set, which ends the decoding.
 */
typedef int azb_item_cb(const void *item, size_t n, void *arg, struct azb_error *err);

/* on_item: NULL when entries of streamed lists are to be collected like others. */
/* shape is borrowed for its life. Returns NULL when there is no memory. */
struct azb_decoder *azb_decoder_new(const struct azb_shape *shape, azb_item_cb *on_item,
                                    void *arg);
void azb_decoder_free(struct azb_decoder *decoder);

/* Forget all that was read: a new attempt's answer follows. */
void azb_decoder_reset(struct azb_decoder *decoder);

/*
 * One response header; names are compared without case; unknown ones are ignored. A value that
 * cannot be read as its type is left out. Returns 0, or -1 with NO_MEMORY.
 */
int azb_decoder_header(struct azb_decoder *decoder, const char *name, size_t name_bytes,
                       const char *value, size_t value_bytes, struct azb_error *err);

/* A value that comes from no header: of the top-level field of that name (dots for models). */
int azb_decoder_set_str(struct azb_decoder *decoder, const char *path, const char *value,
                        size_t n, struct azb_error *err);
int azb_decoder_set_int(struct azb_decoder *decoder, const char *path, int64_t value,
                        struct azb_error *err);

/* The encoded value in a slot, or NULL when it is absent; borrowed until the next call. */
const void *azb_decoder_get(const struct azb_decoder *decoder, const char *path, size_t *ret_n);

/* The bytes of a string or binary value in a slot: as above, without their MessagePack head. */
const char *azb_decoder_get_bytes(const struct azb_decoder *decoder, const char *path,
                                  size_t *ret_n);

/*
 * Body bytes, cut anywhere; azb_decoder_end() when all have come. Return 0, or -1 with
 * BAD_RESPONSE (not well-formed, a DOCTYPE, another document element, too much text in one
 * element, nesting too deep), NO_MEMORY, or whatever on_item set.
 */
int azb_decoder_xml(struct azb_decoder *decoder, const void *bytes, size_t n,
                    struct azb_error *err);
int azb_decoder_end(struct azb_decoder *decoder, struct azb_error *err);

/*
 * Fields with .param: how to find a call's own parameters. Returns NULL when there is none.
 */
typedef const msgpack_object *azb_param_cb(const char *name, void *arg);

/* Append the result map. get_param may be NULL. */
void azb_decoder_emit(struct azb_decoder *decoder, azb_param_cb *get_param, void *arg,
                      struct azb_buf *ret);

#endif
