/*
 * test_library.c: libazblob as its users see it, against a daemon and a service in memory:
 * tasks, iterators, readers, uploads, and what becomes of them when the daemon goes away.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <azblob_methods.h>
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/faults/blob_service.h"
#include "tests/faults/daemon.h"
#include "tests/faults/folder.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, LIMIT_MS = 10 * 1000, BIG_BYTES = 3 * 1024 * 1024, MANY = 10 };

/* ---- what a test is played on ---- */

/* A container "c" in a service in memory, a daemon, and handles. */
struct stage {
    struct blob_service *service_in_memory;
    struct fake *fake;
    struct daemon *daemon;
    char socket[FOLDER_BYTES + sizeof("/link")]; /* leads to the daemon of the day */
    struct azblob_connection *connection;
    struct azblob_service *service;
    struct azblob_container *container;
    struct azblob_error *err;
};

#define CHECK_OK(stage, call) \
    ck_assert_msg((call) == 0, "%s: %s", #call, azblob_error_message((stage)->err))
#define CHECK_CODE(stage, call, code)                            \
    do {                                                         \
        ck_assert_int_eq(call, -1);                              \
        ck_assert_str_eq(azblob_error_code((stage)->err), code); \
    } while (0)

static void stage_link(struct stage *stage)
{
    unlink(stage->socket);
    ck_assert_int_eq(symlink(daemon_socket(stage->daemon), stage->socket), 0);
}

static struct azblob_connection *stage_connect(struct stage *stage)
{
    struct azblob_options options = AZBLOB_OPTIONS_INIT;
    struct azblob_connection *connection;

    options.socket_path = stage->socket;
    options.answer_wait_ms = LIMIT_MS;
    CHECK_OK(stage, azblob_connect(&options, &connection, stage->err));
    return connection;
}

static void stage_start(struct stage *stage)
{
    struct azblob_service_options account = AZBLOB_SERVICE_OPTIONS_INIT;
    struct fake_options options;

    *stage = (struct stage){.err = azblob_error_new()};
    stage->service_in_memory = blob_service_new();
    options = blob_service_options(stage->service_in_memory);
    stage->fake = fake_start(NULL, &options);
    stage->daemon = daemon_start_for(stage->fake, NULL);
    snprintf(stage->socket, sizeof(stage->socket), "%s/link", folder_path());
    stage_link(stage);
    stage->connection = stage_connect(stage);
    account.connection_string = fake_connection_string(stage->fake);
    stage->service = azblob_service_open(stage->connection, &account);
    stage->container = azblob_container_open(stage->service, "c");
    CHECK_OK(stage,
             azblob_container_create_container(stage->container, NULL, NULL, stage->err));
}

static void stage_stop(struct stage *stage)
{
    azblob_container_close(stage->container);
    azblob_service_close(stage->service);
    azblob_close(stage->connection);
    azblob_error_free(stage->err);
    daemon_stop(stage->daemon);
    fake_stop(stage->fake);
    blob_service_free(stage->service_in_memory);
    unlink(stage->socket);
}

static struct azblob_blob *blob_of(struct stage *stage, const char *name)
{
    return azblob_blob_open(stage->container, name, NULL);
}

static void put(struct stage *stage, const char *name, const char *text)
{
    struct azblob_source source = azblob_from_bytes(text, strlen(text));
    struct azblob_blob *blob = blob_of(stage, name);

    CHECK_OK(stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage->err));
    azblob_blob_close(blob);
}

/* What a blob has, for azblob_free(). */
static char *get(struct stage *stage, const char *name, size_t *n)
{
    struct azblob_blob *blob = blob_of(stage, name);
    struct azblob_reader *reader;
    void *bytes;

    CHECK_OK(stage, azblob_blob_download_blob(blob, NULL, &reader, stage->err));
    CHECK_OK(stage, azblob_reader_readall(reader, &bytes, n, stage->err));
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    return bytes;
}

static void check_blob(struct stage *stage, const char *name, const char *text)
{
    size_t n;
    char *bytes = get(stage, name, &n);

    ck_assert_str_eq(bytes, text);
    ck_assert_uint_eq(n, strlen(text));
    azblob_free(bytes);
}

