/*
 * local_url.h: what the SDK's from_..._url and connection string functions read out of a text.
 * Nothing is sent, no client is made: service.open does that.
 */
#ifndef AZB_DAEMON_LOCAL_URL_H
#define AZB_DAEMON_LOCAL_URL_H

#include "proto/descriptor.h"

extern const struct azb_row azb_url_rows[];

#endif
