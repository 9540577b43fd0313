/*
 * test_entry.c: what a blob is, by its properties; the times that results have.
 */
#include "client/entry.h"

#include <string.h>

#include "tests/unit/unit.h"

static msgpack_object str(const char *text)
{
    msgpack_object value = {.type = MSGPACK_OBJECT_STR};

    value.via.str.ptr = text;
    value.via.str.size = (uint32_t)strlen(text);
    return value;
}

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
    msgpack_object value = str(times[_i].text);

    ck_assert_msg(azb_entry_time_ns(&value) == times[_i].want_s * 1000000000, "%s: %lld",
                  times[_i].text, (long long)azb_entry_time_ns(&value));
    ck_assert_int_eq(azb_entry_time_ns(NULL), 0);
}
END_TEST

static const struct {
    const char *label, *name, *resource_type, *hdi_isfolder;
    int64_t size;
    enum azb_entry_kind want;
} kinds[] = {
    {"a file", "a", NULL, NULL, 5, AZB_ENTRY_FILE},
    {"an empty one", "a", NULL, NULL, 0, AZB_ENTRY_FILE},
    {"a folder by its name", "a/", NULL, NULL, 0, AZB_ENTRY_FOLDER},
    {"bytes behind such a name", "a/", NULL, NULL, 5, AZB_ENTRY_FILE},
    {"a folder by its metadata", "a", NULL, "true", 0, AZB_ENTRY_FOLDER},
    {"bytes behind that", "a", NULL, "true", 5, AZB_ENTRY_FILE},
    {"metadata that denies it", "a", NULL, "false", 0, AZB_ENTRY_FILE},
    {"a directory", "a", "directory", NULL, 0, AZB_ENTRY_FOLDER},
    {"a file of such an account", "a", "file", NULL, 0, AZB_ENTRY_FILE},
    {"no name", "", NULL, NULL, 0, AZB_ENTRY_FILE},
};

START_TEST(test_kind)
{
    msgpack_object_kv pair, pairs[3];
    msgpack_object_map metadata = {1, &pair}, map = {0, pairs};
    enum azb_entry_kind got;

    pairs[map.size].key = str("size");
    pairs[map.size++].val =
        (msgpack_object){.type = MSGPACK_OBJECT_POSITIVE_INTEGER, .via.i64 = kinds[_i].size};
    if (kinds[_i].resource_type != NULL) {
        pairs[map.size].key = str("resource_type");
        pairs[map.size++].val = str(kinds[_i].resource_type);
    }
    if (kinds[_i].hdi_isfolder != NULL) {
        pair.key = str("hdi_isfolder");
        pair.val = str(kinds[_i].hdi_isfolder);
        pairs[map.size].key = str("metadata");
        pairs[map.size++].val =
            (msgpack_object){.type = MSGPACK_OBJECT_MAP, .via.map = metadata};
    }
    got = azb_entry_kind_of(kinds[_i].name, strlen(kinds[_i].name), &map);
    ck_assert_msg(got == kinds[_i].want, "%s: got %d", kinds[_i].label, got);
}
END_TEST

static Suite *entry_suite(void)
{
    Suite *suite = suite_create("entry");
    TCase *tc = tcase_create("entry");

    UNIT_TABLE(tc, test_kind, kinds);
    UNIT_TABLE(tc, test_time, times);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(entry_suite)
