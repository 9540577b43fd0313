/*
 * test_library.c: libazblob's calls as its users see them: values, errors, tasks, leases, and
 * what becomes of them when the daemon goes away.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/faults/library_stage.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, MANY = 10 };

/* ---- calls ---- */

START_TEST(test_values)
{
    struct azblob_value *result;
    struct azblob_blob *blob;
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    stage_put(&stage, "b", "hello");
    STAGE_OK(&stage, azblob_blob_get_blob_properties(blob, NULL, &result, stage.err));
    ck_assert_int_eq(azblob_value_int(azblob_value_get(result, "size"), -1), 5);
    ck_assert_str_eq(azblob_value_str(azblob_value_get(result, "last_modified")),
                     "2026-11-22T06:44:00Z");
    ck_assert_int_eq(azblob_value_time(azblob_value_get(result, "last_modified"), 0),
                     1795329840);
    ck_assert_ptr_null(azblob_value_get(azblob_value_get(result, "none"), "inside"));
    for (size_t i = 0; i < azblob_value_size(result); i++)
        ck_assert_ptr_eq(azblob_value_at(result, i),
                         azblob_value_get(result, azblob_value_key(result, i)));
    azblob_value_free(result);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_errors)
{
    struct azblob_blob_upload_blob_params no_size = {.overwrite = AZBLOB_TRUE};
    struct azblob_source source = azblob_from_bytes("x", 1), empty = azblob_from_fd(-1);
    struct azblob_value *result;
    struct azblob_blob *blob;
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    STAGE_CODE(&stage,
               azblob_blob_get_blob_properties(
                   blob, AZBLOB_PARAMS(blob_get_blob_properties, .client_request_id = "mine"),
                   &result, stage.err),
               "BlobNotFound");
    ck_assert_str_eq(azblob_error_kind(stage.err), "ResourceNotFoundError");
    ck_assert_int_eq(azblob_error_status(stage.err), 404);
    ck_assert_uint_eq(azblob_error_attempts(stage.err), 1);
    ck_assert_int_eq(azblob_error_retryable(stage.err), 0);
    ck_assert_str_ne(azblob_error_message(stage.err), "");
    ck_assert_str_eq(azblob_error_client_request_id(stage.err), "mine");
    ck_assert_str_eq(azblob_error_operation(stage.err), "blob.get_blob_properties");
    ck_assert_str_eq(azblob_error_target(stage.err), "c/b");
    ck_assert_str_ne(azblob_error_request_id(stage.err), "");
    stage_put(&stage, "b", "1");
    STAGE_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err),
               "BlobAlreadyExists");
    STAGE_OK(&stage, azblob_blob_upload_blob(
                         blob, AZBLOB_PARAMS(blob_upload_blob, .overwrite = AZBLOB_TRUE),
                         &source, NULL, stage.err));
    stage_check(&stage, "b", "x");
    STAGE_CODE(&stage, azblob_blob_upload_blob(blob, &no_size, &source, NULL, stage.err),
               "InvalidParameter");
    STAGE_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &empty, NULL, stage.err),
               "InvalidParameter");
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* Parameters of all shapes arrive as they were given. */
START_TEST(test_parameters)
{
    struct azblob_source source = azblob_from_bytes("x", 1);
    struct azblob_content_settings settings = {.struct_bytes = sizeof(settings),
                                               .content_type = "text/plain"};
    const char *metadata[] = {"a", "1", "b", "2", NULL};
    const struct fake_request *request;
    struct azblob_blob *blob;
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_upload_blob(
                         blob,
                         AZBLOB_PARAMS(blob_upload_blob, .metadata = metadata,
                                       .content_settings = &settings, .lease = "lease-1",
                                       .timeout = azblob_int(7), .overwrite = AZBLOB_TRUE),
                         &source, NULL, stage.err));
    request = fake_request(stage.fake, fake_n_requests(stage.fake) - 1);
    ck_assert_str_eq(request->line, "PUT /c/b?timeout=7");
    ck_assert_str_eq(fake_request_header(request, "x-ms-meta-a"), "1");
    ck_assert_str_eq(fake_request_header(request, "x-ms-meta-b"), "2");
    ck_assert_str_eq(fake_request_header(request, "x-ms-blob-content-type"), "text/plain");
    ck_assert_str_eq(fake_request_header(request, "x-ms-lease-id"), "lease-1");
    ck_assert_ptr_null(fake_request_header(request, "If-None-Match"));
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* A struct of an earlier version, which ended before `overwrite`, still says what it said. */
START_TEST(test_older_struct)
{
    struct azblob_blob_upload_blob_params params = {
        .struct_bytes = offsetof(struct azblob_blob_upload_blob_params, overwrite),
        .overwrite = AZBLOB_TRUE};
    struct azblob_source source = azblob_from_bytes("x", 1);
    struct azblob_blob *blob;
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    stage_put(&stage, "b", "1");
    STAGE_CODE(&stage, azblob_blob_upload_blob(blob, &params, &source, NULL, stage.err),
               "BlobAlreadyExists");
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_generic_call)
{
    struct azblob_params *params = azblob_params_new();
    const struct azblob_value *parts;
    struct azblob_value *result;
    struct stage stage;

    stage_start(&stage);
    stage_put(&stage, "a", "1");
    azblob_params_str(params, "client", azblob_service_client(stage.service));
    azblob_params_str(params, "container", "c");
    azblob_params_begin_list(params, "blobs");
    azblob_params_str(params, NULL, "a");
    azblob_params_begin_map(params, NULL);
    azblob_params_str(params, "name", "none");
    azblob_params_end(params);
    azblob_params_end(params);
    azblob_params_bool(params, "raise_on_any_failure", 0);
    STAGE_OK(&stage, azblob_call(stage.connection, "container.delete_blobs", params, &result,
                                 stage.err));
    parts = azblob_value_get(result, "parts");
    ck_assert_uint_eq(azblob_value_size(parts), 2);
    ck_assert_int_eq(azblob_value_int(azblob_value_get(azblob_value_at(parts, 0), "status"), 0),
                     202);
    ck_assert_int_eq(azblob_value_int(azblob_value_get(azblob_value_at(parts, 1), "status"), 0),
                     404);
    azblob_value_free(result);
    azblob_params_end(params);
    STAGE_CODE(&stage, azblob_call(stage.connection, "rpc.ping", params, NULL, stage.err),
               "InvalidParameter");
    azblob_params_free(params);
    stage_stop(&stage);
}
END_TEST