/* Bytes that differ from place to place. */
static char *big_bytes(void)
{
    char *bytes = malloc(BIG_BYTES);

    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < BIG_BYTES; i++)
        bytes[i] = (char)(i % 251);
    return bytes;
}

static void check_big(struct stage *stage, const char *name)
{
    char *wanted = big_bytes(), *bytes;
    size_t n;

    bytes = get(stage, name, &n);
    ck_assert_uint_eq(n, BIG_BYTES);
    ck_assert_int_eq(memcmp(bytes, wanted, BIG_BYTES), 0);
    azblob_free(bytes);
    free(wanted);
}

/* A task whose answer waits for fake_release(), and that the service has heard of. */
static struct azblob_task *start_held(struct stage *stage, struct azblob_blob *blob)
{
    struct azblob_source source = azblob_from_bytes("x", 1);
    size_t n = fake_n_requests(stage->fake);
    struct azblob_task *task;

    blob_service_hold(stage->service_in_memory, "PUT /c/held");
    CHECK_OK(stage, azblob_blob_upload_blob_start(blob, NULL, &source, &task, stage->err));
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert(fake_wait_requests(stage->fake, n + 1));
    return task;
}

/* ---- calls ---- */

START_TEST(test_values)
{
    struct azblob_value *result;
    struct azblob_blob *blob;
    struct stage stage;

    stage_start(&stage);
    blob = blob_of(&stage, "b");
    put(&stage, "b", "hello");
    CHECK_OK(&stage, azblob_blob_get_blob_properties(blob, NULL, &result, stage.err));
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
    blob = blob_of(&stage, "b");
    CHECK_CODE(&stage, azblob_blob_get_blob_properties(blob, NULL, &result, stage.err),
               "BlobNotFound");
    ck_assert_str_eq(azblob_error_kind(stage.err), "ResourceNotFoundError");
    ck_assert_int_eq(azblob_error_status(stage.err), 404);
    ck_assert_uint_eq(azblob_error_attempts(stage.err), 1);
    ck_assert_str_eq(azblob_error_operation(stage.err), "blob.get_blob_properties");
    ck_assert_str_eq(azblob_error_target(stage.err), "c/b");
    ck_assert_str_ne(azblob_error_request_id(stage.err), "");
    put(&stage, "b", "1");
    CHECK_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err),
               "BlobAlreadyExists");
    CHECK_OK(&stage, azblob_blob_upload_blob(
                         blob, AZBLOB_PARAMS(blob_upload_blob, .overwrite = AZBLOB_TRUE),
                         &source, NULL, stage.err));
    check_blob(&stage, "b", "x");
    CHECK_CODE(&stage, azblob_blob_upload_blob(blob, &no_size, &source, NULL, stage.err),
               "InvalidParameter");
    CHECK_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &empty, NULL, stage.err),
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
    blob = blob_of(&stage, "b");
    CHECK_OK(&stage, azblob_blob_upload_blob(
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
    blob = blob_of(&stage, "b");
    put(&stage, "b", "1");
    CHECK_CODE(&stage, azblob_blob_upload_blob(blob, &params, &source, NULL, stage.err),
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
    put(&stage, "a", "1");
    azblob_params_str(params, "client", azblob_service_client(stage.service));
    azblob_params_str(params, "container", "c");
    azblob_params_begin_list(params, "blobs");
    azblob_params_str(params, NULL, "a");
    azblob_params_begin_map(params, NULL);
    azblob_params_str(params, "name", "none");
    azblob_params_end(params);
    azblob_params_end(params);
    azblob_params_bool(params, "raise_on_any_failure", 0);
    CHECK_OK(&stage, azblob_call(stage.connection, "container.delete_blobs", params, &result,
                                 stage.err));
    parts = azblob_value_get(result, "parts");
    ck_assert_uint_eq(azblob_value_size(parts), 2);
    ck_assert_int_eq(azblob_value_int(azblob_value_get(azblob_value_at(parts, 0), "status"), 0),
                     202);
    ck_assert_int_eq(azblob_value_int(azblob_value_get(azblob_value_at(parts, 1), "status"), 0),
                     404);
    azblob_value_free(result);
    azblob_params_end(params);
    CHECK_CODE(&stage, azblob_call(stage.connection, "rpc.ping", params, NULL, stage.err),
               "InvalidParameter");
    azblob_params_free(params);
    stage_stop(&stage);
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
    check_blob((put(&stage, "b", "1"), &stage), "b", "1");
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
        struct azblob_source source = azblob_from_bytes("0123456789" + i, 1);

        snprintf(name, sizeof(name), "b%d", i);
        blobs[i] = blob_of(&stage, name);
        CHECK_OK(&stage,
                 azblob_blob_upload_blob_start(blobs[i], NULL, &source, &tasks[i], stage.err));
    }
    CHECK_OK(&stage, azblob_gather(tasks, MANY + 1, stage.err));
    for (int i = 0; i < MANY; i++) {
        ck_assert_str_ne(
            azblob_value_str(azblob_value_get(azblob_task_result(tasks[i]), "etag")), "");
        azblob_task_free(tasks[i]);
        azblob_blob_close(blobs[i]);
    }
    check_blob(&stage, "b7", "7");
    stage_stop(&stage);
}
END_TEST

START_TEST(test_gather_failure)
{
    struct azblob_task *tasks[2];
    struct azblob_blob *blobs[2];
    struct stage stage;

    stage_start(&stage);
    put(&stage, "there", "1");
    blobs[0] = blob_of(&stage, "missing");
    blobs[1] = blob_of(&stage, "there");
    for (int i = 0; i < 2; i++)
        CHECK_OK(&stage,
                 azblob_blob_get_blob_properties_start(blobs[i], NULL, &tasks[i], stage.err));
    CHECK_CODE(&stage, azblob_gather(tasks, 2, stage.err), "BlobNotFound");
    CHECK_OK(&stage, azblob_task_status(tasks[1], stage.err));
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
    blob = blob_of(&stage, "held");
    task = start_held(&stage, blob);
    CHECK_CODE(&stage, azblob_task_status(task, stage.err), "InvalidParameter");
    azblob_task_cancel(task);
    CHECK_CODE(&stage, azblob_task_wait(task, stage.err), "Cancelled");
    azblob_task_cancel(task); /* nothing is left to cancel */
    azblob_task_free(task);
    task = start_held(&stage, blob);
    azblob_task_free(task); /* cancels as well */
    azblob_blob_close(blob);
    put(&stage, "b", "1"); /* and its answer disturbs nobody */
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
    put(&stage, "b", "1");
    blobs[0] = blob_of(&stage, "held");
    blobs[1] = blob_of(&stage, "b");
    tasks[0] = start_held(&stage, blobs[0]);
    CHECK_OK(&stage,
             azblob_blob_get_blob_properties_start(blobs[1], NULL, &tasks[1], stage.err));
    CHECK_OK(&stage, azblob_wait_any(tasks, 2, &i, stage.err));
    ck_assert_uint_eq(i, 1);
    azblob_task_free(tasks[1]);
    tasks[1] = NULL;
    fake_release(stage.fake);
    CHECK_OK(&stage, azblob_wait_any(tasks, 2, &i, stage.err));
    ck_assert_uint_eq(i, 0);
    azblob_task_free(tasks[0]);
    tasks[0] = NULL;
    CHECK_CODE(&stage, azblob_wait_any(tasks, 2, &i, stage.err), "InvalidParameter");
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
    CHECK_OK(relay->stage, azblob_task_status(task, relay->stage->err));
    azblob_task_free(task);
    if (relay->n_left-- == 0)
        return;
    CHECK_OK(relay->stage, azblob_blob_get_blob_properties_start(relay->blob, NULL, &next,
                                                                 relay->stage->err));
    azblob_task_on_done(next, relay_go_on, relay);
}

START_TEST(test_own_loop)
{
    struct azblob_task *task;
    struct relay relay;
    struct stage stage;

    stage_start(&stage);
    put(&stage, "b", "1");
    relay = (struct relay){.stage = &stage, .blob = blob_of(&stage, "b"), .n_left = MANY};
    CHECK_OK(&stage, azblob_blob_get_blob_properties_start(relay.blob, NULL, &task, stage.err));
    azblob_task_on_done(task, relay_go_on, &relay);
    while (relay.n_done <= MANY) {
        struct pollfd ready = {.fd = azblob_fd(stage.connection),
                               .events = azblob_events(stage.connection)};

        ck_assert_int_gt(poll(&ready, 1, LIMIT_MS), 0);
        CHECK_OK(&stage, azblob_dispatch(stage.connection, stage.err));
    }
    ck_assert_int_eq(relay.n_done, MANY + 1);
    azblob_blob_close(relay.blob);
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
    CHECK_OK(&stage,
             azblob_call_start(stage.connection, "rpc.ping", NULL, &tasks[0], stage.err));
    CHECK_OK(&stage, azblob_call_start(other, "rpc.ping", NULL, &tasks[1], stage.err));
    CHECK_OK(&stage, azblob_gather(tasks, 2, stage.err));
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
    CHECK_OK(&stage, azblob_container_exists_start(container, NULL, &task, stage.err));
    azblob_close(other);
    ck_assert_int_eq(azblob_task_is_done(task), 1);
    CHECK_CODE(&stage, azblob_task_wait(task, stage.err), "Cancelled");
    CHECK_CODE(&stage, azblob_container_exists(container, NULL, NULL, stage.err), "Cancelled");
    azblob_task_free(task);
    azblob_service_close(service);
    azblob_container_close(container);
    stage_stop(&stage);
}
END_TEST

/* ---- iterators ---- */

static void put_many(struct stage *stage)
{
    char name[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "b%d", i);
        put(stage, name, "x");
    }
}

