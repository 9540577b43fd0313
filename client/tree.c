/*
 * tree.c: put -r, get -r, cp, mv and sync: two places, a plan of what is to be done between
 * them, and the transfers that do it. --dry-run is the same plan, printed.
 *
 * Everything below SOURCE has the same place below TARGET, whether their names end in '/' or
 * not.
 */
#include "client/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/listing.h"
#include "client/names.h"
#include "client/subjects.h"
#include "client/transfer.h"
#include "client/walk.h"
#include "proto/value.h"

struct tree {
    struct azb_command *command;
    enum azb_tree_kind kind;
    bool is_recursive;
    struct azb_place source, target;
    struct azb_filter filter;
    struct azb_pattern *wildcards; /* of the source's name; NULL: it has none */
    struct azb_plan plan;
    struct azb_report report;
    struct azb_transfers *transfers;
    struct azb_entries *names; /* one of --from */
    bool is_limit_reached;
};

/* ---- what operands mean ---- */

static bool has_option(const struct tree *tree, uint64_t set)
{
    return azb_options_has(&tree->command->options, set);
}

/* Whether the source stands for any number of things. */
static bool is_many(const struct tree *tree)
{
    return tree->is_recursive || tree->wildcards != NULL;
}

bool azb_names_blob(const char *text)
{
    size_t n = strcspn(text, ":/");

    return strstr(text, "://") != NULL || (n > 0 && text[n] == ':');
}

bool azb_needs_tree(const struct azb_command *command)
{
    const char *overwrite = command->options.values[AZB_OPTION_OVERWRITE];

    return azb_options_has(&command->options, AZB_HAS(RECURSIVE) | AZB_HAS(FROM) |
                                                  AZB_HAS(DRY_RUN) | AZB_HAS(INCLUDE) |
                                                  AZB_HAS(EXCLUDE) | AZB_HAS(CHECKSUM)) ||
           (overwrite != NULL && strcmp(overwrite, "ifSourceNewer") == 0);
}

static int place_label(struct azb_place *place, const char *root, struct azb_error *err)
{
    azb_buf_append(&place->label, root, strlen(root));
    if (place->label.len > 0 && place->label.data[place->label.len - 1] != '/')
        azb_buf_puts(&place->label, "/");
    azb_buf_append(&place->label, place->prefix.data, place->prefix.len);
    azb_buf_cstr(&place->prefix);
    return place->label.failed || place->prefix.failed
               ? azb_error_set(err, AZB_ERR_NO_MEMORY, "a name")
               : 0;
}

static int parse_blobs(struct azb_place *place, const char *text, struct azb_error *err)
{
    place->is_blob = true;
    if (azb_target_parse(text, &place->target, err) < 0)
        return -1;
    if (place->target.container == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.200s' names no container",
                             place->target.text);
    if (place->target.blob == NULL)
        place->target.blob = "";
    return 0;
}

/* All blobs below a name. */
static int open_blobs(struct azb_place *place, const char *text, struct azb_error *err)
{
    const char *name;

    if (parse_blobs(place, text, err) < 0)
        return -1;
    name = place->target.blob;
    azb_buf_puts(&place->prefix, name);
    if (name[0] != '\0' && name[strlen(name) - 1] != '/')
        azb_buf_puts(&place->prefix, "/");
    return place_label(place, place->target.container, err);
}

/* The blobs that a pattern matches: below the last folder that it names without wildcards. */
static int open_matching(struct tree *tree, struct azb_place *place, struct azb_error *err)
{
    const char *literal, *slash;
    struct azb_buf anchored = {0};

    /* What it leaves out would pass for what is gone. A filter is for both sides. */
    if (has_option(tree, AZB_HAS(DELETE)))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "--delete goes with no wildcards in SOURCE: use --include");
    azb_buf_printf(&anchored, "/%s", place->target.blob);
    tree->wildcards = azb_pattern_compile(azb_buf_cstr(&anchored), err);
    azb_buf_clear(&anchored);
    if (tree->wildcards == NULL)
        return -1;
    literal = azb_pattern_literal_prefix(tree->wildcards);
    slash = strrchr(literal, '/');
    if (slash != NULL)
        azb_buf_append(&place->prefix, literal, (size_t)(slash + 1 - literal));
    return place_label(place, place->target.container, err);
}

/* One blob: its properties tell whether there is one. */
static int open_blob(struct azb_place *place, struct azb_error *err)
{
    if (place->target.blob[0] == '\0')
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "'%.200s' names no blob; with -r everything in it is meant",
                             place->target.text);
    azb_buf_puts(&place->prefix, place->target.blob);
    return place_label(place, place->target.container, err);
}

