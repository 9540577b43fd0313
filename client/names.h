/*
 * names.h: names from a file, as a source of entries.
 */
#ifndef AZB_CLIENT_NAMES_H
#define AZB_CLIENT_NAMES_H

#include "client/entry.h"
#include "client/filter.h"
#include "client/folder.h"

/*
 * The names in a file (- is stdin), each ending in `end` and none with a NUL in it, as far as
 * the filter (NULL: none) wants them; nothing else is known of them. folder: in which the names
 * are; one that ends in '/' stands for all that lies below. NULL: they are blobs'. Folder and
 * filter are borrowed until azb_names_free(). Returns NULL with LOCAL_IO or NO_MEMORY.
 */
struct azb_entries *azb_names_new(const char *path, int end, struct azb_folder *folder,
                                  const struct azb_filter *filter, struct azb_error *err);
void azb_names_free(struct azb_entries *entries);

#endif
