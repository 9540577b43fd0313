/*
 * test_time.c: times as text, both ways. libc's gmtime_r() is the second opinion.
 */
#include "lib/codec/time.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#define FIRST_UNIX_S INT64_C(-62167219200)
#define LAST_UNIX_S INT64_C(253402300799)

static const struct {
    int64_t unix_s;
    const char *rfc1123;
    const char *rfc3339;
} pairs[] = {
    {0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"},
    {-1, "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"},
    {1893456000, "Tue, 01 Jan 2030 00:00:00 GMT", "2030-01-01T00:00:00Z"},
    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00Z"},
    {951868799, "Tue, 29 Feb 2000 23:59:59 GMT", "2000-02-29T23:59:59Z"},
    {951868800, "Wed, 01 Mar 2000 00:00:00 GMT", "2000-03-01T00:00:00Z"},
    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00Z"},
    {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59Z"},
    {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT", "2038-01-19T03:14:08Z"},
    {-11644473600, "Mon, 01 Jan 1601 00:00:00 GMT", "1601-01-01T00:00:00Z"},
    {FIRST_UNIX_S, "Sat, 01 Jan 0000 00:00:00 GMT", "0000-01-01T00:00:00Z"},
    {LAST_UNIX_S, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
};

START_TEST(test_pairs)
{
    char rfc1123[AZB_RFC1123_CHARS + 1], rfc3339[AZB_RFC3339_CHARS + 1];
    int64_t back = 42;

    azb_time_to_rfc1123(pairs[_i].unix_s, rfc1123);
    azb_time_to_rfc3339(pairs[_i].unix_s, rfc3339);
    ck_assert_str_eq(rfc1123, pairs[_i].rfc1123);
    ck_assert_str_eq(rfc3339, pairs[_i].rfc3339);
    ck_assert_int_eq(azb_time_from_rfc1123(rfc1123, strlen(rfc1123), &back), 0);
    ck_assert_int_eq(back, pairs[_i].unix_s);
    ck_assert_int_eq(azb_time_from_rfc3339(rfc3339, strlen(rfc3339), &back), 0);
    ck_assert_int_eq(back, pairs[_i].unix_s);
}
END_TEST

static bool agrees_with_libc(int64_t unix_s)
{
    char rfc1123[AZB_RFC1123_CHARS + 1], rfc3339[AZB_RFC3339_CHARS + 1];
    char want1123[64], want3339[64];
    time_t as_time_t = (time_t)unix_s;
    int64_t back1123, back3339;
    struct tm tm;

    gmtime_r(&as_time_t, &tm);
    strftime(want1123, sizeof(want1123), "%a, %d %b ", &tm);
    strftime(want3339, sizeof(want3339), "-%m-%dT%H:%M:%SZ", &tm);
    azb_time_to_rfc1123(unix_s, rfc1123);
    azb_time_to_rfc3339(unix_s, rfc3339);
    return memcmp(rfc1123, want1123, strlen(want1123)) == 0 &&
           strcmp(rfc3339 + 4, want3339) == 0 && atoi(rfc3339) == tm.tm_year + 1900 &&
           azb_time_from_rfc1123(rfc1123, AZB_RFC1123_CHARS, &back1123) == 0 &&
           azb_time_from_rfc3339(rfc3339, AZB_RFC3339_CHARS, &back3339) == 0 &&
           back1123 == unix_s && back3339 == unix_s;
}

/* A step that is no multiple of a day, through all ten thousand years. */
START_TEST(test_against_libc)
{
    for (int64_t unix_s = FIRST_UNIX_S; unix_s <= LAST_UNIX_S; unix_s += 1234567)
        if (!agrees_with_libc(unix_s)) /* an assertion for each would take minutes */
            ck_abort_msg("%lld", (long long)unix_s);
}
END_TEST

static const struct {
    int64_t unix_s;
    const char *rfc3339;
} outside[] = {
    {FIRST_UNIX_S - 1, "0000-01-01T00:00:00Z"},
    {LAST_UNIX_S + 1, "9999-12-31T23:59:59Z"},
    {INT64_MIN, "0000-01-01T00:00:00Z"},
    {INT64_MAX, "9999-12-31T23:59:59Z"},
};

START_TEST(test_outside)
{
    char text[AZB_RFC3339_CHARS + 1];

    azb_time_to_rfc3339(outside[_i].unix_s, text);
    ck_assert_str_eq(text, outside[_i].rfc3339);
}
END_TEST

static const struct {
    const char *text;
    int64_t unix_s;
} good_rfc3339[] = {
    {"2030-01-01T00:00:00.1Z", 1893456000},
    {"2030-01-01T00:00:00.9999999Z", 1893456000},
    {"1969-12-31T23:59:59.5Z", -1},
    {"2030-01-01t00:00:00z", 1893456000},
    {"2030-01-01 00:00:00Z", 1893456000},
    {"2030-01-01T01:00:00+01:00", 1893456000},
    {"2029-12-31T18:30:00.25-05:30", 1893456000},
    {"2030-01-01T00:00:00+00:00", 1893456000},
    {"2030-01-01T00:00:00-00:00", 1893456000},
    {"2030-01-01T00:00Z", 1893456000},
    {"2030-01-01T00:00+00:00", 1893456000},
    {"2030-01-01", 1893456000},
    {"2016-12-31T23:59:60Z", 1483228800},
    {"2017-01-01T00:59:60+01:00", 1483228800},
};

START_TEST(test_good_rfc3339)
{
    const char *text = good_rfc3339[_i].text;
    int64_t unix_s = 42;

    ck_assert_msg(azb_time_from_rfc3339(text, strlen(text), &unix_s) == 0, "%s: refused", text);
    ck_assert_msg(unix_s == good_rfc3339[_i].unix_s, "%s: %lld", text, (long long)unix_s);
}
END_TEST

static const char *const bad_rfc3339[] = {
    "",
    "2",
    "2030",
    "2030-01",
    "2030-1-1",
    "2030-01-0",
    "20300101",
    "2030/01/01",
    "2030-01-01T",
    "2030-01-01Z",
    "2030-01-01+01:00",
    "2030-01-01T00",
    "2030-01-01T00Z",
    "2030-01-01T00:00",       /* no zone */
    "2030-01-01T00:00:00",    /* no zone */
    "2030-01-01T00:00:00.5",  /* no zone */
    "2030-01-01T00:00:00.Z",  /* a point and no digit */
    "2030-01-01T00:00:00,5Z", /* ISO's comma */
    "2030-01-01T00:00.5Z",
    "2030-01-01T00:00:Z",
    "2030-01-01T00:00:0Z",
    "2030-01-01T0:00:00Z",
    "2030-01-01_00:00:00Z",
    "2030-01-01  00:00:00Z",
    "2030-01-01T00:00:00ZZ",
    "2030-01-01T00:00:00Z ",
    " 2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00 Z",
    "2030-01-01T00:00:00+0100",
    "2030-01-01T00:00:00+01",
    "2030-01-01T00:00:00+24:00",
    "2030-01-01T00:00:00+01:60",
    "2030-01-01T00:00:00UTC",
    "2030-00-01T00:00:00Z",
    "2030-13-01T00:00:00Z",
    "2030-01-00T00:00:00Z",
    "2030-01-32T00:00:00Z",
    "2030-04-31T00:00:00Z",
    "2030-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "1900-02-29",
    "2000-02-30T00:00:00Z",
    "2030-01-01T24:00:00Z",
    "2030-01-01T00:60:00Z",
    "2030-01-01T00:00:61Z",
    "+2030-01-01T00:00:00Z",
    "-030-01-01T00:00:00Z",
    "12030-01-01T00:00:00Z",
    "2030- 1-01T00:00:00Z",
    "2030-01-01T-1:00:00Z",
    "203\xd9\xa0-01-01",
    "0000-01-01T00:00:00+00:01", /* before the year 0 */
    "9999-12-31T23:59:60Z",      /* after 9999 */
    "9999-12-31T23:59:59-00:01",
    "Tue, 01 Jan 2030 00:00:00 GMT",
    "1893456000",
};

START_TEST(test_bad_rfc3339)
{
    const char *text = bad_rfc3339[_i];
    int64_t unix_s = 42;

    ck_assert_msg(azb_time_from_rfc3339(text, strlen(text), &unix_s) == -1, "'%s': accepted",
                  text);
    ck_assert_msg(unix_s == 42, "'%s': result set on failure", text);
}
END_TEST

static const struct {
    const char *text;
    int64_t unix_s;
} good_rfc1123[] = {
    {"Mon, 01 Jan 2030 00:00:00 GMT", 1893456000}, /* it was a Tuesday */
    {"Xyz, 01 Jan 2030 00:00:00 GMT", 1893456000},
    {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
};

START_TEST(test_good_rfc1123)
{
    const char *text = good_rfc1123[_i].text;
    int64_t unix_s = 42;

    ck_assert_int_eq(azb_time_from_rfc1123(text, strlen(text), &unix_s), 0);
    ck_assert_int_eq(unix_s, good_rfc1123[_i].unix_s);
}
END_TEST

static const char *const bad_rfc1123[] = {
    "",
    "T",
    "Tue, 01 Jan 2030 00:00:00",
    "Tue, 01 Jan 2030 00:00:00 UTC",
    "Tue, 01 Jan 2030 00:00:00 gmt",
    "Tue, 01 Jan 2030 00:00:00 GMT ",
    " Tue, 01 Jan 2030 00:00:00 GM",
    "Tue,  1 Jan 2030 00:00:00 GMT",
    "Tue, 1 Jan 2030 00:00:00 GMT",
    "Tue, 01 jan 2030 00:00:00 GMT",
    "Tue, 01 Jän 2030 00:00:00 GMT",
    "Tue, 01 anF 2030 00:00:00 GMT", /* inside the names, off by one */
    "Tue, 00 Jan 2030 00:00:00 GMT",
    "Tue, 32 Jan 2030 00:00:00 GMT",
    "Fri, 29 Feb 2030 00:00:00 GMT",
    "Tue, 01 Jan 2030 24:00:00 GMT",
    "Tue, 01 Jan 2030 00:60:00 GMT",
    "Tue, 01 Jan 2030 00:00:61 GMT",
    "Tue, 01 Jan 2030 00.00.00 GMT",
    "Tue, 01-Jan-2030 00:00:00 GMT",
    "Tuesday, 01-Jan-30 00:00:00 GMT",
    "Tue Jan  1 00:00:00 2030",
    "Tue, 01 Jan +203 00:00:00 GMT",
    "2030-01-01T00:00:00Z",
    "Fri, 31 Dec 9999 23:59:60 GMT",
};

START_TEST(test_bad_rfc1123)
{
    const char *text = bad_rfc1123[_i];
    int64_t unix_s = 42;

    ck_assert_msg(azb_time_from_rfc1123(text, strlen(text), &unix_s) == -1, "'%s': accepted",
                  text);
    ck_assert_msg(unix_s == 42, "'%s': result set on failure", text);
}
END_TEST

/* A good text cut anywhere is bad (but for the date alone), and nothing past n is read: the
 * copy ends where its memory ends. */
START_TEST(test_cut)
{
    static const char rfc3339[] = "2029-12-31T18:30:00.25-05:30";
    static const char rfc1123[] = "Tue, 01 Jan 2030 00:00:00 GMT";
    int64_t unix_s;

    for (size_t n = 0; n < strlen(rfc3339); n++) {
        char *copy = malloc(n + (n == 0));

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, rfc3339, n);
        ck_assert_int_eq(azb_time_from_rfc3339(copy, n, &unix_s), n == 10 ? 0 : -1);
        free(copy);
    }
    for (size_t n = 0; n < strlen(rfc1123); n++) {
        char *copy = malloc(n + (n == 0));

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, rfc1123, n);
        ck_assert_int_eq(azb_time_from_rfc1123(copy, n, &unix_s), -1);
        free(copy);
    }
}
END_TEST

static Suite *time_suite(void)
{
    Suite *suite = suite_create("time");
    TCase *tcase = tcase_create("time");

    UNIT_TABLE(tcase, test_pairs, pairs);
    UNIT_TABLE(tcase, test_outside, outside);
    UNIT_TABLE(tcase, test_good_rfc3339, good_rfc3339);
    UNIT_TABLE(tcase, test_bad_rfc3339, bad_rfc3339);
    UNIT_TABLE(tcase, test_good_rfc1123, good_rfc1123);
    UNIT_TABLE(tcase, test_bad_rfc1123, bad_rfc1123);
    tcase_add_test(tcase, test_cut);
    tcase_add_test(tcase, test_against_libc);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(time_suite)
