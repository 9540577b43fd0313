/*
 * scopes.c: two ways to close what was opened: at the end of its scope, or by hand. The order
 * does not matter: a handle keeps what it needs.
 */
#include "example.h"

/* As `async with` does. */
static void scoped(void)
{
    AZBLOB_SCOPED(azblob_connection) *connection = connect_to_daemon();
    AZBLOB_SCOPED(azblob_service) *service = open_service(connection);
    AZBLOB_SCOPED(azblob_container) *container =
        azblob_container_open(service, "example-scopes");
    AZBLOB_SCOPED(azblob_value) *result = NULL;

    must(azblob_container_exists(container, NULL, &result, err));
    printf("scoped: exists is %s\n", azblob_value_bool(result, 0) ? "true" : "false");
    azblob_error_free(err);
}

static void manual(void)
{
    struct azblob_connection *connection = connect_to_daemon();
    struct azblob_service *service = open_service(connection);
    struct azblob_container *container = azblob_container_open(service, "example-scopes");
    struct azblob_value *result;

    azblob_service_close(service);
    must(azblob_container_exists(container, NULL, &result, err));
    printf("manual: exists is %s\n", azblob_value_bool(result, 0) ? "true" : "false");
    azblob_value_free(result);
    azblob_container_close(container);
    azblob_close(connection);
    azblob_error_free(err);
}

int main(void)
{
    scoped();
    manual();
    return 0;
}
