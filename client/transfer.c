/*
 * transfer.c: a transfer is one action on its way through its calls: an upload, a download or a
 * copy made by the service, and for a move the delete after it. Each ends in transfer_end(),
 * once.
 *
 * Small files travel inside the messages: that takes fewer system calls, on both sides, than to
 * pass a descriptor. Large ones are read and written by the daemon itself.
 */
#include "client/transfer.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/signals.h"
#include "proto/value.h"

enum {
    MAX_LARGE = 16, /* with a descriptor: each is many requests to the service already */
    INLINE_BYTES = 32 * 1024,
    LANE_LOAD = 16,      /* small files under way on each connection before there is one more */
    LARGE_LOAD = 8,      /* a large one is worth so many */
    LANE_WAIT_MS = 1000, /* for the daemon to answer on a new one */
};

/* A connection of its own, for the daemon to serve by another worker. The first one is the
 * command's. */
struct lane {
    struct azb_command *command;
    struct azb_command own_command;
    struct azb_session own_session;
    unsigned load;
};

struct transfer {
    struct azb_client_call call;
    struct azb_transfers *owner;
    struct lane *lane;
    unsigned load;         /* of the lane */
    struct transfer *next; /* in the list of free ones */
    enum azb_plan_op op;
    enum azb_entry_kind kind;
    struct azb_buf name;
    int64_t bytes;      /* -1: not known */
    struct stat status; /* of the file that goes up */
    struct azb_new_file file;
    struct azb_report_flow flow;
    bool is_busy;
    bool is_open;         /* the file, and the transfer counts as a large one */
    char etag[80];        /* of the result */
    char source_etag[80]; /* of what is copied; "": not known yet */
    char request_id[40];
};

struct azb_transfers {
    struct azb_transfer_options options;
    struct transfer *slots;
    unsigned n_slots;
    struct transfer *free_ones;
    unsigned n_busy, n_large;
    struct lane lanes[AZB_MAX_CONNECTIONS];
    unsigned n_lanes, max_lanes; /* max_lanes 0: not known yet */
    struct azb_buf last;         /* the name of the last download */
    struct azb_buf ends; /* for each byte of it, whether a file's name ends there: 1 or 0 */
    struct azb_buf scratch;
    unsigned char small[INLINE_BYTES];
};

/* ---- signals ---- */

static volatile sig_atomic_t signal_come;
static const struct azb_session *volatile guarded;

static void hang_up(int signal_number)
{
    const struct azb_session *session = guarded;
    int errnum = errno;

    signal_come = signal_number;
    for (unsigned i = 0; session != NULL && i < session->n_all; i++)
        azb_connection_hang_up(session->all[i]);
    errno = errnum;
}

static void guard(const struct azb_session *session)
{
    guarded = session;
    azb_signals_catch(hang_up);
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error of that file */
}

int azb_transfers_interrupted(void)
{
    return signal_come;
}

/* ---- lanes ---- */

/* Of one account's blobs and our own files; what the service copies is no work for us, and a
 * limit is one connection's. */
static bool may_have_lanes(const struct azb_transfer_options *options)
{
    return !(options->source->is_blob && options->target->is_blob) &&
           !options->report->is_dry_run && options->command->options.bwlimit == 0;
}

/* Connect, if that has not been done, and ask how many workers the daemon has; 0: it does not
 * answer. */
static unsigned count_workers(struct azb_command *command)
{
    struct azb_client_call call = {0};
    struct azb_error ignored = {0};
    int64_t n = 1;

    if (azb_command_begin(command, &call, "rpc.hello", NULL, &ignored) < 0 ||
        azb_command_finish(&call, -1, &ignored) < 0)
        return 0;
    azb_value_int(
        azb_map_find(azb_value_map(azb_map_find(azb_value_map(call.result), "limits")),
                     "workers"),
        &n);
    return n < 1 ? 1 : n < AZB_MAX_CONNECTIONS ? (unsigned)n : AZB_MAX_CONNECTIONS;
}

