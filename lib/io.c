/*
 * io.c: the thread pool.
 */
#include "lib/io.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

STAILQ_HEAD(job_list, azb_io_job);

struct azb_io {
    struct event wake;
    int wake_fd; /* the threads say that jobs are finished */
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job_list waiting;
    struct job_list finished;
    bool is_stopping;
    pthread_t *threads;
    unsigned n_threads;
    unsigned n_running; /* threads that exist */
};

static void *io_thread(void *arg)
{
    struct azb_io *io = arg;
    uint64_t one = 1;

    pthread_mutex_lock(&io->lock);
    for (;;) {
        struct azb_io_job *job = STAILQ_FIRST(&io->waiting);
        bool was_empty;

        if (job == NULL) {
            if (io->is_stopping)
                break;
            pthread_cond_wait(&io->work, &io->lock);
            continue;
        }
        STAILQ_REMOVE_HEAD(&io->waiting, entry);
        pthread_mutex_unlock(&io->lock);
        job->run(job);
        pthread_mutex_lock(&io->lock);
        was_empty = STAILQ_EMPTY(&io->finished);
        STAILQ_INSERT_TAIL(&io->finished, job, entry);
        if (was_empty && write(io->wake_fd, &one, sizeof(one)) < 0)
            continue; /* the counter is full: the loop is awake already */
    }
    pthread_mutex_unlock(&io->lock);
    return NULL;
}

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
    struct azb_io *io = arg;
    struct job_list finished = STAILQ_HEAD_INITIALIZER(finished);
    struct azb_io_job *job;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof(count)) < 0)
        return;
    pthread_mutex_lock(&io->lock);
    STAILQ_CONCAT(&finished, &io->finished);
    pthread_mutex_unlock(&io->lock);
    while ((job = STAILQ_FIRST(&finished)) != NULL) {
        STAILQ_REMOVE_HEAD(&finished, entry);
        job->done(job);
    }
}

struct azb_io *azb_io_new(struct event_base *base, unsigned n_threads, struct azb_error *err)
{
    struct azb_io *io = calloc(1, sizeof(*io));

    if (io != NULL) {
        STAILQ_INIT(&io->waiting);
        STAILQ_INIT(&io->finished);
        pthread_mutex_init(&io->lock, NULL);
        pthread_cond_init(&io->work, NULL);
        io->n_threads = n_threads;
        io->threads = calloc(n_threads, sizeof(*io->threads));
        io->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    if (io == NULL || io->threads == NULL || io->wake_fd < 0) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "the file threads");
        azb_io_free(io);
        return NULL;
    }
    event_assign(&io->wake, base, io->wake_fd, EV_READ | EV_PERSIST, on_finished, io);
    event_add(&io->wake, NULL);
    return io;
}

void azb_io_free(struct azb_io *io)
{
    if (io == NULL)
        return;
    pthread_mutex_lock(&io->lock);
    io->is_stopping = true;
    pthread_cond_broadcast(&io->work);
    pthread_mutex_unlock(&io->lock);
    while (io->n_running > 0)
        pthread_join(io->threads[--io->n_running], NULL);
    if (event_initialized(&io->wake))
        event_del(&io->wake);
    if (io->wake_fd >= 0)
        close(io->wake_fd);
    pthread_cond_destroy(&io->work);
    pthread_mutex_destroy(&io->lock);
    free(io->threads);
    free(io);
}

/* Signals are the loop's: threads take none. */
static int start_thread(struct azb_io *io)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 * 1024);
    rc = pthread_create(&io->threads[io->n_running], &attr, io_thread, io);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        io->n_running++;
    return rc == 0 ? 0 : -1;
}

int azb_io_submit(struct azb_io *io, struct azb_io_job *job, struct azb_error *err)
{
    while (io->n_running < io->n_threads && start_thread(io) == 0)
        ;
    if (io->n_running == 0)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "no thread can be started");
    pthread_mutex_lock(&io->lock);
    STAILQ_INSERT_TAIL(&io->waiting, job, entry);
    pthread_cond_signal(&io->work);
    pthread_mutex_unlock(&io->lock);
    return 0;
}

ssize_t azb_pread_all(int fd, void *buf, size_t n, off_t offset)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = pread(fd, (char *)buf + done, n - done, offset + (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

ssize_t azb_pwrite_all(int fd, const void *buf, size_t n, off_t offset)
{
    size_t done = 0;

    while (done < n) {
        ssize_t put = pwrite(fd, (const char *)buf + done, n - done, offset + (off_t)done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return -1;
        done += (size_t)put;
    }
    return (ssize_t)done;
}

void azb_own_terminal(int *fd)
{
    char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
    int own;

    if (!isatty(*fd))
        return;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
    own = open(path, (fcntl(*fd, F_GETFL) & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own < 0)
        return;
    close(*fd);
    *fd = own;
}

bool azb_is_zeros(const unsigned char *bytes, size_t n)
{
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}
