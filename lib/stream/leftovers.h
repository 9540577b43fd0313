/*
 * leftovers.h: removing the blocks of an upload that failed for good, when there is no blob of
 * that name: the service would keep and bill them for a week.
 *
 * Only a write or a week takes uncommitted blocks away. So an empty blob is written, if there
 * is still none, and deleted, if it is still that one; and nothing is done at all while blocks
 * of another upload wait there, which would go with ours, or when a SAS does not allow to
 * delete.
 */
#ifndef AZB_LIB_STREAM_LEFTOVERS_H
#define AZB_LIB_STREAM_LEFTOVERS_H

#include "lib/stream/upload_id.h"

/* Best effort, behind the call's back, for less than a minute; nobody hears how it went. */
void azb_leftovers_remove(struct azb_call *call, const struct azb_upload_id *id);

#endif
