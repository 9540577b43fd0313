/*
 * test_lifecycle.c: the daemon as a process: starting, stopping, reloading, its limits, and
 * what becomes of sessions and descriptors. That a descriptor is closed is seen from outside:
 * the other end of its socket pair comes to its end of stream when nobody holds it any more.
 */
#define _GNU_SOURCE 1 /* pipe2(), memmem() */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "proto/buf.h"
#include "tests/faults/folder.h"
#include "tests/faults/outside.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 60,
    LIMIT_MS = 10 * 1000,
    MAX_WANTED = 4,
    MAX_ARGS = 6,
    MAX_UNCLAIMED = 16
};

#define HEAD "blob.get_blob_properties", "{'container':'c','blob':'b'}"
#define FOUND .reply = 200, .header = "ETag: \"1\""

/* Three names under a window that has room for one: the others wait for credit. */
#define LIST_NAMES "container.list_blob_names", "{'container':'c','stream':true,'window':1}"
#define NAMES_REQUEST "GET /c?restype=container&comp=list"
#define NAMES                                                                       \
    .reply = 200,                                                                   \
    .body = FAKE_XML("<EnumerationResults><Blobs><Blob><Name>a</Name></Blob><Blob>" \
                     "<Name>b</Name></Blob><Blob><Name>c</Name></Blob></Blobs>"     \
                     "<NextMarker /></EnumerationResults>")

extern char **environ;

static const struct fake_step nothing[] = {{0}};
static const struct fake_step waits_once[] = {{"HEAD /c/b", FOUND, .fault = FAKE_WAIT}, {0}};

/* A connection without the harness around it, or -1 with errno set. */
static int raw_connect(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), errnum;

    ck_assert_int_ge(fd, 0);
    strcpy(address.sun_path, socket_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    errnum = errno;
    close(fd);
    errno = errnum;
    return -1;
}

