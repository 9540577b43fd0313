/*
 * listing.c: entries arrive when they like and are asked for when there is room: they wait in a
 * queue, and while that is long enough the listing gets no more credit. So it holds a window of
 * the protocol at most.
 *
 * The service lists all names, also those below folders that are excluded. Where there are many
 * of them, the listing is asked for anew from behind that folder on.
 */
#include "client/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

enum {
    MAX_QUEUED = 2000, /* entries, before credit is held back */
    SKIP_AFTER = 5000, /* names in a folder that is excluded: a page of them */
};

/* An entry and the strings that it borrows. */
struct listed {
    struct azb_entry entry;
    struct listed *next;
    char etag[80];
    char name[];
};

struct listing {
    struct azb_entries entries;
    struct azb_command *command;
    struct azb_listing_options options;
    struct azb_client_call call;
    struct listed *first, **end; /* the queue */
    unsigned n_queued;
    struct listed *current; /* what the asker has */
    struct azb_buf folder;  /* that is excluded, in full: the last names were below it, */
    unsigned n_dropped;     /* so many of them */
    struct azb_buf start;   /* where the listing began anew; empty: it did not */
    bool starts_in_vain;    /* the service lists what comes before it all the same */
    bool is_out_of_memory;
};

static struct listed *listed_new(const msgpack_object_map *map, const char *name, size_t n)
{
    struct listed *listed = calloc(1, sizeof(*listed) + n + 1);
    const char *etag;
    size_t etag_bytes;

    if (listed == NULL)
        return NULL;
    memcpy(listed->name, name, n);
    listed->entry = (struct azb_entry){
        .name = listed->name,
        .name_bytes = n,
        .kind = azb_entry_kind_of(name, n, map),
        .size = -1,
        .mtime_ns = azb_entry_time_ns(azb_map_find(map, "last_modified")),
        .etag = listed->etag,
    };
    azb_value_int(azb_map_find(map, "size"), &listed->entry.size);
    azb_entry_take_md5(&listed->entry, map);
    /* Listings leave the quotes out, conditions want them. */
    if (azb_value_bytes(azb_map_find(map, "etag"), &etag, &etag_bytes) && etag_bytes > 0)
        snprintf(listed->etag, sizeof(listed->etag), etag[0] == '"' ? "%.*s" : "\"%.*s\"",
                 (int)etag_bytes, etag);
    return listed;
}

static int compare(const char *name, size_t n, const struct azb_buf *other)
{
    int order = memcmp(name, other->data, n < other->len ? n : other->len);

    return order != 0 ? order : (n > other->len) - (n < other->len);
}

static bool is_in_folder(const struct listing *listing, const char *name, size_t n)
{
    const struct azb_buf *folder = &listing->folder;

    return folder->len > 0 && n > folder->len && memcmp(name, folder->data, folder->len) == 0;
}

/* A name that is not wanted: is it one of many below a folder that is excluded? */
static void note_dropped(struct listing *listing, const char *name, size_t n)
{
    size_t root = listing->options.root_bytes;

    if (is_in_folder(listing, name, n)) {
        listing->n_dropped++;
        return;
    }
    listing->folder.len = 0;
    listing->n_dropped = 0;
    for (size_t i = root; i < n; i++)
        if (name[i] == '/' &&
            !azb_filter_may_enter(listing->options.filter, name + root, i + 1 - root)) {
            azb_buf_append(&listing->folder, name, i + 1);
            return;
        }
}

static int on_listed(const msgpack_object *item, void *arg)
{
    struct listing *listing = arg;
    const struct azb_listing_options *options = &listing->options;
    const msgpack_object_map *map = azb_value_map(item);
    struct listed *listed;
    const char *name;
    size_t n;

    if (map == NULL || azb_map_find(map, "prefix") != NULL ||
        !azb_value_bytes(azb_map_find(map, "name"), &name, &n) || n <= options->root_bytes)
        return 0; /* a folder that is not entered, or the root itself */
    if (listing->start.len > 0 && compare(name, n, &listing->start) < 0) {
        listing->starts_in_vain = true;
        return 0;
    }
    if (options->wildcards != NULL && !azb_pattern_matches(options->wildcards, name, n))
        return 0;
    if (!azb_filter_wants(options->filter, name + options->root_bytes,
                          n - options->root_bytes)) {
        note_dropped(listing, name, n);
        return 0;
    }
    listing->folder.len = 0; /* what comes after it has been listed */
    listing->n_dropped = 0;
    listed = listed_new(map, name + options->root_bytes, n - options->root_bytes);
    if (listed == NULL) {
        listing->is_out_of_memory = true;
        return 1;
    }
    *listing->end = listed;
    listing->end = &listed->next;
    if (++listing->n_queued >= MAX_QUEUED)
        azb_call_hold(&listing->call);
    return 0;
}

