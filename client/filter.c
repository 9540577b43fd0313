/*
 * filter.c: a list of patterns, read from its end.
 */
#include "client/filter.h"

#include <stdlib.h>
#include <string.h>

struct azb_filter_rule {
    struct azb_pattern *pattern;
    bool is_include;
    bool is_open; /* a match goes on matching, whatever follows it */
};

/* Whether a pattern's end is "everything below". */
static bool ends_open(const char *text)
{
    size_t n = strlen(text);

    if (n > 0 && text[n - 1] == '/')
        return true;
    return n >= 2 && strcmp(text + n - 2, "**") == 0 && (n == 2 || text[n - 3] != '\\');
}

int azb_filter_add(struct azb_filter *filter, const char *text, bool is_include,
                   struct azb_error *err)
{
    struct azb_filter_rule *rules =
        realloc(filter->rules, (filter->n_rules + 1) * sizeof(*rules));
    struct azb_pattern *pattern;

    if (rules == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a pattern");
    filter->rules = rules;
    pattern = azb_pattern_compile(text, err);
    if (pattern == NULL)
        return -1;
    rules[filter->n_rules++] = (struct azb_filter_rule){pattern, is_include, ends_open(text)};
    return 0;
}

void azb_filter_clear(struct azb_filter *filter)
{
    for (unsigned i = 0; i < filter->n_rules; i++)
        azb_pattern_free(filter->rules[i].pattern);
    free(filter->rules);
    *filter = (struct azb_filter){0};
}

static bool takes_the_rest(const struct azb_filter *filter)
{
    return filter->n_rules == 0 || !filter->rules[0].is_include;
}

bool azb_filter_wants(const struct azb_filter *filter, const char *name, size_t n)
{
    for (unsigned i = filter->n_rules; i-- > 0;)
        if (azb_pattern_matches(filter->rules[i].pattern, name, n))
            return filter->rules[i].is_include;
    return takes_the_rest(filter);
}

bool azb_filter_may_enter(const struct azb_filter *filter, const char *folder, size_t n)
{
    for (unsigned i = filter->n_rules; i-- > 0;) {
        const struct azb_filter_rule *rule = &filter->rules[i];

        if (rule->is_include && azb_pattern_may_match_below(rule->pattern, folder, n))
            return true;
        if (!rule->is_include && rule->is_open && azb_pattern_matches(rule->pattern, folder, n))
            return false;
    }
    return takes_the_rest(filter);
}
