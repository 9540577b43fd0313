/*
 * event_loop.c: the library in a loop of libevent, which can have other things to do: a listing
 * whose entries are taken as they come. Nothing waits but the loop.
 */
#include "example.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <poll.h>

struct app {
    struct event_base *base;
    struct event ready; /* the daemon has sent something, or takes more */
    struct azblob_connection *connection;
    struct azblob_iterator *blobs;
};

static void on_ready(evutil_socket_t fd, short events, void *arg);

/* Once, since the socket and what to wait for can change with each call. */
static void watch(struct app *app)
{
    short events = azblob_events(app->connection) & POLLOUT ? EV_READ | EV_WRITE : EV_READ;

    event_assign(&app->ready, app->base, azblob_fd(app->connection), events, on_ready, app);
    event_add(&app->ready, NULL);
}

/* Take the entries that are here; come back for the others. */
static void take(struct app *app)
{
    const struct azblob_value *blob;
    int rc;

    while ((rc = must(azblob_iterator_next(app->blobs, &blob, err))) == AZBLOB_MORE)
        printf("%s\n", text_of(blob, "name"));
    if (rc == AZBLOB_PENDING)
        watch(app);
}

static void on_ready(evutil_socket_t fd, short events, void *arg)
{
    struct app *app = arg;

    (void)fd, (void)events;
    must(azblob_dispatch(app->connection, err));
    take(app);
}

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-event-loop");
    struct app app = {.base = event_base_new(), .connection = connection};

    must(azblob_container_create_container(container, NULL, NULL, err));
    put_text(container, "one", "1");
    put_text(container, "two", "2");

    must(azblob_container_list_blobs(container, NULL, &app.blobs, err));
    azblob_iterator_set_nonblocking(app.blobs, 1, NULL, NULL);
    take(&app);
    event_base_dispatch(app.base); /* ends when nothing is watched any more */
    printf("listed\n");
    must(azblob_container_delete_container(container, NULL, NULL, err));

    azblob_iterator_close(app.blobs);
    event_base_free(app.base);
    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
