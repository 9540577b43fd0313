/*
 * environment.h: the storage credentials that a user may have in the environment.
 */
#ifndef AZB_CLIENT_ENVIRONMENT_H
#define AZB_CLIENT_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* The variables' names, ended by NULL. */
extern const char *const azb_environment_names[];

/* True when an environment string ("NAME=value") is one of them. */
bool azb_environment_is_credential(const char *assignment);

/* How many are set and not empty. */
size_t azb_environment_count(void);

#endif