/* Another connection; where it is refused, those there are will do. */
static void open_lane(struct azb_transfers *transfers)
{
    const struct azb_command *command = transfers->options.command;
    struct azb_session *session = command->session;
    struct lane *lane = &transfers->lanes[transfers->n_lanes];

    lane->own_session.out = session->out;
    lane->own_session.answer_wait_ms = LANE_WAIT_MS;
    lane->own_command = *command; /* its options, above all */
    lane->own_command.session = &lane->own_session;
    lane->own_command.connection = NULL;
    lane->own_command.options.given &= ~AZB_HAS(VERBOSE); /* all has been said once */
    lane->own_command.options.given |= AZB_HAS(NO_START);
    lane->command = &lane->own_command;
    if (count_workers(lane->command) > 0) {
        transfers->n_lanes++;
        session->all[session->n_all] = lane->own_session.connection;
        atomic_signal_fence(memory_order_release); /* hang_up() may look now */
        session->n_all++;
    } else {
        azb_session_clear(&lane->own_session);
        transfers->max_lanes = transfers->n_lanes;
    }
}

/* The one with the least to do. */
static struct lane *least_lane(struct azb_transfers *transfers)
{
    struct lane *least = &transfers->lanes[0];

    for (unsigned i = 1; i < transfers->n_lanes; i++)
        if (transfers->lanes[i].load < least->load)
            least = &transfers->lanes[i];
    return least;
}

/* Have one more if all that there are have enough to do. */
static void widen(struct azb_transfers *transfers)
{
    if (least_lane(transfers)->load < LANE_LOAD)
        return;
    if (transfers->max_lanes == 0) /* more connections than workers would be of no use */
        transfers->max_lanes =
            may_have_lanes(&transfers->options) ? count_workers(transfers->options.command) : 1;
    if (transfers->n_lanes < transfers->max_lanes)
        open_lane(transfers);
}

/* What it is for a lane. */
static unsigned load_of(const struct transfer *t)
{
    return t->bytes < 0 || t->bytes > INLINE_BYTES ? LARGE_LOAD : 1;
}

static int step(struct azb_transfers *transfers, struct azb_error *err)
{
    return azb_session_step(transfers->options.command->session, err);
}

/* ---- names ---- */

void azb_place_clear(struct azb_place *place)
{
    azb_target_clear(&place->target);
    azb_folder_free(place->folder);
    azb_buf_clear(&place->prefix);
    azb_buf_clear(&place->label);
}

/* A name at a place. Borrowed until the next one is made. */
static const char *name_at(struct transfer *t, const struct azb_place *place)
{
    struct azb_buf *scratch = &t->owner->scratch;

    scratch->len = 0;
    azb_buf_append(scratch, place->prefix.data, place->prefix.len);
    azb_buf_append(scratch, t->name.data, t->name.len);
    return azb_buf_cstr(scratch);
}

static const char *label_at(const struct transfer *t, const struct azb_place *place,
                            struct azb_buf *room)
{
    room->len = 0;
    azb_buf_append(room, place->label.data, place->label.len);
    azb_buf_append(room, t->name.data, t->name.len);
    return azb_buf_cstr(room);
}

/* Whether its name can only be a folder's here. */
static bool names_folder(const struct transfer *t)
{
    return t->name.len > 0 && t->name.data[t->name.len - 1] == '/';
}

/* What a list of failures calls it: by its place below the source, or as the source itself. */
static const char *listed_name(struct transfer *t)
{
    const struct azb_place *source = t->owner->options.source;

    if (t->name.len > 0)
        return azb_buf_cstr(&t->name);
    return source->is_blob ? source->target.text : (const char *)source->label.data;
}

/* ---- the end of a transfer ---- */

static void tell(struct transfer *t, const struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    struct azb_buf source = {0}, target = {0};
    struct azb_report_item item = {
        .op = t->op == AZB_PLAN_DELETE ? "delete"
              : t->op == AZB_PLAN_SKIP ? "skip"
              : options->is_move       ? "move"
                                       : "copy",
        .bytes = t->bytes,
        .etag = t->etag,
        .request_id = t->request_id,
    };

    if (err != NULL || azb_report_wants_rows(options->report)) {
        item.name = listed_name(t);
        if (t->op != AZB_PLAN_DELETE)
            item.source = label_at(t, options->source, &source);
        item.target = label_at(t, options->target, &target);
    }
    if (err != NULL)
        azb_report_failed(options->report, &item, err);
    else
        azb_report_done(options->report, &item);
    azb_buf_clear(&source);
    azb_buf_clear(&target);
}

