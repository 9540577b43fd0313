/*
 * watch.c: what changes below a prefix. The service tells of no changes, so it is listed again
 * and again, and each listing merged with the one before: both are in the order of names. Kept
 * is one name and one ETag for each blob.
 */
#include "client/command.h"

#include <poll.h>
#include <string.h>

#include "client/selection.h"
#include "proto/value.h"

enum {
    DEFAULT_INTERVAL_MS = 2000,
};

/* A listing: for each blob the lengths of name and ETag, and then both. */
struct entries {
    struct azb_buf buf;
    size_t at; /* the next to be compared */
};

struct entry {
    size_t name_bytes, etag_bytes;
    const char *name, *etag;
};

struct watch {
    struct azb_command *command;
    struct azb_target target;
    struct azb_selection selection;
    struct entries before, now;
    bool has_before; /* false: what is there at first is no news */
    int64_t n_events;
    struct azb_error err;
};

static bool peek(const struct entries *entries, struct entry *ret)
{
    const char *p = (const char *)entries->buf.data + entries->at;

    if (entries->at == entries->buf.len)
        return false;
    memcpy(&ret->name_bytes, p, sizeof(size_t));
    memcpy(&ret->etag_bytes, p + sizeof(size_t), sizeof(size_t));
    ret->name = p + 2 * sizeof(size_t);
    ret->etag = ret->name + ret->name_bytes;
    return true;
}

static void pass(struct entries *entries, const struct entry *entry)
{
    entries->at += 2 * sizeof(size_t) + entry->name_bytes + entry->etag_bytes;
}

static void append(struct entries *entries, const struct entry *entry)
{
    azb_buf_append(&entries->buf, &entry->name_bytes, sizeof(size_t));
    azb_buf_append(&entries->buf, &entry->etag_bytes, sizeof(size_t));
    azb_buf_append(&entries->buf, entry->name, entry->name_bytes);
    azb_buf_append(&entries->buf, entry->etag, entry->etag_bytes);
}

static int compare(const struct entry *a, const struct entry *b)
{
    size_t n = a->name_bytes < b->name_bytes ? a->name_bytes : b->name_bytes;
    int order = memcmp(a->name, b->name, n);

    return order != 0 ? order
                      : (a->name_bytes > b->name_bytes) - (a->name_bytes < b->name_bytes);
}

static bool is_enough(const struct watch *watch)
{
    int64_t max = watch->command->options.max_entries;

    return max > 0 && watch->n_events >= max;
}

/* One line of news. item: the blob's entry in the listing; NULL: it has none any more. */
static void tell(struct watch *watch, const char *event, const struct entry *entry,
                 const msgpack_object *item)
{
    static const struct azb_column columns[] = {{"event", 8}, {"name"}, {NULL}};
    static const char *const fields[] = {"size", "last_modified", "etag"};
    const msgpack_object_map *map = item != NULL ? azb_value_map(item) : NULL;
    struct azb_buf packed = {0};
    size_t start, n_pairs = 2;
    msgpack_packer pk;

    if (is_enough(watch) || watch->err.what != AZB_OK)
        return;
    azb_buf_packer(&pk, &packed);
    start = azb_pack_map_begin(&packed);
    azb_pack_str(&pk, "event");
    azb_pack_str(&pk, event);
    azb_pack_str(&pk, "name");
    azb_pack_strn(&pk, entry->name, entry->name_bytes);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const msgpack_object *value = azb_map_find(map, fields[i]);

        if (value == NULL)
            continue;
        azb_pack_str(&pk, fields[i]);
        msgpack_pack_object(&pk, *value);
        n_pairs++;
    }
    azb_pack_map_end(&packed, start, n_pairs);
    azb_output_packed_row(&watch->command->out, &packed, columns, &watch->err);
    azb_buf_clear(&packed);
    watch->n_events++;
}

