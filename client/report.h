/*
 * report.h: how a copy or a sync goes: counts, a line for each item to those who want it, the
 * failures on stderr, progress on a terminal, and at the end one line that sums up.
 */
#ifndef AZB_CLIENT_REPORT_H
#define AZB_CLIENT_REPORT_H

#include <stdio.h>
#include "client/command.h"

enum azb_progress {
    AZB_PROGRESS_NONE,
    AZB_PROGRESS_LINE, /* one line on the terminal, written anew */
    AZB_PROGRESS_JSON, /* a line of JSON on stderr now and then */
};

struct azb_report {
    struct azb_command *command;
    bool is_dry_run;
    enum azb_progress progress;
    FILE *failed_to; /* NULL: nobody wants the list of failures */
    int64_t started_ms, shown_ms;
    bool is_line_shown;
    bool is_watch; /* there are no items, only bytes */
    unsigned long n_copied, n_deleted, n_skipped, n_failed;
    uint64_t n_bytes;         /* of what was copied */
    uint64_t n_moved, n_left; /* of what is under way, as far as that is known */
    bool is_all_known;        /* nothing more will begin: the time left can be told */
    bool is_interrupted;      /* by a signal */
    enum azb_exit last_failure;
};

/* How far an item under way is. Zeroed by its owner. */
struct azb_report_flow {
    uint64_t bytes, left;
};

/* One item. Strings are borrowed until the call returns. */
struct azb_report_item {
    const char *op;              /* copy, delete, skip */
    const char *source, *target; /* as a user would write them; NULL: it has none */
    const char *name;            /* below the trees' roots: what --from takes; of one alone: as
                                    it was given */
    int64_t bytes;               /* -1: not known */
    const char *etag, *request_id;
};

/* Start the clock and open what --failed-to names. 0, or -1 with LOCAL_IO. */
int azb_report_begin(struct azb_report *report, struct azb_command *command,
                     struct azb_error *err);

void azb_report_done(struct azb_report *report, const struct azb_report_item *item);
void azb_report_failed(struct azb_report *report, const struct azb_report_item *item,
                       const struct azb_error *err);

/*
 * For names given one by one: progress, and the list of --failed-to, are all that is wanted.
 * 0, or -1 with LOCAL_IO. azb_report_unwatch() ends it.
 */
int azb_report_watch(struct azb_report *report, struct azb_command *command,
                     struct azb_error *err);
void azb_report_unwatch(struct azb_report *report);

/* Put a name on that list. */
void azb_report_list(struct azb_report *report, const char *name);

/* News of an item under way; total -1: not known. And its end; of a tree's it is told next. */
void azb_report_moving(struct azb_report *report, struct azb_report_flow *flow, int64_t bytes,
                       int64_t total);
void azb_report_stopped(struct azb_report *report, struct azb_report_flow *flow);

/* Take the progress off the terminal, so that something else can be written there. */
void azb_report_hide(struct azb_report *report);

/* Something worth knowing about a name, unless --quiet. */
void azb_report_note(struct azb_report *report, const char *name, const char *note);

/* What has come of a name's file stays beside its place. */
void azb_report_kept(struct azb_report *report, const char *name);

/* An item that was under way when all ended. */
void azb_report_given_up(struct azb_report *report, const char *name);

/* Whether rows are written for what has gone well: else there is no need for names. */
bool azb_report_wants_rows(const struct azb_report *report);

/* The last line. Returns the exit code for the items. */
int azb_report_end(struct azb_report *report);

#endif
