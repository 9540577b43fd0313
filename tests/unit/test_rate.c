/*
 * test_rate.c: how much moves in how much time, by a clock that the test sets.
 */
#include "lib/rate.h"

#include "tests/unit/unit.h"

/* Move pieces whenever it is allowed, for a time; how many bytes that were. */
static uint64_t move(struct azb_rate *rate, uint64_t piece, uint64_t from_ms, uint64_t to_ms)
{
    uint64_t moved = 0;

    while (from_ms < to_ms) {
        uint64_t wait_ms = azb_rate_wait_ms(rate, from_ms);

        if (wait_ms == 0) {
            azb_rate_moved(rate, piece);
            moved += piece;
        }
        from_ms += wait_ms;
    }
    return moved;
}

static const struct {
    const char *label;
    uint64_t bytes_per_s, piece;
} limits[] = {
    {"a byte a second", 1, 1},
    {"slow, large pieces", 10000, 256 * 1024},
    {"a usual one", 20 << 20, 16 * 1024},
    {"a usual one, large pieces", 20 << 20, 256 * 1024},
    {"fast", (uint64_t)10 << 30, 256 * 1024},
    {"the most there is", (uint64_t)1 << 40, 64 << 20},
};

/* Over a long time it is the limit, give or take the bucket and one piece. */
START_TEST(test_limit)
{
    enum { LONG_MS = 100 * 1000 };
    struct azb_rate rate = {0};
    uint64_t wanted = limits[_i].bytes_per_s * (LONG_MS / 1000), moved;

    azb_rate_configure(&rate, limits[_i].bytes_per_s, 5000);
    moved = move(&rate, limits[_i].piece, 5000, 5000 + LONG_MS);
    ck_assert_msg(moved <= wanted + limits[_i].bytes_per_s / 10 + limits[_i].piece &&
                      moved + limits[_i].bytes_per_s / 10 + limits[_i].piece >= wanted,
                  "%s: %llu bytes", limits[_i].label, (unsigned long long)moved);
}
END_TEST

START_TEST(test_no_limit)
{
    struct azb_rate rate = {0};

    azb_rate_moved(&rate, UINT64_MAX);
    ck_assert_uint_eq(azb_rate_wait_ms(&rate, 1), 0);
}
END_TEST

/* An hour without transfers allows a tenth of a second more, not an hour. */
START_TEST(test_idle)
{
    struct azb_rate rate = {0};

    azb_rate_configure(&rate, 1000000, 0);
    ck_assert_uint_le(move(&rate, 1000, 3600 * 1000, 3600 * 1000 + 1000), 1000000 + 102000);
}
END_TEST

/* A limit that is changed holds from then on; the same one again changes nothing. */
START_TEST(test_changed)
{
    struct azb_rate rate = {0};

    azb_rate_configure(&rate, 1000, 0);
    azb_rate_moved(&rate, 100000); /* 100 s of debt */
    azb_rate_configure(&rate, 1000, 0);
    ck_assert_uint_gt(azb_rate_wait_ms(&rate, 0), 99 * 1000);
    azb_rate_configure(&rate, 1000000, 0);
    ck_assert_uint_le(azb_rate_wait_ms(&rate, 0), 1);
    azb_rate_configure(&rate, 0, 0);
    ck_assert_uint_eq(azb_rate_wait_ms(&rate, 0), 0);
}
END_TEST

static Suite *rate_suite(void)
{
    Suite *suite = suite_create("rate");
    TCase *tc = tcase_create("rate");

    UNIT_TABLE(tc, test_limit, limits);
    tcase_add_test(tc, test_no_limit);
    tcase_add_test(tc, test_idle);
    tcase_add_test(tc, test_changed);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(rate_suite)
