/*
 * test_registry.c: what must hold for every row of lib/ops, so that a new operation is
 * checked by being there; and tables that contradict themselves, which must not come up.
 */
#include "lib/registry.h"

#include <string.h>

#include "lib/describe.h"
#include "proto/value.h"
#include "tests/unit/methods.h"
#include "tests/unit/text.h"
#include "tests/unit/unit.h"

static bool is_filled(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool is_one_of(const char *text, const char *const *values)
{
    for (; *values != NULL; values++)
        if (strcmp(*values, text) == 0)
            return true;
    return false;
}

static void check_param(const char *method, const struct azb_param *p)
{
    bool is_sent = p->in == AZB_IN_PATH || p->in == AZB_IN_QUERY || p->in == AZB_IN_HEADER;

#define WANT(what) ck_assert_msg(what, "%s: '%s': not %s", method, p->name, #what)
    WANT(is_filled(p->doc));
    WANT(!is_sent || p->type == AZB_MODEL || is_filled(p->wire));
    WANT(p->type != AZB_ENUM || (p->values != NULL && p->values[0] != NULL));
    WANT(p->type != AZB_MODEL || (p->fields != NULL && p->fields[0].name != NULL));
    WANT(p->type != AZB_FLAG || is_filled(p->item));
    WANT((p->type != AZB_ETAG && p->type != AZB_MATCH) || is_filled(p->with));
    WANT(p->preset == NULL || p->values == NULL || is_one_of(p->preset, p->values));
    WANT(p->type != AZB_INT || p->max > p->min);
#undef WANT
    for (const struct azb_param *f = p->fields; f != NULL && f->name != NULL; f++)
        check_param(method, f);
}

/* Each {placeholder} has its required parameter, and each parameter of the path a placeholder.
 */
static void check_path(const struct azb_method *method)
{
    const char *name = method->row->method, *path = method->row->path;
    unsigned n_params = 0, n_in_path = 0;

    ck_assert_msg(path != NULL && path[0] == '/', "%s: path", name);
    for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open + 1, '{')) {
        size_t n = strcspn(open + 1, "}");
        int i = azb_method_param(method, open + 1, n);

        ck_assert_msg(open[1 + n] == '}', "%s: '%s' is left open", name, open);
        ck_assert_msg(i >= 0 && method->params[i]->required,
                      "%s: '%s' has no required parameter", name, open);
        n_in_path += i >= 0 && method->params[i]->in == AZB_IN_PATH;
    }
    for (unsigned i = 0; i < method->n_params; i++)
        n_params += method->params[i]->in == AZB_IN_PATH;
    ck_assert_msg(n_in_path == n_params, "%s: %u of %u parameters have a placeholder", name,
                  n_in_path, n_params);
}

static void check_params(const struct azb_method *method)
{
    const char *name = method->row->method;

    for (unsigned i = 0; i < method->n_params; i++) {
        const struct azb_param *p = method->params[i];

        ck_assert_int_eq(azb_method_param(method, p->name, strlen(p->name)), (int)i);
        ck_assert_msg(p->with == NULL ||
                          azb_method_param(method, p->with, strlen(p->with)) >= 0,
                      "%s: '%s' goes with '%s', which is not there", name, p->name, p->with);
        check_param(name, p);
    }
    ck_assert_int_eq(azb_method_param(method, "contain", 7), -1);
    ck_assert_int_eq(azb_method_param(method, "", 0), -1);
}

/* What a driver fills in itself needs no source: a batch's parts, a query's records, what a
 * download tells of itself beside the properties. */
static bool is_drivers(const struct azb_row *row, const struct azb_field *f)
{
    static const char *const of_download[] = {"size", "data", "content_crc64", "resumed_bytes"};
    bool is_one =
        row->kind == AZB_KIND_BATCH || row->kind == AZB_KIND_URL || row->kind == AZB_KIND_QUERY;

    for (size_t i = 0; i < N_ELEMENTS(of_download) && row->kind == AZB_KIND_DOWNLOAD; i++)
        is_one |= strcmp(f->name, of_download[i]) == 0;
    return is_one;
}

