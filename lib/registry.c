/*
 * registry.c: lookups over the operation tables.
 */
#include "lib/registry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ops/ops.h"
#include "proto/value.h"

struct azb_registry {
    struct azb_method *methods; /* those that have a name of their own, then their forms */
    unsigned n_methods;
    unsigned n_forms;
    unsigned short *slots; /* hash of a method's name -> index + 1 */
    unsigned n_slots;      /* a power of two */
};

static unsigned hash_bytes(const char *s, size_t n)
{
    unsigned h = 2166136261U; /* FNV-1a */

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619U;
    return h;
}

static bool same_name(const char *name, const char *s, size_t n)
{
    return strlen(name) == n && memcmp(name, s, n) == 0;
}

/* A parameter by another name of it. */
static int method_alias(const struct azb_method *method, const char *name, size_t n)
{
    for (const struct azb_alias *alias = method->row->aliases;
         alias != NULL && alias->name != NULL; alias++)
        if (same_name(alias->name, name, n))
            return azb_method_param(method, alias->param, strlen(alias->param));
    return -1;
}

int azb_method_param(const struct azb_method *method, const char *name, size_t n)
{
    unsigned slot = hash_bytes(name, n) % sizeof(method->param_slots);

    while (method->param_slots[slot] != 0) {
        unsigned i = method->param_slots[slot] - 1U;

        if (same_name(method->params[i]->name, name, n))
            return (int)i;
        slot = (slot + 1) % sizeof(method->param_slots);
    }
    return method_alias(method, name, n);
}

const struct azb_method *azb_method_form(const struct azb_method *method,
                                         const msgpack_object_map *map)
{
    for (unsigned i = 0; i < method->n_forms; i++) {
        const msgpack_object *value = azb_map_find(map, method->forms[i].row->when);
        bool is_true = true;

        if (value == NULL || value->type == MSGPACK_OBJECT_NIL)
            continue;
        azb_value_bool(value, &is_true);
        if (is_true)
            return &method->forms[i];
    }
    return method;
}

static int method_add_param(struct azb_method *method, const struct azb_param *param,
                            struct azb_error *err)
{
    size_t n = strlen(param->name);
    unsigned slot = hash_bytes(param->name, n) % sizeof(method->param_slots);

    if (method->n_params == AZB_MAX_PARAMS)
        return azb_error_set(err, AZB_ERR_INTERNAL, "%s: more than %d parameters",
                             method->row->method, AZB_MAX_PARAMS);
    if (azb_method_param(method, param->name, n) >= 0)
        return azb_error_set(err, AZB_ERR_INTERNAL, "%s: parameter '%s' twice",
                             method->row->method, param->name);
    while (method->param_slots[slot] != 0)
        slot = (slot + 1) % sizeof(method->param_slots);
    method->params[method->n_params++] = param;
    method->param_slots[slot] = (unsigned char)method->n_params;
    return 0;
}

/* Each {placeholder} of the path must be a required parameter. */
static int method_check_path(const struct azb_method *method, struct azb_error *err)
{
    const char *path = method->row->path != NULL ? method->row->path : "";

    if (method->row->by_url)
        return 0; /* it is in the URL */
    for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open + 1, '{')) {
        size_t n = strcspn(open + 1, "}");
        int i = azb_method_param(method, open + 1, n);

        if (i < 0 || !method->params[i]->required)
            return azb_error_set(err, AZB_ERR_INTERNAL, "%s: {%.*s} is no required parameter",
                                 method->row->method, (int)n, open + 1);
    }
    return 0;
}

static int method_add_params(struct azb_method *method, const struct azb_param *p,
                             struct azb_error *err)
{
    for (; p->name != NULL; p++)
        if (method_add_param(method, p, err) < 0)
            return -1;
    return 0;
}