/* connect()'s errno, 0 when somebody listens. */
static int try_to_connect(const char *socket_path)
{
    int fd = raw_connect(socket_path);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

/* ---- the program, run to its end ---- */

struct program {
    pid_t pid;
    int out; /* what it prints, both streams */
};

/* args: after the program's name, NULL at the end. */
static struct program program_start(const char *const *args)
{
    const char *path = getenv("AZBLOBD") != NULL ? getenv("AZBLOBD") : "./azblobd";
    char *argv[MAX_ARGS + 2] = {(char *)path};
    posix_spawn_file_actions_t actions;
    struct program program;
    int ends[2], rc;

    for (int i = 0; args[i] != NULL; i++)
        argv[1 + i] = (char *)args[i];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    rc = posix_spawn(&program.pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    ck_assert_msg(rc == 0, "%s: %s", path, strerror(rc));
    close(ends[1]);
    program.out = ends[0];
    return program;
}

static bool buf_has(const struct azb_buf *buf, const char *text)
{
    return buf->len > 0 && memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

/* Read from a descriptor to the end of stream, or (text not NULL) until that text has come. */
static void read_until(int fd, struct azb_buf *out, const char *text)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char piece[4096];
    ssize_t n;

    while (text == NULL || !buf_has(out, text)) {
        ck_assert_msg(poll(&readable, 1, LIMIT_MS) == 1, "azblobd goes on, having said: %s",
                      azb_buf_cstr(out));
        n = read(fd, piece, sizeof(piece));
        if (n <= 0)
            return;
        azb_buf_append(out, piece, (size_t)n);
    }
}

/* Its exit status. */
static int program_end(struct program *program)
{
    int status = 0;

    close(program->out);
    ck_assert_int_eq(waitpid(program->pid, &status, 0), program->pid);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- stopping ---- */

/* 1 a call is with the service, 2 SIGTERM, 3 the service answers: the client gets it, and all
 * is over. */
START_TEST(test_stop_with_a_call)
{
    struct scene it = scene_start(waits_once, NULL, NULL);
    uint32_t msgid = rpc_send(it.rpc, HEAD);

    ck_assert(fake_wait_requests(it.fake, 1));
    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    outside_wait("the socket is gone", outside_is_gone, daemon_socket(it.daemon));
    ck_assert_int_eq(try_to_connect(daemon_socket(it.daemon)), ENOENT);
    fake_release(it.fake);
    check_wanted("in flight", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {"etag", "\"1\""}, {0}});
    rpc_wait_closed(it.rpc);
    outside_wait_ended(it.daemon);
    scene_stop(&it, "SIGTERM");
}
END_TEST

START_TEST(test_stop_idle)
{
    struct scene it = scene_start(nothing, NULL, NULL);

    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    rpc_wait_closed(it.rpc);
    outside_wait_ended(it.daemon);
    ck_assert(outside_is_gone(daemon_socket(it.daemon)));
    scene_stop(&it, "idle");
}
END_TEST

/* A stream that waits for credit when the daemon is told to stop still gets it. */
START_TEST(test_stop_with_a_stream)
{
    static const struct fake_step script[] = {{NAMES_REQUEST, NAMES}, {0}};
    struct scene it = scene_start(script, NULL, NULL);
    uint32_t msgid = rpc_send(it.rpc, LIST_NAMES);

    ck_assert_uint_eq(msgid, 1);
    rpc_note(it.rpc, 0);
    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    outside_wait("the socket is gone", outside_is_gone, daemon_socket(it.daemon));
    check_wanted(
        "a new call", rpc_call(it.rpc, HEAD),
        (const struct wanted[]){{"code", "DaemonStopping"}, {"retryable", "true"}, {0}});
    rpc_notify(it.rpc, "$/credit", "[1, 1000]");
    check_wanted("the stream", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {"count", "3"}, {0}});
    ck_assert_uint_eq(rpc_n_notes(it.rpc), 3);
    rpc_wait_closed(it.rpc);
    outside_wait_ended(it.daemon);
    scene_stop(&it, "SIGTERM and a stream");
}
END_TEST

/* The call would never end: nobody releases its answer, and drain_timeout_ms is 30 s. */
START_TEST(test_stop_twice)
{
    struct scene it = scene_start(waits_once, NULL, NULL);

    rpc_send(it.rpc, HEAD);
    ck_assert(fake_wait_requests(it.fake, 1));
    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    outside_wait("the socket is gone", outside_is_gone, daemon_socket(it.daemon));
    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    rpc_wait_closed(it.rpc);
    outside_wait_ended(it.daemon);
    scene_stop(&it, "SIGTERM twice");
}
END_TEST

START_TEST(test_drain_timeout)
{
    struct scene it = scene_start(waits_once, NULL, "[daemon]\ndrain_timeout_ms = 10");

    rpc_send(it.rpc, HEAD);
    ck_assert(fake_wait_requests(it.fake, 1));
    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    rpc_wait_closed(it.rpc);
    outside_wait_ended(it.daemon);
    scene_stop(&it, "drain_timeout_ms");
}
END_TEST

/* ---- reloading ---- */

/* Connections are made before anybody asks, and the first call uses one of them. */
START_TEST(test_warm_connections)
{
    static const struct fake_step script[] = {
        {"GET /?restype=account&comp=properties", .reply = 200, .fault = FAKE_WAIT},
        {"GET /?restype=account&comp=properties", .reply = 200, .fault = FAKE_WAIT},
        {"HEAD /c/b", FOUND},
        {0}};
    struct fake *fake = fake_start(script, NULL);
    struct daemon *daemon = daemon_start_for(fake, "[pool]\nwarm_connections = 2\n");
    struct rpc *rpc = rpc_connect(daemon);

    ck_assert_msg(fake_wait_requests(fake, 2), "no connection was warmed");
    fake_release(fake);
    fake_release(fake);
    while (strcmp(rpc_text(rpc_call(rpc, "daemon.status", NULL)->result, "endpoints.0.running"),
                  "0") != 0)
        ;
    check_wanted("after warming up", rpc_call(rpc, HEAD),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    ck_assert_uint_eq(fake_n_connections(fake), 2);
    rpc_close(rpc);
    daemon_stop(daemon);
    ck_assert_ptr_null(fake_done(fake));
    fake_stop(fake);
}
END_TEST

START_TEST(test_reload)
{
    static const struct fake_step script[] = {{"HEAD /c/b", FOUND}, {"HEAD /c/b", FOUND}, {0}};
    struct scene it = scene_start(script, NULL, NULL);
    char profile[400];

    snprintf(profile, sizeof(profile), "[profile second]\nconnection_string = %s",
             fake_connection_string(it.fake));
    outside_append_config(it.daemon, profile);
    check_wanted("before", rpc_call(it.rpc, "daemon.status", NULL),
                 (const struct wanted[]){{"profiles", "[1]"}, {0}});
    outside_reload(it.daemon, "reloaded");
    check_wanted("after", rpc_call(it.rpc, "daemon.status", NULL),
                 (const struct wanted[]){{"profiles", "[2]"}, {0}});
    check_wanted("the new one",
                 rpc_call(it.rpc, "blob.get_blob_properties",
                          "{'client':'second','container':'c','blob':'b'}"),
                 (const struct wanted[]){WANT_SUCCESS, {0}});

    outside_append_config(it.daemon, "[pool]\nmax_per_endpoint = many");
    outside_reload(it.daemon, "the old configuration stays");
    check_wanted("after a broken one", rpc_call(it.rpc, "daemon.status", NULL),
                 (const struct wanted[]){{"profiles", "[2]"}, {0}});
    check_wanted("the old one", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    scene_stop(&it, "reload");
}
END_TEST

/* 2 MiB at 4 MiB/s: half a second, less what comes in one piece. */
START_TEST(test_reload_bwlimit)
{
    enum { BYTES = 2 * 1024 * 1024 };
    static char body[BYTES];
    static const struct fake_step script[] = {
        {"GET /c/b", .reply = 200, .body = body, .body_bytes = BYTES}, {0}};
    struct scene it = scene_start(script, NULL, NULL);
    struct timespec begin, end;
    double took_s;

    outside_append_config(it.daemon, "[daemon]\nbwlimit = 4M");
    outside_reload(it.daemon, "reloaded");
    clock_gettime(CLOCK_MONOTONIC, &begin);
    check_wanted("slowly",
                 rpc_call(it.rpc, "blob.download_blob", "{'container':'c','blob':'b'}"),
                 (const struct wanted[]){{"size", "2097152"}, {0}});
    clock_gettime(CLOCK_MONOTONIC, &end);
    took_s = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    ck_assert_msg(took_s > 0.35, "%.3f s", took_s);
    scene_stop(&it, "bwlimit, reloaded");
}
END_TEST

/* A call under way keeps the account that it began with, also when its profile is gone. */
START_TEST(test_reload_with_a_call)
{
    struct scene it = scene_start(waits_once, NULL, NULL);
    uint32_t msgid = rpc_send(it.rpc, HEAD);
    char path[OUTSIDE_PATH_BYTES];
    FILE *file;

    ck_assert(fake_wait_requests(it.fake, 1));
    outside_path(it.daemon, "config", path);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fclose(file), 0);
    outside_reload(it.daemon, "reloaded");
    fake_release(it.fake);
    check_wanted("in flight", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    check_wanted("a profile that is gone", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){{"code", "UnknownClient"}, {0}});
    scene_stop(&it, "reload");
}
END_TEST

/* ---- one path, one daemon ---- */

START_TEST(test_second_daemon)
{
    struct scene it = scene_start(nothing, NULL, NULL);
    struct program second =
        program_start((const char *const[]){"--socket", daemon_socket(it.daemon), NULL});
    struct azb_buf out = {0};

    read_until(second.out, &out, NULL);
    ck_assert_int_ne(program_end(&second), 0);
    ck_assert_msg(strstr(azb_buf_cstr(&out), "another azblobd already serves") != NULL, "%s",
                  azb_buf_cstr(&out));
    ck_assert_int_eq(try_to_connect(daemon_socket(it.daemon)), 0);
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    azb_buf_clear(&out);
    scene_stop(&it, "two daemons");
}
END_TEST

/* Leave a socket at the path that nobody listens at, as a killed daemon does. */
static void leave_stale_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    strcpy(address.sun_path, path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    ck_assert_int_eq(try_to_connect(path), ECONNREFUSED);
}

START_TEST(test_stale_socket)
{
    struct scene it = scene_start(nothing, NULL, NULL);
    struct azb_buf out = {0};
    struct program next;
    struct rpc *rpc;

    ck_assert_int_eq(kill(daemon_pid(it.daemon), SIGTERM), 0);
    outside_wait_ended(it.daemon);
    leave_stale_socket(daemon_socket(it.daemon));
    next = program_start((const char *const[]){"--socket", daemon_socket(it.daemon), NULL});
    read_until(next.out, &out, "listens at");
    rpc = rpc_connect(it.daemon); /* whoever is at its path */
    ck_assert_ptr_null(rpc_call(rpc, "rpc.ping", NULL)->error);
    rpc_close(rpc);
    ck_assert_int_eq(kill(next.pid, SIGTERM), 0);
    read_until(next.out, &out, NULL);
    ck_assert_int_eq(program_end(&next), 0);
    azb_buf_clear(&out);
    scene_stop(&it, "a stale socket");
}
END_TEST

/* Whatever else is at the path stays. */
START_TEST(test_not_a_socket)
{
    struct scene it = scene_start(nothing, NULL, NULL);
    struct azb_buf out = {0};
    char path[OUTSIDE_PATH_BYTES];
    struct program other;

    outside_path(it.daemon, "config", path);
    other = program_start((const char *const[]){"--socket", path, NULL});
    read_until(other.out, &out, NULL);
    ck_assert_int_ne(program_end(&other), 0);
    ck_assert_msg(strstr(azb_buf_cstr(&out), "cannot listen at") != NULL, "%s",
                  azb_buf_cstr(&out));
    ck_assert_int_eq(access(path, F_OK), 0);
    azb_buf_clear(&out);
    scene_stop(&it, "not a socket");
}
END_TEST

/* Others can come as far as being asked who they are if any of them may call. */
START_TEST(test_allowed_users)
{
    static const struct {
        const char *config;
        mode_t mode;
    } sockets[] = {{NULL, 0600}, {"[daemon]\nallow_users = 65534\n", 0666}};

    for (size_t i = 0; i < N_ELEMENTS(sockets); i++) {
        struct scene it = scene_start(nothing, NULL, sockets[i].config);
        struct stat status;

        ck_assert_int_eq(stat(daemon_socket(it.daemon), &status), 0);
        ck_assert_uint_eq(status.st_mode & 0777, sockets[i].mode);
        scene_stop(&it, "allowed users");
    }
}
END_TEST

/* ---- --check-config ---- */

#define SECRET "dG9wIHNlY3JldA=="
#define SECRET_START "dG9wIHNl"
#define GOOD_URL "account_url = https://acct.blob.core.windows.net\n"

static const struct {
    const char *label;
    const char *config;
    bool is_good;
    const char *said; /* beside what the file is called */
} configs[] = {
    {"nothing", "", true, "good"},
    {"a profile", "[profile a]\n" GOOD_URL "account_key = " SECRET "\n", true, "good"},
    {"a connection string",
     "[profile a]\nconnection_string = DefaultEndpointsProtocol=https;AccountName=acct;"
     "AccountKey=" SECRET ";EndpointSuffix=core.windows.net\n",
     true, "good"},
    {"sizes", "[upload]\nblock_bytes = 8M\n", true, "good"},
    {"no number", "[pool]\nmax_per_endpoint = many\n", false, "max_per_endpoint"},
    {"a number below its limit", "[pool]\nmax_per_endpoint = 0\n", false, "max_per_endpoint"},
    {"a negative number", "[daemon]\nmax_calls = -1\n", false, "max_calls"},
    {"an unknown key", "[pool]\nmax_per_planet = 1\n", false, "max_per_planet"},
    {"an unknown section", "[pools]\nmax_per_endpoint = 1\n", false, "[pools]"},
    {"an unknown key of a profile", "[profile a]\n" GOOD_URL "acount_key = " SECRET "\n", false,
     "acount_key"},
    {"a key of a profile twice",
     "[profile a]\n" GOOD_URL "account_key = " SECRET "\naccount_key = " SECRET "\n", false,
     "account_key"},
    {"a profile twice",
     "[profile a]\n" GOOD_URL "[pool]\nmax_per_endpoint = 1\n[profile b]\n" GOOD_URL
     "[profile a]\n" GOOD_URL,
     false, "profile"},
    {"a key that is not base64", "[profile a]\n" GOOD_URL "account_key = " SECRET "*\n", false,
     "profile a"},
    {"two credentials",
     "[profile a]\n" GOOD_URL "account_key = " SECRET "\nsas_token = sig=" SECRET "\n", false,
     "account_key"},
    {"a token over http",
     "[profile a]\naccount_url = http://127.0.0.1:1/acct\ntoken = " SECRET "\n", false,
     "https"},
    {"a connection string without its end",
     "[profile a]\nconnection_string = AccountName=acct;AccountKey\n", false, "profile a"},
    {"no place", "[profile a]\naccount_key = " SECRET "\n", false, "account_url"},
    {"no line", "[profile a]\n" SECRET_START "\n", false, ":2"},
    {"a level", "[daemon]\nlog_level = loud\n", false, "log_level"},
};

/* A bad file is told with the name of the key at fault; no secret is ever repeated. */
START_TEST(test_check_config)
{
    char path[FOLDER_BYTES + sizeof("/config")];
    struct azb_buf out = {0};
    struct program program;
    const char *label = configs[_i].label, *said;
    int status, fd;

    snprintf(path, sizeof(path), "%s/config", folder_path());
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, configs[_i].config, strlen(configs[_i].config)),
                     (ssize_t)strlen(configs[_i].config));
    close(fd);
    program = program_start((const char *const[]){"--check-config", "--config", path, NULL});
    read_until(program.out, &out, NULL);
    status = program_end(&program);
    said = azb_buf_cstr(&out);
    ck_assert_msg((status == 0) == configs[_i].is_good, "%s: status %d, %s", label, status,
                  said);
    ck_assert_msg(strstr(said, configs[_i].said) != NULL, "%s: %s", label, said);
    ck_assert_msg(configs[_i].is_good || strstr(said, path) != NULL, "%s: %s", label, said);
    ck_assert_msg(strstr(said, SECRET_START) == NULL, "%s: %s", label, said);
    azb_buf_clear(&out);
}
END_TEST

