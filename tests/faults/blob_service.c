/* blob_service.c: see blob_service.h. */
#define _GNU_SOURCE 1 /* strcasestr() */
#include "tests/faults/blob_service.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "proto/buf.h"

enum { PATH_BYTES = 512, PER_PAGE = 5000, TIER_BYTES = 16 };

/* A container ("c") or a blob ("c/b"), in order of their paths. */
struct stored {
    struct stored *next;
    char path[PATH_BYTES];
    char tier[TIER_BYTES];
    unsigned version; /* what its ETag is made of */
    struct azb_buf bytes;
};

struct blob_service {
    struct stored *first;
    unsigned last_version;
    const char *held;
    char header[PATH_BYTES]; /* of the answer that is being made, as is: */
    struct azb_buf body;
};

/* A request's line, taken apart. */
struct asked {
    char verb[8];
    char path[PATH_BYTES];  /* without its leading slash */
    char query[PATH_BYTES]; /* "" when there is none */
    bool is_blob;
};

struct blob_service *blob_service_new(void)
{
    struct blob_service *service = calloc(1, sizeof(*service));

    ck_assert_ptr_nonnull(service);
    return service;
}

static void stored_free(struct stored *stored)
{
    azb_buf_clear(&stored->bytes);
    free(stored);
}

void blob_service_free(struct blob_service *service)
{
    while (service->first != NULL) {
        struct stored *stored = service->first;

        service->first = stored->next;
        stored_free(stored);
    }
    azb_buf_clear(&service->body);
    free(service);
}

void blob_service_hold(struct blob_service *service, const char *prefix)
{
    service->held = prefix;
}

/* Where a path is linked, or would be. */
static struct stored **find_link(struct blob_service *service, const char *path)
{
    struct stored **link = &service->first;

    while (*link != NULL && strcmp((*link)->path, path) < 0)
        link = &(*link)->next;
    return link;
}

static struct stored *find(struct blob_service *service, const char *path)
{
    struct stored *stored = *find_link(service, path);

    return stored != NULL && strcmp(stored->path, path) == 0 ? stored : NULL;
}

static struct stored *add(struct blob_service *service, const char *path)
{
    struct stored **link = find_link(service, path);
    struct stored *stored = find(service, path);

    if (stored == NULL) {
        stored = calloc(1, sizeof(*stored));
        ck_assert_ptr_nonnull(stored);
        snprintf(stored->path, sizeof(stored->path), "%s", path);
        snprintf(stored->tier, sizeof(stored->tier), "Hot");
        stored->next = *link;
        *link = stored;
    }
    stored->version = ++service->last_version;
    return stored;
}

/* Whether `stored` is in this container (or is the container). */
static bool is_in(const struct stored *stored, const char *container)
{
    size_t n = strlen(container);

    return strncmp(stored->path, container, n) == 0 &&
           (stored->path[n] == '/' || stored->path[n] == '\0');
}

static void remove_one(struct stored **link)
{
    struct stored *stored = *link;

    *link = stored->next;
    stored_free(stored);
}

static void remove_all(struct blob_service *service, const char *container)
{
    struct stored **link = &service->first;

    while (*link != NULL)
        if (is_in(*link, container))
            remove_one(link);
        else
            link = &(*link)->next;
}

static bool container_exists(struct blob_service *service, const char *path)
{
    char container[PATH_BYTES];

    snprintf(container, sizeof(container), "%.*s", (int)strcspn(path, "/"), path);
    return find(service, container) != NULL;
}

static bool query_has(const struct asked *asked, const char *part)
{
    return strstr(asked->query, part) != NULL;
}

static void refuse(struct fake_step *reply, int status, const char *code)
{
    *reply = (struct fake_step){.reply = status, .error_code = code};
}

static void put_etag(struct blob_service *service, struct fake_step *reply,
                     const struct stored *stored)
{
    snprintf(service->header, sizeof(service->header),
             "ETag: \"0x%X\"\nLast-Modified: Sun, 22 Nov 2026 06:44:00 GMT\n"
             "x-ms-blob-type: BlockBlob\nx-ms-access-tier: %s",
             stored->version, stored->tier);
    reply->header = service->header;
}

/* ---- containers ---- */

static void serve_container(struct blob_service *service, const struct asked *asked,
                            struct fake_step *reply)
{
    bool exists = find(service, asked->path) != NULL;

