/*
 * basic.c: the everyday operations: make a container, upload, look, download, list, delete.
 */
#include "example.h"

static void upload(struct azblob_blob *blob)
{
    struct azblob_source source = azblob_from_bytes("hello, world", 12);
    const char *metadata[] = {"author", "basic.c", NULL};
    struct azblob_value *result;

    must(azblob_blob_upload_blob(
        blob, AZBLOB_PARAMS(blob_upload_blob, .metadata = metadata, .overwrite = AZBLOB_TRUE),
        &source, &result, err));
    printf("uploaded, ETag is %s\n", text_of(result, "etag")[0] != '\0' ? "there" : "missing");
    azblob_value_free(result);
}

static void look(struct azblob_blob *blob)
{
    struct azblob_value *properties;

    must(azblob_blob_get_blob_properties(blob, NULL, &properties, err));
    printf("%s has %lld bytes\n", azblob_blob_name(blob), number_of(properties, "size"));
    azblob_value_free(properties);
}

static void download(struct azblob_blob *blob)
{
    struct azblob_reader *reader;
    void *bytes;
    size_t n;

    must(azblob_blob_download_blob(blob, NULL, &reader, err));
    must(azblob_reader_readall(reader, &bytes, &n, err));
    printf("and says: %s\n", (const char *)bytes);
    azblob_free(bytes);
    azblob_reader_close(reader);
}

static void list(struct azblob_container *container)
{
    struct azblob_iterator *blobs;
    const struct azblob_value *blob;

    must(azblob_container_list_blobs(container, NULL, &blobs, err));
    while (must(azblob_iterator_next(blobs, &blob, err)) == AZBLOB_MORE)
        printf("listed: %s\n", text_of(blob, "name"));
    azblob_iterator_close(blobs);
}

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-basic");
    struct azblob_blob *blob = azblob_blob_open(container, "greeting.txt", NULL);

    must(azblob_container_create_container(container, NULL, NULL, err));
    upload(blob);
    look(blob);
    download(blob);
    list(container);
    must(azblob_blob_delete_blob(blob, NULL, NULL, err));
    must(azblob_container_delete_container(container, NULL, NULL, err));
    printf("deleted\n");

    azblob_blob_close(blob);
    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
