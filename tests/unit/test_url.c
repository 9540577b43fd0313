/*
 * test_url.c: percent-encoding, and URLs, most of which are refused.
 */
#include "lib/codec/url.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *label;
    const char *bytes;
    size_t n;
    const char *path;
    const char *value;
} encodings[] = {
    {"nothing", "", 0, "", ""},
    {"unreserved", "AZaz09-._~", 10, "AZaz09-._~", "AZaz09-._~"},
    {"slashes", "a/b//c/", 7, "a/b//c/", "a%2Fb%2F%2Fc%2F"},
    {"delimiters", "?#[]@!$&'()*+,;=:", 17,
     "%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A",
     "%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A"},
    {"percent, which is no escape", "100%25", 6, "100%2525", "100%2525"},
    {"space and backslash", "a \\", 3, "a%20%5C", "a%20%5C"},
    {"UTF-8", "\xe4\xbd\xa0\xc3\xa4", 5, "%E4%BD%A0%C3%A4", "%E4%BD%A0%C3%A4"},
    {"no UTF-8 at all", "\xff\x80", 2, "%FF%80", "%FF%80"},
    {"control characters", "\r\n\t\x7f", 4, "%0D%0A%09%7F", "%0D%0A%09%7F"},
    {"NUL", "a\0b", 3, "a%00b", "a%00b"},
};

static void check_encoding(const char *label, const char *bytes, size_t n,
                           enum azb_url_part part, const char *want)
{
    struct azb_buf buf = {0};
    char *text;

    azb_buf_puts(&buf, "<");
    azb_url_encode(&buf, bytes, n, part);
    azb_buf_cstr(&buf);
    text = (char *)buf.data + 1;
    ck_assert_msg(strcmp(text, want) == 0, "%s: %s", label, text);
    ck_assert_int_eq(azb_url_decode(text, strlen(text)), (long)n);
    ck_assert(memcmp(text, bytes, n) == 0);
    azb_buf_clear(&buf);
}

START_TEST(test_encode)
{
    check_encoding(encodings[_i].label, encodings[_i].bytes, encodings[_i].n, AZB_URL_PATH,
                   encodings[_i].path);
    check_encoding(encodings[_i].label, encodings[_i].bytes, encodings[_i].n, AZB_URL_VALUE,
                   encodings[_i].value);
}
END_TEST

static const struct {
    const char *text;
    const char *want; /* NULL: refused */
} decodings[] = {
    {"", ""},         {"a+b", "a+b"},         {"%41%7a%7A", "Azz"},
    {"%2525", "%25"}, {"%C3%a4", "\xc3\xa4"}, {"a%2", NULL},
    {"%", NULL},      {"abc%", NULL},         {"%%41", NULL},
    {"%4g", NULL},    {"%g4", NULL},          {"% 4", NULL},
    {"%+4", NULL},    {"%4%41", NULL},        {"%\xb2\x33", NULL},
};

START_TEST(test_decode)
{
    const char *want = decodings[_i].want;
    char text[16];
    long n;

    strcpy(text, decodings[_i].text);
    n = azb_url_decode(text, strlen(text));
    if (want == NULL)
        ck_assert_msg(n == -1, "'%s': accepted", decodings[_i].text);
    else
        ck_assert_msg(n == (long)strlen(want) && memcmp(text, want, (size_t)n) == 0,
                      "'%s': wrong", decodings[_i].text);
}
END_TEST

static const struct {
    const char *text;
    bool is_https;
    const char *authority;
    const char *host;
    unsigned port;
    const char *path;
    const char *query;
} good[] = {
    {"https://acct.blob.core.windows.net", true, "acct.blob.core.windows.net",
     "acct.blob.core.windows.net", 443, "", ""},
    {"https://acct.blob.core.windows.net/", true, "acct.blob.core.windows.net",
     "acct.blob.core.windows.net", 443, "", ""},
    {"http://h", false, "h", "h", 80, "", ""},
    {"HTTP://LocalHost:10000/DevStore/", false, "localhost:10000", "localhost", 10000,
     "/DevStore", ""},
    {"acct.blob.core.windows.net/c", true, "acct.blob.core.windows.net",
     "acct.blob.core.windows.net", 443, "/c", ""},
    {"localhost:10000/a", true, "localhost:10000", "localhost", 10000, "/a", ""},
    {"https://h?sv=1&sig=a%2Fb", true, "h", "h", 443, "", "sv=1&sig=a%2Fb"},
    {"https://h/?a=b/c//", true, "h", "h", 443, "", "a=b/c//"},
    {"https://h/c?", true, "h", "h", 443, "/c", ""},
    {"https://h/c?a?b", true, "h", "h", 443, "/c", "a?b"},
    {"https://h/c///", true, "h", "h", 443, "/c", ""},
    {"https://h//c", true, "h", "h", 443, "//c", ""},
    {"https://h////", true, "h", "h", 443, "", ""},
    {"h/x?u=ftp://other", true, "h", "h", 443, "/x", "u=ftp://other"},
    {"h/http://other", true, "h", "h", 443, "/http://other", ""},
    {"http://127.0.0.1:1/a%20b", false, "127.0.0.1:1", "127.0.0.1", 1, "/a%20b", ""},
    {"http://h:65535", false, "h:65535", "h", 65535, "", ""},
    {"http://[::1]:10000/a", false, "[::1]:10000", "::1", 10000, "/a", ""},
    {"https://[2001:DB8::A]", true, "[2001:db8::a]", "2001:db8::a", 443, "", ""},
    {"http://[::ffff:127.0.0.1]/", false, "[::ffff:127.0.0.1]", "::ffff:127.0.0.1", 80, "", ""},
    {"https://a_b-c.d", true, "a_b-c.d", "a_b-c.d", 443, "", ""},
    {"https://h/@x:y", true, "h", "h", 443, "/@x:y", ""},
};

