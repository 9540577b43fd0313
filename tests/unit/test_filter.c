/*
 * test_filter.c: which of several patterns decides, and which folders are not even read.
 */
#include "client/filter.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Patterns as on a command line: + includes, - excludes. */
static const struct {
    const char *label;
    const char *rules[4];
    const char *name; /* one that ends in '/' is a folder that may be entered */
    bool want;
} cases[] = {
    {"no pattern", {NULL}, "a/b", true},
    {"no pattern, a folder", {NULL}, "a/", true},
    {"left out", {"-*.o"}, "a/b.o", false},
    {"not left out", {"-*.o"}, "a/b.c", true},
    {"only those", {"+*.c"}, "b.o", false},
    {"one of those", {"+*.c"}, "a/b.c", true},
    {"the last one decides", {"-*.c", "+keep.c"}, "keep.c", true},
    {"the last one decides, again", {"+*.c", "-keep.c"}, "keep.c", false},
    {"another is not kept", {"-*.c", "+keep.c"}, "x.c", false},
    {"a folder's content", {"-node_modules/"}, "a/node_modules/b", false},
    {"a folder is not read", {"-node_modules/"}, "a/node_modules/", false},
    {"another is", {"-node_modules/"}, "a/modules/", true},
    {"a folder's name is no pattern for its content", {"-node_modules"}, "node_modules/", true},
    {"read for what comes back", {"-/a/", "+/a/b/c"}, "a/", true},
    {"not where it cannot be", {"-/a/", "+/b/c"}, "a/", false},
    {"only below it", {"+/a/b"}, "a/", true},
    {"nothing to find", {"+/a/b"}, "c/", false},
    {"all stars", {"-**"}, "a/", false},
    {"a star that is one", {"-a\\**"}, "a/", true},
    {"a group that ends in stars is not taken apart", {"-{a,b/**}"}, "b/", true},
};

START_TEST(test_filter)
{
    const char *label = cases[_i].label, *name = cases[_i].name;
    struct azb_filter filter = {0};
    struct azb_error err = {0};
    size_t n = strlen(name);
    bool got;

    for (int i = 0; cases[_i].rules[i] != NULL; i++)
        ck_assert_msg(azb_filter_add(&filter, cases[_i].rules[i] + 1,
                                     cases[_i].rules[i][0] == '+', &err) == 0,
                      "%s: %s", label, err.message);
    got = name[n - 1] == '/' ? azb_filter_may_enter(&filter, name, n)
                             : azb_filter_wants(&filter, name, n);
    ck_assert_msg(got == cases[_i].want, "%s: got %d", label, got);
    azb_filter_clear(&filter);
}
END_TEST

START_TEST(test_bad_pattern)
{
    struct azb_filter filter = {0};
    struct azb_error err = {0};

    ck_assert_int_eq(azb_filter_add(&filter, "[a", true, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    ck_assert(azb_filter_wants(&filter, "x", 1));
    azb_filter_clear(&filter);
}
END_TEST

static Suite *filter_suite(void)
{
    Suite *suite = suite_create("filter");
    TCase *tc = tcase_create("filter");

    UNIT_TABLE(tc, test_filter, cases);
    tcase_add_test(tc, test_bad_pattern);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(filter_suite)
