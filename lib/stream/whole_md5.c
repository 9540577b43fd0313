/*
 * whole_md5.c: hashing as bytes pass, or behind those who write them.
 */
#include "lib/stream/whole_md5.h"

#include <errno.h>
#include <string.h>

enum {
    JOB_BYTES = 8 * 1024 * 1024, /* some 12 ms: a call that ends waits for its job */
    READ_BYTES = 64 * 1024,      /* on the thread's stack */
};

int azb_whole_md5_begin(struct azb_whole_md5 *md5, struct azb_call *call,
                        const unsigned char expected[AZB_WHOLE_MD5_BYTES],
                        struct azb_error *err)
{
    md5->call = call;
    memcpy(md5->expected, expected, sizeof(md5->expected));
    md5->ctx = EVP_MD_CTX_new();
    if (md5->ctx == NULL || EVP_DigestInit_ex(md5->ctx, call->engine->md5, NULL) != 1)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an MD5");
    return 0;
}

void azb_whole_md5_add(struct azb_whole_md5 *md5, const void *bytes, size_t n)
{
    if (md5->ctx != NULL && md5->on_idle == NULL)
        EVP_DigestUpdate(md5->ctx, bytes, n);
}

void azb_whole_md5_restart(struct azb_whole_md5 *md5)
{
    if (md5->ctx != NULL && md5->on_idle == NULL)
        EVP_DigestInit_ex(md5->ctx, md5->call->engine->md5, NULL);
}

static struct azb_whole_md5 *md5_of(struct azb_io_job *job)
{
    return (struct azb_whole_md5 *)((char *)job - offsetof(struct azb_whole_md5, job));
}

static void read_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_whole_md5 *md5 = md5_of(job);
    unsigned char bytes[READ_BYTES];

    for (uint64_t done = 0; done < md5->n_job;) {
        uint64_t rest = md5->n_job - done;
        size_t wanted = rest < sizeof(bytes) ? (size_t)rest : sizeof(bytes);
        ssize_t n = azb_pread_all(md5->call->fd, bytes, wanted,
                                  md5->base + (off_t)(md5->n_hashed + done));

        if (n < (ssize_t)wanted) {
            md5->errnum = n < 0 ? errno : EIO; /* somebody else has cut it */
            return;
        }
        EVP_DigestUpdate(md5->ctx, bytes, wanted);
        done += wanted;
    }
}

static int read_more(struct azb_whole_md5 *md5, struct azb_error *err);

static void read_back(struct azb_io_job *job)
{
    struct azb_whole_md5 *md5 = md5_of(job);
    struct azb_call *call = md5->call;
    struct azb_error err = {0};

    md5->is_out = false;
    md5->n_hashed += md5->n_job;
    if (md5->errnum != 0)
        azb_error_set(&err, AZB_ERR_LOCAL_IO, "reading back what was written: %s",
                      strerror(md5->errnum));
    if (call->state != AZB_CALL_DONE) {
        if (err.what != AZB_OK || read_more(md5, &err) < 0)
            azb_call_finish(call, &err);
        else if (!md5->is_out)
            md5->on_idle(call);
    }
    azb_call_job_end(call); /* last: the call may go now */
}

static int read_more(struct azb_whole_md5 *md5, struct azb_error *err)
{
    uint64_t n = md5->n_due - md5->n_hashed;

    if (md5->is_out || n == 0)
        return 0;
    md5->n_job = n < JOB_BYTES ? n : JOB_BYTES;
    md5->job.run = read_run;
    md5->job.done = read_back;
    if (azb_io_submit(md5->call->engine->io, &md5->job, err) < 0)
        return -1;
    md5->is_out = true;
    azb_call_job_begin(md5->call);
    return 0;
}

void azb_whole_md5_read(struct azb_whole_md5 *md5, off_t base,
                        void (*on_idle)(struct azb_call *call))
{
    md5->base = base;
    md5->on_idle = on_idle;
}

int azb_whole_md5_due(struct azb_whole_md5 *md5, uint64_t n, struct azb_error *err)
{
    if (md5->on_idle == NULL)
        return 0;
    md5->n_due = n;
    return read_more(md5, err);
}

bool azb_whole_md5_is_busy(const struct azb_whole_md5 *md5)
{
    return md5->n_hashed < md5->n_due;
}

int azb_whole_md5_check(struct azb_whole_md5 *md5, struct azb_error *err)
{
    unsigned char found[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (md5->ctx == NULL)
        return 0;
    EVP_DigestFinal_ex(md5->ctx, found, &n);
    if (memcmp(found, md5->expected, sizeof(md5->expected)) == 0)
        return 0;
    return azb_error_set(err, AZB_ERR_CHECKSUM,
                         "the bytes that came do not have the MD5 that is stored with the "
                         "blob. They are kept all the same with check_md5: false "
                         "(--no-check-md5)");
}

void azb_whole_md5_clear(struct azb_whole_md5 *md5)
{
    EVP_MD_CTX_free(md5->ctx);
}
