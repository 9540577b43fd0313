/*
 * test_sched.c: whose turn it is. A scenario is a script of letters, one endpoint, and a log:
 *
 *     A B C   a flow wants a slot, interactive;  a b c  the same, bulk
 *     -       the request that runs longest gives its slot back
 *     ~       the newest of those that wait gives up
 *     !       the service throttles, a second after the last time
 *     .       a mark for the log
 *
 * The log has each slot that is given, by its letter, and the marks.
 */
#include "lib/sched.h"

#include <ctype.h>
#include <string.h>

#include "tests/unit/unit.h"

enum {
    MAX_REQUESTS = 64,
};

#define ORIGIN "https://acct.blob.core.windows.net:443"

struct scene {
    struct azb_sched *sched;
    struct azb_endpoint *endpoint;
    struct azb_flow *flows[26];
    struct request {
        struct azb_ticket ticket;
        struct scene *scene;
        char letter;
        size_t granted; /* place in the log + 1 */
    } requests[MAX_REQUESTS];
    size_t n_requests;
    char log[2 * MAX_REQUESTS];
    size_t n_log;
    uint64_t now_ms;
};

static void scene_init(struct scene *scene, unsigned max_per_endpoint)
{
    memset(scene, 0, sizeof(*scene));
    scene->sched = azb_sched_new(&(struct azb_sched_options){max_per_endpoint});
    scene->endpoint = azb_sched_endpoint(scene->sched, ORIGIN);
    for (size_t i = 0; i < N_ELEMENTS(scene->flows); i++)
        scene->flows[i] = azb_flow_new();
    scene->now_ms = 1000 * 1000;
}

static void scene_clear(struct scene *scene)
{
    for (size_t i = scene->n_requests; i > 0; i--) /* those that wait first */
        azb_sched_release(&scene->requests[i - 1].ticket);
    for (size_t i = 0; i < N_ELEMENTS(scene->flows); i++)
        azb_flow_free(scene->flows[i]);
    azb_sched_free(scene->sched);
}

static void scene_log(struct scene *scene, char c)
{
    scene->log[scene->n_log++] = c;
}

static void request_granted(void *arg)
{
    struct request *request = arg;

    ck_assert_msg(request->granted == 0, "%c: a second slot", request->letter);
    scene_log(request->scene, request->letter);
    request->granted = request->scene->n_log;
}

static void scene_acquire(struct scene *scene, char letter)
{
    struct request *request = &scene->requests[scene->n_requests++];
    enum azb_priority priority =
        isupper((unsigned char)letter) ? AZB_PRIORITY_INTERACTIVE : AZB_PRIORITY_BULK;
    struct azb_error err = {0};
    int rc;

    request->scene = scene;
    request->letter = letter;
    rc = azb_sched_acquire(&request->ticket, scene->flows[toupper(letter) - 'A'],
                           scene->endpoint, priority, request_granted, request, &err);
    ck_assert_int_ge(rc, 0);
    ck_assert_uint_eq(request->granted, 0); /* never from inside */
    if (rc == 1)
        request_granted(request);
}

static void scene_release_oldest(struct scene *scene)
{
    struct request *oldest = NULL;

    for (size_t i = 0; i < scene->n_requests; i++) {
        struct request *request = &scene->requests[i];

        if (request->ticket.state == AZB_TICKET_RUNNING &&
            (oldest == NULL || request->granted < oldest->granted))
            oldest = request;
    }
    ck_assert_ptr_nonnull(oldest);
    azb_sched_release(&oldest->ticket);
}

static void scene_give_up_newest(struct scene *scene)
{
    size_t i = scene->n_requests;

    while (i > 0 && scene->requests[i - 1].ticket.state != AZB_TICKET_WAITING)
        i--;
    ck_assert_uint_gt(i, 0);
    azb_sched_release(&scene->requests[i - 1].ticket);
}

static void scene_play(struct scene *scene, const char *script)
{
    for (; *script != '\0'; script++) {
        if (*script == '-') {
            scene_release_oldest(scene);
        } else if (*script == '~') {
            scene_give_up_newest(scene);
        } else if (*script == '!') {
            scene->now_ms += 1000;
            azb_endpoint_answered(scene->endpoint, true, scene->now_ms);
        } else if (*script == '.') {
            scene_log(scene, '.');
        } else {
            scene_acquire(scene, *script);
        }
    }
    scene->log[scene->n_log] = '\0';
}

