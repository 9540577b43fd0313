/*
 * test_shared_key.c: what other implementations sign, and the rules that their examples do
 * not show.
 */
#include "lib/auth/shared_key.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/codec/url.h"
#include "tests/unit/auth_vectors.h"
#include "tests/unit/unit.h"

static struct azb_shared_key *key_new(const char *account, const char *key_base64)
{
    struct azb_shared_key *key = NULL;
    struct azb_error err = {0};

    ck_assert_msg(azb_shared_key_new(account, key_base64, strlen(key_base64), &key, &err) == 0,
                  "%s", err.message);
    return key;
}

static void add_query(struct azb_request *req, const char *text, size_t n)
{
    size_t n_name = strcspn(text, "=");
    char *name = azb_arena_strndup(req->arena, text, n_name);
    char *value = azb_arena_strndup(req->arena, text + n_name + 1, n - n_name - 1);

    value[azb_url_decode(value, strlen(value))] = '\0';
    ck_assert_int_eq(azb_request_query(req, name, value, NULL), 0);
}

/* Path and query as the URL has them: the path with its last slash, the values decoded. */
static void set_url(struct azb_request *req, const char *url)
{
    const char *path = strchr(strstr(url, "://") + 3, '/');
    const char *query = strchr(path, '?');

    req->path = azb_arena_strndup(req->arena, path, strcspn(path, "?"));
    while (query != NULL) {
        query++;
        add_query(req, query, strcspn(query, "&"));
        query = strchr(query, '&');
    }
}

static struct azb_request *request_of_vector(struct azb_arena *arena,
                                             const struct shared_key_vector *vector)
{
    struct azb_request *req = azb_arena_zalloc(arena, sizeof(*req));

    req->arena = arena;
    req->verb = vector->method;
    req->content_length = vector->content_length;
    set_url(req, vector->url);
    for (const struct vector_header *header = vector->headers; header->name != NULL; header++)
        ck_assert_int_eq(azb_request_header(req, header->name, header->value, NULL), 0);
    return req;
}

START_TEST(test_vector)
{
    const struct shared_key_vector *vector = &shared_key_vectors[_i];
    struct azb_shared_key *key = key_new(VECTOR_ACCOUNT, VECTOR_ACCOUNT_KEY);
    struct azb_arena *arena = azb_arena_new();
    struct azb_request *req = request_of_vector(arena, vector);
    struct azb_buf text = {0}, scratch = {0};
    struct azb_error err = {0};
    const char *authorization;
    char want[128];

    snprintf(want, sizeof(want), "SharedKey " VECTOR_ACCOUNT ":%s", vector->signature);
    azb_shared_key_string_to_sign(req, VECTOR_ACCOUNT, &text);
    ck_assert_msg(strcmp(azb_buf_cstr(&text), vector->string_to_sign) == 0, "%s: %s",
                  vector->label, text.data);
    azb_buf_puts(&scratch, "left over from another request");
    for (int again = 0; again < 3; again++) {
        ck_assert_int_eq(azb_shared_key_authorize(key, req, &scratch, &authorization, &err), 0);
        ck_assert_msg(strcmp(authorization, want) == 0, "%s: %s", vector->label, authorization);
    }
    azb_buf_clear(&text);
    azb_buf_clear(&scratch);
    azb_arena_free(arena);
    azb_shared_key_free(key);
}
END_TEST

START_TEST(test_sas_vector)
{
    const struct sas_vector *vector = &sas_vectors[_i];
    struct azb_shared_key *key = key_new(VECTOR_ACCOUNT, vector->key);
    char signature[45];

    ck_assert_int_eq(azb_shared_key_hmac(key, vector->string_to_sign,
                                         strlen(vector->string_to_sign), signature, NULL),
                     0);
    ck_assert_msg(strcmp(signature, vector->signature) == 0, "%s: %s", vector->label,
                  signature);
    azb_shared_key_free(key);
}
END_TEST

/* RFC 4231, test cases 1, 2 and 6. */
static const struct {
    const char *label;
    const char *key_base64;
    const char *text;
    const char *hmac;
} hmacs[] = {
    {"a key of 20 bytes", "CwsLCwsLCwsLCwsLCwsLCwsLCws=", "Hi There",
     "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c="},
    {"a key of 4 bytes", "SmVmZQ==", "what do ya want for nothing?",
     "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="},
    {"a key of 131 bytes, longer than a block",
     "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
     "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
     "qqqqqqqqqqqqqqqqqqqqqqo=",
     "Test Using Larger Than Block-Size Key - Hash Key First",
     "YOQxWR7gtn8Niiaqy/W3f44LxiE3KMUUBUYEDw7jf1Q="},
};

