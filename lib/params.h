/*
 * params.h: a call's parameters, checked against its row, and put where the row says.
 */
#ifndef AZB_LIB_PARAMS_H
#define AZB_LIB_PARAMS_H

#include <stdint.h>
#include <msgpack.h>
#include "lib/auth/account.h"
#include "lib/check.h"
#include "lib/registry.h"
#include "lib/request.h"
#include "proto/buf.h"

/* A call's values by index into method->params; NULL: not given (or nil). */
struct azb_args {
    const struct azb_method *method;
    const msgpack_object *values[AZB_MAX_PARAMS];
};

/*
 * Check every given parameter: known, of its type, within its limits, its partner there, and
 * all required ones present. map may be NULL. Values are borrowed from it. args->method becomes
 * the form of the method that they ask for. Returns 0, or -1 with UNKNOWN_PARAM, INVALID_ARG or
 * WRONG_TYPE; the message names method and parameter.
 */
int azb_args_check(struct azb_args *args, const struct azb_method *method,
                   const msgpack_object_map *map, struct azb_error *err);

/*
 * The same, argument by argument: begin, set each (checked as above; the value is borrowed),
 * end with the check for what is required.
 */
void azb_args_begin(struct azb_args *args, const struct azb_method *method);
int azb_args_set(struct azb_args *args, const char *name, size_t n, const msgpack_object *value,
                 struct azb_error *err);
int azb_args_end(const struct azb_args *args, struct azb_error *err);

/* The arguments of another method, from those of the same names. */
void azb_args_derive(struct azb_args *args, const struct azb_method *method,
                     const struct azb_args *from);

/* A parameter by name; NULL when it was not given (or the method has none of that name). */
const msgpack_object *azb_args_get(const struct azb_args *args, const char *name);
int64_t azb_args_int(const struct azb_args *args, const char *name, int64_t fallback);
bool azb_args_bool(const struct azb_args *args, const char *name, bool fallback);
bool azb_args_is(const struct azb_args *args, const char *name, const char *text);

/* `overwrite` is not true and no condition stands in its place: there must be no such blob. */
bool azb_args_must_be_new(const struct azb_args *args);

/* The bytes to send of a BIN parameter: all, or as many as its .length says. */
void azb_args_body(const struct azb_args *args, const struct azb_param *param,
                   const msgpack_object *value, const char **ret, size_t *ret_n);

/*
 * Fill in a request's verb, path, query and headers from the row and the arguments; what every
 * request has besides (date, version, authorization) comes when it is signed. req->arena is set
 * by the caller, all else starts as zero. scratch: for encoding, emptied.
 *
 * location  its base path comes first
 * is_https  cpk is refused over plain http
 */
int azb_request_build(struct azb_request *req, const struct azb_args *args,
                      const struct azb_location *location, bool is_https,
                      struct azb_buf *scratch, struct azb_error *err);

/* "container/blob" of the arguments, for errors: cut to ret_size, control characters as '?'. */
void azb_args_target(const struct azb_args *args, char *ret, size_t ret_size);

#endif
