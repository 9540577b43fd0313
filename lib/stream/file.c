/*
 * file.c: the jobs of a file that a download fills. Each names what comes after it; whatever
 * fails in between, or ends the call, ends the chain.
 */
#include "lib/stream/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/codec/crc64.h"
#include "lib/stream/writer.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- jobs ---- */

static struct azb_file *file_of(struct azb_io_job *job)
{
    return (struct azb_file *)((char *)job - offsetof(struct azb_file, job));
}

static void job_back(struct azb_io_job *job)
{
    struct azb_file *file = file_of(job);
    struct azb_call *call = file->call;
    struct azb_error err = {0};

    file->is_busy = false;
    if (file->errnum != 0)
        azb_writer_error(&err, file->errnum);
    if (call->state != AZB_CALL_DONE && (err.what != AZB_OK || file->then(file, &err) < 0))
        azb_call_finish(call, &err);
    if (call->state == AZB_CALL_DONE)
        file->on_idle(call);
    azb_call_job_end(call);
}

static int job_submit(struct azb_file *file, void (*run)(struct azb_io_job *job),
                      int (*then)(struct azb_file *file, struct azb_error *err),
                      struct azb_error *err)
{
    file->job.run = run;
    file->job.done = job_back;
    file->then = then;
    file->errnum = 0;
    if (azb_io_submit(file->call->engine->io, &file->job, err) < 0)
        return -1;
    file->is_busy = true;
    azb_call_job_begin(file->call);
    return 0;
}

static int tell(struct azb_file *file, struct azb_error *err)
{
    return file->done(file->call, err);
}

bool azb_file_is_busy(const struct azb_file *file)
{
    return file->is_busy || file->n_marking > 0;
}

/* ---- going on with what an earlier download left ---- */

static void empty_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);

    file->errnum = ftruncate(file->resume.fd, file->resume.base) < 0 ? errno : 0;
}

void azb_file_give_up(struct azb_file *file)
{
    if (!file->is_tracked)
        return;
    file->is_tracked = false;
    file->size_before = file->resume.base;
}

/* Nothing in it is of use; a part of it must not be taken for more later on. */
int azb_file_empty(struct azb_file *file, azb_file_cb *done, struct azb_error *err)
{
    free(file->present);
    file->present = NULL;
    file->is_tracked = false;
    file->n_present = file->crc = 0;
    file->size_before = file->resume.base;
    file->resume.etag[0] = '\0';
    file->done = done;
    return job_submit(file, empty_run, tell, err);
}

static void verify_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);

    file->is_found = azb_resume_verify(&file->resume, file->verified, &file->found_crc);
}

/* A chunk that is there need not come again. */
static void verify_keep(struct azb_file *file)
{
    uint64_t chunk_i = file->verified++, at = chunk_i * file->chunk_bytes,
             n = azb_resume_bytes_of(&file->resume, chunk_i);

    if (!file->is_found || (file->verified == azb_resume_n_chunks(&file->resume) &&
                            file->n_present == at)) /* the last, and none is missing */
        return;
    file->present[chunk_i] = 1;
    file->n_present += n;
    file->crc ^= azb_crc64_combine(file->found_crc, 0, file->resume.bytes - at - n);
}

static int verified(struct azb_file *file, struct azb_error *err)
{
    verify_keep(file);
    if (file->verified < azb_resume_n_chunks(&file->resume))
        return job_submit(file, verify_run, verified, err);
    return file->done(file->call, err);
}

static void load_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);

    file->is_found = azb_resume_load(&file->resume);
}

/* Is what is in the file what is wanted? */
static bool is_wanted(const struct azb_file *file)
{
    const struct azb_resume *r = &file->resume;

    return file->is_found && r->offset == file->offset && r->chunk_bytes == file->chunk_bytes &&
           r->offset + r->bytes == least(file->end, r->total);
}

static int loaded(struct azb_file *file, struct azb_error *err)
{
    if (is_wanted(file))
        file->present = calloc(azb_resume_n_chunks(&file->resume), 1);
    if (file->present == NULL)
        return azb_file_empty(file, file->done, err);
    file->is_tracked = true;
    file->size_before = -1;
    return job_submit(file, verify_run, verified, err);
}

int azb_file_look(struct azb_file *file, azb_file_cb *done, struct azb_error *err)
{
    file->done = done;
    return job_submit(file, load_run, loaded, err);
}

bool azb_file_has(const struct azb_file *file, uint64_t at)
{
    return file->present != NULL && file->present[(at - file->offset) / file->chunk_bytes];
}

/* ---- chunks that have been written ---- */

static void mark_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file_mark *mark = (struct azb_file_mark *)job;

    mark->errnum =
        azb_resume_mark(&mark->file->resume, mark->chunk_i, mark->crc) < 0 ? errno : 0;
}

