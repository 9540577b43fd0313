/*
 * batch.c: another tier for many blobs, and their deletion, in one request each (or in as many
 * as it takes). Results come as they arrive; one that failed does not stop the others.
 */
#include "example.h"

enum { N = 5 };

/* Print what became of each. */
static void show(struct azblob_iterator *results)
{
    const struct azblob_value *result;

    while (must(azblob_iterator_next(results, &result, err)) == AZBLOB_MORE) {
        const struct azblob_value *error = azblob_value_get(result, "error");

        printf("%s: %s\n", text_of(result, "name"),
               error != NULL ? text_of(error, "code") : "done");
    }
    azblob_iterator_close(results);
}

int main(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-batch");
    struct azblob_params *names = azblob_params_new_list();
    struct azblob_iterator *results;

    must(azblob_container_create_container(container, NULL, NULL, err));
    for (int i = 0; i < N; i++) {
        char name[16];

        snprintf(name, sizeof(name), "blob-%d", i);
        put_text(container, name, name);
        azblob_params_str(names, NULL, name);
    }

    printf("tier:\n");
    must(azblob_container_set_standard_blob_tier_blobs(
        container,
        AZBLOB_PARAMS(container_set_standard_blob_tier_blobs, .standard_blob_tier = "Cool",
                      .blobs = names),
        &results, err));
    show(results);

    printf("delete:\n");
    azblob_params_str(names, NULL, "missing");
    must(azblob_container_delete_blobs(container,
                                       AZBLOB_PARAMS(container_delete_blobs, .blobs = names,
                                                     .raise_on_any_failure = AZBLOB_FALSE),
                                       &results, err));
    show(results);

    must(azblob_container_delete_container(container, NULL, NULL, err));
    azblob_params_free(names);
    azblob_container_close(container);
    azblob_service_close(service);
    azblob_close(connection);
    azblob_error_free(err);
    return 0;
}
