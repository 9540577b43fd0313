/*
 * test_workers.c: several event loops behind one socket. Three connections at a time are served
 * by three workers; one after the other by one.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/faults/outside.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 60,
    N = 3, /* workers */
};

#define HEAD "blob.get_blob_properties", "{'container':'c','blob':'b'}"
#define WAITS "HEAD /c/b", .reply = 200, .header = "ETag: \"1\"", .fault = FAKE_WAIT

static const struct fake_step nothing[] = {{0}};
static const struct fake_step waits[] = {{WAITS}, {WAITS}, {WAITS}, {0}};

/* A scene with a connection to each of the workers, the scene's own being one. */
struct crowd {
    struct scene it;
    struct rpc *rpcs[N];
};

static struct crowd crowd_start(const struct fake_step *steps, const char *more_config)
{
    char config[200];
    struct crowd crowd;

    snprintf(config, sizeof(config), "[daemon]\nworkers = %d\n%s", N, more_config);
    crowd.it = scene_start(steps, NULL, config);
    crowd.rpcs[0] = crowd.it.rpc;
    for (int i = 0; i < N; i++) {
        if (i > 0)
            crowd.rpcs[i] = rpc_connect(crowd.it.daemon);
        ck_assert_ptr_null(rpc_call(crowd.rpcs[i], "rpc.ping", NULL)->error);
    }
    return crowd;
}

static void crowd_stop(struct crowd *crowd, const char *label)
{
    for (int i = 1; i < N; i++)
        rpc_close(crowd->rpcs[i]);
    scene_stop(&crowd->it, label);
}

/* Each has a call with the service; their message ids. */
static void crowd_call(struct crowd *crowd, uint32_t msgids[N])
{
    for (int i = 0; i < N; i++)
        msgids[i] = rpc_send(crowd->rpcs[i], HEAD);
    ck_assert(fake_wait_requests(crowd->it.fake, N));
}

/* ---- who serves whom ---- */

/* Each finds the connection that the one before has used. */
START_TEST(test_one_after_the_other)
{
    static const struct fake_step script[] = {{"HEAD /c/b", .reply = 200},
                                              {"HEAD /c/b", .reply = 200},
                                              {"HEAD /c/b", .reply = 200},
                                              {0}};
    char config[] = "[daemon]\nworkers = 3";
    struct scene it = scene_start(script, NULL, config);

    check_wanted("the first", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    for (int i = 1; i < N; i++) {
        rpc_end(it.rpc);
        rpc_wait_closed(it.rpc);
        rpc_close(it.rpc);
        it.rpc = rpc_connect(it.daemon);
        check_wanted("the next", rpc_call(it.rpc, HEAD),
                     (const struct wanted[]){WANT_SUCCESS, {0}});
    }
    check_wanted("status", rpc_call(it.rpc, "daemon.status", NULL),
                 (const struct wanted[]){{"workers", "1"}, {"sessions", "1"}, {0}});
    ck_assert_uint_eq(fake_n_connections(it.fake), 1);
    scene_stop(&it, "one after the other");
}
END_TEST

/* What one of them is told is about all. */
START_TEST(test_together)
{
    struct crowd crowd = crowd_start(waits, "");
    uint32_t msgids[N];

    crowd_call(&crowd, msgids);
    for (int i = 0; i < N; i++) {
        check_wanted("status", rpc_call(crowd.rpcs[i], "daemon.status", NULL),
                     (const struct wanted[]){{"workers", "3"},
                                             {"sessions", "3"},
                                             {"calls", "3"},
                                             {"endpoints", "[1]"},
                                             {"endpoints.0.running", "3"},
                                             {"endpoints.0.requests", "3"},
                                             {0}});
        check_wanted(
            "stats", rpc_call(crowd.rpcs[i], "daemon.stats", NULL),
            (const struct wanted[]){{"calls", "3"}, {"requests", "3"}, {"sessions", "3"}, {0}});
    }
    for (int i = 0; i < N; i++)
        fake_release(crowd.it.fake);
    for (int i = 0; i < N; i++)
        check_wanted("together", rpc_wait(crowd.rpcs[i], msgids[i]),
                     (const struct wanted[]){WANT_SUCCESS, {"etag", "\"1\""}, {0}});
    ck_assert_uint_eq(fake_n_connections(crowd.it.fake), 3);
    crowd_stop(&crowd, "together");
}
END_TEST

/* More than there are workers share them, and the limit counts all. */
START_TEST(test_max_sessions)
{
    struct crowd crowd = crowd_start(nothing, "max_sessions = 4");
    struct rpc *fourth = rpc_connect(crowd.it.daemon), *fifth;

    ck_assert_ptr_null(rpc_call(fourth, "rpc.ping", NULL)->error);
    fifth = rpc_connect(crowd.it.daemon);
    rpc_wait_closed(fifth);
    check_wanted("status", rpc_call(fourth, "daemon.status", NULL),
                 (const struct wanted[]){{"workers", "3"}, {"sessions", "4"}, {0}});
    rpc_close(fifth);
    rpc_close(fourth);
    crowd_stop(&crowd, "max_sessions");
}
END_TEST

/* ---- what all keep to together ---- */

/* 3 x 1 MiB at 4 MiB/s: three quarters of a second, less what comes in one piece. */
START_TEST(test_bwlimit)
{
    enum { BYTES = 1024 * 1024 };
    static char body[BYTES];
    static const struct fake_step script[] = {
        {"GET /c/b", .reply = 200, .body = body, .body_bytes = BYTES},
        {"GET /c/b", .reply = 200, .body = body, .body_bytes = BYTES},
        {"GET /c/b", .reply = 200, .body = body, .body_bytes = BYTES},
        {0}};
    struct crowd crowd = crowd_start(script, "bwlimit = 4M");
    struct timespec begin, end;
    uint32_t msgids[N];
    double took_s;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < N; i++)
        msgids[i] =
            rpc_send(crowd.rpcs[i], "blob.download_blob", "{'container':'c','blob':'b'}");
    for (int i = 0; i < N; i++)
        check_wanted("slowly", rpc_wait(crowd.rpcs[i], msgids[i]),
                     (const struct wanted[]){{"size", "1048576"}, {0}});
    clock_gettime(CLOCK_MONOTONIC, &end);
    took_s = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    ck_assert_msg(took_s > 0.5, "%.3f s", took_s);
    crowd_stop(&crowd, "bwlimit");
}
END_TEST