static const char *text_of(const struct azblob_value *map, const char *key)
{
    return azblob_value_str(azblob_value_get(map, key));
}

/* What concerns no account is asked of the connection. */
START_TEST(test_connection_methods)
{
    struct azblob_value *result;
    struct stage stage;

    stage_start(&stage);
    STAGE_OK(&stage,
             azblob_rpc_ping(stage.connection, AZBLOB_PARAMS(rpc_ping, .client_name = "test"),
                             &result, stage.err));
    ck_assert_int_eq(azblob_value_bool(azblob_value_get(result, "pong"), 0), 1);
    azblob_value_free(result);
    STAGE_OK(&stage, azblob_daemon_status(stage.connection, NULL, &result, stage.err));
    ck_assert_str_eq(text_of(result, "version"), azblob_version());
    azblob_value_free(result);
    STAGE_OK(&stage, azblob_util_parse_connection_string(
                         stage.connection,
                         AZBLOB_PARAMS(util_parse_connection_string,
                                       .connection_string = fake_connection_string(stage.fake)),
                         &result, stage.err));
    ck_assert_str_eq(text_of(result, "account_name"), "acct");
    azblob_value_free(result);
    STAGE_OK(&stage, azblob_blob_from_blob_url(
                         stage.connection,
                         AZBLOB_PARAMS(blob_from_blob_url,
                                       .blob_url = "https://acct.blob.core.windows.net/c/a/b"),
                         &result, stage.err));
    ck_assert_str_eq(text_of(result, "container_name"), "c");
    ck_assert_str_eq(text_of(result, "blob_name"), "a/b");
    azblob_value_free(result);
    STAGE_OK(&stage, azblob_util_generate_blob_sas(
                         stage.connection,
                         AZBLOB_PARAMS(util_generate_blob_sas,
                                       .client = azblob_service_client(stage.service),
                                       .container_name = "c", .blob_name = "b",
                                       .permission = "r", .expiry = "2126-11-22T06:44:00Z"),
                         &result, stage.err));
    ck_assert_ptr_nonnull(strstr(text_of(result, "sas_token"), "sig="));
    azblob_value_free(result);
    stage_stop(&stage);
}
END_TEST

