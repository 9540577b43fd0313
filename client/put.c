/*
 * put.c: files, pipes and stdin to blobs. The command opens, the daemon reads: the descriptor
 * goes over the socket and no byte of the file does. Several files are under way at once.
 */
#include "client/command.h"
#include "client/content_type.h"
#include "client/new_file.h"
#include "client/report.h"
#include "client/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct uploads;

struct upload {
    struct azb_client_call call;
    struct uploads *owner;
    struct azb_buf label; /* CONTAINER/NAME, for messages; not empty while under way */
    const char *path;
    struct azb_report_flow flow;
};

struct uploads {
    struct azb_command *command;
    struct azb_target target;
    bool is_prefix; /* the target takes the files' own names */
    bool is_many;
    struct azb_report report;
    struct upload *slots; /* as many as are under way at once */
    unsigned n_slots;
};

static void upload_progressed(struct azb_client_call *call, int64_t bytes, int64_t total)
{
    struct upload *upload = call->arg;

    azb_report_moving(&upload->owner->report, &upload->flow, bytes, total);
}

/* Whether the blob was there already, and is one of many that -n skips. */
static bool is_spared(const struct uploads *uploads, const struct azb_error *err)
{
    return uploads->is_many && azb_never_overwrites(&uploads->command->options) &&
           azb_blob_was_there(err);
}

static void upload_done(struct azb_client_call *call)
{
    struct upload *upload = call->arg;
    struct uploads *uploads = upload->owner;
    struct azb_command *command = uploads->command;
    const char *label = azb_buf_cstr(&upload->label);
    struct azb_error err = call->err;
    bool is_skipped = is_spared(uploads, &err);

    azb_report_hide(&uploads->report);
    azb_report_stopped(&uploads->report, &upload->flow);
    if (err.what == AZB_OK && command->out.format != AZB_FORMAT_TEXT)
        azb_output_value(&command->out, call->result, &err);
    if (err.what != AZB_OK && !is_skipped) {
        azb_command_failed(command, label, &err);
        azb_report_list(&uploads->report, upload->path);
    } else {
        azb_command_done(command, label, call->result);
        azb_command_say(command, is_skipped ? "skipped %s" : "wrote %s", label);
    }
    azb_buf_clear(&upload->label);
}

/* Step until a slot is free. */
static int free_slot(struct uploads *uploads, struct upload **ret, struct azb_error *err)
{
    for (;;) {
        for (unsigned i = 0; i < uploads->n_slots; i++)
            if (uploads->slots[i].label.len == 0) {
                *ret = &uploads->slots[i];
                return 0;
            }
        if (azb_connection_step(uploads->command->connection, err) < 0)
            return -1;
    }
}

static int await_all(struct uploads *uploads, struct azb_error *err)
{
    for (unsigned i = 0; i < uploads->n_slots; i++)
        while (uploads->slots[i].label.len > 0)
            if (azb_connection_step(uploads->command->connection, err) < 0)
                return -1;
    return 0;
}

/* A descriptor that can be read; - is stdin. -1 with LOCAL_IO. */
static int open_source(const char *path, struct azb_error *err)
{
    struct stat status;
    int fd =
        strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return azb_error_set(err, AZB_ERR_LOCAL_IO, "%s", strerror(errno));
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
        return fd;
    azb_error_set(err, AZB_ERR_LOCAL_IO, "%s", strerror(fd == STDIN_FILENO ? EBADF : EISDIR));
    close(fd);
    return -1;
}

bool azb_never_overwrites(const struct azb_options *options)
{
    const char *overwrite = options->values[AZB_OPTION_OVERWRITE];

    return azb_options_has(options, AZB_HAS(NO_CLOBBER)) ||
           (overwrite != NULL && strcmp(overwrite, "never") == 0);
}

/* The service has many codes for a conflict: an archived source is one too. */
static const char exists_code[] = "BlobAlreadyExists";

bool azb_blob_was_there(const struct azb_error *err)
{
    return err->what == AZB_ERR_EXISTS && strcmp(err->code, exists_code) == 0;
}

void azb_blob_is_there(struct azb_error *ret)
{
    azb_error_set(ret, AZB_ERR_EXISTS, "The specified blob already exists.");
    snprintf(ret->code, sizeof(ret->code), "%s", exists_code);
}

void azb_put_attributes(struct azb_client_call *call, const struct azb_options *options)
{
    const char *tier = options->values[AZB_OPTION_TIER];

    if (tier != NULL)
        azb_call_str(call, "standard_blob_tier", tier);
    if (azb_options_has(options, AZB_HAS(METADATA)))
        azb_options_pack_pairs(options, AZB_OPTION_METADATA, azb_call_value(call, "metadata"));
    if (azb_options_has(options, AZB_HAS(TAGS)))
        azb_options_pack_pairs(options, AZB_OPTION_TAGS, azb_call_value(call, "tags"));
}

void azb_put_settings(struct azb_client_call *call, const struct azb_options *options,
                      const char *name)
{
    const char *content_type = options->values[AZB_OPTION_CONTENT_TYPE];

    if (content_type == NULL)
        content_type = azb_content_type(name);
    if (content_type != NULL) {
        msgpack_packer *pk = azb_call_value(call, "content_settings");

        msgpack_pack_map(pk, 1);
        azb_pack_str(pk, "content_type");
        azb_pack_str(pk, content_type);
    }
    azb_put_attributes(call, options);
    if (azb_options_has(options, AZB_HAS(PUT_MD5)))
        azb_call_bool(call, "compute_md5", true);
}

