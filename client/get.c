/*
 * get.c: blobs to files and to stdout. The daemon writes into a descriptor of ours; a file
 * appears under its name only when it is complete (new_file.h).
 */
#define _GNU_SOURCE 1 /* O_PATH */
#include "client/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/new_file.h"
#include "client/report.h"
#include "client/signals.h"
#include "client/subjects.h"
#include "client/tree.h"

struct destination {
    char path[PATH_MAX]; /* the final name */
    int dir_fd;          /* the folder that it lies in; -1: none yet */
    struct azb_new_file file;
    bool is_direct; /* a device or a pipe: written as it is, never replaced */
    bool no_clobber;
    struct azb_report *report;
    struct azb_report_flow flow;
};

/* What a signal's handler takes away before the process ends, unless it is to be gone on with.
 */
static const struct destination *volatile doomed;

static void remove_and_die(int signal_number)
{
    if (doomed != NULL && !doomed->file.stays)
        unlinkat(doomed->dir_fd, doomed->file.temporary, 0); /* "": it has no name */
    raise(signal_number); /* SA_RESETHAND: by now its default action */
}

static void guard(const struct destination *to)
{
    doomed = to;
    azb_signals_catch(remove_and_die);
}

static int local_error(const struct destination *to, struct azb_error *err)
{
    int why = errno;

    if (why == EEXIST)
        return azb_error_set(err, AZB_ERR_EXISTS, "%.300s exists", to->path);
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", to->path, strerror(why));
}

static const char *base_of(const struct destination *to)
{
    const char *slash = strrchr(to->path, '/');

    return slash != NULL ? slash + 1 : to->path;
}

/* A new file in the final name's folder, or what an earlier one has left. */
static int open_new(struct destination *to)
{
    size_t dir_bytes = (size_t)(base_of(to) - to->path);
    char folder[PATH_MAX] = ".";

    if (dir_bytes > 0)
        snprintf(folder, sizeof(folder), "%.*s", (int)dir_bytes, to->path);
    to->dir_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (to->dir_fd < 0)
        return -1;
    guard(to);
    return azb_new_file_reopen(&to->file, to->dir_fd, base_of(to))
               ? 0
               : azb_new_file_open(&to->file, to->dir_fd, base_of(to));
}

/* Where a name leads: into a folder, through a link, to something that is no file. */
static int destination_open(struct destination *to, const char *path, const char *blob_base,
                            bool no_clobber, struct azb_error *err)
{
    struct stat status;
    bool exists;
    int n = snprintf(to->path, sizeof(to->path), "%s", path);

    to->dir_fd = to->file.fd = -1;
    to->no_clobber = no_clobber;
    exists = stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) {
        if (blob_base[0] == '\0' || strcmp(blob_base, ".") == 0 || strcmp(blob_base, "..") == 0)
            return azb_error_set(
                err, AZB_ERR_INVALID_ARG,
                "the blob's name ends in no file name: say which FILE to write");
        n = snprintf(to->path, sizeof(to->path), "%s%s%s", path,
                     path[strlen(path) - 1] == '/' ? "" : "/", blob_base);
        exists = stat(to->path, &status) == 0;
    }
    if (n < 0 || (size_t)n >= sizeof(to->path)) {
        errno = ENAMETOOLONG;
        return local_error(to, err);
    }
    if (exists && S_ISDIR(status.st_mode))
        errno = EISDIR;
    else if (exists && no_clobber)
        errno = EEXIST;
    else if (exists && !S_ISREG(status.st_mode)) {
        to->is_direct = true;
        to->file.fd = open(to->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (to->file.fd >= 0)
            return 0;
    } else {
        char *real = exists ? realpath(to->path, NULL) : NULL;

        if (real != NULL) /* a link stays, and what it points to is replaced */
            snprintf(to->path, sizeof(to->path), "%s", real);
        free(real);
        if (open_new(to) == 0)
            return 0;
    }
    return local_error(to, err);
}

/* The file is complete: put it under its name. */
static int destination_commit(struct destination *to, struct azb_error *err)
{
    if (to->is_direct ||
        azb_new_file_commit(&to->file, to->dir_fd, base_of(to), to->no_clobber) == 0)
        return 0;
    return local_error(to, err);
}

/* Nothing of it stays but what was committed. */
static void destination_clear(struct destination *to)
{
    azb_new_file_clear(&to->file, to->dir_fd);
    if (to->dir_fd >= 0)
        close(to->dir_fd);
    azb_signals_catch(NULL);
    doomed = NULL;
}

static void on_progress(struct azb_client_call *call, int64_t bytes, int64_t total)
{
    struct destination *to = call->arg;

    azb_report_moving(to->report, &to->flow, bytes, total);
    if (!to->is_direct && total >= AZB_PART_MIN_BYTES)
        azb_new_file_keep(&to->file, to->dir_fd, base_of(to));
}

