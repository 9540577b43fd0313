/*
 * test_options.c: command lines, mostly wrong ones, and what is proposed instead.
 */
#include "client/options.h"

#include <inttypes.h>
#include <string.h>

#include "client/nearest.h"
#include "tests/unit/unit.h"

enum {
    MAX_WORDS = 8,
};

struct line {
    const char *label;
    const char *words[MAX_WORDS];
};

/* argv for a line; the parser reorders the array, never the words (but cuts a bad one). */
static int make_argv(const struct line *line, char room[MAX_WORDS][64], char **argv)
{
    int argc = 1;

    argv[0] = strcpy(room[0], "azblob");
    for (int i = 0; i < MAX_WORDS && line->words[i] != NULL; i++, argc++)
        argv[argc] = strcpy(room[argc], line->words[i]);
    argv[argc] = NULL;
    return argc;
}

static const struct {
    struct line line;
    uint64_t given;
    int n_operands;
    const char *last_operand;
} good[] = {
    {{"nothing", {NULL}}, 0, 0},
    {{"operands", {"ls", "c/x"}}, 0, 2, "c/x"},
    {{"options anywhere", {"-r", "ls", "--long", "c"}},
     AZB_HAS(RECURSIVE) | AZB_HAS(LONG),
     2,
     "c"},
    {{"letters together", {"ls", "-rl0"}},
     AZB_HAS(RECURSIVE) | AZB_HAS(LONG) | AZB_HAS(NUL),
     1,
     "ls"},
    {{"value apart", {"-o", "json", "x"}}, AZB_HAS(OUTPUT), 1, "x"},
    {{"value attached", {"-ojson", "x"}}, AZB_HAS(OUTPUT), 1, "x"},
    {{"value after letters", {"-rojsonl", "x"}}, AZB_HAS(RECURSIVE) | AZB_HAS(OUTPUT), 1, "x"},
    {{"value after =", {"--content-type=a=b", "x"}}, AZB_HAS(CONTENT_TYPE), 1, "x"},
    {{"a value that looks like an option", {"--profile", "--max", "x"}},
     AZB_HAS(PROFILE),
     1,
     "x"},
    {{"dash is an operand", {"put", "-"}}, 0, 2, "-"},
    {{"after the end of options", {"rm", "--", "-r", "--"}}, 0, 3, "--"},
    {{"dashes left out", {"--dryrun", "--maxdelete=3"}},
     AZB_HAS(DRY_RUN) | AZB_HAS(MAX_DELETE),
     0},
    {{"twice", {"-v", "-v", "--verbose"}}, AZB_HAS(VERBOSE), 0},
};

START_TEST(test_good)
{
    char room[MAX_WORDS + 1][64], *argv[MAX_WORDS + 2];
    const char *label = good[_i].line.label;
    struct azb_options options;
    struct azb_error err = {0};
    int argc = make_argv(&good[_i].line, room, argv);

    ck_assert_msg(azb_options_parse(argc, argv, &options, &err) == 0, "%s: %s", label,
                  err.message);
    ck_assert_msg(options.given == good[_i].given, "%s: given %" PRIx64, label, options.given);
    ck_assert_msg(options.n_operands == good[_i].n_operands, "%s: %d operands", label,
                  options.n_operands);
    if (options.n_operands > 0)
        ck_assert_str_eq(options.operands[options.n_operands - 1], good[_i].last_operand);
    azb_options_clear(&options);
}
END_TEST

static const struct {
    struct line line;
    const char *said; /* part of the message */
} bad[] = {
    {{"misspelt", {"--recursiv"}}, "did you mean --recursive?"},
    {{"misspelt, with a value", {"--metadat=a=b"}},
     "unknown option --metadat; did you mean --metadata?"},
    {{"like nothing", {"--frobnicate"}}, "unknown option --frobnicate"},
    {{"a dash too many", {"--dry--run"}}, "unknown option --dry--run"},
    {{"half a name", {"--dry"}}, "unknown option --dry"},
    {{"unknown letter", {"-lx"}}, "unknown option -x"},
    {{"value missing", {"--profile"}}, "--profile needs a value"},
    {{"value missing after a letter", {"-o"}}, "--output needs a value"},
    {{"flag with a value", {"--long=yes"}}, "--long takes no value"},
    {{"format", {"-o", "yaml"}}, "text, tsv, json or jsonl"},
    {{"deadline without a number", {"--deadline", "soon"}}, "--deadline 'soon'"},
    {{"deadline of an unknown unit", {"--deadline", "3w"}}, "--deadline '3w'"},
    {{"deadline that has passed", {"--deadline", "0"}}, "--deadline '0'"},
    {{"deadline, negative", {"--deadline", "-5s"}}, "--deadline '-5s'"},
    {{"deadline beyond all numbers", {"--deadline", "99999999999999999999h"}}, "--deadline"},
    {{"deadline that overflows in ms", {"--deadline", "9223372036854775807h"}}, "--deadline"},
    {{"count with a tail", {"--max", "3x"}}, "--max '3x'"},
    {{"count of nothing", {"--max", ""}}, "--max ''"},
    {{"count of zero", {"--max=0"}}, "--max '0'"},
    {{"a rate of nothing", {"--bwlimit", "0"}}, "--bwlimit '0'"},
    {{"a rate without a number", {"--bwlimit", "M"}}, "--bwlimit 'M'"},
    {{"a rate in unknown units", {"--bwlimit", "4Mbit"}}, "--bwlimit '4Mbit'"},
    {{"a rate beyond all numbers", {"--bwlimit", "9000000000G"}}, "--bwlimit '9000000000G'"},
    {{"pair without =", {"--metadata", "a"}}, "NAME=VALUE"},
    {{"pair without a name", {"--tags", "=a"}}, "NAME=VALUE"},
};