static void pack_params(struct listing *listing)
{
    struct azb_client_call *call = &listing->call;
    const char *prefix = listing->options.prefix;
    msgpack_packer *pk;

    azb_call_bool(call, "stream", true);
    if (prefix[0] != '\0')
        azb_call_str(call, "name_starts_with", prefix);
    if (listing->start.len > 0)
        azb_call_str(call, "start_from", azb_buf_cstr(&listing->start));
    pk = azb_call_value(call, "include");
    msgpack_pack_array(pk, 1);
    azb_pack_str(pk, "metadata");
}

/* Ask for it, from listing->start on. */
static int begin(struct listing *listing, struct azb_error *err)
{
    const struct azb_listing_options *options = &listing->options;

    listing->call = (struct azb_client_call){.on_item = on_listed, .arg = listing};
    if (azb_command_begin(listing->command, &listing->call,
                          options->one_level ? "container.walk_blobs" : "container.list_blobs",
                          options->target, err) < 0)
        return -1;
    pack_params(listing);
    return azb_call_send(&listing->call, -1, err);
}

static bool must_skip(const struct listing *listing)
{
    return listing->n_dropped >= SKIP_AFTER && !listing->call.is_done &&
           !listing->options.one_level && !listing->starts_in_vain;
}

/* Go on behind the folder: '0' comes after '/'. */
static int skip(struct listing *listing, struct azb_error *err)
{
    azb_call_forget(&listing->call);
    listing->start.len = 0;
    azb_buf_append(&listing->start, listing->folder.data, listing->folder.len - 1);
    azb_buf_puts(&listing->start, "0");
    listing->n_dropped = 0;
    return begin(listing, err);
}

static int listing_next(struct azb_entries *entries, const struct azb_entry **ret,
                        struct azb_error *err)
{
    struct listing *listing = (struct listing *)entries;

    while (listing->first == NULL && !listing->call.is_done)
        if (azb_session_step(listing->command->session, err) < 0 ||
            (must_skip(listing) && skip(listing, err) < 0))
            return -1;
    if (listing->is_out_of_memory)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a listing");
    if (listing->first == NULL && listing->call.err.what != AZB_OK) {
        *err = listing->call.err;
        return -1;
    }
    free(listing->current);
    listing->current = listing->first;
    if (listing->current == NULL)
        return 0;
    listing->first = listing->current->next;
    if (listing->first == NULL)
        listing->end = &listing->first;
    if (--listing->n_queued == MAX_QUEUED / 2)
        azb_call_resume(&listing->call);
    *ret = &listing->current->entry;
    return 1;
}

struct azb_entries *azb_listing_new(struct azb_command *command,
                                    const struct azb_listing_options *options,
                                    struct azb_error *err)
{
    struct listing *listing = calloc(1, sizeof(*listing));

    if (listing == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a listing");
        return NULL;
    }
    listing->entries.next = listing_next;
    listing->command = command;
    listing->options = *options;
    listing->end = &listing->first;
    if (begin(listing, err) == 0)
        return &listing->entries;
    free(listing);
    return NULL;
}

void azb_listing_free(struct azb_entries *entries)
{
    struct listing *listing = (struct listing *)entries;

    if (listing == NULL)
        return;
    azb_call_forget(&listing->call);
    while (listing->first != NULL) {
        struct listed *listed = listing->first;

        listing->first = listed->next;
        free(listed);
    }
    free(listing->current);
    azb_buf_clear(&listing->folder);
    azb_buf_clear(&listing->start);
    free(listing);
}
