/*
 * buf.h: a growable run of bytes, and msgpack written straight into it.
 * Failure to grow is remembered rather than returned by every append: write all of a
 * message, then look at `failed` once.
 */
#ifndef AZB_PROTO_BUF_H
#define AZB_PROTO_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <msgpack.h>

struct azb_buf {
    unsigned char *data;
    size_t len;
    size_t cap;
    bool failed;    /* an append found no memory; the contents are not to be used */
    bool is_secret; /* memory is zeroed before it is given back */
};

/* Make room for `more` bytes after len. Returns 0, or -1 with buf->failed set. */
int azb_buf_reserve(struct azb_buf *buf, size_t more);

/* Append bytes (copied). On failure sets buf->failed. */
static inline void azb_buf_append(struct azb_buf *buf, const void *bytes, size_t n)
{
    if (buf->cap - buf->len < n && azb_buf_reserve(buf, n) < 0)
        return;
    if (n > 0)
        memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
}

/* Append a C string without its NUL. */
static inline void azb_buf_puts(struct azb_buf *buf, const char *s)
{
    azb_buf_append(buf, s, strlen(s));
}

/* Append n bytes as a msgpack str. */
void azb_buf_put_str(struct azb_buf *buf, const void *s, size_t n);

/* Append printf-style text. */
void azb_buf_printf(struct azb_buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Append one NUL without counting it, so that data can be read as a C string. */
const char *azb_buf_cstr(struct azb_buf *buf);

/* Empty, and no failure is remembered; the memory stays. */
static inline void azb_buf_reset(struct azb_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

/* Forget the first n bytes. */
void azb_buf_drop(struct azb_buf *buf, size_t n);

/* Free the memory; the buffer is empty and usable again. */
void azb_buf_clear(struct azb_buf *buf);

/* A msgpack packer whose output is appended to buf (borrowed as long as pk is used). */
void azb_buf_packer(msgpack_packer *pk, struct azb_buf *buf);

/* Strings and bytes, for a packer that azb_buf_packer() has made. */
void azb_pack_str(msgpack_packer *pk, const char *s);
void azb_pack_strn(msgpack_packer *pk, const char *s, size_t n);
void azb_pack_bin(msgpack_packer *pk, const void *bytes, size_t n);

/*
 * A map whose size is known only at its end: azb_pack_map_begin() leaves room for a 16-bit
 * count and azb_pack_map_end() writes it. start: the value that begin returned.
 */
size_t azb_pack_map_begin(struct azb_buf *buf);
void azb_pack_map_end(struct azb_buf *buf, size_t start, size_t n_pairs);

#endif