START_TEST(test_hmac)
{
    struct azb_shared_key *key = key_new("acct", hmacs[_i].key_base64);
    char hmac[45];

    for (int again = 0; again < 3; again++) {
        ck_assert_int_eq(
            azb_shared_key_hmac(key, hmacs[_i].text, strlen(hmacs[_i].text), hmac, NULL), 0);
        ck_assert_msg(strcmp(hmac, hmacs[_i].hmac) == 0, "%s: %s", hmacs[_i].label, hmac);
    }
    azb_shared_key_free(key);
}
END_TEST

static const struct {
    const char *label;
    const char *key;
} bad_keys[] = {
    {"empty", ""},
    {"no padding", "c2VjcmV0LWtleQ"},
    {"cut", "c2VjcmV0LWtleQ="},
    {"newline at the end", "c2VjcmV0LWtleQ==\n"},
    {"URL alphabet", "c2VjcmV0LWtleQ-_"},
    {"a SAS", "sv=2021-12-02&sig=c2VjcmV0"},
    {"a text with a NUL", "c2Vj\0cmV0LWtleQ=="},
};

START_TEST(test_bad_key)
{
    size_t n = _i == (int)N_ELEMENTS(bad_keys) - 1 ? 18 : strlen(bad_keys[_i].key);
    struct azb_shared_key *key = NULL;
    struct azb_error err = {0};

    ck_assert_msg(azb_shared_key_new("acct", bad_keys[_i].key, n, &key, &err) == -1,
                  "%s: accepted", bad_keys[_i].label);
    ck_assert_ptr_null(key);
    ck_assert_int_eq(err.what, AZB_ERR_BAD_CREDENTIAL);
    ck_assert_msg(strstr(err.message, "c2Vj") == NULL, "%s: told", bad_keys[_i].label);
}
END_TEST