/* The next entry is b<i>. */
static void check_next(struct stage *stage, struct azblob_iterator *iterator, int i)
{
    const struct azblob_value *item;
    char name[16];

    snprintf(name, sizeof(name), "b%d", i);
    ck_assert_int_eq(azblob_iterator_next(iterator, &item, stage->err), AZBLOB_MORE);
    ck_assert_str_eq(azblob_value_str(azblob_value_get(item, "name")), name);
}

START_TEST(test_entries)
{
    struct azblob_iterator *iterator;
    const struct azblob_value *item;
    struct stage stage;
    size_t n;

    stage_start(&stage);
    put_many(&stage);
    n = fake_n_requests(stage.fake);
    CHECK_OK(&stage, azblob_container_list_blobs(
                         stage.container,
                         AZBLOB_PARAMS(container_list_blobs, .results_per_page = azblob_int(3)),
                         &iterator, stage.err));
    ck_assert_uint_eq(fake_n_requests(stage.fake), n);
    for (int i = 0; i < MANY; i++)
        check_next(&stage, iterator, i);
    ck_assert_int_eq(azblob_iterator_next(iterator, &item, stage.err), AZBLOB_END);
    ck_assert_int_eq(azblob_iterator_next(iterator, &item, stage.err), AZBLOB_END);
    ck_assert_int_eq(
        azblob_value_int(azblob_value_get(azblob_iterator_summary(iterator), "count"), -1),
        MANY);
    CHECK_CODE(&stage, azblob_iterator_next_page(iterator, &item, stage.err),
               "InvalidParameter");
    azblob_iterator_close(iterator);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_early_stop)
{
    struct azblob_iterator *iterator;
    struct stage stage;

    stage_start(&stage);
    put_many(&stage);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(&stage,
                 azblob_container_list_blobs(stage.container, NULL, &iterator, stage.err));
        if (i > 0)
            check_next(&stage, iterator, 0);
        azblob_iterator_close(iterator);
    }
    check_blob(&stage, "b3", "x");
    stage_stop(&stage);
}
END_TEST

