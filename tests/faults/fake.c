/*
 * fake.c: see fake.h. Three layers: a connection that reads and writes (plain or TLS), a
 * request and an answer as bytes, and the script that decides what is answered and how it
 * breaks. One lock guards the script and the record; nobody holds it while waiting for a peer.
 */
#define _GNU_SOURCE 1 /* accept4(), memmem() */
#include "tests/faults/fake.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "proto/buf.h"
#include "tests/faults/fake_tls.h"
#include "tests/faults/folder.h"

enum {
    FAKE_WAIT_S = 10,
    FAKE_READ_BYTES = 64 * 1024,
    FAKE_MAX_CONNECTIONS = 1024,
    FAKE_MAX_STEPS = 4096,
    FAKE_MAX_REQUESTS = 64 * 1024,
};

struct fake_conn {
    struct fake *fake;
    pthread_t thread;
    unsigned i;
    int fd; /* -1: closed; guarded by the lock, so that fake_stop() shuts no stranger's */
    SSL *ssl;
    struct azb_buf in; /* what was read and not yet used */
};

struct fake {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a request arrived, an answer was released, the end */
    pthread_t thread;
    int listen_fd;
    SSL_CTX *tls;
    char url[40];
    char connection_string[240];
    char ca_path[40];
    bool is_stopping;

    const struct fake_step *steps;
    bool is_used[FAKE_MAX_STEPS];
    fake_handler_cb *handler;
    fake_break_cb *breaks;
    void *handler_arg;
    unsigned n_released;

    struct fake_conn *conns[FAKE_MAX_CONNECTIONS];
    unsigned n_conns;
    struct fake_request *requests[FAKE_MAX_REQUESTS];
    size_t n_requests;
    struct azb_buf complaints;
};

/* An answer as it goes out. */
struct answer {
    struct azb_buf bytes;
    size_t head_bytes;
};

/* ---- the connection ---- */

static ssize_t conn_read(struct fake_conn *conn, void *to, size_t n)
{
    return conn->ssl != NULL ? SSL_read(conn->ssl, to, (int)n) : read(conn->fd, to, n);
}