static int method_init(struct azb_method *method, const struct azb_row *row,
                       struct azb_error *err)
{
    method->row = row;
    method->uuid_param = -1;
    if (row->by_url && method_add_params(method, azb_by_url_params, err) < 0)
        return -1;
    for (const struct azb_param *p = row->params; p != NULL && p->name != NULL; p++) {
        if (row->by_url && p->in == AZB_IN_PATH)
            continue;
        if (p->type == AZB_UUID && !p->required)
            method->uuid_param = (int)method->n_params;
        if (method_add_param(method, p, err) < 0)
            return -1;
    }
    method->n_own = method->n_params;
    if (row->kind != AZB_KIND_LOCAL && method_add_params(method, azb_common_params, err) < 0)
        return -1;
    if (method_check_path(method, err) < 0)
        return -1;
    if (row->results != NULL && row->kind != AZB_KIND_LOCAL && row->kind != AZB_KIND_BATCH)
        return azb_shape_new(row->root, row->results, &method->shape, err);
    return 0;
}

static unsigned count_rows(const struct azb_row *const *tables)
{
    unsigned n = 0;

    for (; *tables != NULL; tables++)
        for (const struct azb_row *row = *tables; row->method != NULL; row++)
            n++;
    return n;
}

static unsigned count_forms(const struct azb_row *row)
{
    unsigned n = 0;

    while (row->forms != NULL && row->forms[n].when != NULL)
        n++;
    return n;
}

static unsigned count_all_forms(const struct azb_row *const *tables)
{
    unsigned n = 0;

    for (; *tables != NULL; tables++)
        for (const struct azb_row *row = *tables; row->method != NULL; row++)
            n += count_forms(row);
    return n;
}

/* A row under another name is the other row, but for what it says itself. */
static int method_complete_like(struct azb_method *method, const struct azb_row *row,
                                const struct azb_row *const *tables, struct azb_error *err)
{
    for (; *tables != NULL; tables++)
        for (const struct azb_row *other = *tables; other->method != NULL; other++) {
            if (strcmp(other->method, row->like) != 0 || other->forms != NULL)
                continue;
            method->completed = *other;
            method->completed.method = row->method;
            method->completed.aliases = row->aliases;
            method->completed.like = row->like;
            method->completed.by_url = row->by_url;
            if (row->doc != NULL)
                method->completed.doc = row->doc;
            if (row->path != NULL)
                method->completed.path = row->path;
            if (row->params != NULL)
                method->completed.params = row->params;
            return 0;
        }
    return azb_error_set(err, AZB_ERR_INTERNAL, "%s: no method %s without forms to be like",
                         row->method, row->like);
}

static void method_complete_form(struct azb_method *method, const struct azb_row *form,
                                 const struct azb_row *base)
{
    struct azb_row *row = &method->completed;

    *row = *form;
    row->method = base->method;
    row->aliases = base->aliases;
    if (row->doc == NULL)
        row->doc = base->doc;
    if (row->access == AZB_ACCESS_NONE)
        row->access = base->access;
    if (row->retry == AZB_RETRY_NONE)
        row->retry = base->retry;
    if (row->lookup == NULL)
        row->lookup = base->lookup;
    if (row->lease == AZB_LEASE_NONE)
        row->lease = base->lease;
}

static int registry_add(struct azb_registry *registry, unsigned method_i, struct azb_error *err)
{
    const char *name = registry->methods[method_i].row->method;
    unsigned slot = hash_bytes(name, strlen(name)) & (registry->n_slots - 1);

    if (azb_registry_find(registry, name, strlen(name)) != NULL)
        return azb_error_set(err, AZB_ERR_INTERNAL, "method %s twice", name);
    while (registry->slots[slot] != 0)
        slot = (slot + 1) & (registry->n_slots - 1);
    registry->slots[slot] = (unsigned short)(method_i + 1);
    return 0;
}

