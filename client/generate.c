/*
 * generate.c: writes azblob_methods.h and azblob_methods.c, the typed functions, from the rows
 * of all operations. Runs in the build: `generate header` and `generate source`.
 *
 * A function says only which table is its own; what such a table means is in client/typed.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/typed.h"
#include "lib/ops/ops.h"
#include "lib/registry.h"

enum {
    MAX_MODELS = 64,
    MAX_MEMBERS = 2 * AZB_MAX_PARAMS,
    MAX_NAME = 96,
};

static const char *const member_types[] = {
#define X(name, type) [AZB_MEMBER_##name] = type,
    AZB_MEMBER_MAP(X)
#undef X
};

static const char *const member_kinds[] = {
#define X(name, type) [AZB_MEMBER_##name] = #name,
    AZB_MEMBER_MAP(X)
#undef X
};

/* What the classes of methods are called on. */
static const struct {
    const char *name;
    unsigned gives;
} handles[] = {
    {"service", 0},
    {"container", AZB_GIVES_CONTAINER},
    {"blob", AZB_GIVES_CONTAINER | AZB_GIVES_BLOB | AZB_GIVES_SNAPSHOT},
    {"lease", AZB_GIVES_CONTAINER | AZB_GIVES_BLOB | AZB_GIVES_LEASE | AZB_GIVES_LEASE_ID},
};

static const struct {
    const char *param;
    unsigned give;
} given[] = {
    {"container", AZB_GIVES_CONTAINER}, {"blob", AZB_GIVES_BLOB},
    {"snapshot", AZB_GIVES_SNAPSHOT},   {"lease", AZB_GIVES_LEASE},
    {"lease_id", AZB_GIVES_LEASE_ID},
};

/* How the functions of a kind of method look. */
struct form {
    const char *suffix; /* of its name */
    const char *engine; /* what it is made of: azb_typed_ENGINE() */
    const char *extra;  /* an argument besides, with its type and a comma at its end */
    const char *extra_name;
    const char *ret; /* what it gives */
};

#define SOURCE_ARG "const struct azblob_source *source, ", "source, "
#define FD_ARG "int fd, ", "fd, "

static const struct form unary_forms[] = {
    {"", "call", "", "", "value"},
    {"_start", "start", "", "", "task"},
    {NULL},
};
static const struct form upload_forms[] = {
    {"", "upload", SOURCE_ARG, "value"},
    {"_start", "upload_start", SOURCE_ARG, "task"},
    {NULL},
};
static const struct form read_forms[] = {
    {"", "read", "", "", "reader"},
    {"_start", "read_start", "", "", "reader"},
    {"_to_fd", "to_fd", FD_ARG, "value"},
    {"_to_fd_start", "to_fd_start", FD_ARG, "task"},
    {NULL},
};
static const struct form list_forms[] = {{"", "list", "", "", "iterator"}, {NULL}};
static const struct form batch_forms[] = {{"", "batch", "", "", "iterator"}, {NULL}};

static const struct form *forms_of(const struct azb_method *method)
{
    switch (method->row->kind) {
    case AZB_KIND_PAGER:
        return list_forms;
    case AZB_KIND_BATCH:
        return batch_forms;
    case AZB_KIND_UPLOAD:
        return upload_forms;
    case AZB_KIND_DOWNLOAD:
    case AZB_KIND_QUERY:
        return read_forms;
    default:
        return unary_forms; /* one answer, whatever it took */
    }
}

/* ---- what a method's struct has ---- */

struct member {
    char name[MAX_NAME];
    const char *param; /* the parameter's; differs for a second member of one parameter */
    const char *doc;
    bool required;
    enum azb_member_kind kind;
    const char *model; /* MODEL: which struct, without "azblob_" */
};

struct members {
    struct member list[MAX_MEMBERS];
    unsigned n;
};