/* Have links be followed that lead to what is copied: if that is wanted, and if a file is named
 * by one. What is moved is the file itself. */
static void follow_links(struct tree *tree)
{
    if (!tree->source.is_blob && tree->kind != AZB_TREE_MOVE &&
        (!tree->is_recursive || has_option(tree, AZB_HAS(FOLLOW_SYMLINKS))))
        azb_folder_follow(tree->source.folder);
}

/* What is moved to a folder is safe there before it goes from where it was. */
static void sync_target(struct tree *tree)
{
    if (tree->target.folder != NULL && tree->kind == AZB_TREE_MOVE)
        azb_folder_sync(tree->target.folder);
}

/* A file, as a name in its folder. */
static int open_file(struct azb_place *place, const char *path, struct azb_error *err)
{
    const char *slash = strrchr(path, '/');
    struct azb_buf folder = {0};
    int rc;

    azb_buf_append(&folder, path, slash != NULL ? (size_t)(slash + 1 - path) : 0);
    azb_buf_puts(&place->prefix, slash != NULL ? slash + 1 : path);
    rc = azb_folder_open(folder.len > 0 ? azb_buf_cstr(&folder) : ".", false, &place->folder,
                         err);
    if (rc == 0)
        rc = place_label(place, azb_buf_cstr(&folder), err);
    azb_buf_clear(&folder);
    return rc;
}

static int open_source(struct tree *tree, const char *text, struct azb_error *err)
{
    struct azb_place *place = &tree->source;

    if (!place->is_blob) {
        if (!tree->is_recursive)
            return open_file(place, text, err);
        return azb_folder_open(text, false, &place->folder, err) < 0
                   ? -1
                   : place_label(place, text, err);
    }
    if (parse_blobs(place, text, err) < 0)
        return -1;
    if (azb_subjects_is_pattern(tree->command, text))
        return open_matching(tree, place, err);
    if (!tree->is_recursive)
        return open_blob(place, err);
    azb_target_clear(&place->target);
    return open_blobs(place, text, err);
}

static const char *base_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash != NULL ? slash + 1 : name;
}

/* The one thing that is copied: under its own name where the target is a folder. */
static int open_single_target(struct tree *tree, const char *text, struct azb_error *err)
{
    struct azb_place *place = &tree->target;
    const char *base = base_name(azb_buf_cstr(&tree->source.prefix));
    size_t n = strlen(text);
    struct azb_buf path = {0};
    struct stat status;
    int rc;

    if (place->is_blob) {
        if (parse_blobs(place, text, err) < 0)
            return -1;
        n = strlen(place->target.blob);
        azb_buf_puts(&place->prefix, place->target.blob);
        if (n == 0 || place->target.blob[n - 1] == '/')
            azb_buf_puts(&place->prefix, base);
        return place_label(place, place->target.container, err);
    }
    azb_buf_puts(&path, text);
    if (stat(text, &status) == 0 && S_ISDIR(status.st_mode))
        azb_buf_printf(&path, "%s%s", n > 0 && text[n - 1] == '/' ? "" : "/", base);
    rc = open_file(place, azb_buf_cstr(&path), err);
    azb_buf_clear(&path);
    return rc;
}

static int open_target(struct tree *tree, const char *text, struct azb_error *err)
{
    struct azb_place *place = &tree->target;
    bool is_dry_run = has_option(tree, AZB_HAS(DRY_RUN));
    struct stat status;

    if (!is_many(tree))
        return open_single_target(tree, text, err);
    if (place->is_blob)
        return open_blobs(place, text, err);
    if (is_dry_run && stat(text, &status) < 0 && errno == ENOENT)
        return place_label(place, text, err);
    return azb_folder_open(text, true, &place->folder, err) < 0 ? -1
                                                                : place_label(place, text, err);
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether both are of one account, as far as their names tell. */
static bool same_account(const struct azb_target *a, const struct azb_target *b)
{
    return same(a->profile, b->profile) ||
           (a->account_url != NULL && same(a->account_url, b->account_url));
}

/* Blobs cannot be copied below themselves: the copies would be copied too. The names of their
 * clients are known by now. */
static int check_apart(const struct tree *tree, struct azb_error *err)
{
    const struct azb_place *source = &tree->source, *target = &tree->target;
    size_t n = source->prefix.len;

    if (!source->is_blob || !target->is_blob ||
        !same_account(&source->target, &target->target) ||
        strcmp(source->target.container, target->target.container) != 0)
        return 0;
    if (target->prefix.len < n || memcmp(source->prefix.data, target->prefix.data, n) != 0 ||
        (!is_many(tree) && target->prefix.len > n))
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%.150s' is, or lies in, '%.150s'",
                         target->target.text, source->target.text);
}

