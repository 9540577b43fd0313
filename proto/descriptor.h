/*
 * descriptor.h: what an operation is made of. A row describes one RPC method and the REST
 * operation behind it; lib/ops/ holds the rows, lib/ interprets them, and validation,
 * rpc.describe, help and documentation all read them. Adding an operation is adding a row.
 */
#ifndef AZB_PROTO_DESCRIPTOR_H
#define AZB_PROTO_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proto/error.h"

/* X(name, how rpc.describe and messages call it) */
#define AZB_TYPE_MAP(X)                                                                     \
    X(STR, "string")                                                                        \
    X(INT, "integer")                                                                       \
    X(BOOL, "boolean")                                                                      \
    X(TIME, "time")                /* RFC 3339 or Unix seconds; RFC 1123 on the wire */     \
    X(BYTES, "bytes")              /* base64 on the wire */                                 \
    X(BIN, "bytes")                /* a request body as it is */                            \
    X(ENUM, "string")              /* one of .values */                                     \
    X(STR_LIST, "list of strings") /* a single string too; joined by "," */                 \
    X(STR_MAP, "map of strings")   /* metadata: a header for each pair */                   \
    X(TAGS, "map of strings")      /* k=v&k2=v2, percent-encoded */                         \
    X(MODEL, "map")                /* .fields say what is in it */                          \
    X(LIST, "list")                /* results: .fields of each entry, or .of */             \
    X(OR_POLICIES, "list of maps") /* object replication policies and their rules */        \
    X(FLAG, "boolean")             /* true adds .item to a comma-separated query */         \
    X(ETAG, "string")              /* goes with a MATCH */                                  \
    X(MATCH, "string")             /* match_condition: If-Match or If-None-Match */         \
    X(BLOB_LIST, "list of strings or maps") /* the entries of a batch */                    \
    X(BLOCK_LIST, "list of strings or maps")                                                \
    X(OVERWRITE, "boolean")     /* unless true, or a condition is given: If-None-Match */   \
    X(UUID, "string")           /* made up at random when the caller gives none */          \
    X(STAMP, "string")          /* time of a snapshot or version, as the service gave it */ \
    X(URL, "string")            /* of a copy's source: only its path is encoded anew;       \
                                 * results: without a SAS's signature */                    \
    X(OFFSET, "integer")        /* first byte of a range; .length names the rest */         \
    X(TEXT64, "string")         /* results: base64 on the wire; bytes unless UTF-8 */       \
    X(MODEL_MAP, "map of maps") /* a name, and .fields or nil, for each entry */            \
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
#define AZB_RETRY_MAP(X)                                                                \
    X(NONE, "none")           /* there is nothing to send */                            \
    X(READ, "read")           /* changes nothing; may go to the secondary */            \
    X(SAFE, "safe")           /* doing it twice is doing it once */                     \
    X(RECOGNISE, "recognise") /* a repeat may be refused by our own first attempt:      \
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
    AZB_KIND_QUERY,    /* a result: inline, as a stream, or into a descriptor */
    AZB_KIND_COPY,     /* one blob becomes another, by whatever requests that takes */
    AZB_KIND_URL,      /* nothing is sent: names become a URL */
    AZB_KIND_LOCAL,    /* answered by the daemon itself */
};

struct azb_param {
    const char *name; /* the SDK's keyword; NULL ends a table */
    enum azb_type type;
    enum azb_place in;
    /* Header or query name. In an XML body the element, "A/B": of a list or map, B is each
     * entry's. */
    const char *wire;
    bool required;
    const char *with;     /* the parameter that this one (a BOOL: when true) needs beside it */
    const char *excludes; /* a parameter that cannot stand beside this one */
    const char *length;   /* OFFSET, BIN: the parameter that has the number of bytes */
    const char *key;      /* maps in an XML body: the element of an entry's name */
    const char *item;   /* FLAG: what true adds to the list; with .key: element of the value */
    const char *preset; /* sent when the caller gives none; in an XML body "" for what has
                         * elements inside */
    /* ENUM, STR_LIST: the allowed strings; INT: numbers that are allowed besides the range */
    const char *const *values;
    int64_t min, max;               /* INT, OFFSET, when max > min: allowed range */
    unsigned multiple_of;           /* INT, OFFSET, BIN */
    const char *unit;               /* INT, OFFSET: what it counts: "bytes", "seconds" */
    size_t max_bytes;               /* STR, BYTES, BIN: longest value, 0: no limit of its own;
                                     * MODEL_MAP: longest name */
    unsigned max_items;             /* LIST, MODEL_MAP: most entries */
    bool https_only;                /* MODEL: holds a secret, and is refused over plain http */
    const struct azb_param *fields; /* MODEL, LIST and MODEL_MAP entries */
    const struct azb_param *text;   /* what a string stands for, where the type is no string */
    const char *doc;                /* one line */
};

