/*
 * exit_code.c: from an error to a number. Our own errors have an entry each; a service's
 * answer goes by its HTTP status, after a few codes that say more than their status.
 */
#include "client/exit_code.h"

#include <string.h>

static const enum azb_exit by_what[] = {
    [AZB_OK] = AZB_EXIT_DONE,
    [AZB_ERR_NO_MEMORY] = AZB_EXIT_FAILED,
    [AZB_ERR_INVALID_ARG] = AZB_EXIT_USAGE,
    [AZB_ERR_WRONG_TYPE] = AZB_EXIT_USAGE,
    [AZB_ERR_UNKNOWN_METHOD] = AZB_EXIT_USAGE,
    [AZB_ERR_UNKNOWN_PARAM] = AZB_EXIT_USAGE,
    [AZB_ERR_UNKNOWN_CLIENT] = AZB_EXIT_CONFIG,
    [AZB_ERR_PROTOCOL] = AZB_EXIT_FAILED,
    [AZB_ERR_FRAME_TOO_LARGE] = AZB_EXIT_FAILED,
    [AZB_ERR_CANCELLED] = AZB_EXIT_FAILED,
    [AZB_ERR_DEADLINE] = AZB_EXIT_DEADLINE,
    [AZB_ERR_BUSY] = AZB_EXIT_TEMPORARY,
    [AZB_ERR_STOPPING] = AZB_EXIT_TEMPORARY,
    [AZB_ERR_DENIED] = AZB_EXIT_DENIED,
    [AZB_ERR_NO_CREDENTIAL] = AZB_EXIT_DENIED,
    [AZB_ERR_BAD_CREDENTIAL] = AZB_EXIT_DENIED,
    [AZB_ERR_CONFIG] = AZB_EXIT_CONFIG,
    [AZB_ERR_CONNECT] = AZB_EXIT_TEMPORARY,
    [AZB_ERR_CONNECT_TIMEOUT] = AZB_EXIT_TEMPORARY,
    [AZB_ERR_STALLED] = AZB_EXIT_TEMPORARY,
    [AZB_ERR_BROKEN] = AZB_EXIT_TEMPORARY,
    [AZB_ERR_TLS] = AZB_EXIT_FAILED,
    [AZB_ERR_SHORT_BODY] = AZB_EXIT_MISMATCH,
    [AZB_ERR_CHECKSUM] = AZB_EXIT_MISMATCH,
    [AZB_ERR_BAD_RESPONSE] = AZB_EXIT_FAILED,
    [AZB_ERR_SERVICE] = AZB_EXIT_FAILED,
    [AZB_ERR_NOT_FOUND] = AZB_EXIT_NOT_FOUND,
    [AZB_ERR_EXISTS] = AZB_EXIT_CONFLICT,
    [AZB_ERR_MODIFIED] = AZB_EXIT_CONFLICT,
    [AZB_ERR_AUTH] = AZB_EXIT_DENIED,
    [AZB_ERR_COPY_FAILED] = AZB_EXIT_FAILED,
    [AZB_ERR_PARTIAL_BATCH] = AZB_EXIT_FAILED,
    [AZB_ERR_LOCAL_IO] = AZB_EXIT_FAILED,
    [AZB_ERR_TOO_LARGE] = AZB_EXIT_FAILED,
    [AZB_ERR_NO_DAEMON] = AZB_EXIT_NO_DAEMON,
    [AZB_ERR_INTERNAL] = AZB_EXIT_FAILED,
};

/* The service's 400s for a body that arrived with another checksum than was announced. */
static const char *const mismatch_codes[] = {"Md5Mismatch", "Crc64Mismatch"};

static enum azb_exit by_status(int status)
{
    switch (status) {
    case 401:
    case 403:
        return AZB_EXIT_DENIED;
    case 404:
        return AZB_EXIT_NOT_FOUND;
    case 409:
    case 412:
        return AZB_EXIT_CONFLICT;
    case 408:
    case 429:
        return AZB_EXIT_TEMPORARY;
    default:
        return status >= 500 ? AZB_EXIT_TEMPORARY : AZB_EXIT_FAILED;
    }
}

enum azb_exit azb_exit_code(const struct azb_error *err)
{
    for (size_t i = 0; i < sizeof(mismatch_codes) / sizeof(mismatch_codes[0]); i++)
        if (strcmp(err->code, mismatch_codes[i]) == 0)
            return AZB_EXIT_MISMATCH;
    if (err->what == AZB_ERR_SERVICE)
        return by_status(err->status);
    return by_what[err->what];
}

void azb_exit_code_help(struct azb_buf *out)
{
    static const struct {
        int number;
        const char *meaning;
    } rows[] = {
#define X(name, number, meaning) {number, meaning},
        AZB_EXIT_MAP(X)
#undef X
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        azb_buf_printf(out, "%4d  %s\n", rows[i].number, rows[i].meaning);
}
