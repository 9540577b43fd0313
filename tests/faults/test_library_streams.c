/*
 * test_library_streams.c: libazblob's iterators, readers and uploads as their users see them.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tests/faults/library_stage.h"
#include "tests/unit/avro_file.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60, MANY = 10 };

/* ---- iterators ---- */

static void put_many(struct stage *stage)
{
    char name[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "b%d", i);
        stage_put(stage, name, "x");
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
    STAGE_OK(&stage, azblob_container_list_blobs(
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
    STAGE_CODE(&stage, azblob_iterator_next_page(iterator, &item, stage.err),
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
        STAGE_OK(&stage,
                 azblob_container_list_blobs(stage.container, NULL, &iterator, stage.err));
        if (i > 0)
            check_next(&stage, iterator, 0);
        azblob_iterator_close(iterator);
    }
    stage_check(&stage, "b3", "x");
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
    STAGE_OK(&stage, azblob_container_list_blobs(
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

    STAGE_OK(&stage, azblob_container_list_blobs(
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
    STAGE_OK(&stage, azblob_container_list_blobs(stage.container, NULL, &iterator, stage.err));
    azblob_iterator_set_nonblocking(iterator, 1, count_ready, &n_ready);
    ck_assert_int_eq(azblob_iterator_next(iterator, &item, stage.err), AZBLOB_PENDING);
    while ((rc = azblob_iterator_next(iterator, &item, stage.err)) != AZBLOB_END) {
        struct pollfd ready = {.fd = azblob_fd(stage.connection),
                               .events = azblob_events(stage.connection)};

        ck_assert_int_ne(rc, -1);
        n += rc == AZBLOB_MORE;
        if (rc == AZBLOB_PENDING)
            ck_assert_int_gt(poll(&ready, 1, STAGE_LIMIT_MS), 0);
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
    STAGE_OK(&stage,
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
    stage_put(&stage, "b", "0123456789");
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    ck_assert_int_eq(azblob_reader_size(reader), 10);
    while ((rc = azblob_reader_read(reader, bytes, 3, &n, stage.err)) == AZBLOB_MORE) {
        ck_assert_uint_le(n, 3);
        ck_assert_int_eq(memcmp(bytes, &"0123456789"[all], n), 0);
        all += n;
    }
    ck_assert_int_eq(rc, AZBLOB_END);
    ck_assert_uint_eq(all, 10);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    blob = stage_blob(&stage, "missing");
    STAGE_CODE(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err),
               "BlobNotFound");
    STAGE_OK(&stage, azblob_blob_download_blob_start(blob, NULL, &reader, stage.err));
    STAGE_CODE(&stage, azblob_reader_read(reader, bytes, 3, &n, stage.err), "BlobNotFound");
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
    stage_put(&stage, "b", record_cases[_i].text);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
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
    char *wanted = stage_big_bytes();
    size_t n, all = 0;
    const void *bytes;
    struct stage stage;
    int rc;

    stage_start(&stage);
    source = azblob_from_bytes(wanted, STAGE_BIG_BYTES);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err));
    STAGE_OK(&stage, azblob_blob_download_blob(
                         blob, AZBLOB_PARAMS(blob_download_blob, .window = azblob_int(WINDOW)),
                         &reader, stage.err));
    while ((rc = azblob_reader_chunk(reader, &bytes, &n, stage.err)) == AZBLOB_MORE) {
        ck_assert_int_eq(memcmp(bytes, wanted + all, n), 0);
        if (all == 0)
            for (int i = 0; i < MANY; i++)
                STAGE_OK(&stage,
                         azblob_container_exists(stage.container, NULL, NULL, stage.err));
        all += n;
    }
    ck_assert_int_eq(rc, AZBLOB_END);
    ck_assert_uint_eq(all, STAGE_BIG_BYTES);
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
    stage_put(&stage, "b", "hello");
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_download_blob(blob, NULL, &reader, stage.err));
    STAGE_OK(&stage, azblob_reader_readinto(reader, fd, &n, stage.err));
    ck_assert_int_eq(n, 5);
    azblob_reader_close(reader);
    STAGE_OK(&stage, azblob_blob_download_blob_to_fd(blob, NULL, fd, &result, stage.err));
    ck_assert_int_eq(azblob_value_int(azblob_value_get(result, "size"), -1), 5);
    azblob_value_free(result);
    ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), 10);
    ck_assert_int_eq(memcmp(bytes, "hellohello", 10), 0);
    close(fd);
    STAGE_CODE(&stage, azblob_blob_download_blob_to_fd(blob, NULL, fd, NULL, stage.err),
               "LocalIoError");
    azblob_blob_close(blob);
    stage_stop(&stage);
}
END_TEST

/* ---- queries ---- */

/* Two records in two pieces, with an error between them that does not end it, and progress. */
#define RESULT                                                                       \
    AVRO_HEADER "[1: 0 '1,a;2'] [1: 1 <00> 'ParseError' 'bad row' 10] [1: 0 ',b;'] " \
                "[1: 2 8 16] [1: 3 16]"

struct noted {
    int n;
    char name[32];
    int64_t bytes, total;
};

static void note(const struct azblob_value *value, void *arg)
{
    struct noted *noted = arg;

    noted->n++;
    snprintf(noted->name, sizeof(noted->name), "%s",
             azblob_value_str(azblob_value_get(azblob_value_get(value, "error"), "error")));
}

static void note_progress(int64_t bytes, int64_t total, void *arg)
{
    struct noted *noted = arg;

    noted->bytes = bytes;
    noted->total = total;
}

/* The three ways to read a query's result. */
static void read_records(struct stage *stage, struct azblob_reader *reader)
{
    static const char *const wanted[] = {"1,a", "2,b"};
    const char *record;
    size_t n;

    for (size_t i = 0; i < N_ELEMENTS(wanted); i++) {
        ck_assert_int_eq(azblob_reader_record(reader, ";", &record, &n, stage->err),
                         AZBLOB_MORE);
        ck_assert_uint_eq(n, strlen(wanted[i]));
        ck_assert_int_eq(memcmp(record, wanted[i], n), 0);
    }
    ck_assert_int_eq(azblob_reader_record(reader, ";", &record, &n, stage->err), AZBLOB_END);
}

static void read_all(struct stage *stage, struct azblob_reader *reader)
{
    void *bytes;
    size_t n;

    STAGE_OK(stage, azblob_reader_readall(reader, &bytes, &n, stage->err));
    ck_assert_str_eq(bytes, "1,a;2,b;");
    ck_assert_uint_eq(n, 8);
    azblob_free(bytes);
}

static void read_into(struct stage *stage, struct azblob_reader *reader)
{
    int fd = memfd_create("result", 0);
    char bytes[16];
    int64_t n;

    STAGE_OK(stage, azblob_reader_readinto(reader, fd, &n, stage->err));
    ck_assert_int_eq(n, 8);
    ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), 8);
    ck_assert_int_eq(memcmp(bytes, "1,a;2,b;", 8), 0);
    close(fd);
}

