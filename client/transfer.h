/*
 * transfer.h: copies between folders and containers, and deletes, many at once.
 */
#ifndef AZB_CLIENT_TRANSFER_H
#define AZB_CLIENT_TRANSFER_H

#include "client/command.h"
#include "client/folder.h"
#include "client/plan.h"
#include "client/report.h"

/* One end of a transfer: a local folder, or blobs whose names begin alike. */
struct azb_place {
    bool is_blob;
    struct azb_target target;                /* blobs: their account and container */
    char client_name[AZB_CLIENT_NAME_BYTES]; /* for the target's profile */
    struct azb_folder *folder; /* NULL for blobs, and for one that --dry-run does not make */
    struct azb_buf prefix;     /* what names begin with here, in the container or the folder */
    struct azb_buf label;      /* what they begin with for a reader */
};

void azb_place_clear(struct azb_place *place);

struct azb_transfers;

/* All borrowed until azb_transfers_free(); at least one of the places is a blob's. */
struct azb_transfer_options {
    struct azb_command *command;
    struct azb_report *report;
    const struct azb_place *source, *target;
    bool is_move;      /* what has been copied goes from the source */
    bool no_clobber;   /* what the target has is not replaced */
    bool is_many;      /* then that is skipped; of one alone it is a failure */
    bool has_compared; /* what is begun is nothing that the target had when it was listed */
    bool deletes;      /* what is in the way may be gone by then */
    unsigned max_jobs; /* calls under way at once */
};

/* From here to azb_transfers_free(), a signal to end makes every step fail. Returns 0 or -1. */
int azb_transfers_new(const struct azb_transfer_options *options, struct azb_transfers **ret,
                      struct azb_error *err);
void azb_transfers_free(struct azb_transfers *transfers);

/*
 * Begin an action, once there is room for it. How it goes is the report's. Returns 0, or -1
 * when nothing can go on.
 */
int azb_transfers_start(struct azb_transfers *transfers, const struct azb_action *action,
                        struct azb_error *err);

/* Wait for all that was begun. */
int azb_transfers_finish(struct azb_transfers *transfers, struct azb_error *err);

/* SIGINT, SIGTERM or SIGHUP, if one has come since azb_transfers_new(); else 0. The connection
 * has been hung up then, with which the daemon ends what was under way. A second one ends us.
 */
int azb_transfers_interrupted(void);

/* When nothing can go on: what is under way counts as failed. */
void azb_transfers_give_up(struct azb_transfers *transfers);

#endif
