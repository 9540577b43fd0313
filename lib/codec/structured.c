/*
 * structured.c: a message is heads and checksums of fixed sizes with content between them. Each
 * state but CONTENT collects one piece of its size, then acts on it.
 */
#include "lib/codec/structured.h"

#include <endian.h>
#include <string.h>
#include <sys/types.h>

#include "lib/codec/crc64.h"

enum {
    FORMAT_VERSION = 1,
    FLAG_CRC64 = 1,
    SEGMENT_HEAD_BYTES = 10,
};

static uint64_t get_16(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8;
}

static uint64_t get_64(const unsigned char *p)
{
    uint64_t value;

    memcpy(&value, p, sizeof(value));
    return le64toh(value);
}

static int bad(struct azb_error *err, const char *what)
{
    return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a structured body: %s", what);
}

void azb_structured_init(struct azb_structured *decoder, uint64_t message_bytes,
                         uint64_t content_bytes, azb_structured_cb *on_content, void *arg)
{
    *decoder = (struct azb_structured){.on_content = on_content,
                                       .arg = arg,
                                       .message_bytes = message_bytes,
                                       .content_bytes = content_bytes};
}

/* The next segment, or the end when there is none. */
static void next_segment(struct azb_structured *decoder)
{
    decoder->state = decoder->segment_i < decoder->n_segments ? AZB_STRUCTURED_SEGMENT_HEAD
                                                              : AZB_STRUCTURED_MESSAGE_CRC;
}

static int take_message_head(struct azb_structured *decoder, struct azb_error *err)
{
    const unsigned char *head = decoder->piece;
    uint64_t frame_bytes;

    decoder->n_segments = (unsigned)get_16(head + 11);
    frame_bytes = AZB_STRUCTURED_HEAD_BYTES + AZB_CRC64_BYTES +
                  (uint64_t)decoder->n_segments * (SEGMENT_HEAD_BYTES + AZB_CRC64_BYTES);
    if (head[0] != FORMAT_VERSION)
        return bad(err, "an unknown version");
    if (get_16(head + 9) != FLAG_CRC64)
        return bad(err, "other properties than those that were asked for");
    if (get_64(head + 1) != decoder->message_bytes ||
        decoder->message_bytes < decoder->content_bytes ||
        decoder->message_bytes - decoder->content_bytes != frame_bytes)
        return bad(err, "its length is not what the headers say");
    next_segment(decoder);
    return 0;
}

static int take_segment_head(struct azb_structured *decoder, struct azb_error *err)
{
    if (get_16(decoder->piece) != ++decoder->segment_i)
        return bad(err, "segments out of order");
    decoder->segment_bytes = decoder->segment_left = get_64(decoder->piece + 2);
    decoder->segment_crc = 0;
    if (decoder->segment_bytes > decoder->content_bytes - decoder->n_content)
        return bad(err, "more content than the headers say");
    decoder->state =
        decoder->segment_bytes > 0 ? AZB_STRUCTURED_CONTENT : AZB_STRUCTURED_SEGMENT_CRC;
    return 0;
}

static int check_crc(struct azb_structured *decoder, uint64_t crc, struct azb_error *err)
{
    if (get_64(decoder->piece) == crc)
        return 0;
    return azb_error_set(err, AZB_ERR_CHECKSUM,
                         "the bytes that came do not have the CRC-64 that came with them");
}

static int take_segment_crc(struct azb_structured *decoder, struct azb_error *err)
{
    if (check_crc(decoder, decoder->segment_crc, err) < 0)
        return -1;
    decoder->n_checked = decoder->n_content;
    decoder->crc =
        azb_crc64_combine(decoder->crc, decoder->segment_crc, decoder->segment_bytes);
    next_segment(decoder);
    return 0;
}

static int take_message_crc(struct azb_structured *decoder, struct azb_error *err)
{
    if (decoder->n_content != decoder->content_bytes)
        return bad(err, "less content than the headers say");
    decoder->state = AZB_STRUCTURED_DONE;
    return check_crc(decoder, decoder->crc, err);
}

static const struct {
    size_t bytes;
    int (*take)(struct azb_structured *decoder, struct azb_error *err);
} pieces[] = {
    [AZB_STRUCTURED_MESSAGE_HEAD] = {AZB_STRUCTURED_HEAD_BYTES, take_message_head},
    [AZB_STRUCTURED_SEGMENT_HEAD] = {SEGMENT_HEAD_BYTES, take_segment_head},
    [AZB_STRUCTURED_SEGMENT_CRC] = {AZB_CRC64_BYTES, take_segment_crc},
    [AZB_STRUCTURED_MESSAGE_CRC] = {AZB_CRC64_BYTES, take_message_crc},
};

/* Returns how many bytes were taken, or -1. */
static ssize_t push_content(struct azb_structured *decoder, const unsigned char *bytes,
                            size_t n, struct azb_error *err)
{
    if (n > decoder->segment_left)
        n = (size_t)decoder->segment_left;
    decoder->segment_crc = azb_crc64(decoder->segment_crc, bytes, n);
    decoder->segment_left -= n;
    decoder->n_content += n;
    if (decoder->segment_left == 0)
        decoder->state = AZB_STRUCTURED_SEGMENT_CRC;
    return decoder->on_content(bytes, n, decoder->arg, err) < 0 ? -1 : (ssize_t)n;
}

static ssize_t push_piece(struct azb_structured *decoder, const unsigned char *bytes, size_t n,
                          struct azb_error *err)
{
    size_t rest = pieces[decoder->state].bytes - decoder->piece_n;

    if (n > rest)
        n = rest;
    memcpy(decoder->piece + decoder->piece_n, bytes, n);
    decoder->piece_n += n;
    if (n < rest)
        return (ssize_t)n;
    decoder->piece_n = 0;
    return pieces[decoder->state].take(decoder, err) < 0 ? -1 : (ssize_t)n;
}

int azb_structured_push(struct azb_structured *decoder, const void *bytes, size_t n,
                        struct azb_error *err)
{
    const unsigned char *p = bytes;

    while (n > 0) {
        ssize_t taken;

        if (decoder->state == AZB_STRUCTURED_DONE)
            return bad(err, "bytes behind its end");
        taken = decoder->state == AZB_STRUCTURED_CONTENT ? push_content(decoder, p, n, err)
                                                         : push_piece(decoder, p, n, err);
        if (taken < 0)
            return -1;
        p += taken;
        n -= (size_t)taken;
    }
    return 0;
}

int azb_structured_end(const struct azb_structured *decoder, struct azb_error *err)
{
    if (decoder->state == AZB_STRUCTURED_DONE)
        return 0;
    return azb_error_set(err, AZB_ERR_SHORT_BODY, "a structured body ended early");
}
