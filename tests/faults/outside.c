/*
 * outside.c: what is seen of a daemon from outside.
 */
#define _GNU_SOURCE 1
#include "tests/faults/outside.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

enum {
    LIMIT_MS = 10 * 1000,
    POLL_MS = 2,
};

void outside_wait(const char *what, outside_cb *is_so, const void *arg)
{
    struct timespec begin, now;

    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (!is_so(arg)) {
        poll(NULL, 0, POLL_MS);
        clock_gettime(CLOCK_MONOTONIC, &now);
        ck_assert_msg((now.tv_sec - begin.tv_sec) * 1000 < LIMIT_MS, "not in %d ms: %s",
                      LIMIT_MS, what);
    }
}

bool outside_is_gone(const void *path)
{
    return access(path, F_OK) < 0;
}

void outside_path(const struct daemon *daemon, const char *name, char ret[OUTSIDE_PATH_BYTES])
{
    const char *socket_path = daemon_socket(daemon);
    int folder_chars = (int)(strrchr(socket_path, '/') - socket_path);

    snprintf(ret, OUTSIDE_PATH_BYTES, "%.*s/%s", folder_chars, socket_path, name);
}

static void file_read(const char *path, struct azb_buf *ret)
{
    FILE *file = fopen(path, "r");
    char piece[4096];
    size_t n;

    ck_assert_ptr_nonnull(file);
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        azb_buf_append(ret, piece, n);
    fclose(file);
}

static bool text_has(const char *path, const char *text)
{
    struct azb_buf all = {0};
    bool has;

    file_read(path, &all);
    has = strstr(azb_buf_cstr(&all), text) != NULL;
    azb_buf_clear(&all);
    return has;
}

struct logged {
    const struct daemon *daemon;
    const char *text;
};

static bool is_logged(const void *arg)
{
    const struct logged *logged = arg;
    char log[OUTSIDE_PATH_BYTES];

    outside_path(logged->daemon, "log", log);
    return text_has(log, logged->text);
}

void outside_wait_ended(const struct daemon *daemon)
{
    struct pollfd ended = {.fd = pidfd_open(daemon_pid(daemon), 0), .events = POLLIN};

    ck_assert_int_ge(ended.fd, 0);
    ck_assert_msg(poll(&ended, 1, LIMIT_MS) == 1, "azblobd did not end");
    close(ended.fd);
}

void outside_append_config(const struct daemon *daemon, const char *more)
{
    char path[OUTSIDE_PATH_BYTES];
    FILE *file;

    outside_path(daemon, "config", path);
    file = fopen(path, "a");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fprintf(file, "\n%s\n", more), 0);
    ck_assert_int_eq(fclose(file), 0);
}

void outside_reload(const struct daemon *daemon, const char *logged)
{
    ck_assert_int_eq(kill(daemon_pid(daemon), SIGHUP), 0);
    outside_wait(logged, is_logged, &(struct logged){daemon, logged});
}
