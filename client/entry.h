/*
 * entry.h: one thing of a tree, local or in a container, and where such things come from.
 *
 * Trees are streams of entries in the byte order of their whole names, so that two of them can
 * be compared side by side, however big they are.
 */
#ifndef AZB_CLIENT_ENTRY_H
#define AZB_CLIENT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <msgpack.h>
#include "client/md5.h"
#include "proto/error.h"

enum azb_entry_kind {
    AZB_ENTRY_FILE,
    AZB_ENTRY_FOLDER,     /* a blob that only stands for a folder; local ones are no entries */
    AZB_ENTRY_SPECIAL,    /* a link, a device, a socket: never copied, never deleted */
    AZB_ENTRY_UNREADABLE, /* and with it, perhaps, everything below */
};

/* Borrowed from its source until that is asked for the next one. */
struct azb_entry {
    const char *name; /* below the tree's root; may hold a NUL, and always ends with one */
    size_t name_bytes;
    enum azb_entry_kind kind;
    int64_t size; /* bytes; -1: not known */
    int64_t mtime_ns;
    const char *etag; /* in quotes; "" for files */
    bool has_md5;     /* some blobs have */
    unsigned char md5[AZB_MD5_BYTES];
    struct azb_error err; /* UNREADABLE: why; SPECIAL: perhaps */
};

/* A source of entries: the first member of whatever gives them. */
struct azb_entries {
    /* Returns 1 with *ret set, 0 at the end, or -1 when the rest cannot be told. */
    int (*next)(struct azb_entries *entries, const struct azb_entry **ret,
                struct azb_error *err);
};

/*
 * What a blob with these properties (of a listing, or of a call) is. FOLDER: its name ends in
 * '/', or its metadata says so; but what has bytes in it is a FILE, whatever it is called.
 */
enum azb_entry_kind azb_entry_kind_of(const char *name, size_t n,
                                      const msgpack_object_map *properties);

/* Keep the MD5 that a blob's properties (of a listing, or of a call) may have. */
void azb_entry_take_md5(struct azb_entry *entry, const msgpack_object_map *properties);

/* A time of a result ("2026-11-22T06:44:00Z") in ns since 1970; 0 when it is none. */
int64_t azb_entry_time_ns(const msgpack_object *value);

#endif
