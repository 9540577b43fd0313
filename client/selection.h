/*
 * selection.h: which blobs a name with wildcards, or a prefix, means, and what to ask the
 * service for to find them.
 */
#ifndef AZB_CLIENT_SELECTION_H
#define AZB_CLIENT_SELECTION_H

#include "client/connection.h"
#include "client/pattern.h"
#include "client/target.h"

struct azb_selection {
    const char *prefix;          /* what every name begins with; "": nothing in common */
    struct azb_pattern *pattern; /* NULL: everything that begins with the prefix */
    bool is_deep;                /* false: one level below the prefix shows all that it means */
    unsigned long n_matched;
};

/*
 * The target's blob part as a selection: a pattern if it has wildcards, is no URL and
 * is_literal does not forbid it; else a prefix. target: borrowed as long as the selection.
 * Returns 0, or -1 with INVALID_ARG (of a bad pattern) or NO_MEMORY.
 */
int azb_selection_init(struct azb_selection *selection, const struct azb_target *target,
                       bool is_literal, struct azb_error *err);
void azb_selection_clear(struct azb_selection *selection);

/* The listing that has it all, with as little else as can be; and its parameters. Its folders
 * are nobody's blobs. */
const char *azb_selection_method(const struct azb_selection *selection, bool names_only);
void azb_selection_params(const struct azb_selection *selection, struct azb_client_call *call);

/* Whether an entry of that listing (a name or a map; folders end in '/') is meant; counts. */
bool azb_selection_takes(struct azb_selection *selection, const msgpack_object *item);

/* 0, or -1 with NOT_FOUND, and a hint, if a pattern matched nothing. text: as it was given. */
int azb_selection_check(const struct azb_selection *selection, const char *text,
                        struct azb_error *err);

/* Whether an entry stands for what lies deeper. */
bool azb_entry_is_folder(const msgpack_object *item);

/* The name of a listing's entry. False when it has none. */
bool azb_entry_name(const msgpack_object *item, const char **ret, size_t *ret_bytes);

#endif
