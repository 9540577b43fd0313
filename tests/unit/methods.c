/*
 * methods.c: one registry for the whole test program.
 */
#include "tests/unit/methods.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ops/ops.h"

const struct azb_registry *methods_registry(void)
{
    static const struct azb_row *const tables[] = {
        azb_service_rows, azb_container_rows, azb_blob_rows, azb_block_rows, azb_page_rows,
        azb_append_rows,  azb_lease_rows,     azb_copy_rows, azb_query_rows, NULL,
    };
    static struct azb_registry *registry;
    struct azb_error err = {0};

    if (registry == NULL && azb_registry_new(tables, &registry, &err) < 0) {
        fprintf(stderr, "methods: %s\n", err.message);
        abort();
    }
    return registry;
}

const struct azb_method *methods_find(const char *name)
{
    const struct azb_method *method = azb_registry_find(methods_registry(), name, strlen(name));

    if (method == NULL) {
        fprintf(stderr, "methods: there is no %s\n", name);
        abort();
    }
    return method;
}
