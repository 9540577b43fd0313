/*
 * test_examples.c: the programs of client/examples, as their users would run them: each with a
 * daemon and a service in memory, and the whole of what it prints; the one of README.md too,
 * with an installed library. They lie in ./client/examples; $LIBAZBLOB is the shared library,
 * $SRCDIR the source tree.
 */
#define _GNU_SOURCE 1 /* asprintf() */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "proto/buf.h"
#include "tests/faults/blob_service.h"
#include "tests/faults/daemon.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

/* A sanitizer's runtime has to be there before Python is; what Python leaks is its own. */
#ifdef AZB_SANITIZE
#define PRELOAD                    \
    "ASAN_OPTIONS=detect_leaks=0 " \
    "LD_PRELOAD=$(ldd \"$LIBAZBLOB\" | awk '/asan/ {print $3}') "
#else
#define PRELOAD ""
#endif

static const struct {
    const char *command;
    const char *output;
} examples[] = {
    {"./client/examples/basic", "uploaded, ETag is there\n"
                                "greeting.txt has 12 bytes\n"
                                "and says: hello, world\n"
                                "listed: greeting.txt\n"
                                "deleted\n"},
    {"./client/examples/gather",
     "blob-0: done\nblob-1: done\nblob-2: done\nblob-3: done\nblob-4: done\n"
     "blob-5: done\nblob-6: done\nblob-7: done\nblob-8: done\nblob-9: done\n"},
    {"./client/examples/iterate", "example-iterate-1\n"
                                  "  large, 1025 bytes\n"
                                  "  small, 17 bytes\n"
                                  "    example-iterate-1\n"
                                  "example-iterate-2\n"
                                  "  large, 1025 bytes\n"
                                  "  small, 17 bytes\n"
                                  "    example-iterate-2\n"},
    {"./client/examples/batch",
     "tier:\n"
     "blob-0: done\nblob-1: done\nblob-2: done\nblob-3: done\nblob-4: done\n"
     "delete:\n"
     "blob-0: done\nblob-1: done\nblob-2: done\nblob-3: done\nblob-4: done\n"
     "missing: BlobNotFound\n"},
    {"./client/examples/errors",
     "example-errors/b: ContainerNotFound, HTTP 404\n"
     "uploaded at the second try\n"
     "example-errors/b: BlobAlreadyExists, a ResourceExistsError\n"},
    {"./client/examples/event_loop", "one\ntwo\nlisted\n"},
    {"./client/examples/limit", "100 uploads, at most 10 at once\n"},
    {"./client/examples/scopes", "scoped: exists is false\nmanual: exists is false\n"},
    {"./client/examples/cxx", "1 callback, ContainerNotFound\n"},
    {PRELOAD "python3 \"$SRCDIR/client/examples/ffi.py\" \"$LIBAZBLOB\"",
     "pong\nContainerNotFound\n"},
    {"\"$SRCDIR/tests/install.sh\"", "notes/now.txt\n"},
};

/* What a program says, NUL-terminated; it must succeed. */
static void run(const char *command, struct azb_buf *ret)
{
    FILE *output = popen(command, "r");
    char piece[4096];
    size_t n;

    ck_assert_ptr_nonnull(output);
    while ((n = fread(piece, 1, sizeof(piece), output)) > 0)
        azb_buf_append(ret, piece, n);
    ck_assert_msg(pclose(output) == 0, "%s failed, after:\n%s", command, azb_buf_cstr(ret));
}

START_TEST(test_example)
{
    struct blob_service *service = blob_service_new();
    struct fake_options options = blob_service_options(service);
    struct fake *fake = fake_start(NULL, &options);
    struct daemon *daemon = daemon_start_for(fake, NULL);
    struct azb_buf output = {0};

    unsetenv("AZURE_STORAGE_CONNECTION_STRING");
    setenv("AZBLOBD_SOCKET", daemon_socket(daemon), 1);
    run(examples[_i].command, &output);
    ck_assert_str_eq(azb_buf_cstr(&output), examples[_i].output);
    azb_buf_clear(&output);
    daemon_stop(daemon);
    fake_stop(fake);
    blob_service_free(service);
}
END_TEST

static Suite *examples_suite(void)
{
    Suite *suite = suite_create("examples");
    TCase *tc = tcase_create("examples");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_example, examples);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(examples_suite)
