/*
 * local_sas.h: util.generate_*_sas: nothing is sent; a key that the daemon or the caller has
 * signs.
 */
#ifndef AZB_DAEMON_LOCAL_SAS_H
#define AZB_DAEMON_LOCAL_SAS_H

#include "proto/descriptor.h"

extern const struct azb_row azb_sas_rows[];

#endif
