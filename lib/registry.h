/*
 * registry.h: the operation tables, made fast to look things up in: a method by its name, a
 * parameter by its name, a result by its header or by its place in a document. Built once at
 * start-up and never changed, so that every worker reads the same one.
 */
#ifndef AZB_LIB_REGISTRY_H
#define AZB_LIB_REGISTRY_H

#include <msgpack.h>
#include "lib/shape.h"
#include "proto/descriptor.h"
#include "proto/error.h"

enum {
    AZB_MAX_PARAMS = 64, /* of one method, the common ones included */
};

/* A row and what was derived from it. */
struct azb_method {
    const struct azb_row *row;
    struct azb_row completed;       /* the row, where it takes things from another one */
    const struct azb_method *base;  /* of a form: the method that it is a form of */
    const struct azb_method *forms; /* of the row's .forms, n_forms of them */
    unsigned n_forms;
    const struct azb_method *sub;                   /* of the row's .sub */
    const struct azb_method *lookup;                /* of the row's .lookup */
    const struct azb_method *like;                  /* of the row's .like */
    struct azb_shape *shape;                        /* of its results; NULL when it has none */
    const struct azb_param *params[AZB_MAX_PARAMS]; /* its own, then the common ones */
    unsigned n_params;
    unsigned n_own;
    int uuid_param; /* the parameter that is made up when it is not given, or -1 */
    unsigned char param_slots[256]; /* hash of a name -> index + 1; 0: free */
};

struct azb_registry;

/*
 * tables  arrays of rows, each ended by a row without a method; NULL at the end. Borrowed for
 *         the life of the registry.
 *
 * Returns 0, or -1 with INTERNAL when a table contradicts itself (a name twice, a placeholder
 * without its parameter, more parameters than AZB_MAX_PARAMS), or NO_MEMORY.
 */
int azb_registry_new(const struct azb_row *const *tables, struct azb_registry **ret,
                     struct azb_error *err);
void azb_registry_free(struct azb_registry *registry);

/* NULL when there is no such method. name need not be NUL-terminated. */
const struct azb_method *azb_registry_find(const struct azb_registry *registry,
                                           const char *name, size_t n);

/* All methods in order of table and row; *ret_n of them. */
const struct azb_method *azb_registry_all(const struct azb_registry *registry, unsigned *ret_n);

/*
 * The form of a method that is meant when these parameters are given: itself, or one of its
 * forms. map may be NULL.
 */
const struct azb_method *azb_method_form(const struct azb_method *method,
                                         const msgpack_object_map *map);

/* Index into method->params, or -1. A parameter is also found by its other names. */
int azb_method_param(const struct azb_method *method, const char *name, size_t n);

#endif
