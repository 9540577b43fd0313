/*
 * frame.h: MessagePack-RPC messages out of a byte stream, whole or in pieces.
 *
 * A reader keeps the bytes that have arrived and walks over them as they come, so that a
 * frame split at any byte costs no second look. It checks depth, size and element count
 * while walking: what comes out is complete and within limits before msgpack-c sees it.
 * PROTOCOL.md, "Framing", is what it follows.
 */
#ifndef AZB_PROTO_FRAME_H
#define AZB_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <msgpack.h>
#include "proto/buf.h"
#include "proto/error.h"

enum {
    AZB_FRAME_MAX_DEPTH = 24,               /* msgpack-c itself ends at 32 */
    AZB_FRAME_MAX_BYTES = 16 * 1024 * 1024, /* default; a daemon's configuration may differ */
    AZB_FRAME_MAX_ELEMENTS = 1024 * 1024,
};

struct azb_frame_limits {
    size_t max_bytes;    /* of one frame */
    size_t max_elements; /* values in one frame, nested ones included */
    unsigned max_depth;
};

#define AZB_FRAME_LIMITS_DEFAULT                                            \
    ((struct azb_frame_limits){AZB_FRAME_MAX_BYTES, AZB_FRAME_MAX_ELEMENTS, \
                               AZB_FRAME_MAX_DEPTH})

struct azb_frame_reader;

/* Returns NULL when there is no memory. */
struct azb_frame_reader *azb_frame_reader_new(const struct azb_frame_limits *limits);
void azb_frame_reader_free(struct azb_frame_reader *reader);

/*
 * Where to read into: at least 1 byte of room at *ret, *ret_bytes of it. Borrowed until the
 * next call on this reader. Returns 0, or -1 with NO_MEMORY.
 */
int azb_frame_reader_room(struct azb_frame_reader *reader, unsigned char **ret,
                          size_t *ret_bytes, struct azb_error *err);

/* n bytes have been written to that room. */
void azb_frame_reader_fed(struct azb_frame_reader *reader, size_t n);

/*
 * The next whole frame.
 *
 * ret_bytes, ret_n  its bytes, borrowed until the next call on this reader
 *
 * Returns 1 with a frame, 0 when more bytes are needed, -1 with PROTOCOL or FRAME_TOO_LARGE
 * when the stream cannot be followed any further.
 */
int azb_frame_reader_next(struct azb_frame_reader *reader, const unsigned char **ret_bytes,
                          size_t *ret_n, struct azb_error *err);

/*
 * Keep the frame that azb_frame_reader_next() has just returned: its bytes stay where they are,
 * or are copied, if they are few. Returns the memory to free() some time, with *ret_bytes
 * inside it; NULL when there is none.
 */
void *azb_frame_reader_take(struct azb_frame_reader *reader, const unsigned char **ret_bytes,
                            size_t n);

/* Bytes that arrived and are no whole frame yet: at end of stream, not 0 means truncated. */
size_t azb_frame_reader_pending(const struct azb_frame_reader *reader);

/* What a message is. The numbers are MessagePack-RPC's. */
enum azb_msg_type {
    AZB_MSG_REQUEST = 0,
    AZB_MSG_RESPONSE = 1,
    AZB_MSG_NOTIFY = 2,
};

struct azb_msg {
    enum azb_msg_type type;
    uint32_t msgid;     /* request, response */
    const char *method; /* request, notification; not NUL-terminated */
    size_t method_bytes;
    const msgpack_object *params; /* request: the map or NULL; notification: args[0..n) */
    size_t n_args;                /* notification: how many; 1 for a request with a map */
    const msgpack_object *error;  /* response; NULL: success */
    const msgpack_object *result; /* response */
};

/*
 * Take a frame's message apart. Values are borrowed from `zone` and from the frame's bytes.
 * A request's params are `[map]`, `[]` or, leniently, the map itself. Returns 0, or -1 with
 * PROTOCOL; ret->msgid is then set when the frame got that far (has_msgid).
 */
int azb_msg_parse(const unsigned char *bytes, size_t n, msgpack_zone *zone, struct azb_msg *ret,
                  bool *has_msgid, struct azb_error *err);

/*
 * Heads of messages. What follows each is packed by the caller with the same packer:
 * a request one params map; a success one result; a notification n_args values.
 */
void azb_msg_request(msgpack_packer *pk, uint32_t msgid, const char *method);
void azb_msg_success(msgpack_packer *pk, uint32_t msgid);
void azb_msg_notify(msgpack_packer *pk, const char *method, unsigned n_args);

/* A whole failure response. */
void azb_msg_failure(msgpack_packer *pk, uint32_t msgid, const struct azb_error *err);

#endif