/* Calls about two accounts name the clients of both. */
static int resolve_clients(struct tree *tree, struct azb_error *err)
{
    struct azb_place *source = &tree->source, *target = &tree->target;

    if (!source->is_blob || !target->is_blob)
        return 0;
    return azb_command_resolve(tree->command, &source->target, source->client_name, err) < 0 ||
                   azb_command_resolve(tree->command, &target->target, target->client_name,
                                       err) < 0
               ? -1
               : 0;
}

/* ---- the plan ---- */

/* A source of one entry. */
struct single {
    struct azb_entries entries;
    struct azb_entry entry;
    char etag[80];
    bool is_given;
};

static int single_next(struct azb_entries *entries, const struct azb_entry **ret,
                       struct azb_error *err)
{
    struct single *single = (struct single *)entries;

    (void)err;
    if (single->is_given)
        return 0;
    single->is_given = true;
    *ret = &single->entry;
    return 1;
}

/* The one name of a place, of which nothing is known yet. */
static struct single single_new(void)
{
    return (struct single){
        .entries.next = single_next,
        .entry = {.name = "", .kind = AZB_ENTRY_FILE, .size = -1, .etag = ""}};
}

/* What there is to know of the one blob. */
static int look_at_blob(struct tree *tree, const struct azb_place *place, struct single *single,
                        struct azb_error *err)
{
    struct azb_entry *entry = &single->entry;
    struct azb_client_call call = {0};
    const msgpack_object_map *map;

    if (azb_command_begin(tree->command, &call, "blob.get_blob_properties", &place->target,
                          err) < 0)
        return -1;
    azb_call_str(&call, "blob", (const char *)place->prefix.data);
    if (azb_command_finish(&call, -1, err) < 0)
        return -1;
    map = azb_value_map(call.result);
    if (azb_value_copy(azb_map_find(map, "etag"), single->etag, sizeof(single->etag)))
        entry->etag = single->etag;
    azb_value_int(azb_map_find(map, "size"), &entry->size);
    entry->mtime_ns = azb_entry_time_ns(azb_map_find(map, "last_modified"));
    azb_entry_take_md5(entry, map);
    return 0;
}

static int look_at_file(const struct azb_place *place, struct single *single,
                        struct azb_error *err)
{
    struct stat status;

    if (azb_folder_stat(place->folder, (const char *)place->prefix.data, &status, err) < 0)
        return -1;
    single->entry.size = status.st_size;
    single->entry.mtime_ns = azb_mtime_ns(&status);
    return 0;
}

static int look_at(struct tree *tree, const struct azb_place *place, struct single *single,
                   struct azb_error *err)
{
    return place->is_blob ? look_at_blob(tree, place, single, err)
                          : look_at_file(place, single, err);
}

/* The MD5 of an entry at a place: the one that a blob has, or a file's, which is read for it.
 */
static bool find_md5(const struct azb_place *place, const struct azb_entry *entry,
                     unsigned char ret[AZB_MD5_BYTES])
{
    struct azb_buf name = {0};
    struct stat status;
    int fd, rc = -1;

    if (place->is_blob) {
        memcpy(ret, entry->md5, sizeof(entry->md5));
        return entry->has_md5;
    }
    azb_buf_append(&name, place->prefix.data, place->prefix.len);
    azb_buf_append(&name, entry->name, entry->name_bytes);
    fd = azb_folder_read(place->folder, azb_buf_cstr(&name), &status, NULL);
    if (fd >= 0) {
        rc = azb_md5_of_file(fd, ret, NULL);
        close(fd);
    }
    azb_buf_clear(&name);
    return rc == 0;
}

/* Blobs first: where one has no MD5, no file need be read. */
static enum azb_content compare_md5(const struct azb_entry *source,
                                    const struct azb_entry *target, void *arg)
{
    const struct tree *tree = arg;
    unsigned char theirs[AZB_MD5_BYTES], ours[AZB_MD5_BYTES];
    bool is_up = tree->target.is_blob;
    const struct azb_entry *blob = is_up ? target : source, *other = is_up ? source : target;

    if (!find_md5(is_up ? &tree->target : &tree->source, blob, theirs) ||
        !find_md5(is_up ? &tree->source : &tree->target, other, ours))
        return AZB_CONTENT_UNKNOWN;
    return memcmp(ours, theirs, sizeof(ours)) == 0 ? AZB_CONTENT_SAME : AZB_CONTENT_DIFFERENT;
}

