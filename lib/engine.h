/*
 * engine.h: what all calls of one worker share. The worker makes it and owns its parts.
 */
#ifndef AZB_LIB_ENGINE_H
#define AZB_LIB_ENGINE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/budget.h"
#include "lib/http.h"
#include "lib/io.h"
#include "lib/rate.h"
#include "lib/registry.h"
#include "lib/retry.h"
#include "lib/sched.h"
#include "proto/buf.h"

struct event_base;

/* The service version that requests ask for unless configured otherwise. */
#define AZB_API_VERSION "2026-04-06"

struct azb_engine_options {
    struct azb_retry_options retry;
    char api_version[16];
    uint64_t bwlimit;              /* bytes a second, all calls together, both ways; 0: none */
    size_t max_inline_bytes;       /* of a download that is answered in one message */
    size_t memory_limit_bytes;     /* for payloads that the daemon holds, all calls together */
    uint64_t max_single_put_bytes; /* a longer upload goes in blocks */
    size_t block_bytes; /* of such an upload; in memory while it is sent, but for a file's */
};

/* What all engines of a process keep to together. */
struct azb_limits {
    struct azb_memory memory; /* for payloads */
    struct azb_rate rate;     /* of all transfers */
};

/* Zeroed before. */
void azb_limits_init(struct azb_limits *limits, const struct azb_engine_options *options);
void azb_limits_clear(struct azb_limits *limits);

/* As of these options from now on. */
void azb_limits_configure(struct azb_limits *limits, const struct azb_engine_options *options);

struct azb_errand;

struct azb_engine {
    struct event_base *base;
    struct azb_http *http;
    struct azb_sched *sched;
    struct azb_io *io;
    const struct azb_registry *registry;
    struct azb_engine_options options;
    EVP_MD *md5;            /* fetched once: looking it up costs more than hashing 1 KiB */
    struct azb_buf scratch; /* for whoever builds something, while he does */
    struct azb_limits *limits;
    struct azb_budget budget; /* its share of their memory */

    /* calls of our own: lib/errand.h */
    struct azb_flow *own_flow;
    TAILQ_HEAD(azb_errands, azb_errand) errands;
    void (*idle_cb)(void *arg); /* the last errand is back; set by the owner, may be NULL */
    void *idle_arg;

    /* x-ms-date of a second, and random bytes in hand */
    int64_t date_unix_s;
    char date[32];
    unsigned char random[1024];
    size_t random_used;

    /* other threads may read them */
    _Atomic uint64_t calls;
    _Atomic uint64_t failures;
    _Atomic uint64_t retries;
    _Atomic uint64_t bytes_in, bytes_out; /* payload from and to the service */
};

/* options is copied, the rest borrowed; what the owner makes is NULL. Returns 0, or -1 with
 * *err set. */
int azb_engine_init(struct azb_engine *engine, struct event_base *base,
                    const struct azb_registry *registry,
                    const struct azb_engine_options *options, struct azb_limits *limits,
                    struct azb_error *err);
void azb_engine_clear(struct azb_engine *engine);

/* New options, for what begins from now on. */
void azb_engine_configure(struct azb_engine *engine, const struct azb_engine_options *options);

/* Random bytes from the kernel's generator. */
void azb_engine_random(struct azb_engine *engine, void *ret, size_t n);

/* A random UUID (RFC 9562, version 4) as text. */
enum {
    AZB_UUID_CHARS = 36,
};
void azb_engine_uuid(struct azb_engine *engine, char ret[AZB_UUID_CHARS + 1]);

/* RFC 1123 of that second; borrowed until the next call. */
const char *azb_engine_date(struct azb_engine *engine, int64_t unix_s);

#endif
