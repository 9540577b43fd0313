/*
 * new_file.c: files without a name, and how they come by one.
 */
#define _GNU_SOURCE 1 /* O_TMPFILE */
#include "client/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/* .NAME.RANDOM */
static int name_temporary(struct azb_new_file *file, const char *name)
{
    uint64_t random;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return -1;
    snprintf(file->temporary, sizeof(file->temporary), ".%.200s.%016llx", name,
             (unsigned long long)random);
    return 0;
}

int azb_new_file_open(struct azb_new_file *file, int dir_fd, const char *name)
{
    file->temporary[0] = '\0';
    file->fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (file->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return file->fd < 0 ? -1 : 0;
    if (name_temporary(file, name) < 0)
        return -1;
    file->fd = openat(dir_fd, file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd >= 0)
        return 0;
    file->temporary[0] = '\0';
    return -1;
}

/* Give the nameless file a name: the final one if it is free, else a passing one. */
static int give_name(struct azb_new_file *file, int dir_fd, const char *name, bool no_clobber)
{
    char self[64];

    snprintf(self, sizeof(self), "/proc/self/fd/%d", file->fd);
    if (linkat(AT_FDCWD, self, dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    if (errno != EEXIST || no_clobber || name_temporary(file, name) < 0)
        return -1;
    if (linkat(AT_FDCWD, self, dir_fd, file->temporary, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    file->temporary[0] = '\0';
    return -1;
}

int azb_new_file_commit(struct azb_new_file *file, int dir_fd, const char *name,
                        bool no_clobber)
{
    int rc;

    if (file->temporary[0] == '\0' && give_name(file, dir_fd, name, no_clobber) < 0)
        return -1;
    if (file->temporary[0] == '\0')
        return 0;
    /* On some network file systems only close() tells that the disk was full. */
    rc = close(file->fd);
    file->fd = -1;
    if (rc == 0)
        rc = no_clobber ? linkat(dir_fd, file->temporary, dir_fd, name, 0)
                        : renameat(dir_fd, file->temporary, dir_fd, name);
    if (rc == 0 && !no_clobber)
        file->temporary[0] = '\0';
    return rc;
}

void azb_new_file_clear(struct azb_new_file *file, int dir_fd)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    if (file->temporary[0] != '\0')
        unlinkat(dir_fd, file->temporary, 0);
    file->temporary[0] = '\0';
}
