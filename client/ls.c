/*
 * ls.c: containers, one level of a container, or everything below a prefix; each entry is
 * written as it comes.
 */
#include "client/command.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/value.h"

enum {
    MAX_PAGE = 5000, /* the service's own limit */
};

struct listing {
    struct azb_command *command;
    const char *const *columns; /* for TSV; the first is the name */
    bool has_size;
    int64_t n_entries;
    struct azb_error err; /* why on_entry stopped; AZB_OK: it has enough */
};

static const char *const container_columns[] = {"name", "last_modified", "etag", NULL};
static const char *const blob_columns[] = {"name", "size", "last_modified", "etag", NULL};

/* A field of an entry as text; nothing when there is none. */
static void put_field(struct azb_buf *buf, const msgpack_object *item, const char *name,
                      int width)
{
    const msgpack_object_map *map = azb_value_map(item);
    const msgpack_object *field = map != NULL ? azb_map_find(map, name) : NULL;
    size_t start = buf->len;
    int64_t number;

    if (azb_value_int(field, &number))
        azb_buf_printf(buf, "%*" PRId64, width, number);
    else if (field != NULL)
        azb_output_scalar(buf, field);
    if (buf->len == start)
        azb_buf_printf(buf, "%*s", width, "");
}

static int put_text(struct listing *listing, const msgpack_object *item)
{
    struct azb_command *command = listing->command;
    struct azb_buf *buf = &command->out.buf;

    if (azb_options_has(&command->options, AZB_HAS(LONG))) {
        if (listing->has_size) {
            put_field(buf, item, "size", 14);
            azb_buf_puts(buf, "  ");
        }
        put_field(buf, item, "last_modified", 20);
        azb_buf_puts(buf, "  ");
    }
    if (item->type == MSGPACK_OBJECT_MAP)
        put_field(buf, item, "name", 0);
    else
        azb_output_scalar(buf, item);
    azb_buf_append(buf, &command->out.end, 1);
    return azb_output_flush_if_full(&command->out, &listing->err);
}

static int on_entry(const msgpack_object *item, void *arg)
{
    struct listing *listing = arg;
    struct azb_output *out = &listing->command->out;
    int64_t max = listing->command->options.max_entries;
    int rc = out->format == AZB_FORMAT_TEXT
                 ? put_text(listing, item)
                 : azb_output_row(out, item, listing->columns, &listing->err);

    listing->n_entries++;
    return rc < 0 || listing->n_entries == max;
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
    azb_call_bool(&call, "stream", true);
    if (max > 0)
        azb_call_int(&call, "results_per_page", max < MAX_PAGE ? max : MAX_PAGE);
    if (target->blob != NULL && target->blob[0] != '\0')
        azb_call_str(&call, "name_starts_with", target->blob);
    if (azb_command_finish(&call, -1, err) < 0 && !call.is_stopped)
        return -1;
    if (listing->err.what != AZB_OK) {
        *err = listing->err;
        return -1;
    }
    azb_output_rows_end(&command->out);
    return 0;
}

/* Bare names come quickest. */
static const char *blob_method(const struct azb_command *command)
{
    if (!azb_options_has(&command->options, AZB_HAS(RECURSIVE)))
        return "container.walk_blobs";
    if (command->out.format == AZB_FORMAT_TEXT &&
        !azb_options_has(&command->options, AZB_HAS(LONG)))
        return "container.list_blob_names";
    return "container.list_blobs";
}

int azb_verb_ls(struct azb_command *command)
{
    const char *text = command->options.n_operands > 0 ? command->options.operands[0] : "";
    struct listing listing = {.command = command};
    struct azb_error err = {0};
    struct azb_target target;
    int rc;

    if (azb_target_parse(text, &target, &err) < 0)
        return azb_command_end(command, NULL, &err);
    if (target.container == NULL) {
        listing.columns = container_columns;
        rc = list(&listing, "service.list_containers", &target, &err);
    } else {
        listing.columns = blob_columns;
        listing.has_size = true;
        rc = list(&listing, blob_method(command), &target, &err);
    }
    rc = rc < 0 ? azb_command_end(command, target.text, &err) : AZB_EXIT_DONE;
    azb_target_clear(&target);
    return rc;
}
