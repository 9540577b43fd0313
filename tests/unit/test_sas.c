/*
 * test_sas.c: SAS strings and signatures that other implementations give too, and what must not
 * be signed.
 */
#include "lib/auth/sas.h"

#include <string.h>

#include "lib/codec/url.h"
#include "tests/unit/auth_vectors.h"
#include "tests/unit/unit.h"

static struct azb_shared_key *key_new(const char *key_base64)
{
    struct azb_shared_key *key = NULL;
    struct azb_error err = {0};

    ck_assert_msg(
        azb_shared_key_new(VECTOR_ACCOUNT, key_base64, strlen(key_base64), &key, &err) == 0,
        "%s", err.message);
    return key;
}

/* A vector's parts, but for one. */
static struct azb_sas sas_with(const struct sas_vector *vector, enum azb_sas_part part,
                               const char *value)
{
    struct azb_sas sas = {.scheme = vector->scheme};

    memcpy(sas.values, vector->values, sizeof(sas.values));
    sas.values[part] = value;
    return sas;
}

static const struct sas_vector *vector_find(const char *label)
{
    for (size_t i = 0; i < N_ELEMENTS(sas_vectors); i++)
        if (strcmp(sas_vectors[i].label, label) == 0)
            return &sas_vectors[i];
    ck_abort_msg("no vector %s", label);
}

START_TEST(test_vector)
{
    const struct sas_vector *vector = &sas_vectors[_i];
    struct azb_sas sas = sas_with(vector, AZB_SAS_PERMISSION, NULL);
    struct azb_shared_key *key = key_new(vector->key);
    struct azb_buf text = {0}, token = {0}, wanted = {0};
    const char *letters = vector->values[AZB_SAS_PERMISSION];
    struct azb_error err = {0};

    if (letters != NULL)
        ck_assert_msg(azb_sas_set_permission(&sas, letters, strlen(letters), &err) == 0,
                      "%s: %s", vector->label, err.message);
    ck_assert_msg(azb_sas_string_to_sign(&sas, &text, &err) == 0, "%s: %s", vector->label,
                  err.message);
    ck_assert_msg(strcmp(azb_buf_cstr(&text), vector->string_to_sign) == 0, "%s: %s",
                  vector->label, azb_buf_cstr(&text));
    ck_assert_msg(azb_sas_token(&sas, key, &token, &err) == 0, "%s: %s", vector->label,
                  err.message);
    azb_buf_puts(&wanted, "&sig=");
    azb_url_encode(&wanted, vector->signature, strlen(vector->signature), AZB_URL_VALUE);
    ck_assert_msg(strstr(azb_buf_cstr(&token), azb_buf_cstr(&wanted)) != NULL, "%s: %s",
                  vector->label, azb_buf_cstr(&token));
    azb_buf_clear(&text);
    azb_buf_clear(&token);
    azb_buf_clear(&wanted);
    azb_shared_key_free(key);
}
END_TEST

static const struct {
    const char *label;
    const char *vector;
    enum azb_sas_part part;
    const char *value;
    const char *want; /* in the token */
} tokens[] = {
    {"values are encoded", "service_sas_blob@2021-12-02", AZB_SAS_CONTENT_TYPE,
     "a/b; c=\"+&=\"", "&rsct=a%2Fb%3B%20c%3D%22%2B%26%3D%22&"},
    {"paths are not in it", "service_sas_blob@2021-12-02", AZB_SAS_CONTENT_LANGUAGE, "de",
     "sv=2021-12-02&spr=https&st=2030-01-01T00%3A00%3A00Z&se=2030-01-02T00%3A00%3A00Z&sr=b"
     "&sp=racwd&rscl=de&sig="},
    {"sr is told even where it is not signed", "service_sas_blob@2015-04-05", AZB_SAS_IP, "::1",
     "&sip=%3A%3A1&sr=b&"},
    {"the depth of a directory", "service_sas_directory@2021-12-02", AZB_SAS_DEPTH, "0",
     "&sr=d&sdd=0&"},
    {"what is empty is left out", "service_sas_blob@2021-12-02", AZB_SAS_PROTOCOL, "",
     "sv=2021-12-02&st="},
};

START_TEST(test_token)
{
    struct azb_sas sas =
        sas_with(vector_find(tokens[_i].vector), tokens[_i].part, tokens[_i].value);
    struct azb_shared_key *key = key_new(VECTOR_ACCOUNT_KEY);
    struct azb_buf token = {0};
    struct azb_error err = {0};

    ck_assert_msg(azb_sas_token(&sas, key, &token, &err) == 0, "%s: %s", tokens[_i].label,
                  err.message);
    ck_assert_msg(strstr(azb_buf_cstr(&token), tokens[_i].want) != NULL, "%s: %s",
                  tokens[_i].label, azb_buf_cstr(&token));
    azb_buf_clear(&token);
    azb_shared_key_free(key);
}
END_TEST

