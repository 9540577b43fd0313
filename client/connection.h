/*
 * connection.h: the client's side of one connection, below both libazblob and the command.
 *
 * Calls are objects of their caller: any number may be in flight, and one loop
 * (azb_connection_step) takes the daemon's messages to them. A blocking call is one that is
 * sent and then stepped until it is done.
 *
 * Either the loop waits (azb_connection_step, for the command) or it never does
 * (azb_connection_dispatch, for the library, whose connections are also made anew after the
 * daemon has gone); a connection is used in one of the two ways from its beginning.
 */
#ifndef AZB_CLIENT_CONNECTION_H
#define AZB_CLIENT_CONNECTION_H

#include <msgpack.h>
#include <stdbool.h>
#include "client/azblob.h"
#include "proto/buf.h"
#include "proto/error.h"

struct azb_client_call;
struct azb_connection;

enum {
    AZB_MAX_CONNECTIONS = 8, /* of one command */
};

/* One entry of a stream, borrowed until it returns. Not 0: end the call. */
typedef int azb_client_item_cb(const msgpack_object *item, void *arg);

/* A piece of a stream's data; offset counts from 0 without gaps. Not 0: end the call. */
typedef int azb_client_data_cb(uint64_t offset, const void *bytes, size_t n, void *arg);

/* How far the call is, as of $/progress; total -1: not known. */
typedef void azb_client_progress_cb(struct azb_client_call *call, int64_t bytes, int64_t total);

/* Some of call->window may be sent now: azb_call_data(), azb_call_data_end(). */
typedef void azb_client_room_cb(struct azb_client_call *call);

/*
 * The call's answer is here: call->result, or call->err. Runs inside azb_connection_step()
 * and may begin other calls; the call belongs to its owner again.
 */
typedef void azb_client_done_cb(struct azb_client_call *call);

/*
 * Zeroed, then begun, given parameters, sent; must stay where it is until it is done (or the
 * connection is freed).
 */
struct azb_client_call {
    /* The owner's, set before azb_call_begin(). */
    azb_client_item_cb *on_item;
    azb_client_data_cb *on_data;
    azb_client_progress_cb *on_progress;
    azb_client_done_cb *on_done;
    azb_client_room_cb *on_room;
    void *arg;
    bool counts_credit; /* by azb_call_consumed(); else what a callback got is consumed */
    const char *operation, *target; /* for the message about a lost call; NULL: not known */

    /* For the owner to read, once is_done. */
    bool is_done;
    struct azb_error err;         /* what is AZB_OK on success */
    const msgpack_object *result; /* borrowed until the next step of the connection */

    /* Inside on_item and on_done: the item or the result as it was encoded. */
    const unsigned char *packed;
    size_t packed_bytes;

    int64_t window; /* bytes of $/data that may be sent */

    /* The connection's. */
    struct azb_connection *connection;
    struct azb_client_call *next;
    uint32_t msgid;
    msgpack_packer pk;
    size_t request_start; /* in the connection's outgoing bytes, until sent */
    bool is_spoilt;       /* they had failed before */
    size_t params_start;
    unsigned n_params;
    bool is_stopped;    /* a callback wants no more */
    bool is_held;       /* credit is kept back */
    int64_t owed_bytes; /* consumed and not yet given back */
};

/* options: borrowed until this returns. Errors: NO_DAEMON, INVALID_ARG, DENIED, NO_MEMORY. */
int azb_connection_open(const struct azblob_options *options, struct azb_connection **ret,
                        struct azb_error *err);
void azb_connection_free(struct azb_connection *connection);

/*
 * End it from a signal's handler: the next step fails, the daemon cancels what is under way.
 */
void azb_connection_hang_up(struct azb_connection *connection);

/* Have idle_cb called whenever the connection is about to wait for the daemon. */
typedef void azb_idle_cb(void *arg);
void azb_connection_set_idle(struct azb_connection *connection, azb_idle_cb *idle_cb,
                             void *arg);

/* Have notice_cb called for notifications that belong to no call: $/lease. args: borrowed until
 * it returns. */
typedef void azb_notice_cb(const char *method, const msgpack_object *args, unsigned n_args,
                           void *arg);
void azb_connection_set_notice(struct azb_connection *connection, azb_notice_cb *notice_cb,
                               void *arg);