/* A line of progress between the lines of a blob would be no help. */
static bool is_shown(const struct destination *to)
{
    return to->is_direct && isatty(to->file.fd);
}

void azb_get_settings(struct azb_client_call *call, const struct azb_options *options)
{
    if (azb_options_has(options, AZB_HAS(NO_CHECK_MD5)))
        azb_call_bool(call, "check_md5", false);
}

/* Have the daemon write a blob to where it belongs. Returns the result, borrowed until the next
 * step of the connection, or NULL with *err set. */
static const msgpack_object *download(struct azb_command *command,
                                      const struct azb_target *target, struct destination *to,
                                      struct azb_error *err)
{
    struct azb_client_call call = {.on_progress = on_progress, .arg = to};
    int rc;

    if (azb_command_begin(command, &call, "blob.download_blob", target, err) < 0)
        return NULL;
    azb_call_str(&call, "blob", target->blob);
    azb_call_bool(&call, "fd", true);
    azb_call_bool(&call, "resume", !to->is_direct);
    azb_call_bool(&call, "progress", !is_shown(to));
    azb_get_settings(&call, &command->options);
    rc = azb_command_finish(&call, to->file.fd, err);
    azb_report_hide(to->report);
    if (rc < 0)
        return NULL;
    azb_command_say_resumed(command, target->text, call.result);
    return call.result;
}

static int download_to_stdout(struct azb_command *command, const struct azb_target *target,
                              struct azb_report *report, struct azb_error *err)
{
    struct destination to = {
        .dir_fd = -1, .file.fd = STDOUT_FILENO, .is_direct = true, .report = report};

    if (download(command, target, &to, err) != NULL)
        return 0;
    azb_command_end_if_unread(err);
    return -1;
}

static int download_to_file(struct azb_command *command, const struct azb_target *target,
                            const char *path, struct azb_report *report, struct azb_error *err)
{
    const char *slash = strrchr(target->blob, '/');
    const msgpack_object *result = NULL;
    struct destination to = {.report = report};
    int rc = destination_open(&to, path, slash != NULL ? slash + 1 : target->blob,
                              azb_never_overwrites(&command->options), err);

    if (rc == 0 && (result = download(command, target, &to, err)) == NULL)
        rc = -1;
    if (rc < 0)
        azb_new_file_failed(&to.file, err);
    if (rc < 0 && to.file.stays)
        azb_report_kept(report, to.path);
    if (rc == 0)
        rc = destination_commit(&to, err);
    if (rc == 0)
        azb_command_say(command, "wrote %s", to.path);
    if (rc == 0 && command->out.format != AZB_FORMAT_TEXT)
        rc = azb_output_value(&command->out, result, err);
    destination_clear(&to);
    return rc;
}

int azb_verb_get(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *path = options->n_operands > 1 ? options->operands[1] : ".";
    struct azb_error err = {0};
    struct azb_target target;
    struct azb_report report;
    int rc;

    if (azb_needs_tree(command) || azb_subjects_is_pattern(command, options->operands[0]))
        return azb_tree_run(command, AZB_TREE_COPY, true, false);
    if (azb_command_blob(options->operands[0], &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    rc = azb_report_watch(&report, command, &err);
    if (rc == 0)
        rc = strcmp(path, "-") == 0 ? download_to_stdout(command, &target, &report, &err)
                                    : download_to_file(command, &target, path, &report, &err);
    if (rc < 0)
        azb_report_list(&report, target.text);
    azb_report_unwatch(&report);
    rc = rc < 0 ? azb_command_end(command, target.text, &err) : AZB_EXIT_DONE;
    azb_target_clear(&target);
    return rc;
}

/* One blob, or why there is none of that name. */
static void cat_one(struct azb_command *command, const char *text, struct azb_error *err)
{
    struct azb_target target = {.text = err->what != AZB_OK ? text : NULL}; /* a pattern */
    int rc = err->what != AZB_OK ? -1 : azb_command_blob(text, &target, err);
    struct azb_report report;

    azb_report_watch(&report, command, NULL);
    if (rc == 0)
        rc = download_to_stdout(command, &target, &report, err);
    azb_report_unwatch(&report);
    if (rc < 0)
        azb_command_failed(command, target.text, err);
    else
        azb_command_done(command, target.text, NULL);
    azb_target_clear(&target);
}

int azb_verb_cat(struct azb_command *command)
{
    struct azb_options *options = &command->options;
    struct azb_subjects subjects;
    struct azb_error err = {0};
    const char *text;

    if (azb_command_check(command, azb_command_blob, &err) < 0)
        return azb_command_end(command, NULL, &err);
    azb_subjects_init(&subjects, command, options->operands, options->n_operands);
    while (azb_subjects_next(&subjects, &text, &err) != 0) {
        cat_one(command, text, &err);
        err = (struct azb_error){0};
    }
    azb_subjects_clear(&subjects);
    return azb_command_exit(command);
}