static bool is_one_level(const struct tree *tree)
{
    const char *name = tree->source.target.blob;
    const char *wildcards = name + strcspn(name, "*?[]{}\\");

    return strchr(wildcards, '/') == NULL && strstr(wildcards, "**") == NULL;
}

static struct azb_entries *entries_of(struct tree *tree, const struct azb_place *place,
                                      struct azb_error *err)
{
    bool is_matching = place == &tree->source && tree->wildcards != NULL;

    if (!place->is_blob)
        return azb_walk_new(place->folder, NULL, &tree->filter, err);
    return azb_listing_new(tree->command,
                           &(struct azb_listing_options){
                               .target = &place->target,
                               .prefix = is_matching
                                             ? azb_pattern_literal_prefix(tree->wildcards)
                                             : (const char *)place->prefix.data,
                               .root_bytes = place->prefix.len,
                               .one_level = is_matching && is_one_level(tree),
                               .wildcards = is_matching ? tree->wildcards : NULL,
                               .filter = &tree->filter,
                           },
                           err);
}

static void entries_free(const struct azb_place *place, struct azb_entries *entries)
{
    if (place->is_blob)
        azb_listing_free(entries);
    else
        azb_walk_free(entries);
}

static enum azb_plan_rule choose_rule(const struct tree *tree)
{
    const struct azb_options *options = &tree->command->options;

    if (azb_never_overwrites(options))
        return AZB_PLAN_MISSING;
    if (same(options->values[AZB_OPTION_OVERWRITE], "ifSourceNewer"))
        return AZB_PLAN_NEWER;
    if (has_option(tree, AZB_HAS(CHECKSUM)))
        return AZB_PLAN_CONTENT;
    return tree->kind == AZB_TREE_SYNC ? AZB_PLAN_CHANGED : AZB_PLAN_ALL;
}

/* Whether a rule is about what both sides have of a name. */
static bool compares(enum azb_plan_rule rule)
{
    return rule == AZB_PLAN_NEWER || rule == AZB_PLAN_CONTENT;
}

/* Print an action, or do it. */
static int tree_act(struct tree *tree, struct azb_action *action, struct azb_error *err)
{
    const struct azb_entry *entry = action->entry;

    if (action->op == AZB_PLAN_COPY && entry->kind == AZB_ENTRY_FOLDER &&
        !tree->target.is_blob && tree->target.folder != NULL &&
        azb_folder_check_name(entry->name, entry->name_bytes, err) == 0 &&
        azb_folder_has(tree->target.folder, entry->name))
        action->op = AZB_PLAN_SKIP;
    if (action->op == AZB_PLAN_SKIP && entry->kind == AZB_ENTRY_SPECIAL)
        azb_report_note(&tree->report, entry->name,
                        entry->err.what != AZB_OK
                            ? entry->err.message
                            : "skipped: a link (see --follow-symlinks), or no regular file");
    return azb_transfers_start(tree->transfers, action, err);
}

static int tree_run(struct tree *tree, struct azb_error *err)
{
    int64_t max_deletes = tree->command->options.max_deletes;
    int64_t n_deletes = 0;
    struct azb_error plan_err = {0};
    struct azb_action action;
    int got;

    while ((got = azb_plan_next(&tree->plan, &action, &plan_err)) > 0) {
        if (action.op == AZB_PLAN_DELETE && max_deletes >= 0 && n_deletes++ == max_deletes) {
            tree->is_limit_reached = true;
            break;
        }
        if (tree_act(tree, &action, err) < 0)
            return -1;
    }
    tree->report.is_all_known = true;
    if (azb_transfers_finish(tree->transfers, err) < 0)
        return -1;
    if (got >= 0)
        return 0;
    *err = plan_err;
    return -1;
}

