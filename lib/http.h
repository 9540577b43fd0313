/*
 * http.h: HTTP requests over kept-alive connections: libcurl's multi interface, driven by
 * libevent. One azb_http is one connection pool, of one worker.
 *
 * An attempt is one HTTP request. Its hooks are called from inside libcurl and may only look at
 * bytes, keep them, or ask for a pause; its done callback comes from the event loop, after
 * libcurl has returned, and may do anything.
 */
#ifndef AZB_LIB_HTTP_H
#define AZB_LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <curl/curl.h>
#include "lib/list.h"
#include "lib/request.h"
#include "proto/error.h"

struct event_base;
struct azb_http;

struct azb_http_options {
    unsigned max_connections; /* kept open when idle, over all endpoints */
    unsigned idle_timeout_ms; /* an older idle connection is not used again */
    unsigned connect_timeout_ms;
    unsigned stall_timeout_ms; /* an attempt that moves no byte for so long is ended */
    char ca_file[256];         /* "": SSL_CERT_FILE, SSL_CERT_DIR, else the system's */
};

enum {
    AZB_HTTP_PAUSE = 0x10000001, /* from body and read hooks; equals libcurl's own value */
    AZB_HTTP_ABORT = 0x10000000, /* from the read hook */
};

struct azb_attempt;

struct azb_attempt_hooks {
    /* A response header without its line end. status is already known. */
    void (*header)(void *arg, const char *name, size_t name_n, const char *value,
                   size_t value_n);
    /* The head is complete; status is a final one. */
    void (*head)(void *arg);
    /* Body bytes: returns n when all are taken, AZB_HTTP_PAUSE when none are, else the attempt
     * ends. */
    size_t (*body)(void *arg, const char *bytes, size_t n);
    /* Up to n bytes of the request's body into buf: returns how many, AZB_HTTP_PAUSE when there
     * are none yet, AZB_HTTP_ABORT to end the attempt. NULL when the body is in memory. */
    size_t (*read)(void *arg, char *buf, size_t n);
    /* Begin again at the body's first byte; false when that cannot be. */
    bool (*rewind)(void *arg);
    /* It has been paused for a while. From the event loop, twice a second; may cancel it. */
    void (*idle)(void *arg);
    /* Once, unless azb_http_cancel() came first. The attempt may be started again from here. */
    void (*done)(void *arg, const struct azb_error *err);
};

/* One HTTP request in flight. Embedded in its owner; zero it before its first use. */
struct azb_attempt {
    const struct azb_attempt_hooks *hooks;
    void *arg;
    int status;       /* of the response; 0 before its head */
    unsigned n_sends; /* times the request began to leave: libcurl repeats one by itself when
                         a kept connection turns out dead; from 1 the service may have acted */
    uint64_t bytes;   /* moved so far, both ways */
    bool is_paused;   /* by a hook; azb_http_resume() goes on */

    /* http.c's own */
    struct azb_http *http;
    CURL *easy;
    TAILQ_ENTRY(azb_attempt) entry; /* among those in flight */
    uint64_t stall_bytes;
    uint64_t stall_since_ms;
    unsigned stall_timeout_ms;
    bool is_stalled, is_idle;
    bool is_once;
    bool has_head;
    char message[CURL_ERROR_SIZE];
};

/* What goes out. All borrowed until the attempt is done or cancelled. */
struct azb_wire {
    const struct azb_request *req;
    const char *url;
    const void *body;          /* in memory; NULL: hooks->read, or none */
    bool is_bulk;              /* much data: larger buffers */
    bool is_once;              /* libcurl may not repeat it by itself */
    const char *ca_file;       /* trusted for this request; NULL: the pool's */
    unsigned stall_timeout_ms; /* 0: the default */
    bool has_source; /* which the service reads before it answers: that takes longer */
};

/* Returns NULL with *err set. base is borrowed for its life. */
struct azb_http *azb_http_new(struct event_base *base, const struct azb_http_options *options,
                              struct azb_error *err);
void azb_http_free(struct azb_http *http); /* no attempt may be in flight */
void azb_http_configure(struct azb_http *http, const struct azb_http_options *options);

/* Returns 0, or -1 with *err set; then no callback comes. */
int azb_http_start(struct azb_http *http, struct azb_attempt *attempt,
                   const struct azb_attempt_hooks *hooks, void *arg,
                   const struct azb_wire *wire, struct azb_error *err);

/* Give it up and close its connection; no callback comes. Not from a hook. Idle: nothing. */
void azb_http_cancel(struct azb_attempt *attempt);

/* After a hook's AZB_HTTP_PAUSE: there is room, or there are bytes. Not from a hook; hooks are
 * called from inside it, done too. */
void azb_http_resume(struct azb_attempt *attempt);

/* Milliseconds of a clock that only goes forward; it is a few behind. */
uint64_t azb_http_now_ms(void);

struct azb_http_stats {
    uint64_t requests;
    uint64_t connects; /* new connections */
};
void azb_http_stats(const struct azb_http *http, struct azb_http_stats *ret);

#endif
