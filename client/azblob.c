/*
 * azblob.c: connections as the library's users see them, and errors. A connection outlives its
 * azblob_close() for as long as something was made from it, and its socket the daemon only
 * until the next call.
 */
#include "client/azblob.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/library.h"

struct azblob_connection *azb_connection_ref(struct azblob_connection *connection)
{
    connection->refs++;
    return connection;
}

void azb_connection_unref(struct azblob_connection *connection)
{
    if (--connection->refs > 0)
        return;
    azb_connection_free(connection->inner);
    free(connection->socket_path);
    free(connection);
}

/* Copy the caller's options, of whatever version, and what they point to. */
static int take_options(struct azblob_connection *connection,
                        const struct azblob_options *options)
{
    struct azblob_options *mine = &connection->options;

    *mine = (struct azblob_options)AZBLOB_OPTIONS_INIT;
    if (options != NULL)
        memcpy(mine, options,
               options->struct_bytes < sizeof(*mine) ? options->struct_bytes : sizeof(*mine));
    if (mine->socket_path == NULL)
        return 0;
    connection->socket_path = strdup(mine->socket_path);
    mine->socket_path = connection->socket_path;
    return mine->socket_path != NULL ? 0 : -1;
}

int azblob_connect(const struct azblob_options *options, struct azblob_connection **ret,
                   struct azblob_error *err)
{
    struct azblob_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return azb_error_set(azb_error_inner(err), AZB_ERR_NO_MEMORY, "a connection");
    connection->refs = 1;
    connection->pid = getpid();
    if (take_options(connection, options) < 0) {
        azb_error_set(azb_error_inner(err), AZB_ERR_NO_MEMORY, "a connection");
        goto fail;
    }
    if (azb_connection_open(&connection->options, &connection->inner, azb_error_inner(err)) < 0)
        goto fail;
    azb_connection_set_async(connection->inner);
    *ret = connection;
    return 0;
fail:
    azb_connection_unref(connection);
    return -1;
}

static void lose(struct azblob_connection *connection, enum azb_err what, const char *message)
{
    struct azb_error why = {0};

    azb_error_set(&why, what, "%s", message);
    azb_connection_lose(connection->inner, &why);
}

void azblob_close(struct azblob_connection *connection)
{
    if (connection == NULL)
        return;
    connection->is_closed = true;
    lose(connection, AZB_ERR_CANCELLED, "the connection was closed");
    azb_connection_unref(connection);
}

/* After fork() the socket and the calls on it are the parent's. */
static void check_process(struct azblob_connection *connection)
{
    if (connection->pid == getpid())
        return;
    connection->pid = getpid();
    lose(connection, AZB_ERR_NO_DAEMON, "the call was made before fork(), by the parent");
}

int azb_connection_ready(struct azblob_connection *connection, struct azb_error *err)
{
    if (connection->is_closed)
        return azb_error_set(err, AZB_ERR_CANCELLED, "the connection was closed");
    check_process(connection);
    if (azb_connection_is_spoilt(connection->inner))
        lose(connection, AZB_ERR_NO_MEMORY, "a message to azblobd");
    if (azb_connection_has_gone(connection->inner))
        lose(connection, AZB_ERR_NO_DAEMON, "azblobd closed the connection");
    if (azb_connection_fd(connection->inner) < 0) {
        if (azb_connection_reopen(connection->inner, &connection->options, err) < 0)
            return -1;
        azb_services_forget(connection);
    }
    return azb_services_tell(connection, err);
}

int azblob_fd(const struct azblob_connection *connection)
{
    return azb_connection_fd(connection->inner);
}

short azblob_events(const struct azblob_connection *connection)
{
    return azb_connection_has_output(connection->inner) ? POLLIN | POLLOUT : POLLIN;
}

/* Callbacks run inside, and may close the connection. */
static int serve(struct azblob_connection *connection,
                 int (*how)(struct azb_connection *, struct azb_error *), struct azb_error *err)
{
    int rc;

    azb_connection_ref(connection);
    check_process(connection);
    rc = how(connection->inner, err);
    azb_connection_unref(connection);
    return rc;
}

int azblob_dispatch(struct azblob_connection *connection, struct azblob_error *err)
{
    return serve(connection, azb_connection_dispatch, azb_error_inner(err));
}

int azb_connection_await(struct azblob_connection *connection, struct azb_error *err)
{
    return serve(connection, azb_connection_wait, err);
}

struct azblob_error *azblob_error_new(void)
{
    return calloc(1, sizeof(struct azb_error));
}

void azblob_error_free(struct azblob_error *err)
{
    free(err);
}

/* One accessor for each field: T azblob_error_FIELD(err). */
static const struct azb_error no_error;

static const struct azb_error *readable(const struct azblob_error *err)
{
    return err != NULL ? (const struct azb_error *)err : &no_error;
}

#define ERROR_FIELD(type, field)                              \
    type azblob_error_##field(const struct azblob_error *err) \
    {                                                         \
        return readable(err)->field;                          \
    }

ERROR_FIELD(const char *, code)
ERROR_FIELD(const char *, message)
ERROR_FIELD(const char *, request_id)
ERROR_FIELD(const char *, client_request_id)
ERROR_FIELD(const char *, operation)
ERROR_FIELD(const char *, target)
ERROR_FIELD(int, status)
ERROR_FIELD(unsigned, attempts)
ERROR_FIELD(int, retryable)

const char *azblob_error_kind(const struct azblob_error *err)
{
    return azb_error_kind(readable(err)->what);
}

const char *azblob_version(void)
{
    return AZB_VERSION;
}