/* How it ended: a signal, a limit, nothing at all to do, or as the report says. */
static int tree_end(struct tree *tree, int rc, struct azb_error *err)
{
    int interrupted = azb_transfers_interrupted();
    struct azb_report *report = &tree->report;
    int code;

    if (rc < 0)
        azb_transfers_give_up(tree->transfers);
    if (rc == 0 && tree->wildcards != NULL &&
        report->n_copied + report->n_skipped + report->n_failed == 0)
        rc = azb_error_set(err, AZB_ERR_NOT_FOUND,
                           "nothing matches '%.150s'; '*' stops at '/', '**' does not, and "
                           "--literal takes them as they are",
                           tree->source.target.blob);
    report->is_interrupted = interrupted != 0;
    if (rc < 0 && interrupted == 0)
        azb_command_tell(tree->command, NULL, err);
    code = azb_report_end(report);
    if (interrupted != 0)
        return 128 + interrupted;
    if (rc < 0)
        return (int)azb_exit_code(err);
    if (!tree->is_limit_reached)
        return code;
    azb_error_set(err, AZB_ERR_INVALID_ARG,
                  "stopped: more than --max-delete %s would have been deleted",
                  tree->command->options.values[AZB_OPTION_MAX_DELETE]);
    azb_command_tell(tree->command, NULL, err);
    return AZB_EXIT_LIMIT;
}

/* Both sources of the plan are there. */
static int tree_go(struct tree *tree, struct azb_error *err)
{
    const struct azb_options *options = &tree->command->options;
    struct azb_transfer_options transfer_options = {
        .command = tree->command,
        .report = &tree->report,
        .source = &tree->source,
        .target = &tree->target,
        .is_move = tree->kind == AZB_TREE_MOVE,
        .no_clobber = tree->plan.rule == AZB_PLAN_MISSING,
        .is_many = is_many(tree),
        .has_compared = tree->plan.target != NULL,
        .deletes = has_option(tree, AZB_HAS(DELETE)),
        .max_jobs = (unsigned)options->max_jobs,
    };

    if (azb_report_begin(&tree->report, tree->command, err) < 0 ||
        azb_transfers_new(&transfer_options, &tree->transfers, err) < 0)
        return azb_command_end(tree->command, NULL, err);
    return tree_end(tree, tree_run(tree, err), err);
}

static int plan_single(struct tree *tree, struct azb_error *err)
{
    struct single source = single_new(), target = single_new();
    struct azb_error target_err = {0};
    struct azb_plan *plan = &tree->plan;

    plan->rule = choose_rule(tree);
    plan->source = &source.entries;
    if ((tree->source.is_blob || compares(plan->rule)) &&
        look_at(tree, &tree->source, &source, &source.entry.err) < 0)
        source.entry.kind = AZB_ENTRY_UNREADABLE;
    if (!compares(plan->rule) || source.entry.kind == AZB_ENTRY_UNREADABLE)
        return tree_go(tree, err);
    if (look_at(tree, &tree->target, &target, &target_err) == 0)
        plan->target = &target.entries;
    else if (tree->target.is_blob && azb_exit_code(&target_err) != AZB_EXIT_NOT_FOUND)
        return azb_command_end(tree->command, tree->target.target.text, &target_err);
    return tree_go(tree, err);
}

static int plan_tree(struct tree *tree, struct azb_error *err)
{
    const struct azb_options *options = &tree->command->options;
    const char *from = options->values[AZB_OPTION_FROM];
    bool has_target = tree->target.is_blob || tree->target.folder != NULL;
    struct azb_plan *plan = &tree->plan;
    int rc = -1;

    plan->rule = choose_rule(tree);
    plan->deletes = has_option(tree, AZB_HAS(DELETE));
    plan->source = from != NULL
                       ? azb_names_new(from, has_option(tree, AZB_HAS(NUL)) ? '\0' : '\n',
                                       tree->source.folder, &tree->filter, err)
                       : entries_of(tree, &tree->source, err);
    if (plan->source != NULL && plan->rule != AZB_PLAN_ALL && has_target && from == NULL)
        plan->target = entries_of(tree, &tree->target, err);
    if (plan->source == NULL || err->what != AZB_OK)
        rc = azb_command_end(tree->command, NULL, err);
    else
        rc = tree_go(tree, err);
    if (from != NULL)
        azb_names_free(plan->source);
    else
        entries_free(&tree->source, plan->source);
    entries_free(&tree->target, plan->target);
    return rc;
}

/* ---- the verbs ---- */

/* What a blob is to get besides its bytes: not all of it goes everywhere. */
static int check_settings(const struct tree *tree, struct azb_error *err)
{
    if (!tree->source.is_blob)
        return 0;
    if (!tree->target.is_blob && has_option(tree, AZB_UPLOAD_OPTIONS))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "TARGET is local, and a file has none of what --content-type, "
                             "--metadata, --tags, --tier and --put-md5 set");
    if (has_option(tree, AZB_HAS(CONTENT_TYPE) | AZB_HAS(PUT_MD5)))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "--content-type and --put-md5 are for uploads: the service copies "
                             "a blob with its own; 'azblob set' changes them");
    return 0;
}