/* A blob that a URL names needs no client. */
START_TEST(test_by_url)
{
    static const struct fake_step steps[] = {
        {"PUT /acct/c/b?sig=1", .reply = 201, .header = "ETag: \"1\""},
        {"GET /acct/c/b?sig=1", .reply = 206, .body = "hello",
         .header = "ETag: \"1\"\nContent-Range: bytes 0-4/5"},
        {0}};
    struct azblob_source source = azblob_from_bytes("hello", 5);
    struct azblob_reader *reader;
    struct stage stage;
    char url[128];
    void *bytes;
    size_t n;

    stage_start_scripted(&stage, steps);
    snprintf(url, sizeof(url), "%s/acct/c/b?sig=1", fake_url(stage.fake));
    STAGE_OK(&stage,
             azblob_util_upload_blob_to_url(
                 stage.connection, AZBLOB_PARAMS(util_upload_blob_to_url, .blob_url = url),
                 &source, NULL, stage.err));
    STAGE_OK(&stage,
             azblob_util_download_blob_from_url(
                 stage.connection, AZBLOB_PARAMS(util_download_blob_from_url, .blob_url = url),
                 &reader, stage.err));
    STAGE_OK(&stage, azblob_reader_readall(reader, &bytes, &n, stage.err));
    ck_assert_str_eq(bytes, "hello");
    azblob_free(bytes);
    azblob_reader_close(reader);
    stage_stop(&stage);
}
END_TEST

/* Nobody has to look after each handle whether there was memory for it. */
START_TEST(test_no_handle)
{
    struct azblob_container *container = azblob_container_open(NULL, "c");
    struct azblob_blob *blob = azblob_blob_open(container, "b", NULL);
    struct azblob_lease *lease = azblob_blob_lease_open(blob, NULL);
    struct azblob_source source = azblob_from_bytes("x", 1);
    struct azblob_error *err = azblob_error_new();
    struct stage stage = {.err = err};
    struct azblob_iterator *iterator;
    struct azblob_reader *reader;
    struct azblob_task *task;

    ck_assert_ptr_null(container);
    ck_assert_ptr_null(blob);
    ck_assert_ptr_null(lease);
    ck_assert_ptr_null(azblob_container_lease_open(container, NULL));
    ck_assert_ptr_null(azblob_service_open(NULL, NULL));
    STAGE_CODE(&stage, azblob_lease_acquire(lease, NULL, NULL, err), "OutOfMemory");
    STAGE_CODE(&stage, azblob_blob_exists_start(blob, NULL, &task, err), "OutOfMemory");
    STAGE_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, err), "OutOfMemory");
    STAGE_CODE(&stage, azblob_blob_download_blob(blob, NULL, &reader, err), "OutOfMemory");
    STAGE_CODE(&stage, azblob_container_list_blobs(container, NULL, &iterator, err),
               "OutOfMemory");
    azblob_error_free(err);
}
END_TEST

