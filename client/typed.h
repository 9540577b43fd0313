/*
 * typed.h: what a generated function's parameters look like, as data: which member of its
 * struct is which parameter. client/generate.c writes these tables from the rows.
 */
#ifndef AZB_CLIENT_TYPED_H
#define AZB_CLIENT_TYPED_H

#include <stdint.h>
#include "client/azblob.h"

/* X(name, C type of the member) */
#define AZB_MEMBER_MAP(X)                               \
    X(TEXT, "const char *")                             \
    X(NUMBER, "struct azblob_int ")                     \
    X(BOOL, "int ")                                     \
    X(BYTES, "struct azblob_bytes ")                    \
    X(TEXTS, "const char *const *")                     \
    X(PAIRS, "const char *const *")                     \
    X(MODEL, "") /* a pointer to a struct of its own */ \
    X(BUILT, "const struct azblob_params *")            \
    X(TOKEN, "const char *") /* of a listing, which takes it page by page */

enum azb_member_kind {
#define X(name, type) AZB_MEMBER_##name,
    AZB_MEMBER_MAP(X)
#undef X
};

struct azb_member {
    const char *name; /* of the parameter; NULL ends a table */
    uint16_t offset;
    uint16_t kind;
    const struct azb_member *model; /* members of its struct */
};

/* Which parameters the handle gives. */
enum {
    AZB_GIVES_CLIENT = 1, /* all handles do; without it the method is called on a connection */
    AZB_GIVES_CONTAINER = 2,
    AZB_GIVES_BLOB = 4, /* if it names one */
    AZB_GIVES_SNAPSHOT = 8,
    AZB_GIVES_LEASE = 16,    /* its id as "lease", */
    AZB_GIVES_LEASE_ID = 32, /* or as "lease_id" */
};

struct azb_typed {
    const char *method;
    const struct azb_member *members;
    unsigned gives;
};

/* What the generated functions are made of. on: a handle, or a connection; any of `ret` as in
 * theirs. */
int azb_typed_start(const struct azb_typed *typed, void *on, const void *params,
                    struct azblob_task **ret, struct azblob_error *err);
int azb_typed_call(const struct azb_typed *typed, void *on, const void *params,
                   struct azblob_value **ret, struct azblob_error *err);
int azb_typed_upload_start(const struct azb_typed *typed, void *on, const void *params,
                           const struct azblob_source *source, struct azblob_task **ret,
                           struct azblob_error *err);
int azb_typed_upload(const struct azb_typed *typed, void *on, const void *params,
                     const struct azblob_source *source, struct azblob_value **ret,
                     struct azblob_error *err);
int azb_typed_list(const struct azb_typed *typed, void *on, const void *params,
                   struct azblob_iterator **ret, struct azblob_error *err);
int azb_typed_batch(const struct azb_typed *typed, void *on, const void *params,
                    struct azblob_iterator **ret, struct azblob_error *err);
int azb_typed_read_start(const struct azb_typed *typed, void *on, const void *params,
                         struct azblob_reader **ret, struct azblob_error *err);
int azb_typed_read(const struct azb_typed *typed, void *on, const void *params,
                   struct azblob_reader **ret, struct azblob_error *err);
int azb_typed_to_fd_start(const struct azb_typed *typed, void *on, const void *params, int fd,
                          struct azblob_task **ret, struct azblob_error *err);
int azb_typed_to_fd(const struct azb_typed *typed, void *on, const void *params, int fd,
                    struct azblob_value **ret, struct azblob_error *err);

#endif