static void (*const query_readers[])(struct stage *, struct azblob_reader *) = {
    read_records, read_all, read_into};

START_TEST(test_query)
{
    struct fake_step steps[] = {{"POST /c/b?comp=query", .reply = 206}, {0}};
    struct azb_buf answer = {0};
    struct azblob_reader *reader;
    struct noted noted = {0};
    struct azblob_blob *blob;
    struct stage stage;

    avro_file_write(RESULT, &answer);
    steps[0].body = (const char *)answer.data;
    steps[0].body_bytes = answer.len;
    stage_start_scripted(&stage, steps);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_query_blob_start(
                         blob, AZBLOB_PARAMS(blob_query_blob, .query_expression = "SELECT *"),
                         &reader, stage.err));
    azblob_reader_on_note(reader, note, &noted);
    azblob_reader_on_progress(reader, note_progress, &noted);
    query_readers[_i](&stage, reader);
    ck_assert_int_eq(noted.n, 1);
    ck_assert_str_eq(noted.name, "ParseError");
    ck_assert_int_eq(noted.bytes, 8);
    ck_assert_int_eq(noted.total, 16);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    stage_stop(&stage);
    azb_buf_clear(&answer);
}
END_TEST

/* ---- uploads ---- */

START_TEST(test_upload_memory)
{
    struct azblob_source source;
    struct azblob_blob *blob;
    char *bytes = stage_big_bytes();
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    source = azblob_from_bytes(bytes, STAGE_BIG_BYTES);
    STAGE_OK(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err));
    stage_check_big(&stage, "b");
    azblob_blob_close(blob);
    free(bytes);
    stage_stop(&stage);
}
END_TEST

START_TEST(test_upload_descriptor)
{
    struct azblob_task *tasks[MANY];
    struct azblob_blob *blobs[MANY];
    char *bytes = stage_big_bytes();
    struct stage stage;
    char name[16];

    stage_start(&stage);
    for (int i = 0; i < MANY; i++) {
        int fd = memfd_create("upload", 0);
        struct azblob_source source = azblob_from_fd(fd);

        ck_assert_int_eq(write(fd, bytes, STAGE_BIG_BYTES), STAGE_BIG_BYTES);
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        snprintf(name, sizeof(name), "b%d", i);
        blobs[i] = stage_blob(&stage, name);
        STAGE_OK(&stage,
                 azblob_blob_upload_blob_start(blobs[i], NULL, &source, &tasks[i], stage.err));
        close(fd); /* it is on its way */
    }
    STAGE_OK(&stage, azblob_gather(tasks, MANY, stage.err));
    for (int i = 0; i < MANY; i++) {
        azblob_task_free(tasks[i]);
        azblob_blob_close(blobs[i]);
    }
    stage_check_big(&stage, "b0");
    stage_check_big(&stage, "b9");
    free(bytes);
    stage_stop(&stage);
}
END_TEST

