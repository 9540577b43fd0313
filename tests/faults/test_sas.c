/*
 * test_sas.c: SAS tokens from a real daemon: by its own key, by one that comes along, by a user
 * delegation key.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/codec/url.h"
#include "proto/value.h"
#include "tests/faults/daemon.h"
#include "tests/unit/auth_vectors.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

#define CONFIG                                                                               \
    "[profile default]\nconnection_string = "                                                \
    "DefaultEndpointsProtocol=http;AccountName=" VECTOR_ACCOUNT                              \
    ";AccountKey=" VECTOR_ACCOUNT_KEY ";BlobEndpoint=http://127.0.0.1:10000/" VECTOR_ACCOUNT \
    "\n"                                                                                     \
    "[profile guest]\naccount_url = https://guest.blob.core.windows.net\n"                   \
    "sas_token = sv=2021-12-02&sig=x\n"

struct stage {
    struct daemon *daemon;
    struct rpc *rpc;
};

static struct stage stage_start(void)
{
    struct stage stage = {.daemon = daemon_start(CONFIG)};

    stage.rpc = rpc_connect(stage.daemon);
    return stage;
}

static void stage_stop(struct stage *stage)
{
    rpc_close(stage->rpc);
    daemon_stop(stage->daemon);
}

/* "sp=r&" as the token has it: a part's value, encoded. */
static bool token_has(const char *token, const char *key, const char *value)
{
    struct azb_buf pair = {0};
    bool has;

    azb_buf_printf(&pair, "%s=", key);
    azb_url_encode(&pair, value, strlen(value), AZB_URL_VALUE);
    has = strstr(token, azb_buf_cstr(&pair)) != NULL;
    azb_buf_clear(&pair);
    return has;
}

static void check_token(const struct sas_vector *vector, const char *token)
{
    static const char *const keys[AZB_SAS_N_PARTS] = {
#define X(name, key, given_as) [AZB_SAS_##name] = key,
        AZB_SAS_MAP(X)
#undef X
    };

    ck_assert_msg(token_has(token, "&sig", vector->signature), "%s: %s", vector->label, token);
    for (unsigned part = 0; part < AZB_SAS_N_PARTS; part++)
        if (keys[part] != NULL && vector->values[part] != NULL)
            ck_assert_msg(token_has(token, keys[part], vector->values[part]), "%s: no %s in %s",
                          vector->label, keys[part], token);
}

/* Each vector, asked for with a key that comes along. A delegation key wins over it. */
START_TEST(test_vectors)
{
    struct stage stage = stage_start();

    for (size_t i = 0; i < N_ELEMENTS(sas_vectors); i++) {
        const struct sas_vector *vector = &sas_vectors[i];
        struct azb_buf params = {0};
        const struct azb_msg *response;

        azb_buf_printf(&params, "{'account_name':'%s','account_key':'%s',%s", VECTOR_ACCOUNT,
                       VECTOR_ACCOUNT_KEY, vector->params + 1);
        response = rpc_call(stage.rpc, vector->method, azb_buf_cstr(&params));
        ck_assert_msg(response->error == NULL, "%s: %s", vector->label,
                      rpc_text(response->error, "message"));
        check_token(vector, rpc_text(response->result, "sas_token"));
        ck_assert_str_eq(rpc_text(response->result, "url"), "(none)");
        azb_buf_clear(&params);
    }
    stage_stop(&stage);
}
END_TEST

/* Each vector again, now with the client's account and, without a delegation, its key. */
START_TEST(test_vectors_of_client)
{
    struct stage stage = stage_start();

    for (size_t i = 0; i < N_ELEMENTS(sas_vectors); i++) {
        const struct sas_vector *vector = &sas_vectors[i];
        const struct azb_msg *response = rpc_call(stage.rpc, vector->method, vector->params);

        ck_assert_msg(response->error == NULL, "%s: %s", vector->label,
                      rpc_text(response->error, "message"));
        check_token(vector, rpc_text(response->result, "sas_token"));
        ck_assert_msg(strncmp(rpc_text(response->result, "url"),
                              "http://127.0.0.1:10000/" VECTOR_ACCOUNT "/", 40) == 0,
                      "%s: %s", vector->label, rpc_text(response->result, "url"));
    }
    stage_stop(&stage);
}
END_TEST

#define EXPIRY "'permission':'r','expiry':'2030-01-02T00:00:00Z','api_version':'2021-12-02'"

