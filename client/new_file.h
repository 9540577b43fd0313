/*
 * new_file.h: a file that appears under its name when it is complete, or not at all.
 *
 * It is filled while it has no name (O_TMPFILE) and then linked into place. Where the file
 * system has no such files, one with a passing name does.
 *
 * A large one is better not lost when whoever fills it is killed: it can be given a name beside
 * its place, .NAME.azblob-part, by which the next one who fills it finds it. A lock on it says
 * that it is being filled; the daemon, which has the same open file, holds it too.
 */
#ifndef AZB_CLIENT_NEW_FILE_H
#define AZB_CLIENT_NEW_FILE_H

#include <limits.h>
#include <stdbool.h>
#include "proto/error.h"

enum {
    AZB_PART_MIN_BYTES = 64 * 1024 * 1024, /* what is smaller begins afresh as fast */
};

struct azb_new_file {
    int fd;                       /* -1: none */
    char temporary[NAME_MAX + 1]; /* the passing name; "" while there is none */
    bool stays;                   /* under that name, unless it is committed */
};

/*
 * Open a new file, to read and write, for a place in a folder. Returns 0, or -1 with errno.
 * The folder's descriptor and the name are the caller's in all of these.
 */
int azb_new_file_open(struct azb_new_file *file, int dir_fd, const char *name);

/* Open the part that an earlier one has left, if there is one and nobody fills it. Is there? */
bool azb_new_file_reopen(struct azb_new_file *file, int dir_fd, const char *name);

/* Have an open one be a part from here on, unless there is another one. */
void azb_new_file_keep(struct azb_new_file *file, int dir_fd, const char *name);

/* It could not be filled: if that may pass, a part stays to be gone on with. */
void azb_new_file_failed(struct azb_new_file *file, const struct azb_error *err);

/* Whether a file's name is that of a part. */
bool azb_is_part_name(const char *name);

/*
 * Put the file under its name, instead of what has it (a link is replaced, not followed) or,
 * with no_clobber, only if that is free (EEXIST). Returns 0, or -1 with errno.
 */
int azb_new_file_commit(struct azb_new_file *file, int dir_fd, const char *name,
                        bool no_clobber);

/* Close it; nothing stays but what was committed, and a part. */
void azb_new_file_clear(struct azb_new_file *file, int dir_fd);

#endif
