/*
 * plan.c: two sorted streams side by side.
 */
#include "client/plan.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);

    return order != 0 ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

/* Remember a name, which must come after the one before it. */
static int keep_order(struct azb_plan_order *order, const struct azb_entry *entry,
                      struct azb_error *err)
{
    if (order->name != NULL &&
        compare_names(entry->name, entry->name_bytes, order->name, order->bytes) <= 0)
        return azb_error_set(err, AZB_ERR_PROTOCOL,
                             "names do not come in order: '%.100s' after '%.100s'", entry->name,
                             order->name);
    if (order->room <= entry->name_bytes) {
        char *name = realloc(order->name, 2 * entry->name_bytes + 64);

        if (name == NULL)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a name");
        order->name = name;
        order->room = 2 * entry->name_bytes + 64;
    }
    memcpy(order->name, entry->name, entry->name_bytes + 1);
    order->bytes = entry->name_bytes;
    return 0;
}

/* Have the next entry of a side at hand; *next is NULL at its end. */
static int read_side(struct azb_entries *entries, struct azb_plan_order *order, bool *is_read,
                     const struct azb_entry **next, struct azb_error *err)
{
    int got;

    if (*is_read)
        return 0;
    *next = NULL;
    got = entries->next(entries, next, err);
    if (got < 0 || (got > 0 && order != NULL && keep_order(order, *next, err) < 0))
        return -1;
    if (got == 0)
        *next = NULL;
    *is_read = true;
    return 0;
}

/* By size, then by content, or by time where nothing else tells. */
static bool has_changed(const struct azb_plan *plan, const struct azb_entry *source,
                        const struct azb_entry *target)
{
    enum azb_content content = AZB_CONTENT_UNKNOWN;

    if (source->size != target->size)
        return true;
    if (plan->rule == AZB_PLAN_CONTENT)
        content = plan->compare(source, target, plan->compare_arg);
    return content == AZB_CONTENT_UNKNOWN ? source->mtime_ns > target->mtime_ns
                                          : content == AZB_CONTENT_DIFFERENT;
}

static bool must_copy(const struct azb_plan *plan, const struct azb_entry *source,
                      const struct azb_entry *target)
{
    switch (plan->rule) {
    case AZB_PLAN_ALL:
        return true;
    case AZB_PLAN_MISSING:
        return target == NULL;
    case AZB_PLAN_NEWER:
        return target == NULL || source->mtime_ns > target->mtime_ns;
    case AZB_PLAN_CHANGED:
    case AZB_PLAN_CONTENT:
        break;
    }
    return target == NULL || has_changed(plan, source, target);
}

/* What becomes of a source's entry; target: the one of the same name, or NULL. */
static enum azb_plan_op decide(const struct azb_plan *plan, const struct azb_entry *source,
                               const struct azb_entry *target)
{
    if (source->kind == AZB_ENTRY_UNREADABLE)
        return AZB_PLAN_FAIL;
    if (source->kind == AZB_ENTRY_SPECIAL)
        return AZB_PLAN_SKIP;
    return must_copy(plan, source, target) ? AZB_PLAN_COPY : AZB_PLAN_SKIP;
}

/* A target's entry that the source has not: what stands for a folder stays, and so does what
 * is no file. */
static bool must_delete(const struct azb_plan *plan, const struct azb_entry *target)
{
    return plan->deletes && !plan->is_source_hurt && target->kind == AZB_ENTRY_FILE;
}

/* One step of the merge. 1: an action; 0: the end; 2: nothing to do for this name. */
static int plan_step(struct azb_plan *plan, struct azb_action *ret, struct azb_error *err)
{
    const struct azb_entry *source, *target;
    int order;

    if (read_side(plan->source, plan->target != NULL ? &plan->source_order : NULL,
                  &plan->is_source_read, &plan->next_source, err) < 0 ||
        (plan->target != NULL && read_side(plan->target, &plan->target_order,
                                           &plan->is_target_read, &plan->next_target, err) < 0))
        return -1;
    source = plan->next_source;
    target = plan->next_target;
    if (source == NULL && target == NULL)
        return 0;
    order = source == NULL   ? 1
            : target == NULL ? -1
                             : compare_names(source->name, source->name_bytes, target->name,
                                             target->name_bytes);
    plan->is_source_read = order > 0;
    plan->is_target_read = order < 0;
    if (order > 0) {
        *ret = (struct azb_action){AZB_PLAN_DELETE, target};
        return must_delete(plan, target) ? 1 : 2;
    }
    *ret = (struct azb_action){decide(plan, source, order == 0 ? target : NULL), source};
    plan->is_source_hurt |= ret->op == AZB_PLAN_FAIL;
    return 1;
}

int azb_plan_next(struct azb_plan *plan, struct azb_action *ret, struct azb_error *err)
{
    int got;

    while ((got = plan_step(plan, ret, err)) == 2)
        ;
    return got;
}

void azb_plan_clear(struct azb_plan *plan)
{
    free(plan->source_order.name);
    free(plan->target_order.name);
    *plan = (struct azb_plan){0};
}
