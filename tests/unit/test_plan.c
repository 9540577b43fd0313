/*
 * test_plan.c: two trees side by side, and what is to be done about each name.
 */
#include "client/plan.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Entries from a text: "NAME SIZE TIME [KIND]", one after the other. */
struct table {
    struct azb_entries entries;
    struct azb_entry entry;
    char name[16];
    const char *rest;
};

static int table_next(struct azb_entries *entries, const struct azb_entry **ret,
                      struct azb_error *err)
{
    struct table *table = (struct table *)entries;
    long size, time;
    char kind;
    int n;

    if (sscanf(table->rest, " %15s %ld %ld %c%n", table->name, &size, &time, &kind, &n) != 4)
        return 0;
    table->rest += n;
    if (kind == '!')
        return azb_error_set(err, AZB_ERR_BROKEN, "it broke off");
    table->entry = (struct azb_entry){.name = table->name,
                                      .name_bytes = strlen(table->name),
                                      .kind = kind == 'd'   ? AZB_ENTRY_FOLDER
                                              : kind == 's' ? AZB_ENTRY_SPECIAL
                                              : kind == 'u' ? AZB_ENTRY_UNREADABLE
                                                            : AZB_ENTRY_FILE,
                                      .size = size,
                                      .mtime_ns = time,
                                      .etag = ""};
    *ret = &table->entry;
    return 1;
}

static const struct {
    const char *label, *source, *target; /* target NULL: it does not matter */
    enum azb_plan_rule rule;
    bool deletes;
    const char *want; /* + copy, - delete, = skip, ! fail; ? the plan fails */
} cases[] = {
    {"nothing", "", "", AZB_PLAN_CHANGED, true, ""},
    {"all of it", "a 1 1 f b 1 1 f", NULL, AZB_PLAN_ALL, false, "+a+b"},
    {"out of order, where it does not matter", "b 1 1 f a 1 1 f", NULL, AZB_PLAN_ALL, false,
     "+b+a"},
    {"a sync to nothing", "a 1 1 f b 1 1 f", "", AZB_PLAN_CHANGED, true, "+a+b"},
    {"a sync of nothing", "", "a 1 1 f b 1 1 f", AZB_PLAN_CHANGED, true, "-a-b"},
    {"without --delete", "", "a 1 1 f b 1 1 f", AZB_PLAN_CHANGED, false, ""},
    {"the same", "a 1 1 f", "a 1 1 f", AZB_PLAN_CHANGED, true, "=a"},
    {"a newer target", "a 1 1 f", "a 1 2 f", AZB_PLAN_CHANGED, true, "=a"},
    {"a newer source", "a 1 2 f", "a 1 1 f", AZB_PLAN_CHANGED, true, "+a"},
    {"another size", "a 1 1 f", "a 2 2 f", AZB_PLAN_CHANGED, true, "+a"},
    {"another size, if only the time counts", "a 1 1 f", "a 2 2 f", AZB_PLAN_NEWER, false,
     "=a"},
    {"newer, if only the time counts", "a 1 3 f", "a 2 2 f", AZB_PLAN_NEWER, false, "+a"},
    {"what is there stays", "a 1 3 f b 1 1 f", "a 2 2 f", AZB_PLAN_MISSING, false, "=a+b"},
    {"interleaved", "b 1 1 f d 1 1 f", "a 1 1 f b 1 1 f c 1 1 f e 1 1 f", AZB_PLAN_CHANGED,
     true, "-a=b-c+d-e"},
    {"by bytes, not by letters", "a/b 1 1 f a0 1 1 f", "a-b 1 1 f a/b 1 1 f", AZB_PLAN_CHANGED,
     true, "-a-b=a/b+a0"},
    {"a name that another begins with", "a 1 1 f ab 1 1 f", "ab 1 1 f", AZB_PLAN_CHANGED, true,
     "+a=ab"},
    {"folders of the target stay", "", "a/ 0 1 d b 1 1 f", AZB_PLAN_CHANGED, true, "-b"},
    {"links of the target stay", "", "a 0 1 s", AZB_PLAN_CHANGED, true, ""},
    {"a link of the source keeps its name", "a 0 1 s", "a 1 1 f", AZB_PLAN_CHANGED, true, "=a"},
    {"after a failure nothing is deleted", "b/ 0 0 u d 1 1 f", "a 1 1 f b/x 1 1 f e 1 1 f",
     AZB_PLAN_CHANGED, true, "-a!b/+d"},
    {"a source that breaks off", "a 1 1 f b 0 0 !", "c 1 1 f", AZB_PLAN_CHANGED, true, "+a?"},
    {"a target that breaks off", "a 1 1 f b 1 1 f", "a 1 1 f b 0 0 !", AZB_PLAN_CHANGED, true,
     "=a?"},
    {"other bytes", "a 1 1 f", "a 1 2 f", AZB_PLAN_CONTENT, true, "+a"},
    {"the same bytes, and newer", "b 1 2 f", "b 1 1 f", AZB_PLAN_CONTENT, true, "=b"},
    {"another size, of which no byte is read", "! 1 1 f", "! 2 1 f", AZB_PLAN_CONTENT, true,
     "+!"},
    {"bytes that nothing is known of, and newer", "c 1 2 f", "c 1 1 f", AZB_PLAN_CONTENT, true,
     "+c"},
    {"bytes that nothing is known of, and not newer", "c 1 1 f", "c 1 1 f", AZB_PLAN_CONTENT,
     true, "=c"},
    {"nothing to compare with", "a 1 1 f", "", AZB_PLAN_CONTENT, true, "+a"},
    {"a source out of order", "b 1 1 f a 1 1 f", "c 1 1 f", AZB_PLAN_CHANGED, true, "+b?"},
    {"a target out of order", "x 1 1 f", "b 1 1 f a 1 1 f", AZB_PLAN_CHANGED, true, "-b?"},
    {"a name twice", "a 1 1 f a 1 1 f", "", AZB_PLAN_CHANGED, true, "+a?"},
};

/* a differs, b is the same, of c nothing is known, and nobody asks about others. */
static enum azb_content compare(const struct azb_entry *source, const struct azb_entry *target,
                                void *arg)
{
    (void)arg;
    ck_assert_str_eq(source->name, target->name);
    switch (source->name[0]) {
    case 'a':
        return AZB_CONTENT_DIFFERENT;
    case 'b':
        return AZB_CONTENT_SAME;
    case 'c':
        return AZB_CONTENT_UNKNOWN;
    }
    ck_abort_msg("%s is compared", source->name);
}

START_TEST(test_plan)
{
    struct table source = {.entries.next = table_next, .rest = cases[_i].source};
    struct table target = {.entries.next = table_next, .rest = cases[_i].target};
    struct azb_plan plan = {.source = &source.entries,
                            .target = cases[_i].target != NULL ? &target.entries : NULL,
                            .rule = cases[_i].rule,
                            .compare = compare,
                            .deletes = cases[_i].deletes};
    char got[128] = "";
    struct azb_error err = {0};
    struct azb_action action;
    int rc;

    while ((rc = azb_plan_next(&plan, &action, &err)) > 0) {
        char mark[2] = {"+-=!"[action.op], '\0'};

        strcat(strcat(got, mark), action.entry->name);
        ck_assert_uint_lt(strlen(got), 100);
    }
    if (rc < 0)
        strcat(got, "?");
    ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s: %s", cases[_i].label, got);
    azb_plan_clear(&plan);
}
END_TEST

static Suite *plan_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tc = tcase_create("plan");

    UNIT_TABLE(tc, test_plan, cases);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(plan_suite)
