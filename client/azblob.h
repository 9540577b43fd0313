/*
 * azblob.h: libazblob, Azure Blob Storage through a running azblobd, from C, C++ and by FFI.
 *
 * A connection is one Unix socket to the daemon; it holds no credential and no TLS session.
 * Handles name things as the classes of the Python SDK do: a service (an account), a container,
 * a blob, a lease. They are cheap, and nothing is sent until one is used. What can be done with
 * them is in azblob_methods.h, which includes this header: a function for each method, named
 * azblob_CLASS_METHOD, which waits, and one more with _start, which does not. What concerns no
 * account (rpc, daemon, util) is called on the connection. azblob_call() reaches every method
 * by name; `azblob call rpc.describe` lists methods, parameters and results.
 *
 * An operation that was started is a task: wait for it, ask whether it is done, cancel it,
 * gather several. Waiting for one serves all others of its connection. To wait in a loop of
 * your own, poll azblob_fd() for azblob_events() and call azblob_dispatch() when something is
 * ready. The library starts no thread and touches no signal.
 *
 * When the daemon goes away, the calls in flight fail with the code "DaemonUnreachable", each
 * error naming its operation and target; whether the service has carried it out is then not
 * known. The next call connects anew and opens the services again.
 *
 * A connection with all that was made from it serves one thread at a time; use one for each
 * thread. A child of fork() finds its calls lost, and gets a connection of its own by its next
 * call; the parent's goes on.
 *
 * Conventions. What can fail returns 0 or -1 and fills the azblob_error given last (NULL is
 * allowed). Functions that make an object return it, or NULL without memory, where nothing else
 * can go wrong; on a NULL handle no handle opens, and calls fail with "OutOfMemory". What a
 * `const` pointer returns is borrowed, what any other returns is the caller's to free. NULL is
 * accepted by all that free or close, and by all that read values. Structs that callers fill
 * begin with their own size: they only ever grow at their end, so a program works with all
 * later libraries of this name. What is zero in them is not given. Texts are UTF-8, times RFC
 * 3339 in UTC ("2026-11-22T06:44:00Z").
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
/* Closes what a variable holds at the end of its scope: AZBLOB_SCOPED(azblob_blob) *blob = ...;
 */
#define AZBLOB_SCOPED(type) __attribute__((cleanup(type##_close_at))) struct type
#else
#define AZBLOB_API
#endif

struct azblob_connection;
struct azblob_error;
struct azblob_service;
struct azblob_container;
struct azblob_blob;
struct azblob_lease;
struct azblob_params;
struct azblob_value;
struct azblob_task;
struct azblob_iterator;
struct azblob_reader;

/* What the functions that give one thing after the other return; -1 is a failure. */
enum {
    AZBLOB_END = 0,
    AZBLOB_MORE = 1,    /* here is one */
    AZBLOB_PENDING = 2, /* nothing is here yet, and waiting was not wanted */
};

/* ---- connections ---- */

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
 * (see azblobd(8)), unless no_start or $AZBLOBD_NO_START says otherwise. This, now and when a
 * later call has to connect anew, is the one thing that may wait outside of functions that say
 * so: for as long as a daemon takes to start.
 *
 * options  copied; NULL: defaults
 */
AZBLOB_API int azblob_connect(const struct azblob_options *options,
                              struct azblob_connection **ret, struct azblob_error *err);

/*
 * Calls in flight end with the code "Cancelled". What was made from the connection can still be
 * closed and freed afterwards, and fails when used.
 */
AZBLOB_API void azblob_close(struct azblob_connection *connection);

/* The descriptor to poll, or -1 while there is no daemon. It changes when the library connects
 * anew, so ask before each poll. */
AZBLOB_API int azblob_fd(const struct azblob_connection *connection);

/* What to poll it for: POLLIN, or POLLIN | POLLOUT. */
AZBLOB_API short azblob_events(const struct azblob_connection *connection);

/*
 * Send and take what is possible now, without waiting; callbacks run inside. Returns 0, or -1
 * when the connection was lost: all its tasks are done then, and *err names them.
 */
AZBLOB_API int azblob_dispatch(struct azblob_connection *connection, struct azblob_error *err);

/* ---- parameters: maps and lists that are built ---- */

