/*
 * registry.c: lookups over the operation tables, and their description.
 */
#include "lib/registry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ops/ops.h"
#include "proto/buf.h"
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
    method->uuid_param = -1;
    for (const struct azb_param *p = row->params; p != NULL && p->name != NULL; p++) {
        if (p->type == AZB_UUID && !p->required)
            method->uuid_param = (int)method->n_params;
        if (method_add_param(method, p, err) < 0)
            return -1;
    }
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
            if (row->doc != NULL)
                method->completed.doc = row->doc;
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
            registry_link(registry, method->row->lookup, &method->lookup, err) < 0)
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

/* A map whose pairs are counted while they are packed. */
struct pair_list {
    struct azb_buf *buf;
    msgpack_packer pk;
    size_t start;
    unsigned n;
};

static void pairs_begin(struct pair_list *pairs, struct azb_buf *buf)
{
    pairs->buf = buf;
    pairs->n = 0;
    pairs->start = azb_pack_map_begin(buf);
    azb_buf_packer(&pairs->pk, buf);
}

static void pairs_end(struct pair_list *pairs)
{
    azb_pack_map_end(pairs->buf, pairs->start, pairs->n);
}

/* A pair's key; the value follows. */
static msgpack_packer *pairs_key(struct pair_list *pairs, const char *key)
{
    pairs->n++;
    azb_pack_str(&pairs->pk, key);
    return &pairs->pk;
}

static void pairs_bool(struct pair_list *pairs, const char *key, bool value)
{
    pairs_key(pairs, key);
    value ? msgpack_pack_true(&pairs->pk) : msgpack_pack_false(&pairs->pk);
}

/* Each of these leaves out what says nothing. */
static void pairs_text(struct pair_list *pairs, const char *key, const char *text)
{
    if (text != NULL)
        azb_pack_str(pairs_key(pairs, key), text);
}

static void pairs_uint(struct pair_list *pairs, const char *key, uint64_t value)
{
    if (value > 0)
        msgpack_pack_uint64(pairs_key(pairs, key), value);
}

static void pairs_flag(struct pair_list *pairs, const char *key, bool value)
{
    if (value)
        pairs_bool(pairs, key, true);
}

static void pairs_texts(struct pair_list *pairs, const char *key, const char *const *texts)
{
    unsigned n = 0;

    while (texts != NULL && texts[n] != NULL)
        n++;
    if (n == 0)
        return;
    msgpack_pack_array(pairs_key(pairs, key), n);
    for (unsigned i = 0; i < n; i++)
        azb_pack_str(&pairs->pk, texts[i]);
}

/* The other names that a method has for a parameter. */
static void pairs_aliases(struct pair_list *pairs, const struct azb_alias *aliases,
                          const char *param)
{
    const char *names[8] = {NULL};
    unsigned n = 0;

    for (; aliases != NULL && aliases->name != NULL; aliases++)
        if (strcmp(aliases->param, param) == 0 && n + 1 < sizeof(names) / sizeof(names[0]))
            names[n++] = aliases->name;
    pairs_texts(pairs, "also", names);
}

static void describe_fields_of(struct azb_buf *buf, const struct azb_param *fields);

static void describe_param(struct azb_buf *buf, const struct azb_param *param, bool is_required,
                           const struct azb_alias *aliases)
{
    struct pair_list pairs;

    pairs_begin(&pairs, buf);
    pairs_text(&pairs, "name", param->name);
    pairs_text(&pairs, "type", type_text(param->type));
    pairs_bool(&pairs, "required", is_required);
    pairs_text(&pairs, "doc", param->doc);
    pairs_aliases(&pairs, aliases, param->name);
    pairs_text(&pairs, "with", param->with);
    pairs_text(&pairs, "excludes", param->excludes);
    if (param->preset != NULL && param->preset[0] != '\0')
        pairs_text(&pairs, "default", param->preset);
    pairs_texts(&pairs, "values", param->values);
    if (param->max > param->min) {
        msgpack_pack_int64(pairs_key(&pairs, "min"), param->min);
        msgpack_pack_int64(pairs_key(&pairs, "max"), param->max);
    }
    pairs_uint(&pairs, "multiple_of", param->unit);
    pairs_uint(&pairs, "max_bytes", param->max_bytes);
    pairs_uint(&pairs, "max_items", param->max_items);
    pairs_flag(&pairs, "https_only", param->https_only);
    if (param->text != NULL) {
        pairs_key(&pairs, "string");
        describe_param(buf, param->text, false, NULL);
    }
    if (param->fields != NULL) {
        pairs_key(&pairs, "fields");
        describe_fields_of(buf, param->fields);
    }
    pairs_end(&pairs);
}