static const struct {
    const char *label;
    unsigned max_per_endpoint;
    const char *script;
    const char *want;
} scenarios[] = {
    {"room for all", 4, "ABCD.", "ABCD."},
    {"one waits", 2, "ABC.-", "AB.C"},
    {"in order of coming", 1, "ABCD.---", "A.BCD"},
    {"many of one delay another by one", 1, "AAAAAAB.-------", "A.ABAAAA"},
    {"turns of three", 1, "AAABBCCC.--------", "A.ABCABCC"},
    {"a flow that comes back goes to the end", 1, "AAB-.A.---", "AA..BA"},
    {"whoever has nothing waiting has no turn", 1, "AAB--.BA.--", "AAB..BA"},
    {"a flow comes while others take turns", 1, "AAABB-.C.-----", "AA..BACB"},
    {"several slots at once", 3, "AAAAAABBB.------", "AAA.ABABAB"},

    {"interactive goes first", 1, "AbbBB.----", "A.BBbb"},
    {"bulk takes turns too", 1, "Aaaabb.-----", "A.ababa"},
    {"each priority has its own turns", 1, "AAbaB.----", "A.ABba"},
    {"bulk leaves one of two free", 2, "aa.A.-", "a.A.a"},
    {"bulk leaves one of four free", 4, "aaaa.B.-", "aaa.B.a"},
    {"bulk leaves one of eight free", 8, "aaaaaaaa.B.-", "aaaaaaa.B.a"},
    {"bulk leaves two of sixteen free", 16, "aaaaaaaaaaaaaaaa.BB.--", "aaaaaaaaaaaaaa.BB.aa"},
    {"but takes a single one", 1, "ab.-", "a.b"},
    {"bulk waits for its own kind only", 4, "AAAb.-", "AAAb."},
    {"interactive takes all, bulk waits", 4, "AAAAb.----", "AAAA.b"},
    {"bulk gets one in nine", 1, "AbbBBBBBBBBBBBBBBBBBB.--------------------",
     "A.BBBBBBBbBBBBBBBBbBBB"},
    {"a bulk slot that is full passes its turn", 2, "bABBBBBBBBBBb.~-----------",
     "bA.BBBBBBBBBB"},

    {"a waiting one gives up", 1, "ABC.~.-", "A..B"},
    {"the only one of its flow gives up", 1, "ABAC~.--", "A.BA"},
    {"the first of its flow stays", 1, "AAA~.-", "A.A"},
    {"all give up", 1, "AbBC~~~.-.D", "A..D"},
    {"and one comes again", 1, "AB~B.-", "A.B"},

    {"throttling takes slots away", 4, "AAAABB!.--.-.-", "AAAA..B.B"},
    {"for those that come as well", 4, "!AAA.-", "AA.A"},
    {"never below two", 4, "!!!!AAA.-", "AA.A"},
    {"bulk leaves one of two free, throttled", 16, "!!!aaA.", "aA."},
};

START_TEST(test_scenario)
{
    struct scene scene;
    const char *want = scenarios[_i].want;

    scene_init(&scene, scenarios[_i].max_per_endpoint);
    scene_play(&scene, scenarios[_i].script);
    ck_assert_msg(strcmp(scene.log, want) == 0, "%s: %s, not %s", scenarios[_i].label,
                  scene.log, want);
    scene_clear(&scene);
}
END_TEST

/* ---- what daemon.status sees ---- */

static void copy_stats(const struct azb_endpoint_stats *stats, void *arg)
{
    if (strcmp(stats->origin, ORIGIN) == 0)
        *(struct azb_endpoint_stats *)arg = *stats;
}

static struct azb_endpoint_stats scene_stats(struct scene *scene)
{
    struct azb_endpoint_stats stats = {0};

    azb_sched_each(scene->sched, copy_stats, &stats);
    ck_assert_ptr_nonnull(stats.origin);
    return stats;
}

START_TEST(test_stats)
{
    struct azb_endpoint_stats stats;
    struct scene scene;

    scene_init(&scene, 4);
    scene_play(&scene, "AAAABbC-!");
    stats = scene_stats(&scene);
    ck_assert_uint_eq(stats.limit, 2);
    ck_assert_uint_eq(stats.running, 4);
    ck_assert_uint_eq(stats.waiting, 2);
    ck_assert_uint_eq(stats.requests, 5);
    ck_assert_uint_eq(stats.throttled, 1);
    scene_play(&scene, "~~----");
    stats = scene_stats(&scene);
    ck_assert_uint_eq(stats.running, 0);
    ck_assert_uint_eq(stats.waiting, 0);
    scene_clear(&scene);
}
END_TEST

