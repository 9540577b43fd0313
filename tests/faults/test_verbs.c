/*
 * test_verbs.c: the azblob command against a service that follows a script: what Azurite does
 * not have (soft delete, versions, queries), and what is under way at once.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/faults/folder.h"
#include "tests/faults/program.h"
#include "tests/faults/scene.h"
#include "tests/unit/avro_file.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

/* ---- run ---- */

/* All lines are asked at once, and told in their order although the first is answered last. */
START_TEST(test_run_overlaps)
{
    static const struct fake_step steps[] = {
        {"HEAD /c/b0", .reply = 200, .fault = FAKE_WAIT, .any_order = true},
        {"HEAD /c/b1", .reply = 200, .any_order = true},
        {"HEAD /c/b2", .reply = 404, .error_code = "BlobNotFound", .any_order = true},
        {"DELETE /c/b3", .reply = 202, .any_order = true},
        {"PUT /c/b4?comp=tier", .reply = 200, .any_order = true},
        {"HEAD /c/b5", .reply = 200, .any_order = true},
        {0},
    };
    struct scene scene = scene_start(steps, NULL, NULL);
    struct program *program = program_start(scene.daemon, "run");

    program_type(program, "stat --fields name c/b0\n"
                          "stat --fields name c/b1\n"
                          "stat c/b2\n"
                          "rm c/b3\n"
                          "tier Cool c/b4\n"
                          "stat --fields name c/b5\n");
    ck_assert(fake_wait_requests(scene.fake, 6));
    fake_release(scene.fake);
    ck_assert_str_eq(program_line(program), "name: b0");
    ck_assert_str_eq(program_line(program), "name: b1");
    ck_assert_str_eq(program_line(program), "name: b5");
    program_end_input(program);
    ck_assert_int_eq(program_wait(program), 1);
    ck_assert_ptr_nonnull(strstr(program_errors(program), "c/b2: BlobNotFound"));
    ck_assert_ptr_nonnull(strstr(program_errors(program), "line 3 failed (exit code 3)"));
    program_free(program);
    scene_stop(&scene, "run overlaps");
}
END_TEST

/* A blob that is there once it has been written. */
struct late_blob {
    bool is_there;
};

static void late_blob_answer(const struct fake_request *request, struct fake_step *ret_reply,
                             void *arg)
{
    struct late_blob *blob = arg;

    if (strcmp(request->line, "PUT /c/late?comp=metadata") == 0)
        ret_reply->fault = FAKE_WAIT;
    else if (strcmp(request->line, "HEAD /c/late") == 0 && !blob->is_there)
        ret_reply->reply = 404;
}

/* A line about what one before it changes is not asked before that is done; others are. */
START_TEST(test_run_keeps_order)
{
    struct late_blob blob = {false};
    struct fake_options options = {.handler = late_blob_answer, .handler_arg = &blob};
    struct scene scene = scene_start(NULL, &options, NULL);
    struct program *program = program_start(scene.daemon, "run");

    program_type(program, "meta set --replace c/late x=1\n"
                          "stat --fields name c/other\n"
                          "stat --fields name c/late\n"
                          "stat --fields name c/last\n");
    ck_assert(fake_wait_requests(scene.fake, 2));
    blob.is_there = true;
    fake_release(scene.fake);
    ck_assert_str_eq(program_line(program), "name: other");
    ck_assert_str_eq(program_line(program), "name: late");
    ck_assert_str_eq(program_line(program), "name: last");
    program_end_input(program);
    ck_assert_int_eq(program_wait(program), 0);
    program_free(program);
    scene_stop(&scene, "run keeps order");
}
END_TEST

/* One line at a time, each answered before the next is known. */
START_TEST(test_run_with_a_partner)
{
    static const struct fake_step steps[] = {
        {"HEAD /c/1", .reply = 200}, {"HEAD /c/2", .reply = 200}, {0}};
    struct scene scene = scene_start(steps, NULL, NULL);
    struct program *program = program_start(scene.daemon, "run -");

    program_type(program, "stat --fields name c/1\nstat --fie");
    ck_assert_str_eq(program_line(program), "name: 1");
    program_type(program, "lds name c/2");
    program_end_input(program);
    ck_assert_int_eq(program_wait(program), 0); /* the last line needs no newline */
    ck_assert_str_eq(program_output(program), "name: 2\n");
    program_free(program);
    scene_stop(&scene, "run with a partner");
}
END_TEST

