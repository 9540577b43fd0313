/*
 * shared_key.c: the text that is signed, written in one pass over a request's headers, and
 * its HMAC. The key is loaded into one HMAC context, which is started anew for each
 * signature: that is several times cheaper than setting the key again.
 */
#include "lib/auth/shared_key.h"

#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/base64.h"

enum {
    HMAC_BYTES = 32,
};

struct azb_shared_key {
    char *account;
    EVP_MAC_CTX *hmac; /* holds the only copy of the key */
};

static int shared_key_load(struct azb_shared_key *key, const unsigned char *secret, size_t n,
                           struct azb_error *err)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    key->hmac = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac); /* the context has a reference of its own */
    if (key->hmac == NULL || EVP_MAC_init(key->hmac, secret, n, params) != 1)
        return azb_error_set(err, AZB_ERR_BAD_CREDENTIAL,
                             "OpenSSL cannot sign with the key of account '%s'", key->account);
    return 0;
}

int azb_shared_key_new(const char *account, const char *key_base64, size_t key_chars,
                       struct azb_shared_key **ret, struct azb_error *err)
{
    size_t secret_room = AZB_BASE64_BYTES(key_chars) + 1;
    unsigned char *secret = malloc(secret_room);
    struct azb_shared_key *key = calloc(1, sizeof(*key));
    size_t n = 0;
    int rc = -1;

    if (secret == NULL || key == NULL || (key->account = strdup(account)) == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "key of account '%s'", account);
        goto out;
    }
    if (azb_base64_decode(key_base64, key_chars, secret, &n) < 0 || n == 0) {
        azb_error_set(err, AZB_ERR_BAD_CREDENTIAL,
                      "the key of account '%s' is not base64: is it complete?", account);
        goto out;
    }
    if (shared_key_load(key, secret, n, err) < 0)
        goto out;
    *ret = key;
    key = NULL; /* moved to the caller */
    rc = 0;
out:
    azb_shared_key_free(key);
    if (secret != NULL)
        OPENSSL_cleanse(secret, secret_room);
    free(secret);
    return rc;
}

void azb_shared_key_free(struct azb_shared_key *key)
{
    if (key == NULL)
        return;
    EVP_MAC_CTX_free(key->hmac); /* zeroes the key */
    free(key->account);
    free(key);
}

int azb_shared_key_hmac(struct azb_shared_key *key, const void *text, size_t n, char ret[45],
                        struct azb_error *err)
{
    unsigned char digest[HMAC_BYTES];
    size_t digest_bytes = 0;

