/*
 * test_exit_code.c: which number a failure ends with; scripts branch on it.
 */
#include "client/exit_code.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *label;
    enum azb_err what;
    int status;
    const char *code;
    int want;
} cases[] = {
    {"blob not there", AZB_ERR_NOT_FOUND, 404, "BlobNotFound", 3},
    {"an older service's 404", AZB_ERR_SERVICE, 404, "", 3},
    {"exists", AZB_ERR_EXISTS, 409, "BlobAlreadyExists", 4},
    {"condition", AZB_ERR_MODIFIED, 412, "ConditionNotMet", 4},
    {"leased by another", AZB_ERR_SERVICE, 412, "LeaseIdMissing", 4},
    {"a 409 of no kind", AZB_ERR_SERVICE, 409, "BlobArchived", 4},
    {"busy", AZB_ERR_SERVICE, 503, "ServerBusy", 5},
    {"a proxy's answer", AZB_ERR_SERVICE, 502, "", 5},
    {"throttled", AZB_ERR_SERVICE, 429, "", 5},
    {"timed out over there", AZB_ERR_SERVICE, 408, "", 5},
    {"refused connection", AZB_ERR_CONNECT, 0, "", 5},
    {"stalled", AZB_ERR_STALLED, 0, "", 5},
    {"the daemon stops", AZB_ERR_STOPPING, 0, "", 5},
    {"too many calls", AZB_ERR_BUSY, 0, "", 5},
    {"refused credential", AZB_ERR_AUTH, 403, "AuthenticationFailed", 6},
    {"a 403 of no kind", AZB_ERR_SERVICE, 403, "AuthorizationFailure", 6},
    {"a 401 of no kind", AZB_ERR_SERVICE, 401, "", 6},
    {"no credential", AZB_ERR_NO_CREDENTIAL, 0, "", 6},
    {"unreadable key", AZB_ERR_BAD_CREDENTIAL, 0, "", 6},
    {"another user's daemon", AZB_ERR_DENIED, 0, "", 6},
    {"body too short", AZB_ERR_SHORT_BODY, 200, "", 7},
    {"checksum", AZB_ERR_CHECKSUM, 200, "", 7},
    {"checksum, seen by the service", AZB_ERR_SERVICE, 400, "Md5Mismatch", 7},
    {"bad parameter, found here", AZB_ERR_INVALID_ARG, 0, "", 2},
    {"bad parameter, found by the service", AZB_ERR_SERVICE, 400, "InvalidQueryParameterValue",
     1},
    {"unknown method", AZB_ERR_UNKNOWN_METHOD, 0, "", 2},
    {"unknown profile", AZB_ERR_UNKNOWN_CLIENT, 0, "", 78},
    {"no daemon", AZB_ERR_NO_DAEMON, 0, "", 69},
    {"deadline", AZB_ERR_DEADLINE, 0, "", 124},
    {"full disk", AZB_ERR_LOCAL_IO, 0, "", 1},
    {"a status nobody knows", AZB_ERR_SERVICE, 418, "", 1},
    {"no status at all", AZB_ERR_SERVICE, 0, "", 1},
    {"success", AZB_OK, 0, "", 0},
};

START_TEST(test_mapping)
{
    struct azb_error err = {.what = cases[_i].what, .status = cases[_i].status};
    int got;

    snprintf(err.code, sizeof(err.code), "%s", cases[_i].code);
    got = azb_exit_code(&err);
    ck_assert_msg(got == cases[_i].want, "%s: %d", cases[_i].label, got);
}
END_TEST

/* No failure may look like success, and none may have a number that help does not explain. */
START_TEST(test_all_explained)
{
    struct azb_buf help = {0};

    azb_exit_code_help(&help);
    for (int what = AZB_OK + 1; what <= AZB_ERR_INTERNAL; what++) {
        struct azb_error err = {.what = what};
        int number = azb_exit_code(&err);
        char line[16];

        snprintf(line, sizeof(line), "%4d  ", number);
        ck_assert_msg(number != 0, "%s ends with 0", azb_error_code(what));
        ck_assert_msg(strstr(azb_buf_cstr(&help), line) != NULL, "%s: %d is not explained",
                      azb_error_code(what), number);
    }
    azb_buf_clear(&help);
}
END_TEST

static Suite *exit_code_suite(void)
{
    Suite *suite = suite_create("exit_code");
    TCase *tc = tcase_create("mapping");

    UNIT_TABLE(tc, test_mapping, cases);
    tcase_add_test(tc, test_all_explained);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(exit_code_suite)