/* A listing is told as it comes: of a page whose rest the service still keeps back, too. */
START_TEST(test_ls_of_half_a_page)
{
    static const char begin[] = FAKE_XML("<EnumerationResults ContainerName=\"c\"><Blobs>"
                                         "<Blob><Name>first</Name><Properties /></Blob>"
                                         "<Blob><Name>second</Name><Properties /></Blob>");
    static const char end[] = "<Blob><Name>third</Name><Properties /></Blob></Blobs>"
                              "<NextMarker /></EnumerationResults>";
    char page[sizeof(begin) + sizeof(end)];
    struct fake_step steps[] = {{"GET /c?*", .reply = 200, .body = page, .fault = FAKE_STALL,
                                 .after_bytes = sizeof(begin) - 1, .in_body = true},
                                {0}};
    struct scene scene;
    struct program *program;

    snprintf(page, sizeof(page), "%s%s", begin, end);
    scene = scene_start(steps, NULL, NULL);
    program = program_start(scene.daemon, "ls c");
    ck_assert_str_eq(program_line(program), "first");
    ck_assert_str_eq(program_line(program), "second");
    kill(program_pid(program), SIGTERM);
    program_wait(program);
    program_free(program);
    scene_stop(&scene, "ls of half a page");
}
END_TEST

/* Without --literal and wildcards, several names are asked at once too. */
START_TEST(test_names_overlap)
{
    static const struct fake_step steps[] = {
        {"HEAD /c/1", .reply = 200, .fault = FAKE_WAIT, .any_order = true},
        {"HEAD /c/2", .reply = 200, .any_order = true},
        {"HEAD /c/3", .reply = 200, .any_order = true},
        {0}};
    struct scene scene = scene_start(steps, NULL, NULL);
    struct program *program = program_start(scene.daemon, "stat --fields name c/1 c/2 c/3");

    ck_assert(fake_wait_requests(scene.fake, 3));
    fake_release(scene.fake);
    ck_assert_int_eq(program_wait(program), 0);
    ck_assert_str_eq(program_output(program), "name: 1\nname: 2\nname: 3\n");
    program_free(program);
    scene_stop(&scene, "names overlap");
}
END_TEST

/* So many files go up at once as --jobs says. */
START_TEST(test_put_jobs)
{
    static const struct fake_step steps[] = {
#define PUT(name) {"PUT /c/" name, .reply = 201, .fault = FAKE_WAIT, .any_order = true}
        PUT("0"), PUT("1"), PUT("2"), PUT("3"), PUT("4"),  PUT("5"),
        PUT("6"), PUT("7"), PUT("8"), PUT("9"), PUT("10"), PUT("11"),
#undef PUT
        {0}};
    struct scene scene = scene_start(steps, NULL, NULL);
    struct program *program;
    char command[256];

    snprintf(command, sizeof(command),
             "put -j 12 $(cd '%s' && mkdir up && for i in $(seq 0 11); do echo $i >up/$i; "
             "echo \"$PWD/up/$i\"; done) c/",
             folder_path());
    program = program_start(scene.daemon, command);
    ck_assert(fake_wait_requests(scene.fake, 12));
    for (int i = 0; i < 12; i++)
        fake_release(scene.fake);
    ck_assert_int_eq(program_wait(program), 0);
    program_free(program);
    scene_stop(&scene, "put jobs");
}
END_TEST

/* ---- what was deleted ---- */

#define CONTAINERS(inside)                                                           \
    FAKE_XML("<EnumerationResults ServiceEndpoint=\"http://x/\"><Containers>" inside \
             "</Containers><NextMarker /></EnumerationResults>")