START_TEST(test_good)
{
    struct azb_arena *arena = azb_arena_new();
    const char *text = good[_i].text;
    struct azb_error err = {0};
    struct azb_url url;

    ck_assert_msg(azb_url_parse(arena, text, strlen(text), &url, &err) == 0, "%s: %s", text,
                  err.message);
    ck_assert_int_eq(url.is_https, good[_i].is_https);
    ck_assert_str_eq(url.authority, good[_i].authority);
    ck_assert_str_eq(url.host, good[_i].host);
    ck_assert_uint_eq(url.port, good[_i].port);
    ck_assert_str_eq(url.path, good[_i].path);
    ck_assert_str_eq(url.query, good[_i].query);
    azb_arena_free(arena);
}
END_TEST

#define SECRET "c2VjcmV0"

static const char *const bad[] = {
    "",
    "https://",
    "https:///path",
    "https://?q",
    "//host/path",
    "/path",
    "?sig=" SECRET,
    "://host",
    ":10000",
    "https://:10000",
    "ftp://host",
    "file:///etc/passwd",
    "httpss://host",
    "htt://host",
    "https+unix://host",
    "http:/host",
    "http:host",
    "https://user@host",
    "https://user:" SECRET "@host",
    "https://host@other.example",
    "https://host:80@other",
    "https://host#fragment",
    "https://host/a#b",
    "https://host?sig=" SECRET "#b",
    "https://host:",
    "https://host:/a",
    "https://host:0",
    "https://host:00000",
    "https://host:65536",
    "https://host:99999",
    "https://host:100000",
    "https://host:4294967376",
    "https://host:-1",
    "https://host:+80",
    "https://host:80a",
    "https://host:80:80",
    "https://host:8%30",
    "https://ho st",
    " https://host",
    "https://host ",
    "https://host/a b",
    "https://host/\ta",
    "https://host\r\nHost: other",
    "https://host?sig=" SECRET "\n",
    "https://host/\x7f",
    "https://ho%73t",
    "https://host\\other",
    "https://host;a",
    "https://host,other",
    "https://.host",
    "https://h\xc3\xb6st",
    "https://::1",
    "https://[::1",
    "https://[]",
    "https://[]:80",
    "https://[::1]a",
    "https://[::1]:",
    "https://[::1%25eth0]",
    "https://[127.0.0.1]",
    "https://[host]",
    "https://[[::1]]",
    "https://a[::1]",
    "AccountName=a;AccountKey=" SECRET,
};

START_TEST(test_bad)
{
    struct azb_arena *arena = azb_arena_new();
    struct azb_error err = {0};
    struct azb_url url;
    int rc = azb_url_parse(arena, bad[_i], strlen(bad[_i]), &url, &err);

    ck_assert_msg(rc == -1, "'%s': accepted", bad[_i]);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    ck_assert_msg(err.message[0] != '\0', "'%s': no message", bad[_i]);
    ck_assert_msg(strstr(err.message, SECRET) == NULL, "'%s': told", bad[_i]);
    azb_arena_free(arena);
}
END_TEST

START_TEST(test_nul_and_long_host)
{
    struct azb_arena *arena = azb_arena_new();
    struct azb_url url;
    char host[300];

    ck_assert_int_eq(azb_url_parse(arena, "https://h\0ost", 13, &url, NULL), -1);
    ck_assert_int_eq(azb_url_parse(arena, "https://host\0", 13, &url, NULL), -1);
    memset(host, 'a', sizeof(host));
    ck_assert_int_eq(azb_url_parse(arena, host, 255, &url, NULL), 0);
    ck_assert_int_eq(azb_url_parse(arena, host, 256, &url, NULL), -1);
    azb_arena_free(arena);
}
END_TEST

static Suite *url_suite(void)
{
    Suite *suite = suite_create("url");
    TCase *tcase = tcase_create("url");

    UNIT_TABLE(tcase, test_encode, encodings);
    UNIT_TABLE(tcase, test_decode, decodings);
    UNIT_TABLE(tcase, test_good, good);
    UNIT_TABLE(tcase, test_bad, bad);
    tcase_add_test(tcase, test_nul_and_long_host);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(url_suite)
