/*
 * rate.c: a token bucket. It holds a tenth of a second, so that a pause is not made up for by a
 * burst.
 */
#include "lib/rate.h"

enum {
    TOKENS_PER_BYTE = 1000, /* so that a millisecond fills a whole number of them */
    DEPTH_MS = 100,
};

void azb_rate_configure(struct azb_rate *rate, uint64_t bytes_per_s, uint64_t now_ms)
{
    pthread_mutex_lock(&rate->lock);
    if (bytes_per_s != rate->bytes_per_s) {
        rate->bytes_per_s = bytes_per_s;
        rate->tokens = 0;
        rate->filled_ms = now_ms;
    }
    pthread_mutex_unlock(&rate->lock);
}

static void fill(struct azb_rate *rate, uint64_t bytes_per_s, uint64_t now_ms)
{
    int64_t depth = (int64_t)(bytes_per_s * DEPTH_MS);
    uint64_t room = (uint64_t)(depth - rate->tokens), passed_ms = now_ms - rate->filled_ms;

    if (now_ms <= rate->filled_ms) /* another thread has looked at the clock later */
        return;
    if (passed_ms >= room / bytes_per_s)
        rate->tokens = depth;
    else
        rate->tokens += (int64_t)(passed_ms * bytes_per_s);
    rate->filled_ms = now_ms;
}

uint64_t azb_rate_wait_ms(struct azb_rate *rate, uint64_t now_ms)
{
    uint64_t bytes_per_s, wait_ms = 0;

    if (rate->bytes_per_s == 0)
        return 0;
    pthread_mutex_lock(&rate->lock);
    bytes_per_s = rate->bytes_per_s;
    if (bytes_per_s > 0)
        fill(rate, bytes_per_s, now_ms);
    if (bytes_per_s > 0 && rate->tokens <= 0)
        wait_ms = (uint64_t)-rate->tokens / bytes_per_s + 1;
    pthread_mutex_unlock(&rate->lock);
    return wait_ms;
}

void azb_rate_moved(struct azb_rate *rate, uint64_t bytes)
{
    if (rate->bytes_per_s == 0)
        return;
    pthread_mutex_lock(&rate->lock);
    rate->tokens -= (int64_t)bytes * TOKENS_PER_BYTE;
    pthread_mutex_unlock(&rate->lock);
}