#define DELETED_CONTAINER(name, version, time)                                           \
    "<Container><Name>" name "</Name><Deleted>true</Deleted><Version>" version           \
    "</Version><Properties><Last-Modified>Sat, 21 Nov 2026 10:00:00 GMT</Last-Modified>" \
    "<Etag>\"0x1\"</Etag><DeletedTime>" time "</DeletedTime>"                            \
    "<RemainingRetentionDays>6</RemainingRetentionDays></Properties></Container>"
#define BLOBS(inside)                                                                          \
    FAKE_XML(                                                                                  \
        "<EnumerationResults ServiceEndpoint=\"http://x/\" ContainerName=\"c\"><Blobs>" inside \
        "</Blobs><NextMarker /></EnumerationResults>")
#define PROPERTIES                                                                     \
    "<Properties><Last-Modified>Sat, 21 Nov 2026 10:00:00 GMT</Last-Modified>"         \
    "<Etag>0x1</Etag><Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType>" \
    "</Properties>"
#define DELETED_BLOB(name) \
    "<Blob><Name>" name "</Name><Deleted>true</Deleted>" PROPERTIES "</Blob>"
#define BLOB(name) "<Blob><Name>" name "</Name>" PROPERTIES "</Blob>"
#define BLOB_VERSION(name, id) \
    "<Blob><Name>" name "</Name><VersionId>" id "</VersionId>" PROPERTIES "</Blob>"
#define OLD "2026-11-20T10:00:00.0000000Z"
#define NEW "2026-11-21T10:00:00.0000000Z"
#define COPIED .reply = 202, .header = "x-ms-copy-id: 1\nx-ms-copy-status: success"

static const struct {
    const char *label, *command, *output, *errors;
    int status;
    struct fake_step steps[6];
    /* The request whose header must have this in it. */
    size_t request_i;
    const char *header, *value;
} deleted[] = {
    {.label = "a blob",
     .command = "undelete c/a",
     .steps = {{"PUT /c/a?comp=undelete", .reply = 200}}},
    {.label = "a blob that is not kept",
     .command = "undelete c/a",
     .status = 3,
     .errors = "undelete: c/a: BlobNotFound",
     .steps = {{"PUT /c/a?comp=undelete", .reply = 404, .error_code = "BlobNotFound"}}},
    {.label = "those that are deleted, below a prefix",
     .command = "undelete -o jsonl -r c/p/",
     .output = "{\"op\":\"undelete\",\"status\":\"done\",\"target\":\"c/p/b\","
               "\"request_id\":\"0f1e2d3c-001e-0042-00aa-000000000001\"}\n"
               "{\"op\":\"undelete\",\"status\":\"summary\",\"items\":1,\"failed\":0}\n",
     .steps = {{"GET /c?*", .reply = 200, .body = BLOBS(BLOB("p/a") DELETED_BLOB("p/b"))},
               {"PUT /c/p/b?comp=undelete", .reply = 200}}},
    {.label = "a container, as it was deleted last",
     .command = "undelete lost",
     .steps = {{"GET /?comp=list*", .reply = 200,
                .body = CONTAINERS(
                    DELETED_CONTAINER("lost", "V1", "Fri, 20 Nov 2026 10:00:00 GMT")
                        DELETED_CONTAINER("lost", "V2", "Sat, 21 Nov 2026 10:00:00 GMT")
                            DELETED_CONTAINER("lost2", "V3", "Sun, 22 Nov 2026 10:00:00 GMT"))},
               {"PUT /lost?restype=container&comp=undelete", .reply = 201}},
     .request_i = 1,
     .header = "x-ms-deleted-container-version",
     .value = "V2"},
    {.label = "a container that is not kept",
     .command = "undelete lost",
     .status = 3,
     .errors = "no deleted container of this name",
     .steps = {{"GET /?comp=list*", .reply = 200, .body = CONTAINERS("")}}},
    {.label = "restore, where soft delete has it",
     .command = "restore c/a",
     .steps = {{"PUT /c/a?comp=undelete", .reply = 200}, {"HEAD /c/a", .reply = 200}}},
    {.label = "restore, where versions are kept: the newest",
     .command = "restore c/a",
     .steps = {{"PUT /c/a?comp=undelete", .reply = 200},
               {"HEAD /c/a", .reply = 404, .error_code = "BlobNotFound"},
               {"GET /c?*", .reply = 200,
                .body = BLOBS(BLOB_VERSION("a", OLD) BLOB_VERSION("a", NEW)
                                  BLOB_VERSION("ab", NEW))},
               {"PUT /c/a", COPIED}},
     .request_i = 3,
     .header = "x-ms-copy-source",
     .value = "versionid=2026-11-21T10%3A00%3A00.0000000Z"},
    {.label = "restore, where nothing is kept",
     .command = "restore c/a",
     .status = 3,
     .errors = "neither soft-deleted nor as a version",
     .steps = {{"PUT /c/a?comp=undelete", .reply = 404, .error_code = "BlobNotFound"},
               {"HEAD /c/a", .reply = 404, .error_code = "BlobNotFound"},
               {"GET /c?*", .reply = 200, .body = BLOBS(BLOB_VERSION("ab", NEW))}}},
    {.label = "restore a version that is named",
     .command = "restore --version-id " OLD " c/a",
     .steps = {{"PUT /c/a", COPIED}},
     .header = "x-ms-copy-source",
     .value = "versionid=2026-11-20T10%3A00%3A00.0000000Z"},
    {.label = "restore a snapshot",
     .command = "restore --snapshot " OLD " c/a",
     .steps = {{"PUT /c/a", COPIED}},
     .header = "x-ms-copy-source",
     .value = "snapshot=2026-11-20T10%3A00%3A00.0000000Z"},
};