START_TEST(test_check_config_missing)
{
    struct program program = program_start(
        (const char *const[]){"--check-config", "--config", "/no/such/file", NULL});
    struct azb_buf out = {0};

    read_until(program.out, &out, NULL);
    ck_assert_int_ne(program_end(&program), 0);
    ck_assert_msg(strstr(azb_buf_cstr(&out), "/no/such/file") != NULL, "%s",
                  azb_buf_cstr(&out));
    azb_buf_clear(&out);
}
END_TEST

/* ---- sessions and their limits ---- */

/* "That is all from me" is no "I do not listen any more". */
START_TEST(test_half_close)
{
    struct scene it = scene_start(waits_once, NULL, NULL);
    struct rpc *half = rpc_connect(it.daemon);
    uint32_t ping = rpc_send(half, "rpc.ping", NULL), head = rpc_send(half, HEAD);

    rpc_end(half);
    ck_assert(fake_wait_requests(it.fake, 1));
    ck_assert_ptr_null(rpc_wait(half, ping)->error);
    fake_release(it.fake);
    check_wanted("half-closed", rpc_wait(half, head),
                 (const struct wanted[]){WANT_SUCCESS, {"etag", "\"1\""}, {0}});
    rpc_wait_closed(half);
    rpc_close(half);
    scene_stop(&it, "half-closed");
}
END_TEST