static void close_file(struct transfer *t)
{
    const struct azb_transfer_options *options = &t->owner->options;

    if (!t->is_open)
        return;
    if (t->file.stays)
        azb_report_kept(options->report, label_at(t, options->target, &t->owner->scratch));
    azb_folder_discard(options->target->folder, name_at(t, options->target), &t->file);
    t->is_open = false;
    t->owner->n_large--;
}

/* Whether an error only says that the target has the name, and is to keep what it has. */
static bool is_spared(const struct transfer *t, const struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;

    if (!options->no_clobber || !options->is_many)
        return false;
    return options->target->is_blob ? azb_blob_was_there(err)
                                    : err->what == AZB_ERR_EXISTS && err->status == 0;
}

/* err: NULL on success */
static void transfer_end(struct transfer *t, const struct azb_error *err)
{
    if (err != NULL)
        azb_new_file_failed(&t->file, err);
    close_file(t);
    azb_report_stopped(t->owner->options.report, &t->flow);
    if (err != NULL && is_spared(t, err)) {
        t->op = AZB_PLAN_SKIP;
        err = NULL;
    }
    tell(t, err);
    t->is_busy = false;
    t->next = t->owner->free_ones;
    t->owner->free_ones = t;
    t->owner->n_busy--;
    t->lane->load -= t->load;
}

/* ---- calls ---- */

/* Begin a call about a name at a place. */
static int begin_call(struct transfer *t, const char *method, const struct azb_place *place,
                      azb_client_done_cb *on_done, struct azb_error *err)
{
    t->call = (struct azb_client_call){.on_done = on_done, .arg = t};
    if (azb_command_begin(t->lane->command, &t->call, method, &place->target, err) < 0)
        return -1;
    azb_call_str(&t->call, "blob", name_at(t, place));
    azb_call_str(&t->call, "priority", "bulk");
    return 0;
}

static int send_call(struct transfer *t, int fd, struct azb_error *err)
{
    if (azb_call_send(&t->call, fd, err) < 0)
        return -1;
    return 0;
}

/* A download of which the size is known by now may be one to go on with. */
static void progressed(struct azb_client_call *call, int64_t bytes, int64_t total)
{
    struct transfer *t = call->arg;
    const struct azb_place *target = t->owner->options.target;

    azb_report_moving(t->owner->options.report, &t->flow, bytes, total);
    if (t->is_open && total >= AZB_PART_MIN_BYTES)
        azb_folder_keep(target->folder, name_at(t, target), &t->file);
}

/* Hear how far a call is, if anybody sees that or has to know. */
static void want_progress(struct transfer *t, bool has_to_know)
{
    if (t->owner->options.report->progress == AZB_PROGRESS_NONE && !has_to_know)
        return;
    t->call.on_progress = progressed;
    azb_call_bool(&t->call, "progress", true);
}

/* Whose call is done: t is owned by its callback again. */
static struct transfer *transfer_of(struct azb_client_call *call)
{
    return call->arg;
}

/* Keep what a result says of the blob. */
static void keep_result(struct transfer *t, const msgpack_object_map *map)
{
    if (map == NULL)
        return;
    azb_value_copy(azb_map_find(map, "etag"), t->etag, sizeof(t->etag));
    azb_value_copy(azb_map_find(map, "request_id"), t->request_id, sizeof(t->request_id));
}

/* ---- deletes, and the second half of a move ---- */

static void delete_done(struct azb_client_call *call)
{
    struct transfer *t = transfer_of(call);

    transfer_end(t, call->err.what != AZB_OK ? &call->err : NULL);
}

/* etag: of the blob that is meant; "" for any */
static int delete_blob(struct transfer *t, const struct azb_place *place, const char *etag,
                       struct azb_error *err)
{
    if (begin_call(t, "blob.delete_blob", place, delete_done, err) < 0)
        return -1;
    if (etag[0] != '\0') {
        azb_call_str(&t->call, "etag", etag);
        azb_call_str(&t->call, "match_condition", "IfNotModified");
    }
    return send_call(t, -1, err);
}

/* Delete a file that has been moved, if it is still the one that was read. */
static int remove_file(struct transfer *t, struct azb_error *err)
{
    const struct azb_place *source = t->owner->options.source;
    const char *name = name_at(t, source);
    struct stat now;

    if (azb_folder_stat(source->folder, name, &now, err) < 0)
        return -1;
    if (now.st_ino != t->status.st_ino || now.st_size != t->status.st_size ||
        azb_mtime_ns(&now) != azb_mtime_ns(&t->status))
        return azb_error_set(err, AZB_ERR_LOCAL_IO,
                             "%.300s has changed since it was copied, and stays", name);
    if (azb_folder_remove(source->folder, name, err) < 0)
        return -1;
    azb_folder_remove_emptied(source->folder, name);
    return 0;
}

