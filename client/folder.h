/*
 * folder.h: a local folder and everything below it, by names as blobs have them.
 *
 * Names come from listings, which anybody may have written: none leads out of the folder, and
 * no symbolic link below it is followed, but in a folder that is only read and if that is
 * wanted.
 */
#ifndef AZB_CLIENT_FOLDER_H
#define AZB_CLIENT_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "client/new_file.h"
#include "proto/error.h"

struct azb_folder;

/*
 * Open a folder; with `make`, one that is missing is made, and those above it. path is copied.
 * Errors: LOCAL_IO, NO_MEMORY.
 */
int azb_folder_open(const char *path, bool make, struct azb_folder **ret,
                    struct azb_error *err);
void azb_folder_free(struct azb_folder *folder);

/* From here on links below it are followed, wherever they lead: nothing is to be written. */
void azb_folder_follow(struct azb_folder *folder);
bool azb_folder_follows(const struct azb_folder *folder);

/* From here on what is committed or made below it is on the disk when that returns. */
void azb_folder_sync(struct azb_folder *folder);

/*
 * Whether a name can be that of a file: pieces between slashes that are neither empty, "." nor
 * "..", not longer than a file system takes, and without a NUL. -1 with INVALID_ARG, saying
 * why not.
 */
int azb_folder_check_name(const char *name, size_t n, struct azb_error *err);

/* All names below have been checked. They may end in '/'. Errors: LOCAL_IO, saying which name.
 */

/* A new file in its folder, which is made if need be. Its fd is to be filled. With may_resume
 * it may be the part that an earlier one has left. */
int azb_folder_create(struct azb_folder *folder, const char *name, bool may_resume,
                      struct azb_new_file *file, struct azb_error *err);

/* Have it be a part from here on, if that can be. */
void azb_folder_keep(struct azb_folder *folder, const char *name, struct azb_new_file *file);

/* Put it in place, with a time of change (ns since 1970; 0: leave it). */
int azb_folder_commit(struct azb_folder *folder, const char *name, struct azb_new_file *file,
                      bool no_clobber, int64_t mtime_ns, struct azb_error *err);
void azb_folder_discard(struct azb_folder *folder, const char *name, struct azb_new_file *file);

/* Nothing is in the way of a file, or a folder, of that name, or of the folders it lies in:
 * what could be known before writing. */
int azb_folder_check_place(struct azb_folder *folder, const char *name, bool is_folder,
                           struct azb_error *err);

/* A folder of that name; whether there is one. */
int azb_folder_make(struct azb_folder *folder, const char *name, struct azb_error *err);
bool azb_folder_has(struct azb_folder *folder, const char *name);

/* A regular file, to read: its descriptor is the caller's. */
int azb_folder_read(struct azb_folder *folder, const char *name, struct stat *ret_status,
                    struct azb_error *err);

/* All its bytes, if it is still as it was then: else LOCAL_IO, and *into holds anything. into:
 * room for the size that the status tells. */
int azb_folder_read_all(int fd, const struct stat *status, void *into, struct azb_error *err);

/* Of a file; of a link itself, if links are not followed. */
int azb_folder_stat(struct azb_folder *folder, const char *name, struct stat *ret,
                    struct azb_error *err);
int azb_folder_remove(struct azb_folder *folder, const char *name, struct azb_error *err);

/* The folders that a name lay in, as far as nothing else is in them; never the root. */
void azb_folder_remove_emptied(struct azb_folder *folder, const char *name);

/* A folder's descriptor, for reading its names ("": the folder itself); the caller's. */
int azb_folder_list(struct azb_folder *folder, const char *name, struct azb_error *err);

static inline int64_t azb_mtime_ns(const struct stat *status)
{
    return status->st_mtim.tv_sec * INT64_C(1000000000) + status->st_mtim.tv_nsec;
}

#endif
