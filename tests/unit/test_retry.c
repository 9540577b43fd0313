/*
 * test_retry.c: what is sent again, what nobody may send again, and how long the wait is.
 */
#include "lib/retry.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    const char *label;
    enum azb_retry_class retry;
    enum azb_err what;
    int status;
    bool may_have_run;
    bool is_allowed;
    bool is_doubtful;
} outcomes[] = {
    {"busy", AZB_RETRY_SAFE, AZB_ERR_SERVICE, 503, true, true, false},
    {"busy, and it changes things", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 503, true, true, false},
    {"too many requests", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 429, true, true, false},
    {"a read that broke", AZB_RETRY_READ, AZB_ERR_BROKEN, 0, true, true, true},
    {"a write that broke", AZB_RETRY_SAFE, AZB_ERR_BROKEN, 0, true, true, true},
    {"one to be looked up", AZB_RETRY_RECOGNISE, AZB_ERR_BROKEN, 0, true, true, true},
    {"an unsafe one that broke", AZB_RETRY_UNSAFE, AZB_ERR_BROKEN, 0, true, false, true},
    {"and broke before it was sent", AZB_RETRY_UNSAFE, AZB_ERR_BROKEN, 0, false, true, false},
    {"stalled", AZB_RETRY_READ, AZB_ERR_STALLED, 0, true, true, true},
    {"stalled, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_STALLED, 0, true, false, true},
    {"no connection", AZB_RETRY_UNSAFE, AZB_ERR_CONNECT, 0, false, true, false},
    {"no connection in time", AZB_RETRY_UNSAFE, AZB_ERR_CONNECT_TIMEOUT, 0, false, true, false},
    {"TLS", AZB_RETRY_UNSAFE, AZB_ERR_TLS, 0, false, true, false},
    {"a body cut short", AZB_RETRY_READ, AZB_ERR_SHORT_BODY, 200, true, true, true},
    {"a wrong checksum", AZB_RETRY_READ, AZB_ERR_CHECKSUM, 200, true, true, true},
    {"half an answer, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_SHORT_BODY, 201, true, false, true},
    {"500", AZB_RETRY_SAFE, AZB_ERR_SERVICE, 500, true, true, true},
    {"500, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 500, true, false, true},
    {"502", AZB_RETRY_RECOGNISE, AZB_ERR_SERVICE, 502, true, true, true},
    {"502, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 502, true, false, true},
    {"504", AZB_RETRY_READ, AZB_ERR_SERVICE, 504, true, true, true},
    {"504, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 504, true, false, true},
    {"a gateway's own", AZB_RETRY_SAFE, AZB_ERR_SERVICE, 522, true, true, true},
    {"a gateway's own, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 522, true, false, true},
    {"408", AZB_RETRY_SAFE, AZB_ERR_SERVICE, 408, true, true, true},
    {"408, unsafe", AZB_RETRY_UNSAFE, AZB_ERR_SERVICE, 408, true, false, true},
    {"501", AZB_RETRY_READ, AZB_ERR_SERVICE, 501, true, false, false},
    {"505", AZB_RETRY_READ, AZB_ERR_SERVICE, 505, true, false, false},
    {"our mistake", AZB_RETRY_READ, AZB_ERR_SERVICE, 400, true, false, false},
    {"not there", AZB_RETRY_READ, AZB_ERR_NOT_FOUND, 404, true, false, false},
    {"there already", AZB_RETRY_SAFE, AZB_ERR_EXISTS, 409, true, false, false},
    {"changed", AZB_RETRY_SAFE, AZB_ERR_MODIFIED, 412, true, false, false},
    {"not changed", AZB_RETRY_READ, AZB_ERR_MODIFIED, 304, true, false, false},
    {"not allowed", AZB_RETRY_READ, AZB_ERR_AUTH, 403, true, false, false},
    {"an unreadable answer", AZB_RETRY_READ, AZB_ERR_BAD_RESPONSE, 200, true, false, false},
    {"an unreadable failure", AZB_RETRY_READ, AZB_ERR_BAD_RESPONSE, 503, true, false, false},
    {"cancelled", AZB_RETRY_READ, AZB_ERR_CANCELLED, 0, true, false, false},
    {"too late", AZB_RETRY_READ, AZB_ERR_DEADLINE, 0, true, false, false},
    {"no memory", AZB_RETRY_READ, AZB_ERR_NO_MEMORY, 0, false, false, false},
    {"the caller's own file", AZB_RETRY_READ, AZB_ERR_LOCAL_IO, 200, true, false, false},
    {"no credential", AZB_RETRY_READ, AZB_ERR_NO_CREDENTIAL, 0, false, false, false},
};

START_TEST(test_outcome)
{
    struct azb_error err = {.what = outcomes[_i].what, .status = outcomes[_i].status};
    bool may_have_run = outcomes[_i].may_have_run;

    ck_assert_msg(azb_retry_allowed(outcomes[_i].retry, &err, may_have_run) ==
                      outcomes[_i].is_allowed,
                  "%s: allowed", outcomes[_i].label);
    ck_assert_msg(azb_retry_is_doubtful(&err, may_have_run) == outcomes[_i].is_doubtful,
                  "%s: doubtful", outcomes[_i].label);
}
END_TEST

static const struct {
    const char *label;
    struct azb_retry_options options;
    unsigned retry_i;
    uint64_t retry_after_ms;
    uint64_t least, most; /* both are reached */
} delays[] = {
    {"the first", AZB_RETRY_DEFAULTS, 0, 0, 100, 300},
    {"the second", AZB_RETRY_DEFAULTS, 1, 0, 0, 600},
    {"the third", AZB_RETRY_DEFAULTS, 2, 0, 0, 1200},
    {"the last before the cap", AZB_RETRY_DEFAULTS, 5, 0, 0, 9600},
    {"at the cap", AZB_RETRY_DEFAULTS, 6, 0, 0, 10000},
    {"the thousandth", AZB_RETRY_DEFAULTS, 1000, 0, 0, 10000},
    {"after more than any count", AZB_RETRY_DEFAULTS, UINT32_MAX, 0, 0, 10000},
    {"asked for more", AZB_RETRY_DEFAULTS, 0, 2000, 2000, 2000},
    {"asked for less", AZB_RETRY_DEFAULTS, 1, 500, 500, 600},
    {"asked for an hour", AZB_RETRY_DEFAULTS, 0, 3600000, 3600000, 3600000},
    {"asked for a day", AZB_RETRY_DEFAULTS, 0, 86400000, 3600000, 3600000},
    {"asked for ever", AZB_RETRY_DEFAULTS, 0, UINT64_MAX, 3600000, 3600000},
    {"the cap comes first", {5, 300, 30, 1000}, 0, 0, 10, 30},
    {"without delay", {5, 0, 0, 1000}, 0, 0, 0, 0},
    {"without delay, later", {5, 0, 100, 1000}, 1000, 0, 0, 0},
    {"one millisecond", {5, 1, 1, 1000}, 0, 0, 0, 1},
};

START_TEST(test_delay)
{
    static const uint32_t edges[] = {0, 1, 2, INT32_MAX, UINT32_MAX - 1, UINT32_MAX};
    uint64_t least = UINT64_MAX, most = 0;
    uint32_t random = 1;

    for (unsigned i = 0; i < 100 * 1000; i++) {
        uint64_t delay;

        random = i < N_ELEMENTS(edges) ? edges[i] : random * 1664525U + 1013904223U;
        delay = azb_retry_delay_ms(&delays[_i].options, delays[_i].retry_i, random >> (i % 2),
                                   delays[_i].retry_after_ms);
        ck_assert_msg(delay >= delays[_i].least && delay <= delays[_i].most,
                      "%s, random %u: %llu", delays[_i].label, random,
                      (unsigned long long)delay);
        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    ck_assert_msg(least <= delays[_i].least + delays[_i].most / 100 &&
                      most >= delays[_i].most - delays[_i].most / 100,
                  "%s: only from %llu to %llu", delays[_i].label, (unsigned long long)least,
                  (unsigned long long)most);
}
END_TEST

#define NOW INT64_C(1893456000) /* 2030-01-01T00:00:00Z */

static const struct {
    const char *value;
    uint64_t want;
} afters[] = {
    {"0", 0},
    {"1", 1000},
    {"120", 120000},
    {"007", 7000},
    {"999999999", UINT64_C(999999999000)},
    {"Tue, 01 Jan 2030 00:02:00 GMT", 120000},
    {"Tue, 01 Jan 2030 00:00:00 GMT", 0},
    {"Mon, 31 Dec 2029 23:59:59 GMT", 0},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"", 0},
    {" ", 0},
    {"1000000000", 0},
    {"99999999999999999999", 0},
    {"-1", 0},
    {"+1", 0},
    {"1.5", 0},
    {"1 ", 0},
    {"0x10", 0},
    {"soon", 0},
    {"Tue, 01 Jan 2030 00:02:00", 0},
    {"2030-01-01T00:02:00Z", 0},
};

START_TEST(test_after)
{
    const char *value = afters[_i].value;
    size_t n = strlen(value);
    char *copy = malloc(n > 0 ? n : 1); /* no NUL behind it */
    uint64_t got;

    memcpy(copy, value, n);
    got = azb_retry_after_ms(copy, n, NOW);
    ck_assert_msg(got == afters[_i].want, "'%s': %llu", value, (unsigned long long)got);
    free(copy);
}
END_TEST

static Suite *retry_suite(void)
{
    Suite *suite = suite_create("retry");
    TCase *tcase = tcase_create("retry");

    UNIT_TABLE(tcase, test_outcome, outcomes);
    UNIT_TABLE(tcase, test_delay, delays);
    UNIT_TABLE(tcase, test_after, afters);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(retry_suite)
