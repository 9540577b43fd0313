/*
 * test_no_memory.c: libazblob when memory runs out. Each case is played again and again, with
 * the first, the second, the third... of its allocations failing, until it needs no more of
 * them: it may only fail with OutOfMemory, nothing may leak, and the connection is of use
 * afterwards.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/faults/library_stage.h"
#include "tests/unit/scarce.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 120, MAX_ALLOCATIONS = 2000 };

/* As ck_assert(), which allocates. */
static void must(bool holds)
{
    if (holds)
        return;
    scarce_end();
    ck_abort_msg("the answer is wrong");
}

/* ---- the cases: each leaves nothing behind, and returns 0 or -1 with the stage's error ----
 */

static int play_connect(struct stage *stage)
{
    struct azblob_options options = AZBLOB_OPTIONS_INIT;
    struct azblob_connection *connection;
    int rc;

    options.socket_path = stage->socket;
    if (azblob_connect(&options, &connection, stage->err) < 0)
        return -1;
    rc = azblob_rpc_ping(connection, NULL, NULL, stage->err);
    azblob_close(connection);
    return rc;
}

static int play_service(struct stage *stage)
{
    struct azblob_service_options account = AZBLOB_SERVICE_OPTIONS_INIT;
    struct azblob_container *container;
    struct azblob_service *service;
    int rc;

    account.connection_string = fake_connection_string(stage->fake);
    service = azblob_service_open(stage->connection, &account);
    container = azblob_container_open(service, "c");
    rc = azblob_container_exists(container, NULL, NULL, stage->err);
    azblob_container_close(container);
    azblob_service_close(service);
    return rc;
}

static int play_result(struct stage *stage)
{
    struct azblob_blob *blob = stage_blob(stage, "b");
    struct azblob_value *result = NULL;
    int rc = azblob_blob_get_blob_properties(blob, NULL, &result, stage->err);

    if (rc == 0)
        must(azblob_value_int(azblob_value_get(result, "size"), -1) == 5);
    azblob_value_free(result);
    azblob_blob_close(blob);
    return rc;
}

static int play_lease(struct stage *stage)
{
    struct azblob_lease *lease = azblob_container_lease_open(stage->container, "id");
    int rc = azblob_lease_release(lease, NULL, NULL, stage->err);

    if (rc < 0 && strcmp(azblob_error_code(stage->err), "OutOfMemory") != 0)
        rc = 0; /* the service has no such lease */
    azblob_lease_close(lease);
    return rc;
}

static int play_entries(struct stage *stage)
{
    struct azblob_iterator *iterator;
    const struct azblob_value *item;
    int rc, n = 0;

    if (azblob_container_list_blobs(stage->container, NULL, &iterator, stage->err) < 0)
        return -1;
    while ((rc = azblob_iterator_next(iterator, &item, stage->err)) == AZBLOB_MORE)
        n++;
    must(rc < 0 || n == 2);
    azblob_iterator_close(iterator);
    return rc;
}

static int play_pages(struct stage *stage)
{
    struct azblob_iterator *iterator;
    const struct azblob_value *page;
    int rc;

    if (azblob_container_list_blobs(
            stage->container,
            AZBLOB_PARAMS(container_list_blobs, .results_per_page = azblob_int(1)), &iterator,
            stage->err) < 0)
        return -1;
    while ((rc = azblob_iterator_next_page(iterator, &page, stage->err)) == AZBLOB_MORE)
        must(azblob_value_size(page) == 1);
    azblob_iterator_close(iterator);
    return rc;
}

static int play_batch(struct stage *stage)
{
    struct azblob_params *names = azblob_params_new_list();
    struct azblob_iterator *iterator = NULL;
    const struct azblob_value *item;
    int rc;

    if (names == NULL)
        return 0;
    azblob_params_str(names, NULL, "missing");
    rc = azblob_container_delete_blobs(stage->container,
                                       AZBLOB_PARAMS(container_delete_blobs, .blobs = names,
                                                     .raise_on_any_failure = AZBLOB_FALSE),
                                       &iterator, stage->err);
    while (rc >= 0 && (rc = azblob_iterator_next(iterator, &item, stage->err)) == AZBLOB_MORE)
        ;
    azblob_iterator_close(iterator);
    azblob_params_free(names);
    return rc;
}

static int play_read(struct stage *stage)
{
    struct azblob_blob *blob = stage_blob(stage, "b");
    struct azblob_reader *reader = NULL;
    void *bytes = NULL;
    size_t n;
    int rc = azblob_blob_download_blob(blob, NULL, &reader, stage->err);

    if (rc == 0)
        rc = azblob_reader_readall(reader, &bytes, &n, stage->err);
    if (rc == 0)
        must(strcmp(bytes, "hello") == 0);
    azblob_free(bytes);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    return rc;
}

static int play_records(struct stage *stage)
{
    struct azblob_blob *blob = stage_blob(stage, "b");
    struct azblob_reader *reader = NULL;
    const char *record;
    size_t n;
    int rc = azblob_blob_download_blob_start(blob, NULL, &reader, stage->err);

    while (rc >= 0 &&
           (rc = azblob_reader_record(reader, "l", &record, &n, stage->err)) == AZBLOB_MORE)
        ;
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    return rc;
}