/* What is wrong with a service's options is what its first call says. */
START_TEST(test_bad_service)
{
    struct azblob_service_options account = AZBLOB_SERVICE_OPTIONS_INIT;
    struct azblob_container *container;
    struct azblob_service *service;
    struct stage stage;

    stage_start(&stage);
    account.connection_string = "AccountName=acct;AccountKey=%%%";
    service = azblob_service_open(stage.connection, &account);
    container = azblob_container_open(service, "c");
    ck_assert_int_eq(azblob_container_create_container(container, NULL, NULL, stage.err), -1);
    ck_assert_str_ne(azblob_error_code(stage.err), "UnknownClient");
    ck_assert_str_ne(azblob_error_code(stage.err), "");
    azblob_container_close(container);
    azblob_service_close(service);
    stage_check((stage_put(&stage, "b", "1"), &stage), "b", "1");
    stage_stop(&stage);
}
END_TEST

/* Where a bearer token may go, and what struct of an earlier version ended before it. */
static const struct {
    const char *label;
    size_t struct_bytes;
    const char *message; /* has this in it; NULL: there is no error */
} tokens[] = {
    {"a token goes nowhere without TLS", sizeof(struct azblob_service_options), "https"},
    {"an older struct has none", offsetof(struct azblob_service_options, token), NULL},
};

START_TEST(test_token)
{
    struct azblob_service_options account = AZBLOB_SERVICE_OPTIONS_INIT;
    struct azblob_container *container;
    struct azblob_service *service;
    struct stage stage;
    char url[128];
    int rc;

    stage_start(&stage);
    snprintf(url, sizeof(url), "%s/acct", fake_url(stage.fake));
    account.struct_bytes = tokens[_i].struct_bytes;
    account.account_url = url;
    account.token = "secret";
    service = azblob_service_open(stage.connection, &account);
    container = azblob_container_open(service, "c");
    rc = azblob_container_exists(container, NULL, NULL, stage.err);
    ck_assert_msg((rc < 0) == (tokens[_i].message != NULL), "%s: %s", tokens[_i].label,
                  azblob_error_message(stage.err));
    if (rc < 0)
        ck_assert_ptr_nonnull(strstr(azblob_error_message(stage.err), tokens[_i].message));
    ck_assert_ptr_null(strstr(azblob_error_message(stage.err), "secret"));
    azblob_container_close(container);
    azblob_service_close(service);
    stage_stop(&stage);
}
END_TEST

/* ---- tasks ---- */

START_TEST(test_gather)
{
    struct azblob_task *tasks[MANY + 1];
    struct azblob_blob *blobs[MANY];
    struct stage stage;
    char name[16];

    stage_start(&stage);
    tasks[MANY] = NULL;
    for (int i = 0; i < MANY; i++) {
        struct azblob_source source = azblob_from_bytes(&"0123456789"[i], 1);

        snprintf(name, sizeof(name), "b%d", i);
        blobs[i] = stage_blob(&stage, name);
        STAGE_OK(&stage,
                 azblob_blob_upload_blob_start(blobs[i], NULL, &source, &tasks[i], stage.err));
    }
    STAGE_OK(&stage, azblob_gather(tasks, MANY + 1, stage.err));
    for (int i = 0; i < MANY; i++) {
        ck_assert_str_ne(
            azblob_value_str(azblob_value_get(azblob_task_result(tasks[i]), "etag")), "");
        azblob_task_free(tasks[i]);
        azblob_blob_close(blobs[i]);
    }
    stage_check(&stage, "b7", "7");
    stage_stop(&stage);
}
END_TEST

START_TEST(test_gather_failure)
{
    struct azblob_task *tasks[2];
    struct azblob_blob *blobs[2];
    struct stage stage;

    stage_start(&stage);
    stage_put(&stage, "there", "1");
    blobs[0] = stage_blob(&stage, "missing");
    blobs[1] = stage_blob(&stage, "there");
    for (int i = 0; i < 2; i++)
        STAGE_OK(&stage,
                 azblob_blob_get_blob_properties_start(blobs[i], NULL, &tasks[i], stage.err));
    STAGE_CODE(&stage, azblob_gather(tasks, 2, stage.err), "BlobNotFound");
    STAGE_OK(&stage, azblob_task_status(tasks[1], stage.err));
    for (int i = 0; i < 2; i++) {
        azblob_task_free(tasks[i]);
        azblob_blob_close(blobs[i]);
    }
    stage_stop(&stage);
}
END_TEST

