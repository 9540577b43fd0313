/*
 * test_service_error.c: answers that are no success, and what a caller hears of them. Bodies
 * come whole and byte by byte; what is cut off or is no document leaves the header's code.
 */
#include "lib/service_error.h"

#include <string.h>

#include "proto/buf.h"
#include "tests/unit/unit.h"

#define DECLARATION "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define MESSAGE_END \
    "\nRequestId:11111111-1111-1111-1111-111111111111\nTime:2030-01-01T00:00:00.1234567Z"
#define GONE_BODY                                                                   \
    DECLARATION                                                                     \
    "<Error><Code>BlobNotFound</Code><Message>The blob does not exist." MESSAGE_END \
    "</Message></Error>"

static const struct {
    const char *label;
    int status;
    const char *header; /* x-ms-error-code */
    const char *body;
    enum azb_err what;
    const char *code;
    const char *message;
} faults[] = {
    {"a blob that is not there", 404, "BlobNotFound", GONE_BODY, AZB_ERR_NOT_FOUND,
     "BlobNotFound", "The blob does not exist."},
    {"inside a batch, with LF", 404, "BlobNotFound",
     DECLARATION "\n<Error><Code>BlobNotFound</Code><Message>Gone." MESSAGE_END
                 "</Message></Error>",
     AZB_ERR_NOT_FOUND, "BlobNotFound", "Gone."},
    {"only a body", 403, "",
     DECLARATION "<Error><Code>AuthorizationFailure</Code><Message>No.</Message></Error>",
     AZB_ERR_SERVICE, "AuthorizationFailure", "No."},
    {"only a header, of a HEAD", 404, "BlobNotFound", "", AZB_ERR_NOT_FOUND, "BlobNotFound",
     "The specified blob does not exist."},
    {"a 304", 304, "ConditionNotMet", "", AZB_ERR_MODIFIED, "ConditionNotMet",
     "The condition specified using HTTP conditional header(s) is not met."},
    {"a 304 of a copy's source", 304, "CannotVerifyCopySource", "", AZB_ERR_NOT_FOUND,
     "CannotVerifyCopySource", "the service answered 304 CannotVerifyCopySource"},
    {"body and header differ", 409, "BlobAlreadyExists",
     "<Error><Code>LeaseAlreadyPresent</Code><Message>Leased.</Message></Error>",
     AZB_ERR_EXISTS, "LeaseAlreadyPresent", "Leased."},
    {"more elements", 400, "InvalidHeaderValue",
     DECLARATION "<Error><Code>InvalidHeaderValue</Code><Message>A header is wrong." MESSAGE_END
                 "</Message><HeaderName>x-ms-date</HeaderName><HeaderValue>never</HeaderValue>"
                 "<Empty /></Error>",
     AZB_ERR_SERVICE, "InvalidHeaderValue",
     "A header is wrong.\nHeaderName: x-ms-date\nHeaderValue: never"},
    {"escaped text", 400, "",
     "<Error><Code>X</Code><Message>a &lt; b &amp; c</Message></Error>", AZB_ERR_SERVICE, "X",
     "a < b & c"},
    {"elements inside", 400, "",
     "<Error><Code>X</Code><Message>a<Code>b</Code>c</Message></Error>", AZB_ERR_SERVICE, "X",
     "abc"},
    {"without a message", 503, "ServerBusy", "<Error><Code>ServerBusy</Code></Error>",
     AZB_ERR_SERVICE, "ServerBusy", "the service answered 503 ServerBusy"},
    {"JSON", 400, "", "{\"error\": {\"code\": \"Bad\\\"One\", \"message\": \"a \\\\ b\"}}",
     AZB_ERR_SERVICE, "Bad\"One", "a \\ b"},
    {"JSON the other way round", 401, "", "{\"message\":\"m\",\"code\":\"NoToken\"}",
     AZB_ERR_AUTH, "NoToken", "m"},
    {"JSON cut off", 400, "FromHeader", "{\"error\": {\"code\": \"Ba", AZB_ERR_SERVICE,
     "FromHeader", "the service answered 400 FromHeader"},
    {"JSON of something else", 400, "FromHeader", "{\"message\": \"m\"}", AZB_ERR_SERVICE,
     "FromHeader", "the service answered 400 FromHeader"},

    {"nothing at all", 500, "", "", AZB_ERR_SERVICE, "ServiceError",
     "the service, or something before it, answered 500 without an error code"},
    {"a 404 of nobody", 404, "", "", AZB_ERR_NOT_FOUND, "ResourceNotFound",
     "the service, or something before it, answered 404 without an error code"},
    {"a proxy's page", 502, "", "<html><body>Bad Gateway</body></html>", AZB_ERR_SERVICE,
     "ServiceError", "the service, or something before it, answered 502 without an error code"},
    {"a page that is no XML", 503, "ServerBusy", "<html><br>busy</html>", AZB_ERR_SERVICE,
     "ServerBusy", "the service answered 503 ServerBusy"},
    {"plain text", 400, "X", "Bad Request", AZB_ERR_SERVICE, "X", "the service answered 400 X"},
    {"a document without a code", 400, "X", "<Error><Message>m</Message></Error>",
     AZB_ERR_SERVICE, "X", "the service answered 400 X"},
    {"an empty code", 400, "X", "<Error><Code /><Message>m</Message></Error>", AZB_ERR_SERVICE,
     "X", "the service answered 400 X"},
    {"a DOCTYPE", 400, "X",
     "<!DOCTYPE Error [<!ENTITY e SYSTEM "
     "\"file:///etc/passwd\">]><Error><Code>&e;</Code></Error>",
     AZB_ERR_SERVICE, "X", "the service answered 400 X"},
    {"cut behind the code", 404, "FromHeader",
     "<Error><Code>BlobNotFound</Code><Message>The bl", AZB_ERR_NOT_FOUND, "BlobNotFound",
     "The specified blob does not exist."},
    {"cut inside the code", 404, "FromHeader", "<Error><Code>BlobNo", AZB_ERR_NOT_FOUND,
     "FromHeader", "the service answered 404 FromHeader"},
    {"no UTF-8", 400, "X", "<Error><Code>\xff</Code></Error>", AZB_ERR_SERVICE, "X",
     "the service answered 400 X"},
};