START_TEST(test_bad)
{
    char room[MAX_WORDS + 1][64], *argv[MAX_WORDS + 2];
    const char *label = bad[_i].line.label;
    struct azb_options options;
    struct azb_error err = {0};
    int argc = make_argv(&bad[_i].line, room, argv);

    ck_assert_msg(azb_options_parse(argc, argv, &options, &err) < 0, "%s: accepted", label);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    ck_assert_msg(strstr(err.message, bad[_i].said) != NULL, "%s: %s", label, err.message);
    azb_options_clear(&options);
}
END_TEST

static const struct {
    const char *text;
    int64_t want_ms;
} durations[] = {
    {"30", 30000}, {"30s", 30000}, {"500ms", 500}, {"5m", 300000}, {"2h", 7200000},
};

static const struct {
    const char *text;
    int64_t want;
} sizes[] = {
    {"1", 1},          {"4K", 4096},        {"4KiB", 4096},           {"4KB", 4000},
    {"20M", 20971520}, {"2GB", 2000000000}, {"1T", INT64_C(1) << 40},
};

START_TEST(test_size)
{
    int64_t got = 0;

    ck_assert_msg(azb_size_parse(sizes[_i].text, &got) == 0 && got == sizes[_i].want,
                  "%s: %" PRId64, sizes[_i].text, got);
}
END_TEST

START_TEST(test_duration)
{
    const struct line line = {"duration", {"--deadline", durations[_i].text}};
    char room[MAX_WORDS + 1][64], *argv[MAX_WORDS + 2];
    struct azb_options options;

    ck_assert_int_eq(azb_options_parse(make_argv(&line, room, argv), argv, &options, NULL), 0);
    ck_assert_int_eq(options.deadline_ms, durations[_i].want_ms);
    azb_options_clear(&options);
}
END_TEST

START_TEST(test_pairs)
{
    static const char want[] = "\x82\xa1"
                               "a\xa1"
                               "1\xa1"
                               "b\xa3x=y";
    static const struct line line = {
        "pairs", {"--metadata", "a=1", "--tags=t=2", "put", "--metadata=b=x=y"}};
    char room[MAX_WORDS + 1][64], *argv[MAX_WORDS + 2];
    struct azb_options options;
    struct azb_buf out = {0};
    msgpack_packer pk;

    ck_assert_int_eq(azb_options_parse(make_argv(&line, room, argv), argv, &options, NULL), 0);
    azb_buf_packer(&pk, &out);
    azb_options_pack_pairs(&options, AZB_OPTION_METADATA, &pk);
    ck_assert_uint_eq(out.len, sizeof(want) - 1);
    ck_assert_mem_eq(out.data, want, out.len);
    azb_buf_clear(&out);
    azb_options_clear(&options);
}
END_TEST

START_TEST(test_not_of_this_verb)
{
    const struct azb_options options = {.given = AZB_HAS(LONG) | AZB_HAS(VERBOSE)};
    struct azb_error err = {0};

    ck_assert_int_eq(
        azb_options_check(&options, AZB_COMMON_OPTIONS | AZB_HAS(LONG), "ls", &err), 0);
    ck_assert_int_eq(azb_options_check(&options, AZB_COMMON_OPTIONS, "get", &err), -1);
    ck_assert_str_eq(err.message, "'get' takes no --long");
}
END_TEST

static const struct {
    const char *word;
    const char *want;
} near[] = {
    {"stta", "stat"},  {"sta", "stat"},
    {"sttat", "stat"}, {"ping!", "ping"},
    {"lx", "ls"},      {"zz", NULL},
    {"", NULL},        {"statistics", NULL},
    {"gett", "get"},   {"a word that is far longer than any name of ours can be", NULL},
};

START_TEST(test_nearest)
{
    static const struct {
        const char *name;
        int other;
    } rows[] = {{"ls", 0}, {"stat", 0}, {NULL, 0}, {"ping", 0}, {"get", 0}};
    const char *got = azb_nearest(near[_i].word, rows, sizeof(rows[0]), N_ELEMENTS(rows));

    if (near[_i].want == NULL)
        ck_assert_msg(got == NULL, "'%s': %s", near[_i].word, got);
    else
        ck_assert_msg(got != NULL && strcmp(got, near[_i].want) == 0, "'%s': %s", near[_i].word,
                      got != NULL ? got : "NULL");
}
END_TEST

static Suite *options_suite(void)
{
    Suite *suite = suite_create("options");
    TCase *tc = tcase_create("command line");

    UNIT_TABLE(tc, test_good, good);
    UNIT_TABLE(tc, test_bad, bad);
    UNIT_TABLE(tc, test_size, sizes);
    UNIT_TABLE(tc, test_duration, durations);
    UNIT_TABLE(tc, test_nearest, near);
    tcase_add_test(tc, test_pairs);
    tcase_add_test(tc, test_not_of_this_verb);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(options_suite)