/* What a callback gives: pieces, of which it has none for once, and in the end, or not. */
struct giver {
    const char *bytes;
    size_t n, given;
    bool has_paused, pauses, pauses_first, fails;
};

static ptrdiff_t give(void *buffer, size_t n, void *arg)
{
    struct giver *giver = arg;

    if (!giver->has_paused && (giver->pauses_first || (giver->pauses && giver->given > 0))) {
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
    char *bytes = stage_big_bytes();
    struct giver giver = {.bytes = bytes, .n = STAGE_BIG_BYTES, .pauses = true};
    struct azblob_source source = azblob_from_callback(give, &giver);
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_upload_blob_start(blob, NULL, &source, &task, stage.err));
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert(giver.has_paused);
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert_uint_lt(giver.given, STAGE_BIG_BYTES);
    azblob_task_resume(task);
    STAGE_OK(&stage, azblob_task_wait(task, stage.err));
    azblob_task_free(task);
    stage_check_big(&stage, "b");

    giver = (struct giver){.bytes = bytes, .n = STAGE_BIG_BYTES, .fails = true};
    azblob_blob_close(blob);
    blob = stage_blob(&stage, "half");
    STAGE_CODE(&stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage.err),
               "Cancelled");
    STAGE_CODE(&stage, azblob_blob_get_blob_properties(blob, NULL, NULL, stage.err),
               "BlobNotFound");
    azblob_blob_close(blob);
    free(bytes);
    stage_stop(&stage);
}
END_TEST

static void note_done(struct azblob_task *task, void *arg)
{
    (void)task;
    *(bool *)arg = true;
}

/* In a loop of one's own, and late with the first byte: there is nothing that would come in. */
START_TEST(test_late_in_own_loop)
{
    char *bytes = stage_big_bytes();
    struct giver giver = {.bytes = bytes, .n = STAGE_BIG_BYTES, .pauses_first = true};
    struct azblob_source source = azblob_from_callback(give, &giver);
    struct azblob_blob *blob;
    struct azblob_task *task;
    struct stage stage;
    bool is_done = false;

    stage_start(&stage);
    blob = stage_blob(&stage, "b");
    STAGE_OK(&stage, azblob_blob_upload_blob_start(blob, NULL, &source, &task, stage.err));
    azblob_task_on_done(task, note_done, &is_done);
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert(giver.has_paused);
    azblob_task_resume(task);
    while (!is_done) {
        struct pollfd ready = {.fd = azblob_fd(stage.connection),
                               .events = azblob_events(stage.connection)};

        ck_assert_int_gt(poll(&ready, 1, STAGE_LIMIT_MS), 0);
        STAGE_OK(&stage, azblob_dispatch(stage.connection, stage.err));
    }
    STAGE_OK(&stage, azblob_task_status(task, stage.err));
    azblob_task_free(task);
    azblob_blob_close(blob);
    stage_check_big(&stage, "b");
    free(bytes);
    stage_stop(&stage);
}
END_TEST

/* ---- when the daemon goes away ---- */

/* A listing that the daemon left in the middle says so; another one begins where it ended. */
START_TEST(test_lost_iterator)
{
    struct azblob_iterator *iterator;
    const struct azblob_value *item;
    struct stage stage;
    int rc, n = 0;

    stage_start(&stage);
    put_many(&stage);
    STAGE_OK(&stage, azblob_container_list_blobs(
                         stage.container,
                         AZBLOB_PARAMS(container_list_blobs, .results_per_page = azblob_int(1),
                                       .window = azblob_int(1)),
                         &iterator, stage.err));
    check_next(&stage, iterator, 0);
    stage_kill(&stage);
    while ((rc = azblob_iterator_next(iterator, &item, stage.err)) == AZBLOB_MORE)
        n++;
    ck_assert_int_eq(rc, -1);
    ck_assert_int_lt(n, MANY - 1);
    ck_assert_str_eq(azblob_error_code(stage.err), "DaemonUnreachable");
    ck_assert_str_eq(azblob_error_operation(stage.err), "container.list_blobs");
    ck_assert_str_eq(azblob_error_target(stage.err), "c");
    azblob_iterator_close(iterator);

    stage_restart(&stage);
    STAGE_OK(&stage, azblob_container_list_blobs(stage.container, NULL, &iterator, stage.err));
    for (int i = 0; i < MANY; i++)
        check_next(&stage, iterator, i);
    azblob_iterator_close(iterator);
    stage_stop(&stage);
}
END_TEST

static Suite *library_streams_suite(void)
{
    Suite *suite = suite_create("library_streams");
    TCase *tc = tcase_create("library_streams");

    tcase_set_timeout(tc, TEST_LIMIT_S);
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
    tcase_add_test(tc, test_late_in_own_loop);
    UNIT_TABLE(tc, test_query, query_readers);
    tcase_add_test(tc, test_lost_iterator);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(library_streams_suite)