static void check_fault(const char *label, const struct azb_fault *fault, int status,
                        enum azb_err what, const char *code, const char *message)
{
    struct azb_error err = {.status = status, .request_id = "kept"};

    strcpy(err.message, "an earlier attempt's");
    azb_fault_error(fault, &err);
    ck_assert_msg(err.what == what, "%s: %s", label, azb_error_code(err.what));
    ck_assert_msg(strcmp(err.code, code) == 0, "%s: code '%s'", label, err.code);
    ck_assert_msg(strcmp(err.message, message) == 0, "%s: '%s'", label, err.message);
    ck_assert_int_eq(err.status, status);
    ck_assert_str_eq(err.request_id, "kept");
}

START_TEST(test_fault)
{
    const char *body = faults[_i].body;
    struct azb_fault whole = {0}, bytes = {0};

    strcpy(whole.code, faults[_i].header);
    strcpy(bytes.code, faults[_i].header);
    azb_fault_body(&whole, body, strlen(body));
    for (size_t i = 0; i < strlen(body); i++)
        azb_fault_body(&bytes, body + i, 1);
    check_fault(faults[_i].label, &whole, faults[_i].status, faults[_i].what, faults[_i].code,
                faults[_i].message);
    check_fault(faults[_i].label, &bytes, faults[_i].status, faults[_i].what, faults[_i].code,
                faults[_i].message);
}
END_TEST

/* Cut anywhere, an error stays an error: with the document's code, or with the header's. */
START_TEST(test_cut)
{
    static const char body[] = GONE_BODY;
    const char *code_end = strstr(body, "</Code>") + strlen("</Code>");

    for (size_t n = 0; n < sizeof(body); n++) {
        bool has_code = body + n >= code_end;
        bool has_message = body + n >= strstr(body, "</Message>") + strlen("</Message>");
        struct azb_fault fault = {.code = "FromHeader"};

        azb_fault_body(&fault, body, n);
        check_fault("cut", &fault, 404, AZB_ERR_NOT_FOUND,
                    has_code ? "BlobNotFound" : "FromHeader",
                    has_message ? "The blob does not exist."
                    : has_code  ? "The specified blob does not exist."
                                : "the service answered 404 FromHeader");
    }
}
END_TEST

