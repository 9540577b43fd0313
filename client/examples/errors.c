/*
 * errors.c: an upload that makes the container when it is missing, and tries again.
 */
#include "example.h"

static int upload(struct azblob_blob *blob)
{
    struct azblob_source source = azblob_from_bytes("hello", 5);

    return azblob_blob_upload_blob(blob, NULL, &source, NULL, err);
}

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-errors");
    struct azblob_blob *blob = azblob_blob_open(container, "b", NULL);

    if (upload(blob) < 0) {
        printf("%s: %s, HTTP %d\n", azblob_error_target(err), azblob_error_code(err),
               azblob_error_status(err));
        if (strcmp(azblob_error_code(err), "ContainerNotFound") != 0)
            must(-1);
        must(azblob_container_create_container(container, NULL, NULL, err));
        must(upload(blob));
        printf("uploaded at the second try\n");
    }
    /* Without `overwrite`, what is there stays as it is. */
    if (upload(blob) < 0)
        printf("%s: %s, a %s\n", azblob_error_target(err), azblob_error_code(err),
               azblob_error_kind(err));
    must(azblob_container_delete_container(container, NULL, NULL, err));

    azblob_blob_close(blob);
    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
