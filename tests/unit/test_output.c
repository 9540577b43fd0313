/*
 * test_output.c: rows and values as lines: aligned for people, and so that no content can end a
 * field, a line or the terminal's good order.
 */
#include "client/output.h"

#include <string.h>

#include "tests/unit/text.h"
#include "tests/unit/unit.h"

static const struct azb_column columns[] = {{"name", 6}, {"size", -5, true}, {"tags"}, {NULL}};
static const struct azb_column one_column[] = {{"name", 6}, {NULL}};

static const struct {
    const char *label;
    const char *value;
    struct azb_output out;
    const struct azb_column *columns;
    const char *want; /* without the NUL that ends it, of what `ends_with_nul` */
    bool ends_with_nul;
} rows[] = {
    /* on a terminal */
    {"aligned; sizes to the right",
     "{name: 'a', size: 12, tags: 'x'}",
     {.is_terminal = true},
     columns,
     "a          12  x\n"},
    {"for people",
     "{name: 'a', size: 1536}",
     {.is_terminal = true, .is_human = true},
     columns,
     "a        1.5K  \n"},
    {"longer than its column",
     "{name: 'abcdefgh', size: 1234567, tags: 'x'}",
     {.is_terminal = true},
     columns,
     "abcdefgh  1234567  x\n"},
    {"characters are counted, not bytes",
     "{name: '\xc3\xa4\xe2\x82\xac', size: 1, tags: 'x'}",
     {.is_terminal = true},
     columns,
     "\xc3\xa4\xe2\x82\xac          1  x\n"},
    {"nothing moves the cursor",
     "{name: 'a\x1b[2J\n\x7f'}",
     {.is_terminal = true},
     one_column,
     "a?[2J??\n"},
    {"nor behind NUL", "{name: 'a\x1b'}", {.is_terminal = true}, one_column, "a?", true},
    {"what is absent keeps its place",
     "{tags: 'x'}",
     {.is_terminal = true},
     columns,
     "               x\n"},
    /* for programs */
    {"tabs",
     "{name: 'a', size: 1536, tags: 'x'}",
     {.format = AZB_FORMAT_TEXT},
     columns,
     "a\t1536\tx\n"},
    {"absent fields are empty", "{size: 1}", {.format = AZB_FORMAT_TEXT}, columns, "\t1\t\n"},
    {"a nested value is JSON",
     "{name: 'a', tags: {k: 'v'}}",
     {.format = AZB_FORMAT_TEXT},
     columns,
     "a\t\t{\"k\":\"v\"}\n"},
    {"what would end a field is escaped",
     "{name: 'a\tb\nc\\'}",
     {.format = AZB_FORMAT_TEXT},
     columns,
     "a\\tb\\nc\\\\\t\t\n"},
    {"one column alone is as it is",
     "{name: 'a\tb\\'}",
     {.format = AZB_FORMAT_TEXT},
     one_column,
     "a\tb\\\n"},
    {"but not as TSV",
     "{name: 'a\tb\\'}",
     {.format = AZB_FORMAT_TSV},
     one_column,
     "a\\tb\\\\\n"},
    {"TSV is the same on a terminal",
     "{name: 'a', size: 1}",
     {.format = AZB_FORMAT_TSV, .is_terminal = true},
     columns,
     "a\t1\t\n"},
    {"what ends with NUL is as it is",
     "{name: 'a\nb', size: 1}",
     {.format = AZB_FORMAT_TEXT},
     columns,
     "a\nb\t1\t",
     true},
    {"no map: its first column", "'a'", {.format = AZB_FORMAT_TEXT}, columns, "a\t\t\n"},
    /* --fields */
    {"chosen fields, in their order",
     "{name: 'a', size: 1}",
     {.fields = "size,name"},
     columns,
     "1\ta\n"},
    {"a path", "{name: 'a', x: {y: {z: 2}}}", {.fields = "x.y.z"}, columns, "2\n"},
    {"a name with a dot goes before a path",
     "{'x.y': 1, x: {z: 2}}",
     {.fields = "x.y,x.z"},
     columns,
     "1\t2\n"},
    {"a field that is not there keeps its column",
     "{name: 'a'}",
     {.fields = "etag,name"},
     columns,
     "\ta\n"},
    {"not in JSON",
     "{name: 'a', size: 1}",
     {.format = AZB_FORMAT_JSONL, .fields = "etag,name"},
     columns,
     "{\"name\":\"a\"}\n"},
    {"JSON has all fields",
     "{name: 'a', other: nil}",
     {.format = AZB_FORMAT_JSONL},
     columns,
     "{\"name\":\"a\",\"other\":null}\n"},
};

START_TEST(test_row)
{
    struct azb_output out = rows[_i].out;
    struct azb_buf packed = {0};
    struct azb_error err = {0};
    size_t want_n = strlen(rows[_i].want) + rows[_i].ends_with_nul;

    out.end = rows[_i].ends_with_nul ? '\0' : '\n';
    text_pack(rows[_i].value, &packed);
    ck_assert_int_eq(azb_output_packed_row(&out, &packed, rows[_i].columns, &err), 0);
    ck_assert_msg(out.buf.len == want_n && memcmp(out.buf.data, rows[_i].want, want_n) == 0,
                  "%s: '%s'", rows[_i].label, azb_buf_cstr(&out.buf));
    azb_buf_clear(&packed);
    azb_buf_clear(&out.buf);
}
END_TEST