START_TEST(test_cancel)
{
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "held");
    task = stage_start_held(&stage, blob);
    STAGE_CODE(&stage, azblob_task_status(task, stage.err), "InvalidParameter");
    azblob_task_cancel(task);
    STAGE_CODE(&stage, azblob_task_wait(task, stage.err), "Cancelled");
    azblob_task_cancel(task); /* nothing is left to cancel */
    azblob_task_free(task);
    task = stage_start_held(&stage, blob);
    azblob_task_free(task); /* cancels as well */
    azblob_blob_close(blob);
    stage_put(&stage, "b", "1"); /* and its answer disturbs nobody */
    stage_stop(&stage);
}
END_TEST

/* Which of two is done first is the service's to say. */
START_TEST(test_wait_any)
{
    struct azblob_task *tasks[2];
    struct azblob_blob *blobs[2];
    struct stage stage;
    size_t i;

    stage_start(&stage);
    stage_put(&stage, "b", "1");
    blobs[0] = stage_blob(&stage, "held");
    blobs[1] = stage_blob(&stage, "b");
    tasks[0] = stage_start_held(&stage, blobs[0]);
    STAGE_OK(&stage,
             azblob_blob_get_blob_properties_start(blobs[1], NULL, &tasks[1], stage.err));
    STAGE_OK(&stage, azblob_wait_any(tasks, 2, &i, stage.err));
    ck_assert_uint_eq(i, 1);
    azblob_task_free(tasks[1]);
    tasks[1] = NULL;
    fake_release(stage.fake);
    STAGE_OK(&stage, azblob_wait_any(tasks, 2, &i, stage.err));
    ck_assert_uint_eq(i, 0);
    azblob_task_free(tasks[0]);
    tasks[0] = NULL;
    STAGE_CODE(&stage, azblob_wait_any(tasks, 2, &i, stage.err), "InvalidParameter");
    azblob_blob_close(blobs[0]);
    azblob_blob_close(blobs[1]);
    stage_stop(&stage);
}
END_TEST

/* A loop of our own, whose callbacks start what comes next and free what is done. */
struct relay {
    struct stage *stage;
    struct azblob_blob *blob;
    int n_left, n_done;
};

static void relay_go_on(struct azblob_task *task, void *arg)
{
    struct relay *relay = arg;
    struct azblob_task *next;

    relay->n_done++;
    STAGE_OK(relay->stage, azblob_task_status(task, relay->stage->err));
    azblob_task_free(task);
    if (relay->n_left-- == 0)
        return;
    STAGE_OK(relay->stage, azblob_blob_get_blob_properties_start(relay->blob, NULL, &next,
                                                                 relay->stage->err));
    azblob_task_on_done(next, relay_go_on, relay);
}

START_TEST(test_own_loop)
{
    struct azblob_task *task;
    struct relay relay;
    struct stage stage;

    stage_start(&stage);
    stage_put(&stage, "b", "1");
    relay = (struct relay){.stage = &stage, .blob = stage_blob(&stage, "b"), .n_left = MANY};
    STAGE_OK(&stage, azblob_blob_get_blob_properties_start(relay.blob, NULL, &task, stage.err));
    azblob_task_on_done(task, relay_go_on, &relay);
    while (relay.n_done <= MANY) {
        struct pollfd ready = {.fd = azblob_fd(stage.connection),
                               .events = azblob_events(stage.connection)};

        ck_assert_int_gt(poll(&ready, 1, STAGE_LIMIT_MS), 0);
        STAGE_OK(&stage, azblob_dispatch(stage.connection, stage.err));
    }
    ck_assert_int_eq(relay.n_done, MANY + 1);
    azblob_blob_close(relay.blob);
    stage_stop(&stage);
}
END_TEST

