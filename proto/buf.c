/*
 * buf.c: growable bytes.
 */
#include "proto/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* As realloc() does it, but for what stays behind. */
static unsigned char *move_secret(struct azb_buf *buf, size_t cap)
{
    unsigned char *data = malloc(cap);

    if (data == NULL || buf->data == NULL)
        return data;
    memcpy(data, buf->data, buf->len);
    explicit_bzero(buf->data, buf->cap);
    free(buf->data);
    return data;
}

int azb_buf_reserve(struct azb_buf *buf, size_t more)
{
    size_t cap = buf->cap;
    unsigned char *data;

    if (buf->failed)
        return -1;
    if (cap - buf->len >= more)
        return 0;
    if (more > SIZE_MAX / 4 - buf->len) {
        buf->failed = true;
        return -1;
    }
    if (cap < 256)
        cap = 256;
    while (cap - buf->len < more)
        cap *= 2;
    data = buf->is_secret ? move_secret(buf, cap) : realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return -1;
    }
    buf->data = data;
    buf->cap = cap;
    return 0;
}

void azb_buf_put_str(struct azb_buf *buf, const void *s, size_t n)
{
    unsigned char *p;
    size_t head = n < 32 ? 1 : n < 256 ? 2 : n < 65536 ? 3 : 5;

    if (buf->cap - buf->len < n + head && azb_buf_reserve(buf, n + head) < 0)
        return;
    p = buf->data + buf->len;
    switch (head) {
    case 1:
        p[0] = (unsigned char)(0xa0 | n);
        break;
    case 2:
        p[0] = 0xd9;
        p[1] = (unsigned char)n;
        break;
    case 3:
        p[0] = 0xda;
        p[1] = (unsigned char)(n >> 8);
        p[2] = (unsigned char)n;
        break;
    default:
        p[0] = 0xdb;
        for (int i = 0; i < 4; i++)
            p[1 + i] = (unsigned char)(n >> (24 - 8 * i));
        break;
    }
    if (n > 0)
        memcpy(p + head, s, n);
    buf->len += n + head;
}

void azb_buf_printf(struct azb_buf *buf, const char *fmt, ...)
{
    va_list args;
    int n;

    for (size_t room = 128;; room = (size_t)n + 1) {
        if (azb_buf_reserve(buf, room) < 0)
            return;
        va_start(args, fmt);
        n = vsnprintf((char *)buf->data + buf->len, room, fmt, args);
        va_end(args);
        if (n < 0) {
            buf->failed = true;
            return;
        }
        if ((size_t)n < room) {
            buf->len += (size_t)n;
            return;
        }
    }
}

const char *azb_buf_cstr(struct azb_buf *buf)
{
    if (azb_buf_reserve(buf, 1) < 0)
        return "";
    buf->data[buf->len] = '\0';
    return (const char *)buf->data;
}

void azb_buf_drop(struct azb_buf *buf, size_t n)
{
    if (n > buf->len)
        n = buf->len;
    buf->len -= n;
    if (buf->len > 0)
        memmove(buf->data, buf->data + n, buf->len);
}

void azb_buf_clear(struct azb_buf *buf)
{
    if (buf->is_secret && buf->data != NULL)
        explicit_bzero(buf->data, buf->cap);
    free(buf->data);
    *buf = (struct azb_buf){0};
}

static int buf_write(void *arg, const char *bytes, size_t n)
{
    azb_buf_append(arg, bytes, n);
    return 0; /* a failure stays in buf->failed */
}

void azb_buf_packer(msgpack_packer *pk, struct azb_buf *buf)
{
    msgpack_packer_init(pk, buf, buf_write);
}

void azb_pack_strn(msgpack_packer *pk, const char *s, size_t n)
{
    azb_buf_put_str(pk->data, s, n);
}

void azb_pack_str(msgpack_packer *pk, const char *s)
{
    azb_pack_strn(pk, s, strlen(s));
}

void azb_pack_bin(msgpack_packer *pk, const void *bytes, size_t n)
{
    msgpack_pack_bin(pk, n);
    msgpack_pack_bin_body(pk, bytes, n);
}

size_t azb_pack_map_begin(struct azb_buf *buf)
{
    static const unsigned char map16[3] = {0xde, 0, 0};

    azb_buf_append(buf, map16, sizeof(map16));
    return buf->len - sizeof(map16);
}

void azb_pack_map_end(struct azb_buf *buf, size_t start, size_t n_pairs)
{
    if (buf->failed)
        return;
    buf->data[start + 1] = (unsigned char)(n_pairs >> 8);
    buf->data[start + 2] = (unsigned char)n_pairs;
}
