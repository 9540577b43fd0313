/*
 * generate.c: writes azblob_methods.h and azblob_methods.c, the typed functions, from the rows
 * of all methods. Runs in the build: `generate header ABI` and `generate source ABI`.
 *
 * A function says only which table is its own; what such a table means is in client/typed.h.
 *
 * ABI is client/abi.txt, what programs that were built before rely on: the functions, and the
 * members of the structs in their order. A row may gain a parameter anywhere; its struct gains
 * it at the end. What the file has must still be there. `generate abi ABI` writes the file that
 * takes in what is new.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/typed.h"
#include "daemon/worker.h"
#include "lib/registry.h"

enum {
    MAX_MODELS = 64,
    MAX_MEMBERS = 2 * AZB_MAX_PARAMS,
    MAX_NAME = 96,
    MAX_ABI_LINES = 8192,
    ABI_LINE_BYTES = 2 * MAX_NAME,
    MAX_COLUMNS = 96,
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

/* What methods are called on: a connection, or the handle that their class is named after. */
struct handle {
    const char *name;
    unsigned gives;
};
static const struct handle handles[] = {
    {"connection", 0},
    {"service", AZB_GIVES_CLIENT},
    {"container", AZB_GIVES_CLIENT | AZB_GIVES_CONTAINER},
    {"blob", AZB_GIVES_CLIENT | AZB_GIVES_CONTAINER | AZB_GIVES_BLOB | AZB_GIVES_SNAPSHOT},
    {"lease", AZB_GIVES_CLIENT | AZB_GIVES_CONTAINER | AZB_GIVES_BLOB | AZB_GIVES_LEASE |
                  AZB_GIVES_LEASE_ID},
};
enum { N_HANDLES = sizeof(handles) / sizeof(handles[0]) };

static const struct {
    const char *param;
    unsigned give;
} given[] = {
    {"client", AZB_GIVES_CLIENT}, {"container", AZB_GIVES_CONTAINER},
    {"blob", AZB_GIVES_BLOB},     {"snapshot", AZB_GIVES_SNAPSHOT},
    {"lease", AZB_GIVES_LEASE},   {"lease_id", AZB_GIVES_LEASE_ID},
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

static const struct handle *handle_of(const struct azb_method *method)
{
    const struct azb_row *row = method->row;

    for (size_t i = 1; row->kind != AZB_KIND_LOCAL && !row->by_url && i < N_HANDLES; i++) {
        size_t n = strlen(handles[i].name);

        if (strncmp(row->method, handles[i].name, n) == 0 && row->method[n] == '.')
            return &handles[i];
    }
    return &handles[0];
}

/* These two are what azblob_service_open() and azblob_service_close() do. */
static bool has_functions(const struct azb_method *method)
{
    return strcmp(method->row->method, "service.open") != 0 &&
           strcmp(method->row->method, "service.close") != 0;
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

/* ---- what must stay as it was ---- */

/* "azblob_NAME" begins what follows; "    TYPE NAME" is a member of it, in the struct's order;
 * "RESULT FUNCTION()" are functions. */
static struct {
    char text[ABI_LINE_BYTES];
    bool is_met; /* the rows still give it */
} abi[MAX_ABI_LINES];
static unsigned n_abi;

static void abi_load(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file == NULL)
        fail("cannot open", path);
    while (fgets(abi[n_abi].text, ABI_LINE_BYTES, file) != NULL) {
        abi[n_abi].text[strcspn(abi[n_abi].text, "\n")] = '\0';
        if (abi[n_abi].text[0] == '\0' || abi[n_abi].text[0] == '#')
            continue;
        if (++n_abi == MAX_ABI_LINES)
            fail("too many lines", path);
    }
    fclose(file);
}

/* Index of a line at or after one, and before the next unindented one if it is a member. */
static unsigned abi_find(unsigned i, const char *text)
{
    bool is_member = text[0] == ' ';

    for (; i < n_abi && (!is_member || abi[i].text[0] == ' '); i++)
        if (strcmp(abi[i].text, text) == 0)
            return i;
    return n_abi;
}

static void abi_meet(unsigned i)
{
    if (i < n_abi)
        abi[i].is_met = true;
}

static void abi_check(void)
{
    for (unsigned i = 0; i < n_abi; i++)
        if (!abi[i].is_met)
            fail("the ABI has it, and no row gives it", abi[i].text);
}

static const char *declaration(const struct member *member)
{
    static char text[ABI_LINE_BYTES];

    if (member->kind == AZB_MEMBER_MODEL)
        snprintf(text, sizeof(text), "    const struct azblob_%s *%s", member->model,
                 member->name);
    else
        snprintf(text, sizeof(text), "    %s%s", member_types[member->kind], member->name);
    return text;
}

static void append(struct members *members, const struct member *member)
{
    if (members->n == MAX_MEMBERS)
        fail("too many parameters", member->name);
    members->list[members->n++] = *member;
}

/* The members that the ABI has first, as it has them; new ones behind. */
static void put_in_order(const char *name, struct members *members)
{
    struct members ordered = {.n = 0};
    char heading[ABI_LINE_BYTES];
    unsigned start;

    snprintf(heading, sizeof(heading), "azblob_%s", name);
    start = abi_find(0, heading) + 1;
    abi_meet(start - 1);
    for (unsigned i = start; i < n_abi && abi[i].text[0] == ' '; i++)
        for (unsigned k = 0; k < members->n; k++)
            if (strcmp(abi[i].text, declaration(&members->list[k])) == 0) {
                append(&ordered, &members->list[k]);
                abi_meet(i);
            }
    for (unsigned k = 0; k < members->n; k++)
        if (abi_find(start, declaration(&members->list[k])) == n_abi)
            append(&ordered, &members->list[k]);
    *members = ordered;
}

/* ---- from a row's parameters to members ---- */

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
    snprintf(model->name, MAX_NAME, "%s", param->name);
    if (n_same > 0)
        snprintf(model->name, MAX_NAME, "%s_%u", param->name, n_same + 1);
    put_in_order(model->name, &members);
    model->members = members;
    return model->name;
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
    if ((param->text == NULL && param->type != AZB_ANY) || member.kind == AZB_MEMBER_TEXT)
        return;
    /* A string stands for something else than the value's own type does. */
    member = (struct member){.param = param->name,
                             .doc = param->text != NULL ? param->text->doc : param->doc,
                             .kind = AZB_MEMBER_TEXT};
    snprintf(member.name, MAX_NAME, "%s_text", param->name);
    append(members, &member);
}

