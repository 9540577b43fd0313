/*
 * typed.c: what all generated functions do: read a struct of parameters by its table, add what
 * the handle names, and start the call.
 */
#include "client/typed.h"

#include <string.h>

#include "client/library.h"

static void put_members(struct azblob_params *out, const struct azb_member *members,
                        const void *from, size_t from_bytes);

/* {"name", "value", ..., NULL} */
static void put_pairs(struct azblob_params *out, const char *name, const char *const *pairs)
{
    azblob_params_begin_map(out, name);
    for (; pairs[0] != NULL && pairs[1] != NULL; pairs += 2)
        azblob_params_str(out, pairs[0], pairs[1]);
    azblob_params_end(out);
}

static void put_texts(struct azblob_params *out, const char *name, const char *const *texts)
{
    azblob_params_begin_list(out, name);
    for (; *texts != NULL; texts++)
        azblob_params_str(out, NULL, *texts);
    azblob_params_end(out);
}

/* A struct of its own, which begins with its size. */
static void put_model(struct azblob_params *out, const struct azb_member *member,
                      const void *model)
{
    size_t model_bytes;

    memcpy(&model_bytes, model, sizeof(model_bytes));
    if (model_bytes == 0)
        out->wrong = "struct_bytes of a part is not set";
    azblob_params_begin_map(out, member->name);
    put_members(out, member->model, model, model_bytes);
    azblob_params_end(out);
}

static void put_number(struct azblob_params *out, const char *name,
                       const struct azblob_int *number)
{
    if (number->is_given)
        azblob_params_int(out, name, number->value);
}

static void put_bool(struct azblob_params *out, const char *name, int value)
{
    if (value != 0)
        azblob_params_bool(out, name, value > 0);
}

static void put_bytes(struct azblob_params *out, const char *name,
                      const struct azblob_bytes *bytes)
{
    if (bytes->bytes != NULL)
        azblob_params_bytes(out, name, bytes->bytes, bytes->n);
}

/* A member that is a pointer. */
static void put_pointer(struct azblob_params *out, const struct azb_member *member,
                        const void *pointer)
{
    if (pointer == NULL)
        return;
    if (member->kind == AZB_MEMBER_TEXT)
        azblob_params_str(out, member->name, pointer);
    else if (member->kind == AZB_MEMBER_TEXTS)
        put_texts(out, member->name, pointer);
    else if (member->kind == AZB_MEMBER_PAIRS)
        put_pairs(out, member->name, pointer);
    else if (member->kind == AZB_MEMBER_MODEL)
        put_model(out, member, pointer);
    else if (member->kind == AZB_MEMBER_BUILT)
        azb_params_value(out, member->name, pointer);
}

/* One member, unless it is not given. */
static void put_member(struct azblob_params *out, const struct azb_member *member,
                       const void *at)
{
    switch ((enum azb_member_kind)member->kind) {
    case AZB_MEMBER_NUMBER:
        put_number(out, member->name, at);
        break;
    case AZB_MEMBER_BOOL:
        put_bool(out, member->name, *(const int *)at);
        break;
    case AZB_MEMBER_BYTES:
        put_bytes(out, member->name, at);
        break;
    default:
        put_pointer(out, member, *(const void *const *)at);
    }
}

static size_t member_bytes(const struct azb_member *member)
{
    switch ((enum azb_member_kind)member->kind) {
    case AZB_MEMBER_NUMBER:
        return sizeof(struct azblob_int);
    case AZB_MEMBER_BOOL:
        return sizeof(int);
    case AZB_MEMBER_BYTES:
        return sizeof(struct azblob_bytes);
    default:
        return sizeof(void *);
    }
}

/* All members that the caller's struct, which may be of an older version, has. */
static void put_members(struct azblob_params *out, const struct azb_member *members,
                        const void *from, size_t from_bytes)
{
    for (; members->name != NULL; members++)
        if (members->offset + member_bytes(members) <= from_bytes)
            put_member(out, members, (const char *)from + members->offset);
}

static void put_given(struct azblob_params *out, bool is_given, const char *name,
                      const char *value)
{
    if (is_given && value != NULL)
        azblob_params_str(out, name, value);
}

static void put_handle(struct azblob_params *out, unsigned gives,
                       const struct azb_handle *handle)
{
    if (handle == NULL)
        return;
    azblob_params_str(out, "client", handle->service->client);
    put_given(out, gives & AZB_GIVES_CONTAINER, "container", handle->container);
    put_given(out, gives & AZB_GIVES_BLOB, "blob", handle->blob);
    put_given(out, gives & AZB_GIVES_SNAPSHOT, "snapshot", handle->snapshot);
    put_given(out, gives & AZB_GIVES_LEASE, "lease", handle->lease);
    put_given(out, gives & AZB_GIVES_LEASE_ID, "lease_id", handle->lease);
}

/* What a method is called on: a handle, or NULL; and in any case its connection. */
static struct azb_handle *handle_of(const struct azb_typed *typed, void *on)
{
    return typed->gives & AZB_GIVES_CLIENT ? on : NULL;
}

static struct azblob_connection *connection_of(const struct azb_typed *typed, void *on)
{
    struct azb_handle *handle = handle_of(typed, on);

    return handle != NULL ? handle->service->connection : on;
}

/* The parameters of a call, for azblob_params_free(). Handles are NULL when there was no memory
 * for them. */