/* Who has no more to say can give no credit either: the stream goes on without. */
START_TEST(test_half_close_with_a_stream)
{
    static const struct fake_step script[] = {{NAMES_REQUEST, NAMES}, {0}};
    struct scene it = scene_start(script, NULL, NULL);
    struct rpc *half = rpc_connect(it.daemon);
    uint32_t msgid = rpc_send(half, LIST_NAMES);

    rpc_note(half, 0);
    rpc_end(half);
    check_wanted("half-closed", rpc_wait(half, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {"count", "3"}, {0}});
    ck_assert_uint_eq(rpc_n_notes(half), 3);
    rpc_wait_closed(half);
    rpc_close(half);
    scene_stop(&it, "half-closed");
}
END_TEST

/* The end of the connection is no $/end: what had come of an upload must not become a blob. */
START_TEST(test_half_close_in_an_upload)
{
    struct scene it = scene_start(nothing, NULL, NULL);
    struct rpc *half = rpc_connect(it.daemon);
    uint32_t msgid =
        rpc_send(half, "blob.upload_blob", "{'container':'c','blob':'b','stream':true}");

    ck_assert_uint_eq(msgid, 1);
    rpc_notify(half, "$/data", "[1, 0, 'only a part']");
    rpc_end(half);
    check_wanted("half-closed", rpc_wait(half, msgid),
                 (const struct wanted[]){{"code", "Cancelled"}, {0}});
    rpc_wait_closed(half);
    rpc_close(half);
    scene_stop(&it, "half-closed");
}
END_TEST

