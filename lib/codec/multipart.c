/*
 * multipart.c: parts out of a stream of bytes.
 */
#include "lib/codec/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/buf.h"

enum {
    MAX_BOUNDARY = 70, /* RFC 2046 */
};

struct azb_multipart {
    azb_part_cb *on_part;
    void *arg;
    char delimiter[MAX_BOUNDARY + 5]; /* "\r\n--boundary" */
    size_t delimiter_n;
    struct azb_buf buf; /* begins behind the last delimiter */
    size_t searched;    /* no delimiter begins before this */
    bool has_begun;
    bool has_ended;
};

static bool boundary_of(const char *type, size_t n, char *ret, size_t ret_size)
{
    const char *end = type + n, *p;
    size_t len;

    if (n < 15 || strncasecmp(type, "multipart/mixed", 15) != 0)
        return false;
    for (p = type; p + 9 < end && strncasecmp(p, "boundary=", 9) != 0; p++)
        ;
    if (p + 9 >= end)
        return false;
    p += 9;
    if (*p == '"') {
        const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));

        p++;
        if (quote == NULL)
            return false;
        end = quote;
    } else {
        for (const char *q = p; q < end; q++)
            if (*q == ';' || *q == ' ' || *q == '\t')
                end = q;
    }
    len = (size_t)(end - p);
    if (len == 0 || len > MAX_BOUNDARY || len >= ret_size)
        return false;
    memcpy(ret, p, len);
    ret[len] = '\0';
    return true;
}

struct azb_multipart *azb_multipart_new(const char *content_type, size_t n,
                                        azb_part_cb *on_part, void *arg, struct azb_error *err)
{
    struct azb_multipart *m = calloc(1, sizeof(*m));
    char boundary[MAX_BOUNDARY + 1];

    if (m == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
        return NULL;
    }
    if (!boundary_of(content_type, n, boundary, sizeof(boundary))) {
        azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                      "a batch's answer that is not multipart/mixed");
        free(m);
        return NULL;
    }
    m->on_part = on_part;
    m->arg = arg;
    m->delimiter_n = (size_t)snprintf(m->delimiter, sizeof(m->delimiter), "\r\n--%s", boundary);
    azb_buf_puts(&m->buf, "\r\n"); /* so that the first delimiter looks like all others */
    return m;
}

void azb_multipart_free(struct azb_multipart *multipart)
{
    if (multipart == NULL)
        return;
    azb_buf_clear(&multipart->buf);
    free(multipart);
}

static const char *find_header(const char *lines, size_t n, const char *name, size_t *ret_n)
{
    const char *end = lines + n;
    size_t name_n = strlen(name);

    while (lines < end) {
        const char *line_end = memchr(lines, '\n', (size_t)(end - lines));
        size_t len = line_end != NULL ? (size_t)(line_end - lines) : (size_t)(end - lines);

        if (len > name_n && lines[name_n] == ':' && strncasecmp(lines, name, name_n) == 0) {
            const char *value = lines + name_n + 1, *stop = lines + len;

            while (value < stop && (*value == ' ' || *value == '\t'))
                value++;
            while (stop > value && (stop[-1] == '\r' || stop[-1] == ' '))
                stop--;
            *ret_n = (size_t)(stop - value);
            return value;
        }
        lines += len + 1;
    }
    *ret_n = 0;
    return "";
}

const char *azb_part_header(const struct azb_part *part, const char *name, size_t *ret_n)
{
    return find_header(part->headers, part->headers_n, name, ret_n);
}

/* Behind the first empty line of [p, end); NULL when there is none. *ret_n: bytes before it. */
static const char *after_head(const char *p, const char *end, size_t *ret_n)
{
    const char *blank;

    if (end - p >= 2 && memcmp(p, "\r\n", 2) == 0) {
        *ret_n = 0;
        return p + 2;
    }
    blank = memmem(p, (size_t)(end - p), "\r\n\r\n", 4);
    if (blank == NULL)
        return NULL;
    *ret_n = (size_t)(blank - p) + 2;
    return blank + 4;
}

