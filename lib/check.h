/*
 * check.h: one argument: whether it is what its row says, and what it says itself. The readers
 * here are for values that were checked.
 */
#ifndef AZB_LIB_CHECK_H
#define AZB_LIB_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <msgpack.h>
#include "proto/descriptor.h"
#include "proto/error.h"

/*
 * Is this value of the parameter's type, and within its limits? Returns 0, or -1 with
 * INVALID_ARG, WRONG_TYPE or (a model's field) UNKNOWN_PARAM.
 */
int azb_arg_check(const char *method, const struct azb_param *param,
                  const msgpack_object *value, struct azb_error *err);

/*
 * Does this value need the one that the parameter goes with? match_condition wants an etag only
 * when it compares with one, a switch its partner only when it is on. value may be NULL.
 */
bool azb_arg_needs_partner(const struct azb_param *param, const msgpack_object *value);

/* The parameter, or what it is for a string where its own type is none: a date, say. */
const struct azb_param *azb_arg_param(const struct azb_param *param,
                                      const msgpack_object *value);

/* Unix seconds of a TIME; false when it is none. */
bool azb_arg_time(const msgpack_object *value, int64_t *ret);

/* Calls each(key, value) for the pairs of a map, or of an array of pairs, until it fails. */
typedef int azb_pair_cb(const msgpack_object *key, const msgpack_object *value, void *arg,
                        struct azb_error *err);
int azb_arg_each_pair(const msgpack_object *value, azb_pair_cb *each, void *arg,
                      struct azb_error *err);

#endif
