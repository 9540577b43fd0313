/*
 * names.c: names come in any order, each as it is. Only a local folder that could not be read
 * is listed by a name of its own (--failed-to): what lies in it by now is walked.
 */
#include "client/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/walk.h"

struct names {
    struct azb_entries entries;
    struct azb_folder *folder;
    const struct azb_filter *filter;
    FILE *file;
    int end;
    char *name;
    size_t room;
    struct azb_entry entry;
    struct azb_entries *walk; /* of the folder that the last name is; or NULL */
};

/* The next name of the file: 1, 0 at its end, or -1. */
static int read_name(struct names *names, struct azb_error *err)
{
    ssize_t n;

    while ((n = getdelim(&names->name, &names->room, names->end, names->file)) > 0) {
        if (names->name[n - 1] == names->end)
            names->name[--n] = '\0';
        if (n == 0)
            continue;
        if (memchr(names->name, '\0', (size_t)n) != NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "a list of names: '%.150s' is followed by a NUL; names that "
                                 "end with one need -0",
                                 names->name);
        names->entry = (struct azb_entry){
            .name = names->name,
            .name_bytes = (size_t)n,
            .kind = names->folder != NULL && names->name[n - 1] == '/' ? AZB_ENTRY_FOLDER
                                                                       : AZB_ENTRY_FILE,
            .size = -1,
            .etag = ""};
        return 1;
    }
    return ferror(names->file)
               ? azb_error_set(err, AZB_ERR_LOCAL_IO, "reading names: %s", strerror(errno))
               : 0;
}

/* Begin to walk the folder that has been read as a name. False: the name itself is an entry. */
static bool enter(struct names *names)
{
    struct azb_entry *entry = &names->entry;

    if (entry->kind != AZB_ENTRY_FOLDER)
        return false;
    if (azb_folder_check_name(entry->name, entry->name_bytes, &entry->err) == 0)
        names->walk = azb_walk_new(names->folder, entry->name, names->filter, &entry->err);
    if (names->walk == NULL)
        entry->kind = AZB_ENTRY_UNREADABLE;
    return names->walk != NULL;
}

/* The next entry of the walk: 1, or 0 at its end. One that breaks off is an entry too. */
static int walk_on(struct names *names, const struct azb_entry **ret)
{
    int got = names->walk->next(names->walk, ret, &names->entry.err);

    if (got > 0)
        return 1;
    azb_walk_free(names->walk);
    names->walk = NULL;
    if (got == 0)
        return 0;
    names->entry.kind = AZB_ENTRY_UNREADABLE;
    *ret = &names->entry;
    return 1;
}

static bool is_wanted(const struct names *names)
{
    const struct azb_entry *entry = &names->entry;

    if (names->filter == NULL)
        return true;
    return entry->kind == AZB_ENTRY_FOLDER
               ? azb_filter_may_enter(names->filter, entry->name, entry->name_bytes)
               : azb_filter_wants(names->filter, entry->name, entry->name_bytes);
}

static int names_next(struct azb_entries *entries, const struct azb_entry **ret,
                      struct azb_error *err)
{
    struct names *names = (struct names *)entries;
    int got;

    for (;;) {
        if (names->walk != NULL && walk_on(names, ret) > 0)
            return 1;
        got = read_name(names, err);
        if (got <= 0)
            return got;
        if (!is_wanted(names) || enter(names))
            continue;
        *ret = &names->entry;
        return 1;
    }
}

struct azb_entries *azb_names_new(const char *path, int end, struct azb_folder *folder,
                                  const struct azb_filter *filter, struct azb_error *err)
{
    struct names *names = calloc(1, sizeof(*names));

    if (names == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a list of names");
        return NULL;
    }
    names->entries.next = names_next;
    names->end = end;
    names->folder = folder;
    names->filter = filter;
    names->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (names->file != NULL)
        return &names->entries;
    azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
    free(names);
    return NULL;
}

void azb_names_free(struct azb_entries *entries)
{
    struct names *names = (struct names *)entries;

    if (names == NULL)
        return;
    azb_walk_free(names->walk);
    if (names->file != stdin)
        fclose(names->file);
    free(names->name);
    free(names);
}