/* ---- throttling ---- */

static const struct {
    uint64_t now_ms;
    unsigned limit;
} throttlings[] = {
    {1000000, 16}, {1000001, 16}, {1000999, 16}, {1001000, 8},
    {1001500, 8},  {1003000, 4},  {1004000, 2},  {1009000, 2},
};

/* One episode throttles many requests, and counts once. */
START_TEST(test_throttle)
{
    struct scene scene;

    scene_init(&scene, 32);
    for (size_t i = 0; i < N_ELEMENTS(throttlings); i++) {
        azb_endpoint_answered(scene.endpoint, true, throttlings[i].now_ms);
        ck_assert_msg(scene_stats(&scene).limit == throttlings[i].limit, "%zu: %u", i,
                      scene_stats(&scene).limit);
    }
    ck_assert_uint_eq(scene_stats(&scene).throttled, N_ELEMENTS(throttlings));
    scene_clear(&scene);
}
END_TEST

/* Slots come back one by one, each after about as many answers as there are slots; not more. */
START_TEST(test_grow_back)
{
    unsigned n_answers = 0, limit = 2;
    struct scene scene;

    scene_init(&scene, 16);
    scene_play(&scene, "!!!!");
    while (scene_stats(&scene).limit < 16) {
        unsigned before = limit;

        azb_endpoint_answered(scene.endpoint, false, ++scene.now_ms);
        limit = scene_stats(&scene).limit;
        ck_assert_uint_le(limit, before + 1);
        ck_assert_uint_ge(limit, before);
        ck_assert_uint_lt(++n_answers, 1000);
    }
    ck_assert_uint_gt(n_answers, 100);
    ck_assert_uint_lt(n_answers, 150);
    for (int i = 0; i < 1000; i++)
        azb_endpoint_answered(scene.endpoint, false, ++scene.now_ms);
    ck_assert_uint_eq(scene_stats(&scene).limit, 16);
    scene_clear(&scene);
}
END_TEST

START_TEST(test_configure)
{
    struct scene scene;

    scene_init(&scene, 1);
    scene_play(&scene, "ABCD");
    azb_sched_configure(scene.sched, &(struct azb_sched_options){3});
    scene_play(&scene, ".-");
    ck_assert_str_eq(scene.log, "A.BCD");
    azb_sched_configure(scene.sched, &(struct azb_sched_options){1});
    scene_play(&scene, "E.--.-");
    ck_assert_str_eq(scene.log, "A.BCD..E");
    ck_assert_uint_eq(scene_stats(&scene).limit, 1);
    scene_clear(&scene);
}
END_TEST

/* ---- one flow, two endpoints ---- */

START_TEST(test_endpoints)
{
    struct scene scene;
    struct azb_ticket ticket = {0};
    struct azb_endpoint *other;
    struct azb_error err = {0};

    scene_init(&scene, 1);
    other = azb_sched_endpoint(scene.sched, "https://other:443");
    ck_assert_ptr_ne(other, scene.endpoint);
    ck_assert_ptr_eq(other, azb_sched_endpoint(scene.sched, "https://other:443"));
    ck_assert_ptr_eq(scene.endpoint, azb_sched_endpoint(scene.sched, ORIGIN));
    scene_play(&scene, "AA");
    ck_assert_int_eq(azb_sched_acquire(&ticket, scene.flows[0], other, AZB_PRIORITY_INTERACTIVE,
                                       request_granted, NULL, &err),
                     1);
    azb_sched_release(&ticket); /* frees no slot of the first */
    scene_play(&scene, ".-");
    ck_assert_str_eq(scene.log, "A.A");
    azb_endpoint_answered(other, true, 1000000);
    ck_assert_uint_eq(scene_stats(&scene).throttled, 0);
    scene_clear(&scene);
}
END_TEST

/* ---- a ticket that is let go at once, and more than once ---- */

static void release_at_once(void *arg)
{
    struct request *request = arg;

    request->granted++;
    azb_sched_release(&request->ticket);
}

