/*
 * library_stage.c: see library_stage.h.
 */
#include "tests/faults/library_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void stage_link(struct stage *stage)
{
    unlink(stage->socket);
    ck_assert_int_eq(symlink(daemon_socket(stage->daemon), stage->socket), 0);
}

struct azblob_connection *stage_connect(struct stage *stage)
{
    struct azblob_options options = AZBLOB_OPTIONS_INIT;
    struct azblob_connection *connection;

    options.socket_path = stage->socket;
    options.answer_wait_ms = STAGE_LIMIT_MS;
    STAGE_OK(stage, azblob_connect(&options, &connection, stage->err));
    return connection;
}

/* Everything up to the handles. */
static void stage_begin(struct stage *stage, const struct fake_step *steps,
                        const struct fake_options *options)
{
    struct azblob_service_options account = AZBLOB_SERVICE_OPTIONS_INIT;

    stage->err = azblob_error_new();
    stage->fake = fake_start(steps, options);
    stage->daemon = daemon_start_for(stage->fake, NULL);
    snprintf(stage->socket, sizeof(stage->socket), "%s/link", folder_path());
    stage_link(stage);
    stage->connection = stage_connect(stage);
    account.connection_string = fake_connection_string(stage->fake);
    stage->service = azblob_service_open(stage->connection, &account);
    stage->container = azblob_container_open(stage->service, "c");
}

void stage_start(struct stage *stage)
{
    struct fake_options options;

    *stage = (struct stage){.service_in_memory = blob_service_new()};
    options = blob_service_options(stage->service_in_memory);
    stage_begin(stage, NULL, &options);
    STAGE_OK(stage,
             azblob_container_create_container(stage->container, NULL, NULL, stage->err));
}

void stage_start_scripted(struct stage *stage, const struct fake_step *steps)
{
    *stage = (struct stage){0};
    stage_begin(stage, steps, NULL);
}

void stage_stop(struct stage *stage)
{
    azblob_container_close(stage->container);
    azblob_service_close(stage->service);
    azblob_close(stage->connection);
    azblob_error_free(stage->err);
    if (stage->daemon != NULL)
        daemon_stop(stage->daemon);
    if (stage->service_in_memory == NULL)
        ck_assert_msg(fake_done(stage->fake) == NULL, "%s", fake_done(stage->fake));
    fake_stop(stage->fake);
    if (stage->service_in_memory != NULL)
        blob_service_free(stage->service_in_memory);
    unlink(stage->socket);
}

struct azblob_blob *stage_blob(struct stage *stage, const char *name)
{
    return azblob_blob_open(stage->container, name, NULL);
}

void stage_put(struct stage *stage, const char *name, const char *text)
{
    struct azblob_source source = azblob_from_bytes(text, strlen(text));
    struct azblob_blob *blob = stage_blob(stage, name);

    STAGE_OK(stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage->err));
    azblob_blob_close(blob);
}

/* What a blob has, for azblob_free(). */
char *stage_get(struct stage *stage, const char *name, size_t *n)
{
    struct azblob_blob *blob = stage_blob(stage, name);
    struct azblob_reader *reader;
    void *bytes;

    STAGE_OK(stage, azblob_blob_download_blob(blob, NULL, &reader, stage->err));
    STAGE_OK(stage, azblob_reader_readall(reader, &bytes, n, stage->err));
    azblob_reader_close(reader);
    azblob_blob_close(blob);
    return bytes;
}

void stage_check(struct stage *stage, const char *name, const char *text)
{
    size_t n;
    char *bytes = stage_get(stage, name, &n);

    ck_assert_str_eq(bytes, text);
    ck_assert_uint_eq(n, strlen(text));
    azblob_free(bytes);
}

/* Bytes that differ from place to place. */
char *stage_big_bytes(void)
{
    char *bytes = malloc(STAGE_BIG_BYTES);

    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < STAGE_BIG_BYTES; i++)
        bytes[i] = (char)(i % 251);
    return bytes;
}

void stage_put_big(struct stage *stage, const char *name)
{
    struct azblob_blob *blob = stage_blob(stage, name);
    char *bytes = stage_big_bytes();
    struct azblob_source source = azblob_from_bytes(bytes, STAGE_BIG_BYTES);

    STAGE_OK(stage, azblob_blob_upload_blob(blob, NULL, &source, NULL, stage->err));
    azblob_blob_close(blob);
    free(bytes);
}

void stage_check_big(struct stage *stage, const char *name)
{
    char *wanted = stage_big_bytes(), *bytes;
    size_t n;

    bytes = stage_get(stage, name, &n);
    ck_assert_uint_eq(n, STAGE_BIG_BYTES);
    ck_assert_int_eq(memcmp(bytes, wanted, STAGE_BIG_BYTES), 0);
    azblob_free(bytes);
    free(wanted);
}

/* A task whose answer waits for fake_release(), and that the service has heard of. */
struct azblob_task *stage_start_held(struct stage *stage, struct azblob_blob *blob)
{
    struct azblob_source source = azblob_from_bytes("x", 1);
    size_t n = fake_n_requests(stage->fake);
    struct azblob_task *task;

    blob_service_hold(stage->service_in_memory, "PUT /c/held");
    STAGE_OK(stage, azblob_blob_upload_blob_start(blob, NULL, &source, &task, stage->err));
    ck_assert_int_eq(azblob_task_poll(task), 0);
    ck_assert(fake_wait_requests(stage->fake, n + 1));
    return task;
}

void stage_kill(struct stage *stage)
{
    daemon_kill(stage->daemon);
    stage->daemon = NULL;
}

void stage_restart(struct stage *stage)
{
    if (stage->daemon != NULL)
        daemon_stop(stage->daemon);
    stage->daemon = daemon_start_for(stage->fake, NULL);
    stage_link(stage);
}
