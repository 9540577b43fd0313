/*
 * iterate.c: all containers, all blobs in them, and the bytes of the small ones. Listings and
 * downloads share the connection: none of them waits for the others to end.
 */
#include "example.h"

enum { SMALL_BYTES = 1024 };

static void show_bytes(struct azblob_container *container, const char *name)
{
    struct azblob_blob *blob = azblob_blob_open(container, name, NULL);
    struct azblob_reader *reader;
    void *bytes;
    size_t n;

    must(azblob_blob_download_blob(blob, NULL, &reader, err));
    must(azblob_reader_readall(reader, &bytes, &n, err));
    printf("    %s\n", (const char *)bytes);
    azblob_free(bytes);
    azblob_reader_close(reader);
    azblob_blob_close(blob);
}

static void show_blobs(struct azblob_service *service, const char *name)
{
    struct azblob_container *container = azblob_container_open(service, name);
    struct azblob_iterator *blobs;
    const struct azblob_value *blob;

    printf("%s\n", name);
    must(azblob_container_list_blobs(container, NULL, &blobs, err));
    while (must(azblob_iterator_next(blobs, &blob, err)) == AZBLOB_MORE) {
        printf("  %s, %lld bytes\n", text_of(blob, "name"), number_of(blob, "size"));
        if (number_of(blob, "size") <= SMALL_BYTES)
            show_bytes(container, text_of(blob, "name"));
    }
    azblob_iterator_close(blobs);
    azblob_container_close(container);
}

/* Something to find. */
static struct azblob_container *make(struct azblob_service *service, const char *name)
{
    static char large[SMALL_BYTES + 2];
    struct azblob_container *container = azblob_container_open(service, name);

    must(azblob_container_create_container(container, NULL, NULL, err));
    memset(large, 'x', sizeof(large) - 1);
    put_text(container, "large", large);
    put_text(container, "small", name);
    return container;
}

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *one = make(service, "example-iterate-1");
    struct azblob_container *two = make(service, "example-iterate-2");
    struct azblob_iterator *containers;
    const struct azblob_value *container;

    must(azblob_service_list_containers(
        service, AZBLOB_PARAMS(service_list_containers, .name_starts_with = "example-iterate-"),
        &containers, err));
    while (must(azblob_iterator_next(containers, &container, err)) == AZBLOB_MORE)
        show_blobs(service, text_of(container, "name"));
    azblob_iterator_close(containers);

    must(azblob_container_delete_container(one, NULL, NULL, err));
    must(azblob_container_delete_container(two, NULL, NULL, err));
    azblob_container_close(one);
    azblob_container_close(two);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
