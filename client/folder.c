/*
 * folder.c: every name is walked piece by piece from the folder's own descriptor. Names come in
 * order, so the folder that the last one was in is mostly that of the next: its descriptor is
 * kept.
 */
#include "client/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/buf.h"

enum {
    OPEN_FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
};

struct azb_folder {
    int fd;
    struct azb_buf last; /* the folder below that was used last, "a/b/"; "" is fd itself */
    int last_fd;         /* -1: it is fd */
    int no_follow;       /* a flag for open(); 0: links are followed */
    bool is_synced;
};

static int local_error(const struct azb_folder *folder, const char *name, struct azb_error *err)
{
    int why = errno;

    if (why == EEXIST)
        return azb_error_set(err, AZB_ERR_EXISTS, "%.300s exists", name);
    if (why == ENOTDIR || (why == ELOOP && folder->no_follow != 0))
        return azb_error_set(err, AZB_ERR_LOCAL_IO,
                             "%.300s: a file or a link is where a folder has to be", name);
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", name, strerror(why));
}

/* mkdir -p */
static int make_all(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(path, 0777) < 0 && errno != EEXIST ? -1 : 0;
}

int azb_folder_open(const char *path, bool make, struct azb_folder **ret, struct azb_error *err)
{
    struct azb_folder *folder = calloc(1, sizeof(*folder));
    char *copy = strdup(path);
    int rc = -1;

    if (folder == NULL || copy == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a folder");
        goto out;
    }
    folder->last_fd = -1;
    folder->no_follow = O_NOFOLLOW;
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0 && errno == ENOENT && make && make_all(copy) == 0)
        folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0) {
        azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
        goto out;
    }
    *ret = folder;
    folder = NULL;
    rc = 0;
out:
    free(folder);
    free(copy);
    return rc;
}

void azb_folder_follow(struct azb_folder *folder)
{
    folder->no_follow = 0;
}

bool azb_folder_follows(const struct azb_folder *folder)
{
    return folder->no_follow == 0;
}

void azb_folder_sync(struct azb_folder *folder)
{
    folder->is_synced = true;
}

/* On the disk, if that is wanted. */
static int synced(const struct azb_folder *folder, int fd)
{
    return folder->is_synced ? fsync(fd) : 0;
}

void azb_folder_free(struct azb_folder *folder)
{
    if (folder == NULL)
        return;
    if (folder->last_fd >= 0)
        close(folder->last_fd);
    close(folder->fd);
    azb_buf_clear(&folder->last);
    free(folder);
}

static int refuse_name(const char *why, struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "no file can have this name: %s", why);
}

int azb_folder_check_name(const char *name, size_t n, struct azb_error *err)
{
    const char *end = name + n;

    if (memchr(name, '\0', n) != NULL)
        return refuse_name("there is a NUL in it", err);
    if (n > 0 && name[n - 1] == '/')
        end--;
    for (const char *piece = name;; piece++) {
        const char *slash = memchr(piece, '/', (size_t)(end - piece));
        size_t piece_bytes = (size_t)((slash != NULL ? slash : end) - piece);

        if (piece_bytes == 0)
            return refuse_name("a piece of it is empty", err);
        if ((piece_bytes == 1 && piece[0] == '.') ||
            (piece_bytes == 2 && piece[0] == '.' && piece[1] == '.'))
            return refuse_name("a piece of it is '.' or '..'", err);
        if (piece_bytes > NAME_MAX)
            return refuse_name("a piece of it is longer than 255 bytes", err);
        if (slash == NULL)
            return 0;
        piece = slash;
    }
}

/* Make `last` the folder below it that is `piece`. */
static int enter(struct azb_folder *folder, const char *piece, size_t n, bool make)
{
    int from = folder->last_fd >= 0 ? folder->last_fd : folder->fd;
    char name[NAME_MAX + 1];
    int fd;

    memcpy(name, piece, n);
    name[n] = '\0';
    fd = openat(from, name, OPEN_FOLDER | folder->no_follow);
    if (fd < 0 && errno == ENOENT && make &&
        (mkdirat(from, name, 0777) == 0 ? synced(folder, from) == 0 : errno == EEXIST))
        fd = openat(from, name, OPEN_FOLDER | folder->no_follow);
    if (fd < 0)
        return -1;
    if (folder->last_fd >= 0)
        close(folder->last_fd);
    folder->last_fd = fd;
    azb_buf_append(&folder->last, piece, n);
    azb_buf_append(&folder->last, "/", 1);
    if (!folder->last.failed)
        return 0;
    errno = ENOMEM;
    return -1;
}