void azb_put_resume(struct azb_client_call *call, int fd)
{
    struct stat status;

    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size >= AZB_PART_MIN_BYTES)
        azb_call_bool(call, "resume", true);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Send one upload on its way. -1: the command cannot go on. */
static int upload_start(struct uploads *uploads, struct upload *upload, const char *path,
                        int fd, struct azb_error *err)
{
    const struct azb_target *target = &uploads->target;
    const struct azb_options *options = &uploads->command->options;
    struct azb_buf *label = &upload->label;
    const char *name;

    azb_buf_printf(label, "%s/%s%s", target->container,
                   target->blob != NULL ? target->blob : "",
                   uploads->is_prefix ? base_name(path) : "");
    azb_buf_cstr(label);
    if (label->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an upload");
    upload->owner = uploads;
    upload->path = path;
    upload->call = (struct azb_client_call){
        .on_done = upload_done, .on_progress = upload_progressed, .arg = upload};
    if (azb_command_begin(uploads->command, &upload->call, "blob.upload_blob", target, err) < 0)
        return -1;
    name = (const char *)label->data + strlen(target->container) + 1;
    azb_call_str(&upload->call, "blob", name);
    azb_call_bool(&upload->call, "fd", true);
    azb_put_resume(&upload->call, fd);
    if (uploads->report.progress != AZB_PROGRESS_NONE)
        azb_call_bool(&upload->call, "progress", true);
    azb_call_bool(&upload->call, "overwrite", !azb_never_overwrites(options));
    azb_put_settings(&upload->call, options, name);
    return azb_call_send(&upload->call, fd, err);
}

static int put_file(struct uploads *uploads, const char *path, struct azb_error *err)
{
    struct azb_error source_err = {0};
    struct upload *upload;
    int fd, rc = -1;

    fd = open_source(path, &source_err);
    if (fd < 0) {
        azb_command_failed(uploads->command, path, &source_err);
        azb_report_list(&uploads->report, path);
        return 0;
    }
    if (free_slot(uploads, &upload, err) == 0)
        rc = upload_start(uploads, upload, path, fd, err);
    if (fd != STDIN_FILENO)
        close(fd);
    return rc;
}

/* The last operand, and whether what the others are called can be told from it. */
static int parse_destination(struct uploads *uploads, struct azb_error *err)
{
    const struct azb_options *options = &uploads->command->options;
    const char *text = options->operands[options->n_operands - 1];
    struct azb_target *target = &uploads->target;
    size_t n;

    if (azb_target_parse(text, target, err) < 0)
        return -1;
    if (target->container == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no container",
                             target->text);
    n = target->blob != NULL ? strlen(target->blob) : 0;
    uploads->is_prefix = n == 0 || target->blob[n - 1] == '/';
    if (!uploads->is_prefix && options->n_operands > 2)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "several files need a container or a prefix that ends in '/', and "
                             "'%.200s' is one blob",
                             target->text);
    for (int i = 0; uploads->is_prefix && i < options->n_operands - 1; i++)
        if (strcmp(options->operands[i], "-") == 0 ||
            base_name(options->operands[i])[0] == '\0')
            return azb_error_set(err, AZB_ERR_INVALID_ARG,
                                 "'%.200s' has no name of its own: write CONTAINER/NAME",
                                 options->operands[i]);
    return 0;
}

static int make_slots(struct uploads *uploads, struct azb_error *err)
{
    const struct azb_options *options = &uploads->command->options;
    unsigned n_files = (unsigned)options->n_operands - 1;

    uploads->is_many = n_files > 1;
    uploads->n_slots = n_files < options->max_jobs ? n_files : (unsigned)options->max_jobs;
    uploads->slots = calloc(uploads->n_slots, sizeof(*uploads->slots));
    return uploads->slots == NULL ? azb_error_set(err, AZB_ERR_NO_MEMORY, "uploads") : 0;
}

static void uploads_clear(struct uploads *uploads)
{
    azb_report_unwatch(&uploads->report);
    for (unsigned i = 0; uploads->slots != NULL && i < uploads->n_slots; i++) {
        if (uploads->slots[i].label.len > 0)
            azb_call_forget(&uploads->slots[i].call);
        azb_buf_clear(&uploads->slots[i].label);
    }
    free(uploads->slots);
    azb_target_clear(&uploads->target);
}

int azb_verb_put(struct azb_command *command)
{
    struct uploads uploads = {.command = command};
    struct azb_error err = {0};
    int rc;

    if (azb_needs_tree(command))
        return azb_tree_run(command, AZB_TREE_COPY, false, true);
    rc = parse_destination(&uploads, &err);
    if (rc == 0)
        rc = make_slots(&uploads, &err);
    if (rc == 0)
        rc = azb_report_watch(&uploads.report, command, &err);
    uploads.report.is_all_known = !uploads.is_many;
    for (int i = 0; rc == 0 && i < command->options.n_operands - 1; i++)
        rc = put_file(&uploads, command->options.operands[i], &err);
    uploads.report.is_all_known = true;
    if (rc == 0)
        rc = await_all(&uploads, &err);
    azb_report_hide(&uploads.report);
    rc = rc < 0 ? azb_command_end(command, NULL, &err) : azb_command_exit(command);
    uploads_clear(&uploads);
    return rc;
}