/* An empty map, or an empty list. */
AZBLOB_API struct azblob_params *azblob_params_new(void);
AZBLOB_API struct azblob_params *azblob_params_new_list(void);
AZBLOB_API void azblob_params_free(struct azblob_params *params);

/*
 * Add a value. name is its key, and is ignored in a list. What goes wrong (no memory, begin
 * without end) is remembered and told by the call that is made with these parameters.
 */
AZBLOB_API void azblob_params_str(struct azblob_params *params, const char *name,
                                  const char *value);
AZBLOB_API void azblob_params_int(struct azblob_params *params, const char *name,
                                  int64_t value);
AZBLOB_API void azblob_params_bool(struct azblob_params *params, const char *name, int value);
AZBLOB_API void azblob_params_bytes(struct azblob_params *params, const char *name,
                                    const void *bytes, size_t n);

/* Seconds since 1970. */
AZBLOB_API void azblob_params_time(struct azblob_params *params, const char *name,
                                   int64_t seconds);

/* What is added until the matching azblob_params_end() goes into a map, or a list. */
AZBLOB_API void azblob_params_begin_map(struct azblob_params *params, const char *name);
AZBLOB_API void azblob_params_begin_list(struct azblob_params *params, const char *name);
AZBLOB_API void azblob_params_end(struct azblob_params *params);

/* ---- values: results, and the entries of streams ---- */

enum azblob_type {
    AZBLOB_NIL, /* also of NULL */
    AZBLOB_BOOL,
    AZBLOB_INT,
    AZBLOB_REAL,
    AZBLOB_STR,
    AZBLOB_BYTES,
    AZBLOB_LIST,
    AZBLOB_MAP,
};

AZBLOB_API enum azblob_type azblob_value_type(const struct azblob_value *value);

/* A map's value under a key, or NULL. As NULL reads as nothing, lookups can be nested. */
AZBLOB_API const struct azblob_value *azblob_value_get(const struct azblob_value *map,
                                                       const char *key);

/* How many entries a list or map has; 0 for all else. One of them, or NULL; a map's key. */
AZBLOB_API size_t azblob_value_size(const struct azblob_value *value);
AZBLOB_API const struct azblob_value *azblob_value_at(const struct azblob_value *value,
                                                      size_t i);
AZBLOB_API const char *azblob_value_key(const struct azblob_value *map, size_t i);

/* A text or bytes, ended by a NUL that does not count; NULL when the value is neither. */
AZBLOB_API const char *azblob_value_str(const struct azblob_value *value);
AZBLOB_API const void *azblob_value_bytes(const struct azblob_value *value, size_t *ret_n);

/* The value, or `otherwise` when it is of another type. */
AZBLOB_API int64_t azblob_value_int(const struct azblob_value *value, int64_t otherwise);
AZBLOB_API int azblob_value_bool(const struct azblob_value *value, int otherwise);
AZBLOB_API double azblob_value_real(const struct azblob_value *value, double otherwise);

/* A time as seconds since 1970. */
AZBLOB_API int64_t azblob_value_time(const struct azblob_value *value, int64_t otherwise);

/* Only what was returned without `const`. */
AZBLOB_API void azblob_value_free(struct azblob_value *value);

/* ---- handles ---- */

/* Which account, and as whom. All NULL or 0: the profile "default" of the daemon. */
struct azblob_service_options {
    size_t struct_bytes;
    const char *profile;           /* of the daemon's configuration */
    const char *connection_string; /* or this, */
    const char *account_url;       /* or this, with: */
    const char *credential;        /* an account key or a SAS token; NULL: anonymous */
    int from_environment;          /* or not 0: the AZURE_STORAGE_... variables */
    const char *token;         /* with account_url, as credential: a bearer token; https only */
    const char *secondary_url; /* with account_url; NULL: derived from it */
};
#define AZBLOB_SERVICE_OPTIONS_INIT                                                  \
    {                                                                                \
        sizeof(struct azblob_service_options), NULL, NULL, NULL, NULL, 0, NULL, NULL \
    }

/*
 * A client of one account. Nothing is sent before it is used; what is wrong with the options is
 * told then. The credential goes to the daemon and is kept, until the service is closed, for
 * the case that the daemon restarts.
 *
 * options  copied; NULL: defaults
 */
AZBLOB_API struct azblob_service *
azblob_service_open(struct azblob_connection *connection,
                    const struct azblob_service_options *options);

