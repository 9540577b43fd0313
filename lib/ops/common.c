/*
 * common.c: the parameters that every storage method takes.
 */
/* clang-format off */
#include "lib/ops/ops.h"

const struct azb_param azb_common_params[] = {
    {"client", AZB_STR, AZB_IN_CALL, .max_bytes = 255, .doc = "a profile, or a name from service.open; default \"default\""},
    {"timeout", AZB_INT, AZB_IN_QUERY, "timeout", .min = 1, .max = 86400, .unit = "seconds", .doc = "the service's time limit for one request"},
    {"deadline_ms", AZB_INT, AZB_IN_CALL, .min = 1, .max = INT64_MAX / 1000000, .unit = "milliseconds", .doc = "for the whole call, retries included"},
    {"priority", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("interactive", "bulk"), .doc = "which queue; default bulk for streams and descriptors, else interactive"},
    {"bwlimit", AZB_INT, AZB_IN_CALL, .min = 1, .max = 1LL << 40, .unit = "bytes", .doc = "a second at most, of this call"},
    {"client_request_id", AZB_STR, AZB_IN_CALL, .max_bytes = 39, .doc = "sent as x-ms-client-request-id; default a random UUID"},
    {"use_location", AZB_ENUM, AZB_IN_CALL, .values = AZB_VALUES("primary", "secondary"), .doc = "pin the host, no failing over"},
    {"retry_total", AZB_INT, AZB_IN_CALL, .min = 0, .max = 100, .doc = "how often at most to try again; default the configuration's max_retries"},
    {"stream", AZB_BOOL, AZB_IN_CALL, .doc = "open the call up with notifications"},
    {"window", AZB_INT, AZB_IN_CALL, .min = 0, .max = INT64_MAX / 2, .unit = "bytes", .doc = "of a stream, that may come before the first $/credit; default 1 MiB; 0: no counting"},
    {"fd", AZB_BOOL, AZB_IN_CALL, .doc = "a descriptor came with this request"},
    {NULL},
};
