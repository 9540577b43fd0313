/*
 * test_explain.c: the sentence that a refusal begins with, for each cause that can be told.
 */
#include "lib/auth/explain.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#define NOW 1793664000 /* 2026-11-03 */
#define SAS(fields) \
    .kind = AZB_CREDENTIAL_SAS, .sas = "sv=2026-02-06&" fields "&sig=SECRETSECRET"

static const struct {
    const char *label;
    int status;
    const char *code;
    enum azb_credential_kind kind;
    const char *sas;
    enum azb_access access;
    bool is_blob;
    int64_t offset_s;
    const char *said; /* by the service; NULL: "Server failed." */
    const char *want;
    const char *token;
} cases[] = {
    {"expired", 403, "AuthenticationFailed", SAS("se=2026-11-02T00%3A00%3A00Z&sr=c&sp=r"),
     .want = "expired 24 h ago (se=2026-11-02T00:00:00Z)"},
    {"not yet", 403, "AuthenticationFailed", SAS("st=2026-11-03T00:10:00Z&se=2026-11-04&sp=r"),
     .want = "begins in 10 min"},
    {"a letter is missing", 403, "AuthorizationPermissionMismatch", SAS("se=2027-01-01&sp=rl"),
     .access = AZB_ACCESS_DELETE, .is_blob = true, .want = "allows 'rl' (sp)"},
    {"a letter that will do", 403, "AuthenticationFailed", SAS("se=2027-01-01&sp=c"),
     .access = AZB_ACCESS_WRITE, .is_blob = true, .want = "the SAS is not whole"},
    {"for one blob", 403, "AuthenticationFailed", SAS("se=2027-01-01&sr=b&sp=rl"),
     .access = AZB_ACCESS_LIST, .want = "for one blob (sr=b)"},
    {"for containers only", 403, "AuthenticationFailed", SAS("se=2027-01-01&ss=b&srt=c&sp=r"),
     .is_blob = true, .want = "(srt=c): it needs o"},
    {"for queues", 403, "AuthenticationFailed", SAS("ss=q&srt=sco&sp=r"), .is_blob = true,
     .want = "(ss=q): it needs b"},
    {"good SAS, closed network", 403, "AuthorizationFailure", SAS("se=2027-01-01&sr=c&sp=r"),
     .is_blob = true, .want = "firewall"},
    {"a field is no part of another", 403, "AuthenticationFailed", SAS("rsp=w&sp=r"),
     .is_blob = true, .want = "the SAS is not whole"},
    {"clock ahead", 403, "AuthenticationFailed", AZB_CREDENTIAL_SHARED_KEY,
     .offset_s = -17 * 60, .want = "clock is 17 min ahead"},
    {"clock behind", 403, "AuthenticationFailed", AZB_CREDENTIAL_SHARED_KEY,
     .offset_s = 5 * 3600, .want = "clock is 5 h behind"},
    {"clock near enough", 403, "AuthenticationFailed", AZB_CREDENTIAL_SHARED_KEY,
     .offset_s = 60, .want = "account key is not this account's"},
    {"keys forbidden", 403, "KeyBasedAuthenticationNotPermitted", AZB_CREDENTIAL_SHARED_KEY,
     .want = "use an Entra identity"},
    {"closed network", 403, "AuthorizationFailure", AZB_CREDENTIAL_SHARED_KEY,
     .want = "firewall"},
    {"an emulator's word for a wrong key", 403, "AuthorizationFailure",
     AZB_CREDENTIAL_SHARED_KEY, .said = "Server failed. It was formed including the signature.",
     .want = "account key is not this account's"},
    {"no role", 403, "AuthorizationPermissionMismatch", AZB_CREDENTIAL_TOKEN,
     .want = "Storage Blob Data Contributor"},
    {"a stale token", 401, "InvalidAuthenticationInfo", AZB_CREDENTIAL_TOKEN,
     .want = "the token has expired"},
    {"a token that has expired, as it says", 401, "InvalidAuthenticationInfo",
     AZB_CREDENTIAL_TOKEN, .want = "the token expired 24 h ago",
     .token = "e30.eyJleHAiOjE3OTM1Nzc2MDB9.SECRETSECRET"},
    {"a token of another alphabet", 401, "InvalidAuthenticationInfo", AZB_CREDENTIAL_TOKEN,
     .want = "the token expired 24 h ago",
     .token = "e30.eyJhIjoiPz8_Pj4-w7_Dv8O_IiwiZXhwIjoxNzkzNTc3NjAwfQ.SECRETSECRET"},
    {"a token that holds still", 401, "InvalidAuthenticationInfo", AZB_CREDENTIAL_TOKEN,
     .want = "for another tenant", .token = "e30.eyJleHAiOjE3OTM3NTA0MDB9.SECRETSECRET"},
    {"a token that is no JWT", 401, "InvalidAuthenticationInfo", AZB_CREDENTIAL_TOKEN,
     .want = "for another tenant", .token = "SECRET.SECRET"},
    {"claims that are no object", 401, "InvalidAuthenticationInfo", AZB_CREDENTIAL_TOKEN,
     .want = "for another tenant", .token = "e30.W10.SECRETSECRET"},
    {"anonymous", 401, "NoAuthenticationInformation", AZB_CREDENTIAL_NONE,
     .want = "no credential was sent"},
};

START_TEST(test_cause)
{
    struct azb_account account = {
        .kind = cases[_i].kind, .sas = (char *)cases[_i].sas, .token = (char *)cases[_i].token};
    struct azb_row row = {.access = cases[_i].access};
    struct azb_denial denial = {&account, &row, cases[_i].is_blob, NOW, cases[_i].offset_s};
    struct azb_error err = {.status = cases[_i].status};

    snprintf(err.code, sizeof(err.code), "%s", cases[_i].code);
    snprintf(err.message, sizeof(err.message), "%s",
             cases[_i].said != NULL ? cases[_i].said : "Server failed.");
    azb_denial_explain(&denial, &err);
    ck_assert_msg(strstr(err.message, cases[_i].want) != NULL, "%s: %s", cases[_i].label,
                  err.message);
    ck_assert_msg(strstr(err.message, "The service: Server failed.") != NULL, "%s: %s",
                  cases[_i].label, err.message);
    ck_assert_ptr_null(strstr(err.message, "SECRET"));
}
END_TEST

START_TEST(test_long_words_keep_the_cause)
{
    struct azb_account account = {.kind = AZB_CREDENTIAL_SHARED_KEY};
    struct azb_row row = {0};
    struct azb_denial denial = {.account = &account, .row = &row};
    struct azb_error err = {.status = 403};

    memset(err.message, 'x', sizeof(err.message) - 1);
    azb_denial_explain(&denial, &err);
    ck_assert_ptr_eq(strstr(err.message, "the account key is not"), err.message);
    ck_assert_uint_lt(strlen(err.message), sizeof(err.message));
}
END_TEST

START_TEST(test_other_errors_stay)
{
    struct azb_account account = {.kind = AZB_CREDENTIAL_SHARED_KEY};
    struct azb_row row = {0};
    struct azb_denial denial = {.account = &account, .row = &row};
    struct azb_error err = {.status = 404, .message = "gone"};

    azb_denial_explain(&denial, &err);
    ck_assert_str_eq(err.message, "gone");
}
END_TEST

static Suite *explain_suite(void)
{
    Suite *suite = suite_create("explain");
    TCase *tc = tcase_create("explain");

    UNIT_TABLE(tc, test_cause, cases);
    tcase_add_test(tc, test_long_words_keep_the_cause);
    tcase_add_test(tc, test_other_errors_stay);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(explain_suite)
