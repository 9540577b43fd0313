/*
 * daemon.c: see daemon.h. The first half runs the program, the second speaks to it. The test's
 * process has threads (the scripted server's), so the program is spawned and not forked.
 */
#define _GNU_SOURCE 1 /* pipe2(), vasprintf() */
#include "tests/faults/daemon.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "proto/value.h"
#include "tests/faults/folder.h"
#include "tests/faults/scene.h"

enum { LIMIT_MS = 10 * 1000, READY_FD = 3, PATH_BYTES = 64 };

extern char **environ;

/* Wait for a descriptor; false when nothing came in time. */
static bool fd_wait_readable(int fd)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int n;

    do {
        n = poll(&readable, 1, LIMIT_MS);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* ---- the program ---- */

struct daemon {
    pid_t pid;
    char folder[FOLDER_BYTES + sizeof("/XXXXXX")];
    char socket[PATH_BYTES];
    char config[PATH_BYTES];
    char log[PATH_BYTES];
};

/* End the test with a reason and what the daemon wrote. */
static void __attribute__((noreturn)) daemon_fail(const struct daemon *daemon, const char *what)
{
    static char text[16 * 1024];
    FILE *log = fopen(daemon->log, "r");
    size_t n = log == NULL ? 0 : fread(text, 1, sizeof(text) - 1, log);

    text[n] = '\0';
    ck_abort_msg("%s; its log:\n%s", what, text);
}

static void daemon_write_config(const struct daemon *daemon, const char *text)
{
    FILE *file = fopen(daemon->config, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* This process's environment, with `variables` (may be NULL) before it so that they win. */
static char **environment_with(const char *const *variables)
{
    size_t n = 0, n_more = 0;
    char **both;

    while (environ[n] != NULL)
        n++;
    while (variables != NULL && variables[n_more] != NULL)
        n_more++;
    both = calloc(n + n_more + 2, sizeof(*both));
    ck_assert_ptr_nonnull(both);
    both[0] = (char *)"AZBLOBD_READY_FD=3";
    for (size_t i = 0; i < n_more; i++)
        both[1 + i] = (char *)variables[i];
    memcpy(both + 1 + n_more, environ, n * sizeof(*both));
    return both;
}

static void daemon_spawn(struct daemon *daemon, const char *const *variables, int ready_fd)
{
    const char *program = getenv("AZBLOBD") != NULL ? getenv("AZBLOBD") : "./azblobd";
    char *args[] = {
        (char *)program, (char *)"--socket",
        daemon->socket,  access(daemon->config, F_OK) == 0 ? (char *)"--config" : NULL,
        daemon->config,  NULL};
    char **environment = environment_with(variables);
    posix_spawn_file_actions_t actions;
    int rc;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, daemon->log,
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ready_fd, READY_FD);
    rc = posix_spawn(&daemon->pid, program, &actions, NULL, args, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    ck_assert_msg(rc == 0, "%s: %s", program, strerror(rc));
}

static struct daemon *daemon_run(const char *config, const char *const *variables)
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    int ready[2];
    char byte = 0;

    ck_assert_ptr_nonnull(daemon);
    snprintf(daemon->folder, sizeof(daemon->folder), "%s/XXXXXX", folder_path());
    ck_assert_ptr_nonnull(mkdtemp(daemon->folder));
    snprintf(daemon->socket, PATH_BYTES, "%s/socket", daemon->folder);
    snprintf(daemon->config, PATH_BYTES, "%s/config", daemon->folder);
    snprintf(daemon->log, PATH_BYTES, "%s/log", daemon->folder);
    if (config != NULL)
        daemon_write_config(daemon, config);
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    daemon_spawn(daemon, variables, ready[1]);
    close(ready[1]);
    if (!fd_wait_readable(ready[0]) || read(ready[0], &byte, 1) != 1 || byte != '1')
        daemon_fail(daemon, "azblobd did not get ready");
    close(ready[0]);
    return daemon;
}

struct daemon *daemon_start(const char *config_format, ...)
{
    struct daemon *daemon;
    char *config = NULL;
    va_list args;

    va_start(args, config_format);
    ck_assert_int_ge(vasprintf(&config, config_format, args), 0);
    va_end(args);
    daemon = daemon_run(config, NULL);
    free(config);
    return daemon;
}

struct daemon *daemon_start_for(const struct fake *fake, const char *more_config)
{
    const char *ca_file = fake_ca_file(fake);

    return daemon_start("[profile default]\n"
                        "connection_string = %s\n"
                        "%s%s\n"
                        "[retry]\n"
                        "first_delay_ms = 1\n"
                        "max_delay_ms = 20\n"
                        "%s\n",
                        fake_connection_string(fake), ca_file != NULL ? "ca_file = " : "",
                        ca_file != NULL ? ca_file : "", more_config != NULL ? more_config : "");
}

struct daemon *daemon_start_env(const char *const *variables)
{
    return daemon_run(NULL, variables);
}

const char *daemon_socket(const struct daemon *daemon)
{
    return daemon->socket;
}

pid_t daemon_pid(const struct daemon *daemon)
{
    return daemon->pid;
}

long daemon_rss_kib(const struct daemon *daemon)
{
    char path[PATH_BYTES], line[128];
    FILE *status;
    long kib = -1;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)daemon->pid);
    status = fopen(path, "r");
    ck_assert_ptr_nonnull(status);
    while (kib < 0 && fgets(line, sizeof(line), status) != NULL)
        sscanf(line, "VmRSS: %ld", &kib);
    fclose(status);
    ck_assert_int_gt(kib, 0);
    return kib;
}

