/*
 * filter.h: --include and --exclude: which names of a tree take part.
 */
#ifndef AZB_CLIENT_FILTER_H
#define AZB_CLIENT_FILTER_H

#include <stdbool.h>
#include "client/pattern.h"

/*
 * Patterns in order; the last one that matches a name decides. A name that none matches takes
 * part, unless the first pattern is an --include. Zeroed: all names.
 */
struct azb_filter {
    struct azb_filter_rule *rules;
    unsigned n_rules;
};

/* Add a pattern behind the others. Errors: as of azb_pattern_compile(). */
int azb_filter_add(struct azb_filter *filter, const char *text, bool is_include,
                   struct azb_error *err);
void azb_filter_clear(struct azb_filter *filter);

bool azb_filter_wants(const struct azb_filter *filter, const char *name, size_t n);

/* False when nothing below a folder takes part: it need not be read. folder ends in '/'. */
bool azb_filter_may_enter(const struct azb_filter *filter, const char *folder, size_t n);

#endif
