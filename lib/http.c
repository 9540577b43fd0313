/*
 * http.c: libcurl on libevent.
 *
 * Easy handles are kept and used again: setting one up from nothing costs more than a small
 * request. Options that never change are set once, when the handle is made.
 */
#include "lib/http.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    MAX_SPARE = 128,          /* easy handles kept */
    BULK_BUFFER = 256 * 1024, /* of a large transfer, either way */
    PLAIN_BUFFER = 16 * 1024,
    PLAIN_UPLOAD_BUFFER = 64 * 1024,
    SWEEP_MS = 500,     /* how often stalls are looked for */
    SOURCE_FACTOR = 10, /* so much longer may the service be silent that reads a source */
    OWN_HEADERS = 3,    /* lines besides those of the request */
};

/* A socket that libcurl wants watched. */
struct watch {
    struct event event;
    curl_socket_t fd;
    int what; /* CURL_POLL_* */
    struct watch *next_spare;
};

struct azb_http {
    struct event_base *base;
    struct azb_http_options options;
    CURLM *multi;
    CURLSH *share;               /* TLS sessions */
    const char *default_ca_file; /* libcurl's; NULL: it has none */
    struct event timer;
    struct event sweep;
    TAILQ_HEAD(, azb_attempt) in_flight;
    unsigned n_in_flight;
    CURL *spare[MAX_SPARE];
    unsigned n_spare;
    struct watch *spare_watches;
    _Atomic uint64_t requests; /* other threads may read them */
    _Atomic uint64_t connects;
};

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t azb_http_now_ms(void)
{
    return clock_ms();
}

/* ---- what libcurl calls ---- */

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
    struct azb_attempt *attempt = arg;
    const char *colon, *value;
    size_t all = size * n, len = all;

    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    attempt->bytes += all;
    if (len >= 12 && strncasecmp(line, "HTTP/", 5) == 0) {
        const char *space = memchr(line, ' ', len);

        attempt->status = space != NULL ? atoi(space + 1) : 0;
        return all;
    }
    if (attempt->status < 200 || attempt->has_head)
        return all; /* 100 Continue and the like; or a trailer, which we never need */
    if (len == 0) {
        attempt->has_head = true;
        attempt->hooks->head(attempt->arg);
        return all;
    }
    colon = memchr(line, ':', len);
    if (colon == NULL)
        return all;
    value = colon + 1;
    while (value < line + len && (*value == ' ' || *value == '\t'))
        value++;
    attempt->hooks->header(attempt->arg, line, (size_t)(colon - line), value,
                           (size_t)(line + len - value));
    return all;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct azb_attempt *attempt = arg;
    size_t taken = attempt->hooks->body(attempt->arg, bytes, size * n);

    if (taken == AZB_HTTP_PAUSE)
        attempt->is_paused = true;
    else
        attempt->bytes += size * n;
    return taken;
}

static size_t on_read(char *buf, size_t size, size_t n, void *arg)
{
    struct azb_attempt *attempt = arg;
    size_t given = attempt->hooks->read(attempt->arg, buf, size * n);

    if (given == AZB_HTTP_PAUSE)
        attempt->is_paused = true;
    else if (given != AZB_HTTP_ABORT)
        attempt->bytes += given;
    return given;
}

static int on_send(void *arg, char *peer, char *local, int peer_port, int local_port)
{
    struct azb_attempt *attempt = arg;

    (void)peer, (void)local, (void)peer_port, (void)local_port;
    if (++attempt->n_sends > 1 && attempt->is_once)
        return CURL_PREREQFUNC_ABORT;
    return CURL_PREREQFUNC_OK;
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
    struct azb_attempt *attempt = arg;

    if (offset != 0 || origin != SEEK_SET || attempt->hooks->rewind == NULL ||
        !attempt->hooks->rewind(attempt->arg))
        return CURL_SEEKFUNC_CANTSEEK;
    return CURL_SEEKFUNC_OK;
}

/* ---- completion ---- */

static void attempt_detach(struct azb_attempt *attempt)
{
    struct azb_http *http = attempt->http;
    CURL *easy = attempt->easy;

    curl_multi_remove_handle(http->multi, easy);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL); /* it goes with the attempt */
    TAILQ_REMOVE(&http->in_flight, attempt, entry);
    http->n_in_flight--;
    if (http->n_in_flight == 0)
        event_del(&http->sweep);
    attempt->easy = NULL;
    attempt->http = NULL;
    attempt->is_paused = false;
    if (http->n_spare < MAX_SPARE)
        http->spare[http->n_spare++] = easy;
    else
        curl_easy_cleanup(easy);
}

