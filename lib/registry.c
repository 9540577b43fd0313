/*
 * registry.c: lookups over the operation tables, and their description.
 */
#include "lib/registry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ops/ops.h"
#include "proto/buf.h"

struct azb_registry {
    struct azb_method *methods;
    unsigned n_methods;
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

int azb_method_param(const struct azb_method *method, const char *name, size_t n)
{
    unsigned slot = hash_bytes(name, n) % sizeof(method->param_slots);

    while (method->param_slots[slot] != 0) {
        unsigned i = method->param_slots[slot] - 1U;

        if (same_name(method->params[i]->name, name, n))
            return (int)i;
        slot = (slot + 1) % sizeof(method->param_slots);
    }
    return -1;
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

    for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open + 1, '{')) {
        size_t n = strcspn(open + 1, "}");
        int i = azb_method_param(method, open + 1, n);

        if (i < 0 || !method->params[i]->required)
            return azb_error_set(err, AZB_ERR_INTERNAL, "%s: {%.*s} is no required parameter",
                                 method->row->method, (int)n, open + 1);
    }
    return 0;
}

static int method_init(struct azb_method *method, const struct azb_row *row,
                       struct azb_error *err)
{
    method->row = row;
    for (const struct azb_param *p = row->params; p != NULL && p->name != NULL; p++)
        if (method_add_param(method, p, err) < 0)
            return -1;
    method->n_own = method->n_params;
    if (row->kind != AZB_KIND_LOCAL)
        for (const struct azb_param *p = azb_common_params; p->name != NULL; p++)
            if (method_add_param(method, p, err) < 0)
                return -1;
    if (method_check_path(method, err) < 0)
        return -1;
    if (row->results != NULL && row->kind != AZB_KIND_LOCAL && row->kind != AZB_KIND_BATCH)
        return azb_shape_new(row->root, row->results, &method->shape, err);
    return 0;
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

static int registry_fill(struct azb_registry *registry, const struct azb_row *const *tables,
                         struct azb_error *err)
{
    unsigned method_i = 0;

    for (; *tables != NULL; tables++)
        for (const struct azb_row *row = *tables; row->method != NULL; row++, method_i++) {
            if (method_init(&registry->methods[method_i], row, err) < 0 ||
                registry_add(registry, method_i, err) < 0)
                return -1;
        }
    for (unsigned i = 0; i < registry->n_methods; i++) {
        struct azb_method *method = &registry->methods[i];

        if (registry_link(registry, method->row->sub, &method->sub, err) < 0 ||
            registry_link(registry, method->row->lookup, &method->lookup, err) < 0)
            return -1;
    }
    return 0;
}

int azb_registry_new(const struct azb_row *const *tables, struct azb_registry **ret,
                     struct azb_error *err)
{
    struct azb_registry *registry = calloc(1, sizeof(*registry));
    unsigned n = 0;

