/*
 * retry.c: the rules of repeating.
 */
#include "lib/retry.h"

#include <stddef.h>
#include "lib/codec/time.h"

enum {
    MAX_RETRY_AFTER_MS = 3600 * 1000,
};

/* Nothing came back, or not all of it. */
static bool is_transport(enum azb_err what)
{
    return what == AZB_ERR_CONNECT || what == AZB_ERR_CONNECT_TIMEOUT ||
           what == AZB_ERR_STALLED || what == AZB_ERR_BROKEN || what == AZB_ERR_TLS ||
           what == AZB_ERR_SHORT_BODY || what == AZB_ERR_CHECKSUM;
}

static bool is_retried_status(int status)
{
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

bool azb_retry_is_doubtful(const struct azb_error *err, bool may_have_run)
{
    /* 503 and 429 refuse it; all else that is repeated may come after the deed. */
    return may_have_run &&
           (is_transport(err->what) ||
            (is_retried_status(err->status) && err->status != 503 && err->status != 429));
}

bool azb_retry_allowed(enum azb_retry_class retry, const struct azb_error *err,
                       bool may_have_run)
{
    bool is_worth_it = is_transport(err->what) ||
                       (err->what != AZB_ERR_BAD_RESPONSE && is_retried_status(err->status));

    if (!is_worth_it)
        return false;
    return retry != AZB_RETRY_UNSAFE || !azb_retry_is_doubtful(err, may_have_run);
}

uint64_t azb_retry_delay_ms(const struct azb_retry_options *options, unsigned retry_i,
                            uint32_t random, uint64_t retry_after_ms)
{
    uint64_t cap = options->first_delay_ms, delay;

    for (unsigned i = 0; i < retry_i && cap < options->max_delay_ms; i++)
        cap *= 2;
    if (cap > options->max_delay_ms)
        cap = options->max_delay_ms;
    if (retry_i == 0)
        delay = cap / 3 + random % (cap - cap / 3 + 1);
    else
        delay = random % (cap + 1);
    if (retry_after_ms > MAX_RETRY_AFTER_MS)
        retry_after_ms = MAX_RETRY_AFTER_MS;
    return delay > retry_after_ms ? delay : retry_after_ms;
}

uint64_t azb_retry_after_ms(const char *value, size_t n, int64_t now_unix_s)
{
    uint64_t seconds = 0;
    int64_t unix_s;

    if (azb_time_from_rfc1123(value, n, &unix_s) == 0)
        return unix_s > now_unix_s ? (uint64_t)(unix_s - now_unix_s) * 1000 : 0;
    if (n == 0 || n > 9)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (value[i] < '0' || value[i] > '9')
            return 0;
        seconds = seconds * 10 + (uint64_t)(value[i] - '0');
    }
    return seconds * 1000;
}
