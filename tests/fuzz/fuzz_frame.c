/*
 * fuzz_frame.c: a byte stream into the frame reader, whole and in chunks of the size that the
 * first byte says; both must find the same frames and the same end. Each frame is parsed as
 * a message.
 */
#include "proto/frame.h"

#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* What one pass over the stream has found. */
struct outcome {
    size_t n_frames;
    size_t framed_bytes;
    size_t pending;
    enum azb_err end;
};

static void parse_frame(const unsigned char *frame, size_t n)
{
    struct azb_error err = {0}, unpacked;
    struct azb_msg msg;
    msgpack_zone zone;
    bool has_msgid;

    msgpack_zone_init(&zone, 512);
    if (azb_msg_parse(frame, n, &zone, &msg, &has_msgid, &err) == 0) {
        if (msg.type == AZB_MSG_RESPONSE)
            azb_error_unpack(&unpacked, msg.error);
        else if (msg.type == AZB_MSG_REQUEST && azb_value_map(msg.params) == NULL &&
                 msg.n_args > 0)
            abort();
    } else if (err.what != AZB_ERR_PROTOCOL || err.message[0] == '\0') {
        abort();
    }
    msgpack_zone_destroy(&zone);
}

static struct outcome read_stream(const uint8_t *bytes, size_t n, size_t chunk)
{
    const struct azb_frame_limits limits = {4096, 1024, AZB_FRAME_MAX_DEPTH};
    struct azb_frame_reader *reader = azb_frame_reader_new(&limits);
    struct outcome ret = {0};
    struct azb_error err = {0};
    size_t fed = 0;

    if (reader == NULL)
        abort();
    for (;;) {
        const unsigned char *frame;
        unsigned char *room;
        size_t n_frame, n_room;
        int rc;

        while ((rc = azb_frame_reader_next(reader, &frame, &n_frame, &err)) == 1) {
            if (n_frame == 0 || n_frame > limits.max_bytes ||
                memcmp(frame, bytes + ret.framed_bytes, n_frame) != 0)
                abort();
            parse_frame(frame, n_frame);
            ret.n_frames++;
            ret.framed_bytes += n_frame;
        }
        if (rc < 0) {
            ret.end = err.what;
            break;
        }
        ret.pending = azb_frame_reader_pending(reader);
        if (fed == n)
            break;
        if (azb_frame_reader_room(reader, &room, &n_room, &err) < 0 || n_room == 0)
            abort();
        if (n_room > chunk)
            n_room = chunk;
        if (n_room > n - fed)
            n_room = n - fed;
        memcpy(room, bytes + fed, n_room);
        azb_frame_reader_fed(reader, n_room);
        fed += n_room;
    }
    if (ret.end != AZB_OK)
        ret.pending = 0; /* how much had arrived by then depends on the chunks */
    azb_frame_reader_free(reader);
    return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct outcome whole, chunked;

    if (n == 0)
        return 0;
    whole = read_stream(bytes + 1, n - 1, SIZE_MAX);
    chunked = read_stream(bytes + 1, n - 1, 1 + bytes[0] % 64U);
    if (whole.n_frames != chunked.n_frames || whole.framed_bytes != chunked.framed_bytes ||
        whole.pending != chunked.pending || whole.end != chunked.end)
        abort();
    return 0;
}