/* The daemon forgets the credential when the service and all handles made from it are closed;
 * calls under way go on. */
AZBLOB_API void azblob_service_close(struct azblob_service *service);

/* What the daemon knows this client by: the parameter "client" of azblob_call(). */
AZBLOB_API const char *azblob_service_client(const struct azblob_service *service);

AZBLOB_API struct azblob_container *azblob_container_open(const struct azblob_service *service,
                                                          const char *container);
AZBLOB_API void azblob_container_close(struct azblob_container *container);
AZBLOB_API const char *azblob_container_name(const struct azblob_container *container);

/* snapshot: NULL, or as the service gave it. */
AZBLOB_API struct azblob_blob *azblob_blob_open(const struct azblob_container *container,
                                                const char *blob, const char *snapshot);
AZBLOB_API void azblob_blob_close(struct azblob_blob *blob);
AZBLOB_API const char *azblob_blob_name(const struct azblob_blob *blob);

/*
 * A lease on a container, or on a blob. lease_id: NULL for one that the service is to make up
 * when it is acquired. The handle keeps the id that acquire, renew and change answer.
 */
AZBLOB_API struct azblob_lease *
azblob_container_lease_open(const struct azblob_container *container, const char *lease_id);
AZBLOB_API struct azblob_lease *azblob_blob_lease_open(const struct azblob_blob *blob,
                                                       const char *lease_id);
AZBLOB_API void azblob_lease_close(struct azblob_lease *lease);

/* NULL before there is one; borrowed until the lease's next operation. */
AZBLOB_API const char *azblob_lease_id(const struct azblob_lease *lease);

/* ---- any method by its name ---- */

/*
 * One call; returns when its answer is here.
 *
 * params  a map, borrowed; NULL: none. A service's own calls name it as "client".
 * ret     NULL: not wanted
 */
AZBLOB_API int azblob_call(struct azblob_connection *connection, const char *method,
                           const struct azblob_params *params, struct azblob_value **ret,
                           struct azblob_error *err);

/* The same as a task. */
AZBLOB_API int azblob_call_start(struct azblob_connection *connection, const char *method,
                                 const struct azblob_params *params, struct azblob_task **ret,
                                 struct azblob_error *err);

/* ---- tasks ---- */

/* Cancels the call if it is not done. */
AZBLOB_API void azblob_task_free(struct azblob_task *task);

/* Wait for it. Returns 0, or -1 with its error, or with DeadlineExceeded after answer_wait_ms
 * of silence: it goes on then. */
AZBLOB_API int azblob_task_wait(struct azblob_task *task, struct azblob_error *err);

/* 1 or 0. The first does not look for news; the second calls azblob_dispatch() before. */
AZBLOB_API int azblob_task_is_done(const struct azblob_task *task);
AZBLOB_API int azblob_task_poll(struct azblob_task *task);

/* Ask for its end: it is done some time later, with the code "Cancelled" or with what was
 * decided before. */
AZBLOB_API void azblob_task_cancel(struct azblob_task *task);

/* Of a task that is done: 0 or -1 with its error; its result, borrowed from it. */
AZBLOB_API int azblob_task_status(const struct azblob_task *task, struct azblob_error *err);
AZBLOB_API const struct azblob_value *azblob_task_result(const struct azblob_task *task);

/* Its result, which is the caller's from here on. */
AZBLOB_API struct azblob_value *azblob_task_take_result(struct azblob_task *task);

/* Called once, from inside a function that waits or dispatches, when the task is done. It may
 * start and free tasks, this one too. Set it before anything is dispatched. */
typedef void azblob_done_cb(struct azblob_task *task, void *arg);
AZBLOB_API void azblob_task_on_done(struct azblob_task *task, azblob_done_cb *done_cb,
                                    void *arg);

/* How many bytes have been moved, of a total that is -1 while it is not known. Called from
 * inside functions that wait or dispatch, a few times a second, for calls with the parameter
 * `progress` and for queries: there it is what was scanned. progress_cb NULL: no more. */
typedef void azblob_progress_cb(int64_t bytes, int64_t total, void *arg);
AZBLOB_API void azblob_task_on_progress(struct azblob_task *task,
                                        azblob_progress_cb *progress_cb, void *arg);

/* Wait for all. Returns 0, or -1 with the error of the first, in this order, that failed.
 * Tasks may be of several connections; NULL entries are skipped. */