/* The copy is there. */
static void transfer_copied(struct transfer *t)
{
    const struct azb_place *source = t->owner->options.source;
    struct azb_error err = {0};

    close_file(t);
    if (!t->owner->options.is_move) {
        transfer_end(t, NULL);
    } else if (source->is_blob) {
        if (delete_blob(t, source, t->source_etag, &err) < 0)
            transfer_end(t, &err);
    } else {
        transfer_end(t, remove_file(t, &err) < 0 ? &err : NULL);
    }
}

static int start_delete(struct transfer *t, const struct azb_entry *entry,
                        struct azb_error *err)
{
    const struct azb_place *target = t->owner->options.target;

    if (t->owner->options.report->is_dry_run) {
        transfer_end(t, NULL);
        return 0;
    }
    if (target->is_blob)
        return delete_blob(t, target, entry->etag, err);
    if (azb_folder_remove(target->folder, name_at(t, target), err) < 0)
        return -1;
    transfer_end(t, NULL);
    return 0;
}

/* An upload, or a copy by the service, is done. */
static void copy_done(struct azb_client_call *call)
{
    struct transfer *t = transfer_of(call);

    if (call->err.what != AZB_OK) {
        transfer_end(t, &call->err);
        return;
    }
    keep_result(t, azb_value_map(call->result));
    transfer_copied(t);
}

/* ---- a copy that --dry-run does not make ---- */

static void looked_at_target(struct azb_client_call *call)
{
    struct transfer *t = transfer_of(call);
    struct azb_error err = call->err;

    if (err.what == AZB_OK)
        azb_blob_is_there(&err);
    transfer_end(t, err.what == AZB_ERR_NOT_FOUND ? NULL : &err);
}

static int look_at(struct transfer *t, const struct azb_place *place,
                   azb_client_done_cb *on_done, struct azb_error *err)
{
    return begin_call(t, "blob.get_blob_properties", place, on_done, err) < 0
               ? -1
               : send_call(t, -1, err);
}

/* Where it would be written. */
static int foresee_place(struct transfer *t, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    struct azb_folder *folder = options->target->folder;

    return folder == NULL || options->deletes
               ? 0
               : azb_folder_check_place(folder, name_at(t, options->target),
                                        t->kind == AZB_ENTRY_FOLDER, err);
}

/* The source is known. */
static int foresee_target(struct transfer *t, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;

    if (!options->target->is_blob && foresee_place(t, err) < 0)
        return -1;
    if (options->target->is_blob && options->no_clobber && !options->has_compared)
        return look_at(t, options->target, looked_at_target, err);
    transfer_end(t, NULL);
    return 0;
}

/* ---- uploads ---- */

static int send_upload(struct transfer *t, int fd, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    bool is_small = t->bytes <= INLINE_BYTES;

    if (is_small && azb_folder_read_all(fd, &t->status, t->owner->small, err) < 0)
        return -1;
    if (begin_call(t, "blob.upload_blob", options->target, copy_done, err) < 0)
        return -1;
    azb_put_settings(&t->call, &options->command->options, name_at(t, options->target));
    azb_call_bool(&t->call, "overwrite", !options->no_clobber);
    if (is_small)
        azb_pack_bin(azb_call_value(&t->call, "data"), t->owner->small, (size_t)t->bytes);
    else {
        azb_call_bool(&t->call, "fd", true);
        azb_put_resume(&t->call, fd);
        want_progress(t, false);
    }
    return send_call(t, is_small ? -1 : fd, err);
}

static int start_upload(struct transfer *t, struct azb_error *err)
{
    const struct azb_place *source = t->owner->options.source;
    const char *name = name_at(t, source);
    int fd, rc;

    if (azb_folder_check_name(name, strlen(name), err) < 0)
        return -1;
    fd = azb_folder_read(source->folder, name, &t->status, err);
    if (fd < 0)
        return -1;
    t->bytes = t->status.st_size;
    rc =
        t->owner->options.report->is_dry_run ? foresee_target(t, err) : send_upload(t, fd, err);
    close(fd);
    return rc;
}

