/*
 * listing.h: the blobs below a prefix, as a source of entries.
 */
#ifndef AZB_CLIENT_LISTING_H
#define AZB_CLIENT_LISTING_H

#include "client/command.h"
#include "client/entry.h"
#include "client/filter.h"

struct azb_listing_options {
    const struct azb_target *target; /* account and container */
    const char *prefix;              /* what names begin with */
    size_t root_bytes;               /* so much of it is no part of the entries' names */
    bool one_level;                  /* nothing with a '/' after the prefix */
    struct azb_pattern *wildcards;   /* for whole names, or NULL */
    const struct azb_filter *filter; /* for entries' names */
};

/*
 * Blobs, in the service's order. The options' pointers are borrowed until azb_listing_free().
 * The connection is stepped whenever an entry is waited for. Returns NULL with *err on failure.
 */
struct azb_entries *azb_listing_new(struct azb_command *command,
                                    const struct azb_listing_options *options,
                                    struct azb_error *err);
void azb_listing_free(struct azb_entries *entries);

#endif