/* Bodies, codes and messages larger than their places are cut, and end. */
START_TEST(test_large)
{
    struct azb_error err = {.status = 400};
    struct azb_fault fault = {0};
    struct azb_buf body = {0};

    azb_buf_puts(&body, "<Error><Code>");
    for (int i = 0; i < 100; i++)
        azb_buf_puts(&body, "C");
    azb_buf_puts(&body, "</Code><Message>");
    for (int i = 0; i < 600; i++)
        azb_buf_puts(&body, "m");
    azb_buf_puts(&body, "</Message><More>");
    for (size_t i = 0; i < 2 * sizeof(fault.body); i++)
        azb_buf_puts(&body, "x");
    azb_buf_puts(&body, "</More></Error>");
    for (size_t at = 0; at < body.len; at += 1000)
        azb_fault_body(&fault, (char *)body.data + at,
                       body.len - at < 1000 ? body.len - at : 1000);
    ck_assert_uint_eq(fault.body_bytes, sizeof(fault.body));
    azb_fault_error(&fault, &err);
    ck_assert_uint_eq(strlen(err.code), sizeof(err.code) - 1);
    ck_assert_uint_eq(strspn(err.code, "C"), sizeof(err.code) - 1);
    ck_assert_uint_eq(strlen(err.message), sizeof(err.message) - 1);
    ck_assert_uint_eq(strspn(err.message, "m"), sizeof(err.message) - 1);
    azb_buf_clear(&body);
}
END_TEST