static unsigned given_by(const struct azb_method *method, const char *param)
{
    unsigned gives = handle_of(method)->gives;

    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        if (strcmp(given[i].param, param) == 0)
            return gives & given[i].give;
    return 0;
}

/* Parameters that come from elsewhere than from the struct. */
static bool is_hidden(const struct azb_method *method, const char *param)
{
    bool is_upload = method->row->kind == AZB_KIND_UPLOAD;

    return strcmp(param, "stream") == 0 || strcmp(param, "fd") == 0 ||
           (method->row->by_url && strcmp(param, "client") == 0) ||
           given_by(method, param) != 0 ||
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

/* "blob.get_blob_properties" as a part of C names. */
static const char *c_name(const struct azb_method *method)
{
    static char name[MAX_NAME];

    snprintf(name, sizeof(name), "%s", method->row->method);
    *strchr(name, '.') = '_';
    return name;
}

static const char *params_name(const struct azb_method *method)
{
    static char name[MAX_NAME + sizeof("_params")];

    snprintf(name, sizeof(name), "%s_params", c_name(method));
    return name;
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
    put_in_order(params_name(method), members);
}

/* ---- writing ---- */

static void write_struct(const char *name, const struct members *members)
{
    printf("struct azblob_%s {\n    size_t struct_bytes;\n", name);
    for (unsigned i = 0; i < members->n; i++) {
        const struct member *m = &members->list[i];

        printf("%s;", declaration(m));
        if (m->doc != NULL || m->required)
            printf(" /* %s%s%s */", m->required ? "required" : "",
                   m->required && m->doc != NULL ? ": " : "", m->doc != NULL ? m->doc : "");
        printf("\n");
    }
    printf("};\n\n");
}

/* Where a line of a prototype ends: behind a comma or a parenthesis, or all of it. */
static size_t line_break(const char *text)
{
    enum { MAX = MAX_COLUMNS - sizeof("AZBLOB_API ;") };
    size_t n = strlen(text);

    if (n <= MAX)
        return n;
    for (n = MAX; n > 0 && text[n - 1] != ',' && text[n - 1] != '('; n--)
        ;
    return n > 0 ? n : strlen(text);
}

/* A function's name and arguments, in lines that are not too long. */
static void write_head(const struct azb_method *method, const struct form *form)
{
    const char *on = handle_of(method)->name;
    char text[16 * MAX_NAME], *rest = text;

    snprintf(text, sizeof(text),
             "int azblob_%s%s(struct azblob_%s *%s, const struct azblob_%s *params, "
             "%sstruct azblob_%s **ret, struct azblob_error *err)",
             c_name(method), form->suffix, on, on, params_name(method), form->extra, form->ret);
    for (size_t n; (n = line_break(rest)) < strlen(rest); rest += n)
        printf("%.*s\n   %s", (int)n, rest, rest[n] == ' ' ? "" : " ");
    printf("%s", rest);
}

static void declare(const struct azb_method *method)
{
    const struct azb_row *row = method->row;
    struct members members;
    unsigned gives;

    collect(method, &members, &gives);
    printf("/* %s%s%s */\n", row->doc, row->follows != NULL ? "\n * REST: " : "",
           row->follows != NULL ? row->follows : "");
    write_struct(params_name(method), &members);
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
    unsigned gives;

    collect(method, &members, &gives);
    write_table(params_name(method), params_name(method), &members);
    printf("static const struct azb_typed %s = {\"%s\", %s_members, %u};\n\n", c_name(method),
           method->row->method, params_name(method), gives);
    for (const struct form *form = forms_of(method); form->suffix != NULL; form++) {
        write_head(method, form);
        printf("\n{\n    return azb_typed_%s(&%s, %s, params, %sret, err);\n}\n\n",
               form->engine, c_name(method), handle_of(method)->name, form->extra_name);
    }
}

static void write_header(const struct azb_method *methods, unsigned n)
{
    printf("/*\n"
           " * azblob_methods.h: a function for each method; generated, see azblob.h.\n"
           " *\n"
           " * params may be NULL. Results, and what entries and properties have in them:\n"
           " * `azblob call rpc.describe method=CLASS.METHOD`.\n"
           " */\n"
           "#ifndef AZBLOB_METHODS_H\n#define AZBLOB_METHODS_H\n\n#include <azblob.h>\n\n"
           "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
           "/* ---- parts of parameters ---- */\n\n");
    for (unsigned i = 0; i < n_models; i++)
        write_struct(models[i].name, &models[i].members);
    for (unsigned k = 0; k < N_HANDLES; k++) {
        printf("/* ---- on a %s ---- */\n\n", handles[k].name);
        for (unsigned i = 0; i < n; i++)
            if (has_functions(&methods[i]) && handle_of(&methods[i]) == &handles[k])
                declare(&methods[i]);
    }
    printf("#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static void write_source(const struct azb_method *methods, unsigned n)
{
    printf("/* azblob_methods.c: generated from the rows of all methods. */\n"
           "#include \"client/azblob_methods.h\"\n#include \"client/typed.h\"\n\n");
    for (unsigned i = 0; i < n_models; i++)
        write_table(models[i].name, models[i].name, &models[i].members);
    for (unsigned i = 0; i < n; i++)
        if (has_functions(&methods[i]))
            define(&methods[i]);
}

/* "value azblob_blob_exists()" */
static const char *abi_function(const struct azb_method *method, const struct form *form)
{
    static char text[ABI_LINE_BYTES];

    snprintf(text, sizeof(text), "%s azblob_%s%s()", form->ret, c_name(method), form->suffix);
    return text;
}

static void write_abi_struct(const char *name, const struct members *members)
{
    printf("\nazblob_%s\n", name);
    for (unsigned i = 0; i < members->n; i++)
        printf("%s\n", declaration(&members->list[i]));
}

static void write_abi(const struct azb_method *methods, unsigned n)
{
    struct members members;
    unsigned gives;

    printf(
        "# What programs rely on that were built with libazblob: its generated functions, and\n"
        "# the structs that these take, with their members in order. `make abi` takes in what\n"
        "# is new, at the end of its struct; nothing here may be changed or go as long as the\n"
        "# library keeps its name. What is in azblob.h by hand follows the same rule.\n");
    for (unsigned i = 0; i < n_models; i++)
        write_abi_struct(models[i].name, &models[i].members);
    for (unsigned i = 0; i < n; i++) {
        if (!has_functions(&methods[i]))
            continue;
        collect(&methods[i], &members, &gives);
        write_abi_struct(params_name(&methods[i]), &members);
        for (const struct form *form = forms_of(&methods[i]); form->suffix != NULL; form++)
            printf("%s\n", abi_function(&methods[i], form));
    }
}

/* All models, which come before the methods that use them; and what the ABI has and the rows
 * do not. */
static void collect_all(const struct azb_method *methods, unsigned n)
{
    struct members members;
    unsigned gives;

    for (unsigned i = 0; i < n; i++) {
        if (!has_functions(&methods[i]))
            continue;
        collect(&methods[i], &members, &gives);
        for (const struct form *form = forms_of(&methods[i]); form->suffix != NULL; form++)
            abi_meet(abi_find(0, abi_function(&methods[i], form)));
    }
    abi_check();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(const struct azb_method *methods, unsigned n);
    } outputs[] = {{"header", write_header}, {"source", write_source}, {"abi", write_abi}};
    const struct azb_method *methods;
    struct azb_registry *registry;
    struct azb_error err = {0};
    unsigned n;

    if (argc != 3)
        fail("usage", "generate header|source|abi ABI");
    abi_load(argv[2]);
    if (azb_registry_new(azb_worker_tables, &registry, &err) < 0)
        fail("the rows", err.message);
    methods = azb_registry_all(registry, &n);
    collect_all(methods, n);
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
        if (strcmp(argv[1], outputs[i].name) == 0)
            outputs[i].write(methods, n);
    azb_registry_free(registry);
    return fflush(stdout) == 0 ? 0 : 1;
}
