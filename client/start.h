/*
 * start.h: a connected socket to the daemon, started first where none answers.
 */
#ifndef AZB_CLIENT_START_H
#define AZB_CLIENT_START_H

#include "client/azblob.h"
#include "proto/error.h"

/*
 * A connected descriptor for the caller to close, or -1 with NO_DAEMON (and what was tried),
 * DENIED or INVALID_ARG.
 *
 * A daemon is only started at a place that is this user's own: $AZBLOBD_SOCKET or
 * $XDG_RUNTIME_DIR. options->no_start, an explicit socket path and $AZBLOBD_NO_START=1
 * forbid it.
 */
int azb_daemon_connect(const struct azblob_options *options, struct azb_error *err);

#endif
