/*
 * lease.c: rows of leases, on a container or, when one is named, on a blob. A lease is its id.
 */
/* clang-format off */
#include "lib/ops/ops.h"

#define DURATION_PARAM                                                                         \
    {"lease_duration", AZB_INT, AZB_IN_HEADER, "x-ms-lease-duration", .min = 15, .max = 60,    \
     .values = AZB_VALUES("-1"), .preset = "-1", .unit = "seconds", .doc = "-1: until it is released"}
#define BIND_PARAM                                                                             \
    {"bind", AZB_BOOL, AZB_IN_CALL, .with = "lease_duration",                                  \
     .doc = "renew it while this connection lives, and release it when that ends"}
#define NEW_ID_PARAM                                                                           \
    {"lease_id", AZB_UUID, AZB_IN_HEADER, "x-ms-proposed-lease-id", .max_bytes = 64,           \
     .doc = "id of the lease, a GUID; default a random one"}
#define ID_PARAM                                                                               \
    {"lease", AZB_STR, AZB_IN_HEADER, "x-ms-lease-id", .required = true, .max_bytes = 64,      \
     .doc = "id of the lease"}
#define PROPOSED_PARAM                                                                         \
    {"proposed_lease_id", AZB_STR, AZB_IN_HEADER, "x-ms-proposed-lease-id", .required = true,  \
     .max_bytes = 64, .doc = "id from now on, a GUID"}
#define BREAK_PARAM                                                                            \
    {"lease_break_period", AZB_INT, AZB_IN_HEADER, "x-ms-lease-break-period", .min = 0, .max = 60, \
     .unit = "seconds", .doc = "until the lease is broken; default: what is left of it, or none if it has no end"}

/* The SDK has a lease's id as `id` of a lease object, or as `lease_id`. */
#define ID_ALIASES .aliases = AZB_ALIASES({"lease_id", "lease"}, {"id", "lease"})
#define NEW_ID_ALIASES .aliases = AZB_ALIASES({"lease", "lease_id"}, {"id", "lease_id"})

#define ID_RESULT {"lease_id", AZB_STR, "x-ms-lease-id"}
#define TIME_RESULT {"lease_time", AZB_INT, "x-ms-lease-time", .unit = "seconds", .doc = "until the lease is broken"}

#define ON_CONTAINER(action_, ...)                                                             \
    .follows = "Lease Container", .verb = "PUT", .path = "/{container}",                       \
    .query = "comp=lease&restype=container", .header = {"x-ms-lease-action", action_},         \
    .params = AZB_PARAMS(CONTAINER_PARAM, DATE_CONDITIONS, __VA_ARGS__)
#define ON_BLOB(action_, ...)                                                                  \
    .follows = "Lease Blob", .verb = "PUT", .path = "/{container}/{blob}",                     \
    .query = "comp=lease", .header = {"x-ms-lease-action", action_},                           \
    .params = AZB_PARAMS(CONTAINER_PARAM, BLOB_PARAM, BLOB_CONDITIONS, __VA_ARGS__)
#define ANSWER(status_, ...) .success = {status_}, .results = AZB_FIELDS(__VA_ARGS__)
#define CLASSES .access = AZB_ACCESS_WRITE, .retry = AZB_RETRY_SAFE

const struct azb_row azb_lease_rows[] = {
    {
        .method = "lease.acquire",
        .doc = "Lease a container or a blob; with the id of the lease that is there, renew it.",
        NEW_ID_ALIASES, CLASSES, .lease = AZB_LEASE_TAKEN,
        ON_CONTAINER("acquire", DURATION_PARAM, BIND_PARAM, NEW_ID_PARAM), ANSWER(201, ID_RESULT, WRITE_RESULTS),
        .forms = AZB_FORMS({
            .when = "blob",
            ON_BLOB("acquire", DURATION_PARAM, BIND_PARAM, NEW_ID_PARAM), ANSWER(201, ID_RESULT, WRITE_RESULTS),
        }),
    },
    {
        .method = "lease.renew",
        .doc = "Let a lease begin anew.",
        ID_ALIASES, CLASSES,
        ON_CONTAINER("renew", ID_PARAM), ANSWER(200, ID_RESULT, WRITE_RESULTS),
        .forms = AZB_FORMS({
            .when = "blob",
            ON_BLOB("renew", ID_PARAM), ANSWER(200, ID_RESULT, WRITE_RESULTS),
        }),
    },
    {
        .method = "lease.release",
        .doc = "End a lease.",
        ID_ALIASES, CLASSES, .lease = AZB_LEASE_ENDED,
        ON_CONTAINER("release", ID_PARAM), ANSWER(200, WRITE_RESULTS),
        .forms = AZB_FORMS({
            .when = "blob",
            ON_BLOB("release", ID_PARAM), ANSWER(200, WRITE_RESULTS),
        }),
    },
    {
        .method = "lease.change",
        .doc = "Give a lease another id.",
        ID_ALIASES, CLASSES, .lease = AZB_LEASE_ENDED,
        ON_CONTAINER("change", ID_PARAM, PROPOSED_PARAM), ANSWER(200, ID_RESULT, WRITE_RESULTS),
        .forms = AZB_FORMS({
            .when = "blob",
            ON_BLOB("change", ID_PARAM, PROPOSED_PARAM), ANSWER(200, ID_RESULT, WRITE_RESULTS),
        }),
    },
    {
        .method = "lease.break_lease",
        .doc = "End a lease without knowing its id.",
        CLASSES,
        ON_CONTAINER("break", BREAK_PARAM), ANSWER(202, TIME_RESULT, WRITE_RESULTS),
        .forms = AZB_FORMS({
            .when = "blob",
            ON_BLOB("break", BREAK_PARAM), ANSWER(202, TIME_RESULT, WRITE_RESULTS),
        }),
    },
    {
        .method = "container.acquire_lease",
        .doc = "Lease the container; with the id of the lease that is there, renew it.",
        NEW_ID_ALIASES, CLASSES, .lease = AZB_LEASE_TAKEN,
        ON_CONTAINER("acquire", DURATION_PARAM, BIND_PARAM, NEW_ID_PARAM), ANSWER(201, ID_RESULT, WRITE_RESULTS),
    },
    {
        .method = "blob.acquire_lease",
        .doc = "Lease the blob; with the id of the lease that is there, renew it.",
        NEW_ID_ALIASES, CLASSES, .lease = AZB_LEASE_TAKEN,
        ON_BLOB("acquire", DURATION_PARAM, BIND_PARAM, NEW_ID_PARAM), ANSWER(201, ID_RESULT, WRITE_RESULTS),
    },
    {NULL},
};
