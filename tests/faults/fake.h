/*
 * fake.h: a Blob service that follows a script: it answers what a test says, and breaks where
 * a test says. A thread of the test's process listens on a free port of 127.0.0.1 and gives
 * each connection a thread of its own, so that blocking reads and writes keep it simple.
 *
 * A script is an array of steps that ends with {0}. Each step is used once, in order of the
 * requests' arrival whatever connection they come on; fake_done() tells what was left over or
 * was not expected. Answers carry the headers of the real service (Server, Date,
 * x-ms-request-id, x-ms-version, the echoed client request id) without being asked.
 */
#ifndef AZB_TESTS_FAKE_H
#define AZB_TESTS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_fault {
    FAKE_OK,
    FAKE_RESET,             /* a TCP reset after `after_bytes` */
    FAKE_CLOSE,             /* an orderly end of stream after `after_bytes` */
    FAKE_SILENT,            /* read the request, never answer */
    FAKE_STALL,             /* nothing more after `after_bytes`, the connection stays open */
    FAKE_SLOW,              /* one byte a write */
    FAKE_LYING_LENGTH,      /* Content-Length is twice the body, then end of stream */
    FAKE_NO_LENGTH,         /* neither Content-Length nor chunks: end of stream ends the body */
    FAKE_CLOSE_BEFORE_READ, /* close with the request unread; `request` is then only a name */
    FAKE_WAIT,              /* answer after a fake_release() */
};

struct fake_step {
    const char *request;    /* "PUT /c/b?comp=block"; a '*' at its end matches any rest */
    int reply;              /* HTTP status */
    const char *header;     /* further headers, '\n' between them; replace ours of that name */
    const char *error_code; /* x-ms-error-code, and without a body the error's XML */
    const char *body;
    size_t body_bytes; /* 0: strlen(body) */
    bool is_chunked;   /* Transfer-Encoding: chunked, some chunks */
    bool any_order;    /* may be overtaken by the steps after it */
    enum fake_fault fault;
    size_t after_bytes; /* of the whole answer, or of its body when `in_body` */
    bool in_body;
};

/* How the service begins every XML document. */
#define FAKE_XML(text) "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>" text

enum { FAKE_MAX_HEADERS = 64 };

struct fake_request {
    char *line; /* "PUT /c/b?comp=block", as sent */
    struct {
        char *name, *value;
    } headers[FAKE_MAX_HEADERS];
    unsigned n_headers;
    char *body; /* NUL-terminated beyond body_bytes */
    size_t body_bytes;
    unsigned connection_i; /* which connection it came on, from 0 */
    char *head;            /* what the strings above point into */
};

/* The value of a header, in any letter case of its name, or NULL. */
const char *fake_request_header(const struct fake_request *request, const char *name);

/*
 * Answers a request in place of a script. ret_reply starts as {.reply = 200}; what it is made
 * to point to must stay until the next call. Never called twice at once.
 */
typedef void fake_handler_cb(const struct fake_request *request, struct fake_step *ret_reply,
                             void *arg);

/*
 * Breaks a request off while it is being sent: returns how many bytes of its body are read
 * before the connection is reset, or SIZE_MAX when nothing happens. Such a request is not
 * recorded and uses no step. Never called twice at once.
 */
typedef size_t fake_break_cb(const struct fake_request *request, void *arg);

struct fake_options {
    bool has_tls; /* with a certificate made for this run, see fake_ca_file() */
    fake_handler_cb *handler;
    fake_break_cb *breaks;
    void *handler_arg; /* of both */
};

struct fake;

/*
 * Listen and play. A failure to set up ends the test.
 *
 * steps    borrowed until fake_stop(); NULL with a handler
 * options  NULL: plain, scripted
 */
struct fake *fake_start(const struct fake_step *steps, const struct fake_options *options);

/* Close all connections, join all threads, free everything. NULL is allowed. */
void fake_stop(struct fake *fake);

/* "http://127.0.0.1:PORT", "https://..." */
const char *fake_url(const struct fake *fake);

/* A connection string for account "acct" (with a made-up key) whose blob endpoint is this
 * server: requests then start with the container, without an account in the path. */
const char *fake_connection_string(const struct fake *fake);

/* PEM file of the certificate, for SSL_CERT_FILE; NULL without TLS. */
const char *fake_ca_file(const struct fake *fake);

/* How many requests have arrived whole, and one of them (borrowed until fake_stop()). */
size_t fake_n_requests(struct fake *fake);
const struct fake_request *fake_request(struct fake *fake, size_t i);

/* How many connections were accepted. */
unsigned fake_n_connections(struct fake *fake);

/* Wait until n requests have arrived; false when they have not within 10 s. */
bool fake_wait_requests(struct fake *fake, size_t n);

/* Let one answer that waits, or the next one to wait, go. */
void fake_release(struct fake *fake);

/* NULL when each step was used and nothing else was asked; else what was wrong, borrowed until
 * fake_stop(). */
const char *fake_done(struct fake *fake);

#endif