/* A wait has an end when the daemon says nothing; what was waited for goes on. */
START_TEST(test_silence)
{
    struct azblob_options options = AZBLOB_OPTIONS_INIT;
    struct azblob_container *container;
    struct azblob_connection *other;
    struct azblob_service *service;
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;
    size_t i;

    stage_start(&stage);
    options.socket_path = stage.socket;
    options.answer_wait_ms = 1;
    STAGE_OK(&stage, azblob_connect(&options, &other, stage.err));
    service = azblob_service_open(other, NULL);
    container = azblob_container_open(service, "c");
    blob = azblob_blob_open(container, "held", NULL);
    task = stage_start_held(&stage, blob);
    STAGE_CODE(&stage, azblob_wait_any(&task, 1, &i, stage.err), "DeadlineExceeded");
    STAGE_CODE(&stage, azblob_task_wait(task, stage.err), "DeadlineExceeded");
    fake_release(stage.fake);
    while (azblob_wait_any(&task, 1, &i, stage.err) < 0)
        ck_assert_str_eq(azblob_error_code(stage.err), "DeadlineExceeded");
    STAGE_OK(&stage, azblob_task_status(task, stage.err));
    azblob_task_free(task);
    azblob_blob_close(blob);
    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(other);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_two_connections)
{
    struct azblob_connection *other;
    struct azblob_task *tasks[2];
    struct stage stage;

    stage_start(&stage);
    other = stage_connect(&stage);
    STAGE_OK(&stage,
             azblob_call_start(stage.connection, "rpc.ping", NULL, &tasks[0], stage.err));
    STAGE_OK(&stage, azblob_call_start(other, "rpc.ping", NULL, &tasks[1], stage.err));
    STAGE_OK(&stage, azblob_gather(tasks, 2, stage.err));
    azblob_task_free(tasks[0]);
    azblob_close(other); /* before what was made from it */
    ck_assert(azblob_value_bool(azblob_value_get(azblob_task_result(tasks[1]), "pong"), 0));
    azblob_task_free(tasks[1]);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_closed_connection)
{
    struct azblob_connection *other;
    struct azblob_service *service;
    struct azblob_container *container;
    struct azblob_task *task;
    struct stage stage;

    stage_start(&stage);
    other = stage_connect(&stage);
    service = azblob_service_open(other, NULL);
    container = azblob_container_open(service, "c");
    STAGE_OK(&stage, azblob_container_exists_start(container, NULL, &task, stage.err));
    azblob_close(other);
    ck_assert_int_eq(azblob_task_is_done(task), 1);
    STAGE_CODE(&stage, azblob_task_wait(task, stage.err), "Cancelled");
    STAGE_CODE(&stage, azblob_container_exists(container, NULL, NULL, stage.err), "Cancelled");
    azblob_task_free(task);
    azblob_service_close(service);
    azblob_container_close(container);
    stage_stop(&stage);
}
END_TEST

/* ---- progress ---- */

struct seen {
    int n;
    int64_t bytes, total;
};

static void see(int64_t bytes, int64_t total, void *arg)
{
    struct seen *seen = arg;

    *seen = (struct seen){seen->n + 1, bytes, total};
}

START_TEST(test_progress)
{
#define STATE(status, progress)                                                    \
    .reply = 200, .header = "x-ms-copy-id: 4f0a8a5e-6cf4-4d0c-8a1f-0123456789ab\n" \
                            "ETag: \"1\"\nx-ms-copy-status: " status               \
                            "\nx-ms-copy-progress: " progress
    static const struct fake_step steps[] = {
        {"PUT /c/b", .reply = 202,
         .header = "x-ms-copy-id: 4f0a8a5e-6cf4-4d0c-8a1f-0123456789ab\n"
                   "x-ms-copy-status: pending\nETag: \"1\""},
        {"HEAD /c/b", STATE("pending", "1/4")},
        {"HEAD /c/b", STATE("success", "4/4")},
        {0}};
    struct seen seen = {0};
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;

    stage_start_scripted(&stage, steps);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_copy_blob_start(
                         blob,
                         AZBLOB_PARAMS(blob_copy_blob, .source_container = "from",
                                       .source_blob = "a", .progress = AZBLOB_TRUE),
                         &task, stage.err));
    azblob_task_on_progress(task, see, &seen);
    STAGE_OK(&stage, azblob_task_wait(task, stage.err));
    ck_assert_int_eq(seen.n, 1);
    ck_assert_int_eq(seen.bytes, 1);
    ck_assert_int_eq(seen.total, 4);
    azblob_task_free(task);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* ---- when the daemon goes away ---- */

