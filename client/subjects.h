/*
 * subjects.h: what the names of a command line mean, one after another: each itself, or the
 * blobs that a pattern matches, for verbs that take --literal.
 */
#ifndef AZB_CLIENT_SUBJECTS_H
#define AZB_CLIENT_SUBJECTS_H

#include "client/command.h"
#include "client/entry.h"
#include "client/selection.h"

struct azb_subjects {
    struct azb_command *command;
    char **names;
    int n_names;

    /* The pattern whose matches are under way. */
    struct azb_entries *entries; /* NULL: none */
    struct azb_target target;
    struct azb_selection selection;
    size_t before_bytes;  /* of its text, up to the blob's name */
    struct azb_buf match; /* the last one's name in full */
};

/* names: borrowed, as is the command. */
void azb_subjects_init(struct azb_subjects *subjects, struct azb_command *command, char **names,
                       int n_names);
void azb_subjects_clear(struct azb_subjects *subjects);

/*
 * The next name in full, borrowed until the next call: 1, or 0 after the last one. Waits for a
 * listing, where one is needed. -1: a pattern is wrong, matches nothing, or cannot be listed;
 * *ret is that pattern, and the next call goes on behind it.
 */
int azb_subjects_next(struct azb_subjects *subjects, const char **ret, struct azb_error *err);

/* Whether a name of this verb is a pattern. */
bool azb_subjects_is_pattern(const struct azb_command *command, const char *name);

#endif