START_TEST(test_pages)
{
    static const size_t page_sizes[] = {4, 4, 2};
    struct azblob_iterator *iterator;
    const struct azblob_value *page;
    char token[64] = "";
    struct stage stage;

    stage_start(&stage);
    put_many(&stage);
    CHECK_OK(&stage, azblob_container_list_blobs(
                         stage.container,
                         AZBLOB_PARAMS(container_list_blobs, .results_per_page = azblob_int(4)),
                         &iterator, stage.err));
    for (size_t i = 0; i < N_ELEMENTS(page_sizes); i++) {
        ck_assert_int_eq(azblob_iterator_next_page(iterator, &page, stage.err), AZBLOB_MORE);
        ck_assert_uint_eq(azblob_value_size(page), page_sizes[i]);
        if (i == 0)
            snprintf(token, sizeof(token), "%s", azblob_iterator_continuation_token(iterator));
    }
    ck_assert_int_eq(azblob_iterator_next_page(iterator, &page, stage.err), AZBLOB_END);
    ck_assert_ptr_null(azblob_iterator_continuation_token(iterator));
    azblob_iterator_close(iterator);

    CHECK_OK(&stage, azblob_container_list_blobs(
                         stage.container,
                         AZBLOB_PARAMS(container_list_blobs, .continuation_token = token),
                         &iterator, stage.err));
    check_next(&stage, iterator, 4);
    azblob_iterator_close(iterator);
    stage_stop(&stage);
}
END_TEST