/* What would not be heeded is refused. Of names from a list nothing is known but that they are
 * wanted. */
static int check_options(const struct tree *tree, struct azb_error *err)
{
    if (tree->source.is_blob && has_option(tree, AZB_HAS(FOLLOW_SYMLINKS)))
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "--follow-symlinks: SOURCE is not local");
    if (check_settings(tree, err) < 0)
        return -1;
    if (!has_option(tree, AZB_HAS(FROM)) ||
        (!has_option(tree, AZB_HAS(DELETE)) && !compares(choose_rule(tree))))
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "--from copies all that it names: it goes with no --checksum, "
                         "--delete or --overwrite ifSourceNewer");
}

static int add_filters(struct tree *tree, struct azb_error *err)
{
    const struct azb_options *options = &tree->command->options;

    for (int i = 0; i < options->n_pairs; i++) {
        enum azb_option_id id = options->pair_ids[i];

        if ((id == AZB_OPTION_INCLUDE || id == AZB_OPTION_EXCLUDE) &&
            azb_filter_add(&tree->filter, options->pairs[i], id == AZB_OPTION_INCLUDE, err) < 0)
            return -1;
    }
    return 0;
}

int azb_tree_run(struct azb_command *command, enum azb_tree_kind kind, bool is_source_blob,
                 bool is_target_blob)
{
    const struct azb_options *options = &command->options;
    struct tree tree = {.command = command, .kind = kind};
    struct azb_error err = {0};
    int rc;

    tree.plan.compare = compare_md5;
    tree.plan.compare_arg = &tree;
    tree.is_recursive =
        kind == AZB_TREE_SYNC || azb_options_has(options, AZB_HAS(RECURSIVE) | AZB_HAS(FROM));
    tree.source.is_blob = is_source_blob;
    tree.target.is_blob = is_target_blob;
    if (!is_source_blob && !is_target_blob)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG,
                           "both are local: write blobs as az://CONTAINER/NAME, "
                           "PROFILE:CONTAINER/NAME or a URL");
    else if (options->n_operands != 2)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "it takes one SOURCE and one TARGET");
    else
        rc = add_filters(&tree, &err);
    if (rc == 0)
        rc = check_options(&tree, &err);
    if (rc == 0)
        rc = open_source(&tree, options->operands[0], &err);
    if (rc == 0)
        follow_links(&tree);
    if (rc == 0)
        rc = open_target(&tree, options->operands[1], &err);
    if (rc == 0)
        sync_target(&tree);
    if (rc == 0)
        rc = resolve_clients(&tree, &err);
    if (rc == 0)
        rc = check_apart(&tree, &err);
    if (rc < 0)
        rc = azb_command_end(command, NULL, &err);
    else
        rc = is_many(&tree) ? plan_tree(&tree, &err) : plan_single(&tree, &err);
    azb_transfers_free(tree.transfers);
    azb_plan_clear(&tree.plan);
    azb_place_clear(&tree.source);
    azb_place_clear(&tree.target);
    azb_filter_clear(&tree.filter);
    azb_pattern_free(tree.wildcards);
    return rc;
}

static int run_between(struct azb_command *command, enum azb_tree_kind kind)
{
    char **operands = command->options.operands;

    return azb_tree_run(command, kind, azb_names_blob(operands[0]),
                        azb_names_blob(operands[command->options.n_operands - 1]));
}

/* Single files and pipes are what put and get are for; of what these do not take, trees know
 * why. */
int azb_verb_cp(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    bool is_source_blob = azb_names_blob(options->operands[0]);
    bool is_target_blob = azb_names_blob(options->operands[options->n_operands - 1]);

    if (azb_needs_tree(command) || is_source_blob == is_target_blob)
        return run_between(command, AZB_TREE_COPY);
    if (is_source_blob &&
        (options->n_operands != 2 || azb_options_has(options, AZB_UPLOAD_OPTIONS)))
        return run_between(command, AZB_TREE_COPY);
    return is_source_blob ? azb_verb_get(command) : azb_verb_put(command);
}

int azb_verb_mv(struct azb_command *command)
{
    return run_between(command, AZB_TREE_MOVE);
}

int azb_verb_sync(struct azb_command *command)
{
    return run_between(command, AZB_TREE_SYNC);
}