START_TEST(test_lost_calls)
{
    struct azblob_task *upload, *ping;
    struct azblob_blob *blob;
    struct stage stage;
    int rc;

    stage_start(&stage);
    blob = stage_blob(&stage, "held");
    upload = stage_start_held(&stage, blob);
    stage_kill(&stage);
    STAGE_OK(&stage, azblob_call_start(stage.connection, "rpc.ping", NULL, &ping, stage.err));
    while ((rc = azblob_dispatch(stage.connection, stage.err)) == 0)
        poll(&(struct pollfd){.fd = azblob_fd(stage.connection), .events = POLLIN}, 1,
             STAGE_LIMIT_MS);
    ck_assert_ptr_nonnull(strstr(azblob_error_message(stage.err), "blob.upload_blob c/held"));
    ck_assert_ptr_nonnull(strstr(azblob_error_message(stage.err), "rpc.ping"));
    STAGE_CODE(&stage, azblob_task_wait(upload, stage.err), "DaemonUnreachable");
    ck_assert_str_eq(azblob_error_operation(stage.err), "blob.upload_blob");
    ck_assert_str_eq(azblob_error_target(stage.err), "c/held");
    ck_assert_int_eq(azblob_error_retryable(stage.err), 1);
    STAGE_CODE(&stage, azblob_task_wait(ping, stage.err), "DaemonUnreachable");
    ck_assert_int_eq(azblob_fd(stage.connection), -1);
    STAGE_CODE(&stage, azblob_blob_exists(blob, NULL, NULL, stage.err), "DaemonUnreachable");

    stage_restart(&stage);
    STAGE_OK(&stage, azblob_blob_exists(blob, NULL, NULL, stage.err));
    azblob_task_free(upload);
    azblob_task_free(ping);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

struct closing {
    struct stage *stage;
    int n_done;
};

static void close_all(struct azblob_task *task, void *arg)
{
    struct closing *closing = arg;
    struct azblob_connection *connection = closing->stage->connection;

    (void)task;
    closing->n_done++;
    closing->stage->connection = NULL;
    azblob_close(connection);
}

/* Each hears of it, also when the first one that does closes the connection. */
START_TEST(test_lost_and_closed)
{
    struct azblob_task *tasks[2];
    struct azblob_blob *blob;
    struct stage stage;
    struct closing closing = {.stage = &stage};

    stage_start(&stage);
    blob = stage_blob(&stage, "held");
    for (size_t i = 0; i < N_ELEMENTS(tasks); i++) {
        tasks[i] = stage_start_held(&stage, blob);
        azblob_task_on_done(tasks[i], close_all, &closing);
    }
    stage_kill(&stage);
    while (closing.n_done == 0) {
        poll(&(struct pollfd){.fd = azblob_fd(stage.connection), .events = POLLIN}, 1,
             STAGE_LIMIT_MS);
        azblob_dispatch(stage.connection, stage.err);
    }
    ck_assert_int_eq(closing.n_done, (int)N_ELEMENTS(tasks));
    for (size_t i = 0; i < N_ELEMENTS(tasks); i++)
        azblob_task_free(tasks[i]);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* Nothing was under way, so nothing is lost, and nobody notices. */
START_TEST(test_restart_between_calls)
{
    struct stage stage;

    stage_start(&stage);
    stage_put(&stage, "b", "1");
    stage_restart(&stage);
    stage_check(&stage, "b", "1");
    stage_stop(&stage);
}
END_TEST

/* A reader that the daemon left in the middle says so, and does not end. */
START_TEST(test_lost_reader)
{
    struct azblob_reader *reader;
    struct azblob_blob *blob;
    struct stage stage;
    void *all;
    size_t n;

    stage_start(&stage);
    stage_put_big(&stage, "b");
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    stage_kill(&stage);
    STAGE_CODE(&stage, azblob_reader_readall(reader, &all, &n, stage.err), "DaemonUnreachable");
    ck_assert_str_eq(azblob_error_target(stage.err), "c/b");
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* In the child: the parent's call is lost, its own work. Returns an exit status. */
static int live_on_in_child(struct stage *stage, struct azblob_task *task)
{
    if (azblob_task_wait(task, stage->err) == 0 ||
        strcmp(azblob_error_code(stage->err), "DaemonUnreachable") != 0)
        return 1;
    return azblob_container_exists(stage->container, NULL, NULL, stage->err) == 0 ? 0 : 2;
}

START_TEST(test_fork)
{
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;
    int status;
    pid_t child;

    stage_start(&stage);
    blob = stage_blob(&stage, "held");
    task = stage_start_held(&stage, blob);
    child = fork();
    if (child == 0)
        _exit(live_on_in_child(&stage, task));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    fake_release(stage.fake);
    STAGE_OK(&stage, azblob_task_wait(task, stage.err));
    azblob_task_free(task);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* ---- leases ---- */

static void serve_lease(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    (void)request, (void)arg;
    reply->reply = 201;
    reply->header = "x-ms-lease-id: 11111111-2222-3333-4444-555555555555";
}

START_TEST(test_lease)
{
    struct fake_options options = {.handler = serve_lease};
    struct fake *fake = fake_start(NULL, &options);
    struct daemon *daemon = daemon_start_for(fake, NULL);
    struct azblob_options there = AZBLOB_OPTIONS_INIT;
    struct azblob_connection *connection;
    struct azblob_container *container;
    struct azblob_service *service;
    struct azblob_lease *lease;

    there.socket_path = daemon_socket(daemon);
    ck_assert_int_eq(azblob_connect(&there, &connection, NULL), 0);
    service = azblob_service_open(connection, NULL);
    container = azblob_container_open(service, "c");
    lease = azblob_container_lease_open(container, NULL);
    ck_assert_ptr_null(azblob_lease_id(lease));
    ck_assert_int_eq(azblob_lease_acquire(lease, NULL, NULL, NULL), 0);
    ck_assert_str_eq(azblob_lease_id(lease), "11111111-2222-3333-4444-555555555555");
    azblob_lease_release(lease, NULL, NULL, NULL);
    ck_assert_str_eq(fake_request_header(fake_request(fake, 1), "x-ms-lease-id"),
                     azblob_lease_id(lease));
    azblob_lease_close(lease);
    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    daemon_stop(daemon);
    fake_stop(fake);
}
END_TEST

static Suite *library_suite(void)
{
    Suite *suite = suite_create("library");
    TCase *tc = tcase_create("library");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_values);
    tcase_add_test(tc, test_errors);
    tcase_add_test(tc, test_parameters);
    tcase_add_test(tc, test_older_struct);
    tcase_add_test(tc, test_generic_call);
    tcase_add_test(tc, test_connection_methods);
    tcase_add_test(tc, test_by_url);
    tcase_add_test(tc, test_no_handle);
    tcase_add_test(tc, test_bad_service);
    UNIT_TABLE(tc, test_token, tokens);
    tcase_add_test(tc, test_gather);
    tcase_add_test(tc, test_gather_failure);
    tcase_add_test(tc, test_cancel);
    tcase_add_test(tc, test_wait_any);
    tcase_add_test(tc, test_own_loop);
    tcase_add_test(tc, test_silence);
    tcase_add_test(tc, test_two_connections);
    tcase_add_test(tc, test_closed_connection);
    tcase_add_test(tc, test_progress);
    tcase_add_test(tc, test_lost_calls);
    tcase_add_test(tc, test_lost_and_closed);
    tcase_add_test(tc, test_restart_between_calls);
    tcase_add_test(tc, test_lost_reader);
    tcase_add_test(tc, test_fork);
    tcase_add_test(tc, test_lease);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(library_suite)
