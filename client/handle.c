/*
 * handle.c: services, containers, blobs and leases: names, and the client of the daemon under
 * which they are spoken of. A service is opened there just before the first call that may use
 * it, and again after the daemon has restarted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/environment.h"
#include "client/library.h"

/* ---- services ---- */

void azb_service_ref(struct azb_service *service)
{
    service->refs++;
}

static void service_unlink(struct azb_service *service)
{
    struct azb_service **link = &service->connection->services;

    while (*link != NULL && *link != service)
        link = &(*link)->next;
    if (*link != NULL)
        *link = service->next;
}

/* The daemon may forget it, some time. */
static void service_untell(struct azb_service *service)
{
    struct azb_connection *inner = service->connection->inner;
    struct azb_client_call call = {0};

    azb_call_forget(&service->call);
    if (!service->is_told || azb_connection_fd(inner) < 0)
        return;
    azb_call_begin(inner, &call, "service.close");
    azb_call_str(&call, "client", service->client);
    azb_call_send_quietly(&call);
}

void azb_service_unref(struct azb_service *service)
{
    if (--service->refs > 0)
        return;
    service_unlink(service);
    service_untell(service);
    azb_connection_unref(service->connection);
    azblob_params_free(service->open);
    free(service->client);
    free(service);
}

static int service_tell(struct azb_service *service, struct azb_error *err)
{
    struct azb_client_call *call = &service->call;

    if (service->open == NULL || service->is_told)
        return 0;
    if (azb_params_check(service->open, err) < 0)
        return -1;
    azb_call_forget(call); /* it may be among those lost with the last connection */
    *call = (struct azb_client_call){.operation = "service.open", .target = service->client};
    azb_call_begin(service->connection->inner, call, "service.open");
    azb_call_append(call, &service->open->packed);
    call->n_params += service->open->n;
    if (azb_call_send(call, -1, err) < 0)
        return -1;
    service->is_told = true;
    return 0;
}

int azb_services_tell(struct azblob_connection *connection, struct azb_error *err)
{
    for (struct azb_service *service = connection->services; service != NULL;
         service = service->next)
        if (service_tell(service, err) < 0)
            return -1;
    return 0;
}

void azb_services_forget(struct azblob_connection *connection)
{
    for (struct azb_service *service = connection->services; service != NULL;
         service = service->next)
        service->is_told = false;
}

const struct azb_error *azb_services_error(const struct azblob_connection *connection)
{
    for (const struct azb_service *service = connection->services; service != NULL;
         service = service->next)
        if (service->call.is_done && service->call.err.what != AZB_OK)
            return &service->call.err;
    return NULL;
}

static void put_environment(struct azblob_params *open)
{
    azblob_params_begin_map(open, "environment");
    for (const char *const *name = azb_environment_names; *name != NULL; name++) {
        const char *value = getenv(*name);

        if (value != NULL && value[0] != '\0')
            azblob_params_str(open, *name, value);
    }
    azblob_params_end(open);
}

static void put_text(struct azblob_params *open, const char *name, const char *value)
{
    if (value != NULL)
        azblob_params_str(open, name, value);
}

/* The parameters of service.open. */
static struct azblob_params *opening(const struct azblob_service_options *options,
                                     const char *client)
{
    struct azblob_params *open = azblob_params_new();

    if (open == NULL)
        return NULL;
    azblob_params_str(open, "name", client);
    put_text(open, "connection_string", options->connection_string);
    put_text(open, "account_url", options->account_url);
    put_text(open, "credential", options->credential);
    put_text(open, "secondary_url", options->secondary_url);
    if (options->token != NULL) {
        azblob_params_begin_map(open, "credential");
        azblob_params_str(open, "token", options->token);
        azblob_params_end(open);
    }
    if (options->from_environment)
        put_environment(open);
    return open;
}

/* A service without the handle, or NULL. */
static struct azb_service *service_new(struct azblob_connection *connection,
                                       const struct azblob_service_options *options)
{
    struct azb_service *service = calloc(1, sizeof(*service));
    bool is_profile = options->connection_string == NULL && options->account_url == NULL &&
                      !options->from_environment;
    char client[32];

    if (service == NULL)
        return NULL;
    snprintf(client, sizeof(client), "libazblob-%u", ++connection->last_service);
    service->connection = azb_connection_ref(connection);
    service->refs = 1;
    if (is_profile) {
        service->client = strdup(options->profile != NULL ? options->profile : "default");
    } else {
        service->client = strdup(client);
        service->open = opening(options, client);
    }
    if (service->client == NULL || (!is_profile && service->open == NULL)) {
        azb_service_unref(service);
        return NULL;
    }
    service->next = connection->services;
    connection->services = service;
    return service;
}