static void check_fields(const struct azb_method *method, const struct azb_field *fields)
{
    const struct azb_row *row = method->row;

    for (const struct azb_field *f = fields; f->name != NULL; f++) {
        bool has_fields = f->fields != NULL && f->fields[0].name != NULL;

        ck_assert_msg(f->header != NULL || f->xml != NULL || f->param != NULL ||
                          f->constant != NULL || has_fields || is_drivers(row, f),
                      "%s: '%s' has no source", row->method, f->name);
        ck_assert_msg(f->type != AZB_MODEL || has_fields || is_drivers(row, f),
                      "%s: '%s' has no fields", row->method, f->name);
        ck_assert_msg(f->xml == NULL || row->root != NULL || f->header != NULL,
                      "%s: '%s' comes from XML, and there is none", row->method, f->name);
        ck_assert_msg(f->param == NULL ||
                          azb_method_param(method, f->param, strlen(f->param)) >= 0,
                      "%s: '%s' is no parameter", row->method, f->param);
        ck_assert_msg(!f->is_stream || f->type == AZB_LIST, "%s: '%s' streamed", row->method,
                      f->name);
        if (has_fields)
            check_fields(method, f->fields);
    }
}

/* What rpc.describe gives is one map, with all parameters and results in it. */
static void check_description(const struct azb_method *method)
{
    struct azb_buf buf = {0};
    msgpack_packer pk;
    msgpack_unpacked unpacked;
    size_t used = 0;
    unsigned n_fields = 0;
    const msgpack_object_map *map;
    const msgpack_object *list;

    azb_buf_packer(&pk, &buf);
    azb_method_describe(method, &pk);
    msgpack_unpacked_init(&unpacked);
    ck_assert_int_eq(msgpack_unpack_next(&unpacked, (char *)buf.data, buf.len, &used),
                     MSGPACK_UNPACK_SUCCESS);
    ck_assert_uint_eq(used, buf.len);
    map = azb_value_map(&unpacked.data);
    ck_assert(azb_value_is(azb_map_find(map, "method"), method->row->method));
    ck_assert(azb_value_is(azb_map_find(map, "doc"), method->row->doc));
    list = azb_map_find(map, "params");
    ck_assert(list != NULL && list->type == MSGPACK_OBJECT_ARRAY);
    ck_assert_uint_ge(list->via.array.size, method->n_params); /* its forms may have more */
    ck_assert(method->n_forms > 0 || list->via.array.size == method->n_params);
    for (unsigned i = 0; i < method->n_params; i++) {
        const msgpack_object_map *param = azb_value_map(&list->via.array.ptr[i]);

        ck_assert(azb_value_is(azb_map_find(param, "name"), method->params[i]->name));
        ck_assert_ptr_nonnull(azb_map_find(param, "required"));
    }
    while (method->row->results != NULL && method->row->results[n_fields].name != NULL)
        n_fields++;
    list = azb_map_find(map, "results");
    ck_assert(list != NULL && list->type == MSGPACK_OBJECT_ARRAY);
    ck_assert_uint_eq(list->via.array.size, n_fields);
    msgpack_unpacked_destroy(&unpacked);
    azb_buf_clear(&buf);
}

/* What is asked of the service, and by whose right. */
static void check_operation(const struct azb_method *method)
{
    static const char *const verbs[] = {"GET", "HEAD", "PUT", "POST", "DELETE", NULL};
    const struct azb_row *row = method->row;
    const char *name = row->method;
    bool is_read = row->retry == AZB_RETRY_READ;

    ck_assert_msg(is_filled(row->follows), "%s: no .follows", name);
    ck_assert_msg(row->access != AZB_ACCESS_NONE, "%s: no .access", name);
    ck_assert_msg(row->retry != AZB_RETRY_NONE, "%s: no .retry", name);
    ck_assert_msg(row->verb != NULL && is_one_of(row->verb, verbs), "%s: verb", name);
    ck_assert_msg(is_read || (row->verb[0] != 'G' && row->verb[0] != 'H'),
                  "%s: %s and its retry class", name, row->verb);
    ck_assert_msg(row->success[0] >= 200 && row->success[0] < 300, "%s: .success", name);
}

static void check_row(const struct azb_method *method)
{
    const struct azb_row *row = method->row;
    const char *name = row->method;

    ck_assert_msg(is_filled(row->doc), "%s: no .doc", name);
    if (row->kind != AZB_KIND_URL)
        check_operation(method);
    ck_assert_msg((row->kind == AZB_KIND_BATCH) == (method->sub != NULL), "%s: .sub", name);
    ck_assert_msg((row->results == NULL) == (row->kind == AZB_KIND_EXISTS), "%s: .results",
                  name);
    ck_assert_msg(row->kind != AZB_KIND_PAGER || row->root != NULL, "%s: .root", name);
    check_path(method);
    check_params(method);
    if (row->results != NULL)
        check_fields(method, row->results);
}

START_TEST(test_row)
{
    unsigned n;
    const struct azb_method *method = &azb_registry_all(methods_registry(), &n)[_i];
    const char *name = method->row->method, *dot = strchr(name, '.');

    ck_assert_msg(dot != NULL && dot > name && dot[1] != '\0', "%s: class.method", name);
    ck_assert_msg(methods_find(name) == method, "%s: the name is another row's", name);
    check_row(method);
    for (unsigned i = 0; i < method->n_forms; i++) {
        ck_assert_ptr_eq(method->forms[i].base, method);
        check_row(&method->forms[i]);
    }
    check_description(method);
}
END_TEST