START_TEST(test_deleted)
{
    struct scene scene = scene_start(deleted[_i].steps, NULL, NULL);

    program_check(scene.daemon, deleted[_i].command, deleted[_i].status,
                  deleted[_i].output != NULL ? deleted[_i].output : "", deleted[_i].errors);
    if (deleted[_i].header != NULL) {
        const char *got = fake_request_header(fake_request(scene.fake, deleted[_i].request_i),
                                              deleted[_i].header);

        ck_assert_msg(got != NULL && strstr(got, deleted[_i].value) != NULL, "%s: %s is %s",
                      deleted[_i].label, deleted[_i].header, got != NULL ? got : "missing");
    }
    scene_stop(&scene, deleted[_i].label);
}
END_TEST

/* ---- query ---- */

#define QUERY "POST /c/t.csv?comp=query"
#define SELECT "query c/t.csv 'SELECT _1 FROM BlobStorage'"

static const struct {
    const char *label, *command, *avro, *output, *errors;
    int status;
    const char *asked; /* a part of the body */
} queries[] = {
    {.label = "rows",
     .command = SELECT,
     .avro = AVRO_HEADER "[1: 0 '1,a;'] [1: 0 '2,b;'] [1: 3 16]",
     .output = "1,a;2,b;",
     .asked = "<Expression>SELECT _1 FROM BlobStorage</Expression>"},
    {.label = "rows of which one cannot be read",
     .command = SELECT,
     .avro = AVRO_HEADER "[1: 0 '1,a;'] [1: 1 <00> 'ParseError' 'bad row' 10] [1: 3 16]",
     .output = "1,a;",
     .errors = "1 records could not be read",
     .status = 1},
    {.label = "formats",
     .command = SELECT " --input-format json --output-format csv",
     .avro = AVRO_HEADER "[1: 3 16]",
     .output = "",
     .asked = "<OutputSerialization><Format><Type>delimited</Type>"},
    {.label = "an answer without its end",
     .command = SELECT,
     .avro = AVRO_HEADER "[1: 0 '1,a;']",
     .errors = "azblob: query: c/t.csv: ",
     .status = 7},
};

START_TEST(test_query)
{
    struct azb_buf avro = {0};
    struct fake_step steps[2] = {{QUERY, .reply = 200}};
    struct scene scene;

    avro_file_write(queries[_i].avro, &avro);
    steps[0].body = (const char *)avro.data;
    steps[0].body_bytes = avro.len;
    scene = scene_start(steps, NULL, NULL);
    program_check(scene.daemon, queries[_i].command, queries[_i].status, queries[_i].output,
                  queries[_i].errors);
    if (queries[_i].asked != NULL)
        ck_assert_msg(strstr(fake_request(scene.fake, 0)->body, queries[_i].asked) != NULL,
                      "%s: asked %s", queries[_i].label, fake_request(scene.fake, 0)->body);
    scene_stop(&scene, queries[_i].label);
    azb_buf_clear(&avro);
}
END_TEST