/* Back to the folder itself. */
static void leave(struct azb_folder *folder)
{
    if (folder->last_fd >= 0)
        close(folder->last_fd);
    folder->last_fd = -1;
    folder->last.len = 0;
}

/* The descriptor of a folder below: the first n bytes of a name, "" or ending in '/'. -1 with
 * errno. */
static int folder_at(struct azb_folder *folder, const char *name, size_t n, bool make)
{
    size_t done = folder->last.len;

    if (done > n || (done > 0 && memcmp(folder->last.data, name, done) != 0)) {
        leave(folder);
        done = 0;
    }
    while (done < n) {
        size_t piece_bytes =
            (size_t)((const char *)memchr(name + done, '/', n - done) - name) - done;

        if (enter(folder, name + done, piece_bytes, make) < 0) {
            int why = errno;

            leave(folder);
            errno = why;
            return -1;
        }
        done += piece_bytes + 1;
    }
    return folder->last_fd >= 0 ? folder->last_fd : folder->fd;
}

/* The folder that a name lies in; *ret_base: the rest of the name. */
static int parent_of(struct azb_folder *folder, const char *name, bool make,
                     const char **ret_base)
{
    const char *slash = strrchr(name, '/');

    *ret_base = slash != NULL ? slash + 1 : name;
    return folder_at(folder, name, (size_t)(*ret_base - name), make);
}

int azb_folder_create(struct azb_folder *folder, const char *name, bool may_resume,
                      struct azb_new_file *file, struct azb_error *err)
{
    const char *base;
    int dir_fd = parent_of(folder, name, true, &base);

    if (dir_fd >= 0 && may_resume && azb_new_file_reopen(file, dir_fd, base))
        return 0;
    return dir_fd < 0 || azb_new_file_open(file, dir_fd, base) < 0
               ? local_error(folder, name, err)
               : 0;
}

void azb_folder_keep(struct azb_folder *folder, const char *name, struct azb_new_file *file)
{
    const char *base;
    int dir_fd = parent_of(folder, name, false, &base);

    if (dir_fd >= 0)
        azb_new_file_keep(file, dir_fd, base);
}

int azb_folder_commit(struct azb_folder *folder, const char *name, struct azb_new_file *file,
                      bool no_clobber, int64_t mtime_ns, struct azb_error *err)
{
    struct timespec times[2] = {
        {.tv_nsec = UTIME_NOW},
        {.tv_sec = mtime_ns / 1000000000, .tv_nsec = mtime_ns % 1000000000}};
    const char *base;
    int dir_fd = parent_of(folder, name, true, &base);

    if (dir_fd < 0 || (mtime_ns != 0 && futimens(file->fd, times) < 0) ||
        synced(folder, file->fd) < 0 ||
        azb_new_file_commit(file, dir_fd, base, no_clobber) < 0 || synced(folder, dir_fd) < 0)
        return local_error(folder, name, err);
    return 0;
}

void azb_folder_discard(struct azb_folder *folder, const char *name, struct azb_new_file *file)
{
    const char *base;

    azb_new_file_clear(file, parent_of(folder, name, false, &base));
}

/* The length of a name without the slash at its end. */
static size_t bare_bytes(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && name[n - 1] == '/' ? n - 1 : n;
}

/* A name's folder itself, by a descriptor that is the folder's. */
static int folder_itself(struct azb_folder *folder, const char *name, bool make)
{
    struct azb_buf path = {0};
    int fd;

    azb_buf_append(&path, name, bare_bytes(name));
    if (path.len > 0)
        azb_buf_append(&path, "/", 1);
    fd = folder_at(folder, azb_buf_cstr(&path), path.len, make);
    azb_buf_clear(&path);
    return fd;
}

