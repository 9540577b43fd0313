/*
 * frame.c: finds where a frame ends, without decoding it, as its bytes arrive.
 *
 * The walk keeps a stack with the number of values still missing at each level. A value's
 * head (1 to 9 bytes) says how many payload bytes or how many values follow. Nothing is
 * allocated for what a head promises: memory grows with bytes that have arrived, and with
 * the announced length of one str, bin or ext only after it has met max_bytes.
 */
#include "proto/frame.h"

#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

enum {
    READ_BYTES = 64 * 1024,      /* room offered to read() when nothing says more is coming */
    KEEP_BYTES = 4 * READ_BYTES, /* a bigger buffer is given back once it is empty */
};

struct azb_frame_reader {
    struct azb_frame_limits limits;
    unsigned char *data;
    size_t cap;
    size_t start; /* of the frame being walked */
    size_t walk;  /* how far the walk has come; may be past `end` inside a long payload */
    size_t end;   /* of the bytes that have arrived */
    size_t elements;
    unsigned depth;
    uint64_t missing[AZB_FRAME_MAX_DEPTH + 1]; /* values still missing at each level */
};

struct azb_frame_reader *azb_frame_reader_new(const struct azb_frame_limits *limits)
{
    struct azb_frame_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL)
        return NULL;
    reader->limits = *limits;
    if (reader->limits.max_depth > AZB_FRAME_MAX_DEPTH)
        reader->limits.max_depth = AZB_FRAME_MAX_DEPTH;
    return reader;
}

void azb_frame_reader_free(struct azb_frame_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->data);
    free(reader);
}

/* Bring the unread bytes to the front of a buffer with room for `want` of them in all. */
static int reader_resize(struct azb_frame_reader *reader, size_t want, struct azb_error *err)
{
    size_t held = reader->end - reader->start;
    unsigned char *data = reader->data;

    if (want > reader->cap || reader->cap > KEEP_BYTES) {
        data = malloc(want);
        if (data == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "%zu bytes for a message", want);
        if (held > 0)
            memcpy(data, reader->data + reader->start, held);
        free(reader->data);
        reader->data = data;
        reader->cap = want;
    } else if (held > 0) {
        memmove(data, data + reader->start, held);
    }
    reader->walk -= reader->start;
    reader->end = held;
    reader->start = 0;
    return 0;
}

int azb_frame_reader_room(struct azb_frame_reader *reader, unsigned char **ret,
                          size_t *ret_bytes, struct azb_error *err)
{
    size_t held = reader->end - reader->start;
    size_t known = reader->walk - reader->start; /* the frame has at least that many bytes */
    size_t want = known > held ? known : held;

    if (held == 0 && reader->cap <= KEEP_BYTES) {
        reader->walk -= reader->start;
        reader->start = reader->end = 0;
    }
    /* A buffer that already fits the frame is left alone, however little of it is still free.
     */
    if (reader->start + want > reader->cap ||
        (known <= held && reader->cap - reader->end < READ_BYTES / 4)) {
        if (want < held + READ_BYTES)
            want = held + READ_BYTES;
        if (reader_resize(reader, want, err) < 0)
            return -1;
    }
    *ret = reader->data + reader->end;
    *ret_bytes = reader->cap - reader->end;
    return 0;
}

void azb_frame_reader_fed(struct azb_frame_reader *reader, size_t n)
{
    reader->end += n;
}

void *azb_frame_reader_take(struct azb_frame_reader *reader, const unsigned char **ret_bytes,
                            size_t n)
{
    size_t rest = reader->end - reader->start;
    unsigned char *taken, *data;

    if (n < READ_BYTES / 2 || rest > n) {
        taken = malloc(n);
        if (taken != NULL)
            memcpy(taken, *ret_bytes, n);
        /* what comes in may be a credential: it stays in one place only, its owner's */
        explicit_bzero((void *)(uintptr_t)*ret_bytes, n);
        *ret_bytes = taken;
        return taken;
    }
    data = malloc(rest + READ_BYTES);
    if (data == NULL)
        return NULL;
    memcpy(data, reader->data + reader->start, rest);
    taken = reader->data;
    reader->data = data;
    reader->cap = rest + READ_BYTES;
    reader->walk -= reader->start;
    reader->start = 0;
    reader->end = rest;
    return taken;
}

size_t azb_frame_reader_pending(const struct azb_frame_reader *reader)
{
    return reader->end - reader->start;
}

static uint64_t big_endian(const unsigned char *p, unsigned n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value << 8 | *p++;
    return value;
}

