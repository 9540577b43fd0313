/*
 * selection.c: the prefix goes to the service, the rest of a pattern is looked at here. Where
 * it reaches no deeper than one folder, the service leaves out what lies deeper.
 */
#include "client/selection.h"

#include <stdio.h>
#include <string.h>

#include "proto/value.h"

/* Whether matches may lie below a folder that the prefix does not name. */
static bool reaches_deeper(const char *pattern)
{
    const char *rest = pattern + strcspn(pattern, "*?[{");

    return strchr(rest, '/') != NULL || strstr(rest, "**") != NULL;
}

int azb_selection_init(struct azb_selection *selection, const struct azb_target *target,
                       bool is_literal, struct azb_error *err)
{
    const char *blob = target->blob != NULL ? target->blob : "";
    struct azb_buf anchored = {0};

    *selection = (struct azb_selection){.prefix = blob, .is_deep = true};
    if (is_literal || target->is_url || !azb_pattern_is_one(blob))
        return 0;
    azb_buf_printf(&anchored, "/%s", blob);
    azb_buf_cstr(&anchored);
    selection->pattern =
        anchored.failed ? NULL : azb_pattern_compile((const char *)anchored.data, err);
    if (anchored.failed)
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a pattern");
    azb_buf_clear(&anchored);
    if (selection->pattern == NULL)
        return -1;
    selection->prefix = azb_pattern_literal_prefix(selection->pattern);
    selection->is_deep = reaches_deeper(blob);
    return 0;
}

void azb_selection_clear(struct azb_selection *selection)
{
    azb_pattern_free(selection->pattern);
    selection->pattern = NULL;
}

const char *azb_selection_method(const struct azb_selection *selection, bool names_only)
{
    if (!selection->is_deep)
        return "container.walk_blobs";
    return names_only ? "container.list_blob_names" /* they come quickest */
                      : "container.list_blobs";
}

void azb_selection_params(const struct azb_selection *selection, struct azb_client_call *call)
{
    azb_call_bool(call, "stream", true);
    if (selection->prefix[0] != '\0')
        azb_call_str(call, "name_starts_with", selection->prefix);
}

bool azb_entry_name(const msgpack_object *item, const char **ret, size_t *ret_bytes)
{
    const msgpack_object_map *map = azb_value_map(item);

    return azb_value_bytes(map != NULL ? azb_map_find(map, "name") : item, ret, ret_bytes);
}

bool azb_entry_is_folder(const msgpack_object *item)
{
    const msgpack_object_map *map = azb_value_map(item);

    return map != NULL && azb_map_find(map, "etag") == NULL;
}

bool azb_selection_takes(struct azb_selection *selection, const msgpack_object *item)
{
    bool takes = selection->pattern == NULL;
    const char *name;
    size_t n;

    if (!takes && azb_entry_name(item, &name, &n)) {
        bool is_folder = !selection->is_deep && n > 0 && name[n - 1] == '/';

        takes = azb_pattern_matches(selection->pattern, name, n - is_folder);
    }
    selection->n_matched += takes;
    return takes;
}

int azb_selection_check(const struct azb_selection *selection, const char *text,
                        struct azb_error *err)
{
    if (selection->pattern == NULL || selection->n_matched > 0)
        return 0;
    azb_error_set(err, AZB_ERR_NOT_FOUND,
                  "nothing matches '%.200s': '*' stops at '/' ('**' does not), and --literal "
                  "takes a name as it is",
                  text);
    snprintf(err->code, sizeof(err->code), "NothingMatches");
    return -1;
}
