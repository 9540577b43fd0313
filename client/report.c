/*
 * report.c: rows are MessagePack maps like every other result, so that all formats come from
 * one place; plain text says nothing of what went well, as cp(1) does.
 */
#include "client/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SHOW_MS = 200, /* between two states of the progress */
    BAR_MAX = 30,  /* cells of its bar */
    BAR_STEP = 10, /* so that it keeps its width while the numbers behind it change theirs */
};

static const struct azb_column columns[] = {{"op"},    {"source"}, {"target"},     {"status"},
                                            {"bytes"}, {"etag"},   {"request_id"}, {NULL}};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum azb_progress choose_progress(const struct azb_options *options)
{
    const char *wanted = options->values[AZB_OPTION_PROGRESS];
    const char *term = getenv("TERM");

    if (wanted != NULL)
        return strcmp(wanted, "json") == 0 ? AZB_PROGRESS_JSON : AZB_PROGRESS_NONE;
    if (azb_options_has(options, AZB_HAS(QUIET)) || !isatty(STDERR_FILENO) ||
        (term != NULL && strcmp(term, "dumb") == 0))
        return AZB_PROGRESS_NONE;
    return AZB_PROGRESS_LINE;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat a_status, b_status;

    return stat(a, &a_status) == 0 && stat(b, &b_status) == 0 &&
           a_status.st_dev == b_status.st_dev && a_status.st_ino == b_status.st_ino;
}

/* Open what --failed-to names. */
static int open_list(struct azb_report *report, struct azb_error *err)
{
    const char *const *values = report->command->options.values;
    const char *path = values[AZB_OPTION_FAILED_TO], *from = values[AZB_OPTION_FROM];

    if (path != NULL && from != NULL && is_same_file(path, from))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "--failed-to would empty the list of --from before it is read: "
                             "name another file");
    if (path == NULL || (report->failed_to = fopen(path, "we")) != NULL)
        return 0;
    return azb_error_set(err, AZB_ERR_LOCAL_IO, "%.300s: %s", path, strerror(errno));
}

int azb_report_begin(struct azb_report *report, struct azb_command *command,
                     struct azb_error *err)
{
    *report = (struct azb_report){
        .command = command,
        .is_dry_run = azb_options_has(&command->options, AZB_HAS(DRY_RUN)),
        .progress = choose_progress(&command->options),
        .started_ms = now_ms(),
    };
    return open_list(report, err);
}

/* A number of bytes for people: 1.5 MiB. */
static void put_bytes(struct azb_buf *line, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    unsigned i = 0;

    for (; bytes >= 1024 && i < 5; i++)
        bytes /= 1024;
    azb_buf_printf(line, i == 0 ? "%.0f %s" : "%.1f %s", bytes, units[i]);
}

static void put_counts(struct azb_buf *line, const struct azb_report *report)
{
    azb_buf_printf(line, "%lu copied (", report->n_copied);
    put_bytes(line, (double)(report->n_bytes + report->n_moved));
    azb_buf_puts(line, ")");
    if (report->n_deleted > 0)
        azb_buf_printf(line, ", %lu deleted", report->n_deleted);
    if (report->n_skipped > 0)
        azb_buf_printf(line, ", %lu skipped", report->n_skipped);
    if (report->n_failed > 0)
        azb_buf_printf(line, ", %lu failed", report->n_failed);
}

void azb_report_hide(struct azb_report *report)
{
    if (report->is_line_shown)
        fputs("\r\033[K", stderr);
    report->is_line_shown = false;
}

/* Of one thing, or a few: how much of how much. */
static void put_share(struct azb_buf *line, const struct azb_report *report)
{
    put_bytes(line, (double)report->n_moved);
    if (report->n_left > 0) {
        azb_buf_puts(line, " of ");
        put_bytes(line, (double)(report->n_moved + report->n_left));
    }
}