static void count_ready(void *arg)
{
    ++*(int *)arg;
}

START_TEST(test_nonblocking_entries)
{
    struct azblob_iterator *iterator;
    const struct azblob_value *item;
    int n = 0, n_ready = 0, rc;
    struct stage stage;

    stage_start(&stage);
    put_many(&stage);
    CHECK_OK(&stage, azblob_container_list_blobs(stage.container, NULL, &iterator, stage.err));
    azblob_iterator_set_nonblocking(iterator, 1, count_ready, &n_ready);
    ck_assert_int_eq(azblob_iterator_next(iterator, &item, stage.err), AZBLOB_PENDING);
    while ((rc = azblob_iterator_next(iterator, &item, stage.err)) != AZBLOB_END) {
        struct pollfd ready = {.fd = azblob_fd(stage.connection),
                               .events = azblob_events(stage.connection)};

        ck_assert_int_ne(rc, -1);
        n += rc == AZBLOB_MORE;
        if (rc == AZBLOB_PENDING)
            ck_assert_int_gt(poll(&ready, 1, LIMIT_MS), 0);
    }
    ck_assert_int_eq(n, MANY);
    ck_assert_int_eq(n_ready, MANY + 1); /* and the end */
    azblob_iterator_close(iterator);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_batch_results)
{
    struct azblob_params *names = azblob_params_new_list();
    struct azblob_iterator *iterator;
    const struct azblob_value *part;
    int n[2] = {0};
    struct stage stage;

    stage_start(&stage);
    put_many(&stage);
    azblob_params_str(names, NULL, "b0");
    azblob_params_str(names, NULL, "missing");
    azblob_params_str(names, NULL, "b2");
    CHECK_OK(&stage,
             azblob_container_delete_blobs(stage.container,
                                           AZBLOB_PARAMS(container_delete_blobs, .blobs = names,
                                                         .raise_on_any_failure = AZBLOB_FALSE),
                                           &iterator, stage.err));
    while (azblob_iterator_next(iterator, &part, stage.err) == AZBLOB_MORE)
        n[azblob_value_int(azblob_value_get(part, "status"), 0) == 202]++;
    ck_assert_int_eq(n[1], 2);
    ck_assert_int_eq(n[0], 1);
    azblob_iterator_close(iterator);
    azblob_params_free(names);
    stage_stop(&stage);
}
END_TEST

/* ---- readers ---- */

