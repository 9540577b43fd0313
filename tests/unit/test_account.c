/*
 * test_account.c: accounts out of connection strings, URLs with credentials and environment
 * variables. Every secret here contains SECRET, which no message may repeat.
 */
#include "lib/auth/account.h"

#include <string.h>

#include "tests/unit/auth_vectors.h"
#include "tests/unit/unit.h"

#define SECRET "c2VjcmV0"
#define KEY SECRET "a2V5"
#define SAS "sv=2021-12-02&sp=r&sig=" SECRET "%3D"
#define HOST "acct.blob.core.windows.net"

/* What an account should have come to. NULL: must be NULL, too. */
struct want {
    const char *name;
    const char *origin;
    const char *base_path;
    const char *secondary_origin;
    const char *secondary_path;
    enum azb_credential_kind kind;
    const char *sas;
};

#define WANT_ACCT(...)                                                                   \
    {                                                                                    \
        "acct", "https://" HOST, "", "https://acct-secondary.blob.core.windows.net", "", \
            __VA_ARGS__                                                                  \
    }

static void ck_text(const char *label, const char *what, const char *got, const char *want)
{
    if (want == NULL)
        ck_assert_msg(got == NULL, "%s: %s is %s", label, what, got);
    else
        ck_assert_msg(got != NULL && strcmp(got, want) == 0, "%s: %s is %s, not %s", label,
                      what, got, want);
}

static void ck_account(const char *label, const struct azb_account *account,
                       const struct want *want)
{
    ck_text(label, "name", account->name, want->name);
    ck_text(label, "origin", account->primary.origin, want->origin);
    ck_text(label, "base path", account->primary.base_path, want->base_path);
    ck_text(label, "secondary", account->secondary.origin, want->secondary_origin);
    ck_text(label, "secondary path", account->secondary.base_path, want->secondary_path);
    ck_text(label, "credential", azb_credential_kind_name(account->kind),
            azb_credential_kind_name(want->kind));
    ck_text(label, "SAS", account->sas, want->sas);
    ck_assert_int_eq(account->is_https, strncmp(want->origin, "https:", 6) == 0);
    ck_assert_int_eq(account->key != NULL, want->kind == AZB_CREDENTIAL_SHARED_KEY);
    ck_assert_int_eq(account->token != NULL, want->kind == AZB_CREDENTIAL_TOKEN);
}

static void ck_refused(const char *label, int rc, const struct azb_account *account,
                       const struct azb_error *err, enum azb_err want)
{
    ck_assert_msg(rc == -1 && account == NULL, "%s: accepted", label);
    ck_assert_msg(err->what == want, "%s: %s: %s", label, azb_error_code(err->what),
                  err->message);
    ck_assert_msg(err->message[0] != '\0', "%s: no message", label);
    ck_assert_msg(strstr(err->message, SECRET) == NULL, "%s: told: %s", label, err->message);
}

