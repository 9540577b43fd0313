/*
 * test_entry.c: the times that results have.
 */
#include "client/entry.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *text;
    int64_t want_s; /* 0: it is none */
} times[] = {
    {"1970-01-01T00:00:01Z", 1},          {"2026-11-22T06:44:00Z", 1795329840},
    {"2024-02-29T23:59:59Z", 1709251199}, {"", 0},
    {"2026-11-22T06:44:00", 0},           {"2026-11-22T06:44:00Z ", 0},
    {"2026-11-22 06:44:00Z", 0},          {"2026-1x-22T06:44:00Z", 0},
    {"+026-11-22T06:44:00Z", 0},          {"Sun, 22 Nov 2026 06:44:00 GMT", 0},
};

START_TEST(test_time)
{
    msgpack_object value = {.type = MSGPACK_OBJECT_STR};

    value.via.str.ptr = times[_i].text;
    value.via.str.size = (uint32_t)strlen(times[_i].text);
    ck_assert_msg(azb_entry_time_ns(&value) == times[_i].want_s * 1000000000, "%s: %lld",
                  times[_i].text, (long long)azb_entry_time_ns(&value));
    ck_assert_int_eq(azb_entry_time_ns(NULL), 0);
}
END_TEST

static Suite *entry_suite(void)
{
    Suite *suite = suite_create("entry");
    TCase *tc = tcase_create("entry");

    UNIT_TABLE(tc, test_time, times);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(entry_suite)