START_TEST(test_reads)
{
    struct azblob_reader *reader;
    struct azblob_blob *blob;
    struct stage stage;
    char bytes[8];
    size_t n, all = 0;
    int rc;

    stage_start(&stage);
    put(&stage, "b", "0123456789");
    blob = blob_of(&stage, "b");
    CHECK_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    ck_assert_int_eq(azblob_reader_size(reader), 10);
    while ((rc = azblob_reader_read(reader, bytes, 3, &n, stage.err)) == AZBLOB_MORE) {
        ck_assert_uint_le(n, 3);
        ck_assert_int_eq(memcmp(bytes, "0123456789" + all, n), 0);
        all += n;
    }
    ck_assert_int_eq(rc, AZBLOB_END);
    ck_assert_uint_eq(all, 10);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    blob = blob_of(&stage, "missing");
    CHECK_CODE(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err),
               "BlobNotFound");
    CHECK_OK(&stage, azblob_blob_download_blob_start(blob, NULL, &reader, stage.err));
    CHECK_CODE(&stage, azblob_reader_read(reader, bytes, 3, &n, stage.err), "BlobNotFound");
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

static const struct {
    const char *label, *text, *delimiter;
    const char *records[5];
} record_cases[] = {
    {"lines", "a\nbb\n\nc\n", "\n", {"a", "bb", "", "c"}},
    {"no delimiter at the end", "a\nb", "\n", {"a", "b"}},
    {"a longer delimiter", "a--b-c--", "--", {"a", "b-c"}},
    {"none at all", "abc", ";", {"abc"}},
    {"nothing", "", "\n", {NULL}},
};

START_TEST(test_records)
{
    const char *label = record_cases[_i].label, *const *wanted = record_cases[_i].records;
    struct azblob_reader *reader;
    struct azblob_blob *blob;
    struct stage stage;
    const char *record;
    size_t n;
    int rc;

    stage_start(&stage);
    put(&stage, "b", record_cases[_i].text);
    blob = blob_of(&stage, "b");
    CHECK_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    while ((rc = azblob_reader_record(reader, record_cases[_i].delimiter, &record, &n,
                                      stage.err)) == AZBLOB_MORE) {
        ck_assert_msg(*wanted != NULL && strlen(*wanted) == n &&
                          memcmp(record, *wanted, n) == 0,
                      "%s: '%.*s'", label, (int)n, record);
        wanted++;
    }
    ck_assert_msg(rc == AZBLOB_END && *wanted == NULL, "%s: ends before %s", label, *wanted);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* A reader that takes its time holds up nobody, and gets all in the end. */
START_TEST(test_slow_reader)
{
    enum { WINDOW = 64 * 1024 };
    struct azblob_source source;
    struct azblob_reader *reader;
    struct azblob_blob *blob;
    char *wanted = big_bytes();
    size_t n, all = 0;
    const void *bytes;
    struct stage stage;
    int rc;

    stage_start(&stage);
    source = azblob_from_bytes(wanted, BIG_BYTES);
    blob = blob_of(&stage, "b");
    CHECK_OK(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err));
    CHECK_OK(&stage, azblob_blob_download_blob(
                         blob, AZBLOB_PARAMS(blob_download_blob, .window = azblob_int(WINDOW)),
                         &reader, stage.err));
    while ((rc = azblob_reader_chunk(reader, &bytes, &n, stage.err)) == AZBLOB_MORE) {
        ck_assert_int_eq(memcmp(bytes, wanted + all, n), 0);
        if (all == 0)
            for (int i = 0; i < MANY; i++)
                CHECK_OK(&stage,
                         azblob_container_exists(stage.container, NULL, NULL, stage.err));
        all += n;
    }
    ck_assert_int_eq(rc, AZBLOB_END);
    ck_assert_uint_eq(all, BIG_BYTES);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    free(wanted);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_into_descriptors)
{
    struct azblob_value *result;
    struct azblob_reader *reader;
    struct azblob_blob *blob;
    struct stage stage;
    char bytes[16];
    int64_t n;
    int fd = memfd_create("into", 0);

    stage_start(&stage);
    put(&stage, "b", "hello");
    blob = blob_of(&stage, "b");
    CHECK_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    CHECK_OK(&stage, azblob_reader_readinto(reader, fd, &n, stage.err));
    ck_assert_int_eq(n, 5);
    azblob_reader_close(reader);
    CHECK_OK(&stage, azblob_blob_download_blob_to_fd(blob, NULL, fd, &result, stage.err));
    ck_assert_int_eq(azblob_value_int(azblob_value_get(result, "size"), -1), 5);
    azblob_value_free(result);
    ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), 10);
    ck_assert_int_eq(memcmp(bytes, "hellohello", 10), 0);
    close(fd);
    CHECK_CODE(&stage, azblob_blob_download_blob_to_fd(blob, NULL, fd, NULL, stage.err),
               "LocalIoError");
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* ---- uploads ---- */

