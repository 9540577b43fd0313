/*
 * describe.c: a method's schema as a map, from its rows. What says nothing is left out, so that
 * the schema of all methods fits a message and reads well.
 */
#include "lib/describe.h"

#include <stdio.h>
#include <string.h>

#include "proto/buf.h"

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

/* How a parameter stands in its method. */
struct standing {
    bool is_required;
    bool is_common; /* every storage method has it */
    const struct azb_alias *aliases;
};

static void describe_param(struct azb_buf *buf, const struct azb_param *param,
                           const struct standing *standing)
{
    struct pair_list pairs;

    pairs_begin(&pairs, buf);
    pairs_text(&pairs, "name", param->name);
    pairs_text(&pairs, "type", type_text(param->type));
    pairs_bool(&pairs, "required", standing->is_required);
    pairs_text(&pairs, "doc", param->doc);
    pairs_flag(&pairs, "common", standing->is_common);
    pairs_aliases(&pairs, standing->aliases, param->name);
    pairs_text(&pairs, "with", param->with);
    pairs_text(&pairs, "excludes", param->excludes);
    if (param->preset != NULL && param->preset[0] != '\0')
        pairs_text(&pairs, "default", param->preset);
    pairs_texts(&pairs, "values", param->values);
    if (param->max > param->min) {
        msgpack_pack_int64(pairs_key(&pairs, "min"), param->min);
        msgpack_pack_int64(pairs_key(&pairs, "max"), param->max);
    }
    pairs_text(&pairs, "unit", param->unit);
    pairs_uint(&pairs, "multiple_of", param->multiple_of);
    pairs_uint(&pairs, "max_bytes", param->max_bytes);
    pairs_uint(&pairs, "max_items", param->max_items);
    pairs_flag(&pairs, "https_only", param->https_only);
    if (param->text != NULL) {
        pairs_key(&pairs, "string");
        describe_param(buf, param->text, &(struct standing){0});
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
        describe_param(buf, fields, &(struct standing){.is_required = fields->required});
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
    struct standing standing = {.aliases = method->row->aliases};
    msgpack_packer pk;
    unsigned n = method->n_params;

    for (unsigned k = 0; k < method->n_forms; k++)
        for (unsigned i = 0; i < method->forms[k].n_own; i++)
            n += is_forms_own(method, k, i);
    azb_buf_packer(&pk, buf);
    msgpack_pack_array(&pk, n);
    for (unsigned i = 0; i < method->n_params; i++) {
        standing.is_required = method->params[i]->required;
        standing.is_common = i >= method->n_own;
        for (unsigned k = 0; k < method->n_forms; k++)
            standing.is_required &= has_param(&method->forms[k], method->params[i]->name);
        describe_param(buf, method->params[i], &standing);
    }
    standing.is_required = standing.is_common = false;
    for (unsigned k = 0; k < method->n_forms; k++)
        for (unsigned i = 0; i < method->forms[k].n_own; i++)
            if (is_forms_own(method, k, i))
                describe_param(buf, method->forms[k].params[i], &standing);
}

/* "PUT /{container}?restype=container": what is asked of the service, if anything is. */
static void pairs_request(struct pair_list *pairs, const struct azb_row *row)
{
    char text[256];

    if (row->follows == NULL || row->verb == NULL)
        return;
    snprintf(text, sizeof(text), "%s %s%s%s", row->verb, row->path,
             row->query != NULL ? "?" : "", row->query != NULL ? row->query : "");
    pairs_text(pairs, "request", text);
}

/* What a method's description and that of its forms have in common. */
static void pairs_operation(struct pair_list *pairs, const struct azb_row *row)
{
    pairs_text(pairs, "doc", row->doc);
    pairs_text(pairs, "follows", row->follows);
    pairs_request(pairs, row);
    pairs_text(pairs, "retry", retry_texts[row->retry]);
}

static void describe_results(struct azb_buf *buf, const struct azb_field *fields)
{
    msgpack_packer pk;
    unsigned n = 0;

    while (fields != NULL && fields[n].name != NULL)
        n++;
    azb_buf_packer(&pk, buf);
    msgpack_pack_array(&pk, n);
    for (unsigned i = 0; i < n; i++) {
        const struct azb_field *f = &fields[i];
        struct pair_list pairs;

        pairs_begin(&pairs, buf);
        pairs_text(&pairs, "name", f->name);
        pairs_text(&pairs, "type", type_text(f->type));
        pairs_text(&pairs, "doc", f->doc);
        pairs_text(&pairs, "unit", f->unit);
        if (f->type == AZB_LIST && f->fields == NULL)
            pairs_text(&pairs, "of", type_text(f->of));
        pairs_flag(&pairs, "streamed", f->is_stream);
        if (f->fields != NULL) {
            pairs_key(&pairs, "fields");
            describe_results(buf, f->fields);
        }
        pairs_end(&pairs);
    }
}

/* Each form with the names of its parameters: what they are stands with the method's. */
static void describe_forms(struct azb_buf *buf, const struct azb_method *method)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, buf);
    msgpack_pack_array(&pk, method->n_forms);
    for (unsigned i = 0; i < method->n_forms; i++) {
        const struct azb_method *form = &method->forms[i];
        struct pair_list pairs;

        pairs_begin(&pairs, buf);
        pairs_text(&pairs, "when", form->row->when);
        pairs_operation(&pairs, form->row);
        msgpack_pack_array(pairs_key(&pairs, "params"), form->n_own);
        for (unsigned k = 0; k < form->n_own; k++)
            azb_pack_str(&pk, form->params[k]->name);
        pairs_key(&pairs, "results");
        describe_results(buf, form->row->results);
        pairs_end(&pairs);
    }
}

void azb_method_describe(const struct azb_method *method, msgpack_packer *pk)
{
    const struct azb_row *row = method->row;
    struct azb_buf *buf = pk->data;
    bool has_fd = row->kind == AZB_KIND_DOWNLOAD || row->kind == AZB_KIND_UPLOAD ||
                  row->kind == AZB_KIND_QUERY;
    bool has_stream = has_fd || row->kind == AZB_KIND_PAGER || row->kind == AZB_KIND_BATCH;
    struct pair_list pairs;

    pairs_begin(&pairs, buf);
    pairs_text(&pairs, "method", row->method);
    pairs_operation(&pairs, row);
    pairs_text(&pairs, "access", access_texts[row->access]);
    pairs_bool(&pairs, "stream", has_stream);
    pairs_bool(&pairs, "fd", has_fd);
    pairs_key(&pairs, "params");
    describe_params(buf, method);
    if (method->n_forms > 0) {
        pairs_key(&pairs, "forms");
        describe_forms(buf, method);
    }
    if (row->kind == AZB_KIND_EXISTS)
        pairs_text(&pairs, "result", type_text(AZB_BOOL));
    pairs_key(&pairs, "results");
    describe_results(buf, row->results);
    pairs_end(&pairs);
}
