/*
 * rpc_client.h: a blocking connection to the daemon for the measuring programs. Requests gather
 * in `out` and leave together when the client would otherwise wait: one write for as many
 * requests as there were answers in one read.
 */
#ifndef AZB_BENCH_RPC_CLIENT_H
#define AZB_BENCH_RPC_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "proto/buf.h"
#include "proto/error.h"
#include "proto/frame.h"

struct rpc_client {
    int fd;
    pid_t daemon_pid;   /* who answers */
    struct azb_buf out; /* messages to send */
    msgpack_packer pk;  /* writes to out */
    struct azb_frame_reader *reader;
    msgpack_zone *zone; /* of the message that rpc_client_next() gave out */
};

/*
 * Connect to a daemon's socket. The client must stay where it is in memory (pk points into it)
 * until rpc_client_clear(), which also takes one whose connecting failed.
 * Returns 0, or -1 with NO_MEMORY or NO_DAEMON.
 */
int rpc_client_init(struct rpc_client *client, const char *path, struct azb_error *err);
void rpc_client_clear(struct rpc_client *client);

/*
 * The next message from the daemon; sends what is in `out` before waiting for it.
 *
 * ret        borrowed until the next call
 * ret_bytes  the size of its frame
 *
 * Returns 0, or -1 with *err set: NO_DAEMON when the connection broke, PROTOCOL,
 * FRAME_TOO_LARGE, NO_MEMORY; what the daemon says when it ends the connection by `$/error`.
 */
int rpc_client_next(struct rpc_client *client, struct azb_msg *ret, size_t *ret_bytes,
                    struct azb_error *err);

/* Whether a message is a notification of this method. */
bool rpc_client_is_notify(const struct azb_msg *msg, const char *method);

/* Print an error as one line on stderr and return 1, for main() to return. */
int rpc_client_complain(const char *program, const struct azb_error *err);

#endif