/* Which of our errors a libcurl result is. The request's target is in nobody's message: it may
 * carry a SAS. */
static void attempt_error(const struct azb_attempt *attempt, CURLcode code,
                          struct azb_error *err)
{
    const char *why = attempt->message[0] != '\0' ? attempt->message : curl_easy_strerror(code);

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        azb_error_set(err, AZB_ERR_CONNECT, "%s: check the account's name and the network",
                      why);
        break;
    case CURLE_COULDNT_CONNECT:
        azb_error_set(err, AZB_ERR_CONNECT, "cannot connect: %s", why);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        azb_error_set(err, AZB_ERR_CONNECT_TIMEOUT,
                      "no connection within %u ms (connect_timeout_ms)",
                      attempt->http->options.connect_timeout_ms);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        azb_error_set(err, AZB_ERR_TLS, "TLS: %s (trust more with SSL_CERT_FILE or ca_file)",
                      why);
        break;
    case CURLE_PARTIAL_FILE:
        azb_error_set(err, AZB_ERR_SHORT_BODY, "the answer ended early: %s", why);
        break;
    case CURLE_OUT_OF_MEMORY:
        azb_error_set(err, AZB_ERR_NO_MEMORY, "an HTTP request");
        break;
    default:
        azb_error_set(err, AZB_ERR_BROKEN, "%s", why);
        break;
    }
}

static void attempt_finish(struct azb_attempt *attempt, CURLcode code)
{
    struct azb_error err = {0};
    long connects = 0;

    curl_easy_getinfo(attempt->easy, CURLINFO_NUM_CONNECTS, &connects);
    attempt->http->connects += (uint64_t)connects;
    if (code != CURLE_OK) {
        attempt_error(attempt, code, &err);
        err.status = attempt->status;
    }
    attempt_detach(attempt);
    attempt->hooks->done(attempt->arg, code == CURLE_OK ? NULL : &err);
}

static void http_drain(struct azb_http *http)
{
    CURLMsg *msg;
    int rest;

    while ((msg = curl_multi_info_read(http->multi, &rest)) != NULL) {
        struct azb_attempt *attempt = NULL;
        CURLcode code = msg->data.result; /* the message dies when its handle is removed */

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&attempt);
        attempt_finish(attempt, code);
    }
}

/* ---- events ---- */

static void on_socket_event(evutil_socket_t fd, short what, void *arg)
{
    struct azb_http *http = arg;
    int running;

    curl_multi_socket_action(http->multi, fd,
                             ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
                                 ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0),
                             &running);
    http_drain(http);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct azb_http *http = arg;
    int running;

    (void)fd, (void)what;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    http_drain(http);
}

static int on_set_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct azb_http *http = arg;
    struct timeval wait = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};

    (void)multi;
    if (timeout_ms < 0)
        event_del(&http->timer);
    else
        event_add(&http->timer, &wait);
    return 0;
}

static struct watch *watch_new(struct azb_http *http)
{
    struct watch *watch = http->spare_watches;

    if (watch == NULL)
        return calloc(1, sizeof(*watch));
    http->spare_watches = watch->next_spare;
    return watch;
}

static int on_watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct azb_http *http = arg;
    struct watch *watch = socket_arg;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            event_del(&watch->event);
            watch->next_spare = http->spare_watches;
            http->spare_watches = watch;
        }
        curl_multi_assign(http->multi, fd, NULL);
        return 0;
    }
    if (watch != NULL && watch->what == what)
        return 0;
    if (watch == NULL) {
        watch = watch_new(http);
        if (watch == NULL)
            return -1;
        watch->fd = fd;
        curl_multi_assign(http->multi, fd, watch);
    } else {
        event_del(&watch->event);
    }
    watch->what = what;
    event_assign(&watch->event, http->base, fd,
                 (short)(EV_PERSIST | ((what & CURL_POLL_IN) ? EV_READ : 0) |
                         ((what & CURL_POLL_OUT) ? EV_WRITE : 0)),
                 on_socket_event, http);
    return event_add(&watch->event, NULL);
}

/* End attempts that move nothing. A paused one waits for us, not for the service: it is idle.
 */