START_TEST(test_upload_memory)
{
    struct azblob_source source;
    struct azblob_blob *blob;
    char *bytes = big_bytes();
    struct stage stage;

    stage_start(&stage);
    blob = blob_of(&stage, "b");
    source = azblob_from_bytes(bytes, BIG_BYTES);
    CHECK_OK(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err));
    check_big(&stage, "b");
    azblob_blob_close(blob);
    free(bytes);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_upload_descriptor)
{
    struct azblob_task *tasks[MANY];
    struct azblob_blob *blobs[MANY];
    char *bytes = big_bytes();
    struct stage stage;
    char name[16];

    stage_start(&stage);
    for (int i = 0; i < MANY; i++) {
        int fd = memfd_create("upload", 0);
        struct azblob_source source = azblob_from_fd(fd);

        ck_assert_int_eq(write(fd, bytes, BIG_BYTES), BIG_BYTES);
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        snprintf(name, sizeof(name), "b%d", i);
        blobs[i] = blob_of(&stage, name);
        CHECK_OK(&stage,
                 azblob_blob_upload_blob_start(blobs[i], NULL, &source, &tasks[i], stage.err));
        close(fd); /* it is on its way */
    }
    CHECK_OK(&stage, azblob_gather(tasks, MANY, stage.err));
    for (int i = 0; i < MANY; i++) {
        azblob_task_free(tasks[i]);
        azblob_blob_close(blobs[i]);
    }
    check_big(&stage, "b0");
    check_big(&stage, "b9");
    free(bytes);
    stage_stop(&stage);
}
END_TEST

/* What a callback gives: pieces, after which it has none for once, and in the end, or not. */
struct giver {
    const char *bytes;
    size_t n, given;
    bool has_paused, pauses, fails;
};

static ptrdiff_t give(void *buffer, size_t n, void *arg)
{
    struct giver *giver = arg;

    if (giver->pauses && !giver->has_paused && giver->given > 0) {
        giver->has_paused = true;
        return AZBLOB_LATER;
    }
    if (giver->fails && giver->given > giver->n / 2)
        return -1;
    if (n > giver->n - giver->given)
        n = giver->n - giver->given;
    memcpy(buffer, giver->bytes + giver->given, n);
    giver->given += n;
    return (ptrdiff_t)n;
}

