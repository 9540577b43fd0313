/*
 * example.h: what all of these programs do: connect, open an account, and give up with a reason
 * when a call fails that should not. The account is that of AZURE_STORAGE_CONNECTION_STRING, or
 * the daemon's default.
 */
#ifndef AZBLOB_EXAMPLE_H
#define AZBLOB_EXAMPLE_H

#include <azblob_methods.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct azblob_error *err;

/* A call that returned -1 ends the program. */
static inline int must(int rc)
{
    if (rc < 0) {
        fprintf(stderr, "%s %s: %s (%s)\n", azblob_error_operation(err),
                azblob_error_target(err), azblob_error_message(err), azblob_error_code(err));
        exit(1);
    }
    return rc;
}

static inline struct azblob_connection *connect_to_daemon(void)
{
    struct azblob_connection *connection;

    err = azblob_error_new();
    must(azblob_connect(NULL, &connection, err));
    return connection;
}

static inline struct azblob_service *open_service(struct azblob_connection *connection)
{
    struct azblob_service_options options = AZBLOB_SERVICE_OPTIONS_INIT;

    options.from_environment = getenv("AZURE_STORAGE_CONNECTION_STRING") != NULL;
    return azblob_service_open(connection, &options);
}

/* A text of an entry or a result. */
static inline const char *text_of(const struct azblob_value *map, const char *key)
{
    const char *text = azblob_value_str(azblob_value_get(map, key));

    return text != NULL ? text : "";
}

static inline long long number_of(const struct azblob_value *map, const char *key)
{
    return azblob_value_int(azblob_value_get(map, key), -1);
}

/* Upload a text. */
static inline void put_text(struct azblob_container *container, const char *name,
                            const char *text)
{
    struct azblob_blob *blob = azblob_blob_open(container, name, NULL);
    struct azblob_source source = azblob_from_bytes(text, strlen(text));

    must(azblob_blob_upload_blob(
        blob, AZBLOB_PARAMS(blob_upload_blob, .overwrite = AZBLOB_TRUE), &source, NULL, err));
    azblob_blob_close(blob);
}

#endif
