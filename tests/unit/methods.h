/*
 * methods.h: the operations of lib/ops, for tests and fuzz targets that need real rows.
 */
#ifndef AZB_TESTS_METHODS_H
#define AZB_TESTS_METHODS_H

#include "lib/registry.h"

/* All of them; made at the first call and kept. Ends the program when they cannot be made. */
const struct azb_registry *methods_registry(void);

/* One of them; ends the program when there is none of that name. */
const struct azb_method *methods_find(const char *name);

#endif