/* ---- tables that must be refused ---- */

#define ROW .method = "x.y", .doc = "d", .verb = "GET"
#define STR_PARAM(param)                    \
    {                                       \
        param, AZB_STR, AZB_IN_QUERY, param \
    }
#define TEN(prefix)                                                          \
    STR_PARAM(prefix "0"), STR_PARAM(prefix "1"), STR_PARAM(prefix "2"),     \
        STR_PARAM(prefix "3"), STR_PARAM(prefix "4"), STR_PARAM(prefix "5"), \
        STR_PARAM(prefix "6"), STR_PARAM(prefix "7"), STR_PARAM(prefix "8"), \
        STR_PARAM(prefix "9")

static const struct {
    const char *label;
    struct azb_row rows[3];
    const char *names; /* in the message */
} contradictions[] = {
    {"a method twice", {{ROW}, {ROW}}, "x.y"},
    {"a placeholder without a parameter", {{ROW, .path = "/{who}"}}, "who"},
    {"a placeholder that may be left out",
     {{ROW, .path = "/{who}", .params = AZB_PARAMS({"who", AZB_STR, AZB_IN_PATH, "who"})}},
     "who"},
    {"a parameter twice", {{ROW, .params = AZB_PARAMS(STR_PARAM("p"), STR_PARAM("p"))}}, "'p'"},
    {"a parameter that every method has",
     {{ROW, .params = AZB_PARAMS(STR_PARAM("timeout"))}},
     "'timeout'"},
    {"too many parameters",
     {{ROW, .params = AZB_PARAMS(TEN("a"), TEN("b"), TEN("c"), TEN("d"), TEN("e"), TEN("f"))}},
     "x.y"},
    {"sub-requests of no method", {{ROW, .sub = "x.z"}}, "x.z"},
    {"a look at no method", {{ROW, .lookup = "x.z"}}, "x.z"},
    {"another name of no method", {{.method = "x.y", .like = "x.z"}}, "x.z"},
    {"another name of a method with forms",
     {{.method = "x.y", .like = "x.z"}, {.method = "x.z", .forms = AZB_FORMS({.when = "p"})}},
     "x.z"},
    {"a form that contradicts itself",
     {{ROW, .forms = AZB_FORMS({.when = "p", .path = "/{who}"})}},
     "who"},
    {"three fields from one element",
     {{ROW, .root = "R",
       .results = AZB_FIELDS({"a", AZB_STR, .xml = "E/F"}, {"b", AZB_STR, .xml = "E/F"},
                             {"c", AZB_STR, .xml = "E/F"})}},
     "E/F"},
};

START_TEST(test_contradiction)
{
    const struct azb_row *const tables[] = {contradictions[_i].rows, NULL};
    struct azb_registry *registry = NULL;
    struct azb_error err = {0};

    ck_assert_msg(azb_registry_new(tables, &registry, &err) == -1, "%s: accepted",
                  contradictions[_i].label);
    ck_assert_ptr_null(registry);
    ck_assert_int_eq(err.what, AZB_ERR_INTERNAL);
    ck_assert_msg(strstr(err.message, contradictions[_i].names) != NULL, "%s: %s",
                  contradictions[_i].label, err.message);
}
END_TEST

static const char *const no_methods[] = {
    "", "blob", "blob.", "blob.delete_blo", "blob.delete_blobs", "BLOB.DELETE_BLOB", ".",
};

START_TEST(test_no_method)
{
    const char *name = no_methods[_i];

    ck_assert_ptr_null(azb_registry_find(methods_registry(), name, strlen(name)));
}
END_TEST

START_TEST(test_name_without_end)
{
    ck_assert_ptr_eq(azb_registry_find(methods_registry(), "blob.exists_and_more", 11),
                     methods_find("blob.exists"));
    ck_assert_ptr_null(azb_registry_find(methods_registry(), "blob.exists\0", 12));
}
END_TEST

static Suite *registry_suite(void)
{
    Suite *suite = suite_create("registry");
    TCase *tcase = tcase_create("registry");
    unsigned n_methods;

    azb_registry_all(methods_registry(), &n_methods);
    tcase_add_loop_test(tcase, test_row, 0, (int)n_methods);
    UNIT_TABLE(tcase, test_contradiction, contradictions);
    UNIT_TABLE(tcase, test_no_method, no_methods);
    tcase_add_test(tcase, test_name_without_end);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(registry_suite)
