/*
 * test_utf8.c: what is UTF-8, at the ends of each range, and what only looks like it.
 */
#include "proto/utf8.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *label;
    const char *bytes;
    size_t n; /* of the first character; 0: there is none */
    uint32_t c;
} cases[] = {
    {"a letter", "a", 1, 'a'},
    {"the last of one byte", "\x7f", 1, 0x7f},
    {"the first of two", "\xc2\x80", 2, 0x80},
    {"the last of two", "\xdf\xbf", 2, 0x7ff},
    {"the first of three", "\xe0\xa0\x80", 3, 0x800},
    {"before the surrogates", "\xed\x9f\xbf", 3, 0xd7ff},
    {"behind them", "\xee\x80\x80", 3, 0xe000},
    {"the last of three", "\xef\xbf\xbf", 3, 0xffff},
    {"the first of four", "\xf0\x90\x80\x80", 4, 0x10000},
    {"the last of all", "\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    {"one more", "\xf4\x90\x80\x80", 0, 0},
    {"a surrogate", "\xed\xa0\x80", 0, 0},
    {"the last surrogate", "\xed\xbf\xbf", 0, 0},
    {"two bytes for one", "\xc1\xbf", 0, 0},
    {"three bytes for two", "\xe0\x9f\xbf", 0, 0},
    {"four bytes for three", "\xf0\x8f\xbf\xbf", 0, 0},
    {"five bytes", "\xf8\x88\x80\x80\x80", 0, 0},
    {"a byte from the middle", "\x80", 0, 0},
    {"no byte at all", "\xff", 0, 0},
    {"nothing", "", 0, 0},
    {"cut after one", "\xc2", 0, 0},
    {"cut after three", "\xf0\x90\x80", 0, 0},
    {"a letter in the middle", "\xe2\x82z", 0, 0},
};

START_TEST(test_next)
{
    const char *bytes = cases[_i].bytes;
    uint32_t c = 0;

    ck_assert_msg(azb_utf8_next(bytes, strlen(bytes), &c) == cases[_i].n, "%s",
                  cases[_i].label);
    ck_assert_msg(c == cases[_i].c, "%s: U+%X", cases[_i].label, (unsigned)c);
    ck_assert_msg(azb_utf8_is_valid(bytes, strlen(bytes)) ==
                      (cases[_i].n > 0 || *bytes == '\0'),
                  "%s", cases[_i].label);
}
END_TEST

START_TEST(test_is_valid)
{
    ck_assert(azb_utf8_is_valid("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z", 11));
    ck_assert(azb_utf8_is_valid("a\0b", 3));
    ck_assert(!azb_utf8_is_valid("a\xc3\xbc\xe2\x82", 5));
    ck_assert(!azb_utf8_is_valid("good\xff", 5));
}
END_TEST

static Suite *utf8_suite(void)
{
    Suite *suite = suite_create("utf8");
    TCase *tc = tcase_create("utf8");

    UNIT_TABLE(tc, test_next, cases);
    tcase_add_test(tc, test_is_valid);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(utf8_suite)