START_TEST(test_max_calls)
{
    static const struct fake_step script[] = {
        {"HEAD /c/b", FOUND, .fault = FAKE_WAIT},
        {"HEAD /c/b", FOUND, .fault = FAKE_WAIT},
        {"HEAD /c/b", FOUND},
        {0},
    };
    struct scene it = scene_start(script, NULL, "[daemon]\nmax_calls = 2");
    uint32_t first = rpc_send(it.rpc, HEAD), second = rpc_send(it.rpc, HEAD);

    check_wanted("one too many", rpc_call(it.rpc, HEAD),
                 (const struct wanted[]){{"code", "TooManyCalls"}, {"retryable", "true"}, {0}});
    ck_assert(fake_wait_requests(it.fake, 2));
    fake_release(it.fake);
    fake_release(it.fake);
    ck_assert_ptr_null(rpc_wait(it.rpc, first)->error);
    ck_assert_ptr_null(rpc_wait(it.rpc, second)->error);
    ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    scene_stop(&it, "max_calls");
}
END_TEST

START_TEST(test_max_sessions)
{
    struct scene it = scene_start(nothing, NULL, "[daemon]\nmax_sessions = 1");
    struct rpc *second;

    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    second = rpc_connect(it.daemon);
    rpc_wait_closed(second);
    rpc_close(second);
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    scene_stop(&it, "max_sessions");
}
END_TEST