START_TEST(test_release_inside)
{
    struct scene scene;
    struct azb_error err = {0};

    scene_init(&scene, 1);
    scene_play(&scene, "A");
    while (scene.n_requests < MAX_REQUESTS) {
        struct request *request = &scene.requests[scene.n_requests++];

        ck_assert_int_eq(azb_sched_acquire(&request->ticket, scene.flows[scene.n_requests % 3],
                                           scene.endpoint, scene.n_requests % 2,
                                           release_at_once, request, &err),
                         0);
    }
    scene_play(&scene, "-");
    for (size_t i = 1; i < MAX_REQUESTS; i++)
        ck_assert_uint_eq(scene.requests[i].granted, 1);
    ck_assert_uint_eq(scene_stats(&scene).running, 0);
    ck_assert_uint_eq(scene_stats(&scene).waiting, 0);
    scene_clear(&scene);
}
END_TEST

START_TEST(test_release_twice)
{
    struct scene scene;

    scene_init(&scene, 2);
    scene_play(&scene, "ABCD-");
    azb_sched_release(&scene.requests[0].ticket);
    azb_sched_release(&scene.requests[0].ticket);
    ck_assert_str_eq(scene.log, "ABC");
    ck_assert_uint_eq(scene_stats(&scene).running, 2);
    scene_clear(&scene);
}
END_TEST

/* ---- the budget of retries ---- */

static unsigned take_retries(struct azb_endpoint *endpoint)
{
    unsigned n = 0;

    while (n < 1000 && azb_endpoint_take_retry(endpoint))
        n++;
    return n;
}

START_TEST(test_retry_budget)
{
    unsigned n_idle;
    struct scene scene;

    scene_init(&scene, 4);
    n_idle = take_retries(scene.endpoint);
    ck_assert_uint_ge(n_idle, 10);
    ck_assert_uint_le(n_idle, 100);
    ck_assert(!azb_endpoint_take_retry(scene.endpoint));
    azb_endpoint_answered(scene.endpoint, true, 1000000);
    ck_assert(!azb_endpoint_take_retry(scene.endpoint));
    for (int i = 0; i < 3; i++)
        azb_endpoint_answered(scene.endpoint, false, 1000000);
    ck_assert_uint_eq(take_retries(scene.endpoint), 3);
    for (int i = 0; i < 1000; i++)
        azb_endpoint_answered(scene.endpoint, false, 1000000);
    ck_assert_uint_eq(take_retries(scene.endpoint), n_idle);
    scene_clear(&scene);
}
END_TEST

/* ---- the service's clock ---- */

static const struct {
    const char *label;
    int64_t seen[4]; /* its clock minus ours, in turn; 0 at the end changes nothing */
    int64_t want;
} clocks[] = {
    {"the same", {0}, 0},
    {"a second or two are noise", {2, -2, 1}, 0},
    {"a little ahead", {3}, 3},
    {"a quarter of an hour behind", {-900}, -900},
    {"it trembles", {900, 901, 898, 902}, 900},
    {"it moves", {900, 903}, 903},
    {"and on", {900, 903, 906, 909}, 909},
    {"our clock was set right", {900, 1}, 0},
    {"and wrong the other way", {900, -900}, -900},
    {"slowly out of the noise", {1, 2, 3, 4}, 3},
};

START_TEST(test_clock)
{
    static const int64_t ours = INT64_C(1893456000);
    struct scene scene;

    scene_init(&scene, 1);
    ck_assert_int_eq(azb_endpoint_clock_offset(scene.endpoint), 0);
    for (size_t i = 0; i < N_ELEMENTS(clocks[_i].seen) && clocks[_i].seen[i] != 0; i++)
        azb_endpoint_saw_date(scene.endpoint, ours + (int64_t)i + clocks[_i].seen[i],
                              ours + (int64_t)i);
    ck_assert_msg(azb_endpoint_clock_offset(scene.endpoint) == clocks[_i].want, "%s: %lld",
                  clocks[_i].label, (long long)azb_endpoint_clock_offset(scene.endpoint));
    scene_clear(&scene);
}
END_TEST

static Suite *sched_suite(void)
{
    Suite *suite = suite_create("sched");
    TCase *tcase = tcase_create("sched");

    UNIT_TABLE(tcase, test_scenario, scenarios);
    tcase_add_test(tcase, test_stats);
    tcase_add_test(tcase, test_throttle);
    tcase_add_test(tcase, test_grow_back);
    tcase_add_test(tcase, test_configure);
    tcase_add_test(tcase, test_endpoints);
    tcase_add_test(tcase, test_release_inside);
    tcase_add_test(tcase, test_release_twice);
    tcase_add_test(tcase, test_retry_budget);
    UNIT_TABLE(tcase, test_clock, clocks);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(sched_suite)