static const struct {
    int status;
    const char *code;
    enum azb_err want;
} errs[] = {
    /* codes that nobody has heard of, or none: the status decides */
    {400, "", AZB_ERR_SERVICE},
    {401, "", AZB_ERR_AUTH},
    {404, "", AZB_ERR_NOT_FOUND},
    {409, "", AZB_ERR_EXISTS},
    {304, "", AZB_ERR_MODIFIED},
    {304, "Unheard", AZB_ERR_MODIFIED},
    {412, "Unheard", AZB_ERR_SERVICE},
    {429, "TooManyRequests", AZB_ERR_SERVICE},
    {0, "", AZB_ERR_SERVICE},
    /* a code is told from another by every letter and its case */
    {400, "invalidauthenticationinfo", AZB_ERR_SERVICE},
    {400, "InvalidAuthenticationInfo2", AZB_ERR_SERVICE},
    {401, "NoAuthenticationInformation", AZB_ERR_AUTH},
    /* of other storage services */
    {404, "ShareNotFound", AZB_ERR_NOT_FOUND},
    {400, "ParentNotFound", AZB_ERR_NOT_FOUND},
    {412, "QueueBeingDeleted", AZB_ERR_EXISTS},

    /* the service's own, each with the status that comes with it */
    {501, "APINotImplemented", AZB_ERR_SERVICE},
    {400, "AccessTierNotSupportedForBlobType", AZB_ERR_SERVICE},
    {409, "AccountAlreadyExists", AZB_ERR_EXISTS},
    {409, "AccountBeingCreated", AZB_ERR_EXISTS},
    {403, "AccountIsDisabled", AZB_ERR_SERVICE},
    {409, "AccountProtectedFromDeletion", AZB_ERR_EXISTS},
    {400, "AccountRequiresHttps", AZB_ERR_SERVICE},
    {400, "AllBatchSubRequestsShouldBeSameApi", AZB_ERR_SERVICE},
    {412, "AppendPositionConditionNotMet", AZB_ERR_SERVICE},
    {403, "AuthenticationFailed", AZB_ERR_AUTH},
    {403, "AuthorizationFailure", AZB_ERR_SERVICE},
    {403, "AuthorizationPermissionMismatch", AZB_ERR_SERVICE},
    {403, "AuthorizationProtocolMismatch", AZB_ERR_SERVICE},
    {403, "AuthorizationResourceTypeMismatch", AZB_ERR_SERVICE},
    {403, "AuthorizationServiceMismatch", AZB_ERR_SERVICE},
    {403, "AuthorizationSourceIPMismatch", AZB_ERR_SERVICE},
    {400, "BlobAccessTierNotSupportedForAccountType", AZB_ERR_SERVICE},
    {409, "BlobAlreadyExists", AZB_ERR_EXISTS},
    {409, "BlobArchived", AZB_ERR_EXISTS},
    {409, "BlobBeingRehydrated", AZB_ERR_EXISTS},
    {409, "BlobImmutableDueToLegalHold", AZB_ERR_EXISTS},
    {409, "BlobImmutableDueToPolicy", AZB_ERR_EXISTS},
    {409, "BlobIsSealed", AZB_ERR_EXISTS},
    {409, "BlobNotArchived", AZB_ERR_EXISTS},
    {404, "BlobNotFound", AZB_ERR_NOT_FOUND},
    {409, "BlobOperationNotSupported", AZB_ERR_EXISTS},
    {409, "BlobOverwritten", AZB_ERR_EXISTS},
    {400, "BlobTagsNotSupportedForAccountType", AZB_ERR_SERVICE},
    {409, "BlobTierInadequateForContentLength", AZB_ERR_EXISTS},
    {409, "BlobUsesCustomerSpecifiedEncryption", AZB_ERR_EXISTS},
    {409, "BlockCountExceedsLimit", AZB_ERR_EXISTS},
    {400, "BlockListTooLong", AZB_ERR_SERVICE},
    {400, "BothCrc64AndMd5HeaderPresent", AZB_ERR_SERVICE},
    {400, "BothUserTagsAndSourceTagsCopyPresentException", AZB_ERR_SERVICE},
    {409, "CannotChangeToLowerTier", AZB_ERR_EXISTS},
    {304, "CannotVerifyCopySource", AZB_ERR_NOT_FOUND},
    {401, "CannotVerifyCopySource", AZB_ERR_AUTH},
    {403, "CannotVerifyCopySource", AZB_ERR_NOT_FOUND},
    {404, "CannotVerifyCopySource", AZB_ERR_NOT_FOUND},
    {412, "CannotVerifyCopySource", AZB_ERR_NOT_FOUND},
    {500, "CannotVerifyCopySource", AZB_ERR_NOT_FOUND},
    {400, "ConditionHeadersNotSupported", AZB_ERR_SERVICE},
    {304, "ConditionNotMet", AZB_ERR_MODIFIED},
    {412, "ConditionNotMet", AZB_ERR_MODIFIED},
    {409, "ContainerAlreadyExists", AZB_ERR_EXISTS},
    {409, "ContainerBeingDeleted", AZB_ERR_EXISTS},
    {409, "ContainerDisabled", AZB_ERR_EXISTS},
    {409, "ContainerHasLegalHold", AZB_ERR_EXISTS},
    {409, "ContainerImmutabilityPolicyLocked", AZB_ERR_EXISTS},
    {404, "ContainerNotFound", AZB_ERR_NOT_FOUND},
    {409, "ContentLengthLargerThanTierLimit", AZB_ERR_EXISTS},
    {400, "CopyAcrossAccountsNotSupported", AZB_ERR_SERVICE},
    {409, "CopyIdMismatch", AZB_ERR_EXISTS},
    {403, "CorsPreflightFailure", AZB_ERR_SERVICE},
    {400, "Crc64Mismatch", AZB_ERR_SERVICE},
    {400, "DuplicateTagNames", AZB_ERR_SERVICE},
    {400, "EmptyMetadataKey", AZB_ERR_SERVICE},
    {400, "EmptyTagName", AZB_ERR_SERVICE},
    {400, "ExceedsMaxBatchRequestCount", AZB_ERR_SERVICE},
    {500, "FeatureNotSupported", AZB_ERR_SERVICE},
    {409, "FeatureVersionMismatch", AZB_ERR_EXISTS},
    {409, "IncrementalCopyBlobMismatch", AZB_ERR_EXISTS},
    {409, "IncrementalCopyOfEarlierSnapshotNotAllowed", AZB_ERR_EXISTS},
    {409, "IncrementalCopyOfEarlierVersionSnapshotNotAllowed", AZB_ERR_EXISTS},
    {409, "IncrementalCopySourceMustBeSnapshot", AZB_ERR_EXISTS},
    {412, "InfiniteLeaseDurationRequired", AZB_ERR_SERVICE},
    {403, "InsufficientAccountPermissions", AZB_ERR_SERVICE},
    {500, "InternalError", AZB_ERR_SERVICE},
    {400, "InvalidAuthenticationInfo", AZB_ERR_AUTH},
    {401, "InvalidAuthenticationInfo", AZB_ERR_AUTH},
    {400, "InvalidBlobOrBlock", AZB_ERR_SERVICE},
    {400, "InvalidBlobTier", AZB_ERR_SERVICE},
    {409, "InvalidBlobType", AZB_ERR_EXISTS},
    {400, "InvalidBlockId", AZB_ERR_SERVICE},
    {400, "InvalidBlockList", AZB_ERR_SERVICE},
    {400, "InvalidCrc64", AZB_ERR_SERVICE},
    {400, "InvalidHeaderValue", AZB_ERR_SERVICE},
    {400, "InvalidHttpVerb", AZB_ERR_SERVICE},
    {400, "InvalidInput", AZB_ERR_SERVICE},
    {400, "InvalidMd5", AZB_ERR_SERVICE},
    {400, "InvalidMetadata", AZB_ERR_SERVICE},
    {400, "InvalidOperation", AZB_ERR_SERVICE},
    {416, "InvalidPageRange", AZB_ERR_SERVICE},
    {400, "InvalidQueryParameterValue", AZB_ERR_SERVICE},
    {416, "InvalidRange", AZB_ERR_SERVICE},
    {400, "InvalidResourceName", AZB_ERR_SERVICE},
    {409, "InvalidSourceBlobType", AZB_ERR_EXISTS},
    {409, "InvalidSourceBlobUrl", AZB_ERR_EXISTS},
    {400, "InvalidUri", AZB_ERR_SERVICE},
    {400, "InvalidVersionForPageBlobOperation", AZB_ERR_SERVICE},
    {400, "InvalidXmlDocument", AZB_ERR_SERVICE},
    {400, "InvalidXmlNodeValue", AZB_ERR_SERVICE},
    {403, "KeyBasedAuthenticationNotPermitted", AZB_ERR_SERVICE},
    {409, "LeaseAlreadyBroken", AZB_ERR_EXISTS},
    {409, "LeaseAlreadyPresent", AZB_ERR_EXISTS},
    {412, "LeaseIdMismatchWithBlobOperation", AZB_ERR_SERVICE},
    {412, "LeaseIdMismatchWithContainerOperation", AZB_ERR_SERVICE},
    {409, "LeaseIdMismatchWithLeaseOperation", AZB_ERR_EXISTS},
    {412, "LeaseIdMissing", AZB_ERR_SERVICE},
    {409, "LeaseIsBreakingAndCannotBeAcquired", AZB_ERR_EXISTS},
    {409, "LeaseIsBreakingAndCannotBeChanged", AZB_ERR_EXISTS},
    {409, "LeaseIsBrokenAndCannotBeRenewed", AZB_ERR_EXISTS},
    {412, "LeaseLost", AZB_ERR_SERVICE},
    {412, "LeaseNotPresentWithBlobOperation", AZB_ERR_SERVICE},
    {412, "LeaseNotPresentWithContainerOperation", AZB_ERR_SERVICE},
    {409, "LeaseNotPresentWithLeaseOperation", AZB_ERR_EXISTS},
    {412, "MaxBlobSizeConditionNotMet", AZB_ERR_SERVICE},
    {400, "Md5Mismatch", AZB_ERR_SERVICE},
    {400, "MetadataTooLarge", AZB_ERR_SERVICE},
    {411, "MissingContentLengthHeader", AZB_ERR_SERVICE},
    {400, "MissingRequiredHeader", AZB_ERR_SERVICE},
    {400, "MissingRequiredQueryParameter", AZB_ERR_SERVICE},
    {400, "MissingRequiredXmlNode", AZB_ERR_SERVICE},
    {400, "MultipleConditionHeadersNotSupported", AZB_ERR_SERVICE},
    {401, "NoAuthenticationInformation", AZB_ERR_AUTH},
    {409, "NoPendingCopyOperation", AZB_ERR_EXISTS},
    {409, "OperationNotAllowedOnIncrementalCopyBlob", AZB_ERR_EXISTS},
    {500, "OperationTimedOut", AZB_ERR_SERVICE},
    {400, "OutOfRangeInput", AZB_ERR_SERVICE},
    {400, "OutOfRangeQueryParameterValue", AZB_ERR_SERVICE},
    {409, "PendingCopyOperation", AZB_ERR_EXISTS},
    {400, "PreviousSnapshotCannotBeNewer", AZB_ERR_SERVICE},
    {409, "PreviousSnapshotNotFound", AZB_ERR_EXISTS},
    {409, "PreviousSnapshotOperationNotSupported", AZB_ERR_EXISTS},
    {409, "PublicAccessNotPermitted", AZB_ERR_EXISTS},
    {413, "RequestBodyTooLarge", AZB_ERR_SERVICE},
    {413, "RequestEntityTooLarge", AZB_ERR_SERVICE},
    {403, "RequestForbiddenByContainerEncryptionPolicy", AZB_ERR_SERVICE},
    {400, "RequestUrlFailedToParse", AZB_ERR_SERVICE},
    {409, "ResourceAlreadyExists", AZB_ERR_EXISTS},
    {404, "ResourceNotFound", AZB_ERR_NOT_FOUND},
    {409, "ResourceTypeMismatch", AZB_ERR_EXISTS},
    {412, "SequenceNumberConditionNotMet", AZB_ERR_SERVICE},
    {409, "SequenceNumberIncrementTooLarge", AZB_ERR_EXISTS},
    {503, "ServerBusy", AZB_ERR_SERVICE},
    {409, "SnapshotCountExceeded", AZB_ERR_EXISTS},
    {409, "SnapshotOperationRateExceeded", AZB_ERR_EXISTS},
    {409, "SnapshotsPresent", AZB_ERR_EXISTS},
    {412, "SourceConditionNotMet", AZB_ERR_SERVICE},
    {409, "SystemInUse", AZB_ERR_EXISTS},
    {400, "TagsTooLarge", AZB_ERR_SERVICE},
    {412, "TargetConditionNotMet", AZB_ERR_SERVICE},
    {403, "UnauthorizedBlobOverwrite", AZB_ERR_SERVICE},
    {409, "UnexpectedSyncCopyStatus", AZB_ERR_EXISTS},
    {400, "UnsatisfiableCondition", AZB_ERR_SERVICE},
    {400, "UnsupportedHeader", AZB_ERR_SERVICE},
    {405, "UnsupportedHttpVerb", AZB_ERR_SERVICE},
    {400, "UnsupportedQueryParameter", AZB_ERR_SERVICE},
    {400, "UnsupportedXmlNode", AZB_ERR_SERVICE},
};

START_TEST(test_err)
{
    enum azb_err got = azb_service_err(errs[_i].status, errs[_i].code);

    ck_assert_msg(got == errs[_i].want, "%d %s: %s", errs[_i].status, errs[_i].code,
                  azb_error_code(got));
}
END_TEST

static Suite *service_error_suite(void)
{
    Suite *suite = suite_create("service_error");
    TCase *tcase = tcase_create("service_error");

    UNIT_TABLE(tcase, test_fault, faults);
    tcase_add_test(tcase, test_cut);
    tcase_add_test(tcase, test_large);
    UNIT_TABLE(tcase, test_err, errs);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(service_error_suite)