static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct azb_http *http = arg;
    uint64_t now = clock_ms();
    struct azb_attempt *attempt, *next;

    (void)fd, (void)what;
    TAILQ_FOREACH_SAFE (attempt, &http->in_flight, entry, next) {
        attempt->is_idle = attempt->is_paused && attempt->bytes == attempt->stall_bytes;
        if (attempt->bytes != attempt->stall_bytes || attempt->is_paused) {
            attempt->stall_bytes = attempt->bytes;
            attempt->stall_since_ms = now;
        }
        attempt->is_stalled = now - attempt->stall_since_ms >= attempt->stall_timeout_ms;
    }
    /* Who hears of it may start or cancel any other: look again from the front each time. */
    for (attempt = TAILQ_FIRST(&http->in_flight); attempt != NULL;) {
        struct azb_error err = {0};
        unsigned limit_ms = attempt->stall_timeout_ms;

        if (attempt->is_idle) {
            attempt->is_idle = false;
            attempt->hooks->idle(attempt->arg);
            attempt = TAILQ_FIRST(&http->in_flight);
            continue;
        }
        if (!attempt->is_stalled) {
            attempt = TAILQ_NEXT(attempt, entry);
            continue;
        }
        attempt->is_stalled = false;
        err.status = attempt->status;
        attempt_detach(attempt);
        azb_error_set(&err, AZB_ERR_STALLED,
                      "the service moved no byte for %u ms (stall_timeout_ms)", limit_ms);
        attempt->hooks->done(attempt->arg, &err);
        attempt = TAILQ_FIRST(&http->in_flight);
    }
}

/* ---- life ---- */

struct azb_http *azb_http_new(struct event_base *base, const struct azb_http_options *options,
                              struct azb_error *err)
{
    struct azb_http *http = calloc(1, sizeof(*http));

    if (http != NULL) {
        http->base = base;
        TAILQ_INIT(&http->in_flight);
        evtimer_assign(&http->timer, base, on_timer, http);
        event_assign(&http->sweep, base, -1, EV_PERSIST, on_sweep, http);
        http->multi = curl_multi_init();
        http->share = curl_share_init();
    }
    if (http == NULL || http->multi == NULL || http->share == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "the connection pool");
        azb_http_free(http);
        return NULL;
    }
    http->default_ca_file = curl_version_info(CURLVERSION_NOW)->cainfo;
    /* TLS sessions for resumption; one thread uses them, so no locks are needed */
    curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_watch);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    azb_http_configure(http, options);
    return http;
}

static void http_drop_spares(struct azb_http *http)
{
    while (http->n_spare > 0)
        curl_easy_cleanup(http->spare[--http->n_spare]);
}

void azb_http_configure(struct azb_http *http, const struct azb_http_options *options)
{
    http->options = *options;
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)options->max_connections);
    http_drop_spares(http); /* they carry the old options */
}

void azb_http_free(struct azb_http *http)
{
    if (http == NULL)
        return;
    http_drop_spares(http);
    if (http->multi != NULL)
        curl_multi_cleanup(http->multi); /* closes the pool; watches come back */
    if (http->share != NULL)
        curl_share_cleanup(http->share);
    if (event_initialized(&http->timer)) {
        event_del(&http->timer);
        event_del(&http->sweep);
    }
    while (http->spare_watches != NULL) {
        struct watch *watch = http->spare_watches;

        http->spare_watches = watch->next_spare;
        free(watch);
    }
    free(http);
}

static const char *env_or_null(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Whom to trust: the account's file, the configured one, the usual variable, or what the system
 * does. */
static const char *ca_file_of(const struct azb_http *http, const struct azb_wire *wire)
{
    if (wire->ca_file != NULL)
        return wire->ca_file;
    if (http->options.ca_file[0] != '\0')
        return http->options.ca_file;
    if (env_or_null("SSL_CERT_FILE") != NULL)
        return env_or_null("SSL_CERT_FILE");
    return http->default_ca_file;
}

/* A handle with all that is the same for every request. */
static CURL *easy_new(struct azb_http *http)
{
    const struct azb_http_options *o = &http->options;
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_SHARE, http->share);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are not ours */
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* a blob may be named "../x" */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)(o->idle_timeout_ms + 999) / 1000);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    if (env_or_null("SSL_CERT_DIR") != NULL)
        curl_easy_setopt(easy, CURLOPT_CAPATH, env_or_null("SSL_CERT_DIR"));
    return easy;
}

/* The list of header lines, in the request's arena. */
static struct curl_slist *header_list(const struct azb_request *req)
{
    /* an option for it would have libcurl write it twice, byte by byte */
    static char user_agent[] = "User-Agent: azblobd/" AZB_VERSION;
    static char no_expect[] = "Expect:", no_type[] = "Content-Type:";
    struct curl_slist *list =
        azb_arena_alloc(req->arena, (req->n_headers + OWN_HEADERS) * sizeof(*list));
    unsigned n = 0;