static const struct {
    const char *label;
    const char *method;
    const char *params;
    const char *path; /* in the answer */
    const char *want; /* in the text that is there */
} answers[] = {
    {"an account's URL", "util.generate_account_sas", "{'resource_types':'o'," EXPIRY "}",
     "url", "http://127.0.0.1:10000/devstoreaccount1/?sv=2021-12-02&ss=b&srt=o&"},
    {"a container's URL", "util.generate_container_sas", "{'container_name':'c'," EXPIRY "}",
     "url", "/devstoreaccount1/c?sv="},
    {"a blob's URL", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'d e/f'," EXPIRY "}", "url",
     "/devstoreaccount1/c/d%20e/f?sv="},
    {"a snapshot's URL", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','snapshot':'2029-12-31T00:00:00.0000000Z'," EXPIRY
     "}",
     "url", "&snapshot=2029-12-31T00%3A00%3A00.0000000Z"},
    {"a version's URL", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','version_id':'2029-12-31T00:00:00.0000000Z'," EXPIRY
     "}",
     "url", "&versionid=2029-12-31T00%3A00%3A00.0000000Z"},
    {"a directory's depth", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'/a/b/c/','is_directory':true," EXPIRY "}", "sas_token",
     "&sdd=3&"},
    {"the root of all directories", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'','is_directory':true," EXPIRY "}", "sas_token",
     "&sdd=0&"},
    {"times as numbers", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','permission':'r','start':0,'expiry':1893542400}",
     "sas_token", "&st=1970-01-01T00%3A00%3A00Z&se=2030-01-02T00%3A00%3A00Z&"},
    {"the version of requests", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','permission':'r','expiry':1893542400}", "sas_token",
     "sv=20"},
    {"bound headers as pairs", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b'," VECTOR_DELEGATION_PARAM(
         "") ",'permission':'r',"
             "'expiry':1893542400,'api_version':'2026-04-06','request_headers':[['b','1'],['a',"
             "'2']]}",
     "sas_token", "&srh=b%2Ca&"},

    {"no permission", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','expiry':1893542400}", "message", "'permission'"},
    {"no expiry", "util.generate_container_sas", "{'container_name':'c','permission':'r'}",
     "message", "'expiry'"},
    {"no container", "util.generate_container_sas", "{'container_name':''," EXPIRY "}",
     "message", "'container_name' is empty"},
    {"no blob", "util.generate_blob_sas", "{'container_name':'c','blob_name':''," EXPIRY "}",
     "message", "'blob_name' is empty"},
    {"snapshot and version", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','snapshot':'1','version_id':'2'," EXPIRY "}",
     "message", "exclude each other"},
    {"two kinds of agent", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b'," VECTOR_DELEGATION_PARAM(
         "") ",'preauthorized_agent_object_id':'a','agent_object_id':'b'," EXPIRY "}",
     "message", "exclude each other"},
    {"letters of a container for a blob", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b','permission':'rl','expiry':1893542400}", "message",
     "util.generate_blob_sas: 'permission' has letters of racwdxtmeiy"},
    {"another service", "util.generate_account_sas",
     "{'services':'x','resource_types':'o'," EXPIRY "}", "message", "'services'"},
    {"another type of resource", "util.generate_account_sas",
     "{'resource_types':'b'," EXPIRY "}", "message", "'resource_types'"},
    {"a name without a key", "util.generate_account_sas",
     "{'account_name':'a','resource_types':'o'," EXPIRY "}", "message", "'account_name'"},
    {"a key that is none", "util.generate_account_sas",
     "{'account_name':'a','account_key':'!!!!','resource_types':'o'," EXPIRY "}", "code",
     "BadCredential"},
    {"a client without a key", "util.generate_blob_sas",
     "{'client':'guest','container_name':'c','blob_name':'b'," EXPIRY "}", "code",
     "NoCredential"},
    {"no such client", "util.generate_blob_sas",
     "{'client':'nobody','container_name':'c','blob_name':'b'," EXPIRY "}", "code",
     "UnknownClient"},
    {"a delegation key without a part", "util.generate_blob_sas",
     "{'user_delegation_key':{'value':'eA=='},'container_name':'c','blob_name':'b'," EXPIRY "}",
     "message", "user_delegation_key.signed_oid"},
    {"a delegation for an account", "util.generate_account_sas",
     "{" VECTOR_DELEGATION_PARAM("") ",'resource_types':'o'," EXPIRY "}", "code",
     "UnknownParameter"},
    {"a line end that would be signed", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b\\nx'," EXPIRY "}", "message", "control character"},
    {"a line end in a bound header", "util.generate_blob_sas",
     "{'container_name':'c','blob_name':'b'," VECTOR_DELEGATION_PARAM(
         "") ",'permission':'r',"
             "'expiry':1893542400,'api_version':'2026-04-06','request_headers':{'a':'b\\nc:d'}"
             "}",
     "message", "'request_headers' holds a line end"},
};

START_TEST(test_answer)
{
    struct stage stage = stage_start();
    const struct azb_msg *response =
        rpc_call(stage.rpc, answers[_i].method, answers[_i].params);
    const char *got = rpc_text(response->error != NULL ? response->error : response->result,
                               answers[_i].path);

    ck_assert_msg(strstr(got, answers[_i].want) != NULL, "%s: %s", answers[_i].label, got);
    stage_stop(&stage);
}
END_TEST

static Suite *sas_suite(void)
{
    Suite *suite = suite_create("sas");
    TCase *tc = tcase_create("sas");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_vectors);
    tcase_add_test(tc, test_vectors_of_client);
    UNIT_TABLE(tc, test_answer, answers);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(sas_suite)
