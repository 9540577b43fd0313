/*
 * engine.c: dates and random numbers.
 */
#include "lib/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/codec/time.h"

void azb_limits_init(struct azb_limits *limits, const struct azb_engine_options *options)
{
    azb_memory_init(&limits->memory, options->memory_limit_bytes);
    azb_rate_configure(&limits->rate, options->bwlimit, azb_http_now_ms());
}

void azb_limits_configure(struct azb_limits *limits, const struct azb_engine_options *options)
{
    azb_memory_configure(&limits->memory, options->memory_limit_bytes);
    azb_rate_configure(&limits->rate, options->bwlimit, azb_http_now_ms());
}

void azb_limits_clear(struct azb_limits *limits)
{
    azb_memory_clear(&limits->memory);
}

int azb_engine_init(struct azb_engine *engine, struct event_base *base,
                    const struct azb_registry *registry,
                    const struct azb_engine_options *options, struct azb_limits *limits,
                    struct azb_error *err)
{
    memset(engine, 0, sizeof(*engine));
    engine->base = base;
    engine->registry = registry;
    engine->options = *options;
    engine->random_used = sizeof(engine->random);
    engine->date_unix_s = -1;
    TAILQ_INIT(&engine->errands);
    engine->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    engine->limits = limits;
    return azb_budget_init(&engine->budget, base, &limits->memory, err);
}

void azb_engine_configure(struct azb_engine *engine, const struct azb_engine_options *options)
{
    engine->options = *options;
}

void azb_engine_clear(struct azb_engine *engine)
{
    azb_budget_clear(&engine->budget);
    EVP_MD_free(engine->md5);
    azb_buf_clear(&engine->scratch);
    explicit_bzero(engine->random, sizeof(engine->random));
}

void azb_engine_random(struct azb_engine *engine, void *ret, size_t n)
{
    unsigned char *p = ret;

    while (n > 0) {
        size_t piece = sizeof(engine->random) - engine->random_used;

        if (piece == 0) {
            /* 256 bytes and less cannot be cut short; more may be, by a signal */
            for (size_t i = 0; i < sizeof(engine->random); i += 256)
                if (getrandom(engine->random + i, 256, 0) != 256)
                    abort(); /* without randomness there is no safe way on */
            engine->random_used = 0;
            continue;
        }
        if (piece > n)
            piece = n;
        memcpy(p, engine->random + engine->random_used, piece);
        engine->random_used += piece;
        p += piece;
        n -= piece;
    }
}

void azb_engine_uuid(struct azb_engine *engine, char ret[AZB_UUID_CHARS + 1])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char bytes[16];
    char *p = ret;

    azb_engine_random(engine, bytes, sizeof(bytes));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = hex[bytes[i] >> 4];
        *p++ = hex[bytes[i] & 15];
    }
    *p = '\0';
}

const char *azb_engine_date(struct azb_engine *engine, int64_t unix_s)
{
    if (unix_s != engine->date_unix_s) {
        azb_time_to_rfc1123(unix_s, engine->date);
        engine->date_unix_s = unix_s;
    }
    return engine->date;
}