/* ---- handles ---- */

struct azb_handle *azb_handle_ref(struct azb_handle *handle)
{
    handle->refs++;
    return handle;
}

void azb_handle_unref(struct azb_handle *handle)
{
    if (handle == NULL || --handle->refs > 0)
        return;
    azb_service_unref(handle->service);
    free(handle->container);
    free(handle->blob);
    free(handle->snapshot);
    free(handle->lease);
    free(handle);
}

/* Copy a text that may be NULL. */
static int copy_text(const char *text, char **ret)
{
    *ret = text != NULL ? strdup(text) : NULL;
    return text == NULL || *ret != NULL ? 0 : -1;
}

/* service: NULL gives NULL, as no memory does. */
static struct azb_handle *handle_new(struct azb_service *service, const char *container,
                                     const char *blob, const char *snapshot, const char *lease)
{
    struct azb_handle *handle = service != NULL ? calloc(1, sizeof(*handle)) : NULL;

    if (handle == NULL)
        return NULL;
    handle->refs = 1;
    handle->service = service;
    azb_service_ref(service);
    if (copy_text(container, &handle->container) < 0 || copy_text(blob, &handle->blob) < 0 ||
        copy_text(snapshot, &handle->snapshot) < 0 || copy_text(lease, &handle->lease) < 0) {
        azb_handle_unref(handle);
        return NULL;
    }
    return handle;
}

/* Of NULL: a handle without names and service. */
static const struct azb_handle *inner(const void *handle)
{
    static const struct azb_handle none;

    return handle != NULL ? handle : &none;
}

struct azblob_service *azblob_service_open(struct azblob_connection *connection,
                                           const struct azblob_service_options *options)
{
    struct azblob_service_options mine = AZBLOB_SERVICE_OPTIONS_INIT;
    struct azb_service *service;
    struct azb_handle *handle;

    if (options != NULL)
        memcpy(&mine, options,
               options->struct_bytes < sizeof(mine) ? options->struct_bytes : sizeof(mine));
    service = connection != NULL ? service_new(connection, &mine) : NULL;
    if (service == NULL)
        return NULL;
    handle = handle_new(service, NULL, NULL, NULL, NULL);
    azb_service_unref(service); /* it is the handle's now */
    return (struct azblob_service *)handle;
}

void azblob_service_close(struct azblob_service *service)
{
    azb_handle_unref((struct azb_handle *)service);
}

const char *azblob_service_client(const struct azblob_service *service)
{
    const struct azb_service *of = inner(service)->service;

    return of != NULL ? of->client : NULL;
}

struct azblob_container *azblob_container_open(const struct azblob_service *service,
                                               const char *container)
{
    return (struct azblob_container *)handle_new(inner(service)->service, container, NULL, NULL,
                                                 NULL);
}

void azblob_container_close(struct azblob_container *container)
{
    azb_handle_unref((struct azb_handle *)container);
}

const char *azblob_container_name(const struct azblob_container *container)
{
    return inner(container)->container;
}

struct azblob_blob *azblob_blob_open(const struct azblob_container *container, const char *blob,
                                     const char *snapshot)
{
    const struct azb_handle *in = inner(container);

    return (struct azblob_blob *)handle_new(in->service, in->container, blob, snapshot, NULL);
}

void azblob_blob_close(struct azblob_blob *blob)
{
    azb_handle_unref((struct azb_handle *)blob);
}

const char *azblob_blob_name(const struct azblob_blob *blob)
{
    return inner(blob)->blob;
}

struct azblob_lease *azblob_container_lease_open(const struct azblob_container *container,
                                                 const char *lease_id)
{
    const struct azb_handle *of = inner(container);

    return (struct azblob_lease *)handle_new(of->service, of->container, NULL, NULL, lease_id);
}

struct azblob_lease *azblob_blob_lease_open(const struct azblob_blob *blob,
                                            const char *lease_id)
{
    const struct azb_handle *of = inner(blob);

    return (struct azblob_lease *)handle_new(of->service, of->container, of->blob, NULL,
                                             lease_id);
}

void azblob_lease_close(struct azblob_lease *lease)
{
    azb_handle_unref((struct azb_handle *)lease);
}

const char *azblob_lease_id(const struct azblob_lease *lease)
{
    return inner(lease)->lease;
}
