/*
 * azblob.h: libazblob, calls to a running azblobd from C and C++.
 *
 * A connection is one Unix socket to the daemon; it holds no credential and no TLS session.
 * A call names an RPC method ("blob.get_blob_properties") and gives its parameters as one
 * MessagePack map; `azblob call rpc.describe` lists methods, parameters and results.
 * A connection serves one thread at a time.
 *
 * What can fail returns 0 or -1 and fills the azblob_error given last (NULL is allowed).
 * Types are opaque; structs that callers fill begin with their own size, so that they can grow.
 */
#ifndef AZBLOB_H
#define AZBLOB_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AZBLOB_API __attribute__((visibility("default")))
#else
#define AZBLOB_API
#endif

struct azblob_connection;
struct azblob_error;
struct msgpack_object; /* msgpack-c's; include <msgpack.h> to make and read values */

/* How to reach the daemon. Make it with AZBLOB_OPTIONS_INIT and set what should differ. */
struct azblob_options {
    size_t struct_bytes;
    const char *socket_path; /* NULL: $AZBLOBD_SOCKET, else the per-user, else the system one */
    int no_start;            /* not 0: never start a daemon where none answers */
    int is_verbose;          /* not 0: a daemon that is started keeps this stderr */
    int64_t answer_wait_ms;  /* longest silence while waiting for the daemon; 0: no limit */
};
#define AZBLOB_OPTIONS_INIT                          \
    {                                                \
        sizeof(struct azblob_options), NULL, 0, 0, 0 \
    }

/*
 * Connect. Where no daemon answers at the per-user socket or $AZBLOBD_SOCKET one is started
 * (see azblobd(8)), unless no_start or $AZBLOBD_NO_START says otherwise.
 *
 * options  borrowed; NULL: defaults
 *
 * The connection is the caller's, for azblob_close().
 */
AZBLOB_API int azblob_connect(const struct azblob_options *options,
                              struct azblob_connection **ret, struct azblob_error *err);

/* Calls in flight are cancelled. NULL is accepted. */
AZBLOB_API void azblob_close(struct azblob_connection *connection);

/*
 * One call; returns when its answer is here.
 *
 * params  a map, borrowed; NULL: no parameters
 * ret     the result, borrowed until the next use of the connection; NULL: not wanted
 */
AZBLOB_API int azblob_call(struct azblob_connection *connection, const char *method,
                           const struct msgpack_object *params,
                           const struct msgpack_object **ret, struct azblob_error *err);

/* One entry of a stream, borrowed until it returns. Not 0: end the call. */
typedef int azblob_item_cb(const struct msgpack_object *item, void *arg);

/* A piece of a stream's data; offset counts from 0 without gaps. Not 0: end the call. */
typedef int azblob_data_cb(uint64_t offset, const void *bytes, size_t n, void *arg);

/* Make it with AZBLOB_CALL_OPTIONS_INIT. */
struct azblob_call_options {
    size_t struct_bytes;
    int fd;                  /* passed to the daemon, stays the caller's; -1: none */
    azblob_item_cb *on_item; /* either one opens the call as a stream */
    azblob_data_cb *on_data;
    void *arg; /* for both */
};
#define AZBLOB_CALL_OPTIONS_INIT                                 \
    {                                                            \
        sizeof(struct azblob_call_options), -1, NULL, NULL, NULL \
    }

/*
 * As azblob_call(), with a descriptor or with callbacks. They run inside this function, must
 * not use the connection, and what they have consumed is given back to the daemon as credit.
 * A call that a callback ended fails with the code "Cancelled".
 */
AZBLOB_API int azblob_call_with(struct azblob_connection *connection, const char *method,
                                const struct msgpack_object *params,
                                const struct azblob_call_options *options,
                                const struct msgpack_object **ret, struct azblob_error *err);

/* An error object can be used for any number of calls. NULL when there is no memory. */
AZBLOB_API struct azblob_error *azblob_error_new(void);
AZBLOB_API void azblob_error_free(struct azblob_error *err);

/*
 * The last failure's fields, as in the RPC error map. Strings are borrowed from the error
 * until it is used again, and "" where there is nothing to say; NULL reads as an empty error.
 */
AZBLOB_API const char *azblob_error_code(const struct azblob_error *err);
AZBLOB_API const char *azblob_error_kind(const struct azblob_error *err);
AZBLOB_API const char *azblob_error_message(const struct azblob_error *err);
AZBLOB_API const char *azblob_error_request_id(const struct azblob_error *err);
AZBLOB_API const char *azblob_error_client_request_id(const struct azblob_error *err);
AZBLOB_API const char *azblob_error_operation(const struct azblob_error *err);
AZBLOB_API const char *azblob_error_target(const struct azblob_error *err);
AZBLOB_API int
azblob_error_status(const struct azblob_error *err); /* HTTP; 0: no answer came */
AZBLOB_API unsigned azblob_error_attempts(const struct azblob_error *err);
AZBLOB_API int azblob_error_retryable(const struct azblob_error *err); /* 1 or 0 */

/* "0.1.0" */
AZBLOB_API const char *azblob_version(void);

#ifdef __cplusplus
}
#endif

#endif
