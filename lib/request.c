/*
 * request.c: what may be put into a request. Names and values come from clients (metadata is
 * all theirs), so whatever could end a header line early is refused here, for all callers.
 */
#include "lib/request.h"

#include <string.h>
#include <strings.h>

enum {
    FIRST_HEADERS = 16, /* most requests have no more */
};

/* RFC 9110's token: what a header's name may be made of. */
static bool is_token(const char *s)
{
    const char *p = s;

    while ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
           (*p != '\0' && strchr("-!#$%&'*+.^_`|~", *p) != NULL))
        p++;
    return p > s && *p == '\0';
}

static bool has_control(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

/* Room for more headers. */
static int headers_grow(struct azb_request *req, struct azb_error *err)
{
    unsigned cap = req->headers_cap > 0 ? 2 * req->headers_cap : FIRST_HEADERS;
    struct azb_pair *headers = azb_arena_alloc(req->arena, cap * sizeof(*headers));

    if (headers == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a request");
    if (req->n_headers > 0)
        memcpy(headers, req->headers, req->n_headers * sizeof(*headers));
    req->headers = headers;
    req->headers_cap = cap;
    return 0;
}

int azb_request_header(struct azb_request *req, const char *name, const char *value,
                       struct azb_error *err)
{
    if (!is_token(name))
        return azb_error_set(
            err, AZB_ERR_INVALID_ARG,
            "a header's name (or a metadata key) is empty or holds a character "
            "that none may have");
    if (has_control(value))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "the value of %.64s holds a control character", name);
    if (req->n_headers == AZB_REQUEST_MAX_HEADERS)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "a request may have %d headers, metadata included",
                             AZB_REQUEST_MAX_HEADERS);
    if (req->n_headers == req->headers_cap && headers_grow(req, err) < 0)
        return -1;
    req->headers[req->n_headers++] = (struct azb_pair){name, value};
    return 0;
}

int azb_request_query(struct azb_request *req, const char *name, const char *value,
                      struct azb_error *err)
{
    if (req->n_query == AZB_REQUEST_MAX_QUERY)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "a request may have %d query parameters",
                             AZB_REQUEST_MAX_QUERY);
    req->query[req->n_query++] = (struct azb_pair){name, value};
    return 0;
}

const char *azb_request_find_header(const struct azb_request *req, const char *name)
{
    for (unsigned i = 0; i < req->n_headers; i++)
        if (strcasecmp(req->headers[i].name, name) == 0)
            return req->headers[i].value;
    return NULL;
}
