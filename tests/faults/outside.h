/*
 * outside.h: what is seen of a daemon from outside, and done to it from there: its files, its
 * signals, its end. Whatever does not come within 10 s ends the test.
 */
#ifndef AZB_TESTS_OUTSIDE_H
#define AZB_TESTS_OUTSIDE_H

#include "tests/faults/daemon.h"

enum {
    OUTSIDE_PATH_BYTES = 96,
};

/* Look until it is so. */
typedef bool outside_cb(const void *arg);
void outside_wait(const char *what, outside_cb *is_so, const void *arg);

/* For that: a path that leads to nothing. */
bool outside_is_gone(const void *path);

/* What the harness keeps beside the socket: "config", "log". */
void outside_path(const struct daemon *daemon, const char *name, char ret[OUTSIDE_PATH_BYTES]);

/* The daemon has ended by itself; daemon_stop() then only sees to its exit status. */
void outside_wait_ended(const struct daemon *daemon);

/* Replace the configuration by itself and `more`. */
void outside_append_config(const struct daemon *daemon, const char *more);

/* SIGHUP, until that is logged. */
void outside_reload(const struct daemon *daemon, const char *logged);

#endif
