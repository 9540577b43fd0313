/* fetch.c: see fetch.h. */
#define _GNU_SOURCE 1 /* memfd_create() */
#include "tests/faults/fetch.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/stream/resume.h"

enum {
    WAIT_S = 20,
};

const char *const fetch_name[] = {"file", "pipe", "stream"};

/* Reads a pipe until its end. */
struct drain {
    int fd;
    struct azb_buf bytes;
};

static void *drain_run(void *arg)
{
    struct drain *drain = arg;
    unsigned char piece[65536];
    ssize_t n;

    while ((n = read(drain->fd, piece, sizeof(piece))) > 0)
        azb_buf_append(&drain->bytes, piece, (size_t)n);
    close(drain->fd);
    return NULL;
}

void fetch_file(int fd, struct azb_buf *ret)
{
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    azb_buf_reserve(ret, (size_t)st.st_size + 1);
    ck_assert_int_eq(pread(fd, ret->data, (size_t)st.st_size, 0), st.st_size);
    ret->len = (size_t)st.st_size;
}

const struct azb_msg *fetch(struct scene *it, enum destination to, const char *more,
                            struct azb_buf *ret)
{
    const struct azb_msg *response;
    struct drain drain = {0};
    pthread_t thread;
    char params[256];
    int pipe_fds[2], fd;
    uint32_t msgid;

    snprintf(params, sizeof(params), "{'container':'c','blob':'b'%s%s}",
             to == TO_STREAM ? ",'stream':true" : ",'fd':true", more);
    if (to == TO_STREAM) {
        char window[300];

        snprintf(window, sizeof(window), "%.*s,'window':0}", (int)strlen(params) - 1, params);
        msgid = rpc_send(it->rpc, "blob.download_blob", window);
        response = rpc_wait(it->rpc, msgid);
        rpc_data(it->rpc, msgid, ret);
    } else if (to == TO_PIPE) {
        ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
        drain.fd = pipe_fds[0];
        ck_assert_int_eq(pthread_create(&thread, NULL, drain_run, &drain), 0);
        msgid = rpc_send_fd(it->rpc, "blob.download_blob", params, pipe_fds[1]);
        close(pipe_fds[1]);
        response = rpc_wait(it->rpc, msgid);
        pthread_join(thread, NULL);
        *ret = drain.bytes;
    } else {
        fd = memfd_create("made", MFD_CLOEXEC);
        msgid = rpc_send_fd(it->rpc, "blob.download_blob", params, fd);
        response = rpc_wait(it->rpc, msgid);
        fetch_file(fd, ret);
        close(fd);
    }
    return response;
}

void fetch_wait_chunks(int fd, unsigned n)
{
    time_t limit = time(NULL) + WAIT_S;
    unsigned there = 0;

    while (there < n && time(NULL) < limit) {
        struct azb_resume resume = {.fd = fd};
        uint64_t crc;

        there = 0;
        if (azb_resume_load(&resume))
            for (uint64_t i = 0; i < azb_resume_n_chunks(&resume); i++)
                there += azb_resume_verify(&resume, i, &crc);
        poll(NULL, 0, 5);
    }
    ck_assert_uint_ge(there, n);
}