    if (strcmp(asked->verb, "PUT") == 0 && exists)
        return refuse(reply, 409, "ContainerAlreadyExists");
    if (strcmp(asked->verb, "PUT") != 0 && !exists)
        return refuse(reply, 404, "ContainerNotFound");
    if (strcmp(asked->verb, "PUT") == 0) {
        put_etag(service, reply, add(service, asked->path));
        reply->reply = 201;
    } else if (strcmp(asked->verb, "DELETE") == 0) {
        remove_all(service, asked->path);
        reply->reply = 202;
    } else {
        put_etag(service, reply, find(service, asked->path));
    }
}

static void list_containers(struct blob_service *service, struct fake_step *reply)
{
    azb_buf_puts(&service->body, FAKE_XML("<EnumerationResults><Containers>"));
    for (const struct stored *stored = service->first; stored != NULL; stored = stored->next)
        if (strchr(stored->path, '/') == NULL)
            azb_buf_printf(&service->body,
                           "<Container><Name>%s</Name><Properties><Etag>\"0x%X\"</Etag>"
                           "</Properties></Container>",
                           stored->path, stored->version);
    azb_buf_puts(&service->body, "</Containers><NextMarker/></EnumerationResults>");
    reply->body = azb_buf_cstr(&service->body);
}

static unsigned query_number(const struct asked *asked, const char *name, unsigned otherwise)
{
    const char *at = strstr(asked->query, name);

    return at != NULL ? (unsigned)strtoul(at + strlen(name), NULL, 10) : otherwise;
}

static void list_blobs(struct blob_service *service, const struct asked *asked,
                       struct fake_step *reply)
{
    unsigned first = query_number(asked, "marker=", 0);
    unsigned last = first + query_number(asked, "maxresults=", PER_PAGE);
    unsigned i = 0;

    if (find(service, asked->path) == NULL)
        return refuse(reply, 404, "ContainerNotFound");
    azb_buf_puts(&service->body, FAKE_XML("<EnumerationResults><Blobs>"));
    for (const struct stored *stored = service->first; stored != NULL; stored = stored->next) {
        const char *name = stored->path + strlen(asked->path) + 1;

        if (!is_in(stored, asked->path) || strlen(stored->path) <= strlen(asked->path))
            continue;
        if (i >= first && i < last)
            azb_buf_printf(&service->body,
                           "<Blob><Name>%s</Name><Properties><Content-Length>%zu"
                           "</Content-Length><BlobType>BlockBlob</BlobType><AccessTier>%s"
                           "</AccessTier></Properties></Blob>",
                           name, stored->bytes.len, stored->tier);
        i++;
    }
    azb_buf_puts(&service->body, "</Blobs>");
    if (i > last)
        azb_buf_printf(&service->body, "<NextMarker>%u</NextMarker>", last);
    azb_buf_puts(&service->body, "</EnumerationResults>");
    reply->body = azb_buf_cstr(&service->body);
}

/* ---- blobs ---- */

static void put_blob(struct blob_service *service, const struct asked *asked,
                     const struct fake_request *request, struct fake_step *reply)
{
    struct stored *stored;

    if (!container_exists(service, asked->path))
        return refuse(reply, 404, "ContainerNotFound");
    if (fake_request_header(request, "If-None-Match") != NULL &&
        find(service, asked->path) != NULL)
        return refuse(reply, 409, "BlobAlreadyExists");
    stored = add(service, asked->path);
    azb_buf_clear(&stored->bytes);
    azb_buf_append(&stored->bytes, request->body, request->body_bytes);
    put_etag(service, reply, stored);
    reply->reply = 201;
}

static void get_blob(struct blob_service *service, const struct stored *stored,
                     const struct fake_request *request, struct fake_step *reply)
{
    const char *range = fake_request_header(request, "x-ms-range");
    size_t n = stored->bytes.len, first = 0, last = n - 1;

    put_etag(service, reply, stored);
    if (range != NULL && sscanf(range, "bytes=%zu-%zu", &first, &last) > 0) {
        size_t used = strlen(service->header);

        if (first >= n)
            return refuse(reply, 416, "InvalidRange");
        if (last >= n)
            last = n - 1;
        reply->reply = 206;
        snprintf(service->header + used, sizeof(service->header) - used,
                 "\nContent-Range: bytes %zu-%zu/%zu", first, last, n);
    }
    reply->body = n > 0 ? (const char *)stored->bytes.data + first : "";
    reply->body_bytes = n > 0 ? last - first + 1 : 0;
}

