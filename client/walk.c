/*
 * walk.c: one sorted list of names for each folder between the root and where the walk is. A
 * folder sorts as "name/", as the names below it do: "a-b" comes before "a/b", and "a0" after.
 */
#include "client/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"

/* The names of one folder. */
struct level {
    struct level *above;
    size_t path_bytes;   /* of the folder's own name, in the walk's path */
    struct azb_buf text; /* the names, each ending in NUL, folders in "/" and NUL */
    const char **names;  /* sorted */
    size_t n_names, name_i;
    dev_t dev; /* of the folder, if links are followed */
    ino_t ino;
};

struct walk {
    struct azb_entries entries;
    struct azb_folder *folder;
    const struct azb_filter *filter;
    struct level *level; /* NULL: at the end */
    struct azb_buf path;
    struct azb_entry entry;
    bool is_begun;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_folder(int dir_fd, const struct dirent *found, bool follows)
{
    struct stat status;

    if (found->d_type != DT_UNKNOWN && (found->d_type != DT_LNK || !follows))
        return found->d_type == DT_DIR;
    return fstatat(dir_fd, found->d_name, &status, follows ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

/* All names of a folder; -1 with errno. */
static int read_names(struct level *level, DIR *dir, bool follows)
{
    const struct dirent *found;

    while (errno = 0, (found = readdir(dir)) != NULL) {
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0 ||
            azb_is_part_name(found->d_name))
            continue;
        azb_buf_puts(&level->text, found->d_name);
        if (is_folder(dirfd(dir), found, follows))
            azb_buf_append(&level->text, "/", 1);
        azb_buf_append(&level->text, "", 1);
        level->n_names++;
    }
    if (level->text.failed)
        errno = ENOMEM;
    return errno != 0 ? -1 : 0;
}

static int sort_names(struct level *level)
{
    const char *name = (const char *)level->text.data;

    if (level->n_names == 0)
        return 0;
    level->names = malloc(level->n_names * sizeof(*level->names));
    if (level->names == NULL)
        return -1;
    for (size_t i = 0; i < level->n_names; i++, name += strlen(name) + 1)
        level->names[i] = name;
    qsort(level->names, level->n_names, sizeof(*level->names), compare_names);
    return 0;
}

static void level_free(struct level *level)
{
    azb_buf_clear(&level->text);
    free(level->names);
    free(level);
}

/* Whether a folder is one that the walk is in already: a link has led back to it. */
static bool leads_back(const struct walk *walk, int fd, struct level *level)
{
    struct stat status;

    if (!azb_folder_follows(walk->folder) || fstat(fd, &status) < 0)
        return false;
    level->dev = status.st_dev;
    level->ino = status.st_ino;
    for (const struct level *above = walk->level; above != NULL; above = above->above)
        if (above->ino == level->ino && above->dev == level->dev)
            return true;
    return false;
}

/* Go into the folder that the path names; or not, having said so in *kind. */
static int walk_enter(struct walk *walk, enum azb_entry_kind *kind, struct azb_error *err)
{
    const char *path = azb_buf_cstr(&walk->path);
    int fd = azb_folder_list(walk->folder, path, err);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct level *level = dir != NULL ? calloc(1, sizeof(*level)) : NULL;
    int rc = -1;

    *kind = AZB_ENTRY_UNREADABLE;
    if (fd < 0)
        return -1;
    if (level != NULL && leads_back(walk, fd, level)) {
        *kind = AZB_ENTRY_SPECIAL;
        azb_error_set(err, AZB_ERR_LOCAL_IO,
                      "skipped: a link back to a folder that it lies in");
    } else if (level != NULL && read_names(level, dir, azb_folder_follows(walk->folder)) == 0 &&
               sort_names(level) == 0) {
        level->path_bytes = walk->path.len;
        level->above = walk->level;
        walk->level = level;
        level = NULL;
        rc = 0;
    } else {
        azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", path[0] != '\0' ? path : ".",
                      strerror(errno));
    }
    if (level != NULL)
        level_free(level);
    if (dir != NULL)
        closedir(dir);
    return rc;
}

static void walk_leave(struct walk *walk)
{
    struct level *level = walk->level;

    walk->level = level->above;
    level_free(level);
}

/* The entry at the path, of which only the name is known. */
static void look_at(struct walk *walk, struct azb_entry *entry)
{
    struct stat status;

    if (azb_folder_stat(walk->folder, entry->name, &status, &entry->err) < 0) {
        entry->kind = AZB_ENTRY_UNREADABLE;
        return;
    }
    entry->kind = S_ISREG(status.st_mode) ? AZB_ENTRY_FILE : AZB_ENTRY_SPECIAL;
    entry->size = status.st_size;
    entry->mtime_ns = azb_mtime_ns(&status);
}

/* The next name of the innermost folder. True: the entry is one to give. */
static bool walk_step(struct walk *walk)
{
    struct level *level = walk->level;
    struct azb_entry *entry = &walk->entry;

    walk->path.len = level->path_bytes;
    if (level->name_i == level->n_names) {
        walk_leave(walk);
        return false;
    }
    azb_buf_puts(&walk->path, level->names[level->name_i++]);
    *entry = (struct azb_entry){.name = azb_buf_cstr(&walk->path), .size = -1, .etag = ""};
    entry->name_bytes = walk->path.len;
    if (entry->name[entry->name_bytes - 1] == '/') {
        if (!azb_filter_may_enter(walk->filter, entry->name, entry->name_bytes) ||
            walk_enter(walk, &entry->kind, &entry->err) == 0)
            return false;
        return true;
    }
    if (!azb_filter_wants(walk->filter, entry->name, entry->name_bytes))
        return false;
    look_at(walk, entry);
    return true;
}

static int walk_next(struct azb_entries *entries, const struct azb_entry **ret,
                     struct azb_error *err)
{
    struct walk *walk = (struct walk *)entries;
    enum azb_entry_kind kind;

    if (!walk->is_begun && walk_enter(walk, &kind, err) < 0)
        return -1;
    walk->is_begun = true;
    while (walk->level != NULL)
        if (walk_step(walk)) {
            if (walk->path.failed)
                return azb_error_set(err, AZB_ERR_NO_MEMORY, "a name");
            *ret = &walk->entry;
            return 1;
        }
    return 0;
}

struct azb_entries *azb_walk_new(struct azb_folder *folder, const char *below,
                                 const struct azb_filter *filter, struct azb_error *err)
{
    struct walk *walk = calloc(1, sizeof(*walk));

    if (walk == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a walk");
        return NULL;
    }
    walk->entries.next = walk_next;
    walk->folder = folder;
    walk->filter = filter;
    if (below != NULL)
        azb_buf_puts(&walk->path, below);
    if (walk->path.failed) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a walk");
        azb_walk_free(&walk->entries);
        return NULL;
    }
    return &walk->entries;
}

void azb_walk_free(struct azb_entries *entries)
{
    struct walk *walk = (struct walk *)entries;

    if (walk == NULL)
        return;
    while (walk->level != NULL)
        walk_leave(walk);
    azb_buf_clear(&walk->path);
    free(walk);
}