static int bad_part(struct azb_error *err, const char *what)
{
    return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a batch's part %s", what);
}

/* A Content-ID is the number that we gave, or it says nothing we could trust. */
static bool read_id(const char *id, size_t n, long *ret)
{
    *ret = n > 0 ? 0 : -1;
    for (size_t i = 0; i < n; i++) {
        if (i == 8 || id[i] < '0' || id[i] > '9')
            return false;
        *ret = *ret * 10 + (id[i] - '0');
    }
    return true;
}

/* [p, p + n): part headers, an empty line, a whole HTTP response. */
static int part_parse(struct azb_multipart *m, const char *p, size_t n, struct azb_error *err)
{
    const char *end = p + n, *id, *http, *line_end;
    struct azb_part part;
    size_t head_n, id_n;

    http = after_head(p, end, &head_n);
    if (http == NULL)
        return bad_part(err, "without an end to its headers");
    id = find_header(p, head_n, "Content-ID", &id_n);
    if (!read_id(id, id_n, &part.content_id))
        return bad_part(err, "whose Content-ID is no number");
    line_end = memmem(http, (size_t)(end - http), "\r\n", 2);
    if (line_end == NULL || end - http < 12 || strncasecmp(http, "HTTP/1.", 7) != 0)
        return bad_part(err, "that is no HTTP response");
    part.status = atoi(http + 9);
    if (part.status < 100 || part.status > 599)
        return bad_part(err, "without a status");
    part.headers = line_end + 2;
    part.body = after_head(part.headers, end, &part.headers_n);
    if (part.body == NULL) { /* no body, and no empty line either: all of it is headers */
        part.headers_n = (size_t)(end - part.headers);
        part.body = end;
    }
    part.body_n = (size_t)(end - part.body);
    return m->on_part(&part, m->arg, err);
}

/* Take the bytes before the delimiter at `at`, and go behind the delimiter's line. Returns 1
 * when it took something, 0 when the line is not whole yet. */
static int take_delimiter(struct azb_multipart *m, size_t at, struct azb_error *err)
{
    const char *data = (const char *)m->buf.data;
    size_t after = at + m->delimiter_n, line_n;
    const char *line_end;

    if (m->buf.len - after >= 2 && memcmp(data + after, "--", 2) == 0) {
        m->has_ended = true;
        line_n = 2;
    } else {
        line_end = memmem(data + after, m->buf.len - after, "\r\n", 2);
        if (line_end == NULL)
            return 0;
        line_n = (size_t)(line_end - (data + after)) + 2;
    }
    if (after + line_n > AZB_PART_MAX_BYTES)
        return bad_part(err, "that is too large");
    if (m->has_begun && part_parse(m, data, at, err) < 0)
        return -1;
    m->has_begun = true;
    azb_buf_drop(&m->buf, after + line_n);
    m->searched = 0;
    return 1;
}

int azb_multipart_push(struct azb_multipart *m, const void *bytes, size_t n,
                       struct azb_error *err)
{
    int rc = 1;

    if (m->has_ended)
        return 0; /* an epilogue means nothing */
    azb_buf_append(&m->buf, bytes, n);
    if (m->buf.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a batch");
    while (rc == 1 && !m->has_ended) {
        const char *data = (const char *)m->buf.data;
        const char *hit =
            memmem(data + m->searched, m->buf.len - m->searched, m->delimiter, m->delimiter_n);

        if (hit == NULL) {
            m->searched = m->buf.len > m->delimiter_n ? m->buf.len - m->delimiter_n : 0;
            break;
        }
        m->searched = (size_t)(hit - data);
        rc = take_delimiter(m, m->searched, err);
    }
    if (rc < 0)
        return -1;
    if (!m->has_ended && m->buf.len > AZB_PART_MAX_BYTES)
        return bad_part(err, "that is too large");
    return 0;
}

int azb_multipart_end(struct azb_multipart *m, struct azb_error *err)
{
    if (!m->has_ended)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a batch's answer without its end");
    return 0;
}
