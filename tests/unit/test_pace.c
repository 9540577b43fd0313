/*
 * test_pace.c: what number of requests comes out on links of several kinds. Time and link are
 * given: after each round of 200 ms the link has moved what so many requests move on it.
 */
#include "lib/stream/pace.h"

#include "tests/unit/unit.h"

enum { MIB = 1024 * 1024, ROUND_MS = 200, ROUNDS = 20 };

static const struct {
    const char *label;
    unsigned max_concurrency, cap;
    unsigned mib_each; /* what one request moves in a round */
    unsigned mib_link; /* what the link can move in a round */
    unsigned start;
    unsigned wanted;
    bool is_one_enough;
    bool starts_slowly; /* in their first round more requests move no more than those before */
    int falters;        /* in this round little moves, counted from 1 */
} links[] = {
    {"a long way: each more is a gain", 0, 16, 20, 100000, AZB_PACE_START, 16},
    {"as many, from fewer", 0, 16, 20, 100000, AZB_PACE_ONE, 16},
    {"a long way, and slow starts", 0, 16, 20, 100000, AZB_PACE_START, 16,
     .starts_slowly = true},
    {"a long way, and a bad moment", 0, 16, 20, 100000, AZB_PACE_START, 16, .falters = 4},
    {"a lower cap", 0, 6, 20, 100000, AZB_PACE_START, 6},
    {"one fills it", 0, 16, 100, 100, AZB_PACE_ONE, 2, true},
    {"four fill it", 0, 16, 25, 100, AZB_PACE_ONE, 4},
    {"five fill it", 0, 16, 20, 100, AZB_PACE_START, 8},
    {"the caller's number, as if one were enough", 2, 16, 100, 100, AZB_PACE_ONE, 2},
    {"the caller's number", 3, 16, 20, 100000, AZB_PACE_START, 3},
    {"the caller's number beyond the cap", 300, 16, 20, 100000, AZB_PACE_START, 16},
    {"only one at all", 1, 16, 20, 100000, AZB_PACE_START, 1},
};

START_TEST(test_link)
{
    struct azb_pace pace;
    uint64_t now_ms = 5000;
    unsigned before = 0;

    azb_pace_init(&pace, links[_i].max_concurrency, links[_i].cap, links[_i].start, 0, now_ms);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned n = links[_i].starts_slowly && before > 0 ? before : pace.limit;
        unsigned mib = i + 1 == links[_i].falters ? 10 : n * links[_i].mib_each;

        before = pace.limit;
        now_ms += ROUND_MS;
        azb_pace_moved(&pace,
                       (uint64_t)MIB * (mib < links[_i].mib_link ? mib : links[_i].mib_link),
                       now_ms);
        ck_assert_uint_le(pace.limit, links[_i].cap);
    }
    ck_assert_msg(pace.limit == links[_i].wanted, "%s: %u", links[_i].label, pace.limit);
    ck_assert_msg(pace.is_one_enough == links[_i].is_one_enough, "%s", links[_i].label);
}
END_TEST

static Suite *pace_suite(void)
{
    Suite *suite = suite_create("pace");
    TCase *tc = tcase_create("pace");

    UNIT_TABLE(tc, test_link, links);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(pace_suite)