/* Columns that a line can have without wrapping. */
static int line_width(void)
{
    const char *columns_text = getenv("COLUMNS");
    int width = columns_text != NULL ? atoi(columns_text) : 0;
    struct winsize size;

    if (width <= 1 && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    return width > 1 ? width - 1 : 79;
}

/* A time for people: 45 s, 3 min, 2 h 05 min. */
static void put_seconds(struct azb_buf *line, double seconds)
{
    unsigned long minutes = (unsigned long)(seconds / 60);

    if (seconds < 100)
        azb_buf_printf(line, "%.0f s", seconds);
    else if (minutes < 100)
        azb_buf_printf(line, "%lu min", minutes);
    else
        azb_buf_printf(line, "%lu h %02lu min", minutes / 60, minutes % 60);
}

/* How much is done of all, and a bar of that if there is room for one: "45 % [====>    ] ". */
static void put_bar(struct azb_buf *line, double share, int room)
{
    int cells = (room > BAR_MAX ? BAR_MAX : room) / BAR_STEP * BAR_STEP;
    int filled = (int)(share * cells);

    azb_buf_printf(line, "%3d %% ", (int)(share * 100));
    if (cells <= 0)
        return;
    azb_buf_puts(line, "[");
    for (int i = 0; i < cells; i++)
        azb_buf_puts(line, i < filled ? "=" : i == filled ? ">" : " ");
    azb_buf_puts(line, "] ");
}

static void put_progress(struct azb_buf *line, const struct azb_report *report, double per_s,
                         double seconds)
{
    if (report->is_watch)
        put_share(line, report);
    else
        put_counts(line, report);
    azb_buf_puts(line, ", ");
    put_bytes(line, per_s);
    azb_buf_puts(line, "/s");
    if (!report->is_watch)
        azb_buf_printf(line, ", %.0f/s",
                       (double)(report->n_copied + report->n_deleted) / seconds);
    if (report->is_all_known && report->n_left > 0 && per_s > 0) {
        azb_buf_puts(line, ", ");
        put_seconds(line, (double)report->n_left / per_s + 1);
        azb_buf_puts(line, " left");
    }
}

static void show_line(struct azb_report *report, double seconds)
{
    double done = (double)(report->n_bytes + report->n_moved);
    struct azb_buf line = {0}, text = {0};
    int width = line_width();

    put_progress(&text, report, done / seconds, seconds);
    if (report->is_all_known && report->n_left > 0)
        put_bar(&line, done / (done + (double)report->n_left),
                width - (int)text.len - (int)strlen("100 % [] "));
    azb_buf_append(&line, text.data, text.len);
    fprintf(stderr, "\r%.*s\033[K", width, azb_buf_cstr(&line));
    azb_buf_clear(&line);
    azb_buf_clear(&text);
    report->is_line_shown = true;
}

static void show_json(const struct azb_report *report, int64_t elapsed_ms)
{
    fprintf(stderr,
            "{\"copied\":%lu,\"bytes\":%" PRIu64 ",\"deleted\":%lu,\"skipped\":%lu,"
            "\"failed\":%lu,\"bytes_left\":%" PRIu64 ",\"elapsed_ms\":%" PRId64 "}\n",
            report->n_copied, report->n_bytes + report->n_moved, report->n_deleted,
            report->n_skipped, report->n_failed, report->n_left, elapsed_ms);
}

static void show_progress(struct azb_report *report)
{
    int64_t now = now_ms();

    if (report->progress == AZB_PROGRESS_NONE || now - report->shown_ms < SHOW_MS)
        return;
    report->shown_ms = now;
    if (report->progress == AZB_PROGRESS_JSON)
        show_json(report, now - report->started_ms);
    else
        show_line(report, (double)(now - report->started_ms + 1) / 1000);
}

int azb_report_watch(struct azb_report *report, struct azb_command *command,
                     struct azb_error *err)
{
    int64_t now = now_ms();

    *report = (struct azb_report){
        .command = command,
        .progress = choose_progress(&command->options),
        .started_ms = now,
        .shown_ms = now, /* what is done at once shows nothing */
        .is_watch = true,
        .is_all_known = true,
    };
    return open_list(report, err);
}

void azb_report_unwatch(struct azb_report *report)
{
    azb_report_hide(report);
    if (report->failed_to != NULL)
        fclose(report->failed_to);
    report->failed_to = NULL;
}

void azb_report_moving(struct azb_report *report, struct azb_report_flow *flow, int64_t bytes,
                       int64_t total)
{
    struct azb_report_flow now = {
        .bytes = bytes > 0 ? (uint64_t)bytes : 0,
        .left = total > bytes && bytes >= 0 ? (uint64_t)(total - bytes) : 0,
    };

    report->n_moved += now.bytes - flow->bytes;
    report->n_left += now.left - flow->left;
    *flow = now;
    show_progress(report);
}

void azb_report_stopped(struct azb_report *report, struct azb_report_flow *flow)
{
    if (!report->is_watch)
        report->n_moved -= flow->bytes;
    report->n_left -= flow->left;
    *flow = (struct azb_report_flow){0};
}

static void pack_pair(msgpack_packer *pk, const char *name, const char *value)
{
    azb_pack_str(pk, name);
    if (value != NULL && value[0] != '\0')
        azb_pack_str(pk, value);
    else
        msgpack_pack_nil(pk);
}

static void pack_number(msgpack_packer *pk, const char *name, int64_t value)
{
    azb_pack_str(pk, name);
    if (value >= 0)
        msgpack_pack_int64(pk, value);
    else
        msgpack_pack_nil(pk);
}

/* Write packed bytes as a row. What goes wrong stays in the output, for its next flush. */
static void write_row(struct azb_report *report, struct azb_buf *packed)
{
    azb_output_packed_row(&report->command->out, packed, columns, NULL);
    azb_buf_clear(packed);
}

static void put_row(struct azb_report *report, const struct azb_report_item *item,
                    const char *status, const struct azb_error *err)
{
    const char *request_id = err != NULL ? err->request_id : item->request_id;
    struct azb_buf packed = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &packed);
    msgpack_pack_map(&pk, err != NULL ? 8 : 7);
    pack_pair(&pk, "op", item->op);
    pack_pair(&pk, "source", item->source);
    pack_pair(&pk, "target", item->target);
    pack_pair(&pk, "status", status);
    pack_number(&pk, "bytes", item->bytes);
    pack_pair(&pk, "etag", item->etag);
    pack_pair(&pk, "request_id", request_id);
    if (err != NULL) {
        azb_pack_str(&pk, "error");
        azb_error_pack(&pk, err);
    }
    write_row(report, &packed);
}

