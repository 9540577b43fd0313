/*
 * service_error.c: error answers.
 */
#include "lib/service_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/codec/xml.h"
#include "proto/buf.h"

void azb_fault_body(struct azb_fault *fault, const char *bytes, size_t n)
{
    size_t room = sizeof(fault->body) - fault->body_bytes;

    if (n > room)
        n = room;
    memcpy(fault->body + fault->body_bytes, bytes, n);
    fault->body_bytes += n;
}

enum azb_err azb_service_err(int status, const char *code)
{
    static const struct {
        const char *code;
        enum azb_err what;
    } by_code[] = {
        {"ConditionNotMet", AZB_ERR_MODIFIED},
        {"BlobOverwritten", AZB_ERR_MODIFIED},
        {"InvalidAuthenticationInfo", AZB_ERR_AUTH},
        {"AuthenticationFailed", AZB_ERR_AUTH},
        {"ResourceNotFound", AZB_ERR_NOT_FOUND},
        {"CannotVerifyCopySource", AZB_ERR_NOT_FOUND},
        {"BlobNotFound", AZB_ERR_NOT_FOUND},
        {"ContainerNotFound", AZB_ERR_NOT_FOUND},
        {"QueueNotFound", AZB_ERR_NOT_FOUND},
        {"ParentNotFound", AZB_ERR_NOT_FOUND},
        {"ShareNotFound", AZB_ERR_NOT_FOUND},
        {"AccountAlreadyExists", AZB_ERR_EXISTS},
        {"AccountBeingCreated", AZB_ERR_EXISTS},
        {"ResourceAlreadyExists", AZB_ERR_EXISTS},
        {"ResourceTypeMismatch", AZB_ERR_EXISTS},
        {"BlobAlreadyExists", AZB_ERR_EXISTS},
        {"ContainerAlreadyExists", AZB_ERR_EXISTS},
        {"ContainerBeingDeleted", AZB_ERR_EXISTS},
        {"QueueAlreadyExists", AZB_ERR_EXISTS},
        {"QueueBeingDeleted", AZB_ERR_EXISTS},
        {"ShareAlreadyExists", AZB_ERR_EXISTS},
        {"ShareBeingDeleted", AZB_ERR_EXISTS},
    };

    if (status == 401)
        return AZB_ERR_AUTH;
    if (status == 404)
        return AZB_ERR_NOT_FOUND;
    if (status == 409)
        return AZB_ERR_EXISTS;
    for (size_t i = 0; i < sizeof(by_code) / sizeof(by_code[0]); i++)
        if (strcmp(by_code[i].code, code) == 0)
            return by_code[i].what;
    return status == 304 ? AZB_ERR_MODIFIED : AZB_ERR_SERVICE;
}

/* <Error><Code/><Message/>...: the children, by name. */
struct error_document {
    char name[64];
    struct azb_buf text;
    char code[64];
    struct azb_buf message;
    struct azb_buf extras; /* "\nname: value" for each other element */
    unsigned depth;
};

static int on_start(void *arg, const char *name, const char *const *attributes,
                    struct azb_error *err)
{
    struct error_document *doc = arg;

    (void)attributes, (void)err;
    doc->depth++;
    if (doc->depth == 2) {
        snprintf(doc->name, sizeof(doc->name), "%s", name);
        doc->text.len = 0;
    }
    return 0;
}

static int on_text(void *arg, const char *text, size_t n, struct azb_error *err)
{
    struct error_document *doc = arg;

    (void)err;
    if (doc->depth >= 2)
        azb_buf_append(&doc->text, text, n);
    return 0;
}

static int on_end(void *arg, struct azb_error *err)
{
    struct error_document *doc = arg;
    const char *text = azb_buf_cstr(&doc->text);

    (void)err;
    if (doc->depth-- != 2)
        return 0;
    if (strcmp(doc->name, "Code") == 0)
        snprintf(doc->code, sizeof(doc->code), "%s", text);
    else if (strcmp(doc->name, "Message") == 0)
        azb_buf_puts(&doc->message, text);
    else if (text[0] != '\0')
        azb_buf_printf(&doc->extras, "\n%s: %s", doc->name, text);
    return 0;
}

