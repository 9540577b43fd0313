/*
 * start.c: connects, and starts a per-user daemon where nobody listens.
 *
 * Any number of clients may find no daemon at once. A lock beside the socket lets one of
 * them start it; the others wait for the lock and then find it running. The new daemon
 * inherits the writing end of a pipe ($AZBLOBD_READY_FD) and writes `1` to it when it
 * listens, or else what went wrong, so nobody has to guess how long that takes.
 */
#define _GNU_SOURCE 1 /* close_range(), execvpe(), memrchr() */
#include "client/start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/environment.h"
#include "proto/socket_path.h"

enum {
    START_WAIT_MS = 15 * 1000,
    CHILD_READY_FD = 3, /* the pipe in the daemon; above it nothing is inherited */
};

extern char **environ;

/* What starting needs, gathered before fork(): after it hardly anything is safe to call. */
struct launch {
    char socket_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    char program[PATH_MAX];
    char **environment; /* borrowed strings, own array */
    bool is_verbose;
};

/* A socket that is not mistaken for a standard stream that was closed. -1 with errno. */
static int open_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int higher;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

/* A descriptor, or -1 with errno. */
static int try_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = open_socket();
    int why;

    if (fd < 0)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    why = errno;
    close(fd);
    errno = why;
    return -1;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

static int unreachable(const char *path, int why, const char *advice, struct azb_error *err)
{
    if (why == EACCES || why == EPERM)
        return azb_error_set(err, AZB_ERR_DENIED,
                             "%s: %s. The daemon there belongs to someone else", path,
                             strerror(why));
    return azb_error_set(err, AZB_ERR_NO_DAEMON, "no azblobd answers at %s (%s)%s", path,
                         strerror(why), advice);
}

/* The daemon beside this program, if one lies there; else its bare name, for PATH. */
static void find_program(char *ret, size_t ret_size)
{
    ssize_t n = readlink("/proc/self/exe", ret, ret_size - sizeof("azblobd"));
    char *slash = n > 0 ? memrchr(ret, '/', (size_t)n) : NULL;

    if (slash != NULL) {
        strcpy(slash + 1, "azblobd");
        if (access(ret, X_OK) == 0)
            return;
    }
    strcpy(ret, "azblobd");
}

/*
 * Our environment with the pipe's number, without the user's storage credentials: those are
 * this connection's alone, and a daemon that outlives it would serve them to anybody.
 */
static char **daemon_environment(void)
{
    static char ready[] = "AZBLOBD_READY_FD=3";
    size_t n = 0, kept = 0;
    char **copy;

    while (environ[n] != NULL)
        n++;
    copy = calloc(n + 2, sizeof(*copy));
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!azb_environment_is_credential(environ[i]) &&
            strncmp(environ[i], ready, strcspn(ready, "=") + 1) != 0)
            copy[kept++] = environ[i];
    copy[kept] = ready;
    return copy;
}

/* In the child: become the daemon. Writes to ready_fd why, if it cannot. */
static _Noreturn void become_daemon(struct launch *launch, int ready_fd)
{
    char *argv[] = {launch->program, "--socket", launch->socket_path, NULL};
    const char *why;
    sigset_t none;
    int null_fd;

    setsid();
    sigemptyset(&none); /* whatever our caller has blocked, the daemon is stopped by */
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* The pipe first: with a closed stdin it may lie below 3 itself. */
    if (ready_fd != CHILD_READY_FD)
        dup2(ready_fd, CHILD_READY_FD);
    else
        fcntl(ready_fd, F_SETFD, 0);
    null_fd = open("/dev/null", O_RDWR);
    if (null_fd >= 0) {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
        if (!launch->is_verbose)
            dup2(null_fd, STDERR_FILENO);
    }
    close_range(CHILD_READY_FD + 1, ~0U, 0);
    if (chdir("/") == 0)
        execvpe(launch->program, argv, launch->environment);
    why = strerrordesc_np(errno);
    if (write(CHILD_READY_FD, why, strlen(why)) < 0)
        _exit(126);
    _exit(127);
}

/* Wait for the daemon's word. 0 when it listens. */
static int await_ready(const struct launch *launch, int ready_fd, pid_t child,
                       struct azb_error *err)
{
    struct pollfd wait = {.fd = ready_fd, .events = POLLIN};
    char said[256];
    ssize_t n;
    int ready;