static const struct {
    const char *label;
    const char *vector;
    enum azb_sas_part part;
    const char *value;
    const char *want; /* in the message */
} refused[] = {
    {"no version", "account_sas_basic@2021-12-02", AZB_SAS_VERSION, NULL, "api_version"},
    {"a version that is none", "account_sas_basic@2021-12-02", AZB_SAS_VERSION, "2021-12-2x",
     "api_version"},
    {"a version from before all this", "service_sas_blob@2021-12-02", AZB_SAS_VERSION,
     "2014-02-14", "2015-04-05"},
    {"a delegation from before there were any", "user_delegation_sas_blob@2021-12-02",
     AZB_SAS_VERSION, "2018-03-28", "2018-11-09"},
    {"a scope that the version does not know", "service_sas_blob@2020-02-10", AZB_SAS_SCOPE,
     "s", "'encryption_scope' needs api_version 2020-12-06"},
    {"a snapshot in an old version", "service_sas_snapshot@2021-12-02", AZB_SAS_VERSION,
     "2017-11-09", "'snapshot or version_id' needs api_version 2018-11-09"},
    {"a directory in an old version", "service_sas_directory@2021-12-02", AZB_SAS_VERSION,
     "2019-12-12", "2020-02-10"},
    {"a correlation id in an old version", "user_delegation_sas_blob@2018-11-09",
     AZB_SAS_CORRELATION_ID, "x", "'correlation_id' needs api_version 2020-02-10"},
    {"a delegated user in an old version", "user_delegation_sas_blob@2021-12-02",
     AZB_SAS_USER_OID, "x", "2025-07-05"},
    {"bound headers in an old version", "user_delegation_sas_blob@2025-07-05", AZB_SAS_HEADERS,
     "a:b\n", "2026-04-06"},
    {"a policy with a delegation", "user_delegation_sas_blob@2021-12-02", AZB_SAS_POLICY, "p",
     "'policy_id' does not go with"},
    {"a correlation id with an account key", "service_sas_blob@2021-12-02",
     AZB_SAS_CORRELATION_ID, "x", "'correlation_id' does not go with"},
    {"a header for answers in an account SAS", "account_sas_basic@2021-12-02",
     AZB_SAS_CONTENT_TYPE, "x", "'content_type' does not go with"},
    {"a line end in a header", "service_sas_blob@2021-12-02", AZB_SAS_CACHE_CONTROL, "a\nb",
     "'cache_control' holds a control character"},
    {"a line end in a name", "service_sas_blob@2021-12-02", AZB_SAS_PATH, "/blob/a/c/b\nx",
     "holds a control character"},
    {"a DEL in a policy", "service_sas_blob@2021-12-02", AZB_SAS_POLICY, "\x7f",
     "'policy_id' holds a control character"},
};

START_TEST(test_refused)
{
    struct azb_sas sas =
        sas_with(vector_find(refused[_i].vector), refused[_i].part, refused[_i].value);
    struct azb_shared_key *key = key_new(VECTOR_ACCOUNT_KEY);
    struct azb_buf token = {0};
    struct azb_error err = {0};

    ck_assert_msg(azb_sas_token(&sas, key, &token, &err) < 0, "%s: signed", refused[_i].label);
    ck_assert_msg(err.what == AZB_ERR_INVALID_ARG &&
                      strstr(err.message, refused[_i].want) != NULL,
                  "%s: %s", refused[_i].label, err.message);
    ck_assert_uint_eq(token.len, 0);
    azb_shared_key_free(key);
}
END_TEST

static const struct {
    const char *label;
    const char *vector;
    const char *letters;
    const char *want; /* NULL: refused */
} permissions[] = {
    {"put in order", "service_sas_blob@2021-12-02", "dwcar", "racwd"},
    {"all of a blob", "service_sas_blob@2021-12-02", "yiemtxdwcar", "racwdxtmeiy"},
    {"all of a container", "service_sas_container@2021-12-02", "fyiemtlxdwcar",
     "racwdxltmeiyf"},
    {"all of an account", "account_sas_basic@2021-12-02", "rwdxylacupfti", "rwdxftlacupiy"},
    {"a directory is listed", "service_sas_directory@2021-12-02", "lr", "rl"},
    {"a blob is not", "service_sas_blob@2021-12-02", "rl", NULL},
    {"none", "service_sas_blob@2021-12-02", "", ""},
    {"twice", "service_sas_blob@2021-12-02", "rr", NULL},
    {"capital letters", "service_sas_blob@2021-12-02", "R", NULL},
    {"something else", "account_sas_basic@2021-12-02", "read", NULL},
    {"not yet", "service_sas_blob@2018-11-09", "rx", NULL},
    {"just then", "user_delegation_sas_blob@2020-02-10", "me", "me"},
};

START_TEST(test_permission)
{
    struct azb_sas sas =
        sas_with(vector_find(permissions[_i].vector), AZB_SAS_PERMISSION, NULL);
    const char *letters = permissions[_i].letters;
    struct azb_error err = {0};
    int rc = azb_sas_set_permission(&sas, letters, strlen(letters), &err);

    ck_assert_msg((rc == 0) == (permissions[_i].want != NULL), "%s: %d", permissions[_i].label,
                  rc);
    if (rc < 0)
        ck_assert_msg(err.what == AZB_ERR_INVALID_ARG && strstr(err.message, "'permission'"),
                      "%s: %s", permissions[_i].label, err.message);
    else
        ck_assert_msg(strcmp(sas.values[AZB_SAS_PERMISSION], permissions[_i].want) == 0,
                      "%s: %s", permissions[_i].label, sas.values[AZB_SAS_PERMISSION]);
}
END_TEST

static Suite *sas_suite(void)
{
    Suite *suite = suite_create("sas");
    TCase *tcase = tcase_create("sas");

    UNIT_TABLE(tcase, test_vector, sas_vectors);
    UNIT_TABLE(tcase, test_token, tokens);
    UNIT_TABLE(tcase, test_refused, refused);
    UNIT_TABLE(tcase, test_permission, permissions);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(sas_suite)