AZBLOB_API int azblob_gather(struct azblob_task *const *tasks, size_t n,
                             struct azblob_error *err);

/* Wait for one. Returns 0 with its index, failed or not; -1 when there is none to wait for, or
 * with DeadlineExceeded after answer_wait_ms of silence: they go on then. */
AZBLOB_API int azblob_wait_any(struct azblob_task *const *tasks, size_t n, size_t *ret_i,
                               struct azblob_error *err);

/* ---- iterators: listings, and the answers of a batch ---- */

AZBLOB_API void azblob_iterator_close(struct azblob_iterator *iterator);

/* The next entry, borrowed until the next use. Entries come as the service sends them; what was
 * not asked for yet is held up there. Returns MORE, END, -1, PENDING. */
AZBLOB_API int azblob_iterator_next(struct azblob_iterator *iterator,
                                    const struct azblob_value **ret, struct azblob_error *err);

/*
 * Or page by page: the list of the next page's entries. A listing is read in one of the two
 * ways. The token stands for what follows the page, in the parameter continuation_token of a
 * later listing; NULL after the last page. Returns as azblob_iterator_next().
 */
AZBLOB_API int azblob_iterator_next_page(struct azblob_iterator *iterator,
                                         const struct azblob_value **ret,
                                         struct azblob_error *err);
AZBLOB_API const char *
azblob_iterator_continuation_token(const struct azblob_iterator *iterator);

/* The summary that ends a stream of entries, such as {count: 3}; NULL before END. */
AZBLOB_API const struct azblob_value *
azblob_iterator_summary(const struct azblob_iterator *iterator);

/* Not 0: do not wait, return PENDING. ready_cb (NULL: none) is called from azblob_dispatch()
 * when there is something to fetch; it must not use the iterator itself. */
typedef void azblob_ready_cb(void *arg);
AZBLOB_API void azblob_iterator_set_nonblocking(struct azblob_iterator *iterator,
                                                int is_nonblocking, azblob_ready_cb *ready_cb,
                                                void *arg);

/* ---- readers: what a download or a query brings ---- */

/* Cancels what has not come. */
AZBLOB_API void azblob_reader_close(struct azblob_reader *reader);

/* The blob's properties, and its size or that of the range asked for (-1: not known, as for a
 * query). Waits for the service's first answer. Returns 0, -1, PENDING. */
AZBLOB_API int azblob_reader_properties(struct azblob_reader *reader,
                                        const struct azblob_value **ret,
                                        struct azblob_error *err);
AZBLOB_API int64_t azblob_reader_size(struct azblob_reader *reader);

/* The next piece as it came, borrowed until the next use. Returns MORE, END, -1, PENDING. END
 * says that all is here and was checked. */
AZBLOB_API int azblob_reader_chunk(struct azblob_reader *reader, const void **ret,
                                   size_t *ret_n, struct azblob_error *err);

/* The next bytes, at most n. Returns MORE with *ret_n > 0, END, -1, PENDING. */
AZBLOB_API int azblob_reader_read(struct azblob_reader *reader, void *buffer, size_t n,
                                  size_t *ret_n, struct azblob_error *err);

/* All that is left, with a NUL behind it, for azblob_free(). Waits. */
AZBLOB_API int azblob_reader_readall(struct azblob_reader *reader, void **ret, size_t *ret_n,
                                     struct azblob_error *err);

/* All that is left, into a descriptor (which should block). Waits. ret_n may be NULL. */
AZBLOB_API int azblob_reader_readinto(struct azblob_reader *reader, int fd, int64_t *ret_n,
                                      struct azblob_error *err);

/* The next record, without its delimiter ("\n" for CSV and JSON unless the query says
 * otherwise); borrowed until the next use. Returns MORE, END, -1, PENDING. */
AZBLOB_API int azblob_reader_record(struct azblob_reader *reader, const char *delimiter,
                                    const char **ret, size_t *ret_n, struct azblob_error *err);

/* As azblob_iterator_set_nonblocking(). */
AZBLOB_API void azblob_reader_set_nonblocking(struct azblob_reader *reader, int is_nonblocking,
                                              azblob_ready_cb *ready_cb, void *arg);

/* A query's errors that did not end it: {error: {error, description, position}}, as they are
 * met.
 */
