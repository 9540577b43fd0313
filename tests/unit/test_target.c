/*
 * test_target.c: names as users write them, and those that look like something else.
 */
#include "client/target.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *label;
    const char *text;
    const char *container, *blob, *profile, *account_url, *sas, *snapshot, *version_id;
} good[] = {
    {"nothing", ""},
    {"container", "c", .container = "c"},
    {"container and slash", "c/", .container = "c", .blob = ""},
    {"blob", "c/a/b.txt", .container = "c", .blob = "a/b.txt"},
    {"double and last slashes", "c//a//", .container = "c", .blob = "/a//"},
    {"what a URL would decode", "c/a%20b?x=1&y#z\\", .container = "c",
     .blob = "a%20b?x=1&y#z\\"},
    {"newline and space", "c/a\n b", .container = "c", .blob = "a\n b"},
    {"bytes above ASCII", "c/\xc3\xa9\xf0\x9f\x8d\x8e", .container = "c",
     .blob = "\xc3\xa9\xf0\x9f\x8d\x8e"},
    {"colon in the blob", "c/a:b", .container = "c", .blob = "a:b"},
    {"URL in the blob", "c/https://x", .container = "c", .blob = "https://x"},
    {"dots", "c/../x/.", .container = "c", .blob = "../x/."},
    {"system container", "$root/x", .container = "$root", .blob = "x"},
    {"dash in front", "-c/x", .container = "-c", .blob = "x"},
    {"profile", "work:c/a:b", .container = "c", .blob = "a:b", .profile = "work"},
    {"profile alone", "work:", .profile = "work"},
    {"az", "az://c/a%20b?", .container = "c", .blob = "a%20b?"},
    {"az, container alone", "az://c", .container = "c"},
    {"az with an account", "az://acct.blob.core.windows.net/c/a%20b", .container = "c",
     .blob = "a%20b", .account_url = "https://acct.blob.core.windows.net"},
    {"az, dots in the blob only", "az://c/a.b.c", .container = "c", .blob = "a.b.c"},
    {"URL", "https://acct.blob.core.windows.net/c/a%20b%2Fc", .container = "c", .blob = "a b/c",
     .account_url = "https://acct.blob.core.windows.net"},
    {"URL, decoded once", "https://a.b/c/x%2525", .container = "c", .blob = "x%25",
     .account_url = "https://a.b"},
    {"URL, plus is plus", "https://a.b/c/x+y", .container = "c", .blob = "x+y",
     .account_url = "https://a.b"},
    {"URL, encoded question mark", "https://a.b/c/x%3Fy%23", .container = "c", .blob = "x?y#",
     .account_url = "https://a.b"},
    {"URL of an account", "https://a.b", .account_url = "https://a.b"},
    {"URL of an account, slash", "https://a.b/", .account_url = "https://a.b"},
    {"URL of a container", "https://a.b/c", .container = "c", .account_url = "https://a.b"},
    {"URL with a SAS", "https://a.b/c/x?sv=1&sig=a%2Bb%3D", .container = "c", .blob = "x",
     .account_url = "https://a.b", .sas = "sv=1&sig=a%2Bb%3D"},
    {"SAS for the account", "https://a.b?sv=1", .account_url = "https://a.b", .sas = "sv=1"},
    {"empty query", "https://a.b/c?", .container = "c", .account_url = "https://a.b"},
    {"snapshot in the middle", "https://a.b/c/x?sv=1&snapshot=2026-01-01T00%3A00%3A00.0Z&sig=s",
     .container = "c", .blob = "x", .account_url = "https://a.b", .sas = "sv=1&sig=s",
     .snapshot = "2026-01-01T00:00:00.0Z"},
    {"snapshot first", "https://a.b/c/x?snapshot=s&sv=1&&sig=2", .container = "c", .blob = "x",
     .account_url = "https://a.b", .sas = "sv=1&sig=2", .snapshot = "s"},
    {"version alone", "https://a.b/c/x?versionid=v", .container = "c", .blob = "x",
     .account_url = "https://a.b", .version_id = "v"},
    {"path style", "http://127.0.0.1:10000/devstoreaccount1/c/x", .container = "c", .blob = "x",
     .account_url = "http://127.0.0.1:10000/devstoreaccount1"},
    {"path style, IPv6", "http://[::1]:10000/acct/c/x", .container = "c", .blob = "x",
     .account_url = "http://[::1]:10000/acct"},
    {"path style, localhost", "http://localhost:1/acct/c", .container = "c",
     .account_url = "http://localhost:1/acct"},
    {"path style, account alone", "http://127.0.0.1:1/acct",
     .account_url = "http://127.0.0.1:1/acct"},
    {"host style under localhost", "http://acct.blob.localhost:1/c/x", .container = "c",
     .blob = "x", .account_url = "http://acct.blob.localhost:1"},
    {"a host that begins like localhost", "http://localhosts:1/c/x", .container = "c",
     .blob = "x", .account_url = "http://localhosts:1"},
};