/* Old entries that come before `entry` (NULL: all) are gone. */
static void tell_gone(struct watch *watch, const struct entry *entry)
{
    struct entry old;

    while (peek(&watch->before, &old) && (entry == NULL || compare(&old, entry) < 0)) {
        tell(watch, "deleted", &old, NULL);
        pass(&watch->before, &old);
    }
}

static int on_entry(const msgpack_object *item, void *arg)
{
    const msgpack_object *etag = azb_map_find(azb_value_map(item), "etag");
    struct watch *watch = arg;
    struct entry entry, old;

    if (azb_entry_is_folder(item) || !azb_selection_takes(&watch->selection, item) ||
        !azb_entry_name(item, &entry.name, &entry.name_bytes) ||
        !azb_value_bytes(etag, &entry.etag, &entry.etag_bytes))
        return 0;
    append(&watch->now, &entry);
    if (!watch->has_before)
        return 0;
    tell_gone(watch, &entry);
    if (!peek(&watch->before, &old) || compare(&old, &entry) != 0) {
        tell(watch, "created", &entry, item);
    } else {
        if (old.etag_bytes != entry.etag_bytes ||
            memcmp(old.etag, entry.etag, old.etag_bytes) != 0)
            tell(watch, "changed", &entry, item);
        pass(&watch->before, &old);
    }
    return is_enough(watch) || watch->err.what != AZB_OK;
}

/* List once and tell what differs. */
static int look(struct watch *watch, struct azb_error *err)
{
    struct azb_client_call call = {.on_item = on_entry, .arg = watch};
    struct entries swap;

    watch->before.at = 0;
    watch->now.buf.len = 0;
    if (azb_command_begin(watch->command, &call, azb_selection_method(&watch->selection, false),
                          &watch->target, err) < 0)
        return -1;
    azb_selection_params(&watch->selection, &call);
    if (azb_command_finish(&call, -1, err) < 0 && !call.is_stopped)
        return -1;
    tell_gone(watch, NULL);
    if (watch->now.buf.failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a listing");
    swap = watch->before;
    watch->before = watch->now;
    watch->now = swap;
    watch->has_before = true;
    *err = watch->err;
    return err->what != AZB_OK ? -1 : azb_output_flush(&watch->command->out, err);
}

static int watch_on(struct watch *watch, int64_t interval_ms, struct azb_error *err)
{
    while (!is_enough(watch)) {
        *err = (struct azb_error){0};
        if (look(watch, err) < 0) {
            /* What was news in half a listing is news again in the next one. */
            if (azb_exit_code(err) != AZB_EXIT_TEMPORARY)
                return -1;
            azb_command_end(watch->command, watch->target.text, err);
        }
        if (!is_enough(watch))
            poll(NULL, 0, (int)interval_ms);
    }
    return 0;
}

int azb_verb_watch(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *interval = options->values[AZB_OPTION_INTERVAL];
    struct watch watch = {.command = command};
    int64_t interval_ms = DEFAULT_INTERVAL_MS;
    struct azb_error err = {0};
    int rc = azb_target_parse(options->operands[0], &watch.target, &err);

    if (rc == 0 && watch.target.container == NULL)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "'%.200s' names no container",
                           watch.target.text);
    if (rc == 0 && interval != NULL && azb_duration_parse(interval, &interval_ms) < 0)
        rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "--interval '%.40s': write 500ms, 2s, 1m",
                           interval);
    if (rc == 0)
        rc = azb_selection_init(&watch.selection, &watch.target,
                                azb_options_has(options, AZB_HAS(LITERAL)), &err);
    if (command->out.format == AZB_FORMAT_JSON)
        command->out.format = AZB_FORMAT_JSONL; /* an array would have no end */
    if (rc == 0)
        rc = watch_on(&watch, interval_ms, &err);
    rc = rc < 0 ? azb_command_end(command, watch.target.text, &err) : AZB_EXIT_DONE;
    azb_buf_clear(&watch.before.buf);
    azb_buf_clear(&watch.now.buf);
    azb_selection_clear(&watch.selection);
    azb_target_clear(&watch.target);
    return rc;
}
