/*
 * socket_path.c: where the daemon listens and where a client looks for it.
 */
#include "proto/socket_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

static const char *env(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

int azb_socket_path(const char *explicit_path, char *ret, size_t ret_size,
                    struct azb_error *err)
{
    const char *path = explicit_path != NULL ? explicit_path : env("AZBLOBD_SOCKET");
    const char *runtime = env("XDG_RUNTIME_DIR");
    struct sockaddr_un address;
    size_t limit = ret_size < sizeof(address.sun_path) ? ret_size : sizeof(address.sun_path);
    int n;

    if (path != NULL)
        n = snprintf(ret, ret_size, "%s", path);
    else if (runtime != NULL)
        n = snprintf(ret, ret_size, "%s/azblobd/azblobd.sock", runtime);
    else
        n = snprintf(ret, ret_size, "/run/azblobd/azblobd.sock");
    if (n < 0 || (size_t)n >= limit)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "socket path '%.60s...' is longer than the %zu bytes that a Unix "
                             "socket can have",
                             path != NULL ? path : runtime, sizeof(address.sun_path) - 1);
    return 0;
}
