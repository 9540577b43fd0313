/*
 * daemon.h: a real azblobd under test, and a small RPC client to ask it with. The program is
 * $AZBLOBD, else ./azblobd; each run has a folder of its own inside folder_path(), with its
 * socket, its configuration and its log. Nothing here returns a failure: whatever goes wrong
 * ends the test with the reason (and the daemon's log), and no wait is longer than 10 s.
 *
 * Parameters are written as JSON with ' for ": "{'container': 'c', 'blob': 'b'}".
 */
#ifndef AZB_TESTS_DAEMON_H
#define AZB_TESTS_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "proto/buf.h"
#include "proto/frame.h"
#include "tests/faults/fake.h"

struct daemon;

/* Start with a configuration file of this text, and wait until it listens. */
struct daemon *daemon_start(const char *config_format, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * Start with a `default` profile for this server (and its certificate), waits between retries
 * that suit a test, and further lines of configuration (NULL: none).
 */
struct daemon *daemon_start_for(const struct fake *fake, const char *more_config);

/* Start without a configuration but with these variables, "NAME=value", NULL at the end. */
struct daemon *daemon_start_env(const char *const *variables);

const char *daemon_socket(const struct daemon *daemon);
pid_t daemon_pid(const struct daemon *daemon);

/* Its resident memory. */
long daemon_rss_kib(const struct daemon *daemon);

/* SIGTERM, and wait for the end, which must be exit status 0. */
void daemon_stop(struct daemon *daemon);

/* SIGKILL: it gets no chance to put anything in order. */
void daemon_kill(struct daemon *daemon);

/* One connection to a daemon; it keeps every message until rpc_close(). */
struct rpc;

struct rpc *rpc_connect(const struct daemon *daemon);
void rpc_close(struct rpc *rpc);

/* Send a request and go on; returns its message id. params NULL: `[]`. */
uint32_t rpc_send(struct rpc *rpc, const char *method, const char *params);

/* The same with a descriptor passed along. */
uint32_t rpc_send_fd(struct rpc *rpc, const char *method, const char *params, int fd);

/* Send a notification; args is a JSON array. */
void rpc_notify(struct rpc *rpc, const char *method, const char *args);

/* Send bytes as they are, for what is no message. */
void rpc_send_bytes(struct rpc *rpc, const void *bytes, size_t n);

/* Say that nothing more will be sent. */
void rpc_end(struct rpc *rpc);

/* Wait for the response to a request. All messages are borrowed until rpc_close(). */
const struct azb_msg *rpc_wait(struct rpc *rpc, uint32_t msgid);

/* rpc_send() and rpc_wait(). */
const struct azb_msg *rpc_call(struct rpc *rpc, const char *method, const char *params);

/* The i-th notification, waited for. */
const struct azb_msg *rpc_note(struct rpc *rpc, size_t i);

/* Whether a message is a notification of this method. */
bool rpc_is(const struct azb_msg *msg, const char *method);

/* How many notifications have come so far. */
size_t rpc_n_notes(const struct rpc *rpc);

/* Wait until the daemon has closed the connection. */
void rpc_wait_closed(struct rpc *rpc);

/* Append what the $/data of a message id brought; their offsets must leave no gap. */
void rpc_data(const struct rpc *rpc, uint32_t msgid, struct azb_buf *ret);

/*
 * The value under a dotted path ("lease.state"; "items.0.name") as text, a bin as hexadecimal
 * digits, a map or an array as "{n}" and "[n]"; "(none)" when there is none. Borrowed until
 * the next call.
 */
const char *rpc_text(const msgpack_object *value, const char *path);

#endif