/* ---- descriptors ---- */

/* A socket pair, one end of which is given away. */
struct lent {
    int ours, theirs;
};

static struct lent lent_new(void)
{
    int ends[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(shutdown(ends[0], SHUT_WR), 0);
    return (struct lent){ends[0], ends[1]};
}

/* Close our copy, and wait until the daemon has closed all of its. */
static void lent_check_closed(const char *label, struct lent *lent)
{
    struct pollfd readable = {.fd = lent->ours, .events = POLLIN};
    char byte;

    close(lent->theirs);
    ck_assert_msg(poll(&readable, 1, LIMIT_MS) == 1, "%s: the descriptor is still open", label);
    ck_assert_int_eq(read(lent->ours, &byte, 1), 0);
    close(lent->ours);
}

START_TEST(test_no_descriptor)
{
    struct scene it = scene_start(nothing, NULL, NULL);

    check_wanted("no descriptor",
                 rpc_call(it.rpc, "blob.upload_blob", "{'container':'c','blob':'b','fd':true}"),
                 (const struct wanted[]){{"code", "InvalidParameter"}, {0}});
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    scene_stop(&it, "no descriptor");
}
END_TEST

static const struct {
    const char *label;
    const char *method, *params;
    struct fake_step steps[2];
    const char *code;
} lent_to[] = {
    {"a call that succeeds",
     "blob.upload_blob",
     "{'container':'c','blob':'b','fd':true}",
     {{"PUT /c/b", .reply = 201}},
     "(none)"},
    {"one that the service refuses",
     "blob.upload_blob",
     "{'container':'c','blob':'b','fd':true}",
     {{"PUT /c/b", .reply = 403, .error_code = "AuthorizationFailure"}},
     "AuthorizationFailure"},
    {"an unknown client",
     "blob.upload_blob",
     "{'client':'x','container':'c','blob':'b','fd':true}",
     {{0}},
     "UnknownClient"},
    {"a missing parameter",
     "blob.upload_blob",
     "{'container':'c','fd':true}",
     {{0}},
     "InvalidParameter"},
    {"two sources",
     "blob.upload_blob",
     "{'container':'c','blob':'b','fd':true,'data':'x'}",
     {{0}},
     "InvalidParameter"},
    {"a method that takes none",
     "blob.get_blob_properties",
     "{'container':'c','blob':'b','fd':true}",
     {{0}},
     "InvalidParameter"},
    {"an unknown method", "blob.fly", "{'fd':true}", {{0}}, "UnknownMethod"},
};

START_TEST(test_descriptor_is_closed)
{
    const char *label = lent_to[_i].label;
    struct scene it = scene_start(lent_to[_i].steps, NULL, NULL);
    struct lent lent = lent_new();
    uint32_t msgid = rpc_send_fd(it.rpc, lent_to[_i].method, lent_to[_i].params, lent.theirs);

    check_wanted(label, rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", lent_to[_i].code}, {0}});
    lent_check_closed(label, &lent);
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    scene_stop(&it, label);
}
END_TEST

/* With a call that is cancelled while it waits for the descriptor's bytes. */
START_TEST(test_descriptor_of_cancelled_call)
{
    struct scene it = scene_start(nothing, NULL, NULL);
    int ends[2];
    struct lent lent;
    uint32_t msgid;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    lent = (struct lent){ends[0], ends[1]};
    msgid = rpc_send_fd(it.rpc, "blob.upload_blob", "{'container':'c','blob':'b','fd':true}",
                        lent.theirs);
    ck_assert_uint_eq(msgid, 1);
    rpc_notify(it.rpc, "$/cancel", "[1]");
    check_wanted("cancelled", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", "Cancelled"}, {0}});
    lent_check_closed("cancelled", &lent);
    scene_stop(&it, "cancelled");
}
END_TEST

/* Send bytes with n copies of a descriptor beside the first of them. */
static void send_with_descriptors(int to, const char *bytes, size_t n_bytes, int fd, unsigned n)
{
    struct iovec iov = {.iov_base = (char *)bytes, .iov_len = n_bytes};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE((MAX_UNCLAIMED + 1) * sizeof(int))];
    } control = {0};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = CMSG_SPACE(n * sizeof(int))};