typedef void azblob_note_cb(const struct azblob_value *note, void *arg);
AZBLOB_API void azblob_reader_on_note(struct azblob_reader *reader, azblob_note_cb *note_cb,
                                      void *arg);

/* As azblob_task_on_progress(). */
AZBLOB_API void azblob_reader_on_progress(struct azblob_reader *reader,
                                          azblob_progress_cb *progress_cb, void *arg);

AZBLOB_API void azblob_free(void *bytes);

/* ---- what uploads read ---- */

/*
 * Up to n bytes into buffer. Returns how many, 0 at the end, -1 on failure: the upload is
 * cancelled then, or AZBLOB_LATER when there are none yet: azblob_task_resume() when there are.
 */
typedef ptrdiff_t azblob_read_cb(void *buffer, size_t n, void *arg);
enum { AZBLOB_LATER = -2 };
AZBLOB_API void azblob_task_resume(struct azblob_task *task);

/* One of three. What it refers to is borrowed until the call is done. */
struct azblob_source {
    size_t struct_bytes;
    const void *bytes; /* these bytes, n of them; "" for none */
    size_t n;
    azblob_read_cb *read; /* or what this gives, from inside functions that wait or dispatch */
    void *arg;
    int64_t length; /* bytes that read or fd will give; -1: not known */
    int fd;         /* or a descriptor, which the daemon reads itself; -1: none */
};

static inline struct azblob_source azblob_from_bytes(const void *bytes, size_t n)
{
    struct azblob_source source = {sizeof(struct azblob_source), bytes, n, NULL, NULL, -1, -1};

    return source;
}

static inline struct azblob_source azblob_from_fd(int fd)
{
    struct azblob_source source = {sizeof(struct azblob_source), NULL, 0, NULL, NULL, -1, fd};

    return source;
}

static inline struct azblob_source azblob_from_callback(azblob_read_cb *read, void *arg)
{
    struct azblob_source source = {sizeof(struct azblob_source), NULL, 0, read, arg, -1, -1};

    return source;
}

/* ---- what typed parameters are made of ---- */

/* A number that may be left out. */
struct azblob_int {
    int is_given;
    int64_t value;
};

static inline struct azblob_int azblob_int(int64_t value)
{
    struct azblob_int number = {1, value};

    return number;
}

/* Bytes; not given when the pointer is NULL. */
struct azblob_bytes {
    const void *bytes;
    size_t n;
};

static inline struct azblob_bytes azblob_bytes(const void *bytes, size_t n)
{
    struct azblob_bytes both = {bytes, n};

    return both;
}

/* A boolean: 0 is not given. */
enum { AZBLOB_TRUE = 1, AZBLOB_FALSE = -1 };

/* AZBLOB_PARAMS(blob_upload_blob, .overwrite = AZBLOB_TRUE): the parameters of one call. In C++
 * declare the struct, set its struct_bytes, and pass its address. */
#ifndef __cplusplus
#define AZBLOB_PARAMS(method, ...)             \
    (&(const struct azblob_##method##_params){ \
        .struct_bytes = sizeof(struct azblob_##method##_params), __VA_ARGS__})
#endif

/* ---- errors ---- */

/* An error object can be used for any number of calls. */
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

/* ---- scopes ---- */

/* What AZBLOB_SCOPED() calls. */
#define AZBLOB_CLOSER(type, close)                       \
    static inline void type##_close_at(struct type **at) \
    {                                                    \
        close(*at);                                      \
    }
AZBLOB_CLOSER(azblob_connection, azblob_close)
AZBLOB_CLOSER(azblob_service, azblob_service_close)
AZBLOB_CLOSER(azblob_container, azblob_container_close)
AZBLOB_CLOSER(azblob_blob, azblob_blob_close)
AZBLOB_CLOSER(azblob_lease, azblob_lease_close)
AZBLOB_CLOSER(azblob_iterator, azblob_iterator_close)
AZBLOB_CLOSER(azblob_reader, azblob_reader_close)
AZBLOB_CLOSER(azblob_task, azblob_task_free)
AZBLOB_CLOSER(azblob_params, azblob_params_free)
AZBLOB_CLOSER(azblob_value, azblob_value_free)
AZBLOB_CLOSER(azblob_error, azblob_error_free)
#undef AZBLOB_CLOSER

#ifdef __cplusplus
}
#endif

#endif
