/*
 * subjects.c: a match is told as its pattern was written, the wildcards replaced: what is true
 * of names (profiles, az://) is true of matches.
 */
#include "client/subjects.h"

#include <string.h>

#include "client/listing.h"

void azb_subjects_init(struct azb_subjects *subjects, struct azb_command *command, char **names,
                       int n_names)
{
    *subjects = (struct azb_subjects){.command = command, .names = names, .n_names = n_names};
}

static void end_pattern(struct azb_subjects *subjects)
{
    azb_listing_free(subjects->entries);
    subjects->entries = NULL;
    azb_selection_clear(&subjects->selection);
    azb_target_clear(&subjects->target);
}

void azb_subjects_clear(struct azb_subjects *subjects)
{
    end_pattern(subjects);
    azb_buf_clear(&subjects->match);
}

bool azb_subjects_is_pattern(const struct azb_command *command, const char *name)
{
    struct azb_target target;
    bool is_pattern;

    if ((command->verb->options & AZB_HAS(LITERAL)) == 0 ||
        azb_options_has(&command->options, AZB_HAS(LITERAL)) ||
        azb_target_parse(name, &target, NULL) < 0)
        return false;
    is_pattern = !target.is_url && target.blob != NULL && azb_pattern_is_one(target.blob);
    azb_target_clear(&target);
    return is_pattern;
}

static int begin_pattern(struct azb_subjects *subjects, const char *text, struct azb_error *err)
{
    static const struct azb_filter everything;
    struct azb_listing_options options = {.target = &subjects->target, .filter = &everything};

    if (azb_target_parse(text, &subjects->target, err) < 0 ||
        azb_selection_init(&subjects->selection, &subjects->target, false, err) < 0)
        return -1;
    subjects->before_bytes = strlen(text) - strlen(subjects->target.blob);
    options.prefix = subjects->selection.prefix;
    options.one_level = !subjects->selection.is_deep;
    options.wildcards = subjects->selection.pattern;
    subjects->entries = azb_listing_new(subjects->command, &options, err);
    return subjects->entries != NULL ? 0 : -1;
}

/* The next match: 1, 0 when there are no more of them, -1. */
static int next_match(struct azb_subjects *subjects, const char **ret, struct azb_error *err)
{
    const char *text = subjects->names[0];
    const struct azb_entry *entry;
    int got = subjects->entries->next(subjects->entries, &entry, err);

    if (got <= 0)
        return got < 0 ? -1 : azb_selection_check(&subjects->selection, text, err);
    subjects->selection.n_matched++;
    subjects->match.len = 0;
    azb_buf_append(&subjects->match, text, subjects->before_bytes);
    azb_buf_append(&subjects->match, entry->name, entry->name_bytes);
    *ret = azb_buf_cstr(&subjects->match);
    return subjects->match.failed ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a name") : 1;
}

int azb_subjects_next(struct azb_subjects *subjects, const char **ret, struct azb_error *err)
{
    int got = 0;

    while (got == 0 && subjects->n_names > 0) {
        const char *name = *ret = subjects->names[0];
        bool is_pattern =
            subjects->entries != NULL || azb_subjects_is_pattern(subjects->command, name);

        if (!is_pattern)
            got = 1;
        else if (subjects->entries == NULL && begin_pattern(subjects, name, err) < 0)
            got = -1;
        else
            got = next_match(subjects, ret, err);
        if (is_pattern && got == 1)
            break; /* there may be more of it */
        end_pattern(subjects);
        subjects->names++;
        subjects->n_names--;
    }
    return got;
}