static void same(const char *label, const char *what, const char *got, const char *want)
{
    if (want == NULL || got == NULL)
        ck_assert_msg(want == got, "%s: %s is '%s'", label, what, got != NULL ? got : "NULL");
    else
        ck_assert_msg(strcmp(got, want) == 0, "%s: %s is '%s'", label, what, got);
}

START_TEST(test_good)
{
    const char *label = good[_i].label;
    struct azb_error err = {0};
    struct azb_target target;

    ck_assert_msg(azb_target_parse(good[_i].text, &target, &err) == 0, "%s: %s", label,
                  err.message);
    same(label, "container", target.container, good[_i].container);
    same(label, "blob", target.blob, good[_i].blob);
    same(label, "profile", target.profile, good[_i].profile);
    same(label, "account_url", target.account_url, good[_i].account_url);
    same(label, "sas", target.sas, good[_i].sas);
    same(label, "snapshot", target.snapshot, good[_i].snapshot);
    same(label, "version_id", target.version_id, good[_i].version_id);
    azb_target_clear(&target);
}
END_TEST

static const struct {
    const char *label;
    const char *text;
} bad[] = {
    {"no container before the slash", "/a"},
    {"slash alone", "/"},
    {"empty profile", ":c/x"},
    {"unknown scheme", "s3://bucket/key"},
    {"profile before a path", "work:/x"},
    {"no host", "https:///c/x"},
    {"scheme alone", "https://"},
    {"user in the URL", "https://user:secret@a.b/c"},
    {"broken escape at the end", "https://a.b/c/x%2"},
    {"broken escape", "https://a.b/c/x%zz"},
    {"an escape that means NUL", "https://a.b/c/x%00y"},
    {"broken escape in the snapshot", "https://a.b/c/x?snapshot=%"},
    {"fragment", "https://a.b/c/x#y"},
    {"fragment after the query", "https://a.b/c/x?sv=1#y"},
    {"URL without a container", "https://a.b//x"},
};

START_TEST(test_bad)
{
    struct azb_error err = {0};
    struct azb_target target;

    ck_assert_msg(azb_target_parse(bad[_i].text, &target, &err) < 0, "%s: accepted",
                  bad[_i].label);
    ck_assert_msg(err.what == AZB_ERR_INVALID_ARG, "%s: %s", bad[_i].label, err.code);
}
END_TEST

/* What messages may quote: nothing of a credential, whatever else is wrong with the name. */
START_TEST(test_secrets)
{
    static const char *const texts[] = {
        "https://a.b/c/x?sv=1&sig=SECRET", "https://a.b/c/x%zz?sig=SECRET",
        "https://a.b/c/x?sig=SECRET#f",    "https://a.b/c/x?sig=SECRET&snapshot=%",
        "http://127.0.0.1/a?SECRET",
    };

    for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
        struct azb_error err = {0};
        struct azb_target target = {.text = ""};

        if (azb_target_parse(texts[i], &target, &err) == 0) {
            ck_assert_ptr_null(strstr(target.text, "SECRET"));
            azb_target_clear(&target);
        }
        ck_assert_ptr_null(strstr(err.message, "SECRET"));
    }
}
END_TEST

/* The longest account URL and query must fit what was set aside for them. */
START_TEST(test_long)
{
    enum { N = 5000 };
    static char text[2 * N + 64];
    struct azb_target target;
    size_t n = (size_t)snprintf(text, sizeof(text), "az://a.");

    memset(text + n, 'h', N);
    ck_assert_int_eq(azb_target_parse(text, &target, NULL), 0);
    ck_assert_uint_eq(strlen(target.account_url),
                      strlen(text) + strlen("https://") - strlen("az://"));
    azb_target_clear(&target);

    n = (size_t)snprintf(text, sizeof(text), "https://a.b/c/x?versionid=");
    memset(text + n, 'v', N);
    n += (size_t)snprintf(text + n + N, sizeof(text) - n - N, "&snapshot=") + N;
    memset(text + n, 's', N - 1);
    ck_assert_int_eq(azb_target_parse(text, &target, NULL), 0);
    ck_assert_uint_eq(strlen(target.version_id), N);
    ck_assert_uint_eq(strlen(target.snapshot), N - 1);
    ck_assert_str_eq(target.account_url, "https://a.b");
    ck_assert_ptr_null(target.sas);
    azb_target_clear(&target);
}
END_TEST

static Suite *target_suite(void)
{
    Suite *suite = suite_create("target");
    TCase *tc = tcase_create("parse");

    UNIT_TABLE(tc, test_good, good);
    UNIT_TABLE(tc, test_bad, bad);
    tcase_add_test(tc, test_secrets);
    tcase_add_test(tc, test_long);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(target_suite)
