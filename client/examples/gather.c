/*
 * gather.c: ten uploads at the same time, waited for together.
 */
#include "example.h"

enum { N = 10 };

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-gather");
    struct azblob_blob *blobs[N];
    struct azblob_task *tasks[N];
    char names[N][16];

    must(azblob_container_create_container(container, NULL, NULL, err));
    for (int i = 0; i < N; i++) {
        struct azblob_source source;

        snprintf(names[i], sizeof(names[i]), "blob-%d", i);
        source = azblob_from_bytes(names[i], strlen(names[i]));
        blobs[i] = azblob_blob_open(container, names[i], NULL);
        must(azblob_blob_upload_blob_start(blobs[i], NULL, &source, &tasks[i], err));
    }
    must(azblob_gather(tasks, N, err));
    for (int i = 0; i < N; i++) {
        printf("%s: %s\n", names[i],
               text_of(azblob_task_result(tasks[i]), "etag")[0] != '\0' ? "done" : "no ETag");
        azblob_task_free(tasks[i]);
        azblob_blob_close(blobs[i]);
    }
    must(azblob_container_delete_container(container, NULL, NULL, err));

    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