/* It is cancelled, which takes a message. */
static int play_early_end(struct stage *stage)
{
    struct azblob_blob *blob = stage_blob(stage, "b");
    struct azblob_reader *reader = NULL;
    int rc = azblob_blob_download_blob_start(blob, NULL, &reader, stage->err);

    azblob_reader_close(reader);
    azblob_blob_close(blob);
    return rc;
}

/* From a callback, which makes it a stream. */
static ptrdiff_t give_once(void *buffer, size_t n, void *arg)
{
    bool *has_given = arg;

    if (*has_given)
        return 0;
    *has_given = true;
    memset(buffer, 'x', n);
    return (ptrdiff_t)n;
}

static int play_upload(struct stage *stage)
{
    static const char *const metadata[] = {"a", "1", NULL};
    struct azblob_blob *blob = stage_blob(stage, "up");
    bool has_given = false;
    struct azblob_source source = azblob_from_callback(give_once, &has_given);
    int rc = azblob_blob_upload_blob(
        blob, AZBLOB_PARAMS(blob_upload_blob, .metadata = metadata, .overwrite = AZBLOB_TRUE),
        &source, NULL, stage->err);

    azblob_blob_close(blob);
    return rc;
}

static int play_upload_descriptor(struct stage *stage)
{
    struct azblob_blob *blob = stage_blob(stage, "up");
    int fd = memfd_create("upload", 0);
    struct azblob_source source = azblob_from_fd(fd);
    int rc =
        azblob_blob_upload_blob(blob, AZBLOB_PARAMS(blob_upload_blob, .overwrite = AZBLOB_TRUE),
                                &source, NULL, stage->err);

    close(fd);
    azblob_blob_close(blob);
    return rc;
}

static int play_gather(struct stage *stage)
{
    struct azblob_task *tasks[2] = {NULL, NULL};
    int rc = azblob_container_exists_start(stage->container, NULL, &tasks[0], stage->err);

    if (rc == 0)
        rc = azblob_daemon_status_start(stage->connection, NULL, &tasks[1], stage->err);
    if (rc == 0)
        rc = azblob_gather(tasks, 2, stage->err);
    azblob_task_free(tasks[0]);
    azblob_task_free(tasks[1]);
    return rc;
}

static int play_wait_any(struct stage *stage)
{
    struct azblob_task *task;
    size_t i;
    int rc = azblob_container_exists_start(stage->container, NULL, &task, stage->err);

    if (rc < 0)
        return -1;
    rc = azblob_wait_any(&task, 1, &i, stage->err);
    azblob_task_free(task);
    return rc;
}

static int play_generic(struct stage *stage)
{
    struct azblob_params *params = azblob_params_new();
    struct azblob_value *result = NULL;
    int rc;

    if (params == NULL)
        return 0;
    azblob_params_str(params, "client", azblob_service_client(stage->service));
    azblob_params_str(params, "container", "c");
    rc = azblob_call(stage->connection, "container.exists", params, &result, stage->err);
    if (rc == 0)
        must(azblob_value_bool(result, 0) == 1);
    azblob_value_free(result);
    azblob_params_free(params);
    return rc;
}

/* The daemon has gone, as far as we can tell. */
static int play_reconnect(struct stage *stage)
{
    shutdown(azblob_fd(stage->connection), SHUT_RDWR);
    return azblob_container_exists(stage->container, NULL, NULL, stage->err);
}

static const struct {
    const char *label;
    int (*play)(struct stage *stage);
} cases[] = {
    {"connect", play_connect},        {"a service of its own", play_service},
    {"a result", play_result},        {"a lease", play_lease},
    {"entries", play_entries},        {"pages", play_pages},
    {"a batch", play_batch},          {"readall", play_read},
    {"records", play_records},        {"a download that nobody waits for", play_early_end},
    {"an upload", play_upload},       {"an upload of a file", play_upload_descriptor},
    {"gather", play_gather},          {"wait for any", play_wait_any},
    {"a generic call", play_generic}, {"a new connection", play_reconnect},
};

static void check_case(struct stage *stage, int i, bool lasts)
{
    const char *label = cases[i].label;
    unsigned n = 0;
    bool has_failed;

    do {
        int rc;

        ck_assert_msg(++n < MAX_ALLOCATIONS, "%s: no end", label);
        scarce_begin(n, lasts);
        rc = cases[i].play(stage);
        has_failed = scarce_end();
        ck_assert_msg(rc == 0 || has_failed, "%s: %s", label, azblob_error_message(stage->err));
        ck_assert_msg(rc == 0 || strcmp(azblob_error_code(stage->err), "OutOfMemory") == 0,
                      "%s, allocation %u: %s: %s", label, n, azblob_error_code(stage->err),
                      azblob_error_message(stage->err));
        ck_assert_msg(azblob_container_exists(stage->container, NULL, NULL, stage->err) == 0,
                      "%s, allocation %u, and then: %s: %s", label, n,
                      azblob_error_code(stage->err), azblob_error_message(stage->err));
    } while (has_failed);
    ck_assert_msg(n > 1, "%s: nothing was allocated", label);
}

START_TEST(test_case)
{
    struct stage stage;

    stage_start(&stage);
    stage_put(&stage, "b", "hello");
    stage_put(&stage, "b2", "2");
    check_case(&stage, _i, false);
    check_case(&stage, _i, true);
    stage_stop(&stage);
}
END_TEST

static Suite *no_memory_suite(void)
{
    Suite *suite = suite_create("no_memory");
    TCase *tc = tcase_create("no_memory");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_case, cases);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(no_memory_suite)
