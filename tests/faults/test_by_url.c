/*
 * test_by_url.c: what is done to a blob that a URL names: the account and its credential are
 * the URL's own, whatever profiles there are.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 60,
    MAX_PARAMS = 512,
};

#define SAS "sv=2020&sp=rw&sig=SECRET"
#define KEY "'credential':{'account_name':'acct','account_key':'a2V5'}"
#define STAMP "2030-01-01T00:00:00.0000000Z"
#define ENCODED_STAMP "2030-01-01T00%3A00%3A00.0000000Z"

static const struct {
    const char *label, *method;
    const char *url;  /* behind the server's own */
    const char *more; /* parameters, each with a comma first */
    struct fake_step steps[2];
    const char *authorization; /* it begins with this; NULL: none is sent */
    struct wanted wanted[3];
} calls[] = {
    {"written with the URL's SAS",
     "util.upload_blob_to_url",
     "/acct/c/d/e%20f?" SAS,
     ",'data':'abc','overwrite':true",
     {{"PUT /acct/c/d/e%20f?" SAS, .reply = 201, .header = "ETag: \"0x1\""}},
     NULL,
     {{"code", "(none)"}, {"etag", "\"0x1\""}}},
    {"written with a key",
     "util.upload_blob_to_url",
     "/acct/c/b",
     ",'data':'abc'," KEY,
     {{"PUT /acct/c/b", .reply = 201}},
     "SharedKey acct:",
     {WANT_SUCCESS}},
    {"a key instead of the URL's SAS",
     "util.upload_blob_to_url",
     "/acct/c/b?" SAS,
     ",'data':'abc'," KEY,
     {{"PUT /acct/c/b", .reply = 201}},
     "SharedKey acct:",
     {WANT_SUCCESS}},
    {"read by anybody",
     "util.download_blob_from_url",
     "/acct/c/b",
     "",
     {{"GET /acct/c/b", .reply = 206, .header = "Content-Range: bytes 0-2/3", .body = "abc"}},
     NULL,
     {{"size", "3"}, {"data", "616263"}}},
    {"the snapshot of the URL",
     "util.download_blob_from_url",
     "/acct/c/b?snapshot=" STAMP "&" SAS,
     ",'snapshot':null",
     {{"GET /acct/c/b?snapshot=" ENCODED_STAMP "&" SAS, .reply = 206,
       .header = "Content-Range: bytes 0-2/3", .body = "abc"}},
     NULL,
     {{"size", "3"}}},
    {"the version of the URL",
     "util.download_blob_from_url",
     "/acct/c/b?" SAS "&versionid=" ENCODED_STAMP,
     "",
     {{"GET /acct/c/b?versionid=" ENCODED_STAMP "&" SAS, .reply = 206,
       .header = "Content-Range: bytes 0-2/3", .body = "abc"}},
     NULL,
     {{"size", "3"}}},
    {"another snapshot",
     "util.download_blob_from_url",
     "/acct/c/b?snapshot=2020-01-01T00%3A00%3A00.0000000Z",
     ",'snapshot':'" STAMP "'",
     {{"GET /acct/c/b?snapshot=" ENCODED_STAMP, .reply = 206,
       .header = "Content-Range: bytes 0-2/3", .body = "abc"}},
     NULL,
     {{"size", "3"}}},
    {"what the service refuses",
     "util.download_blob_from_url",
     "/acct/c/b?" SAS,
     "",
     {{"GET /acct/c/b?" SAS, .reply = 404, .error_code = "BlobNotFound"}},
     NULL,
     {{"code", "BlobNotFound"}, {"target", "c/b"}}},
    {"no blob in the URL",
     "util.download_blob_from_url",
     "/acct/c?" SAS,
     "",
     {{0}},
     NULL,
     {{"code", "InvalidParameter"},
      {"message",
       "util.download_blob_from_url: 'blob_url' is no URL of a blob in a container"}}},
    {"a client besides",
     "util.download_blob_from_url",
     "/acct/c/b",
     ",'client':'default'",
     {{0}},
     NULL,
     {{"code", "InvalidParameter"}}},
    {"a container besides",
     "util.download_blob_from_url",
     "/acct/c/b",
     ",'container':'c'",
     {{0}},
     NULL,
     {{"code", "UnknownParameter"}}},
    {"what cannot be written",
     "util.upload_blob_to_url",
     "/acct/c/b?snapshot=" STAMP,
     ",'data':'abc'",
     {{0}},
     NULL,
     {{"code", "UnknownParameter"}}},
    {"a token over plain http",
     "util.upload_blob_to_url",
     "/acct/c/b",
     ",'data':'abc','credential':{'token':'SECRET'}",
     {{0}},
     NULL,
     {{"code", "InvalidParameter"}}},
};

START_TEST(test_calls)
{
    struct scene scene = scene_start(calls[_i].steps, NULL, NULL);
    char params[MAX_PARAMS];
    const struct azb_msg *response;

    snprintf(params, sizeof(params), "{'blob_url':'%s%s'%s}", fake_url(scene.fake),
             calls[_i].url, calls[_i].more);
    response = rpc_call(scene.rpc, calls[_i].method, params);
    check_wanted(calls[_i].label, response, calls[_i].wanted);
    ck_assert_msg(strstr(rpc_text(response->error, "message"), "SECRET") == NULL,
                  "%s: the message tells the SAS", calls[_i].label);
    if (calls[_i].steps[0].request != NULL) {
        const char *sent = fake_request_header(fake_request(scene.fake, 0), "Authorization");
        const char *want = calls[_i].authorization;

        ck_assert_msg(want == NULL ? sent == NULL
                                   : sent != NULL && strncmp(sent, want, strlen(want)) == 0,
                      "%s: Authorization is %s", calls[_i].label, sent);
    }
    scene_stop(&scene, calls[_i].label);
}
END_TEST

/* What goes beside the parameters of a call goes beside these too. */
START_TEST(test_descriptor)
{
    static const struct fake_step steps[] = {
        {"GET /acct/c/b?" SAS, .reply = 206, .header = "Content-Range: bytes 0-2/3",
         .body = "abc"},
        {"PUT /acct/c/b?" SAS, .reply = 201},
        {0},
    };
    struct scene scene = scene_start(steps, NULL, NULL);
    int fd = memfd_create("made", MFD_CLOEXEC);
    char params[MAX_PARAMS], bytes[8];

    snprintf(params, sizeof(params), "{'blob_url':'%s/acct/c/b?" SAS "','fd':true}",
             fake_url(scene.fake));
    check_wanted(
        "into a file",
        rpc_wait(scene.rpc, rpc_send_fd(scene.rpc, "util.download_blob_from_url", params, fd)),
        (const struct wanted[]){{"size", "3"}, {0}});
    ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), 3);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    check_wanted(
        "from a file",
        rpc_wait(scene.rpc, rpc_send_fd(scene.rpc, "util.upload_blob_to_url", params, fd)),
        (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_str_eq(fake_request(scene.fake, 1)->body, "abc");
    close(fd);
    scene_stop(&scene, "descriptors");
}
END_TEST

static Suite *by_url_suite(void)
{
    Suite *suite = suite_create("by_url");
    TCase *tc = tcase_create("by_url");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    UNIT_TABLE(tc, test_calls, calls);
    tcase_add_test(tc, test_descriptor);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(by_url_suite)
