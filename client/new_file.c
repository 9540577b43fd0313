/*
 * new_file.c: files without a name, and how they come by one.
 */
#define _GNU_SOURCE 1 /* O_TMPFILE */
#include "client/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PART_SUFFIX ".azblob-part"

enum {
    LOCK_TRIES = 100,
    LOCK_WAIT_NS = 10 * 1000 * 1000, /* between two of them */
};

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
    file->stays = false;
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

/* Give a nameless file a name. -1 with errno. */
static int link_nameless(int fd, int dir_fd, const char *name)
{
    char self[64];

    int rc = linkat(fd, "", dir_fd, name, AT_EMPTY_PATH);

    if (rc == 0 || errno != ENOENT)
        return rc;
    /* Not for us, before Linux 6.10: /proc is a longer way to the same. */
    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, self, dir_fd, name, AT_SYMLINK_FOLLOW);
}

/* ---- parts ---- */

bool azb_is_part_name(const char *name)
{
    size_t n = strlen(name), suffix_bytes = strlen(PART_SUFFIX);

    return name[0] == '.' && n > 1 + suffix_bytes &&
           strcmp(name + n - suffix_bytes, PART_SUFFIX) == 0;
}

static bool name_part(char part[NAME_MAX + 1], const char *name)
{
    return snprintf(part, NAME_MAX + 1, ".%s" PART_SUFFIX, name) <= NAME_MAX;
}

/* A command that was killed has left the daemon with the lock, for as long as it takes to see
 * that nobody is there any more. */
static bool lock(int fd)
{
    static const struct timespec wait = {0, LOCK_WAIT_NS};

    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        nanosleep(&wait, NULL);
    }
    return false;
}

/* Ours alone, and still what the name stands for now that we have the lock. */
static bool is_our_part(int fd, int dir_fd, const char *part)
{
    struct stat status, named;

    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
           status.st_nlink == 1 && fstatat(dir_fd, part, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           named.st_dev == status.st_dev && named.st_ino == status.st_ino;
}

bool azb_new_file_reopen(struct azb_new_file *file, int dir_fd, const char *name)
{
    char part[NAME_MAX + 1];
    int fd;

    if (!name_part(part, name))
        return false;
    fd = openat(dir_fd, part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (!lock(fd) || !is_our_part(fd, dir_fd, part)) {
        close(fd);
        return false;
    }
    file->fd = fd;
    strcpy(file->temporary, part);
    file->stays = true;
    return true;
}

void azb_new_file_keep(struct azb_new_file *file, int dir_fd, const char *name)
{
    char part[NAME_MAX + 1];
    bool is_nameless = file->temporary[0] == '\0';
    int rc;

    if (file->stays || !name_part(part, name) || flock(file->fd, LOCK_EX | LOCK_NB) < 0)
        return;
    rc = is_nameless ? link_nameless(file->fd, dir_fd, part)
                     : linkat(dir_fd, file->temporary, dir_fd, part, 0);
    if (rc < 0)
        return;
    if (!is_nameless)
        unlinkat(dir_fd, file->temporary, 0);
    strcpy(file->temporary, part);
    file->stays = true;
}

void azb_new_file_failed(struct azb_new_file *file, const struct azb_error *err)
{
    if (!err->retryable && err->what != AZB_ERR_NO_DAEMON && err->what != AZB_ERR_DEADLINE)
        file->stays = false;
}

/* ---- into place ---- */

/* Give the nameless file a name: the final one if it is free, else a passing one. */
static int give_name(struct azb_new_file *file, int dir_fd, const char *name, bool no_clobber)
{
    if (link_nameless(file->fd, dir_fd, name) == 0)
        return 0;
    if (errno != EEXIST || no_clobber || name_temporary(file, name) < 0)
        return -1;
    if (link_nameless(file->fd, dir_fd, file->temporary) == 0)
        return 0;
    file->temporary[0] = '\0';
    return -1;
}

int azb_new_file_commit(struct azb_new_file *file, int dir_fd, const char *name,
                        bool no_clobber)
{
    int copy, rc;

    file->stays = false;
    if (file->temporary[0] == '\0' && give_name(file, dir_fd, name, no_clobber) < 0)
        return -1;
    if (file->temporary[0] == '\0')
        return 0;
    /* On some network file systems only close() tells that the disk was full. The file itself
     * stays open: with it goes the lock, and it still has the part's name. */
    copy = dup(file->fd);
    rc = copy < 0 ? -1 : close(copy);
    if (rc == 0)
        rc = no_clobber ? linkat(dir_fd, file->temporary, dir_fd, name, 0)
                        : renameat(dir_fd, file->temporary, dir_fd, name);
    if (rc == 0 && !no_clobber)
        file->temporary[0] = '\0';
    return rc;
}

void azb_new_file_clear(struct azb_new_file *file, int dir_fd)
{
    if (file->temporary[0] != '\0' && !file->stays)
        unlinkat(dir_fd, file->temporary, 0); /* while we still have its lock */
    file->temporary[0] = '\0';
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