    if (EVP_MAC_init(key->hmac, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(key->hmac, text, n) != 1 ||
        EVP_MAC_final(key->hmac, digest, &digest_bytes, sizeof(digest)) != 1)
        return azb_error_set(err, AZB_ERR_BAD_CREDENTIAL,
                             "OpenSSL cannot sign with the key of account '%s'", key->account);
    azb_base64_encode(digest, digest_bytes, ret);
    return 0;
}

enum {
    LINE_CONTENT_LENGTH = 2,
};

/* The lines behind the verb, in their order. An empty name matches no header. */
static const char *const lines[] = {
    "Content-Encoding",
    "Content-Language",
    "", /* Content-Length: from the request's own member */
    "Content-MD5",
    "Content-Type",
    "", /* Date: x-ms-date stands for it, and then this line has to be empty */
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
};

enum {
    N_LINES = sizeof(lines) / sizeof(lines[0]),
};

/* What is signed of a request's headers. */
struct signed_headers {
    const char *lines[N_LINES];
    const struct azb_pair *ms[AZB_REQUEST_MAX_HEADERS]; /* x-ms-*, later sorted */
    size_t n_ms;
};

static void signed_headers_collect(struct signed_headers *ret, const struct azb_request *req)
{
    ret->n_ms = 0;
    for (unsigned i = 0; i < N_LINES; i++)
        ret->lines[i] = "";
    for (unsigned i = 0; i < req->n_headers; i++) {
        const struct azb_pair *header = &req->headers[i];

        if (strncasecmp(header->name, "x-ms-", 5) == 0) {
            ret->ms[ret->n_ms++] = header;
            continue;
        }
        for (unsigned line = 0; line < N_LINES; line++)
            if (strcasecmp(header->name, lines[line]) == 0)
                ret->lines[line] = header->value;
    }
}

/*
 * The service sorts names by the rules of a language, not by bytes: '-' first, then
 * punctuation, digits, letters. The places here are of all characters a name can have; upper
 * and lower case share one, since names are signed in lower case.
 */
/* clang-format off */
static const unsigned char places[256] = {
    ['-'] = 1, ['!'] = 2, ['#'] = 3, ['$'] = 4, ['%'] = 5, ['&'] = 6, ['*'] = 7, ['.'] = 8,
    ['^'] = 9, ['_'] = 10, ['|'] = 11, ['~'] = 12, ['+'] = 13, ['\''] = 14, ['`'] = 15,
    ['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20,
    ['5'] = 21, ['6'] = 22, ['7'] = 23, ['8'] = 24, ['9'] = 25,
    ['A'] = 26, ['B'] = 27, ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31, ['G'] = 32,
    ['H'] = 33, ['I'] = 34, ['J'] = 35, ['K'] = 36, ['L'] = 37, ['M'] = 38, ['N'] = 39,
    ['O'] = 40, ['P'] = 41, ['Q'] = 42, ['R'] = 43, ['S'] = 44, ['T'] = 45, ['U'] = 46,
    ['V'] = 47, ['W'] = 48, ['X'] = 49, ['Y'] = 50, ['Z'] = 51,
    ['a'] = 26, ['b'] = 27, ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31, ['g'] = 32,
    ['h'] = 33, ['i'] = 34, ['j'] = 35, ['k'] = 36, ['l'] = 37, ['m'] = 38, ['n'] = 39,
    ['o'] = 40, ['p'] = 41, ['q'] = 42, ['r'] = 43, ['s'] = 44, ['t'] = 45, ['u'] = 46,
    ['v'] = 47, ['w'] = 48, ['x'] = 49, ['y'] = 50, ['z'] = 51,
};
/* clang-format on */

static int header_name_order(const char *a, const char *b)
{
    for (;; a++, b++) {
        int place_a = places[(unsigned char)*a], place_b = places[(unsigned char)*b];

        if (place_a != place_b || place_a == 0)
            return place_a - place_b;
    }
}

typedef int pair_order_cb(const struct azb_pair *a, const struct azb_pair *b);

/* One name's values stay in the order in which they are sent. */
static int header_order(const struct azb_pair *a, const struct azb_pair *b)
{
    int order = header_name_order(a->name, b->name);

    return order != 0 ? order : (a > b) - (a < b);
}

static int query_order(const struct azb_pair *a, const struct azb_pair *b)
{
    int order = strcasecmp(a->name, b->name);

    return order != 0 ? order : strcmp(a->value, b->value);
}

/* By insertion: there are few pairs, and mostly they are nearly in order. */
static void sort_pairs(const struct azb_pair **pairs, size_t n, pair_order_cb *order)
{
    for (size_t i = 1; i < n; i++) {
        const struct azb_pair *pair = pairs[i];
        size_t at = i;

        for (; at > 0 && order(pairs[at - 1], pair) > 0; at--)
            pairs[at] = pairs[at - 1];
        pairs[at] = pair;
    }
}

static void append_lower(struct azb_buf *buf, const char *name)
{
    size_t n = strlen(name);

    if (azb_buf_reserve(buf, n) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];

        buf->data[buf->len++] = (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
}

/* Blanks are all there can be: a request takes no tabs. */
static void append_trimmed(struct azb_buf *buf, const char *value)
{
    size_t n;

    while (*value == ' ')
        value++;
    n = strlen(value);
    while (n > 0 && value[n - 1] == ' ')
        n--;
    azb_buf_append(buf, value, n);
}

/* Is the pair one more value of the name before it? */
static bool is_repeated(const struct azb_pair *const *pairs, size_t i)
{
    return i > 0 && strcasecmp(pairs[i - 1]->name, pairs[i]->name) == 0;
}

typedef void append_value_cb(struct azb_buf *buf, const char *value);

/* A line "name:value" for each name, several values of one joined with a comma. */
static void append_pairs(struct azb_buf *buf, const struct azb_pair *const *pairs, size_t n,
                         append_value_cb *append_value)
{
    for (size_t i = 0; i < n; i++) {
        if (is_repeated(pairs, i)) {
            azb_buf_puts(buf, ",");
        } else {
            azb_buf_puts(buf, "\n");
            append_lower(buf, pairs[i]->name);
            azb_buf_puts(buf, ":");
        }
        append_value(buf, pairs[i]->value);
    }
}

static void append_headers(struct azb_buf *buf, const struct azb_request *req)
{
    struct signed_headers headers;

    signed_headers_collect(&headers, req);
    for (unsigned line = 0; line < N_LINES; line++) {
        azb_buf_puts(buf, "\n");
        if (line == LINE_CONTENT_LENGTH && req->content_length > 0)
            azb_buf_printf(buf, "%" PRId64, req->content_length);
        append_trimmed(buf, headers.lines[line]);
    }
    sort_pairs(headers.ms, headers.n_ms, header_order);
    append_pairs(buf, headers.ms, headers.n_ms, append_trimmed);
}

/* The path already begins with the account's name where the URL has it there; it is then
 * signed twice, as the service wants it. */
static void append_resource(struct azb_buf *buf, const struct azb_request *req,
                            const char *account)
{
    const struct azb_pair *query[AZB_REQUEST_MAX_QUERY];

    for (unsigned i = 0; i < req->n_query; i++)
        query[i] = &req->query[i];
    azb_buf_puts(buf, "\n/");
    azb_buf_puts(buf, account);
    azb_buf_puts(buf, req->path[0] != '\0' ? req->path : "/");
    sort_pairs(query, req->n_query, query_order);
    append_pairs(buf, query, req->n_query, azb_buf_puts);
}

void azb_shared_key_string_to_sign(const struct azb_request *req, const char *account,
                                   struct azb_buf *ret)
{
    azb_buf_puts(ret, req->verb);
    append_headers(ret, req);
    append_resource(ret, req, account);
}

int azb_shared_key_authorize(struct azb_shared_key *key, const struct azb_request *req,
                             struct azb_buf *scratch, const char **ret, struct azb_error *err)
{
    char signature[AZB_BASE64_CHARS(HMAC_BYTES) + 1];
    const char *value;
    int rc;

    azb_buf_reset(scratch);
    azb_shared_key_string_to_sign(req, key->account, scratch);
    if (scratch->failed)
        rc = azb_error_set(err, AZB_ERR_NO_MEMORY, "memory for what is signed");
    else
        rc = azb_shared_key_hmac(key, scratch->data, scratch->len, signature, err);
    OPENSSL_cleanse(scratch->data, scratch->len); /* it may hold a customer's key or a SAS */
    azb_buf_reset(scratch);
    if (rc < 0)
        return -1;
    value = azb_arena_printf(req->arena, "SharedKey %s:%s", key->account, signature);
    if (value == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "memory for a signature");
    *ret = value;
    return 0;
}