/* ---- downloads ---- */

static int write_small(struct transfer *t, const msgpack_object_map *map, struct azb_error *err)
{
    const struct azb_place *target = t->owner->options.target;
    size_t n, done = 0;
    const char *bytes;

    if (!azb_value_bytes(azb_map_find(map, "data"), &bytes, &n))
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a download without data");
    if (azb_folder_create(target->folder, name_at(t, target), false, &t->file, err) < 0)
        return -1;
    t->is_open = true;
    t->owner->n_large++;
    t->bytes = (int64_t)n;
    while (done < n) {
        ssize_t wrote = write(t->file.fd, bytes + done, n - done);

        if (wrote < 0 && errno != EINTR)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", name_at(t, target),
                                 strerror(errno));
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}

/* All bytes are here: into place with them. */
static int take_download(struct transfer *t, const msgpack_object *result,
                         struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    const msgpack_object_map *map = azb_value_map(result);
    const msgpack_object_map *properties = azb_value_map(azb_map_find(map, "properties"));

    keep_result(t, properties);
    snprintf(t->source_etag, sizeof(t->source_etag), "%s", t->etag);
    if (!t->is_open && write_small(t, map, err) < 0)
        return -1;
    azb_value_int(azb_map_find(properties, "size"), &t->bytes);
    azb_command_say_resumed(options->command, name_at(t, options->target), result);
    return azb_folder_commit(options->target->folder, name_at(t, options->target), &t->file,
                             options->no_clobber,
                             azb_entry_time_ns(azb_map_find(properties, "last_modified")), err);
}

static int send_download(struct transfer *t, bool is_small, struct azb_error *err);

static void download_done(struct azb_client_call *call)
{
    struct transfer *t = transfer_of(call);
    struct azb_error err = call->err;

    /* It has grown since it was listed. */
    if (err.what == AZB_ERR_TOO_LARGE && !t->is_open && send_download(t, false, &err) == 0)
        return;
    if (err.what == AZB_OK && take_download(t, call->result, &err) == 0)
        transfer_copied(t);
    else
        transfer_end(t, &err);
}

static int send_download(struct transfer *t, bool is_small, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    bool may_resume = !is_small && (t->bytes < 0 || t->bytes >= AZB_PART_MIN_BYTES);

    if (!is_small) {
        if (azb_folder_create(options->target->folder, name_at(t, options->target), may_resume,
                              &t->file, err) < 0)
            return -1;
        t->is_open = true;
        t->owner->n_large++;
    }
    if (begin_call(t, "blob.download_blob", options->source, download_done, err) < 0)
        return -1;
    azb_get_settings(&t->call, &options->command->options);
    if (!is_small)
        azb_call_bool(&t->call, "fd", true);
    if (!is_small)
        want_progress(t, may_resume);
    if (may_resume)
        azb_call_bool(&t->call, "resume", true);
    return send_call(t, is_small ? -1 : t->file.fd, err);
}

/* -1 with EXISTS where a file is to stay. */
static int check_free(const struct azb_transfer_options *options, const char *name,
                      struct azb_error *err)
{
    struct azb_folder *folder = options->target->folder;
    struct stat status;

    if (!options->no_clobber || folder == NULL ||
        azb_folder_stat(folder, name, &status, NULL) < 0)
        return 0;
    return azb_error_set(err, AZB_ERR_EXISTS, "%.300s exists", name);
}

/* Whether the first n bytes of its name are a folder's at the target: no file can be there. */
static bool is_folder(struct transfer *t, size_t n)
{
    const struct azb_place *target = t->owner->options.target;
    struct azb_buf *scratch = &t->owner->scratch;
    struct stat status;

    name_at(t, target);
    if (scratch->failed || target->folder == NULL)
        return false;
    scratch->data[target->prefix.len + n] = '\0';
    return azb_folder_stat(target->folder, (const char *)scratch->data, &status, NULL) == 0 &&
           S_ISDIR(status.st_mode);
}

/*
 * A container may have a blob `a` and a blob `a/b`; a folder cannot. The first one is the file,
 * whichever of them would be faster. They come in order, so that all files whose names another
 * one begins with are beginnings of the name before it.
 */