/* Its status, as of waitpid(). */
static int daemon_signal(struct daemon *daemon, int signal_no)
{
    int pidfd = pidfd_open(daemon->pid, 0);
    int status = 0;

    ck_assert_int_ge(pidfd, 0);
    ck_assert_int_eq(kill(daemon->pid, signal_no), 0);
    if (!fd_wait_readable(pidfd))
        daemon_fail(daemon, "azblobd did not end after a signal");
    close(pidfd);
    ck_assert_int_eq(waitpid(daemon->pid, &status, 0), daemon->pid);
    return status;
}

void daemon_stop(struct daemon *daemon)
{
    int status = daemon_signal(daemon, SIGTERM);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        daemon_fail(daemon, "azblobd did not end with status 0");
    free(daemon);
}

void daemon_kill(struct daemon *daemon)
{
    daemon_signal(daemon, SIGKILL);
    free(daemon);
}

/* ---- the client ---- */

struct kept_msg {
    struct kept_msg *next;
    struct azb_msg msg;
    msgpack_zone zone;
    unsigned char bytes[];
};

struct rpc {
    int fd;
    uint32_t last_msgid;
    size_t n_notes;
    struct azb_frame_reader *reader;
    struct kept_msg *first, **end;
};

struct rpc *rpc_connect(const struct daemon *daemon)
{
    struct rpc *rpc = calloc(1, sizeof(*rpc));
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    ck_assert_ptr_nonnull(rpc);
    signal(SIGPIPE, SIG_IGN);
    strcpy(address.sun_path, daemon->socket);
    rpc->end = &rpc->first;
    rpc->reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    ck_assert_ptr_nonnull(rpc->reader);
    rpc->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(rpc->fd, 0);
    ck_assert_int_eq(connect(rpc->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return rpc;
}

void rpc_close(struct rpc *rpc)
{
    close(rpc->fd);
    azb_frame_reader_free(rpc->reader);
    while (rpc->first != NULL) {
        struct kept_msg *kept = rpc->first;

        rpc->first = kept->next;
        msgpack_zone_destroy(&kept->zone);
        free(kept);
    }
    free(rpc);
}

static void pack_json(msgpack_packer *pk, json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        msgpack_pack_map(pk, json_object_size(value));
        json_object_foreach(value, key, item)
        {
            azb_pack_str(pk, key);
            pack_json(pk, item);
        }
        break;
    case JSON_ARRAY:
        msgpack_pack_array(pk, json_array_size(value));
        json_array_foreach(value, i, item) pack_json(pk, item);
        break;
    case JSON_STRING:
        azb_pack_strn(pk, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        msgpack_pack_int64(pk, json_integer_value(value));
        break;
    case JSON_REAL:
        msgpack_pack_double(pk, json_real_value(value));
        break;
    case JSON_TRUE:
        msgpack_pack_true(pk);
        break;
    case JSON_FALSE:
        msgpack_pack_false(pk);
        break;
    case JSON_NULL:
        msgpack_pack_nil(pk);
        break;
    }
}

/* Read JSON with ' for ". */
static json_t *json_from_text(const char *text)
{
    char *copy = strdup(text);
    json_error_t error;
    json_t *value;

    ck_assert_ptr_nonnull(copy);
    for (char *c = copy; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    value = json_loads(copy, JSON_ALLOW_NUL, &error);
    ck_assert_msg(value != NULL, "%s: %s", text, error.text);
    free(copy);
    return value;
}

void rpc_send_bytes(struct rpc *rpc, const void *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = write(rpc->fd, bytes, n);

        ck_assert_msg(sent > 0, "write to azblobd: %s", strerror(errno));
        bytes = (const char *)bytes + sent;
        n -= (size_t)sent;
    }
}

static void rpc_send_buf(struct rpc *rpc, struct azb_buf *buf)
{
    ck_assert(!buf->failed);
    rpc_send_bytes(rpc, buf->data, buf->len);
    azb_buf_clear(buf);
}

/* Pack a request into buf and give it the next message id. */
static uint32_t rpc_pack_request(struct rpc *rpc, struct azb_buf *buf, const char *method,
                                 const char *params)
{
    json_t *json = json_from_text(params != NULL ? params : "{}");
    msgpack_packer pk;

    azb_buf_packer(&pk, buf);
    azb_msg_request(&pk, ++rpc->last_msgid, method);
    pack_json(&pk, json);
    json_decref(json);
    return rpc->last_msgid;
}

uint32_t rpc_send(struct rpc *rpc, const char *method, const char *params)
{
    struct azb_buf buf = {0};
    uint32_t msgid = rpc_pack_request(rpc, &buf, method, params);

    rpc_send_buf(rpc, &buf);
    return msgid;
}

uint32_t rpc_send_fd(struct rpc *rpc, const char *method, const char *params, int fd)
{
    struct azb_buf buf = {0};
    uint32_t msgid = rpc_pack_request(rpc, &buf, method, params);
    struct iovec first_byte = {.iov_base = buf.data, .iov_len = 1};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr msg = {.msg_iov = &first_byte,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};

    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    ck_assert_int_eq(sendmsg(rpc->fd, &msg, 0), 1);
    azb_buf_drop(&buf, 1);
    rpc_send_buf(rpc, &buf);
    return msgid;
}

void rpc_notify(struct rpc *rpc, const char *method, const char *args)
{
    struct azb_buf buf = {0};
    json_t *json = json_from_text(args), *item;
    msgpack_packer pk;
    size_t i;

    azb_buf_packer(&pk, &buf);
    azb_msg_notify(&pk, method, (unsigned)json_array_size(json));
    json_array_foreach(json, i, item) pack_json(&pk, item);
    json_decref(json);
    rpc_send_buf(rpc, &buf);
}

void rpc_end(struct rpc *rpc)
{
    ck_assert_int_eq(shutdown(rpc->fd, SHUT_WR), 0);
}

static struct kept_msg *rpc_keep(struct rpc *rpc, const unsigned char *bytes, size_t n)
{
    struct kept_msg *kept = calloc(1, sizeof(*kept) + n);
    struct azb_error err = {0};
    bool has_msgid;

    ck_assert_ptr_nonnull(kept);
    memcpy(kept->bytes, bytes, n);
    ck_assert(msgpack_zone_init(&kept->zone, 4096));
    ck_assert_msg(azb_msg_parse(kept->bytes, n, &kept->zone, &kept->msg, &has_msgid, &err) == 0,
                  "azblobd sent what is no message: %s", err.message);
    rpc->n_notes += kept->msg.type == AZB_MSG_NOTIFY;
    *rpc->end = kept;
    rpc->end = &kept->next;
    return kept;
}

/* The next message, or NULL when the daemon has closed the connection. */
static const struct azb_msg *rpc_next(struct rpc *rpc)
{
    const unsigned char *frame;
    unsigned char *room;
    size_t n_frame, n_room;
    struct azb_error err = {0};
    ssize_t n;
    int got;

    while ((got = azb_frame_reader_next(rpc->reader, &frame, &n_frame, &err)) == 0) {
        ck_assert_msg(fd_wait_readable(rpc->fd), "azblobd said nothing for %d ms", LIMIT_MS);
        ck_assert_int_eq(azb_frame_reader_room(rpc->reader, &room, &n_room, &err), 0);
        n = read(rpc->fd, room, n_room);
        if (n <= 0)
            return NULL;
        azb_frame_reader_fed(rpc->reader, (size_t)n);
    }
    ck_assert_msg(got == 1, "azblobd's stream cannot be followed: %s", err.message);
    return &rpc_keep(rpc, frame, n_frame)->msg;
}

/* Read on; the connection must not be closed yet. */
static void rpc_read_on(struct rpc *rpc, const char *awaited)
{
    ck_assert_msg(rpc_next(rpc) != NULL, "azblobd closed the connection before %s", awaited);
}

const struct azb_msg *rpc_wait(struct rpc *rpc, uint32_t msgid)
{
    struct kept_msg **at = &rpc->first;

    for (;;) {
        while (*at == NULL)
            rpc_read_on(rpc, "the response");
        if ((*at)->msg.type == AZB_MSG_RESPONSE && (*at)->msg.msgid == msgid)
            return &(*at)->msg;
        at = &(*at)->next;
    }
}

const struct azb_msg *rpc_call(struct rpc *rpc, const char *method, const char *params)
{
    const struct azb_msg *response = rpc_wait(rpc, rpc_send(rpc, method, params));

    if (response->error == NULL)
        coverage_note("scripted", method);
    return response;
}

const struct azb_msg *rpc_note(struct rpc *rpc, size_t i)
{
    while (rpc->n_notes <= i)
        rpc_read_on(rpc, "the notification");
    for (struct kept_msg *kept = rpc->first;; kept = kept->next)
        if (kept->msg.type == AZB_MSG_NOTIFY && i-- == 0)
            return &kept->msg;
}

size_t rpc_n_notes(const struct rpc *rpc)
{
    return rpc->n_notes;
}

void rpc_wait_closed(struct rpc *rpc)
{
    while (rpc_next(rpc) != NULL)
        ;
}

bool rpc_is(const struct azb_msg *msg, const char *method)
{
    return msg->type == AZB_MSG_NOTIFY && msg->method_bytes == strlen(method) &&
           memcmp(msg->method, method, msg->method_bytes) == 0;
}

static bool note_is_data_of(const struct azb_msg *msg, uint32_t msgid)
{
    int64_t id;

    return rpc_is(msg, "$/data") && msg->n_args == 3 && azb_value_int(&msg->params[0], &id) &&
           id == msgid;
}

void rpc_data(const struct rpc *rpc, uint32_t msgid, struct azb_buf *ret)
{
    for (struct kept_msg *kept = rpc->first; kept != NULL; kept = kept->next) {
        const char *bytes;
        size_t n;
        int64_t offset;

        if (!note_is_data_of(&kept->msg, msgid))
            continue;
        ck_assert(azb_value_int(&kept->msg.params[1], &offset));
        ck_assert(azb_value_bytes(&kept->msg.params[2], &bytes, &n));
        ck_assert_int_eq(offset, (int64_t)ret->len);
        azb_buf_append(ret, bytes, n);
    }
}

/* ---- values as text ---- */

static const msgpack_object *value_find(const msgpack_object *value, const char *path)
{
    char part[64];

    while (value != NULL && *path != '\0') {
        size_t n = strcspn(path, ".");

        snprintf(part, sizeof(part), "%.*s", (int)n, path);
        if (value->type == MSGPACK_OBJECT_ARRAY) {
            size_t i = strtoul(part, NULL, 10);

            value = i < value->via.array.size ? &value->via.array.ptr[i] : NULL;
        } else {
            value = azb_map_find(azb_value_map(value), part);
        }
        path += n + (path[n] == '.');
    }
    return value;
}

static void text_add_value(struct azb_buf *text, const msgpack_object *value)
{
    switch (value->type) {
    case MSGPACK_OBJECT_STR:
        azb_buf_append(text, value->via.str.ptr, value->via.str.size);
        break;
    case MSGPACK_OBJECT_BIN:
        for (uint32_t i = 0; i < value->via.bin.size; i++)
            azb_buf_printf(text, "%02x", (unsigned char)value->via.bin.ptr[i]);
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        azb_buf_printf(text, "%lld", (long long)value->via.i64);
        break;
    case MSGPACK_OBJECT_BOOLEAN:
        azb_buf_puts(text, value->via.boolean ? "true" : "false");
        break;
    case MSGPACK_OBJECT_MAP:
        azb_buf_printf(text, "{%u}", value->via.map.size);
        break;
    case MSGPACK_OBJECT_ARRAY:
        azb_buf_printf(text, "[%u]", value->via.array.size);
        break;
    default:
        azb_buf_puts(text, "(none)");
    }
}

const char *rpc_text(const msgpack_object *value, const char *path)
{
    static struct azb_buf text;

    azb_buf_drop(&text, text.len);
    value = value_find(value, path);
    if (value == NULL)
        azb_buf_puts(&text, "(none)");
    else
        text_add_value(&text, value);
    return azb_buf_cstr(&text);
}