/* Structs of their own: fields -> name, written once. */
static struct model {
    char name[MAX_NAME];
    const struct azb_param *fields;
    struct members members;
} models[MAX_MODELS];
static unsigned n_models;

static _Noreturn void fail(const char *what, const char *which)
{
    fprintf(stderr, "generate: %s: %s\n", what, which);
    exit(1);
}

static enum azb_member_kind kind_of(const struct azb_param *param)
{
    switch (param->type) {
    case AZB_INT:
    case AZB_OFFSET:
        return AZB_MEMBER_NUMBER;
    case AZB_BOOL:
    case AZB_FLAG:
    case AZB_OVERWRITE:
        return AZB_MEMBER_BOOL;
    case AZB_BYTES:
    case AZB_BIN:
        return AZB_MEMBER_BYTES;
    case AZB_STR_LIST:
        return AZB_MEMBER_TEXTS;
    case AZB_STR_MAP:
    case AZB_TAGS:
        return AZB_MEMBER_PAIRS;
    case AZB_MODEL:
        return AZB_MEMBER_MODEL;
    case AZB_LIST:
    case AZB_MODEL_MAP:
    case AZB_OR_POLICIES:
    case AZB_BLOB_LIST:
    case AZB_BLOCK_LIST:
    case AZB_ANY:
        return AZB_MEMBER_BUILT;
    default:
        return AZB_MEMBER_TEXT;
    }
}

static bool same_fields(const struct azb_param *a, const struct azb_param *b)
{
    for (; a->name != NULL && b->name != NULL; a++, b++)
        if (strcmp(a->name, b->name) != 0 || kind_of(a) != kind_of(b))
            return false;
    return a->name == NULL && b->name == NULL;
}

static void add_member(struct members *members, const struct azb_param *param);

/* The struct for a model: one for all models of a name that have the same fields. */
static const char *model_for(const struct azb_param *param)
{
    struct members members = {.n = 0};
    struct model *model;
    unsigned n_same = 0;

    for (model = models; model < models + n_models; model++) {
        size_t n = strlen(param->name);

        if (strncmp(model->name, param->name, n) != 0 ||
            (model->name[n] != '\0' && model->name[n] != '_'))
            continue;
        if (same_fields(model->fields, param->fields))
            return model->name;
        n_same++;
    }
    for (const struct azb_param *field = param->fields; field->name != NULL; field++)
        add_member(&members, field); /* those inside it come before it */
    if (n_models == MAX_MODELS)
        fail("too many models", param->name);
    model = &models[n_models++];
    model->fields = param->fields;
    model->members = members;
    snprintf(model->name, MAX_NAME, "%s", param->name);
    if (n_same > 0)
        snprintf(model->name, MAX_NAME, "%s_%u", param->name, n_same + 1);
    return model->name;
}

static void append(struct members *members, const struct member *member)
{
    if (members->n == MAX_MEMBERS)
        fail("too many parameters", member->name);
    members->list[members->n++] = *member;
}

static bool has_member(const struct members *members, const char *name)
{
    for (unsigned i = 0; i < members->n; i++)
        if (strcmp(members->list[i].name, name) == 0)
            return true;
    return false;
}

static void add_member(struct members *members, const struct azb_param *param)
{
    struct member member = {.param = param->name,
                            .doc = param->doc,
                            .required = param->required,
                            .kind = kind_of(param)};
    bool is_cxx_word = strcmp(param->name, "delete") == 0;

    snprintf(member.name, MAX_NAME, "%s%s", param->name, is_cxx_word ? "_" : "");
    if (has_member(members, member.name))
        return;
    if (member.kind == AZB_MEMBER_MODEL && param->fields == NULL)
        member.kind = AZB_MEMBER_BUILT;
    if (member.kind == AZB_MEMBER_MODEL)
        member.model = model_for(param);
    append(members, &member);
    if (param->text == NULL || member.kind == AZB_MEMBER_TEXT)
        return;
    /* A string stands for something else than the value's own type does. */
    member =
        (struct member){.param = param->name, .doc = param->text->doc, .kind = AZB_MEMBER_TEXT};
    snprintf(member.name, MAX_NAME, "%s_text", param->name);
    append(members, &member);
}