static void mark_back(struct azb_io_job *job)
{
    struct azb_file_mark *mark = (struct azb_file_mark *)job;
    struct azb_call *call = mark->file->call;
    struct azb_error err = {0};

    mark->is_out = false;
    mark->file->n_marking--;
    if (mark->errnum != 0)
        azb_writer_error(&err, mark->errnum);
    if (call->state != AZB_CALL_DONE && (err.what != AZB_OK || mark->done(call, &err) < 0))
        azb_call_finish(call, &err);
    azb_call_job_end(call);
}

int azb_file_mark_chunk(struct azb_file *file, struct azb_file_mark *mark, uint64_t at,
                        uint64_t crc, azb_file_cb *done, struct azb_error *err)
{
    mark->job.run = mark_run;
    mark->job.done = mark_back;
    mark->file = file;
    mark->chunk_i = (at - file->offset) / file->chunk_bytes;
    mark->crc = crc;
    mark->done = done;
    if (azb_io_submit(file->call->engine->io, &mark->job, err) < 0)
        return -1;
    mark->is_out = true;
    file->n_marking++;
    azb_call_job_begin(file->call);
    return 0;
}

/* ---- its size ---- */

/* Take the space now: a full disk is better known before the transfer than after it. In memory
 * it would cost more than it saves, as all of it is filled with zeros first. */
static int take_room(const struct azb_resume *resume)
{
    struct statfs fs;

    if (fstatfs(resume->fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC) {
        if (fs.f_blocks > 0 && resume->bytes > (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize)
            return ENOSPC;
    } else if (fallocate(resume->fd, 0, resume->base, (off_t)resume->bytes) < 0 &&
               (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)) {
        return errno;
    }
    return 0;
}

static void take_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);
    const struct azb_resume *resume = &file->resume;

    if (file->holes_from == UINT64_MAX)
        file->errnum = take_room(resume);
    else if (!file->is_tracked && /* whose state, behind the data, does as much */
             ftruncate(resume->fd, resume->base + (off_t)resume->bytes) < 0)
        file->errnum = errno;
    if (file->is_tracked && file->errnum == 0 && azb_resume_create(resume) < 0)
        file->errnum = errno;
}

static void make_holes_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);
    uint64_t n = azb_resume_n_chunks(&file->resume);

    for (uint64_t i = (file->holes_from - file->offset) / file->chunk_bytes; i < n; i++)
        if (!file->present[i] && azb_resume_clear(&file->resume, i) < 0) {
            file->errnum = errno;
            return;
        }
}

bool azb_file_may_have_holes(const struct azb_file *file)
{
    return file->size_before >= 0 || file->present != NULL;
}

int azb_file_take(struct azb_file *file, uint64_t total, const char *etag, uint64_t holes_from,
                  azb_file_cb *done, struct azb_error *err)
{
    struct azb_resume *resume = &file->resume;

    file->holes_from = holes_from;
    file->done = done;
    if (file->present != NULL && holes_from != UINT64_MAX)
        return job_submit(file, make_holes_run, tell, err) < 0 ? -1 : 1;
    if (file->size_before < 0)
        return 0;
    resume->offset = file->offset;
    resume->bytes = least(file->end, total) - file->offset;
    resume->total = total;
    resume->chunk_bytes = file->chunk_bytes;
    if (file->wants_resume && etag[0] != '\0') {
        memcpy(resume->etag, etag, strnlen(etag, sizeof(resume->etag) - 1) + 1);
        file->is_tracked = true;
        file->size_before = -1; /* from now on what is there is kept */
    }
    return job_submit(file, take_run, tell, err) < 0 ? -1 : 1;
}

static void complete_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);

    file->errnum = azb_resume_complete(&file->resume) < 0 ? errno : 0;
}

int azb_file_complete(struct azb_file *file, azb_file_cb *done, struct azb_error *err)
{
    if (!file->is_tracked)
        return done(file->call, err);
    file->done = done;
    return job_submit(file, complete_run, tell, err);
}

static void reset_run(struct azb_io_job *job) /* in a thread */
{
    struct azb_file *file = file_of(job);

    (void)!ftruncate(file->resume.fd, file->size_before); /* the call has failed anyway */
}

void azb_file_settle(struct azb_file *file)
{
    struct azb_error ignored = {0};

    if (file->call == NULL || file->call->err.what == AZB_OK || file->size_before < 0 ||
        file->is_settled || file->is_busy)
        return;
    file->is_settled = true;
    job_submit(file, reset_run, tell, &ignored);
}

/* ---- the object ---- */

int azb_file_init(struct azb_file *file, off_t base, void (*on_idle)(struct azb_call *call),
                  struct azb_error *err)
{
    int fd = file->call->fd;
    struct stat st = {0};
    bool is_file = base >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

    file->resume.fd = fd;
    file->resume.base = base;
    file->size_before = is_file && st.st_size <= base ? st.st_size : -1;
    file->on_idle = on_idle;
    if (file->wants_resume && (!is_file || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "%s: 'resume' needs a regular file, open for reading and writing",
                             file->call->method->row->method);
    return 0;
}

void azb_file_clear(struct azb_file *file)
{
    free(file->present);
}
