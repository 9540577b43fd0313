/*
 * test_local.c: what the daemon answers by itself: its schema, and clients that a connection
 * opens.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "proto/value.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

static const struct fake_step nothing[] = {{0}}; /* that the service would be asked */

/* ---- rpc.describe ---- */

static const struct {
    const char *label;
    const char *params;
    struct wanted wanted[8];
} schemas[] = {
    {"one method",
     "{'method':'blob.set_blob_metadata'}",
     {{"methods", "[1]"},
      {"methods.0.method", "blob.set_blob_metadata"},
      {"methods.0.request", "PUT /{container}/{blob}?comp=metadata"},
      {"methods.0.access", "write"},
      {"methods.0.retry", "safe"},
      {"methods.0.params.0.name", "container"},
      {"methods.0.params.0.required", "true"}}},
    {"limits",
     "{'method':'lease.acquire'}",
     {{"methods.0.params.3.name", "lease_duration"},
      {"methods.0.params.3.min", "15"},
      {"methods.0.params.3.max", "60"},
      {"methods.0.params.3.values.0", "-1"},
      {"methods.0.params.3.unit", "seconds"},
      {"methods.0.params.3.default", "-1"}}},
    {"what it is instead, with a blob",
     "{'method':'lease.acquire'}",
     {{"methods.0.forms.0.when", "blob"},
      {"methods.0.forms.0.request", "PUT /{container}/{blob}?comp=lease"},
      {"methods.0.forms.0.params.1", "blob"},
      {"methods.0.forms.0.results.0.name", "lease_id"}}},
    {"another name of a method",
     "{'method':'service.create_container'}",
     {{"methods.0.method", "service.create_container"},
      {"methods.0.request", "PUT /{container}?restype=container"},
      {"methods.0.params.0.also.0", "name"}}},
    {"another name with a path of its own",
     "{'method':'blob.get_account_information'}",
     {{"methods.0.request", "GET /{container}/{blob}?restype=account&comp=properties"},
      {"methods.0.params.1.name", "blob"},
      {"methods.0.results.0.name", "sku_name"}}},
    {"a stream, and a descriptor",
     "{'method':'blob.download_blob'}",
     {{"methods.0.stream", "true"},
      {"methods.0.fd", "true"},
      {"methods.0.results.1.name", "size"},
      {"methods.0.results.1.unit", "bytes"},
      {"methods.0.results.2.name", "data"}}},
    {"no map", "{'method':'blob.exists'}", {{"methods.0.result", "boolean"}}},
    {"no method", "{'method':'blob.nothing'}", {{"code", "InvalidParameter"}}},
};

START_TEST(test_schemas)
{
    struct scene scene = scene_start(nothing, NULL, NULL);

    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
        check_wanted(schemas[i].label, rpc_call(scene.rpc, "rpc.describe", schemas[i].params),
                     schemas[i].wanted);
    scene_stop(&scene, "schemas");
}
END_TEST

/* Every method that is listed is one that can be described. */
START_TEST(test_all_methods)
{
    struct scene scene = scene_start(nothing, NULL, NULL);
    const msgpack_object *result = rpc_call(scene.rpc, "rpc.describe", NULL)->result;
    const msgpack_object *methods = azb_map_find(azb_value_map(result), "methods");
    char path[32], params[96];

    ck_assert(methods != NULL && methods->type == MSGPACK_OBJECT_ARRAY);
    ck_assert_uint_gt(methods->via.array.size, 90);
    for (uint32_t i = 0; i < methods->via.array.size; i++) {
        snprintf(path, sizeof(path), "methods.%u.method", i);
        snprintf(params, sizeof(params), "{'method':'%s'}", rpc_text(result, path));
        check_wanted(params, rpc_call(scene.rpc, "rpc.describe", params),
                     (const struct wanted[]){{"methods", "[1]"}, {0}});
    }
    scene_stop(&scene, "all methods");
}
END_TEST

/* ---- service.open, service.close ---- */

#define HEAD_BLOB_AS(client) \
    "blob.get_blob_properties", "{'client':'" client "','container':'c','blob':'b'}"
