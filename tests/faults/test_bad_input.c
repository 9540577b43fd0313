/*
 * test_bad_input.c: what a client gets wrong. A call that cannot be right is refused with the
 * names of what is wrong, before anything is sent; a stream of bytes that cannot be followed
 * ends its own session and no other.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proto/buf.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum { TEST_LIMIT_S = 60 };

static const struct fake_step nothing[] = {{0}};

static const struct {
    const char *label;
    const char *method, *params;
    const char *code;
    const char *names[2]; /* what the message must name */
} refusals[] = {
    {"no such method", "blob.frobnicate", "{}", "UnknownMethod", {"blob.frobnicate"}},
    {"no method at all", "", "{}", "UnknownMethod", {""}},
    {"no such parameter",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b','tea':1}",
     "UnknownParameter",
     {"blob.get_blob_properties", "tea"}},
    {"a number for a name",
     "blob.get_blob_properties",
     "{'container':1,'blob':'b'}",
     "WrongType",
     {"blob.get_blob_properties", "container"}},
    {"a list for a name",
     "blob.get_blob_properties",
     "{'container':'c','blob':['b']}",
     "WrongType",
     {"blob.get_blob_properties", "blob"}},
    {"a string for a flag",
     "blob.upload_blob",
     "{'container':'c','blob':'b','data':'x','overwrite':'yes'}",
     "WrongType",
     {"blob.upload_blob", "overwrite"}},
    {"no blob",
     "blob.get_blob_properties",
     "{'container':'c'}",
     "InvalidParameter",
     {"blob.get_blob_properties", "blob"}},
    {"no parameters",
     "container.create_container",
     NULL,
     "InvalidParameter",
     {"container.create_container", "container"}},
    {"an empty blob name",
     "blob.get_blob_properties",
     "{'container':'c','blob':''}",
     "InvalidParameter",
     {"blob.get_blob_properties", "blob"}},
    {"a metadata value that ends the header line",
     "blob.set_blob_metadata",
     "{'container':'c','blob':'b','metadata':{'k':'v\\r\\nx-ms-evil: 1'}}",
     "InvalidParameter",
     {"blob.set_blob_metadata", "metadata"}},
    {"a metadata name that is another header",
     "blob.set_blob_metadata",
     "{'container':'c','blob':'b','metadata':{'k: v\\r\\nx-ms-evil':'1'}}",
     "InvalidParameter",
     {"blob.set_blob_metadata", "metadata"}},
    {"a length without an offset",
     "blob.download_blob",
     "{'container':'c','blob':'b','length':1}",
     "InvalidParameter",
     {"length", "offset"}},
    {"an ETag without its condition",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b','etag':'x'}",
     "InvalidParameter",
     {"etag", "match_condition"}},
    {"an unknown condition",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b','match_condition':'Unconditionally'}",
     "InvalidParameter",
     {"match_condition"}},
    {"no such client",
     "blob.get_blob_properties",
     "{'client':'x','container':'c','blob':'b'}",
     "UnknownClient",
     {"x"}},
    {"a descriptor that did not come",
     "blob.upload_blob",
     "{'container':'c','blob':'b','fd':true}",
     "InvalidParameter",
     {"fd"}},
};

START_TEST(test_refusals)
{
    struct scene scene = scene_start(nothing, NULL, NULL);

    for (size_t i = 0; i < N_ELEMENTS(refusals); i++) {
        const struct azb_msg *response =
            rpc_call(scene.rpc, refusals[i].method, refusals[i].params);
        const char *label = refusals[i].label;

        check_wanted(
            label, response,
            (const struct wanted[]){{"code", refusals[i].code}, {"attempts", "(none)"}, {0}});
        for (size_t k = 0; k < N_ELEMENTS(refusals[i].names) && refusals[i].names[k]; k++) {
            const char *message = rpc_text(response->error, "message");

            ck_assert_msg(strstr(message, refusals[i].names[k]) != NULL,
                          "%s: '%s' does not name '%s'", label, message, refusals[i].names[k]);
        }
    }
    ck_assert_ptr_null(rpc_call(scene.rpc, "rpc.ping", NULL)->error);
    ck_assert_uint_eq(fake_n_requests(scene.fake), 0);
    scene_stop(&scene, "refusals");
}
END_TEST

#define TEN(x) x x x x x x x x x x

static const struct {
    const char *label;
    const char *bytes;
    size_t n;
    bool ends_early; /* the client hangs up after them */
} bad_frames[] = {
#define FRAME(literal) literal, sizeof(literal) - 1
    {"nesting without an end", FRAME("\x94\x00\x01\xa4ping\x91" TEN(TEN("\x91")))},
    {"a size beyond the limit", FRAME("\x94\x00\x01\xa4ping\x91\xc6\x7f\xff\xff\xff")},
    {"a count beyond the limit", FRAME("\x94\x00\x01\xa4ping\x91\xdd\xff\xff\xff\xff")},
    {"a byte that MessagePack does not have", FRAME("\xc1")},
    {"text", FRAME("GET / HTTP/1.1\r\n\r\n")},
    {"a map", FRAME("\x81\x00\x01")},
    {"an unknown kind of message", FRAME("\x94\x05\x01\xa4ping\x90")},
    {"an array that is too short", FRAME("\x92\x00\x01")},
    {"a message id that is none", FRAME("\x94\x00\xff\xa4ping\x90")},
    {"a method that is a number", FRAME("\x94\x00\x01\x07\x90")},
    {"half a frame", FRAME("\x94\x00\x01\xa8rpc."), true},
};

START_TEST(test_bad_frame)
{
    const char *label = bad_frames[_i].label;
    struct scene scene = scene_start(nothing, NULL, NULL);
    struct rpc *bad = rpc_connect(scene.daemon);

    rpc_send_bytes(bad, bad_frames[_i].bytes, bad_frames[_i].n);
    if (bad_frames[_i].ends_early)
        rpc_end(bad);
    else
        ck_assert_msg(rpc_is(rpc_note(bad, 0), "$/error"), "%s: not told", label);
    rpc_wait_closed(bad);
    rpc_close(bad);
    ck_assert_msg(rpc_call(scene.rpc, "rpc.ping", NULL)->error == NULL,
                  "%s: cost another session", label);
    scene_stop(&scene, label);
}
END_TEST

static Suite *bad_input_suite(void)
{
    Suite *suite = suite_create("bad_input");
    TCase *tc = tcase_create("bad_input");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_refusals);
    UNIT_TABLE(tc, test_bad_frame, bad_frames);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(bad_input_suite)
