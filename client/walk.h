/*
 * walk.h: the files below a local folder, in the byte order of their whole names.
 */
#ifndef AZB_CLIENT_WALK_H
#define AZB_CLIENT_WALK_H

#include "client/entry.h"
#include "client/filter.h"
#include "client/folder.h"

/*
 * A walk of a folder, or of what lies below one of its names, which ends in '/' (NULL: all).
 * Folder and filter are borrowed until azb_walk_free(). What the filter leaves out is not read.
 * Returns a source of entries, or NULL with NO_MEMORY.
 */
struct azb_entries *azb_walk_new(struct azb_folder *folder, const char *below,
                                 const struct azb_filter *filter, struct azb_error *err);
void azb_walk_free(struct azb_entries *entries);

#endif
