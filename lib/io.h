/*
 * io.h: work that may block (file reads and writes, hashing much data), done by a few threads;
 * its end comes back as an event of the loop. Threads start when the first job comes.
 */
#ifndef AZB_LIB_IO_H
#define AZB_LIB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "lib/list.h"
#include "proto/error.h"

struct event_base;
struct azb_io;

/*
 * A job, embedded in its owner, which must outlive it: a job that has started cannot be called
 * back, so an owner that is given up waits for done_cb of the jobs it has out.
 */
struct azb_io_job {
    void (*run)(struct azb_io_job *job);  /* in a thread: touches the job's own data only */
    void (*done)(struct azb_io_job *job); /* in the loop, once */
    STAILQ_ENTRY(azb_io_job) entry;
};

/* base is borrowed for its life. Returns NULL with *err set. */
struct azb_io *azb_io_new(struct event_base *base, unsigned n_threads, struct azb_error *err);

/* No job may be out. Waits for the threads, which are idle then. */
void azb_io_free(struct azb_io *io);

/* Returns 0, or -1 with NO_MEMORY when no thread can be started. */
int azb_io_submit(struct azb_io *io, struct azb_io_job *job, struct azb_error *err);

/*
 * Read or write all of n bytes at an offset, going on after short counts and EINTR. Returns the
 * count (less than n only at end of file), or -1 with errno. For use in jobs.
 */
ssize_t azb_pread_all(int fd, void *buf, size_t n, off_t offset);
ssize_t azb_pwrite_all(int fd, const void *buf, size_t n, off_t offset);

/*
 * A terminal may take or have less than poll() lets one hope, and then waits, also for
 * RWF_NOWAIT. When *fd is one, it becomes one of our own that does not wait, where we may open
 * it; the client's would share O_NONBLOCK with its shell.
 */
void azb_own_terminal(int *fd);

/* n bytes that need not be written where there is a hole, or be sent where pages are empty. */
bool azb_is_zeros(const unsigned char *bytes, size_t n);

#endif