static int check_above(struct transfer *t, struct azb_error *err)
{
    struct azb_buf *last = &t->owner->last, *ends = &t->owner->ends;
    const char *name = azb_buf_cstr(&t->name);
    size_t n = t->name.len, same = 0;

    while (same < n && same < last->len && last->data[same] == t->name.data[same])
        same++;
    for (size_t i = 0; i < same && i + 1 < n; i++)
        if (ends->data[i] != 0 && name[i + 1] == '/' && !is_folder(t, i + 1))
            return azb_error_set(err, AZB_ERR_LOCAL_IO,
                                 "'%.*s' is a blob, too, and so a file here", (int)i + 1, name);
    last->len = ends->len = same;
    azb_buf_append(last, name + same, n - same);
    for (size_t i = same; i < n; i++)
        azb_buf_append(ends, "", 1);
    if (last->failed || ends->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a name");
    if (n > 0 && t->kind != AZB_ENTRY_FOLDER)
        ends->data[n - 1] = 1;
    return 0;
}

static int make_folder(struct transfer *t, const char *name, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;

    if (options->report->is_dry_run)
        return foresee_target(t, err);
    if (azb_folder_make(options->target->folder, name, err) < 0)
        return -1;
    transfer_copied(t);
    return 0;
}

static int start_download(struct transfer *t, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    const char *name = name_at(t, options->target);

    if (azb_folder_check_name(name, t->owner->scratch.len, err) < 0 || check_above(t, err) < 0)
        return -1;
    name = name_at(t, options->target); /* again: another may have been made meanwhile */
    if (t->kind == AZB_ENTRY_FOLDER)
        return make_folder(t, name, err);
    if (names_folder(t))
        return azb_error_set(err, AZB_ERR_LOCAL_IO,
                             "it has bytes in it, and a name that only a folder can have here");
    if (check_free(options, name, err) < 0)
        return -1;
    if (options->report->is_dry_run)
        return foresee_target(t, err);
    return send_download(t, t->bytes >= 0 && t->bytes <= INLINE_BYTES, err);
}

/* ---- copies by the service ---- */

static int start_copy(struct transfer *t, struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;
    const struct azb_target *source = &options->source->target;

    if (options->report->is_dry_run)
        return foresee_target(t, err);
    if (begin_call(t, "blob.copy_blob", options->target, copy_done, err) < 0)
        return -1;
    azb_call_str(&t->call, "source_client", source->profile);
    azb_call_str(&t->call, "source_container", source->container);
    azb_call_str(&t->call, "source_blob", name_at(t, options->source));
    if (source->snapshot != NULL)
        azb_call_str(&t->call, "source_snapshot", source->snapshot);
    if (source->version_id != NULL)
        azb_call_str(&t->call, "source_version_id", source->version_id);
    azb_put_attributes(&t->call, &options->command->options);
    azb_call_bool(&t->call, "overwrite", !options->no_clobber);
    want_progress(t, false);
    return send_call(t, -1, err);
}

/* ---- what has to be known of a blob before ---- */

static int start_known(struct transfer *t, struct azb_error *err)
{
    return t->owner->options.target->is_blob ? start_copy(t, err) : start_download(t, err);
}

static void looked(struct azb_client_call *call)
{
    struct transfer *t = transfer_of(call);
    const msgpack_object_map *map = azb_value_map(call->result);
    struct azb_error err = call->err;

    if (err.what == AZB_OK) {
        azb_value_copy(azb_map_find(map, "etag"), t->source_etag, sizeof(t->source_etag));
        azb_value_int(azb_map_find(map, "size"), &t->bytes);
        t->kind = azb_entry_kind_of((const char *)t->name.data, t->name.len, map);
    }
    if (err.what != AZB_OK || start_known(t, &err) < 0)
        transfer_end(t, &err);
}

/*
 * Of a name from a list nothing is known. Of a blob that goes when it has been copied, it has
 * to be: which one was copied. Of what may stand for a folder: whether there are bytes in it.
 * And of what is only planned: whether it is there.
 */
static bool has_to_look(const struct transfer *t)
{
    const struct azb_transfer_options *options = &t->owner->options;

    return t->source_etag[0] == '\0' &&
           (options->report->is_dry_run ||
            (options->target->is_blob ? options->is_move : names_folder(t)));
}

static int start_from_blob(struct transfer *t, struct azb_error *err)
{
    if (!has_to_look(t))
        return start_known(t, err);
    if (begin_call(t, "blob.get_blob_properties", t->owner->options.source, looked, err) < 0)
        return -1;
    return send_call(t, -1, err);
}

void azb_transfers_give_up(struct azb_transfers *transfers)
{
    for (unsigned i = 0; i < transfers->n_slots; i++) {
        struct transfer *t = &transfers->slots[i];

        if (!t->is_busy)
            continue;
        close_file(t);
        azb_report_given_up(transfers->options.report, listed_name(t));
    }
}

/* ---- all of them ---- */

int azb_transfers_new(const struct azb_transfer_options *options, struct azb_transfers **ret,
                      struct azb_error *err)
{
    struct azb_transfers *transfers = calloc(1, sizeof(*transfers));
    unsigned n = options->max_jobs;

    if (transfers == NULL ||
        (transfers->slots = calloc(n, sizeof(*transfers->slots))) == NULL) {
        azb_transfers_free(transfers);
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "transfers");
    }
    transfers->options = *options;
    transfers->n_slots = n;
    while (n-- > 0) {
        transfers->slots[n].owner = transfers;
        transfers->slots[n].next = transfers->free_ones;
        transfers->free_ones = &transfers->slots[n];
    }
    transfers->lanes[0].command = options->command;
    transfers->n_lanes = 1;
    guard(options->command->session);
    *ret = transfers;
    return 0;
}

