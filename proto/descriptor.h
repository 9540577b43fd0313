/*
 * descriptor.h: what an operation is made of. A row describes one RPC method and the REST
 * operation behind it; lib/ops/ holds the rows, lib/ interprets them, and validation,
 * rpc.describe, help and documentation all read them. Adding an operation is adding a row.
 */
/* clang-format off */
#ifndef AZB_PROTO_DESCRIPTOR_H
#define AZB_PROTO_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, how rpc.describe and messages call it) */
#define AZB_TYPE_MAP(X)                                                                       \
    X(STR, "string")                                                                          \
    X(INT, "integer")                                                                         \
    X(BOOL, "boolean")                                                                        \
    X(TIME, "time")                     /* RFC 3339 or Unix seconds; RFC 1123 on the wire */  \
    X(BYTES, "bytes")                   /* base64 on the wire */                              \
    X(BIN, "bytes")                     /* a request body as it is */                         \
    X(ENUM, "string")                   /* one of .values */                                  \
    X(STR_LIST, "list of strings")      /* a single string too; joined by "," */              \
    X(STR_MAP, "map of strings")        /* metadata: a header for each pair */                \
    X(TAGS, "map of strings")           /* k=v&k2=v2, percent-encoded */                      \
    X(MODEL, "map")                     /* .fields say what is in it */                       \
    X(LIST, "list")                     /* results: .fields of each entry, or .of */          \
    X(OR_POLICIES, "list of maps")      /* object replication policies and their rules */     \
    X(FLAG, "boolean")                  /* true adds .item to a comma-separated query */      \
    X(ETAG, "string")                   /* goes with a MATCH */                               \
    X(MATCH, "string")                  /* match_condition: If-Match or If-None-Match */      \
    X(BLOB_LIST, "list of strings or maps") /* the entries of a batch */                      \
    X(BLOCK_LIST, "list of strings or maps")                                                  \
    X(ANY, "any value")

enum azb_type {
#define X(name, text) AZB_##name,
    AZB_TYPE_MAP(X)
#undef X
};

enum azb_place {
    AZB_IN_CALL, /* for the engine; not sent as such */
    AZB_IN_PATH,
    AZB_IN_QUERY,
    AZB_IN_HEADER,
    AZB_IN_BODY,
};

/* X(name, text): what a caller needs the right to do */
#define AZB_ACCESS_MAP(X) \
    X(NONE, "none")       \
    X(READ, "read")       \
    X(WRITE, "write")     \
    X(DELETE, "delete")   \
    X(LIST, "list")       \
    X(ADMIN, "admin")

enum azb_access {
#define X(name, text) AZB_ACCESS_##name,
    AZB_ACCESS_MAP(X)
#undef X
};

/* X(name, text): may it be sent again when nobody knows whether it happened? */
#define AZB_RETRY_MAP(X)                                                             \
    X(NONE, "none")           /* there is nothing to send */                         \
    X(READ, "read")           /* changes nothing; may go to the secondary */         \
    X(SAFE, "safe")           /* doing it twice is doing it once */                  \
    X(RECOGNISE, "recognise") /* a repeat may be refused by our own first attempt:   \
                                 look, and take it as done when the evidence is ours */ \
    X(UNSAFE, "unsafe")       /* never repeated once it may have happened */

enum azb_retry_class {
#define X(name, text) AZB_RETRY_##name,
    AZB_RETRY_MAP(X)
#undef X
};

/* Which code answers a method: all but UNARY span several requests. */
enum azb_kind {
    AZB_KIND_UNARY,    /* one request, one result */
    AZB_KIND_EXISTS,   /* the same, answering true or false */
    AZB_KIND_PAGER,    /* a page, or all pages as a stream */
    AZB_KIND_DOWNLOAD, /* bytes: inline, as a stream, or into a descriptor */
    AZB_KIND_UPLOAD,   /* bytes: inline, as a stream, or from a descriptor */
    AZB_KIND_BATCH,    /* many sub-requests in one */
    AZB_KIND_LOCAL,    /* answered by the daemon itself */
};

struct azb_param {
    const char *name; /* the SDK's keyword; NULL ends a table */
    enum azb_type type;
    enum azb_place in;
    const char *wire; /* header or query name */
    bool required;
    const char *with;              /* the parameter that this one needs beside it */
    const char *item;              /* FLAG: what true adds to the list */
    const char *preset;            /* STR, ENUM: sent when the caller gives none */
    const char *const *values;     /* ENUM, STR_LIST: allowed strings, NULL at the end */
    int64_t min, max;              /* INT, when max > min: allowed range */
    size_t max_bytes;              /* STR, BYTES, BIN: longest value, 0: no limit of its own */
    const struct azb_param *fields; /* MODEL, BLOB_LIST entries */
    const char *doc;
};

struct azb_field {
    const char *name; /* NULL ends a table */
    enum azb_type type;
    const char *header; /* response header; "x-ms-meta-*" takes all with that prefix */
    const char *xml;    /* path below the entry or document: "Properties/Etag", "Metadata/" and a star */
    const char *param;  /* copied from the call's own parameter */
    const struct azb_field *fields; /* MODEL, LIST */
    enum azb_type of;               /* LIST without .fields: what its entries are */
    bool is_stream;                 /* LIST: entries leave one by one in a streamed call */
    const char *doc;
};

struct azb_row {
    const char *method;  /* NULL ends a table */
    const char *doc;     /* one or two sentences */
    const char *follows; /* the page of the REST reference that this row restates */
    const char *verb;
    const char *path;    /* "/{container}/{blob}" */
    const char *query;   /* the fixed part: "restype=container&comp=list" */
    const char *header[2]; /* one fixed header: name, value */
    const struct azb_param *params;
    const struct azb_field *results;
    const char *root; /* name of the document element, when the answer has an XML body */
    uint16_t success[3];
    enum azb_kind kind;
    enum azb_access access;
    enum azb_retry_class retry;
    const char *sub;    /* BATCH: the method of its sub-requests */
    const char *lookup; /* RECOGNISE: the method that tells whether our own attempt did it */
};

#define AZB_PARAMS(...) ((const struct azb_param[]){__VA_ARGS__, {.name = NULL}})
#define AZB_FIELDS(...) ((const struct azb_field[]){__VA_ARGS__, {.name = NULL}})
#define AZB_VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