static bool conn_write(struct fake_conn *conn, const unsigned char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done =
            conn->ssl != NULL ? SSL_write(conn->ssl, bytes, (int)n) : write(conn->fd, bytes, n);

        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* Read some more into conn->in; false at the end of the stream. */
static bool conn_fill(struct fake_conn *conn)
{
    ssize_t n;

    if (azb_buf_reserve(&conn->in, FAKE_READ_BYTES) < 0)
        return false;
    n = conn_read(conn, conn->in.data + conn->in.len, FAKE_READ_BYTES);
    if (n <= 0)
        return false;
    conn->in.len += (size_t)n;
    return true;
}

static bool conn_fill_to(struct fake_conn *conn, size_t n)
{
    while (conn->in.len < n)
        if (!conn_fill(conn))
            return false;
    return true;
}

/* Wait for a request's first byte without taking it; false at the end of the stream. */
static bool conn_wait_readable(struct fake_conn *conn)
{
    char byte;

    return conn->in.len > 0 || (conn->ssl != NULL && SSL_pending(conn->ssl) > 0) ||
           recv(conn->fd, &byte, 1, MSG_PEEK) == 1;
}

/* Read and forget until the peer or fake_stop() ends the connection. */
static void conn_drain(struct fake_conn *conn)
{
    char bytes[4096];

    while (read(conn->fd, bytes, sizeof(bytes)) > 0)
        ;
}

static void conn_end_stream(struct fake_conn *conn)
{
    if (conn->ssl != NULL)
        SSL_shutdown(conn->ssl);
    shutdown(conn->fd, SHUT_WR);
    conn_drain(conn);
}

/* Make the close that follows send a reset. */
static void conn_arm_reset(struct fake_conn *conn)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void conn_close(struct fake_conn *conn)
{
    pthread_mutex_lock(&conn->fake->lock);
    close(conn->fd);
    conn->fd = -1;
    pthread_mutex_unlock(&conn->fake->lock);
}

/* ---- requests ---- */

static void request_free(struct fake_request *request)
{
    if (request == NULL)
        return;
    free(request->head);
    free(request->body);
    free(request);
}

/* Take `head` (NUL-terminated, its lines ended by CRLF) apart in place. */
static void request_parse_head(struct fake_request *request)
{
    char *rest = NULL;
    char *line = strtok_r(request->head, "\r\n", &rest);
    char *version = line == NULL ? NULL : strstr(line, " HTTP/1.1");

    request->line = version == NULL ? (char *)"(no HTTP/1.1 request line)" : line;
    if (version != NULL)
        *version = '\0';
    while ((line = strtok_r(NULL, "\r\n", &rest)) != NULL) {
        char *colon = strchr(line, ':');

        if (colon == NULL || request->n_headers == FAKE_MAX_HEADERS)
            continue;
        *colon = '\0';
        request->headers[request->n_headers].name = line;
        request->headers[request->n_headers++].value = colon + 1 + strspn(colon + 1, " \t");
    }
}

const char *fake_request_header(const struct fake_request *request, const char *name)
{
    for (unsigned i = 0; i < request->n_headers; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

/* Where the head that starts conn->in ends, behind its empty line; 0 at the end of the stream.
 */
static size_t conn_find_head(struct fake_conn *conn)
{
    const unsigned char *end;

    while (
        (end = conn->in.len == 0 ? NULL : memmem(conn->in.data, conn->in.len, "\r\n\r\n", 4)) ==
        NULL)
        if (!conn_fill(conn))
            return 0;
    return (size_t)(end - conn->in.data) + 4;
}

/* Move the first n bytes of conn->in to *body. */
static bool conn_take(struct fake_conn *conn, size_t n, struct azb_buf *body)
{
    if (!conn_fill_to(conn, n))
        return false;
    azb_buf_append(body, conn->in.data, n);
    azb_buf_drop(&conn->in, n);
    return true;
}

/* One line without its CRLF, as a number in hexadecimal. */
static bool conn_take_chunk_size(struct fake_conn *conn, size_t *ret)
{
    const unsigned char *end;

    while ((end = conn->in.len == 0 ? NULL : memmem(conn->in.data, conn->in.len, "\r\n", 2)) ==
           NULL)
        if (!conn_fill(conn))
            return false;
    *ret = strtoul((const char *)conn->in.data, NULL, 16);
    azb_buf_drop(&conn->in, (size_t)(end - conn->in.data) + 2);
    return true;
}

static bool conn_take_chunks(struct fake_conn *conn, struct azb_buf *body)
{
    struct azb_buf crlf = {0};
    size_t n = 0;
    bool ok;

    do {
        ok = conn_take_chunk_size(conn, &n) && conn_take(conn, n, body) &&
             conn_take(conn, 2, &crlf);
    } while (ok && n > 0);
    azb_buf_clear(&crlf);
    return ok;
}

static bool conn_take_body(struct fake_conn *conn, const struct fake_request *request,
                           struct azb_buf *body)
{
    const char *length = fake_request_header(request, "Content-Length");
    const char *coding = fake_request_header(request, "Transfer-Encoding");

    if (coding != NULL && strcasecmp(coding, "chunked") == 0)
        return conn_take_chunks(conn, body);
    return conn_take(conn, length == NULL ? 0 : strtoul(length, NULL, 10), body);
}

/* Whether the test wants this request broken off; does it. */
static bool conn_is_broken(struct fake_conn *conn, const struct fake_request *request)
{
    struct fake *fake = conn->fake;
    size_t n = SIZE_MAX;

    pthread_mutex_lock(&fake->lock);
    if (fake->breaks != NULL)
        n = fake->breaks(request, fake->handler_arg);
    pthread_mutex_unlock(&fake->lock);
    if (n == SIZE_MAX)
        return false;
    conn_fill_to(conn, n);
    conn_arm_reset(conn);
    return true;
}

/* The next whole request, or NULL at the end of the stream. */
static struct fake_request *conn_read_request(struct fake_conn *conn)
{
    struct fake_request *request = calloc(1, sizeof(*request));
    struct azb_buf body = {0};
    size_t head_bytes = conn_find_head(conn);

    if (request == NULL || head_bytes == 0)
        goto fail;
    request->head = strndup((const char *)conn->in.data, head_bytes);
    if (request->head == NULL)
        goto fail;
    azb_buf_drop(&conn->in, head_bytes);
    request_parse_head(request);
    request->connection_i = conn->i;
    if (conn_is_broken(conn, request) || !conn_take_body(conn, request, &body) ||
        azb_buf_cstr(&body) == NULL)
        goto fail;
    request->body = (char *)body.data; /* taken */
    request->body_bytes = body.len;
    return request;
fail:
    azb_buf_clear(&body);
    request_free(request);
    return NULL;
}

/* ---- answers ---- */

static bool request_is_head(const struct fake_request *request)
{
    return strncmp(request->line, "HEAD ", 5) == 0;
}

static const char *reply_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {304, "The condition specified using HTTP conditional header(s) is not met."},
        {404, "The specified resource does not exist."},
        {409, "The specified resource already exists."},
        {412, "The condition specified using HTTP conditional header(s) is not met."},
        {503, "Server Busy"}};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Whatever";
}

static bool step_gives_header(const struct fake_step *step, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = step->header; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, n) == 0 && line[n] == ':')
            return true;
    }
    return false;
}

