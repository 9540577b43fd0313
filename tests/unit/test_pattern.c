/*
 * test_pattern.c: wildcards: what they match, what they may match below a folder, and that no
 * pattern takes more than its share of time.
 */
#include "client/pattern.h"

#include <string.h>

#include "tests/unit/unit.h"

#define E_ACUTE "\xc3\xa9"

static const struct {
    const char *pattern;
    const char *name;
    bool want;
} cases[] = {
    {"/a", "a", true},
    {"/a", "b", false},
    {"/a", "x/a", false},
    {"a", "x/a", true},
    {"a", "x/y/a", true},
    {"a", "xa", false},
    {"a", "a/b", false},
    {"*", "", true},
    {"*", "a", true},
    {"/*", "a/b", false},
    {"*", "a/b", true}, /* b does */
    {"/*", "", true},
    {"/*.txt", "a.txt", true},
    {"/*.txt", ".txt", true},
    {"/*.txt", "a.txt.gz", false},
    {"*.txt", "x/y/a.txt", true},
    {"/a*b*c", "a--b--c", true},
    {"/a*b*c", "a--b--", false},
    {"/a/*/c", "a/b/c", true},
    {"/a/*/c", "a/b/b/c", false},
    {"/a/**/c", "a/b/b/c", true},
    {"/a/**/c", "a/c", false},
    {"/a/**", "a/", true},
    {"/a/**", "a/b/c", true},
    {"/**", "", true},
    {"/**", "a/b/c", true},
    {"/***", "a/b", true},
    {"/a/", "a/b/c", true},
    {"/a/", "a", false},
    {"a/", "x/a/b", true},
    {"/", "", true},
    {"/", "a", false},
    {"//a", "/a", true}, /* a name that begins with a slash */
    {"//a", "a", false},
    {"/?", "a", true},
    {"/?", "", false},
    {"/?", "/", false},
    {"/?", E_ACUTE, true},
    {"/??", E_ACUTE, false},
    {"/?", "\xc3", true}, /* half of a character is one byte */
    {"/??", "\xc3\xc3", true},
    {"/?", "\xf0\x9f\x8d\x8e", true},
    {"/??", "\xe0\x80", true}, /* an overlong form is no character */
    {"/[abc]", "b", true},
    {"/[abc]", "d", false},
    {"/[a-c]x", "bx", true},
    {"/[!a-c]", "d", true},
    {"/[!a-c]", "a", false},
    {"/[^a-c]", "a", false},
    {"/[!a]", "/", false},
    {"/[+-0]", "/", false}, /* not even in a range */
    {"/[]a]", "]", true},
    {"/[a-]", "-", true},
    {"/[\\]]", "]", true},
    {"/[\xc3\xa0-\xc3\xbf]", E_ACUTE, true},
    {"/[a-z]", E_ACUTE, false},
    {"/{a,b}", "a", true},
    {"/{a,b}", "b", true},
    {"/{a,b}", "c", false},
    {"/{a}", "a", true},
    {"/{}", "", true},
    {"/x{,y}z", "xz", true},
    {"/x{,y}z", "xyz", true},
    {"/{a,b{c,d*}}e", "bdxe", true},
    {"/{a,b{c,d*}}e", "ae", true},
    {"/{a,b{c,d*}}e", "be", false},
    {"*.{jpg,png}", "x/y.png", true},
    {"/a,b", "a,b", true},
    {"/a}", "a}", true},
    {"/\\*", "*", true},
    {"/\\*", "a", false},
    {"/\\{a\\,b\\}", "{a,b}", true},
    {"/a\\b", "a\\b", true}, /* before anything else it is itself */
    {"/a\\", "a\\", true},
    {"/*", "a\nb", true},
    {"/a\nb", "a\nb", true},
};

START_TEST(test_matches)
{
    struct azb_error err = {0};
    struct azb_pattern *pattern = azb_pattern_compile(cases[_i].pattern, &err);

    ck_assert_msg(pattern != NULL, "%s: %s", cases[_i].pattern, err.message);
    for (int again = 0; again < 2; again++)
        ck_assert_msg(azb_pattern_matches(pattern, cases[_i].name, strlen(cases[_i].name)) ==
                          cases[_i].want,
                      "%s on '%s': want %d", cases[_i].pattern, cases[_i].name, cases[_i].want);
    azb_pattern_free(pattern);
}
END_TEST