static struct azblob_params *typed_params(const struct azb_typed *typed, void *on,
                                          const void *from, struct azblob_error *err)
{
    struct azblob_params *params = on != NULL ? azblob_params_new() : NULL;
    size_t from_bytes = 0;

    if (params == NULL) {
        azb_error_set(azb_error_inner(err), AZB_ERR_NO_MEMORY, "%s", typed->method);
        return NULL;
    }
    if (from != NULL) {
        memcpy(&from_bytes, from, sizeof(from_bytes));
        if (from_bytes == 0)
            params->wrong = "struct_bytes is not set";
        put_members(params, typed->members, from, from_bytes);
    }
    put_handle(params, typed->gives, handle_of(typed, on));
    return params;
}

/* Start with all that `start` has besides method, parameters and handle. */
static int typed_start(const struct azb_typed *typed, void *on, const void *from,
                       struct azb_start start, struct azblob_task **ret,
                       struct azblob_error *err)
{
    struct azblob_params *params = typed_params(typed, on, from, err);
    int rc;

    if (params == NULL)
        return -1;
    start.method = typed->method;
    start.params = params;
    start.handle = handle_of(typed, on);
    rc = azb_task_start(connection_of(typed, on), &start, ret, azb_error_inner(err));
    azblob_params_free(params);
    return rc;
}

int azb_typed_start(const struct azb_typed *typed, void *on, const void *params,
                    struct azblob_task **ret, struct azblob_error *err)
{
    return typed_start(typed, on, params, (struct azb_start){0}, ret, err);
}

int azb_typed_upload_start(const struct azb_typed *typed, void *on, const void *params,
                           const struct azblob_source *source, struct azblob_task **ret,
                           struct azblob_error *err)
{
    return typed_start(typed, on, params, (struct azb_start){.source = source}, ret, err);
}

int azb_typed_to_fd_start(const struct azb_typed *typed, void *on, const void *params, int fd,
                          struct azblob_task **ret, struct azblob_error *err)
{
    return typed_start(typed, on, params, (struct azb_start){.has_fd = true, .fd = fd}, ret,
                       err);
}

/* The same, waited for. */
int azb_typed_call(const struct azb_typed *typed, void *on, const void *params,
                   struct azblob_value **ret, struct azblob_error *err)
{
    struct azblob_task *task;

    if (azb_typed_start(typed, on, params, &task, err) < 0)
        return -1;
    return azb_task_finish(task, ret, azb_error_inner(err));
}

int azb_typed_upload(const struct azb_typed *typed, void *on, const void *params,
                     const struct azblob_source *source, struct azblob_value **ret,
                     struct azblob_error *err)
{
    struct azblob_task *task;

    if (azb_typed_upload_start(typed, on, params, source, &task, err) < 0)
        return -1;
    return azb_task_finish(task, ret, azb_error_inner(err));
}

int azb_typed_to_fd(const struct azb_typed *typed, void *on, const void *params, int fd,
                    struct azblob_value **ret, struct azblob_error *err)
{
    struct azblob_task *task;

    if (azb_typed_to_fd_start(typed, on, params, fd, &task, err) < 0)
        return -1;
    return azb_task_finish(task, ret, azb_error_inner(err));
}

/* Where a listing is to begin, or NULL. */
static const char *find_token(const struct azb_member *member, const void *from)
{
    size_t from_bytes = 0;

    if (from != NULL)
        memcpy(&from_bytes, from, sizeof(from_bytes));
    for (; member->name != NULL; member++)
        if (member->kind == AZB_MEMBER_TOKEN &&
            member->offset + member_bytes(member) <= from_bytes)
            return *(const char *const *)((const char *)from + member->offset);
    return NULL;
}

int azb_typed_list(const struct azb_typed *typed, void *on, const void *from,
                   struct azblob_iterator **ret, struct azblob_error *err)
{
    struct azblob_params *params = typed_params(typed, on, from, err);

    if (params == NULL)
        return -1;
    if (azb_params_check(params, azb_error_inner(err)) < 0) {
        azblob_params_free(params);
        return -1;
    }
    *ret = azb_iterator_new(handle_of(typed, on), typed->method, params,
                            find_token(typed->members, from));
    if (*ret != NULL)
        return 0;
    azblob_params_free(params);
    return azb_error_set(azb_error_inner(err), AZB_ERR_NO_MEMORY, "%s", typed->method);
}

int azb_typed_batch(const struct azb_typed *typed, void *on, const void *params,
                    struct azblob_iterator **ret, struct azblob_error *err)
{
    struct azblob_iterator *iterator;

    if (azb_typed_list(typed, on, params, &iterator, err) < 0)
        return -1;
    if (azb_iterator_start(iterator, azb_error_inner(err)) < 0) {
        azblob_iterator_close(iterator);
        return -1;
    }
    *ret = iterator;
    return 0;
}

int azb_typed_read_start(const struct azb_typed *typed, void *on, const void *from,
                         struct azblob_reader **ret, struct azblob_error *err)
{
    struct azblob_params *params = typed_params(typed, on, from, err);
    struct azb_start start = {
        .method = typed->method, .params = params, .handle = handle_of(typed, on)};
    int rc;

    if (params == NULL)
        return -1;
    rc = azb_reader_open(connection_of(typed, on), start, ret, azb_error_inner(err));
    azblob_params_free(params);
    return rc;
}

int azb_typed_read(const struct azb_typed *typed, void *on, const void *params,
                   struct azblob_reader **ret, struct azblob_error *err)
{
    const struct azblob_value *properties;
    struct azblob_reader *reader;

    if (azb_typed_read_start(typed, on, params, &reader, err) < 0)
        return -1;
    if (azblob_reader_properties(reader, &properties, err) < 0) {
        azblob_reader_close(reader);
        return -1;
    }
    *ret = reader;
    return 0;
}