void azb_transfers_free(struct azb_transfers *transfers)
{
    if (transfers == NULL)
        return;
    azb_signals_catch(NULL);
    guarded = NULL;
    for (unsigned i = 0; i < transfers->n_slots; i++) {
        if (transfers->slots[i].is_busy)
            azb_call_forget(&transfers->slots[i].call);
        close_file(&transfers->slots[i]);
        azb_buf_clear(&transfers->slots[i].name);
    }
    if (transfers->n_lanes > 1)
        transfers->options.command->session->n_all = 1;
    for (unsigned i = 1; i < transfers->n_lanes; i++)
        azb_session_clear(&transfers->lanes[i].own_session);
    azb_buf_clear(&transfers->last);
    azb_buf_clear(&transfers->ends);
    azb_buf_clear(&transfers->scratch);
    free(transfers->slots);
    free(transfers);
}

/* Send an action on its way; in a dry run, only as far as needed to tell how it would end. -1:
 * it has failed already. */
static int transfer_start(struct transfer *t, const struct azb_action *action,
                          struct azb_error *err)
{
    const struct azb_transfer_options *options = &t->owner->options;

    if (t->name.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a name");
    switch (action->op) {
    case AZB_PLAN_FAIL:
        *err = action->entry->err;
        return -1;
    case AZB_PLAN_SKIP:
        transfer_end(t, NULL);
        return 0;
    case AZB_PLAN_DELETE:
        return start_delete(t, action->entry, err);
    case AZB_PLAN_COPY:
        break;
    }
    return options->source->is_blob ? start_from_blob(t, err) : start_upload(t, err);
}

int azb_transfers_start(struct azb_transfers *transfers, const struct azb_action *action,
                        struct azb_error *err)
{
    struct azb_error item_err = {0};
    struct transfer *t;

    while (transfers->free_ones == NULL || transfers->n_large >= MAX_LARGE)
        if (step(transfers, err) < 0)
            return -1;
    widen(transfers);
    t = transfers->free_ones;
    transfers->free_ones = t->next;
    transfers->n_busy++;
    t->is_busy = true;
    t->op = action->op;
    t->kind = action->entry->kind;
    t->bytes = action->entry->size;
    t->load = load_of(t);
    t->lane = least_lane(transfers);
    t->lane->load += t->load;
    t->file.stays = false;
    t->flow = (struct azb_report_flow){0};
    t->etag[0] = t->request_id[0] = '\0';
    snprintf(t->source_etag, sizeof(t->source_etag), "%s", action->entry->etag);
    t->name.len = 0;
    azb_buf_append(&t->name, action->entry->name, action->entry->name_bytes);
    azb_buf_cstr(&t->name);
    if (transfer_start(t, action, &item_err) < 0)
        transfer_end(t, &item_err);
    if (signal_come != 0)
        return azb_error_set(err, AZB_ERR_CANCELLED, "interrupted");
    return 0;
}

int azb_transfers_finish(struct azb_transfers *transfers, struct azb_error *err)
{
    while (transfers->n_busy > 0)
        if (step(transfers, err) < 0)
            return -1;
    return 0;
}
