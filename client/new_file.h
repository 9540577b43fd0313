/*
 * new_file.h: a file that appears under its name when it is complete, or not at all.
 *
 * It is filled while it has no name (O_TMPFILE) and then linked into place. Where the file
 * system has no such files, one with a passing name does.
 */
#ifndef AZB_CLIENT_NEW_FILE_H
#define AZB_CLIENT_NEW_FILE_H

#include <limits.h>
#include <stdbool.h>

struct azb_new_file {
    int fd;                       /* -1: none */
    char temporary[NAME_MAX + 1]; /* the passing name; "" while there is none */
};

/*
 * Open a new file, to read and write, for a place in a folder. Returns 0, or -1 with errno.
 * The folder's descriptor and the name are the caller's in all of these.
 */
int azb_new_file_open(struct azb_new_file *file, int dir_fd, const char *name);

/*
 * Put the file under its name, instead of what has it (a link is replaced, not followed) or,
 * with no_clobber, only if that is free (EEXIST). Returns 0, or -1 with errno.
 */
int azb_new_file_commit(struct azb_new_file *file, int dir_fd, const char *name,
                        bool no_clobber);

/* Close it; nothing stays but what was committed. */
void azb_new_file_clear(struct azb_new_file *file, int dir_fd);

#endif