bool azb_report_wants_rows(const struct azb_report *report)
{
    return report->is_dry_run || report->command->out.format != AZB_FORMAT_TEXT ||
           azb_options_has(&report->command->options, AZB_HAS(VERBOSE));
}

/* What --dry-run prints, and --verbose says on stderr. */
static void put_text(struct azb_report *report, const struct azb_report_item *item)
{
    struct azb_output *out = &report->command->out;
    const char *subject = item->source != NULL ? item->source : item->target;

    if (!report->is_dry_run) {
        azb_report_hide(report);
        azb_command_say(report->command, "%s %s", item->op, subject);
    } else if (strcmp(item->op, "skip") != 0) {
        azb_buf_printf(&out->buf, "%s ", item->op);
        azb_output_name(out, subject);
        azb_buf_append(&out->buf, &out->end, 1);
        azb_output_flush_if_full(out, NULL);
    }
}

void azb_report_done(struct azb_report *report, const struct azb_report_item *item)
{
    if (strcmp(item->op, "skip") == 0)
        report->n_skipped++;
    else if (strcmp(item->op, "delete") == 0)
        report->n_deleted++;
    else
        report->n_copied++, report->n_bytes += item->bytes > 0 ? (uint64_t)item->bytes : 0;
    if (report->command->out.format != AZB_FORMAT_TEXT)
        put_row(report, item, report->is_dry_run ? "planned" : "done", NULL);
    else if (azb_report_wants_rows(report))
        put_text(report, item);
    show_progress(report);
}

void azb_report_list(struct azb_report *report, const char *name)
{
    if (report->failed_to != NULL)
        fprintf(report->failed_to, "%s%c", name, report->command->out.end);
}

void azb_report_note(struct azb_report *report, const char *name, const char *note)
{
    if (azb_options_has(&report->command->options, AZB_HAS(QUIET)))
        return;
    azb_report_hide(report);
    fprintf(stderr, "azblob: %s: %s: %s\n", report->command->verb->name, name, note);
}

void azb_report_kept(struct azb_report *report, const char *name)
{
    azb_report_note(report, name,
                    "what has come is kept beside it; the same command goes on with it");
}

void azb_report_given_up(struct azb_report *report, const char *name)
{
    report->n_failed++;
    azb_report_list(report, name);
}

void azb_report_failed(struct azb_report *report, const struct azb_report_item *item,
                       const struct azb_error *err)
{
    report->n_failed++;
    report->last_failure = azb_exit_code(err);
    azb_report_hide(report);
    azb_command_tell(report->command, item->source != NULL ? item->source : item->target, err);
    azb_report_list(report, item->name);
    if (report->command->out.format != AZB_FORMAT_TEXT)
        put_row(report, item, "failed", err);
}

static void put_summary_row(struct azb_report *report, int64_t elapsed_ms)
{
    struct azb_buf packed = {0};
    msgpack_packer pk;

    azb_buf_packer(&pk, &packed);
    msgpack_pack_map(&pk, 7);
    pack_pair(&pk, "op", "summary");
    pack_number(&pk, "copied", (int64_t)report->n_copied);
    pack_number(&pk, "bytes", (int64_t)report->n_bytes);
    pack_number(&pk, "deleted", (int64_t)report->n_deleted);
    pack_number(&pk, "skipped", (int64_t)report->n_skipped);
    pack_number(&pk, "failed", (int64_t)report->n_failed);
    pack_number(&pk, "elapsed_ms", elapsed_ms);
    write_row(report, &packed);
}

static void say_summary(const struct azb_report *report, int64_t elapsed_ms)
{
    struct azb_buf line = {0};

    put_counts(&line, report);
    fprintf(stderr, "azblob: %s: %s%s%s in %.1f s\n", report->command->verb->name,
            report->is_interrupted ? "interrupted: " : "",
            report->is_dry_run ? "would be " : "", azb_buf_cstr(&line),
            (double)elapsed_ms / 1000);
    azb_buf_clear(&line);
}

int azb_report_end(struct azb_report *report)
{
    int64_t elapsed_ms = now_ms() - report->started_ms;
    struct azb_output *out = &report->command->out;

    azb_report_unwatch(report);
    if (out->format == AZB_FORMAT_JSON || out->format == AZB_FORMAT_JSONL)
        put_summary_row(report, elapsed_ms);
    else if (!azb_options_has(&report->command->options, AZB_HAS(QUIET)))
        say_summary(report, elapsed_ms);
    azb_output_rows_end(out);
    if (report->n_failed == 0)
        return AZB_EXIT_DONE;
    return report->n_failed + report->n_copied + report->n_deleted + report->n_skipped == 1
               ? (int)report->last_failure
               : AZB_EXIT_FAILED;
}