/* Answers of a megabyte, for which there is memory once: one after the other, none forgotten.
 */
START_TEST(test_memory)
{
    enum { BYTES = 1024 * 1024 - 1, ROUNDS = 5 };
    static char body[BYTES];
    static struct fake_step script[N * ROUNDS + 1];
    struct crowd crowd;
    uint32_t msgids[N][ROUNDS];

    for (int i = 0; i < N * ROUNDS; i++)
        script[i] =
            (struct fake_step){"GET /c/b", .reply = 200, .body = body, .body_bytes = BYTES};
    crowd = crowd_start(script, "memory_limit_bytes = 1M");
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < N; i++)
            msgids[i][round] =
                rpc_send(crowd.rpcs[i], "blob.download_blob", "{'container':'c','blob':'b'}");
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < N; i++)
            check_wanted("in turn", rpc_wait(crowd.rpcs[i], msgids[i][round]),
                         (const struct wanted[]){{"size", "1048575"}, {0}});
    crowd_stop(&crowd, "memory");
}
END_TEST

/* ---- reloading ---- */

/* Both the workers that run and one that begins later have the new configuration. */
START_TEST(test_reload)
{
    static const struct wanted two[] = {{"profiles", "[2]"}, {0}};
    struct crowd crowd = crowd_start(nothing, "");
    struct scene late = scene_start(nothing, NULL, "[daemon]\nworkers = 2");
    static const char profile[] = "[profile second]\naccount_url = https://a.example";
    struct rpc *second;

    outside_append_config(crowd.it.daemon, profile);
    outside_reload(crowd.it.daemon, "reloaded");
    for (int i = 0; i < N; i++)
        while (
            strcmp(rpc_text(rpc_call(crowd.rpcs[i], "daemon.status", NULL)->result, "profiles"),
                   "[2]") != 0)
            ; /* it has been told, and may not have listened yet */
    crowd_stop(&crowd, "reload");

    outside_append_config(late.daemon, profile);
    outside_reload(late.daemon, "reloaded");
    second = rpc_connect(late.daemon);
    check_wanted("begun later", rpc_call(second, "daemon.status", NULL), two);
    check_wanted("which it has", rpc_call(second, "daemon.status", NULL),
                 (const struct wanted[]){{"workers", "2"}, {0}});
    rpc_close(second);
    scene_stop(&late, "reload before");
}
END_TEST

/* ---- stopping ---- */

/* Each call under way is finished, whoever serves it. */
START_TEST(test_stop)
{
    struct crowd crowd = crowd_start(waits, "");
    uint32_t msgids[N];

    crowd_call(&crowd, msgids);
    ck_assert_int_eq(kill(daemon_pid(crowd.it.daemon), SIGTERM), 0);
    outside_wait("the socket is gone", outside_is_gone, daemon_socket(crowd.it.daemon));
    for (int i = 0; i < N; i++)
        fake_release(crowd.it.fake);
    for (int i = 0; i < N; i++) {
        check_wanted("in flight", rpc_wait(crowd.rpcs[i], msgids[i]),
                     (const struct wanted[]){WANT_SUCCESS, {"etag", "\"1\""}, {0}});
        rpc_wait_closed(crowd.rpcs[i]);
    }
    outside_wait_ended(crowd.it.daemon);
    crowd_stop(&crowd, "SIGTERM");
}
END_TEST

static const struct {
    const char *label;
    const char *config;
    int n_signals;
} ends[] = {
    {"told twice", "", 2},
    {"drain_timeout_ms", "drain_timeout_ms = 10", 1},
};

/* Nothing would ever end: nobody releases the answers. */
START_TEST(test_stop_at_once)
{
    struct crowd crowd = crowd_start(waits, ends[_i].config);
    uint32_t msgids[N];

    crowd_call(&crowd, msgids);
    for (int i = 0; i < ends[_i].n_signals; i++) {
        ck_assert_int_eq(kill(daemon_pid(crowd.it.daemon), SIGTERM), 0);
        outside_wait("the socket is gone", outside_is_gone, daemon_socket(crowd.it.daemon));
    }
    for (int i = 0; i < N; i++)
        rpc_wait_closed(crowd.rpcs[i]);
    outside_wait_ended(crowd.it.daemon);
    crowd_stop(&crowd, ends[_i].label);
}
END_TEST

static Suite *workers_suite(void)
{
    Suite *suite = suite_create("workers");
    TCase *tc = tcase_create("workers");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_one_after_the_other);
    tcase_add_test(tc, test_together);
    tcase_add_test(tc, test_max_sessions);
    tcase_add_test(tc, test_bwlimit);
    tcase_add_test(tc, test_memory);
    tcase_add_test(tc, test_reload);
    tcase_add_test(tc, test_stop);
    UNIT_TABLE(tc, test_stop_at_once, ends);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(workers_suite)