/* Returns the status of deleting a blob, or of another change to it. */
static int change_blob(struct blob_service *service, const struct asked *asked,
                       const char *tier)
{
    struct stored *stored = find(service, asked->path);

    if (stored == NULL)
        return 404;
    if (strcmp(asked->verb, "DELETE") == 0) {
        remove_one(find_link(service, asked->path));
        return 202;
    }
    snprintf(stored->tier, sizeof(stored->tier), "%s", tier);
    return 200;
}

static void serve_blob(struct blob_service *service, const struct asked *asked,
                       const struct fake_request *request, struct fake_step *reply)
{
    const char *tier = fake_request_header(request, "x-ms-access-tier");
    struct stored *stored = find(service, asked->path);

    if (strcmp(asked->verb, "PUT") == 0 && !query_has(asked, "comp="))
        return put_blob(service, asked, request, reply);
    if (!container_exists(service, asked->path))
        return refuse(reply, 404, "ContainerNotFound");
    if (stored == NULL)
        return refuse(reply, 404, "BlobNotFound");
    if (strcmp(asked->verb, "GET") == 0)
        return get_blob(service, stored, request, reply);
    if (strcmp(asked->verb, "HEAD") == 0)
        return get_blob(service, stored, request, reply); /* which is sent without its body */
    reply->reply = change_blob(service, asked, tier != NULL ? tier : "Hot");
}

/* ---- batches ---- */

/* "DELETE /c/b?query HTTP/1.1"; false when it is no such line. */
static bool asked_parse(const char *line, struct asked *ret)
{
    char target[PATH_BYTES];
    char *query;

    *ret = (struct asked){.query = ""};
    if (sscanf(line, "%7[A-Z] /%511[^ \r\n]", ret->verb, target) != 2 &&
        sscanf(line, "%7[A-Z] %511[^ \r\n]", ret->verb, target) != 2)
        return false;
    query = strchr(target, '?');
    if (query != NULL) {
        *query = '\0';
        snprintf(ret->query, sizeof(ret->query), "%s", query + 1);
    }
    snprintf(ret->path, sizeof(ret->path), "%s", strcmp(target, "/") == 0 ? "" : target);
    ret->is_blob = strchr(ret->path, '/') != NULL;
    return true;
}

static void batch_answer(struct blob_service *service, unsigned i, int status)
{
    azb_buf_printf(&service->body,
                   "--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: %u\r\n"
                   "\r\nHTTP/1.1 %d %s\r\n%sServer: Windows-Azure-Blob/1.0\r\n\r\n\r\n",
                   i, status, status == 404 ? "The specified blob does not exist." : "Done",
                   status == 404 ? "x-ms-error-code: BlobNotFound\r\n" : "");
}

static void serve_batch(struct blob_service *service, const struct fake_request *request,
                        struct fake_step *reply)
{
    static const char empty_line[] = "\r\n\r\n", tier_header[] = "x-ms-access-tier: ";
    const char *at = request->body;
    unsigned n = 0;

    while ((at = strstr(at, empty_line)) != NULL) {
        const char *tier;
        struct asked asked;
        char value[TIER_BYTES] = "";

        at += strlen(empty_line);
        if (!asked_parse(at, &asked) || !asked.is_blob)
            continue;
        tier = strcasestr(at, tier_header);
        if (tier != NULL)
            sscanf(tier + strlen(tier_header), "%15[A-Za-z]", value);
        batch_answer(service, n++, change_blob(service, &asked, value));
    }
    azb_buf_puts(&service->body, "--batchresponse_1--");
    reply->reply = 202;
    reply->header = "Content-Type: multipart/mixed; boundary=batchresponse_1";
    reply->is_chunked = true;
    reply->body = azb_buf_cstr(&service->body);
}

static void serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct blob_service *service = arg;
    struct asked asked;

    azb_buf_drop(&service->body, service->body.len);
    if (!asked_parse(request->line, &asked))
        refuse(reply, 400, "InvalidUri");
    else if (query_has(&asked, "comp=batch"))
        serve_batch(service, request, reply);
    else if (query_has(&asked, "comp=list") && asked.path[0] == '\0')
        list_containers(service, reply);
    else if (query_has(&asked, "comp=list"))
        list_blobs(service, &asked, reply);
    else if (asked.is_blob)
        serve_blob(service, &asked, request, reply);
    else
        serve_container(service, &asked, reply);
    if (service->held != NULL &&
        strncmp(request->line, service->held, strlen(service->held)) == 0)
        reply->fault = FAKE_WAIT;
}

struct fake_options blob_service_options(struct blob_service *service)
{
    return (struct fake_options){.handler = serve, .handler_arg = service};
}