static const struct {
    const char *pattern;
    const char *folder;
    bool want;
} folders[] = {
    {"/a/b", "a/", true},      {"/a/b", "b/", false},     {"/a/b", "a/b/", false},
    {"/a/*", "a/", true},      {"/a/*", "a/b/", false},   {"/a/**", "a/b/c/", true},
    {"*.txt", "any/", true},   {"/*.txt", "any/", false}, {"/*/x", "any/", true},
    {"/*/x", "any/y/", false}, {"/a/", "a/", true},       {"/{a,b}/x", "b/", true},
    {"/{a,b}/x", "c/", false}, {"/a", "", true},          {"/", "", false},
};

START_TEST(test_may_match_below)
{
    struct azb_pattern *pattern = azb_pattern_compile(folders[_i].pattern, NULL);

    ck_assert_ptr_nonnull(pattern);
    ck_assert_msg(azb_pattern_may_match_below(pattern, folders[_i].folder,
                                              strlen(folders[_i].folder)) == folders[_i].want,
                  "%s below '%s': want %d", folders[_i].pattern, folders[_i].folder,
                  folders[_i].want);
    azb_pattern_free(pattern);
}
END_TEST

static const struct {
    const char *pattern;
    const char *want;
} prefixes[] = {
    {"/logs/2026-*.gz", "logs/2026-"},
    {"/logs/x", "logs/x"},
    {"/*", ""},
    {"/a{b,c}d", "a"},
    {"/a[b]", "a"},
    {"/a?", "a"},
    {"/a\\*b*", "a*b"},
    {"//a*", "/a"},
    {"/" E_ACUTE "*", E_ACUTE},
    {"logs/*", ""}, /* it may stand anywhere */
};

START_TEST(test_literal_prefix)
{
    struct azb_pattern *pattern = azb_pattern_compile(prefixes[_i].pattern, NULL);

    ck_assert_ptr_nonnull(pattern);
    ck_assert_str_eq(azb_pattern_literal_prefix(pattern), prefixes[_i].want);
    azb_pattern_free(pattern);
}
END_TEST

static const char *const wrong[] = {
    "[",
    "[a",
    "[]",
    "[!",
    "a[b-",
    "[z-a]",
    "{",
    "{a",
    "{a,b",
    "{a,{b}",
    "{{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}}",
};

START_TEST(test_refused)
{
    struct azb_error err = {0};

    ck_assert_msg(azb_pattern_compile(wrong[_i], &err) == NULL, "%s was taken", wrong[_i]);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
}
END_TEST

START_TEST(test_too_long)
{
    struct azb_error err = {0};
    char text[5000];

    memset(text, '*', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_ptr_null(azb_pattern_compile(text, &err));
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
}
END_TEST

/* A matcher that tries one way after the other would need 2^400 steps here. */
START_TEST(test_time_is_bounded)
{
    char pattern_text[1024] = "/", name[1024];
    struct azb_pattern *pattern;

    for (int i = 0; i < 200; i++)
        strcat(pattern_text, "{*,a}");
    strcat(pattern_text, "b");
    memset(name, 'a', sizeof(name));
    pattern = azb_pattern_compile(pattern_text, NULL);
    ck_assert_ptr_nonnull(pattern);
    ck_assert(!azb_pattern_matches(pattern, name, sizeof(name)));
    name[sizeof(name) - 1] = 'b';
    ck_assert(azb_pattern_matches(pattern, name, sizeof(name)));
    azb_pattern_free(pattern);
}
END_TEST

START_TEST(test_is_one)
{
    ck_assert(azb_pattern_is_one("a*") && azb_pattern_is_one("a?b") &&
              azb_pattern_is_one("[a]") && azb_pattern_is_one("{a}"));
    ck_assert(!azb_pattern_is_one("") && !azb_pattern_is_one("a/b.c") &&
              !azb_pattern_is_one("a]b}c,d\\"));
}
END_TEST

static Suite *pattern_suite(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tc = tcase_create("pattern");

    UNIT_TABLE(tc, test_matches, cases);
    UNIT_TABLE(tc, test_may_match_below, folders);
    UNIT_TABLE(tc, test_literal_prefix, prefixes);
    UNIT_TABLE(tc, test_refused, wrong);
    tcase_add_test(tc, test_too_long);
    tcase_add_test(tc, test_time_is_bounded);
    tcase_add_test(tc, test_is_one);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(pattern_suite)