static const struct {
    const char *text;
    struct want want;
} good_strings[] = {
    {"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=" KEY
     ";EndpointSuffix=core.windows.net",
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"accountname=acct;ACCOUNTKEY=" KEY, WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {" AccountName = acct ; AccountKey = " KEY " ;;\n", WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"AccountName=acct;AccountKey=" KEY "\r\n", WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"AccountName=acct;AccountKey=" KEY "Zg==", WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"AccountName=acct;SharedAccessSignature=" SAS, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"AccountName=acct;SharedAccessSignature=?" SAS, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"SharedAccessSignature=" SAS ";AccountName=acct;AccountKey=" KEY,
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"AccountName=acct", WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"BlobEndpoint=https://" HOST "/;SharedAccessSignature=" SAS,
     WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"BlobEndpoint=https://" HOST "/?" SAS, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"BlobEndpoint=https://" HOST "/?sig=other;SharedAccessSignature=" SAS,
     WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"BlobEndpoint=" HOST ";AccountKey=" KEY, WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"AccountName=acct;QueueEndpoint=https://acct.queue.core.windows.net;TableEndpoint=x;"
     "FileEndpoint=;FileSecondaryEndpoint=y",
     WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"AccountName=acct;UseDevelopmentStorage=false", WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=" KEY
     ";EndpointSuffix=core.chinacloudapi.cn",
     {"acct", "http://acct.blob.core.chinacloudapi.cn", "",
      "http://acct-secondary.blob.core.chinacloudapi.cn", "", AZB_CREDENTIAL_SHARED_KEY}},
    {"DefaultEndpointsProtocol=HTTP;AccountName=acct;AccountKey=" KEY
     ";BlobEndpoint=https://files.example.com",
     {"acct", "https://files.example.com", "", NULL, NULL, AZB_CREDENTIAL_SHARED_KEY}},
    {"AccountName=acct;AccountKey=" KEY ";BlobEndpoint=https://one.example.com;"
     "BlobSecondaryEndpoint=https://two.example.com/x/",
     {"acct", "https://one.example.com", "", "https://two.example.com", "/x",
      AZB_CREDENTIAL_SHARED_KEY}},
    {"AccountName=acct;BlobSecondaryEndpoint=https://two.example.com",
     {"acct", "https://" HOST, "", "https://two.example.com", "", AZB_CREDENTIAL_NONE}},
    {"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=" VECTOR_ACCOUNT_KEY
     ";BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;",
     {"devstoreaccount1", "http://127.0.0.1:10000", "/devstoreaccount1",
      "http://127.0.0.1:10000", "/devstoreaccount1-secondary", AZB_CREDENTIAL_SHARED_KEY}},
    {"UseDevelopmentStorage=true",
     {"devstoreaccount1", "http://127.0.0.1:10000", "/devstoreaccount1",
      "http://127.0.0.1:10000", "/devstoreaccount1-secondary", AZB_CREDENTIAL_SHARED_KEY}},
    {"useDevelopmentStorage=TRUE;DevelopmentStorageProxyUri=http://proxy.example;",
     {"devstoreaccount1", "http://proxy.example:10000", "/devstoreaccount1",
      "http://proxy.example:10000", "/devstoreaccount1-secondary", AZB_CREDENTIAL_SHARED_KEY}},
    {"DevelopmentStorageProxyUri=http://azurite:80/;UseDevelopmentStorage=true",
     {"devstoreaccount1", "http://azurite:80", "/devstoreaccount1", "http://azurite:80",
      "/devstoreaccount1-secondary", AZB_CREDENTIAL_SHARED_KEY}},
    {"DevelopmentStorageProxyUri=http://[::1];UseDevelopmentStorage=true",
     {"devstoreaccount1", "http://[::1]:10000", "/devstoreaccount1", "http://[::1]:10000",
      "/devstoreaccount1-secondary", AZB_CREDENTIAL_SHARED_KEY}},
};

START_TEST(test_good_string)
{
    const char *text = good_strings[_i].text;
    struct azb_account *account = NULL;
    struct azb_error err = {0};

    ck_assert_msg(azb_account_from_connection_string(text, strlen(text), &account, &err) == 0,
                  "%s: %s", text, err.message);
    ck_account(text, account, &good_strings[_i].want);
    azb_account_unref(account);
}
END_TEST

static const struct {
    const char *text;
    enum azb_err want;
    const char *says; /* a part of the message; NULL: any */
} bad_strings[] = {
    {"", AZB_ERR_INVALID_ARG, "AccountName"},
    {";;;", AZB_ERR_INVALID_ARG, "AccountName"},
    {"AccountKey=" KEY, AZB_ERR_INVALID_ARG, "AccountName"},
    {"SharedAccessSignature=" SAS, AZB_ERR_INVALID_ARG, "AccountName"},
    {"BlobSecondaryEndpoint=https://two.example.com", AZB_ERR_INVALID_ARG, "AccountName"},
    {"AccountName", AZB_ERR_INVALID_ARG, "'='"},
    {"AccountName=acct;" SECRET, AZB_ERR_INVALID_ARG, "'='"},
    {SECRET, AZB_ERR_INVALID_ARG, "'='"},
    {SECRET "==", AZB_ERR_INVALID_ARG, NULL},
    {"secretsecret==", AZB_ERR_INVALID_ARG, NULL},
    {KEY "/+" KEY "=x", AZB_ERR_INVALID_ARG, NULL},
    {SAS, AZB_ERR_INVALID_ARG, "'sv'"},
    {"https://" HOST "/?" SAS, AZB_ERR_INVALID_ARG, NULL},
    {"AccountName=acct;AcountKey=" KEY, AZB_ERR_INVALID_ARG, "'AcountKey'"},
    {"AccountName=acct;Account Key=" KEY, AZB_ERR_INVALID_ARG, NULL},
    {"AccountName=acct;=" KEY, AZB_ERR_INVALID_ARG, NULL},
    {"AccountName=acct;AccountKey=", AZB_ERR_INVALID_ARG, "AccountKey"},
    {"AccountName=;AccountKey=" KEY, AZB_ERR_INVALID_ARG, "AccountName"},
    {"AccountName=acct;AccountName=other", AZB_ERR_INVALID_ARG, "AccountName twice"},
    {"AccountName=acct;AccountKey=" KEY ";accountkey=" KEY, AZB_ERR_INVALID_ARG,
     "AccountKey twice"},
    {"AccountName=acct;AccountKey=" SECRET "x", AZB_ERR_BAD_CREDENTIAL, "'acct'"},
    {"AccountName=acct;AccountKey=" SECRET " " SECRET, AZB_ERR_BAD_CREDENTIAL, "'acct'"},
    {"AccountName=acct;SharedAccessSignature=?", AZB_ERR_BAD_CREDENTIAL, "SAS"},
    {"AccountName=acct;SharedAccessSignature=sig=" SECRET " x", AZB_ERR_BAD_CREDENTIAL, "SAS"},
    {"AccountName=acct;SharedAccessSignature=sig=" SECRET "\xc3\xa4", AZB_ERR_BAD_CREDENTIAL,
     "SAS"},
    {"AccountName=a/b", AZB_ERR_INVALID_ARG, "AccountName"},
    {"AccountName=evil.example/", AZB_ERR_INVALID_ARG, "AccountName"},
    {"AccountName=user@evil", AZB_ERR_INVALID_ARG, "AccountName"},
    {"AccountName=a\r\nb;BlobEndpoint=https://" HOST, AZB_ERR_INVALID_ARG, "account name"},
    {"AccountName=acct;EndpointSuffix=core.windows.net/x", AZB_ERR_INVALID_ARG,
     "EndpointSuffix"},
    {"AccountName=acct;EndpointSuffix=x?" SAS, AZB_ERR_INVALID_ARG, "EndpointSuffix"},
    {"AccountName=acct;EndpointSuffix=a b", AZB_ERR_INVALID_ARG, "white space"},
    {"DefaultEndpointsProtocol=ftp;AccountName=acct", AZB_ERR_INVALID_ARG, "http or https"},
    {"BlobEndpoint=ftp://" HOST, AZB_ERR_INVALID_ARG, "http"},
    {"BlobEndpoint=https://u:" SECRET "@" HOST, AZB_ERR_INVALID_ARG, "password"},
    {"BlobEndpoint=https://files.example.com;AccountKey=" KEY, AZB_ERR_INVALID_ARG, "name"},
    {"BlobEndpoint=https://" HOST ";BlobSecondaryEndpoint=https://", AZB_ERR_INVALID_ARG,
     "host"},
    {"UseDevelopmentStorage=yes", AZB_ERR_INVALID_ARG, "UseDevelopmentStorage"},
    {"UseDevelopmentStorage=false", AZB_ERR_INVALID_ARG, "AccountName"},
    {"UseDevelopmentStorage=true;AccountName=acct", AZB_ERR_INVALID_ARG, "whole account"},
    {"UseDevelopmentStorage=true;SharedAccessSignature=" SAS, AZB_ERR_INVALID_ARG,
     "whole account"},
    {"DevelopmentStorageProxyUri=http://h;AccountName=acct", AZB_ERR_INVALID_ARG,
     "DevelopmentStorageProxyUri"},
    {"UseDevelopmentStorage=true;DevelopmentStorageProxyUri=unix:///x", AZB_ERR_INVALID_ARG,
     "http"},
};

START_TEST(test_bad_string)
{
    const char *text = bad_strings[_i].text;
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    int rc = azb_account_from_connection_string(text, strlen(text), &account, &err);

    ck_refused(text, rc, account, &err, bad_strings[_i].want);
    if (bad_strings[_i].says != NULL)
        ck_assert_msg(strstr(err.message, bad_strings[_i].says) != NULL, "%s: %s", text,
                      err.message);
    ck_assert_msg(strstr(err.message, "secretsecret") == NULL, "%s", err.message);
}
END_TEST

START_TEST(test_string_with_nul)
{
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    int rc = azb_account_from_connection_string("AccountName=acct\0;x", 19, &account, &err);

    ck_refused("NUL", rc, account, &err, AZB_ERR_INVALID_ARG);
}
END_TEST

/* Credentials as msgpack; pairs end with a NULL name. */
enum {
    MAX_PAIRS = 4,
};

struct credential {
    const char *text;
    struct {
        const char *name;
        const char *value;
    } map[MAX_PAIRS];
};

static const msgpack_object *credential_object(const struct credential *credential,
                                               msgpack_object *ret, msgpack_object_kv *pairs)
{
    uint32_t n = 0;

    if (credential->text != NULL) {
        ret->type = MSGPACK_OBJECT_STR;
        ret->via.str.ptr = credential->text;
        ret->via.str.size = (uint32_t)strlen(credential->text);
        return ret;
    }
    for (; n < MAX_PAIRS && credential->map[n].name != NULL; n++) {
        credential_object(&(struct credential){.text = credential->map[n].name}, &pairs[n].key,
                          NULL);
        credential_object(&(struct credential){.text = credential->map[n].value}, &pairs[n].val,
                          NULL);
    }
    ret->type = MSGPACK_OBJECT_MAP;
    ret->via.map.size = n;
    ret->via.map.ptr = pairs;
    return n > 0 ? ret : NULL;
}

static int from_url(const char *url, const struct credential *credential, const char *secondary,
                    struct azb_account **ret, struct azb_error *err)
{
    msgpack_object object;
    msgpack_object_kv pairs[MAX_PAIRS];

    return azb_account_from_url(url, strlen(url), credential_object(credential, &object, pairs),
                                secondary, ret, err);
}

static const struct {
    const char *url;
    struct credential credential;
    const char *secondary;
    struct want want;
} good_urls[] = {
    {"acct", {NULL}, NULL, WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"acct", {KEY}, NULL, WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"acct", {SAS}, NULL, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"acct", {"?" SAS}, NULL, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"acct", {NULL, {{"token", "t"}}}, NULL, WANT_ACCT(AZB_CREDENTIAL_TOKEN)},
    {"acct",
     {NULL, {{"sas_token", "?" SAS "&new=1"}}},
     NULL,
     WANT_ACCT(AZB_CREDENTIAL_SAS, SAS "&new=1")},
    {"acct",
     {NULL, {{"account_key", KEY}, {"account_name", "acct"}}},
     NULL,
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"https://" HOST "//", {NULL}, NULL, WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"https://ACCT.blob.core.windows.net", {KEY}, NULL, WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {HOST "?" SAS, {NULL}, NULL, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {HOST "/?comp=list&" SAS "&restype=container",
     {NULL},
     NULL,
     WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {HOST "?comp=list&sv=2021-12-02", {NULL}, NULL, WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {HOST "?sig=other", {SAS}, NULL, WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {HOST "?" SAS, {KEY}, NULL, WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {HOST "?" SAS, {NULL, {{"token", "t"}}}, NULL, WANT_ACCT(AZB_CREDENTIAL_TOKEN)},
    {"https://" HOST,
     {NULL},
     "two.example.com/?" SAS,
     {"acct", "https://" HOST, "", "https://two.example.com", "", AZB_CREDENTIAL_NONE}},
    {"https://acct-secondary.blob.core.windows.net",
     {KEY},
     NULL,
     {"acct", "https://acct-secondary.blob.core.windows.net", "", NULL, NULL,
      AZB_CREDENTIAL_SHARED_KEY}},
    {"https://acct.z12.blob.storage.azure.net",
     {KEY},
     NULL,
     {"acct", "https://acct.z12.blob.storage.azure.net", "",
      "https://acct-secondary.z12.blob.storage.azure.net", "", AZB_CREDENTIAL_SHARED_KEY}},
    {"http://acct.blob.localhost:10000",
     {KEY},
     NULL,
     {"acct", "http://acct.blob.localhost:10000", "",
      "http://acct-secondary.blob.localhost:10000", "", AZB_CREDENTIAL_SHARED_KEY}},
    {"http://127.0.0.1:10000/devstoreaccount1/",
     {VECTOR_ACCOUNT_KEY},
     NULL,
     {"devstoreaccount1", "http://127.0.0.1:10000", "/devstoreaccount1",
      "http://127.0.0.1:10000", "/devstoreaccount1-secondary", AZB_CREDENTIAL_SHARED_KEY}},
    {"http://localhost:10000/acct/more",
     {KEY},
     NULL,
     {"acct", "http://localhost:10000", "/acct/more", "http://localhost:10000",
      "/acct-secondary/more", AZB_CREDENTIAL_SHARED_KEY}},
    {"http://[::1]:10000/acct",
     {KEY},
     NULL,
     {"acct", "http://[::1]:10000", "/acct", "http://[::1]:10000", "/acct-secondary",
      AZB_CREDENTIAL_SHARED_KEY}},
    {"http://azurite:10000/acct",
     {KEY},
     NULL,
     {"acct", "http://azurite:10000", "/acct", "http://azurite:10000", "/acct-secondary",
      AZB_CREDENTIAL_SHARED_KEY}},
    {"http://10.0.0.1/acct-secondary",
     {KEY},
     NULL,
     {"acct", "http://10.0.0.1", "/acct-secondary", NULL, NULL, AZB_CREDENTIAL_SHARED_KEY}},
    {"https://files.example.com/x",
     {NULL, {{"account_name", "acct"}, {"account_key", KEY}}},
     NULL,
     {"acct", "https://files.example.com", "/x", NULL, NULL, AZB_CREDENTIAL_SHARED_KEY}},
    {"https://files.example.com",
     {SAS},
     NULL,
     {"", "https://files.example.com", "", NULL, NULL, AZB_CREDENTIAL_SAS, SAS}},
    {"https://" HOST,
     {NULL, {{"account_name", "other"}, {"account_key", KEY}}},
     NULL,
     {"other", "https://" HOST, "", "https://acct-secondary.blob.core.windows.net", "",
      AZB_CREDENTIAL_SHARED_KEY}},
    {"http://127.0.0.1",
     {NULL},
     NULL,
     {"", "http://127.0.0.1", "", NULL, NULL, AZB_CREDENTIAL_NONE}},
};

START_TEST(test_good_url)
{
    const char *url = good_urls[_i].url;
    struct azb_account *account = NULL;
    struct azb_error err = {0};

    ck_assert_msg(
        from_url(url, &good_urls[_i].credential, good_urls[_i].secondary, &account, &err) == 0,
        "%s: %s", url, err.message);
    ck_account(url, account, &good_urls[_i].want);
    azb_account_unref(account);
}
END_TEST

static const struct {
    const char *label;
    const char *url;
    struct credential credential;
    const char *secondary;
    enum azb_err want;
} bad_urls[] = {
    {"no URL", "", {KEY}, NULL, AZB_ERR_INVALID_ARG},
    {"another scheme", "ftp://" HOST, {KEY}, NULL, AZB_ERR_INVALID_ARG},
    {"a URL with a fragment and a SAS", HOST "?" SAS "#x", {NULL}, NULL, AZB_ERR_INVALID_ARG},
    {"a connection string as URL",
     "AccountName=acct;AccountKey=" KEY,
     {NULL},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"a bad secondary", HOST, {NULL}, "https://u:" SECRET "@h", AZB_ERR_INVALID_ARG},
    {"an empty secondary", HOST, {NULL}, "", AZB_ERR_INVALID_ARG},
    {"empty credential", HOST, {""}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"only a question mark", HOST, {"?"}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"no base64", HOST, {SECRET "!"}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"newline behind the key", HOST, {KEY "\n"}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"newline behind the SAS", HOST, {SAS "\n"}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"a query that is no SAS is a key, and no good one",
     HOST,
     {"a=b&sig=" SECRET},
     NULL,
     AZB_ERR_BAD_CREDENTIAL},
    {"a SAS name without a value", HOST, {"sig"}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"a connection string as credential",
     HOST,
     {"AccountName=acct;AccountKey=" KEY},
     NULL,
     AZB_ERR_BAD_CREDENTIAL},
    {"key without a name", "https://files.example.com", {KEY}, NULL, AZB_ERR_INVALID_ARG},
    {"key without a name, a path on a domain",
     "https://files.example.com/acct",
     {KEY},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"key without a name, IP address",
     "http://127.0.0.1:10000",
     {KEY},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"a name that is none in the path",
     "http://127.0.0.1/a%20b",
     {KEY},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"token over http", "http://" HOST, {NULL, {{"token", SECRET}}}, NULL, AZB_ERR_INVALID_ARG},
    {"token over http to this machine",
     "http://127.0.0.1/acct",
     {NULL, {{"token", SECRET}}},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"token with a plain secondary",
     HOST,
     {NULL, {{"token", SECRET}}},
     "http://two.example.com",
     AZB_ERR_INVALID_ARG},
    {"token with a newline",
     HOST,
     {NULL, {{"token", SECRET "\r\nx: y"}}},
     NULL,
     AZB_ERR_BAD_CREDENTIAL},
    {"empty token", HOST, {NULL, {{"token", ""}}}, NULL, AZB_ERR_BAD_CREDENTIAL},
    {"name without a key", HOST, {NULL, {{"account_name", "acct"}}}, NULL, AZB_ERR_INVALID_ARG},
    {"name that is none",
     HOST,
     {NULL, {{"account_name", "a:b"}, {"account_key", KEY}}},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"key and SAS",
     HOST,
     {NULL, {{"account_key", KEY}, {"sas_token", SAS}}},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"SAS and token",
     HOST,
     {NULL, {{"sas_token", SAS}, {"token", SECRET}}},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"unknown name in the map",
     HOST,
     {NULL, {{"account_key", KEY}, {SECRET, "x"}}},
     NULL,
     AZB_ERR_INVALID_ARG},
    {"a name twice",
     HOST,
     {NULL, {{"token", SECRET}, {"token", SECRET}}},
     NULL,
     AZB_ERR_INVALID_ARG},
};

START_TEST(test_bad_url)
{
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    int rc = from_url(bad_urls[_i].url, &bad_urls[_i].credential, bad_urls[_i].secondary,
                      &account, &err);

    ck_refused(bad_urls[_i].label, rc, account, &err, bad_urls[_i].want);
}
END_TEST

static const struct {
    const char *label;
    msgpack_object object;
    enum azb_err want; /* AZB_OK: anonymous */
} odd_credentials[] = {
    {"nil", {.type = MSGPACK_OBJECT_NIL}, AZB_OK},
    {"a number", {.type = MSGPACK_OBJECT_POSITIVE_INTEGER}, AZB_ERR_WRONG_TYPE},
    {"true", {.type = MSGPACK_OBJECT_BOOLEAN}, AZB_ERR_WRONG_TYPE},
    {"an array", {.type = MSGPACK_OBJECT_ARRAY}, AZB_ERR_WRONG_TYPE},
    {"an empty map", {.type = MSGPACK_OBJECT_MAP}, AZB_ERR_INVALID_ARG},
    {"a str with more bytes behind it",
     {.type = MSGPACK_OBJECT_STR, .via.str = {4, KEY "!"}},
     AZB_OK},
    {"bin", {.type = MSGPACK_OBJECT_BIN, .via.bin = {4, KEY}}, AZB_OK},
};

START_TEST(test_odd_credential)
{
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    msgpack_object object = odd_credentials[_i].object;
    int rc;

    rc = azb_account_from_url("acct", 4, &object, NULL, &account, &err);
    if (odd_credentials[_i].want != AZB_OK) {
        ck_refused(odd_credentials[_i].label, rc, account, &err, odd_credentials[_i].want);
        return;
    }
    ck_assert_msg(rc == 0, "%s: %s", odd_credentials[_i].label, err.message);
    azb_account_unref(account);
}
END_TEST

/* NULs where a C string would end: nothing behind one may be lost in silence. */
START_TEST(test_nul)
{
    msgpack_object object = {.type = MSGPACK_OBJECT_STR, .via.str = {13, KEY "\0"}};
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    int rc = azb_account_from_url("acct", 4, &object, NULL, &account, &err);

    ck_refused("in the credential", rc, account, &err, AZB_ERR_BAD_CREDENTIAL);
    rc = azb_account_from_url("acct\0.evil", 10, NULL, NULL, &account, &err);
    ck_refused("in the URL", rc, account, &err, AZB_ERR_INVALID_ARG);
}
END_TEST

START_TEST(test_refs)
{
    struct azb_account *account = NULL;

    ck_assert_int_eq(azb_account_from_url("acct", 4, NULL, NULL, &account, NULL), 0);
    ck_assert_ptr_eq(azb_account_ref(account), account);
    azb_account_unref(account);
    ck_assert_str_eq(account->name, "acct");
    azb_account_unref(account);
    azb_account_unref(NULL);
}
END_TEST

/* An environment: "NAME=value" texts, NULL at the end. */
static const char *get_from_list(const char *name, void *arg)
{
    for (const char *const *variable = arg; *variable != NULL; variable++) {
        size_t n = strlen(name);

        if (strncmp(*variable, name, n) == 0 && (*variable)[n] == '=')
            return *variable + n + 1;
    }
    return NULL;
}

#define VAR(name, value) "AZURE_STORAGE_" name "=" value

static const struct {
    const char *label;
    const char *variables[6];
    struct want want;
} good_environments[] = {
    {"connection string",
     {VAR("CONNECTION_STRING", "AccountName=acct;AccountKey=" KEY)},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"it wins over all",
     {VAR("CONNECTION_STRING", "AccountName=acct"), VAR("ACCOUNT", "other"), VAR("KEY", KEY),
      VAR("SAS_TOKEN", SAS), VAR("AUTH_MODE", "login")},
     WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"account alone", {VAR("ACCOUNT", "acct")}, WANT_ACCT(AZB_CREDENTIAL_NONE)},
    {"account and key",
     {VAR("ACCOUNT", "acct"), VAR("KEY", KEY)},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"the other names",
     {VAR("ACCOUNT_NAME", "acct"), VAR("ACCOUNT_KEY", KEY)},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"and one more",
     {VAR("ACCOUNT_NAME", "acct"), VAR("ACCESS_KEY", KEY)},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"first names first",
     {VAR("ACCOUNT_NAME", "other"), VAR("ACCOUNT", "acct"), VAR("ACCESS_KEY", "!"),
      VAR("KEY", KEY)},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"empty ones do not count",
     {VAR("CONNECTION_STRING", ""), VAR("ACCOUNT", ""), VAR("ACCOUNT_NAME", "acct"),
      VAR("SAS_TOKEN", ""), VAR("KEY", KEY)},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"a SAS wins over a key",
     {VAR("ACCOUNT", "acct"), VAR("KEY", KEY), VAR("SAS_TOKEN", "?" SAS)},
     WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
    {"mode key",
     {VAR("ACCOUNT", "acct"), VAR("KEY", KEY), VAR("AUTH_MODE", "Key")},
     WANT_ACCT(AZB_CREDENTIAL_SHARED_KEY)},
    {"endpoint",
     {VAR("SERVICE_ENDPOINT", "http://127.0.0.1:10000/acct"), VAR("KEY", KEY)},
     {"acct", "http://127.0.0.1:10000", "/acct", "http://127.0.0.1:10000", "/acct-secondary",
      AZB_CREDENTIAL_SHARED_KEY}},
    {"endpoint and account",
     {VAR("SERVICE_ENDPOINT", "https://files.example.com"), VAR("ACCOUNT", "acct"),
      VAR("KEY", KEY)},
     {"acct", "https://files.example.com", "", NULL, NULL, AZB_CREDENTIAL_SHARED_KEY}},
    {"endpoint with a SAS",
     {VAR("SERVICE_ENDPOINT", HOST "?" SAS)},
     WANT_ACCT(AZB_CREDENTIAL_SAS, SAS)},
};

START_TEST(test_good_environment)
{
    struct azb_account *account = NULL;
    struct azb_error err = {0};

    ck_assert_msg(azb_account_from_environment(get_from_list,
                                               (void *)good_environments[_i].variables,
                                               &account, &err) == 0,
                  "%s: %s", good_environments[_i].label, err.message);
    ck_account(good_environments[_i].label, account, &good_environments[_i].want);
    azb_account_unref(account);
}
END_TEST

static const struct {
    const char *label;
    const char *variables[6];
    enum azb_err want;
} bad_environments[] = {
    {"nothing", {NULL}, AZB_ERR_NO_CREDENTIAL},
    {"nothing of ours", {"AZURE_STORAGE=x", "PATH=y"}, AZB_ERR_NO_CREDENTIAL},
    {"only empty ones", {VAR("ACCOUNT", ""), VAR("KEY", "")}, AZB_ERR_NO_CREDENTIAL},
    {"login",
     {VAR("ACCOUNT", "acct"), VAR("AUTH_MODE", "login"), VAR("KEY", KEY)},
     AZB_ERR_NO_CREDENTIAL},
    {"another mode", {VAR("ACCOUNT", "acct"), VAR("AUTH_MODE", SECRET)}, AZB_ERR_CONFIG},
    {"key without an account", {VAR("KEY", KEY)}, AZB_ERR_CONFIG},
    {"SAS without an account", {VAR("SAS_TOKEN", SAS)}, AZB_ERR_CONFIG},
    {"account that is a URL", {VAR("ACCOUNT", "https://" HOST)}, AZB_ERR_CONFIG},
    {"bad key", {VAR("ACCOUNT", "acct"), VAR("KEY", SECRET "!")}, AZB_ERR_BAD_CREDENTIAL},
    {"bad SAS", {VAR("ACCOUNT", "acct"), VAR("SAS_TOKEN", SECRET " ")}, AZB_ERR_BAD_CREDENTIAL},
    {"bad connection string",
     {VAR("CONNECTION_STRING", SECRET), VAR("ACCOUNT", "acct")},
     AZB_ERR_INVALID_ARG},
    {"bad endpoint",
     {VAR("SERVICE_ENDPOINT", "ftp://h"), VAR("ACCOUNT", "acct")},
     AZB_ERR_INVALID_ARG},
};

START_TEST(test_bad_environment)
{
    struct azb_account *account = NULL;
    struct azb_error err = {0};
    int rc = azb_account_from_environment(get_from_list, (void *)bad_environments[_i].variables,
                                          &account, &err);

    ck_refused(bad_environments[_i].label, rc, account, &err, bad_environments[_i].want);
}
END_TEST

/* The list of variables is what a client sends: whatever is asked for has to be in it. */
static const char *get_if_listed(const char *name, void *arg)
{
    bool is_listed = false;

    (void)arg;
    for (const char *const *listed = azb_account_variables; *listed != NULL; listed++)
        is_listed |= strcmp(*listed, name) == 0;
    ck_assert_msg(is_listed, "%s is not in azb_account_variables", name);
    return strcmp(name, "AZURE_STORAGE_ACCOUNT") == 0 ? "acct" : NULL;
}

START_TEST(test_variables)
{
    struct azb_account *account = NULL;

    ck_assert_int_eq(azb_account_from_environment(get_if_listed, NULL, &account, NULL), 0);
    azb_account_unref(account);
}
END_TEST

static Suite *account_suite(void)
{
    Suite *suite = suite_create("account");
    TCase *tcase = tcase_create("account");

    UNIT_TABLE(tcase, test_good_string, good_strings);
    UNIT_TABLE(tcase, test_bad_string, bad_strings);
    UNIT_TABLE(tcase, test_good_url, good_urls);
    UNIT_TABLE(tcase, test_bad_url, bad_urls);
    UNIT_TABLE(tcase, test_odd_credential, odd_credentials);
    UNIT_TABLE(tcase, test_good_environment, good_environments);
    UNIT_TABLE(tcase, test_bad_environment, bad_environments);
    tcase_add_test(tcase, test_string_with_nul);
    tcase_add_test(tcase, test_nul);
    tcase_add_test(tcase, test_refs);
    tcase_add_test(tcase, test_variables);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(account_suite)