    ck_assert_uint_le(n, MAX_UNCLAIMED + 1);
    control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(n * sizeof(int)),
                                    .cmsg_level = SOL_SOCKET,
                                    .cmsg_type = SCM_RIGHTS};
    for (unsigned i = 0; i < n; i++)
        memcpy(CMSG_DATA(&control.head) + i * sizeof(int), &fd, sizeof(fd));
    ck_assert_int_eq(sendmsg(to, &msg, 0), (ssize_t)n_bytes);
}

/* Descriptors that no request asks for: sixteen may wait, one more ends the session. */
START_TEST(test_unclaimed_descriptors)
{
    static const char ping[] = "\x94\x00\x01\xa8rpc.ping\x91\x80";
    struct scene it = scene_start(nothing, NULL, NULL);
    int greedy = raw_connect(daemon_socket(it.daemon));
    struct lent lent = lent_new();
    struct azb_buf out = {0};

    ck_assert_int_ge(greedy, 0);
    send_with_descriptors(greedy, ping, sizeof(ping) - 1, lent.theirs, MAX_UNCLAIMED);
    read_until(greedy, &out, "pong");
    send_with_descriptors(greedy, ping, 1, lent.theirs, 1);
    read_until(greedy, &out, NULL);
    ck_assert(buf_has(&out, "$/error"));
    lent_check_closed("unclaimed", &lent);
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    close(greedy);
    azb_buf_clear(&out);
    scene_stop(&it, "unclaimed");
}
END_TEST

/* More together than the daemon has room for: some are lost, and which is not known. */
START_TEST(test_lost_descriptors)
{
    static const char ping[] = "\x94\x00\x01\xa8rpc.ping\x91\x80";
    struct scene it = scene_start(nothing, NULL, NULL);
    int greedy = raw_connect(daemon_socket(it.daemon));
    struct lent lent = lent_new();
    struct azb_buf out = {0};

    ck_assert_int_ge(greedy, 0);
    send_with_descriptors(greedy, ping, sizeof(ping) - 1, lent.theirs, MAX_UNCLAIMED + 1);
    read_until(greedy, &out, NULL);
    ck_assert(buf_has(&out, "$/error"));
    lent_check_closed("lost", &lent);
    close(greedy);
    azb_buf_clear(&out);
    scene_stop(&it, "lost");
}
END_TEST

START_TEST(test_unclaimed_at_the_end)
{
    struct scene it = scene_start(nothing, NULL, NULL);
    struct rpc *leaving = rpc_connect(it.daemon);
    struct lent lent = lent_new();

    ck_assert_ptr_null(
        rpc_wait(leaving, rpc_send_fd(leaving, "rpc.ping", NULL, lent.theirs))->error);
    rpc_close(leaving);
    lent_check_closed("at the end", &lent);
    scene_stop(&it, "at the end");
}
END_TEST

/* ---- fairness ---- */

/* The first request waits; the rest are answered in the order in which they are let go. */
static void wait_first(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    bool *is_first = arg;

    (void)request;
    *reply = (struct fake_step){FOUND, .fault = *is_first ? FAKE_WAIT : FAKE_OK};
    *is_first = false;
}

/* One slot, a session with a hundred calls in the queue, and another that comes with one: it is
 * next, or next but one. */
