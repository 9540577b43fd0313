/*
 * socket_path.h: where the daemon listens and where a client looks for it: one rule for both.
 */
#ifndef AZB_PROTO_SOCKET_PATH_H
#define AZB_PROTO_SOCKET_PATH_H

#include <stddef.h>
#include "proto/error.h"

/*
 * $AZBLOBD_SOCKET, else $XDG_RUNTIME_DIR/azblobd/azblobd.sock, else
 * /run/azblobd/azblobd.sock; `explicit_path` (may be NULL) wins over all.
 * Returns 0, or -1 with INVALID_ARG when the path does not fit sockaddr_un (107 bytes).
 */
int azb_socket_path(const char *explicit_path, char *ret, size_t ret_size,
                    struct azb_error *err);

#endif