    if (list == NULL)
        return NULL;
    list[n++].data = user_agent;
    /* what libcurl would add by itself to a request with a body */
    if (req->content_length >= 0)
        list[n++].data = no_expect;
    if (req->content_length >= 0 && azb_request_find_header(req, "Content-Type") == NULL)
        list[n++].data = no_type;
    for (unsigned i = 0; i < req->n_headers; i++) {
        const struct azb_pair *h = &req->headers[i];
        size_t name_n = strlen(h->name), value_n = strlen(h->value);
        char *line = azb_arena_alloc(req->arena, name_n + value_n + 3);

        if (line == NULL)
            return NULL;
        memcpy(line, h->name, name_n);
        /* libcurl drops "name:"; "name;" is how it is told to send an empty value */
        if (value_n == 0) {
            memcpy(line + name_n, ";", 2);
        } else {
            memcpy(line + name_n, ": ", 2);
            memcpy(line + name_n + 2, h->value, value_n + 1);
        }
        list[n++].data = line;
    }
    for (unsigned i = 0; i < n; i++)
        list[i].next = i + 1 < n ? &list[i + 1] : NULL;
    return list;
}

static void easy_set_body(CURL *easy, const struct azb_attempt *attempt,
                          const struct azb_wire *wire)
{
    const struct azb_request *req = wire->req;

    /* Each of these undoes what another request left; the verb comes last, over all of them. */
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (strcmp(req->verb, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (req->content_length >= 0 && wire->body == NULL && attempt->hooks->read != NULL &&
               req->content_length > 0) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)req->content_length);
    } else if (req->content_length >= 0) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->content_length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, wire->body != NULL ? wire->body : "");
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
                     strcmp(req->verb, "HEAD") == 0 ? NULL : req->verb);
}

int azb_http_start(struct azb_http *http, struct azb_attempt *attempt,
                   const struct azb_attempt_hooks *hooks, void *arg,
                   const struct azb_wire *wire, struct azb_error *err)
{
    static const struct timeval sweep_every = {0, SWEEP_MS * 1000};
    CURL *easy = http->n_spare > 0 ? http->spare[--http->n_spare] : easy_new(http);
    struct curl_slist *headers;
    CURLMcode rc;

    attempt->hooks = hooks;
    attempt->arg = arg;
    attempt->status = 0;
    attempt->bytes = 0;
    attempt->n_sends = 0;
    attempt->is_once = wire->is_once;
    attempt->has_head = attempt->is_paused = attempt->is_stalled = attempt->is_idle = false;
    attempt->message[0] = '\0';
    headers = easy != NULL ? header_list(wire->req) : NULL;
    if (headers == NULL) {
        curl_easy_cleanup(easy);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an HTTP request");
    }
    curl_easy_setopt(easy, CURLOPT_URL, wire->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, attempt);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_READDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, attempt);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, attempt->message);
    /* what a PUT is answered is small */
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
                     (long)(wire->is_bulk && strcmp(wire->req->verb, "PUT") != 0
                                ? BULK_BUFFER
                                : PLAIN_BUFFER));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     (long)(wire->is_bulk ? BULK_BUFFER : PLAIN_UPLOAD_BUFFER));
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file_of(http, wire));
    easy_set_body(easy, attempt, wire);
    rc = curl_multi_add_handle(http->multi, easy);
    if (rc != CURLM_OK) {
        curl_easy_cleanup(easy);
        return azb_error_set(err, AZB_ERR_INTERNAL, "libcurl: %s", curl_multi_strerror(rc));
    }
    attempt->easy = easy;
    attempt->http = http;
    attempt->stall_bytes = 0;
    attempt->stall_since_ms = clock_ms();
    attempt->stall_timeout_ms =
        wire->stall_timeout_ms != 0
            ? wire->stall_timeout_ms
            : http->options.stall_timeout_ms * (wire->has_source ? SOURCE_FACTOR : 1);
    TAILQ_INSERT_TAIL(&http->in_flight, attempt, entry);
    if (http->n_in_flight++ == 0)
        event_add(&http->sweep, &sweep_every);
    http->requests++;
    return 0;
}

void azb_http_cancel(struct azb_attempt *attempt)
{
    if (attempt->http != NULL)
        attempt_detach(attempt);
}

void azb_http_resume(struct azb_attempt *attempt)
{
    CURLcode rc;

    if (attempt->http == NULL || !attempt->is_paused)
        return;
    attempt->is_paused = attempt->is_idle = false;
    /* libcurl hands over what it had kept from in there; if we refuse it, nobody else will say
     * so */
    rc = curl_easy_pause(attempt->easy, CURLPAUSE_CONT);
    if (rc != CURLE_OK)
        attempt_finish(attempt, rc);
}

void azb_http_stats(const struct azb_http *http, struct azb_http_stats *ret)
{
    ret->requests = http->requests;
    ret->connects = http->connects;
}
