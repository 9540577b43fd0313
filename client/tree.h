/*
 * tree.h: many files or blobs from one place to another.
 */
#ifndef AZB_CLIENT_TREE_H
#define AZB_CLIENT_TREE_H

#include "client/command.h"

enum azb_tree_kind {
    AZB_TREE_COPY,
    AZB_TREE_MOVE,
    AZB_TREE_SYNC,
};

/* What every transfer of trees takes. */
#define AZB_TRANSFER_OPTIONS                                                                  \
    (AZB_HAS(RECURSIVE) | AZB_HAS(DRY_RUN) | AZB_HAS(INCLUDE) | AZB_HAS(EXCLUDE) |            \
     AZB_HAS(OVERWRITE) | AZB_HAS(NO_CLOBBER) | AZB_HAS(JOBS) | AZB_HAS(FAILED_TO) |          \
     AZB_HAS(PROGRESS) | AZB_HAS(FROM) | AZB_HAS(NUL) | AZB_HAS(LITERAL) | AZB_HAS(BWLIMIT) | \
     AZB_HAS(CHECKSUM) | AZB_HAS(NO_CHECK_MD5))

/* And those that may go up. */
#define AZB_UPLOAD_OPTIONS                                                       \
    (AZB_HAS(CONTENT_TYPE) | AZB_HAS(METADATA) | AZB_HAS(TAGS) | AZB_HAS(TIER) | \
     AZB_HAS(PUT_MD5))

/* Whether the options make a tree of a single name: many are meant, or both sides are to be
 * looked at first. */
bool azb_needs_tree(const struct azb_command *command);

/* Whether an operand of cp, mv or sync is a blob: a URL, az://... or PROFILE:... */
bool azb_names_blob(const char *text);

/* Copy, move or sync the first operand to the second. Returns the exit code. */
int azb_tree_run(struct azb_command *command, enum azb_tree_kind kind, bool is_source_blob,
                 bool is_target_blob);

#endif