static unsigned given_by(const struct azb_method *method, const char *param)
{
    unsigned gives = 0;

    for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
        if (strncmp(method->row->method, handles[i].name, strlen(handles[i].name)) == 0 &&
            method->row->method[strlen(handles[i].name)] == '.')
            gives = handles[i].gives;
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        if (strcmp(given[i].param, param) == 0)
            return gives & given[i].give;
    return 0;
}

/* Parameters that come from elsewhere than from the struct. */
static bool is_hidden(const struct azb_method *method, const char *param)
{
    bool is_upload = method->row->kind == AZB_KIND_UPLOAD;

    return strcmp(param, "client") == 0 || strcmp(param, "stream") == 0 ||
           strcmp(param, "fd") == 0 || given_by(method, param) != 0 ||
           (is_upload && (strcmp(param, "data") == 0 || strcmp(param, "length") == 0));
}

static void collect_from(struct members *members, unsigned *gives,
                         const struct azb_method *method, const struct azb_method *form,
                         unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        *gives |= given_by(method, form->params[i]->name);
        if (!is_hidden(method, form->params[i]->name))
            add_member(members, form->params[i]);
    }
}

/* The members of a method's struct, and what its handle gives. */
static void collect(const struct azb_method *method, struct members *members, unsigned *gives)
{
    *gives = 0;
    members->n = 0;
    collect_from(members, gives, method, method, method->n_params);
    for (unsigned i = 0; i < method->n_forms; i++)
        collect_from(members, gives, method, &method->forms[i], method->forms[i].n_own);
    for (unsigned i = 0; i < members->n; i++)
        if (method->row->kind == AZB_KIND_PAGER &&
            strcmp(members->list[i].name, "continuation_token") == 0)
            members->list[i].kind = AZB_MEMBER_TOKEN;
}

/* ---- writing ---- */

/* "blob.get_blob_properties" as a part of C names. */
static const char *c_name(const struct azb_method *method)
{
    static char name[MAX_NAME];

    snprintf(name, sizeof(name), "%s", method->row->method);
    *strchr(name, '.') = '_';
    return name;
}

/* "blob", the handle that a method takes. */
static const char *handle_name(const struct azb_method *method)
{
    static char name[MAX_NAME];

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(method->row->method, "."),
             method->row->method);
    return name;
}

static void write_struct(const char *name, const struct members *members)
{
    printf("struct azblob_%s {\n    size_t struct_bytes;\n", name);
    for (unsigned i = 0; i < members->n; i++) {
        const struct member *m = &members->list[i];

        if (m->kind == AZB_MEMBER_MODEL)
            printf("    const struct azblob_%s *%s;", m->model, m->name);
        else
            printf("    %s%s;", member_types[m->kind], m->name);
        if (m->doc != NULL || m->required)
            printf(" /* %s%s%s */", m->required ? "required" : "",
                   m->required && m->doc != NULL ? ": " : "", m->doc != NULL ? m->doc : "");
        printf("\n");
    }
    printf("};\n\n");
}

/* The head of one of a method's functions, without what ends it. */
static void write_head(const struct azb_method *method, const struct form *form)
{
    printf("int azblob_%s%s(struct azblob_%s *%s, ", c_name(method), form->suffix,
           handle_name(method), handle_name(method));
    printf("const struct azblob_%s_params *params, %sstruct azblob_%s **ret, "
           "struct azblob_error *err)",
           c_name(method), form->extra, form->ret);
}