/*
 * Send what is waiting and take one message. Returns 0, or -1 when the connection has failed
 * and no call on it will be answered.
 */
int azb_connection_step(struct azb_connection *connection, struct azb_error *err);

/* The same for several connections that one owner steps together: one message of any of them,
 * n being at most AZB_MAX_CONNECTIONS. The first one's idle_cb and answer_wait_ms are all's. */
int azb_connections_step(struct azb_connection *const *connections, unsigned n,
                         struct azb_error *err);

/* The same of one, but come back when `fd` can be read before there is a message. Returns 1
 * with a message, 0 without, or -1. */
int azb_connection_step_or(struct azb_connection *connection, int fd, struct azb_error *err);

/* From here on the connection is used by the functions that follow. */
void azb_connection_set_async(struct azb_connection *connection);

/* The socket, for poll(); -1 while there is no daemon. And whether there is something to send:
 * bytes, or what uploads have when they are asked. */
int azb_connection_fd(const struct azb_connection *connection);
bool azb_connection_has_output(const struct azb_connection *connection);

/* There was no memory for a message: what it was about will not happen, and nothing behind it.
 */
bool azb_connection_is_spoilt(const struct azb_connection *connection);

/* The daemon has closed the connection while no call was in flight. */
bool azb_connection_has_gone(const struct azb_connection *connection);

/*
 * Send and take what can be without waiting. Returns 0, or -1 when the daemon has gone: all
 * calls in flight have ended with an error then, and *err names them.
 */
int azb_connection_dispatch(struct azb_connection *connection, struct azb_error *err);

/* Wait until something has happened, and azb_connection_dispatch() then; or DEADLINE after
 * answer_wait_ms. */
int azb_connection_wait(struct azb_connection *connection, struct azb_error *err);

/* Connect anew. options as of azb_connection_open(). */
int azb_connection_reopen(struct azb_connection *connection,
                          const struct azblob_options *options, struct azb_error *err);

/* Close the socket; the calls in flight end with this error. */
void azb_connection_lose(struct azb_connection *connection, const struct azb_error *why);

/* Begin a request. Its parameters follow, by the functions below, before any other call begins.
 */
void azb_call_begin(struct azb_connection *connection, struct azb_client_call *call,
                    const char *method);
void azb_call_str(struct azb_client_call *call, const char *name, const char *value);
void azb_call_bool(struct azb_client_call *call, const char *name, bool value);
void azb_call_int(struct azb_client_call *call, const char *name, int64_t value);

/* All of a map's pairs as parameters. */
void azb_call_params(struct azb_client_call *call, const msgpack_object_map *map);

/* A parameter of any other shape: the caller packs one value with what is returned. */
msgpack_packer *azb_call_value(struct azb_client_call *call, const char *name);

/* Packed bytes, the rest of such a value (copied). */
void azb_call_append(struct azb_client_call *call, const struct azb_buf *packed);

/* The request is complete; it leaves with the next step, or (unless the connection is
 * asynchronous) now if it brings a descriptor (fd >= 0; stays the caller's). */
int azb_call_send(struct azb_client_call *call, int fd, struct azb_error *err);

/* The request will not be sent after all: nothing of it is. Before any other call begins. */
void azb_call_drop(struct azb_client_call *call);

/* The request is complete and nobody waits for its answer: a service.open that others rely
 * on. Its failure becomes theirs. `call` may go. */
void azb_call_send_quietly(struct azb_client_call *call);

/* Step until the call is done. Returns 0, or -1 with the call's or the connection's error. */
int azb_call_wait(struct azb_client_call *call, struct azb_error *err);

/* Ask the daemon to end the call; its answer still comes. */
void azb_call_cancel(struct azb_client_call *call);

/* Let go of a call, which is cancelled if it is not done; nothing of it comes any more. */
void azb_call_forget(struct azb_client_call *call);

/* An upload's bytes (copied), and their end. */
void azb_call_data(struct azb_client_call *call, uint64_t offset, const void *bytes, size_t n);
void azb_call_data_end(struct azb_client_call *call);

/* n bytes of a stream that counts its own credit were consumed. */
void azb_call_consumed(struct azb_client_call *call, size_t n);

/* Keep a stream's credit back, so that it ends up waiting; or give it what it is owed. */
void azb_call_hold(struct azb_client_call *call);
void azb_call_resume(struct azb_client_call *call);

#endif