/* Another name that a parameter goes by. */
struct azb_alias {
    const char *name; /* NULL ends a table */
    const char *param;
};

struct azb_field {
    const char *name; /* NULL ends a table */
    enum azb_type type;
    const char *header; /* response header; "x-ms-meta-*" takes all with that prefix */
    const char *xml; /* path below the entry or document: "Properties/Etag"; a "*": any name */
    const char *param;              /* copied from the call's own parameter */
    const char *constant;           /* always this, read as .type */
    const struct azb_field *fields; /* MODEL, LIST */
    enum azb_type of;               /* LIST without .fields: what its entries are */
    bool is_stream;                 /* LIST: entries leave one by one in a streamed call */
    bool keep_empty;                /* a map: there even when nothing is in it */
    const char *unit;               /* INT: what it counts: "bytes", "seconds" */
    const char *doc;
};

/* What a method does to a lease, for sessions that keep some. */
enum azb_lease_effect {
    AZB_LEASE_NONE,
    AZB_LEASE_TAKEN, /* bound to the session, when `bind` says so */
    AZB_LEASE_ENDED, /* the one of `lease` is not what it was */
};

struct azb_local_call;

struct azb_row {
    const char *method;  /* NULL ends a table */
    const char *doc;     /* one or two sentences */
    const char *follows; /* the page of the REST reference that this row restates */
    const char *verb;
    const char *path;      /* "/{container}/{blob}" */
    const char *query;     /* the fixed part: "restype=container&comp=list" */
    const char *header[2]; /* one fixed header: name, value */
    const char *body;      /* the request's document element, when parameters go into XML */
    bool needs_body;       /* at least one of these parameters must be given */
    const struct azb_param *params;
    const struct azb_alias *aliases; /* of its parameters; BATCH: of those of its entries */
    const struct azb_field *results;
    const char *root; /* name of the document element, when the answer has an XML body */
    uint16_t success[3];
    enum azb_kind kind;
    enum azb_access access;
    enum azb_retry_class retry;
    enum azb_lease_effect lease;
    /* LOCAL: packs the result. Returns 0, or -1 with *err set. */
    int (*answer)(struct azb_local_call *call, struct azb_error *err);
    bool on_secondary;     /* only the secondary host answers it */
    const char *safe_with; /* UNSAFE: the parameter beside which it is SAFE, or RECOGNISE if
                            * there is a lookup: then the parameter is where bytes are added */
    const char *sub;       /* BATCH: the method of its sub-requests */
    const char *lookup;    /* RECOGNISE: the method that tells whether our own attempt did it */
    /* The method that this row is another name of: it has all of that, but for a .doc, .path
     * and .params of its own, and its own .aliases. */
    const char *like;
    /* Beside .like: a `blob_url` and its `credential` stand for `client` and for what is in the
     * path; the other method is called with what they say. */
    bool by_url;

    /*
     * A method that is one of several REST operations, by what it is called with: the row
     * itself, or the first of its forms whose .when parameter is given (a boolean: is true). A
     * form takes .doc, .access, .retry, .lease and .lookup from the row if it has none; .when
     * NULL ends the table.
     */
    const struct azb_row *forms;
    const char *when;
};

#define AZB_PARAMS(...) ((const struct azb_param[]){__VA_ARGS__, {.name = NULL}})
#define AZB_FIELDS(...) ((const struct azb_field[]){__VA_ARGS__, {.name = NULL}})
#define AZB_VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AZB_FORMS(...) ((const struct azb_row[]){__VA_ARGS__, {.when = NULL}})
#define AZB_ALIASES(...) ((const struct azb_alias[]){__VA_ARGS__, {.name = NULL}})

#endif
