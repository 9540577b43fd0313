/*
 * url.c: percent-encoding, and a URL taken apart. The parser is strict where a URL decides
 * whom we talk to (scheme and host) and leaves path and query as they came. Its messages
 * never quote the text: it may hold a SAS, or be a key that landed in the wrong place.
 */
#include "lib/codec/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum {
    HOST_MAX_CHARS = 255, /* of a DNS name */
};

/* Bytes that stay as they are: 2 everywhere, 1 only in a path. */
static const unsigned char plain[256] = {
    ['/'] = 1, ['-'] = 2,         ['.'] = 2,         ['_'] = 2,
    ['~'] = 2, ['0' ... '9'] = 2, ['A' ... 'Z'] = 2, ['a' ... 'z'] = 2,
};

static bool is_plain(char c, enum azb_url_part part)
{
    return plain[(unsigned char)c] >= (part == AZB_URL_PATH ? 1 : 2);
}

static size_t encoded_chars(const char *bytes, size_t n, enum azb_url_part part)
{
    size_t chars = n;

    for (size_t i = 0; i < n; i++)
        if (!is_plain(bytes[i], part))
            chars += 2;
    return chars;
}

void azb_url_encode(struct azb_buf *buf, const char *bytes, size_t n, enum azb_url_part part)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t chars = encoded_chars(bytes, n, part);
    char *out;

    if (n == 0 || azb_buf_reserve(buf, chars) < 0)
        return;
    out = (char *)buf->data + buf->len;
    for (size_t i = 0; i < n; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (is_plain(bytes[i], part)) {
            *out++ = bytes[i];
        } else {
            *out++ = '%';
            *out++ = hex[byte >> 4];
            *out++ = hex[byte & 15];
        }
    }
    buf->len += chars;
}

/* The value of a hex digit, or -1. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

long azb_url_decode(char *text, size_t n)
{
    char *out = text;

    for (size_t i = 0; i < n; i++) {
        if (text[i] != '%') {
            *out++ = text[i];
            continue;
        }
        if (n - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)
            return -1;
        *out++ = (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
        i += 2;
    }
    return out - text;
}

static int refuse(struct azb_error *err, const char *why)
{
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "a URL %s", why);
}

static int refuse_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "memory for a URL");
}

/* Characters of the scheme in front of "://", or 0 when there is none. */
static size_t scheme_chars(const char *text)
{
    size_t n =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return strncmp(text + n, "://", 3) == 0 ? n : 0;
}

static int parse_scheme(char **at, bool *ret_is_https, struct azb_error *err)
{
    size_t n = scheme_chars(*at);

    *ret_is_https = true;
    if (n == 0)
        return 0;
    if (n == 4 && strncasecmp(*at, "http", n) == 0)
        *ret_is_https = false;
    else if (n != 5 || strncasecmp(*at, "https", n) != 0)
        return refuse(err, "begins with http:// or https://");
    *at += n + strlen("://");
    return 0;
}

static bool host_is_name(const char *host)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";

    return host[0] != '.' && host[strspn(host, chars)] == '\0' &&
           strlen(host) <= HOST_MAX_CHARS;
}

static bool host_is_ipv6(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET6, host, &address) == 1;
}

static int parse_port(const char *digits, unsigned *ret, struct azb_error *err)
{
    size_t n = strlen(digits);
    unsigned port = 0;

    if (n == 0 || n > 5 || strspn(digits, "0123456789") != n)
        return refuse(err, "has a number from 1 to 65535 as its port");
    for (; *digits != '\0'; digits++)
        port = port * 10 + (unsigned)(*digits - '0');
    if (port == 0 || port > 65535)
        return refuse(err, "has a number from 1 to 65535 as its port");
    *ret = port;
    return 0;
}

/* "host", "host:port" or "[ipv6]:port" into ret->host and ret->port. */
static int parse_authority(struct azb_arena *arena, struct azb_url *ret, struct azb_error *err)
{
    const char *text = ret->authority;
    bool is_bracketed = text[0] == '[';
    const char *host = text + is_bracketed;
    size_t n = strcspn(host, is_bracketed ? "]" : ":");
    const char *rest = host + n;

    ret->host = azb_arena_strndup(arena, host, n);
    if (ret->host == NULL)
        return refuse_memory(err);
    if (n == 0)
        return refuse(err, "has a host");
    if (is_bracketed && (*rest++ == '\0' || !host_is_ipv6(ret->host)))
        return refuse(err, "has an IPv6 address, and no more, inside its brackets");
    if (!is_bracketed && !host_is_name(ret->host))
        return refuse(err, "has a host of letters, digits, '-', '.' and '_'; other names in "
                           "their ASCII form (punycode)");
    ret->port = ret->is_https ? 443 : 80;
    if (*rest == '\0')
        return 0;
    if (*rest != ':')
        return refuse(err, "has nothing but a port behind its host");
    return parse_port(rest + 1, &ret->port, err);
}

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

int azb_url_parse(struct azb_arena *arena, const char *text, size_t n, struct azb_url *ret,
                  struct azb_error *err)
{
    struct azb_url url = {0};
    char *at = azb_arena_strndup(arena, text, n);
    size_t n_authority, n_path;

    if (at == NULL)
        return refuse_memory(err);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)at[i] <= ' ' || at[i] == 0x7f)
            return refuse(err, "has no white space and no control characters");
    if (strchr(at, '#') != NULL)
        return refuse(err, "of the Blob service has no fragment; a '#' in a name is %23");
    if (parse_scheme(&at, &url.is_https, err) < 0)
        return -1;

    n_authority = strcspn(at, "/?");
    url.authority = azb_arena_strndup(arena, at, n_authority);
    at += n_authority;
    n_path = strcspn(at, "?");
    url.query = at[n_path] == '?' ? at + n_path + 1 : at + n_path;
    while (n_path > 0 && at[n_path - 1] == '/')
        n_path--;
    url.path = azb_arena_strndup(arena, at, n_path);
    if (url.authority == NULL || url.path == NULL)
        return refuse_memory(err);
    lower(url.authority);
    if (strchr(url.authority, '@') != NULL)
        return refuse(err, "has no user name or password");
    if (parse_authority(arena, &url, err) < 0)
        return -1;
    *ret = url;
    return 0;
}