int azb_folder_make(struct azb_folder *folder, const char *name, struct azb_error *err)
{
    return folder_itself(folder, name, true) < 0 ? local_error(folder, name, err) : 0;
}

bool azb_folder_has(struct azb_folder *folder, const char *name)
{
    return folder_itself(folder, name, false) >= 0;
}

int azb_folder_read(struct azb_folder *folder, const char *name, struct stat *ret_status,
                    struct azb_error *err)
{
    const char *base;
    int dir_fd = parent_of(folder, name, false, &base);
    int fd = dir_fd < 0
                 ? -1
                 : openat(dir_fd, base,
                          O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | folder->no_follow);

    if (fd < 0)
        return local_error(folder, name, err);
    if (fstat(fd, ret_status) == 0 && S_ISREG(ret_status->st_mode))
        return fd;
    close(fd);
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s is no regular file", name);
}

static bool is_unchanged(const struct stat *was, const struct stat *now)
{
    return now->st_size == was->st_size && azb_mtime_ns(now) == azb_mtime_ns(was) &&
           now->st_ctim.tv_sec == was->st_ctim.tv_sec &&
           now->st_ctim.tv_nsec == was->st_ctim.tv_nsec;
}

int azb_folder_read_all(int fd, const struct stat *status, void *into, struct azb_error *err)
{
    size_t done = 0, wanted = (size_t)status->st_size;
    struct stat now;
    ssize_t n = 1;

    while (done < wanted && n != 0) {
        n = read(fd, (char *)into + done, wanted - done);
        if (n < 0 && errno != EINTR)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "%s", strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    if (fstat(fd, &now) < 0)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "%s", strerror(errno));
    if (done == wanted && is_unchanged(status, &now))
        return 0;
    return azb_error_set(err, AZB_ERR_LOCAL_IO,
                         "the file changed while it was read (it has %lld bytes now and had "
                         "%lld)",
                         (long long)now.st_size, (long long)status->st_size);
}

int azb_folder_stat(struct azb_folder *folder, const char *name, struct stat *ret,
                    struct azb_error *err)
{
    const char *base;
    int dir_fd = parent_of(folder, name, false, &base);

    if (dir_fd < 0 ||
        fstatat(dir_fd, base, ret, folder->no_follow != 0 ? AT_SYMLINK_NOFOLLOW : 0) < 0)
        return local_error(folder, name, err);
    return 0;
}

int azb_folder_check_place(struct azb_folder *folder, const char *name, bool is_folder,
                           struct azb_error *err)
{
    struct stat status;
    const char *base;
    int fd =
        is_folder ? folder_itself(folder, name, false) : parent_of(folder, name, false, &base);

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd >= 0 && !is_folder && fstatat(fd, base, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        fd = -1;
    }
    return fd < 0 ? local_error(folder, name, err) : 0;
}

int azb_folder_remove(struct azb_folder *folder, const char *name, struct azb_error *err)
{
    const char *base;
    int dir_fd = parent_of(folder, name, false, &base);

    return dir_fd < 0 || unlinkat(dir_fd, base, 0) < 0 ? local_error(folder, name, err) : 0;
}

void azb_folder_remove_emptied(struct azb_folder *folder, const char *name)
{
    char *path = strdup(name), *slash;
    const char *base;
    int dir_fd;

    while (path != NULL && (slash = strrchr(path, '/')) != NULL) {
        *slash = '\0';
        dir_fd = parent_of(folder, path, false, &base);
        if (dir_fd < 0 || unlinkat(dir_fd, base, AT_REMOVEDIR) < 0)
            break;
    }
    free(path);
}

int azb_folder_list(struct azb_folder *folder, const char *name, struct azb_error *err)
{
    int dir_fd = folder_itself(folder, name, false);
    /* Opened anew: a copy of a descriptor would share its place in the list of names. */
    int fd = dir_fd < 0 ? -1 : openat(dir_fd, ".", OPEN_FOLDER);

    return fd < 0 ? local_error(folder, name[0] != '\0' ? name : ".", err) : fd;
}