/* Ways to write a request, and the part of its text that shows the rule. */
static const struct {
    const char *label;
    struct azb_pair headers[6];
    struct azb_pair query[4];
    const char *path;
    int64_t content_length;
    const char *want;
} rules[] = {
    {.label = "outer white space of values goes, inner stays",
     .headers = {{"x-ms-a", "   a  b "}, {"Content-Type", "  text/plain "}},
     .path = "/c",
     .want = "PUT\n\n\n\n\ntext/plain\n\n\n\n\n\n\nx-ms-a:a  b\n/acct/c"},
    {.label = "an empty value is signed, one of blanks too",
     .headers = {{"x-ms-b", "  "}, {"x-ms-a", ""}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-a:\nx-ms-b:\n/acct/c"},
    {.label = "names in any case",
     .headers =
         {{"X-MS-Meta-Zz", "1"}, {"x-ms-META-Aa", "2"}, {"content-md5", "m"}, {"RANGE", "r"}},
     .path = "/c",
     .want = "PUT\n\n\n\nm\n\n\n\n\n\n\nr\nx-ms-meta-aa:2\nx-ms-meta-zz:1\n/acct/c"},
    {.label = "each line has its place",
     .headers = {{"Range", "7"},
                 {"If-Unmodified-Since", "6"},
                 {"If-None-Match", "5"},
                 {"If-Match", "4"},
                 {"If-Modified-Since", "3"},
                 {"Content-Encoding", "2"}},
     .path = "/c",
     .want = "PUT\n2\n\n\n\n\n\n3\n4\n5\n6\n7\n/acct/c"},
    {.label = "language, and a Date that x-ms-date stands for",
     .headers = {{"Content-Language", "de"}, {"Date", "today"}, {"x-ms-date", "now"}},
     .path = "/c",
     .want = "PUT\n\nde\n\n\n\n\n\n\n\n\n\nx-ms-date:now\n/acct/c"},
    {.label = "headers that are not signed",
     .headers =
         {{"Accept", "a"}, {"x-msx", "b"}, {"User-Agent", "c"}, {"x-ms", "d"}, {"Host", "e"}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\n/acct/c"},
    {.label = "a header twice: one line, values in the order sent",
     .headers = {{"x-ms-meta-k", "z"}, {"x-ms-meta-a", "1"}, {"x-ms-meta-K", "a"}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-meta-a:1\nx-ms-meta-k:z,a\n/acct/c"},
    {.label = "order: hyphen, underscore, digit, letter; a prefix first",
     .headers = {{"x-ms-meta-ab", ""},
                 {"x-ms-meta-a1", ""},
                 {"x-ms-meta-a_", ""},
                 {"x-ms-meta-a-", ""},
                 {"x-ms-meta-a", ""},
                 {"x-ms-meta-A1_", ""}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-meta-a:\nx-ms-meta-a-:\nx-ms-meta-a_:\n"
             "x-ms-meta-a1:\nx-ms-meta-a1_:\nx-ms-meta-ab:\n/acct/c"},
    {.label = "order of rare characters",
     .headers = {{"x-ms-meta-`", ""},
                 {"x-ms-meta-'", ""},
                 {"x-ms-meta-+", ""},
                 {"x-ms-meta-~", ""},
                 {"x-ms-meta-.", ""},
                 {"x-ms-meta-!", ""}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-meta-!:\nx-ms-meta-.:\nx-ms-meta-~:\n"
             "x-ms-meta-+:\nx-ms-meta-':\nx-ms-meta-`:\n/acct/c"},
    {.label = "a parameter repeated: sorted values, one line; names in lower case",
     .query = {{"Tag", "z"}, {"comp", "x"}, {"tag", "a"}, {"TAG", "m,n"}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\n/acct/c\ncomp:x\ntag:a,m,n,z"},
    {.label = "values of the query are as they are: blanks, newline, plus, nothing",
     .query = {{"d", ""}, {"c", " a "}, {"b", "x\ny"}, {"a", "1+1"}},
     .path = "/c",
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\n/acct/c\na:1+1\nb:x\ny\nc: a \nd:"},
    {.label = "no path is the root", .path = "", .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\n/acct/"},
    {.label = "no body",
     .path = "/c",
     .content_length = -1,
     .want = "PUT\n\n\n\n\n\n\n\n\n\n\n\n/acct/c"},
    {.label = "a large body",
     .path = "/c",
     .content_length = INT64_C(5242880000000),
     .want = "PUT\n\n\n5242880000000\n\n\n\n\n\n\n\n\n/acct/c"},
};

START_TEST(test_rule)
{
    struct azb_arena *arena = azb_arena_new();
    struct azb_request req = {.arena = arena,
                              .verb = "PUT",
                              .path = rules[_i].path,
                              .content_length = rules[_i].content_length};
    struct azb_buf text = {0};

    for (size_t i = 0; i < N_ELEMENTS(rules[_i].headers); i++) {
        const struct azb_pair *header = &rules[_i].headers[i];

        if (header->name != NULL)
            ck_assert_int_eq(azb_request_header(&req, header->name, header->value, NULL), 0);
    }
    for (size_t i = 0; i < N_ELEMENTS(rules[_i].query); i++) {
        const struct azb_pair *pair = &rules[_i].query[i];

        if (pair->name != NULL)
            ck_assert_int_eq(azb_request_query(&req, pair->name, pair->value, NULL), 0);
    }
    azb_shared_key_string_to_sign(&req, "acct", &text);
    ck_assert_msg(strcmp(azb_buf_cstr(&text), rules[_i].want) == 0, "%s: %s", rules[_i].label,
                  text.data);
    azb_buf_clear(&text);
    azb_arena_free(arena);
}
END_TEST

/* As many headers as there may be, from last to first. */
START_TEST(test_many_headers)
{
    struct azb_arena *arena = azb_arena_new();
    struct azb_request *req = azb_arena_zalloc(arena, sizeof(*req));
    struct azb_buf text = {0}, want = {0};
    struct azb_error err = {0};

    req->arena = arena;
    req->verb = "PUT";
    req->path = "/c";
    azb_buf_puts(&want, "PUT\n\n\n\n\n\n\n\n\n\n\n\n");
    for (int i = 0; i < AZB_REQUEST_MAX_HEADERS; i++) {
        const char *name =
            azb_arena_printf(arena, "x-ms-meta-%03d", AZB_REQUEST_MAX_HEADERS - 1 - i);

        azb_buf_printf(&want, "x-ms-meta-%03d:v\n", i);
        ck_assert_int_eq(azb_request_header(req, name, "v", &err), 0);
    }
    azb_buf_puts(&want, "/acct/c");
    ck_assert_int_eq(azb_request_header(req, "x-ms-meta-more", "v", &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
    azb_shared_key_string_to_sign(req, "acct", &text);
    ck_assert_str_eq(azb_buf_cstr(&text), azb_buf_cstr(&want));
    azb_buf_clear(&text);
    azb_buf_clear(&want);
    azb_arena_free(arena);
}
END_TEST

START_TEST(test_too_many_parameters)
{
    struct azb_request req = {0};
    struct azb_error err = {0};

    for (int i = 0; i < AZB_REQUEST_MAX_QUERY; i++)
        ck_assert_int_eq(azb_request_query(&req, "n", "v", &err), 0);
    ck_assert_int_eq(azb_request_query(&req, "n", "v", &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_INVALID_ARG);
}
END_TEST

static const struct {
    const char *label;
    const char *name;
    const char *value;
    bool want;
} headers[] = {
    {"plain", "x-ms-meta-a", "v", true},
    {"empty value", "x-ms-meta-a", "", true},
    {"UTF-8 value", "x-ms-meta-a", "\xc3\xa4\xff", true},
    {"rare characters in the name", "x-ms-meta-!#$%&'*+.^_`|~", "v", true},
    {"CR LF in the value", "x-ms-meta-a", "v\r\nx-ms-lease-id: x", false},
    {"LF alone", "x-ms-meta-a", "v\n", false},
    {"CR alone", "x-ms-meta-a", "\rv", false},
    {"tab", "x-ms-meta-a", "a\tb", false},
    {"DEL", "x-ms-meta-a", "\x7f", false},
    {"escape", "x-ms-meta-a", "\x1b[2J", false},
    {"no name", "", "v", false},
    {"CR LF in the name", "x-ms-meta-a\r\nx", "v", false},
    {"colon in the name", "x-ms-meta-a:b", "v", false},
    {"blank in the name", "x-ms-meta-a b", "v", false},
    {"UTF-8 in the name", "x-ms-meta-\xc3\xa4", "v", false},
};

START_TEST(test_header)
{
    struct azb_request req = {.arena = azb_arena_new()};
    struct azb_error err = {0};
    int rc = azb_request_header(&req, headers[_i].name, headers[_i].value, &err);
    bool is_added = req.n_headers == 1;

    ck_assert_msg((rc == 0) == headers[_i].want, "%s: %d", headers[_i].label, rc);
    ck_assert_int_eq(is_added, headers[_i].want);
    ck_assert_int_eq(err.what, headers[_i].want ? AZB_OK : AZB_ERR_INVALID_ARG);
    azb_arena_free(req.arena);
}
END_TEST

START_TEST(test_find_header)
{
    struct azb_request req = {.arena = azb_arena_new()};

    ck_assert_ptr_null(azb_request_find_header(&req, "x-ms-a"));
    ck_assert_int_eq(azb_request_header(&req, "x-ms-ab", "1", NULL), 0);
    ck_assert_int_eq(azb_request_header(&req, "X-ms-A", "2", NULL), 0);
    ck_assert_str_eq(azb_request_find_header(&req, "x-MS-a"), "2");
    ck_assert_ptr_null(azb_request_find_header(&req, "x-ms-"));
    azb_arena_free(req.arena);
}
END_TEST

static Suite *shared_key_suite(void)
{
    Suite *suite = suite_create("shared_key");
    TCase *tcase = tcase_create("shared_key");

    UNIT_TABLE(tcase, test_vector, shared_key_vectors);
    UNIT_TABLE(tcase, test_sas_vector, sas_vectors);
    UNIT_TABLE(tcase, test_hmac, hmacs);
    UNIT_TABLE(tcase, test_bad_key, bad_keys);
    UNIT_TABLE(tcase, test_rule, rules);
    UNIT_TABLE(tcase, test_header, headers);
    tcase_add_test(tcase, test_many_headers);
    tcase_add_test(tcase, test_too_many_parameters);
    tcase_add_test(tcase, test_find_header);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(shared_key_suite)