    do
        ready = poll(&wait, 1, START_WAIT_MS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        kill(child, SIGTERM);
        return azb_error_set(err, AZB_ERR_NO_DAEMON,
                             "started %s, but it was not ready within %d s", launch->program,
                             START_WAIT_MS / 1000);
    }
    n = read(ready_fd, said, sizeof(said) - 1);
    if (n > 0 && said[0] == '1')
        return 0;
    waitpid(child, NULL, 0);
    said[n > 0 ? n : 0] = '\0';
    return azb_error_set(err, AZB_ERR_NO_DAEMON,
                         "started %s for %s, but it did not come up%s%s. To see why, run: "
                         "azblobd --socket %s",
                         launch->program, launch->socket_path, n > 0 ? ": " : "", said,
                         launch->socket_path);
}

static int start_daemon(struct launch *launch, struct azb_error *err)
{
    int ready[2];
    pid_t child;
    int rc = -1;

    find_program(launch->program, sizeof(launch->program));
    if (pipe2(ready, O_CLOEXEC) < 0)
        return azb_error_set(err, AZB_ERR_NO_DAEMON, "pipe: %s", strerror(errno));
    launch->environment = daemon_environment();
    child = launch->environment != NULL ? fork() : -1;
    if (child == 0)
        become_daemon(launch, ready[1]);
    close(ready[1]);
    if (child > 0)
        rc = await_ready(launch, ready[0], child, err);
    else
        azb_error_set(err, AZB_ERR_NO_DAEMON, "starting azblobd: %s", strerror(errno));
    close(ready[0]);
    free(launch->environment);
    return rc;
}

/* The lock beside the socket, in a folder that is made if it is missing. -1 with errno. */
static int take_lock(const char *socket_path)
{
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + sizeof(".lock")];
    char *slash;
    int fd;

    snprintf(path, sizeof(path), "%s", socket_path);
    slash = strrchr(path, '/');
    if (slash != NULL && slash != path) {
        *slash = '\0';
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
            return -1;
    }
    snprintf(path, sizeof(path), "%s.lock", socket_path);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    while (flock(fd, LOCK_EX) < 0)
        if (errno != EINTR) {
            close(fd);
            return -1;
        }
    return fd;
}

static int connect_or_start(struct launch *launch, struct azb_error *err)
{
    int lock_fd = take_lock(launch->socket_path);
    int fd;

    if (lock_fd < 0)
        return azb_error_set(err, AZB_ERR_NO_DAEMON,
                             "no azblobd answers at %s, and none can be started there: %s",
                             launch->socket_path, strerror(errno));
    fd = try_connect(launch->socket_path); /* somebody may have been faster */
    if (fd < 0 && start_daemon(launch, err) == 0) {
        fd = try_connect(launch->socket_path);
        if (fd < 0)
            unreachable(launch->socket_path, errno, ", although it was just started", err);
    }
    close(lock_fd);
    return fd;
}

int azb_daemon_connect(const struct azblob_options *options, struct azb_error *err)
{
    struct launch launch = {.is_verbose = options->is_verbose};
    int fd, why;

    if (azb_socket_path(options->socket_path, launch.socket_path, sizeof(launch.socket_path),
                        err) < 0)
        return -1;
    fd = try_connect(launch.socket_path);
    if (fd >= 0)
        return fd;
    why = errno;
    if (why != ENOENT && why != ECONNREFUSED)
        return unreachable(launch.socket_path, why, "", err);
    if (options->no_start || is_set("AZBLOBD_NO_START"))
        return unreachable(launch.socket_path, why, ", and starting one is forbidden", err);
    if (options->socket_path != NULL)
        return unreachable(launch.socket_path, why,
                           ". Start it with: azblobd --socket PATH; or leave --socket out",
                           err);
    if (!is_set("AZBLOBD_SOCKET") && !is_set("XDG_RUNTIME_DIR"))
        return unreachable(launch.socket_path, why,
                           ". Start the system's daemon, or set XDG_RUNTIME_DIR or "
                           "AZBLOBD_SOCKET to have one of your own",
                           err);
    return connect_or_start(&launch, err);
}