    for (const struct azb_row *const *table = tables; *table != NULL; table++)
        for (const struct azb_row *row = *table; row->method != NULL; row++)
            n++;
    if (registry != NULL) {
        registry->n_slots = 64;
        while (registry->n_slots < 4 * n)
            registry->n_slots *= 2;
        registry->slots = calloc(registry->n_slots, sizeof(*registry->slots));
        registry->methods = calloc(n, sizeof(*registry->methods));
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
    for (unsigned i = 0; registry->methods != NULL && i < registry->n_methods; i++)
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

static const char *type_text(enum azb_type type)
{
    static const char *const texts[] = {
#define X(name, text) [AZB_##name] = text,
        AZB_TYPE_MAP(X)
#undef X
    };
    return texts[type];
}

static const char *const access_texts[] = {
#define X(name, text) [AZB_ACCESS_##name] = text,
    AZB_ACCESS_MAP(X)
#undef X
};

static const char *const retry_texts[] = {
#define X(name, text) [AZB_RETRY_##name] = text,
    AZB_RETRY_MAP(X)
#undef X
};

static void pack_pair(msgpack_packer *pk, const char *key, const char *text)
{
    azb_pack_str(pk, key);
    azb_pack_str(pk, text);
}

static void describe_params(msgpack_packer *pk, const struct azb_param *const *params,
                            unsigned n);

static void describe_fields_of(msgpack_packer *pk, const struct azb_param *fields)
{
    const struct azb_param *list[AZB_MAX_PARAMS];
    unsigned n = 0;

    for (; fields->name != NULL && n < AZB_MAX_PARAMS; fields++)
        list[n++] = fields;
    azb_pack_str(pk, "fields");
    describe_params(pk, list, n);
}

static void describe_param(msgpack_packer *pk, const struct azb_param *param)
{
    bool has_range = param->max > param->min;
    unsigned n_values = 0;

    while (param->values != NULL && param->values[n_values] != NULL)
        n_values++;
    msgpack_pack_map(pk, 3 + (param->doc != NULL) + (param->with != NULL) +
                             (param->preset != NULL) + (n_values > 0) + 2 * has_range +
                             (param->max_bytes > 0) + (param->fields != NULL));
    pack_pair(pk, "name", param->name);
    pack_pair(pk, "type", type_text(param->type));
    azb_pack_str(pk, "required");
    param->required ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
    if (param->doc != NULL)
        pack_pair(pk, "doc", param->doc);
    if (param->with != NULL)
        pack_pair(pk, "with", param->with);
    if (param->preset != NULL)
        pack_pair(pk, "default", param->preset);
    if (n_values > 0) {
        azb_pack_str(pk, "values");
        msgpack_pack_array(pk, n_values);
        for (unsigned i = 0; i < n_values; i++)
            azb_pack_str(pk, param->values[i]);
    }
    if (has_range) {
        azb_pack_str(pk, "min");
        msgpack_pack_int64(pk, param->min);
        azb_pack_str(pk, "max");
        msgpack_pack_int64(pk, param->max);
    }
    if (param->max_bytes > 0) {
        azb_pack_str(pk, "max_bytes");
        msgpack_pack_uint64(pk, param->max_bytes);
    }
    if (param->fields != NULL)
        describe_fields_of(pk, param->fields);
}

static void describe_params(msgpack_packer *pk, const struct azb_param *const *params,
                            unsigned n)
{
    msgpack_pack_array(pk, n);
    for (unsigned i = 0; i < n; i++)
        describe_param(pk, params[i]);
}

static void describe_results(msgpack_packer *pk, const struct azb_field *fields)
{
    unsigned n = 0;

    while (fields != NULL && fields[n].name != NULL)
        n++;
    msgpack_pack_array(pk, n);
    for (unsigned i = 0; i < n; i++) {
        const struct azb_field *f = &fields[i];
        bool is_plain_list = f->type == AZB_LIST && f->fields == NULL;

        msgpack_pack_map(pk, 2 + (f->doc != NULL) + (f->fields != NULL) + is_plain_list +
                                 f->is_stream);
        pack_pair(pk, "name", f->name);
        pack_pair(pk, "type", type_text(f->type));
        if (f->doc != NULL)
            pack_pair(pk, "doc", f->doc);
        if (is_plain_list)
            pack_pair(pk, "of", type_text(f->of));
        if (f->is_stream) {
            azb_pack_str(pk, "streamed");
            msgpack_pack_true(pk);
        }
        if (f->fields != NULL) {
            azb_pack_str(pk, "fields");
            describe_results(pk, f->fields);
        }
    }
}

void azb_method_describe(const struct azb_method *method, msgpack_packer *pk)
{
    const struct azb_row *row = method->row;
    bool has_stream = row->kind == AZB_KIND_PAGER || row->kind == AZB_KIND_DOWNLOAD ||
                      row->kind == AZB_KIND_UPLOAD || row->kind == AZB_KIND_BATCH;
    bool has_fd = row->kind == AZB_KIND_DOWNLOAD || row->kind == AZB_KIND_UPLOAD;

    msgpack_pack_map(pk, 8 + (row->follows != NULL));
    pack_pair(pk, "method", row->method);
    pack_pair(pk, "doc", row->doc);
    if (row->follows != NULL)
        pack_pair(pk, "follows", row->follows);
    pack_pair(pk, "access", access_texts[row->access]);
    pack_pair(pk, "retry", retry_texts[row->retry]);
    azb_pack_str(pk, "stream");
    has_stream ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
    azb_pack_str(pk, "fd");
    has_fd ? msgpack_pack_true(pk) : msgpack_pack_false(pk);
    azb_pack_str(pk, "params");
    describe_params(pk, method->params, method->n_params);
    azb_pack_str(pk, "results");
    describe_results(pk, row->results);
}
