/*
 * url.h: percent-encoding and the parts of a URL (RFC 3986), as far as the Blob service has
 * them. Names are bytes: they are encoded once, on the way to the wire, and never guessed at.
 */
#ifndef AZB_LIB_CODEC_URL_H
#define AZB_LIB_CODEC_URL_H

#include <stdbool.h>
#include <stddef.h>
#include "lib/arena.h"
#include "proto/buf.h"
#include "proto/error.h"

/* Which bytes besides A-Z a-z 0-9 - . _ ~ stay as they are. */
enum azb_url_part {
    AZB_URL_PATH,  /* "/" stays: a blob's name in a path */
    AZB_URL_VALUE, /* nothing more: a query's value, a tag */
};

/* Append the encoded bytes. */
void azb_url_encode(struct azb_buf *buf, const char *bytes, size_t n, enum azb_url_part part);

/*
 * Undo percent-encoding in place; "+" is a plus sign. Returns the new length, or -1 when a "%"
 * is not followed by two hex digits. Does not NUL-terminate.
 */
long azb_url_decode(char *text, size_t n);

struct azb_url {
    bool is_https;
    char *authority; /* "host" or "host:port", lower case; an IPv6 host in brackets */
    char *host;      /* without port and brackets */
    unsigned port;   /* the scheme's default when the URL has none */
    char *path;      /* still encoded; "" or "/..."; trailing slashes removed */
    char *query;     /* still encoded, without "?"; "" when there is none */
};

/*
 * Split a URL into parts that live in the arena. Without a scheme, https is taken. Refused with
 * INVALID_ARG, in words that do not repeat a query (it may be a SAS): another scheme, user
 * information, a fragment, no host, a bad port, white space or control characters.
 */
int azb_url_parse(struct azb_arena *arena, const char *text, size_t n, struct azb_url *ret,
                  struct azb_error *err);

#endif