static void describe_fields_of(struct azb_buf *buf, const struct azb_param *fields)
{
    msgpack_packer pk;
    unsigned n = 0;

    while (fields[n].name != NULL)
        n++;
    azb_buf_packer(&pk, buf);
    msgpack_pack_array(&pk, n);
    for (; fields->name != NULL; fields++)
        describe_param(buf, fields, fields->required, NULL);
}

static bool has_param(const struct azb_method *method, const char *name)
{
    return azb_method_param(method, name, strlen(name)) >= 0;
}

/* Parameter number param_i of form number form_i: is it in no form before, nor in the method?
 */
static bool is_forms_own(const struct azb_method *method, unsigned form_i, unsigned param_i)
{
    const char *name = method->forms[form_i].params[param_i]->name;
    bool is_new = !has_param(method, name);

    for (unsigned i = 0; i < form_i; i++)
        is_new = is_new && !has_param(&method->forms[i], name);
    return is_new;
}

/* The method's parameters, then those that only its forms have. */
static void describe_params(struct azb_buf *buf, const struct azb_method *method)
{
    const struct azb_alias *aliases = method->row->aliases;
    msgpack_packer pk;
    unsigned n = method->n_params;

    for (unsigned k = 0; k < method->n_forms; k++)
        for (unsigned i = 0; i < method->forms[k].n_own; i++)
            n += is_forms_own(method, k, i);
    azb_buf_packer(&pk, buf);
    msgpack_pack_array(&pk, n);
    for (unsigned i = 0; i < method->n_params; i++) {
        bool is_required = method->params[i]->required;

        for (unsigned k = 0; k < method->n_forms; k++)
            is_required = is_required && has_param(&method->forms[k], method->params[i]->name);
        describe_param(buf, method->params[i], is_required, aliases);
    }
    for (unsigned k = 0; k < method->n_forms; k++)
        for (unsigned i = 0; i < method->forms[k].n_own; i++)
            if (is_forms_own(method, k, i))
                describe_param(buf, method->forms[k].params[i], false, aliases);
}

/* [{when, params: [names]}]: what a call may hold that a form is meant by. */
static void describe_forms(struct azb_buf *buf, const struct azb_method *method)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, buf);
    msgpack_pack_array(&pk, method->n_forms);
    for (unsigned i = 0; i < method->n_forms; i++) {
        const struct azb_method *form = &method->forms[i];

        msgpack_pack_map(&pk, 5);
        pack_pair(&pk, "when", form->row->when);
        pack_pair(&pk, "doc", form->row->doc);
        pack_pair(&pk, "follows", form->row->follows);
        pack_pair(&pk, "retry", retry_texts[form->row->retry]);
        azb_pack_str(&pk, "params");
        msgpack_pack_array(&pk, form->n_own);
        for (unsigned k = 0; k < form->n_own; k++)
            azb_pack_str(&pk, form->params[k]->name);
    }
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
                      row->kind == AZB_KIND_UPLOAD || row->kind == AZB_KIND_BATCH ||
                      row->kind == AZB_KIND_QUERY;
    bool has_fd = row->kind == AZB_KIND_DOWNLOAD || row->kind == AZB_KIND_UPLOAD ||
                  row->kind == AZB_KIND_QUERY;

    msgpack_pack_map(pk, 8 + (row->follows != NULL) + (method->n_forms > 0));
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
    describe_params(pk->data, method);
    if (method->n_forms > 0) {
        azb_pack_str(pk, "forms");
        describe_forms(pk->data, method);
    }
    azb_pack_str(pk, "results");
    describe_results(pk, row->results);
}
