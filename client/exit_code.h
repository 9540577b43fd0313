/*
 * exit_code.h: how the command ends. Scripts rely on these numbers.
 */
#ifndef AZB_CLIENT_EXIT_CODE_H
#define AZB_CLIENT_EXIT_CODE_H

#include "proto/buf.h"
#include "proto/error.h"

/* X(name, number, meaning) */
#define AZB_EXIT_MAP(X)                                                                       \
    X(DONE, 0, "done, all of it")                                                             \
    X(FAILED, 1, "failed for a reason not listed here; of many items, at least one failed")   \
    X(USAGE, 2, "usage: the command line, a name or a parameter; nothing was attempted")      \
    X(NOT_FOUND, 3, "blob, container or account not found")                                   \
    X(CONFLICT, 4, "exists already, a condition is not met, or leased by another (409, 412)") \
    X(TEMPORARY, 5, "temporary: throttled, network, 5xx; after all retries")                  \
    X(DENIED, 6, "not authorised, or no credential")                                          \
    X(MISMATCH, 7, "checksum or length mismatch")                                             \
    X(LIMIT, 8, "a limit that was set has been reached")                                      \
    X(EMPTY, 9, "nothing was found, with --error-on-empty")                                   \
    X(NO_DAEMON, 69, "the daemon cannot be reached")                                          \
    X(CONFIG, 78, "the configuration is wrong, or has no such profile")                       \
    X(DEADLINE, 124, "--deadline has passed")                                                 \
    X(RUN_FAILED, 125, "lease run: no lease, or the lease was lost")                          \
    X(RUN_UNEXECUTABLE, 126, "lease run: the command cannot be executed")                     \
    X(RUN_NOT_FOUND, 127, "lease run: there is no such command; else its own exit code")      \
    X(HUNG_UP, 129, "the terminal was closed (SIGHUP)")                                       \
    X(INTERRUPTED, 130, "interrupted (SIGINT)")                                               \
    X(PIPE, 141, "whoever read the output has gone (SIGPIPE)")                                \
    X(TERMINATED, 143, "terminated (SIGTERM)")

enum azb_exit {
#define X(name, number, meaning) AZB_EXIT_##name = number,
    AZB_EXIT_MAP(X)
#undef X
};

/* The exit code for one failed call. */
enum azb_exit azb_exit_code(const struct azb_error *err);

/* The table, for `azblob help exit-codes`. */
void azb_exit_code_help(struct azb_buf *out);

#endif