/* ---- lease run ---- */

#define GRANTED .reply = 201
#define TAKEN .reply = 409, .error_code = "LeaseAlreadyPresent"
#define KEPT .reply = 200
#define LOST .reply = 409, .error_code = "LeaseIdMismatchWithLeaseOperation"
/* A command that says that it runs, and does so until somebody types. */
#define UNTIL_TYPED " -- sh -c 'echo runs; read line; echo ends'"

/* The blob that is leased: answers in order, the lease having the id that was proposed. */
struct lock {
    const struct fake_step *steps;
    size_t next;
    char header[128];
};

static void lock_answer(const struct fake_request *request, struct fake_step *ret_reply,
                        void *arg)
{
    const char *id = fake_request_header(request, "x-ms-proposed-lease-id");
    struct lock *lock = arg;

    if (strcmp(request->line, "PUT /c/lock?comp=lease") != 0 ||
        lock->steps[lock->next].reply == 0)
        ck_abort_msg("%s was not expected", request->line);
    *ret_reply = lock->steps[lock->next++];
    if (ret_reply->reply != 201)
        return;
    snprintf(lock->header, sizeof(lock->header), "x-ms-lease-id: %s\nETag: \"0x1\"",
             id != NULL ? id : "");
    ret_reply->header = lock->header;
}

static struct scene lock_start(struct lock *lock, const struct fake_step *steps)
{
    struct fake_options options = {.handler = lock_answer, .handler_arg = lock};

    lock->steps = steps;
    return scene_start(NULL, &options, NULL);
}

static void lock_stop(struct lock *lock, struct scene *scene, const char *label)
{
    ck_assert_msg(lock->steps[lock->next].reply == 0, "%s: step %zu was not used", label,
                  lock->next);
    scene_stop(scene, label);
}

static const char *lease_action(struct fake *fake, size_t i)
{
    return fake_request_header(fake_request(fake, i), "x-ms-lease-action");
}

/* Another has it, and lets it go. */
START_TEST(test_lease_run_waits)
{
    static const struct fake_step steps[] = {{TAKEN}, {TAKEN}, {GRANTED}, {KEPT}, {0}};
    struct lock lock = {0};
    struct scene scene = lock_start(&lock, steps);

    program_check(scene.daemon, "lease run --wait c/lock -- echo runs", 0, "runs\n", NULL);
    ck_assert_str_eq(lease_action(scene.fake, 2), "acquire");
    ck_assert_str_eq(lease_action(scene.fake, 3), "release");
    lock_stop(&lock, &scene, "lease run --wait");
}
END_TEST

/* Waiting has an end too. */
START_TEST(test_lease_run_waits_in_vain)
{
    static const struct fake_step steps[] = {{TAKEN}, {0}};
    struct lock lock = {0};
    struct scene scene = lock_start(&lock, steps);

    program_check(scene.daemon, "lease run --deadline 500ms --wait c/lock -- echo runs", 125,
                  "", "--deadline 500ms has passed");
    lock_stop(&lock, &scene, "lease run --wait --deadline");
}
END_TEST