/* A header of ours, unless the step has its own. */
static void head_add(struct azb_buf *out, const struct fake_step *step, const char *name,
                     const char *value)
{
    if (value != NULL && !step_gives_header(step, name))
        azb_buf_printf(out, "%s: %s\r\n", name, value);
}

static void head_add_usual(struct azb_buf *out, const struct fake_step *step,
                           const struct fake_request *request, size_t request_i)
{
    time_t now = time(NULL);
    struct tm utc;
    char date[40], id[40];

    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
    snprintf(id, sizeof(id), "0f1e2d3c-001e-0042-00aa-%012zx", request_i);
    head_add(out, step, "Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
    head_add(out, step, "Date", date);
    head_add(out, step, "x-ms-request-id", id);
    head_add(out, step, "x-ms-client-request-id",
             fake_request_header(request, "x-ms-client-request-id"));
    head_add(out, step, "x-ms-version", fake_request_header(request, "x-ms-version"));
    head_add(out, step, "x-ms-error-code", step->error_code);
}

/* How the body's end is told. A failed HEAD says chunked and then nothing, as the service does.
 */
static void head_add_framing(struct azb_buf *out, const struct fake_step *step, bool is_head,
                             size_t body_bytes)
{
    char length[24];

    snprintf(length, sizeof(length), "%zu",
             step->fault == FAKE_LYING_LENGTH ? 2 * body_bytes : body_bytes);
    if (step->fault == FAKE_NO_LENGTH)
        head_add(out, step, "Connection", "close");
    else if (step->is_chunked || (is_head && step->reply >= 400))
        head_add(out, step, "Transfer-Encoding", "chunked");
    else if (step->reply != 204 && step->reply != 304)
        head_add(out, step, "Content-Length", length);
}

static void body_add_chunked(struct azb_buf *out, const struct azb_buf *body)
{
    size_t piece = body->len / 3 + 1;

    for (size_t at = 0; at < body->len; at += piece) {
        size_t n = body->len - at < piece ? body->len - at : piece;

        azb_buf_printf(out, "%zx\r\n", n);
        azb_buf_append(out, body->data + at, n);
        azb_buf_puts(out, "\r\n");
    }
    azb_buf_puts(out, "0\r\n\r\n");
}

static void step_body(const struct fake_step *step, struct azb_buf *ret)
{
    if (step->body != NULL)
        azb_buf_append(ret, step->body,
                       step->body_bytes > 0 ? step->body_bytes : strlen(step->body));
    else if (step->error_code != NULL)
        azb_buf_printf(ret,
                       FAKE_XML("<Error><Code>%s</Code><Message>The script says %s.\n"
                                "RequestId:0f1e2d3c-001e-0042-00aa-000000000000\n"
                                "Time:2026-11-22T06:44:00.1234567Z</Message></Error>"),
                       step->error_code, step->error_code);
}

static struct answer answer_compose(const struct fake_step *step,
                                    const struct fake_request *request, size_t request_i)
{
    struct answer answer = {0};
    struct azb_buf body = {0}, *out = &answer.bytes;
    bool is_head = request_is_head(request);

    step_body(step, &body);
    azb_buf_printf(out, "HTTP/1.1 %d %s\r\n", step->reply, reply_reason(step->reply));
    head_add_usual(out, step, request, request_i);
    head_add_framing(out, step, is_head, body.len);
    if (step->reply >= 300 && body.len > 0 && !is_head)
        head_add(out, step, "Content-Type", "application/xml");
    for (const char *c = step->header; c != NULL && *c != '\0'; c++)
        azb_buf_append(out, *c == '\n' ? "\r\n" : c, *c == '\n' ? 2 : 1);
    azb_buf_puts(out, step->header != NULL ? "\r\n\r\n" : "\r\n");
    answer.head_bytes = out->len;
    if (!is_head && step->is_chunked)
        body_add_chunked(out, &body);
    else if (!is_head)
        azb_buf_append(out, body.data, body.len);
    azb_buf_clear(&body);
    return answer;
}

/* Wait for a release; false when the test ends first. */
static bool fake_wait_release(struct fake *fake)
{
    bool is_released;

    pthread_mutex_lock(&fake->lock);
    while (fake->n_released == 0 && !fake->is_stopping)
        pthread_cond_wait(&fake->changed, &fake->lock);
    is_released = fake->n_released > 0;
    fake->n_released -= is_released;
    pthread_mutex_unlock(&fake->lock);
    return is_released;
}

static size_t answer_cut(const struct answer *answer, const struct fake_step *step)
{
    size_t cut = step->after_bytes + (step->in_body ? answer->head_bytes : 0);
    bool is_cut =
        step->fault == FAKE_RESET || step->fault == FAKE_CLOSE || step->fault == FAKE_STALL;

    return is_cut && cut < answer->bytes.len ? cut : answer->bytes.len;
}

/* Send an answer the way its step says; true when the connection can go on. */
static bool answer_deliver(struct fake_conn *conn, const struct answer *answer,
                           const struct fake_step *step)
{
    size_t n = answer_cut(answer, step);
    size_t piece = step->fault == FAKE_SLOW ? 1 : n;

    if (step->fault == FAKE_WAIT && !fake_wait_release(conn->fake))
        return false;
    if (step->fault == FAKE_SILENT) {
        conn_drain(conn);
        return false;
    }
    for (size_t at = 0; at < n; at += piece)
        if (!conn_write(conn, answer->bytes.data + at, piece))
            return false;

    switch (step->fault) {
    case FAKE_RESET:
        conn_arm_reset(conn);
        return false;
    case FAKE_CLOSE:
    case FAKE_LYING_LENGTH:
    case FAKE_NO_LENGTH:
        conn_end_stream(conn);
        return false;
    case FAKE_STALL:
        conn_drain(conn);
        return false;
    default:
        return true;
    }
}

/* ---- the script; these hold the lock ---- */

static bool step_matches(const struct fake_step *step, const char *line)
{
    size_t n = strlen(step->request);

    if (step->fault == FAKE_CLOSE_BEFORE_READ)
        return false;
    if (n > 0 && step->request[n - 1] == '*')
        return strncmp(step->request, line, n - 1) == 0;
    return strcmp(step->request, line) == 0;
}

/* The first step that was not used, or the {0} at the end. */
static size_t script_next(const struct fake *fake)
{
    size_t i = 0;

    while (fake->steps[i].request != NULL && fake->is_used[i])
        i++;
    return i;
}

static struct fake_step script_take(struct fake *fake, const struct fake_request *request)
{
    const struct fake_step *steps = fake->steps;
    size_t next = script_next(fake);

    for (size_t i = next; steps[i].request != NULL; i++) {
        if (!fake->is_used[i] && step_matches(&steps[i], request->line)) {
            fake->is_used[i] = true;
            return steps[i];
        }
        if (!fake->is_used[i] && !steps[i].any_order)
            break;
    }
    azb_buf_printf(&fake->complaints,
                   "request %zu, '%s', was not expected (the script's next: %s)\n",
                   fake->n_requests, request->line,
                   steps[next].request != NULL ? steps[next].request : "its end");
    return (struct fake_step){.reply = 400, .error_code = "NotInTheScript"};
}

/* Whether the script wants this connection closed now; uses that step. */
static bool script_closes_unread(struct fake *fake)
{
    bool closes = false;

    pthread_mutex_lock(&fake->lock);
    if (fake->handler == NULL) {
        size_t next = script_next(fake);

        closes = fake->steps[next].fault == FAKE_CLOSE_BEFORE_READ;
        if (closes)
            fake->is_used[next] = true;
    }
    pthread_mutex_unlock(&fake->lock);
    return closes;
}

static struct fake_step fake_decide(struct fake *fake, const struct fake_request *request)
{
    struct fake_step step = {.reply = 200};

    if (fake->handler == NULL)
        return script_take(fake, request);
    fake->handler(request, &step, fake->handler_arg);
    return step;
}

/* Record a request (taken) and make its answer. */
static struct answer fake_play(struct fake *fake, struct fake_request *request,
                               struct fake_step *ret_step)
{
    struct answer answer;

    pthread_mutex_lock(&fake->lock);
    *ret_step = fake_decide(fake, request);
    answer = answer_compose(ret_step, request, fake->n_requests);
    if (fake->n_requests == FAKE_MAX_REQUESTS)
        abort(); /* a test that asks this often loops */
    fake->requests[fake->n_requests++] = request;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
    return answer;
}

/* ---- threads ---- */

static void conn_serve(struct fake_conn *conn)
{
    bool goes_on = true;

    if (conn_wait_readable(conn) && script_closes_unread(conn->fake))
        return;
    if (conn->ssl != NULL && SSL_accept(conn->ssl) != 1)
        return;
    while (goes_on && conn_wait_readable(conn) && !script_closes_unread(conn->fake)) {
        struct fake_request *request = conn_read_request(conn);
        struct fake_step step;
        struct answer answer;

        if (request == NULL)
            return;
        answer = fake_play(conn->fake, request, &step);
        goes_on = answer_deliver(conn, &answer, &step);
        azb_buf_clear(&answer.bytes);
    }
}

static void *conn_thread(void *arg)
{
    struct fake_conn *conn = arg;

    conn_serve(conn);
    conn_close(conn);
    SSL_free(conn->ssl);
    conn->ssl = NULL;
    azb_buf_clear(&conn->in);
    return NULL;
}

static void fake_add_conn(struct fake *fake, int fd)
{
    struct fake_conn *conn = calloc(1, sizeof(*conn));
    int on = 1;

    if (conn == NULL || fake->n_conns == FAKE_MAX_CONNECTIONS)
        abort();
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn->fake = fake;
    conn->fd = fd;
    if (fake->tls != NULL) {
        conn->ssl = SSL_new(fake->tls);
        SSL_set_fd(conn->ssl, fd);
    }
    pthread_mutex_lock(&fake->lock);
    conn->i = fake->n_conns;
    if (pthread_create(&conn->thread, NULL, conn_thread, conn) != 0)
        abort();
    fake->conns[fake->n_conns++] = conn;
    pthread_mutex_unlock(&fake->lock);
}

static void *fake_thread(void *arg)
{
    struct fake *fake = arg;
    int fd;

    while ((fd = accept4(fake->listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        fake_add_conn(fake, fd);
    return NULL;
}

static void fake_listen(struct fake *fake)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(address);

    fake->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fake->listen_fd, 0);
    ck_assert_int_eq(bind(fake->listen_fd, (struct sockaddr *)&address, n), 0);
    ck_assert_int_eq(listen(fake->listen_fd, 128), 0);
    ck_assert_int_eq(getsockname(fake->listen_fd, (struct sockaddr *)&address, &n), 0);
    snprintf(fake->url, sizeof(fake->url), "%s://127.0.0.1:%u",
             fake->tls != NULL ? "https" : "http", ntohs(address.sin_port));
    snprintf(fake->connection_string, sizeof(fake->connection_string),
             "DefaultEndpointsProtocol=%s;AccountName=acct;AccountKey=c2VjcmV0IG9mIHRoZSBmYWtl;"
             "BlobEndpoint=%s",
             fake->tls != NULL ? "https" : "http", fake->url);
}

struct fake *fake_start(const struct fake_step *steps, const struct fake_options *options)
{
    struct fake *fake = calloc(1, sizeof(*fake));
    pthread_condattr_t monotonic;

    ck_assert_ptr_nonnull(fake);
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of write() */
    pthread_mutex_init(&fake->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&fake->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    fake->steps = steps;
    if (options != NULL) {
        fake->handler = options->handler;
        fake->breaks = options->breaks;
        fake->handler_arg = options->handler_arg;
    }
    ck_assert((steps == NULL) == (fake->handler != NULL));
    for (size_t i = 0; steps != NULL && steps[i].request != NULL; i++)
        ck_assert_uint_lt(i, FAKE_MAX_STEPS - 1);
    if (options != NULL && options->has_tls) {
        snprintf(fake->ca_path, sizeof(fake->ca_path), "%s/ca-XXXXXX", folder_path());
        fake->tls = fake_tls_new(fake->ca_path);
    }
    fake_listen(fake);
    ck_assert_int_eq(pthread_create(&fake->thread, NULL, fake_thread, fake), 0);
    return fake;
}

static void fake_end_threads(struct fake *fake)
{
    shutdown(fake->listen_fd, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    pthread_mutex_lock(&fake->lock);
    fake->is_stopping = true;
    for (unsigned i = 0; i < fake->n_conns; i++)
        if (fake->conns[i]->fd >= 0)
            shutdown(fake->conns[i]->fd, SHUT_RDWR);
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
    for (unsigned i = 0; i < fake->n_conns; i++)
        pthread_join(fake->conns[i]->thread, NULL);
}

void fake_stop(struct fake *fake)
{
    if (fake == NULL)
        return;
    fake_end_threads(fake);
    for (unsigned i = 0; i < fake->n_conns; i++)
        free(fake->conns[i]);
    for (size_t i = 0; i < fake->n_requests; i++)
        request_free(fake->requests[i]);
    close(fake->listen_fd);
    SSL_CTX_free(fake->tls);
    azb_buf_clear(&fake->complaints);
    pthread_cond_destroy(&fake->changed);
    pthread_mutex_destroy(&fake->lock);
    free(fake);
}

/* ---- what a test asks ---- */

const char *fake_url(const struct fake *fake)
{
    return fake->url;
}

const char *fake_connection_string(const struct fake *fake)
{
    return fake->connection_string;
}

const char *fake_ca_file(const struct fake *fake)
{
    return fake->tls != NULL ? fake->ca_path : NULL;
}

size_t fake_n_requests(struct fake *fake)
{
    size_t n;

    pthread_mutex_lock(&fake->lock);
    n = fake->n_requests;
    pthread_mutex_unlock(&fake->lock);
    return n;
}

const struct fake_request *fake_request(struct fake *fake, size_t i)
{
    ck_assert_uint_lt(i, fake_n_requests(fake));
    return fake->requests[i]; /* set once, before n_requests told of it */
}

unsigned fake_n_connections(struct fake *fake)
{
    unsigned n;

    pthread_mutex_lock(&fake->lock);
    n = fake->n_conns;
    pthread_mutex_unlock(&fake->lock);
    return n;
}

bool fake_wait_requests(struct fake *fake, size_t n)
{
    struct timespec until;
    bool have;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FAKE_WAIT_S;
    pthread_mutex_lock(&fake->lock);
    while (fake->n_requests < n &&
           pthread_cond_timedwait(&fake->changed, &fake->lock, &until) == 0)
        ;
    have = fake->n_requests >= n;
    pthread_mutex_unlock(&fake->lock);
    return have;
}

void fake_release(struct fake *fake)
{
    pthread_mutex_lock(&fake->lock);
    fake->n_released++;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
}

const char *fake_done(struct fake *fake)
{
    const char *ret = NULL;

    pthread_mutex_lock(&fake->lock);
    for (size_t i = 0; fake->steps != NULL && fake->steps[i].request != NULL; i++)
        if (!fake->is_used[i])
            azb_buf_printf(&fake->complaints, "step %zu, '%s', was not used\n", i,
                           fake->steps[i].request);
    if (fake->complaints.len > 0)
        ret = azb_buf_cstr(&fake->complaints);
    pthread_mutex_unlock(&fake->lock);
    return ret;
}