/* What follows a value's first byte. */
struct head {
    unsigned length_bytes; /* of the length or count after the first byte */
    unsigned extra;        /* bytes besides (an ext's type) */
    uint64_t payload;      /* bytes, when length_bytes is 0 */
    uint64_t children;     /* values, when length_bytes is 0 */
    unsigned per_count;    /* values for each counted entry: array 1, map 2, bytes 0 */
};

/* Returns false for 0xc1, the one byte that MessagePack never uses. */
static bool head_read(unsigned char byte, struct head *head)
{
    static const unsigned char widths[] = {1, 2, 4};
    static const unsigned char numbers[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8}; /* 0xca ... 0xd3 */

    memset(head, 0, sizeof(*head));
    if (byte <= 0x7f || byte >= 0xe0)
        return true;
    if (byte <= 0x8f)
        head->children = 2 * (byte & 0x0fU);
    else if (byte <= 0x9f)
        head->children = byte & 0x0fU;
    else if (byte <= 0xbf)
        head->payload = byte & 0x1fU;
    else if (byte == 0xc1)
        return false;
    else if (byte >= 0xc4 && byte <= 0xc6)
        head->length_bytes = widths[byte - 0xc4];
    else if (byte >= 0xc7 && byte <= 0xc9)
        head->length_bytes = widths[byte - 0xc7], head->extra = 1;
    else if (byte >= 0xca && byte <= 0xd3)
        head->payload = numbers[byte - 0xca];
    else if (byte >= 0xd4 && byte <= 0xd8)
        head->payload = (1U << (byte - 0xd4)) + 1;
    else if (byte >= 0xd9 && byte <= 0xdb)
        head->length_bytes = widths[byte - 0xd9];
    else if (byte == 0xdc || byte == 0xdd)
        head->length_bytes = byte == 0xdc ? 2 : 4, head->per_count = 1;
    else if (byte == 0xde || byte == 0xdf)
        head->length_bytes = byte == 0xde ? 2 : 4, head->per_count = 2;
    return true;
}

/* Count a finished value off its parents. Returns true when the outermost one is complete. */
static bool walk_value_done(struct azb_frame_reader *reader)
{
    while (reader->depth > 0 && --reader->missing[reader->depth] == 0)
        reader->depth--;
    return reader->depth == 0;
}

/* Walk one value's head and over its payload. Returns 1 when the frame is complete, 0 to go
 * on, 2 when bytes are missing, -1 on error. */
static int walk_step(struct azb_frame_reader *reader, struct azb_error *err)
{
    const unsigned char *p = reader->data + reader->walk;
    size_t have = reader->end - reader->walk;
    uint64_t payload, children;
    struct head head;

    if (!head_read(p[0], &head))
        return azb_error_set(err, AZB_ERR_PROTOCOL, "byte 0xc1 is no MessagePack value");
    if (have < 1 + head.length_bytes)
        return 2;
    payload = head.payload;
    children = head.children;
    if (head.length_bytes > 0) {
        uint64_t count = big_endian(p + 1, head.length_bytes);

        if (head.per_count > 0)
            children = count * head.per_count;
        else
            payload = count + head.extra;
    }
    reader->walk += 1 + head.length_bytes;
    reader->elements += 1;
    if (reader->elements + children > reader->limits.max_elements)
        return azb_error_set(err, AZB_ERR_FRAME_TOO_LARGE,
                             "a message may hold %zu values; this one has more",
                             reader->limits.max_elements);
    if (payload > reader->limits.max_bytes ||
        reader->walk - reader->start + payload > reader->limits.max_bytes)
        return azb_error_set(err, AZB_ERR_FRAME_TOO_LARGE,
                             "a message may have %zu bytes (max_frame_bytes); this one has "
                             "more. Send large data in pieces or pass a descriptor",
                             reader->limits.max_bytes);
    reader->walk += payload;
    if (children == 0)
        return walk_value_done(reader) ? 1 : 0;
    if (reader->depth == reader->limits.max_depth)
        return azb_error_set(err, AZB_ERR_PROTOCOL, "values are nested deeper than %u",
                             reader->limits.max_depth);
    reader->missing[++reader->depth] = children;
    return 0;
}

int azb_frame_reader_next(struct azb_frame_reader *reader, const unsigned char **ret_bytes,
                          size_t *ret_n, struct azb_error *err)
{
    bool complete = reader->elements > 0 && reader->depth == 0;

    while (!complete && reader->walk < reader->end) {
        int step = walk_step(reader, err);

        if (step < 0)
            return -1;
        if (step == 2)
            return 0;
        complete = step == 1;
    }
    /* A complete walk may stand past the bytes that are here, in the last value's payload. */
    if (!complete || reader->walk > reader->end)
        return 0;
    *ret_bytes = reader->data + reader->start;
    *ret_n = reader->walk - reader->start;
    reader->start = reader->walk;
    reader->elements = 0;
    return 1;
}