/* Renewals that fail, each in its own way, but not for good: the command goes on. */
START_TEST(test_lease_run_survives)
{
    static const struct fake_step steps[] = {{GRANTED},
                                             {.reply = 500, .error_code = "InternalError"},
                                             {.reply = 200, .fault = FAKE_CLOSE},
                                             {.reply = 503, .error_code = "ServerBusy"},
                                             {KEPT},
                                             {KEPT},
                                             {0}};
    struct lock lock = {0};
    struct scene scene = lock_start(&lock, steps);
    struct program *program =
        program_start(scene.daemon, "lease run --duration 15 c/lock" UNTIL_TYPED);

    ck_assert_str_eq(program_line(program), "runs");
    ck_assert(fake_wait_requests(scene.fake, 5));
    for (size_t i = 1; i < 5; i++)
        ck_assert_str_eq(lease_action(scene.fake, i), "renew");
    program_type(program, "\n");
    ck_assert_str_eq(program_line(program), "ends");
    ck_assert_int_eq(program_wait(program), 0);
    ck_assert_str_eq(lease_action(scene.fake, 5), "release");
    ck_assert_str_eq(program_errors(program), "");
    program_free(program);
    lock_stop(&lock, &scene, "lease run survives");
}
END_TEST

/* The lease is another's now: the command is ended, and nothing is released. */
START_TEST(test_lease_run_loses)
{
    static const struct fake_step steps[] = {{GRANTED}, {LOST}, {0}};
    struct lock lock = {0};
    struct scene scene = lock_start(&lock, steps);
    struct program *program =
        program_start(scene.daemon, "lease run --duration 15 c/lock" UNTIL_TYPED);

    ck_assert_str_eq(program_line(program), "runs");
    ck_assert_int_eq(program_wait(program), 125);
    ck_assert_str_eq(program_output(program), "");
    ck_assert_ptr_nonnull(strstr(program_errors(program), "the lease is lost"));
    program_free(program);
    lock_stop(&lock, &scene, "lease run loses");
}
END_TEST

/* Killed, the command goes with it, and the daemon releases the lease. */
START_TEST(test_lease_run_killed)
{
    static const struct fake_step steps[] = {{GRANTED}, {KEPT}, {0}};
    struct lock lock = {0};
    struct scene scene = lock_start(&lock, steps);
    struct program *program = program_start(scene.daemon, "lease run c/lock" UNTIL_TYPED);

    ck_assert_str_eq(program_line(program), "runs");
    kill(program_pid(program), SIGKILL);
    ck_assert_int_eq(program_wait(program), 128 + SIGKILL); /* and all have closed its output */
    ck_assert_str_eq(program_output(program), "");
    ck_assert(fake_wait_requests(scene.fake, 2));
    ck_assert_str_eq(lease_action(scene.fake, 1), "release");
    program_free(program);
    lock_stop(&lock, &scene, "lease run killed");
}
END_TEST

/* Nobody renews the lease any more: the command must not go on as if it had it. */
START_TEST(test_lease_run_without_daemon)
{
    static const struct fake_step steps[] = {{GRANTED}, {0}};
    struct lock lock = {0};
    struct scene scene = lock_start(&lock, steps);
    struct program *program = program_start(scene.daemon, "lease run c/lock" UNTIL_TYPED);

    ck_assert_str_eq(program_line(program), "runs");
    daemon_kill(scene.daemon);
    ck_assert_int_eq(program_wait(program), 125);
    ck_assert_str_eq(program_output(program), "");
    ck_assert_ptr_nonnull(strstr(program_errors(program), "azblobd closed the connection"));
    program_free(program);
    ck_assert_uint_eq(lock.next, 1);
    rpc_close(scene.rpc);
    fake_stop(scene.fake);
}
END_TEST

static Suite *verbs_suite(void)
{
    Suite *suite = suite_create("verbs");
    TCase *tc = tcase_create("verbs");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_run_overlaps);
    tcase_add_test(tc, test_run_keeps_order);
    tcase_add_test(tc, test_run_with_a_partner);
    tcase_add_test(tc, test_ls_of_half_a_page);
    tcase_add_test(tc, test_names_overlap);
    tcase_add_test(tc, test_put_jobs);
    UNIT_TABLE(tc, test_deleted, deleted);
    UNIT_TABLE(tc, test_query, queries);
    tcase_add_test(tc, test_lease_run_waits);
    tcase_add_test(tc, test_lease_run_waits_in_vain);
    tcase_add_test(tc, test_lease_run_survives);
    tcase_add_test(tc, test_lease_run_loses);
    tcase_add_test(tc, test_lease_run_killed);
    tcase_add_test(tc, test_lease_run_without_daemon);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(verbs_suite)