static void declare(const struct azb_method *method)
{
    struct members members;
    char name[MAX_NAME + sizeof("_params")];
    unsigned gives;

    collect(method, &members, &gives);
    printf("/* %s\n * %s */\n", method->row->doc,
           method->row->follows != NULL ? method->row->follows : "");
    snprintf(name, sizeof(name), "%s_params", c_name(method));
    write_struct(name, &members);
    for (const struct form *form = forms_of(method); form->suffix != NULL; form++) {
        printf("AZBLOB_API ");
        write_head(method, form);
        printf(";\n");
    }
    printf("\n");
}

static void write_table(const char *struct_name, const char *table_name,
                        const struct members *members)
{
    printf("static const struct azb_member %s_members[] = {\n", table_name);
    for (unsigned i = 0; i < members->n; i++) {
        const struct member *m = &members->list[i];

        printf("    {\"%s\", offsetof(struct azblob_%s, %s), AZB_MEMBER_%s, ", m->param,
               struct_name, m->name, member_kinds[m->kind]);
        if (m->kind == AZB_MEMBER_MODEL)
            printf("%s_members},\n", m->model);
        else
            printf("NULL},\n");
    }
    printf("    {NULL},\n};\n\n");
}

static void define(const struct azb_method *method)
{
    struct members members;
    char name[MAX_NAME + sizeof("_params")];
    unsigned gives;

    collect(method, &members, &gives);
    snprintf(name, sizeof(name), "%s_params", c_name(method));
    write_table(name, name, &members);
    printf("static const struct azb_typed %s = {\"%s\", %s_members, %u};\n\n", c_name(method),
           method->row->method, name, gives);
    for (const struct form *form = forms_of(method); form->suffix != NULL; form++) {
        write_head(method, form);
        printf("\n{\n    return azb_typed_%s(&%s, %s, params, %sret, err);\n}\n\n",
               form->engine, c_name(method), handle_name(method), form->extra_name);
    }
}

static void write_header(const struct azb_method *methods, unsigned n)
{
    printf("/*\n"
           " * azblob_methods.h: a function for each operation; generated, see azblob.h.\n"
           " *\n"
           " * params may be NULL. Results, and what entries and properties have in them:\n"
           " * `azblob call rpc.describe method=CLASS.METHOD`.\n"
           " */\n"
           "#ifndef AZBLOB_METHODS_H\n#define AZBLOB_METHODS_H\n\n#include <azblob.h>\n\n"
           "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    for (unsigned i = 0; i < n_models; i++)
        write_struct(models[i].name, &models[i].members);
    for (unsigned i = 0; i < n; i++)
        declare(&methods[i]);
    printf("#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static void write_source(const struct azb_method *methods, unsigned n)
{
    printf("/* azblob_methods.c: generated from the rows of all operations. */\n"
           "#include \"client/azblob_methods.h\"\n#include \"client/typed.h\"\n\n");
    for (unsigned i = 0; i < n_models; i++)
        write_table(models[i].name, models[i].name, &models[i].members);
    for (unsigned i = 0; i < n; i++)
        define(&methods[i]);
}

int main(int argc, char **argv)
{
    static const struct azb_row *const tables[] = {
        azb_service_rows, azb_container_rows, azb_blob_rows, azb_block_rows, azb_page_rows,
        azb_append_rows,  azb_lease_rows,     azb_copy_rows, azb_query_rows, NULL,
    };
    const struct azb_method *methods;
    struct azb_registry *registry;
    struct members members;
    struct azb_error err = {0};
    unsigned n, gives;

    if (argc != 2)
        fail("usage", "generate header|source");
    if (azb_registry_new(tables, &registry, &err) < 0)
        fail("the rows", err.message);
    methods = azb_registry_all(registry, &n);
    for (unsigned i = 0; i < n; i++) /* all models, which come first */
        collect(&methods[i], &members, &gives);
    if (strcmp(argv[1], "header") == 0)
        write_header(methods, n);
    else
        write_source(methods, n);
    azb_registry_free(registry);
    return fflush(stdout) == 0 ? 0 : 1;
}