START_TEST(test_fairness)
{
    enum { N_CALLS = 100 };
    bool is_first = true;
    struct scene it = scene_start(
        NULL, &(struct fake_options){.handler = wait_first, .handler_arg = &is_first},
        "[pool]\nmax_per_endpoint = 1");
    struct rpc *other = rpc_connect(it.daemon);
    uint32_t last = 0, mine;
    size_t i = 0;

    for (int n = 0; n < N_CALLS; n++)
        last = rpc_send(it.rpc, HEAD);
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error); /* all are taken up */
    mine = rpc_send(other, "blob.get_blob_properties", "{'container':'c','blob':'mine'}");
    ck_assert_ptr_null(rpc_call(other, "rpc.ping", NULL)->error);
    ck_assert(fake_wait_requests(it.fake, 1));
    fake_release(it.fake);
    ck_assert_ptr_null(rpc_wait(other, mine)->error);
    ck_assert_ptr_null(rpc_wait(it.rpc, last)->error);
    ck_assert_uint_eq(fake_n_requests(it.fake), N_CALLS + 1);
    while (strcmp(fake_request(it.fake, i)->line, "HEAD /c/mine") != 0)
        i++;
    ck_assert_uint_le(i, 2);
    rpc_close(other);
    scene_stop(&it, "fairness");
}
END_TEST

/* Bulk calls in the queue do not delay an interactive one by more than one. */
START_TEST(test_priority)
{
    enum { N_CALLS = 30 };
    bool is_first = true;
    struct scene it = scene_start(
        NULL, &(struct fake_options){.handler = wait_first, .handler_arg = &is_first},
        "[pool]\nmax_per_endpoint = 1");
    uint32_t last = 0, mine;
    size_t i = 0;

    for (int n = 0; n < N_CALLS; n++)
        last = rpc_send(it.rpc, "blob.get_blob_properties",
                        "{'container':'c','blob':'b','priority':'bulk'}");
    mine = rpc_send(it.rpc, "blob.get_blob_properties", "{'container':'c','blob':'mine'}");
    ck_assert_ptr_null(rpc_call(it.rpc, "rpc.ping", NULL)->error);
    ck_assert(fake_wait_requests(it.fake, 1));
    fake_release(it.fake);
    ck_assert_ptr_null(rpc_wait(it.rpc, mine)->error);
    ck_assert_ptr_null(rpc_wait(it.rpc, last)->error);
    while (strcmp(fake_request(it.fake, i)->line, "HEAD /c/mine") != 0)
        i++;
    ck_assert_uint_le(i, 1);
    scene_stop(&it, "priority");
}
END_TEST

static Suite *lifecycle_suite(void)
{
    Suite *suite = suite_create("lifecycle");
    TCase *tc = tcase_create("lifecycle");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_stop_with_a_call);
    tcase_add_test(tc, test_stop_with_a_stream);
    tcase_add_test(tc, test_stop_idle);
    tcase_add_test(tc, test_stop_twice);
    tcase_add_test(tc, test_drain_timeout);
    tcase_add_test(tc, test_warm_connections);
    tcase_add_test(tc, test_reload);
    tcase_add_test(tc, test_reload_bwlimit);
    tcase_add_test(tc, test_reload_with_a_call);
    tcase_add_test(tc, test_second_daemon);
    tcase_add_test(tc, test_stale_socket);
    tcase_add_test(tc, test_not_a_socket);
    tcase_add_test(tc, test_allowed_users);
    UNIT_TABLE(tc, test_check_config, configs);
    tcase_add_test(tc, test_check_config_missing);
    tcase_add_test(tc, test_half_close);
    tcase_add_test(tc, test_half_close_with_a_stream);
    tcase_add_test(tc, test_half_close_in_an_upload);
    tcase_add_test(tc, test_max_calls);
    tcase_add_test(tc, test_max_sessions);
    tcase_add_test(tc, test_no_descriptor);
    UNIT_TABLE(tc, test_descriptor_is_closed, lent_to);
    tcase_add_test(tc, test_descriptor_of_cancelled_call);
    tcase_add_test(tc, test_unclaimed_descriptors);
    tcase_add_test(tc, test_lost_descriptors);
    tcase_add_test(tc, test_unclaimed_at_the_end);
    tcase_add_test(tc, test_fairness);
    tcase_add_test(tc, test_priority);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(lifecycle_suite)
