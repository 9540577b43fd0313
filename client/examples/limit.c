/*
 * limit.c: a hundred uploads, at most ten at once, in a loop of one's own: poll(), dispatch,
 * and a callback that starts the next upload where one has ended.
 */
#include "example.h"

#include <poll.h>

enum { N = 100, AT_ONCE = 10 };

struct uploads {
    struct azblob_container *container;
    int n_started, n_running, n_done, most_running;
};

static void start_next(struct uploads *uploads);

static void one_done(struct azblob_task *task, void *arg)
{
    struct uploads *uploads = arg;

    must(azblob_task_status(task, err));
    azblob_task_free(task);
    uploads->n_running--;
    uploads->n_done++;
    start_next(uploads);
}

static void start_next(struct uploads *uploads)
{
    struct azblob_source source = azblob_from_bytes("hello", 5);
    struct azblob_task *task;
    struct azblob_blob *blob;
    char name[16];

    if (uploads->n_started == N)
        return;
    snprintf(name, sizeof(name), "blob-%02d", uploads->n_started++);
    blob = azblob_blob_open(uploads->container, name, NULL);
    must(azblob_blob_upload_blob_start(blob, NULL, &source, &task, err));
    azblob_task_on_done(task, one_done, uploads);
    azblob_blob_close(blob); /* the task knows what it is about */
    if (++uploads->n_running > uploads->most_running)
        uploads->most_running = uploads->n_running;
}

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-limit");
    struct uploads uploads = {.container = container};

    must(azblob_container_create_container(container, NULL, NULL, err));
    while (uploads.n_running < AT_ONCE)
        start_next(&uploads);
    while (uploads.n_running > 0) {
        struct pollfd ready = {.fd = azblob_fd(connection),
                               .events = azblob_events(connection)};

        if (poll(&ready, 1, -1) > 0)
            must(azblob_dispatch(connection, err));
    }
    printf("%d uploads, at most %d at once\n", uploads.n_done, uploads.most_running);
    must(azblob_container_delete_container(container, NULL, NULL, err));

    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