#define UNKNOWN ((const struct wanted[]){{"code", "UnknownClient"}, {0}})
#define SUCCESS ((const struct wanted[]){{"code", "(none)"}, {0}})

START_TEST(test_client)
{
    static const struct fake_step script[] = {{"HEAD /c/b", .reply = 200}, {0}};
    struct scene scene = scene_start(script, NULL, NULL);
    struct rpc *other = rpc_connect(scene.daemon);
    char params[512];

    snprintf(params, sizeof(params), "{'name':'mine','connection_string':'%s'}",
             fake_connection_string(scene.fake));
    check_wanted("before", rpc_call(scene.rpc, HEAD_BLOB_AS("mine")), UNKNOWN);
    check_wanted(
        "open", rpc_call(scene.rpc, "service.open", params),
        (const struct wanted[]){
            {"client", "mine"}, {"credential", "shared_key"}, {"code", "(none)"}, {0}});
    check_wanted("a call", rpc_call(scene.rpc, HEAD_BLOB_AS("mine")), SUCCESS);
    check_wanted("another connection", rpc_call(other, HEAD_BLOB_AS("mine")), UNKNOWN);
    check_wanted("close", rpc_call(scene.rpc, "service.close", "{'client':'mine'}"),
                 (const struct wanted[]){{"closed", "true"}, {0}});
    check_wanted("afterwards", rpc_call(scene.rpc, HEAD_BLOB_AS("mine")), UNKNOWN);
    check_wanted("twice", rpc_call(scene.rpc, "service.close", "{'client':'mine'}"), UNKNOWN);
    rpc_close(other);
    scene_stop(&scene, "a client");
}
END_TEST

/* A name that is not given is made up; the call that uses a name need not wait for its client.
 */
START_TEST(test_client_names)
{
    static const struct fake_step script[] = {{"HEAD /c/b", .reply = 200}, {0}};
    struct scene scene = scene_start(script, NULL, NULL);
    char params[512], name[64];
    uint32_t opened, asked;

    snprintf(params, sizeof(params), "{'connection_string':'%s'}",
             fake_connection_string(scene.fake));
    snprintf(name, sizeof(name), "%s",
             rpc_text(rpc_call(scene.rpc, "service.open", params)->result, "client"));
    ck_assert_str_ne(name,
                     rpc_text(rpc_call(scene.rpc, "service.open", params)->result, "client"));
    snprintf(params, sizeof(params), "{'name':'early','connection_string':'%s'}",
             fake_connection_string(scene.fake));
    opened = rpc_send(scene.rpc, "service.open", params);
    asked = rpc_send(scene.rpc, HEAD_BLOB_AS("early"));
    check_wanted("open", rpc_wait(scene.rpc, opened), SUCCESS);
    check_wanted("a call in one go with it", rpc_wait(scene.rpc, asked), SUCCESS);
    scene_stop(&scene, "names");
}
END_TEST

static const struct {
    const char *label;
    const char *params;
    const char *code;
} refused[] = {
    {"nothing", "{}", "InvalidParameter"},
    {"two ways", "{'account_url':'http://127.0.0.1/a','connection_string':'x'}",
     "InvalidParameter"},
    {"an environment that is a string", "{'environment':'x'}", "WrongType"},
    {"a credential of nothing", "{'connection_string':'x','credential':'y'}",
     "InvalidParameter"},
};

START_TEST(test_refused)
{
    struct scene scene = scene_start(nothing, NULL, NULL);

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        check_wanted(refused[i].label, rpc_call(scene.rpc, "service.open", refused[i].params),
                     (const struct wanted[]){{"code", refused[i].code}, {0}});
    scene_stop(&scene, "refused");
}
END_TEST

static Suite *local_suite(void)
{
    Suite *suite = suite_create("local");
    TCase *tc = tcase_create("local");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_schemas);
    tcase_add_test(tc, test_all_methods);
    tcase_add_test(tc, test_client);
    tcase_add_test(tc, test_client_names);
    tcase_add_test(tc, test_refused);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(local_suite)