int azb_msg_parse(const unsigned char *bytes, size_t n, msgpack_zone *zone, struct azb_msg *ret,
                  bool *has_msgid, struct azb_error *err)
{
    const msgpack_object *v;
    msgpack_object root;
    int64_t type, msgid;
    size_t off = 0;
    bool is_notify;

    *has_msgid = false;
    memset(ret, 0, sizeof(*ret));
    if (msgpack_unpack((const char *)bytes, n, &off, zone, &root) != MSGPACK_UNPACK_SUCCESS)
        return azb_error_set(err, AZB_ERR_PROTOCOL, "a message that is not MessagePack");
    if (root.type != MSGPACK_OBJECT_ARRAY || root.via.array.size < 3 ||
        !azb_value_int(&root.via.array.ptr[0], &type) || type < 0 || type > 2)
        return azb_error_set(err, AZB_ERR_PROTOCOL,
                             "a message is [0, msgid, method, [params]], [1, msgid, error, "
                             "result] or [2, method, [args]]");
    v = root.via.array.ptr;
    is_notify = type == AZB_MSG_NOTIFY;
    ret->type = (enum azb_msg_type)type;
    if (root.via.array.size != (is_notify ? 3U : 4U))
        return azb_error_set(err, AZB_ERR_PROTOCOL, "a message of type %d with %u elements",
                             (int)type, root.via.array.size);
    if (!is_notify) {
        if (!azb_value_int(&v[1], &msgid) || msgid < 0 || msgid > UINT32_MAX)
            return azb_error_set(err, AZB_ERR_PROTOCOL,
                                 "a message id is an unsigned 32-bit number");
        ret->msgid = (uint32_t)msgid;
        *has_msgid = true;
    }
    if (type == AZB_MSG_RESPONSE) {
        ret->error = v[2].type == MSGPACK_OBJECT_NIL ? NULL : &v[2];
        ret->result = &v[3];
        return 0;
    }
    v += is_notify ? 1 : 2;
    if (!azb_value_bytes(&v[0], &ret->method, &ret->method_bytes)) /* pynvim says it as bin */
        return azb_error_set(err, AZB_ERR_PROTOCOL, "a method is a string");
    if (v[1].type == MSGPACK_OBJECT_ARRAY) {
        ret->params = v[1].via.array.ptr;
        ret->n_args = v[1].via.array.size;
    } else if (v[1].type == MSGPACK_OBJECT_MAP) {
        ret->params = &v[1];
        ret->n_args = 1;
    } else {
        return azb_error_set(err, AZB_ERR_PROTOCOL, "params are an array that holds one map");
    }
    /* An empty table of Lua's is an array: as good as an empty map. */
    if (!is_notify && ret->n_args == 1 && ret->params->type == MSGPACK_OBJECT_ARRAY &&
        ret->params->via.array.size == 0)
        ret->n_args = 0;
    if (!is_notify &&
        (ret->n_args > 1 || (ret->n_args == 1 && ret->params->type != MSGPACK_OBJECT_MAP)))
        return azb_error_set(err, AZB_ERR_PROTOCOL,
                             "a request's params are [] or an array that holds one map");
    if (ret->n_args == 0)
        ret->params = NULL;
    return 0;
}

void azb_msg_request(msgpack_packer *pk, uint32_t msgid, const char *method)
{
    msgpack_pack_array(pk, 4);
    msgpack_pack_int(pk, AZB_MSG_REQUEST);
    msgpack_pack_uint32(pk, msgid);
    azb_pack_str(pk, method);
    msgpack_pack_array(pk, 1);
}

void azb_msg_success(msgpack_packer *pk, uint32_t msgid)
{
    msgpack_pack_array(pk, 4);
    msgpack_pack_int(pk, AZB_MSG_RESPONSE);
    msgpack_pack_uint32(pk, msgid);
    msgpack_pack_nil(pk);
}

void azb_msg_notify(msgpack_packer *pk, const char *method, unsigned n_args)
{
    msgpack_pack_array(pk, 3);
    msgpack_pack_int(pk, AZB_MSG_NOTIFY);
    azb_pack_str(pk, method);
    msgpack_pack_array(pk, n_args);
}

void azb_msg_failure(msgpack_packer *pk, uint32_t msgid, const struct azb_error *err)
{
    msgpack_pack_array(pk, 4);
    msgpack_pack_int(pk, AZB_MSG_RESPONSE);
    msgpack_pack_uint32(pk, msgid);
    azb_error_pack(pk, err);
    msgpack_pack_nil(pk);
}
