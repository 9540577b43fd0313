/*
 * plan.h: what a copy or a sync is going to do: a stream of actions, made from the entries of
 * its source and, where it matters what is there already, of its target.
 */
#ifndef AZB_CLIENT_PLAN_H
#define AZB_CLIENT_PLAN_H

#include <stdbool.h>
#include "client/entry.h"

/* Which of the source's files are copied. */
enum azb_plan_rule {
    AZB_PLAN_ALL,
    AZB_PLAN_MISSING, /* those that the target has not */
    AZB_PLAN_NEWER,   /* also those that are newer than the target's */
    AZB_PLAN_CHANGED, /* also those of another size */
    AZB_PLAN_CONTENT, /* those of another size or content; where that cannot be told, CHANGED */
};

enum azb_content {
    AZB_CONTENT_SAME,
    AZB_CONTENT_DIFFERENT,
    AZB_CONTENT_UNKNOWN, /* nothing tells, but the times */
};

/* Compare a source's and a target's file of one size. */
typedef enum azb_content azb_compare_fn(const struct azb_entry *source,
                                        const struct azb_entry *target, void *arg);

enum azb_plan_op {
    AZB_PLAN_COPY,
    AZB_PLAN_DELETE, /* the target's entry */
    AZB_PLAN_SKIP,   /* the target has it; or it is nothing that is copied */
    AZB_PLAN_FAIL,   /* it cannot be read: source->err */
};

struct azb_action {
    enum azb_plan_op op;
    const struct azb_entry *entry; /* of the target if op is DELETE, else of the source */
};

struct azb_plan {
    /* The caller's, who keeps the sources. */
    struct azb_entries *source;
    struct azb_entries *target; /* NULL: what is there does not matter */
    enum azb_plan_rule rule;
    bool deletes;            /* what the source has not */
    azb_compare_fn *compare; /* of rule CONTENT */
    void *compare_arg;

    /* The plan's own. */
    const struct azb_entry *next_source, *next_target;
    bool is_source_read, is_target_read; /* next_... is yet to be used */
    bool is_source_hurt; /* something in it could not be read: nothing is deleted any more */
    struct azb_plan_order {
        char *name;
        size_t bytes, room;
    } source_order, target_order;
};

/*
 * The next action. Its entry is borrowed until the next call. Returns 1, 0 at the end, or -1
 * with the error of a source, or PROTOCOL when names do not come in order: then what is missing
 * could not be told from what is still to come.
 */
int azb_plan_next(struct azb_plan *plan, struct azb_action *ret, struct azb_error *err);

void azb_plan_clear(struct azb_plan *plan);

#endif
