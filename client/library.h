/*
 * library.h: what the parts of libazblob share and its users do not see.
 *
 * Everything that is made from a connection holds a reference to it, so that objects may be
 * closed in any order. A call of any kind is a task (azb_task_start()); iterators and readers
 * keep one of their own.
 */
#ifndef AZB_CLIENT_LIBRARY_H
#define AZB_CLIENT_LIBRARY_H

#include <sys/types.h>
#include "client/azblob.h"
#include "client/connection.h"

enum {
    AZB_PARAMS_DEPTH = 16, /* of maps and lists that are built */
};

struct azblob_connection {
    struct azb_connection *inner;
    unsigned refs;
    bool is_closed;
    pid_t pid; /* who connected: not a child of fork() */
    struct azblob_options options;
    char *socket_path; /* of the options */
    struct azb_service *services;
    unsigned last_service;
};

struct azblob_connection *azb_connection_ref(struct azblob_connection *connection);
void azb_connection_unref(struct azblob_connection *connection);

/* Be connected, and have the daemon know all services. */
int azb_connection_ready(struct azblob_connection *connection, struct azb_error *err);

/* Wait until something has happened. Its failure is that of the calls that were lost, or
 * DEADLINE. */
int azb_connection_await(struct azblob_connection *connection, struct azb_error *err);

static inline struct azb_error *azb_error_inner(struct azblob_error *err)
{
    return (struct azb_error *)err;
}

/* ---- services and handles ---- */

/* A client of an account as the daemon knows it, for as long as a handle needs it. */
struct azb_service {
    struct azb_service *next;
    struct azblob_connection *connection;
    unsigned refs;
    char *client;                /* its name */
    struct azblob_params *open;  /* of service.open; NULL: a profile, which needs none */
    bool is_told;                /* the daemon of this connection knows it */
    struct azb_client_call call; /* the service.open under way */
};

/* Tell the daemon what it has not heard of yet. */
int azb_services_tell(struct azblob_connection *connection, struct azb_error *err);

/* The connection is new: nobody there knows them. */
void azb_services_forget(struct azblob_connection *connection);

/* Why one of them could not be opened, or NULL. */
const struct azb_error *azb_services_error(const struct azblob_connection *connection);

void azb_service_ref(struct azb_service *service);
void azb_service_unref(struct azb_service *service);

/* All four kinds of handles are this, seen from outside as what they name. */
struct azb_handle {
    struct azb_service *service;
    unsigned refs;
    char *container, *blob, *snapshot, *lease; /* NULL: none */
};

struct azb_handle *azb_handle_ref(struct azb_handle *handle);
void azb_handle_unref(struct azb_handle *handle);

/* ---- parameters ---- */

struct azblob_params {
    struct azb_buf packed; /* the root's entries, without its head */
    size_t n;              /* of them */
    bool is_list;
    const char *wrong; /* NULL: nothing */
    unsigned depth;
    struct {
        size_t start; /* of its head */
        size_t n;
        bool is_list;
    } open[AZB_PARAMS_DEPTH];
};

/* What a user built, as a value of another's parameter. NULL is none. */
void azb_params_value(struct azblob_params *params, const char *name,
                      const struct azblob_params *value);

/* Nothing went wrong and nothing is open. */
int azb_params_check(const struct azblob_params *params, struct azb_error *err);

/* ---- values ---- */

/* Decode a copy of this one value. NULL without memory. */
struct azblob_value *azb_value_new(const unsigned char *packed, size_t n);

/* ---- tasks ---- */

typedef void azb_task_cb(struct azblob_task *task);

struct azblob_task {
    struct azb_client_call call; /* first: a call's callbacks get it back from there */
    struct azblob_connection *connection;
    struct azblob_value *result;
    char *operation, *target;
    struct azb_handle *handle;   /* whose lease id may change, or NULL */
    struct azblob_source source; /* .read is what gives its bytes, if it is streamed */
    uint64_t sent;               /* of them */
    bool is_late;                /* the source has none at the moment */
    azb_task_cb *after;          /* before the user hears of its end */
    azblob_done_cb *done_cb;
    void *done_arg;
    azblob_progress_cb *progress_cb;
    void *progress_arg;
};

/* What a task is made from; zero is none of it. */
struct azb_start {
    const char *method;
    const struct azblob_params *params; /* borrowed until the start returns */
    struct azb_handle *handle;          /* names the target; a reference is kept */
    const char *continuation_token;     /* besides the parameters */
    bool is_stream;
    bool has_fd;
    int fd;
    const struct azblob_source *source; /* copied */
    azb_client_item_cb *on_item;        /* of a stream, with what it brings */
    azb_client_data_cb *on_data;
    azb_task_cb *after;
    void *arg; /* for all three: task->call.arg */
};

int azb_task_start(struct azblob_connection *connection, const struct azb_start *start,
                   struct azblob_task **ret, struct azb_error *err);

/* Wait, give the result away (ret may be NULL), free. */
int azb_task_finish(struct azblob_task *task, struct azblob_value **ret, struct azb_error *err);

/* Its error, or success. */
int azb_task_outcome(const struct azblob_task *task, struct azb_error *err);

/* ---- streams: what came, until somebody asks for it ---- */

/* An item as it was encoded, or data. */
struct azb_chunk {
    struct azb_chunk *next;
    size_t n;
    bool is_item;
    unsigned char bytes[]; /* and a NUL */
};

/*
 * What a streamed call brings, in order. Credit goes back as chunks are taken, so that at most
 * a window of them waits here.
 */
struct azb_stream {
    struct azblob_task *task; /* NULL: not started */
    struct azb_chunk *first, **end;
    struct azb_chunk *current; /* what was taken last */
    bool has_no_memory;        /* for a chunk */
    bool is_nonblocking;
    azblob_ready_cb *ready_cb;
    void *ready_arg;
};

/* stream: zeroed, and must stay where it is. start: the rest of it is set here. */
int azb_stream_start(struct azb_stream *stream, struct azblob_connection *connection,
                     struct azb_start start, struct azb_error *err);
void azb_stream_close(struct azb_stream *stream);

/* The next chunk, borrowed until the next use. AZBLOB_MORE, END, PENDING, -1. */
int azb_stream_next(struct azb_stream *stream, struct azb_chunk **ret, struct azb_error *err);

/* Wait, unless the stream must not, for what is to change. AZBLOB_MORE: look again. */
int azb_stream_await(struct azb_stream *stream, struct azblob_task *task,
                     struct azb_error *err);

/* Nothing is sent yet. params: taken, on success; token: where to begin, copied, or NULL. */
struct azblob_iterator *azb_iterator_new(struct azb_handle *handle, const char *method,
                                         struct azblob_params *params, const char *token);
int azb_iterator_start(struct azblob_iterator *iterator, struct azb_error *err);

/* start: as of azb_stream_start(). */
int azb_reader_open(struct azblob_connection *connection, struct azb_start start,
                    struct azblob_reader **ret, struct azb_error *err);

#endif