/* A method that another one names. */
static int registry_link(const struct azb_registry *registry, const char *name,
                         const struct azb_method **ret, struct azb_error *err)
{
    if (name == NULL)
        return 0;
    *ret = azb_registry_find(registry, name, strlen(name));
    return *ret != NULL ? 0 : azb_error_set(err, AZB_ERR_INTERNAL, "no method %s", name);
}

/* The forms of a method take their places behind all methods. */
static int registry_add_forms(struct azb_registry *registry, struct azb_method *method,
                              struct azb_error *err)
{
    struct azb_method *forms = &registry->methods[registry->n_methods + registry->n_forms];

    method->n_forms = count_forms(method->row);
    method->forms = forms;
    for (unsigned i = 0; i < method->n_forms; i++, registry->n_forms++) {
        method_complete_form(&forms[i], &method->row->forms[i], method->row);
        forms[i].base = method;
        if (method_init(&forms[i], &forms[i].completed, err) < 0)
            return -1;
    }
    return 0;
}

static int registry_fill(struct azb_registry *registry, const struct azb_row *const *tables,
                         struct azb_error *err)
{
    unsigned method_i = 0;

    for (const struct azb_row *const *table = tables; *table != NULL; table++)
        for (const struct azb_row *row = *table; row->method != NULL; row++, method_i++) {
            struct azb_method *method = &registry->methods[method_i];
            bool is_like = row->like != NULL;

            if (is_like && method_complete_like(method, row, tables, err) < 0)
                return -1;
            if (method_init(method, is_like ? &method->completed : row, err) < 0 ||
                registry_add(registry, method_i, err) < 0 ||
                registry_add_forms(registry, method, err) < 0)
                return -1;
        }
    for (unsigned i = 0; i < registry->n_methods + registry->n_forms; i++) {
        struct azb_method *method = &registry->methods[i];

        if (registry_link(registry, method->row->sub, &method->sub, err) < 0 ||
            registry_link(registry, method->row->lookup, &method->lookup, err) < 0 ||
            registry_link(registry, method->row->like, &method->like, err) < 0)
            return -1;
    }
    return 0;
}

int azb_registry_new(const struct azb_row *const *tables, struct azb_registry **ret,
                     struct azb_error *err)
{
    struct azb_registry *registry = calloc(1, sizeof(*registry));
    unsigned n = count_rows(tables);

    if (registry != NULL) {
        registry->n_slots = 64;
        while (registry->n_slots < 4 * n)
            registry->n_slots *= 2;
        registry->slots = calloc(registry->n_slots, sizeof(*registry->slots));
        registry->methods = calloc(n + count_all_forms(tables), sizeof(*registry->methods));
        registry->n_methods = n;
    }
    if (registry == NULL || registry->slots == NULL || registry->methods == NULL) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "the table of operations");
        azb_registry_free(registry);
        return -1;
    }
    if (registry_fill(registry, tables, err) < 0) {
        azb_registry_free(registry);
        return -1;
    }
    *ret = registry;
    return 0;
}

void azb_registry_free(struct azb_registry *registry)
{
    if (registry == NULL)
        return;
    for (unsigned i = 0;
         registry->methods != NULL && i < registry->n_methods + registry->n_forms; i++)
        azb_shape_free(registry->methods[i].shape);
    free(registry->methods);
    free(registry->slots);
    free(registry);
}

const struct azb_method *azb_registry_find(const struct azb_registry *registry,
                                           const char *name, size_t n)
{
    unsigned slot = hash_bytes(name, n) & (registry->n_slots - 1);

    while (registry->slots[slot] != 0) {
        const struct azb_method *method = &registry->methods[registry->slots[slot] - 1];

        if (same_name(method->row->method, name, n))
            return method;
        slot = (slot + 1) & (registry->n_slots - 1);
    }
    return NULL;
}

const struct azb_method *azb_registry_all(const struct azb_registry *registry, unsigned *ret_n)
{
    *ret_n = registry->n_methods;
    return registry->methods;
}