/* The service ends its messages with lines that the error has as fields of its own. */
static int message_bytes(const char *message)
{
    const char *end = strstr(message, "\nRequestId:");

    return end != NULL ? (int)(end - message) : (int)strlen(message);
}

static bool read_xml(const struct azb_fault *fault, struct azb_error *err)
{
    static const struct azb_xml_events events = {on_start, on_text, on_end};
    struct error_document doc = {0};
    struct azb_error ignored = {0};
    struct azb_xml *xml = azb_xml_new(&events, &doc);
    bool found = false;

    /* A document cut off at the end of our buffer still has its first elements. */
    if (xml != NULL && azb_xml_push(xml, fault->body, fault->body_bytes, &ignored) == 0)
        azb_xml_end(xml, &ignored);
    if (doc.code[0] != '\0') {
        const char *message = azb_buf_cstr(&doc.message);

        found = true;
        snprintf(err->code, sizeof(err->code), "%s", doc.code);
        snprintf(err->message, sizeof(err->message), "%.*s%s", message_bytes(message), message,
                 azb_buf_cstr(&doc.extras));
    }
    azb_xml_free(xml);
    azb_buf_clear(&doc.text);
    azb_buf_clear(&doc.message);
    azb_buf_clear(&doc.extras);
    return found;
}

/* The string after "key": in a JSON text; enough for {"error":{"code":..,"message":..}}. */
static void json_string(const char *json, const char *key, char *ret, size_t ret_size)
{
    const char *p = strstr(json, key);
    size_t n = 0;

    p = p != NULL ? strchr(p + strlen(key), ':') : NULL;
    p = p != NULL ? strchr(p, '"') : NULL;
    if (p == NULL)
        return;
    for (p++; *p != '\0' && *p != '"' && n + 1 < ret_size; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        ret[n++] = *p;
    }
    ret[*p != '\0' ? n : 0] = '\0'; /* what the buffer's end cuts off is no string */
}

static bool read_json(const struct azb_fault *fault, struct azb_error *err)
{
    char json[sizeof(fault->body) + 1];

    if (fault->body_bytes == 0 || fault->body[0] != '{')
        return false;
    memcpy(json, fault->body, fault->body_bytes);
    json[fault->body_bytes] = '\0';
    json_string(json, "\"code\"", err->code, sizeof(err->code));
    json_string(json, "\"message\"", err->message, sizeof(err->message));
    return err->code[0] != '\0';
}

/* An answer to HEAD, and a 304, has no body: in the words of those that have one. */
static const char *bodiless_message(const char *code)
{
    static const struct {
        const char *code, *message;
    } messages[] = {
        {"BlobNotFound", "The specified blob does not exist."},
        {"ContainerNotFound", "The specified container does not exist."},
        {"ConditionNotMet",
         "The condition specified using HTTP conditional header(s) is not met."},
    };

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (strcmp(code, messages[i].code) == 0)
            return messages[i].message;
    return NULL;
}

void azb_fault_error(const struct azb_fault *fault, struct azb_error *err)
{
    const char *message;

    err->code[0] = err->message[0] = '\0';
    if (!read_xml(fault, err) && !read_json(fault, err)) {
        snprintf(err->code, sizeof(err->code), "%s", fault->code);
        err->message[0] = '\0';
    }
    if (err->code[0] == '\0')
        snprintf(err->message, sizeof(err->message),
                 "the service, or something before it, answered %d without an error code",
                 err->status);
    else if (err->message[0] == '\0' && (message = bodiless_message(err->code)) != NULL)
        snprintf(err->message, sizeof(err->message), "%s", message);
    else if (err->message[0] == '\0')
        snprintf(err->message, sizeof(err->message), "the service answered %d %s", err->status,
                 err->code);
    err->what = azb_service_err(err->status, err->code);
    if (err->code[0] == '\0')
        snprintf(err->code, sizeof(err->code), "%s", azb_error_code(err->what));
}

int azb_error_blob_exists(struct azb_error *err)
{
    azb_error_set(err, AZB_ERR_EXISTS, "The specified blob already exists.");
    snprintf(err->code, sizeof(err->code), "BlobAlreadyExists");
    return -1;
}

void azb_error_name_existing(struct azb_error *err)
{
    if (strcmp(err->code, "ConditionNotMet") == 0 || strcmp(err->code, "BlobOverwritten") == 0)
        azb_error_blob_exists(err);
}