START_TEST(test_upload_callback)
{
    char *bytes = big_bytes();
    struct giver giver = {.bytes = bytes, .n = BIG_BYTES, .pauses = true};
    struct azblob_source source = azblob_from_callback(give, &giver);
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;

    stage_start(&stage);
    blob = blob_of(&stage, "b");
    CHECK_OK(&stage, azblob_blob_upload_blob_start(blob, NULL, &source, &task, stage.err));
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert(giver.has_paused);
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert_uint_lt(giver.given, BIG_BYTES);
    azblob_task_resume(task);
    CHECK_OK(&stage, azblob_task_wait(task, stage.err));
    azblob_task_free(task);
    check_big(&stage, "b");

    giver = (struct giver){.bytes = bytes, .n = BIG_BYTES, .fails = true};
    azblob_blob_close(blob);
    blob = blob_of(&stage, "half");
    CHECK_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err),
               "Cancelled");
    CHECK_CODE(&stage, azblob_blob_get_blob_properties(blob, NULL, NULL, stage.err),
               "BlobNotFound");
    azblob_blob_close(blob);
    free(bytes);
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
    blob = blob_of(&stage, "held");
    upload = start_held(&stage, blob);
    daemon_kill(stage.daemon);
    CHECK_OK(&stage, azblob_call_start(stage.connection, "rpc.ping", NULL, &ping, stage.err));
    while ((rc = azblob_dispatch(stage.connection, stage.err)) == 0)
        poll(&(struct pollfd){.fd = azblob_fd(stage.connection), .events = POLLIN}, 1,
             LIMIT_MS);
    ck_assert_ptr_nonnull(strstr(azblob_error_message(stage.err), "blob.upload_blob c/held"));
    ck_assert_ptr_nonnull(strstr(azblob_error_message(stage.err), "rpc.ping"));
    CHECK_CODE(&stage, azblob_task_wait(upload, stage.err), "DaemonUnreachable");
    ck_assert_str_eq(azblob_error_operation(stage.err), "blob.upload_blob");
    ck_assert_str_eq(azblob_error_target(stage.err), "c/held");
    ck_assert_int_eq(azblob_error_retryable(stage.err), 1);
    CHECK_CODE(&stage, azblob_task_wait(ping, stage.err), "DaemonUnreachable");
    ck_assert_int_eq(azblob_fd(stage.connection), -1);
    CHECK_CODE(&stage, azblob_blob_exists(blob, NULL, NULL, stage.err), "DaemonUnreachable");

    stage.daemon = daemon_start_for(stage.fake, NULL);
    stage_link(&stage);
    CHECK_OK(&stage, azblob_blob_exists(blob, NULL, NULL, stage.err));
    azblob_task_free(upload);
    azblob_task_free(ping);
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* Nothing was under way, so nothing is lost, and nobody notices. */
START_TEST(test_restart_between_calls)
{
    struct stage stage;

    stage_start(&stage);
    put(&stage, "b", "1");
    daemon_stop(stage.daemon);
    stage.daemon = daemon_start_for(stage.fake, NULL);
    stage_link(&stage);
    check_blob(&stage, "b", "1");
    stage_stop(&stage);
}
END_TEST

/* A reader that the daemon left in the middle says so, and does not end. */
START_TEST(test_lost_reader)
{
    struct azblob_source source;
    struct azblob_reader *reader;
    struct azblob_blob *blob;
    char *bytes = big_bytes();
    struct stage stage;
    void *all;
    size_t n;

    stage_start(&stage);
    blob = blob_of(&stage, "b");
    source = azblob_from_bytes(bytes, BIG_BYTES);
    CHECK_OK(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err));
    CHECK_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    daemon_kill(stage.daemon);
    CHECK_CODE(&stage, azblob_reader_readall(reader, &all, &n, stage.err), "DaemonUnreachable");
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    free(bytes);
    stage.daemon = daemon_start_for(stage.fake, NULL);
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
    blob = blob_of(&stage, "held");
    task = start_held(&stage, blob);
    child = fork();
    if (child == 0)
        _exit(live_on_in_child(&stage, task));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    fake_release(stage.fake);
    CHECK_OK(&stage, azblob_task_wait(task, stage.err));
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
    tcase_add_test(tc, test_bad_service);
    tcase_add_test(tc, test_gather);
    tcase_add_test(tc, test_gather_failure);
    tcase_add_test(tc, test_cancel);
    tcase_add_test(tc, test_wait_any);
    tcase_add_test(tc, test_own_loop);
    tcase_add_test(tc, test_two_connections);
    tcase_add_test(tc, test_closed_connection);
    tcase_add_test(tc, test_entries);
    tcase_add_test(tc, test_early_stop);
    tcase_add_test(tc, test_pages);
    tcase_add_test(tc, test_nonblocking_entries);
    tcase_add_test(tc, test_batch_results);
    tcase_add_test(tc, test_reads);
    UNIT_TABLE(tc, test_records, record_cases);
    tcase_add_test(tc, test_slow_reader);
    tcase_add_test(tc, test_into_descriptors);
    tcase_add_test(tc, test_upload_memory);
    tcase_add_test(tc, test_upload_descriptor);
    tcase_add_test(tc, test_upload_callback);
    tcase_add_test(tc, test_lost_calls);
    tcase_add_test(tc, test_restart_between_calls);
    tcase_add_test(tc, test_lost_reader);
    tcase_add_test(tc, test_fork);
    tcase_add_test(tc, test_lease);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(library_suite)