static const struct {
    const char *label;
    const char *value;
    struct azb_output out;
    const char *want;
} values[] = {
    {"what is nested has dotted keys",
     "{a: {b: 1}, c: ['x', {d: true}]}",
     {.format = AZB_FORMAT_TEXT},
     "a.b: 1\nc.0: x\nc.1.d: true\n"},
    {"TSV", "{a: {b: 1}}", {.format = AZB_FORMAT_TSV}, "a.b\t1\n"},
    {"a line is one line",
     "{'k\n': 'a\nb\tc\\'}",
     {.format = AZB_FORMAT_TEXT},
     "k\\n: a\\nb\\tc\\\\\n"},
    {"nor more on a terminal", "{'k\x1b': 'a\nb'}", {.is_terminal = true}, "k?: a?b\n"},
    {"a scalar alone", "'x'", {.format = AZB_FORMAT_TEXT}, "x\n"},
    {"bytes", "{md5: <00ff>}", {.format = AZB_FORMAT_TEXT}, "md5: AP8=\n"},
    {"nil and what is empty", "{a: nil, b: {}, c: []}", {.format = AZB_FORMAT_TEXT}, "a: \n"},
    {"chosen", "{a: 1, b: {c: 2}}", {.fields = "b.c"}, "b.c: 2\n"},
    {"JSON", "{a: 1}", {.format = AZB_FORMAT_JSONL}, "{\"a\":1}\n"},
};

START_TEST(test_value)
{
    struct azb_output out = values[_i].out;
    struct azb_buf packed = {0};
    struct azb_error err = {0};
    msgpack_unpacked value;
    size_t at = 0;

    text_pack(values[_i].value, &packed);
    msgpack_unpacked_init(&value);
    ck_assert_int_eq(msgpack_unpack_next(&value, (const char *)packed.data, packed.len, &at),
                     MSGPACK_UNPACK_SUCCESS);
    ck_assert_int_eq(azb_output_value(&out, &value.data, &err), 0);
    ck_assert_msg(strcmp(azb_buf_cstr(&out.buf), values[_i].want) == 0, "%s: '%s'",
                  values[_i].label, out.buf.data);
    msgpack_unpacked_destroy(&value);
    azb_buf_clear(&packed);
    azb_buf_clear(&out.buf);
}
END_TEST

/* Rows of JSON stand in one array, also when there are none. */
START_TEST(test_json_array)
{
    static const char *const wants[] = {"[]\n", "[\n{\"a\":1}\n]\n",
                                        "[\n{\"a\":1},\n{\"a\":1}\n]\n"};
    struct azb_output out = {.format = AZB_FORMAT_JSON};
    struct azb_buf packed = {0};
    struct azb_error err = {0};

    text_pack("{a: 1}", &packed);
    for (int i = 0; i < _i; i++)
        ck_assert_int_eq(azb_output_packed_row(&out, &packed, columns, &err), 0);
    azb_output_rows_end(&out);
    ck_assert_str_eq(azb_buf_cstr(&out.buf), wants[_i]);
    azb_buf_clear(&packed);
    azb_buf_clear(&out.buf);
}
END_TEST

static const struct {
    uint64_t bytes;
    const char *want;
} sizes[] = {
    {0, "0"},
    {1023, "1023"},
    {1024, "1.0K"},
    {10 * 1024 - 1, "10K"},
    {1536, "1.5K"},
    {1023 * 1024, "1023K"},
    {1024 * 1024 - 1, "1.0M"}, /* not 1024K */
    {UINT64_MAX, "16E"},
};

START_TEST(test_size)
{
    struct azb_buf buf = {0};

    azb_output_size(&buf, sizes[_i].bytes);
    ck_assert_str_eq(azb_buf_cstr(&buf), sizes[_i].want);
    azb_buf_clear(&buf);
}
END_TEST

START_TEST(test_too_many_fields)
{
    char fields[65 * 2 + 1] = "";
    struct azb_output out = {.fields = fields, .end = '\n'};
    struct azb_buf packed = {0};
    struct azb_error err = {0};

    text_pack("{a: 1}", &packed);
    for (int i = 0; i < 65; i++)
        strcat(fields, i == 0 ? "a" : ",a");
    ck_assert_int_eq(azb_output_packed_row(&out, &packed, columns, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    fields[63 * 2 + 1] = '\0'; /* 64 of them */
    ck_assert_int_eq(azb_output_packed_row(&out, &packed, columns, &err), 0);
    azb_buf_clear(&packed);
    azb_buf_clear(&out.buf);
}
END_TEST

static Suite *output_suite(void)
{
    Suite *suite = suite_create("output");
    TCase *tc = tcase_create("output");

    UNIT_TABLE(tc, test_row, rows);
    UNIT_TABLE(tc, test_value, values);
    tcase_add_loop_test(tc, test_json_array, 0, 3);
    UNIT_TABLE(tc, test_size, sizes);
    tcase_add_test(tc, test_too_many_fields);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(output_suite)
