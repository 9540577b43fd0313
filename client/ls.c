/*
 * ls.c: containers, one level of a container, everything below a prefix, or what a pattern
 * matches; each entry is written as it comes.
 */
#include "client/command.h"

#include "client/selection.h"

enum {
    MAX_PAGE = 5000, /* the service's own limit */
};

struct listing {
    struct azb_command *command;
    const struct azb_column *columns;
    struct azb_selection selection;
    int64_t n_entries;
    struct azb_error err; /* why on_entry stopped; AZB_OK: it has enough */
};

static const struct azb_column names_only[] = {{"name"}, {NULL}};
static const struct azb_column long_containers[] = {{"last_modified", 20}, {"name"}, {NULL}};
static const struct azb_column long_blobs[] = {
    {"size", -14, true}, {"last_modified", 20}, {"name"}, {NULL}};
static const struct azb_column all_of_containers[] = {
    {"name"}, {"last_modified"}, {"etag"}, {NULL}};
static const struct azb_column all_of_blobs[] = {
    {"name"}, {"size"}, {"last_modified"}, {"etag"}, {NULL}};

static bool is_bare(const struct azb_command *command)
{
    return command->out.format == AZB_FORMAT_TEXT && command->out.fields == NULL &&
           !azb_options_has(&command->options, AZB_HAS(LONG) | AZB_HAS(HUMAN));
}

static const struct azb_column *columns_for(const struct azb_command *command, bool are_blobs)
{
    if (command->out.format != AZB_FORMAT_TEXT)
        return are_blobs ? all_of_blobs : all_of_containers;
    if (is_bare(command))
        return names_only;
    return are_blobs ? long_blobs : long_containers;
}

static int on_entry(const msgpack_object *item, void *arg)
{
    struct listing *listing = arg;

    if (!azb_selection_takes(&listing->selection, item))
        return 0;
    listing->n_entries++;
    return azb_output_row(&listing->command->out, item, listing->columns, &listing->err) < 0 ||
           listing->n_entries == listing->command->options.max_entries;
}

/* Ask for a stream of entries and write them. */
static int list(struct listing *listing, const char *method, const struct azb_target *target,
                struct azb_error *err)
{
    struct azb_command *command = listing->command;
    struct azb_client_call call = {.on_item = on_entry, .arg = listing};
    int64_t max = command->options.max_entries;

    if (azb_command_begin(command, &call, method, target, err) < 0)
        return -1;
    azb_selection_params(&listing->selection, &call);
    if (max > 0 && listing->selection.pattern == NULL)
        azb_call_int(&call, "results_per_page", max < MAX_PAGE ? max : MAX_PAGE);
    if (azb_command_finish(&call, -1, err) < 0 && !call.is_stopped)
        return -1;
    if (listing->err.what != AZB_OK) {
        *err = listing->err;
        return -1;
    }
    azb_output_rows_end(&command->out);
    return azb_selection_check(&listing->selection, target->text, err);
}

static const char *method_for(const struct listing *listing, const struct azb_target *target)
{
    const struct azb_command *command = listing->command;

    if (target->container == NULL)
        return "service.list_containers";
    if (listing->selection.pattern == NULL &&
        !azb_options_has(&command->options, AZB_HAS(RECURSIVE)))
        return "container.walk_blobs";
    return azb_selection_method(&listing->selection, is_bare(command));
}

int azb_verb_ls(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *text = options->n_operands > 0 ? options->operands[0] : "";
    struct listing listing = {.command = command};
    struct azb_error err = {0};
    struct azb_target target;
    int rc;

    if (azb_target_parse(text, &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    listing.columns = columns_for(command, target.container != NULL);
    rc = azb_selection_init(&listing.selection, &target,
                            azb_options_has(options, AZB_HAS(LITERAL)), &err);
    if (rc == 0)
        rc = list(&listing, method_for(&listing, &target), &target, &err);
    if (rc < 0)
        rc = azb_command_end(command, target.text, &err);
    else
        rc = listing.n_entries == 0 ? azb_command_empty(command) : AZB_EXIT_DONE;
    azb_selection_clear(&listing.selection);
    azb_target_clear(&target);
    return rc;
}
