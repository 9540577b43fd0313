/*
 * shape.h: a row's result fields, compiled: what an answer's decoder looks things up in.
 *
 * Every leaf field gets a slot, every XML path a node of a trie, every header a place in a
 * hash, and the result's layout becomes a linear program of keys and slots. A field that is a
 * list of maps has a frame of its own: slots that live for one entry.
 */
#ifndef AZB_LIB_SHAPE_H
#define AZB_LIB_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "proto/descriptor.h"
#include "proto/error.h"

enum {
    AZB_NODE_MAX_SLOTS = 2, /* fields that one element may feed */
    AZB_NODE_TABLE = 128,   /* hash places for an element's children */
    AZB_HEADER_TABLE = 256, /* hash places for response headers */
};

/* An element that some path goes through. Children are found by hash of their names. */
struct azb_node {
    const char *name; /* points into a field's path; not NUL-terminated */
    size_t name_bytes;
    struct azb_node *children; /* first; all of them are on this list, for freeing */
    struct azb_node *next;
    struct azb_node **table; /* AZB_NODE_TABLE places, or NULL without children */
    int slots[AZB_NODE_MAX_SLOTS];
    int n_slots;
    int frame;           /* >= 0: this element is an entry with slots of its own */
    int wild_slot;       /* >= 0: every child is a name and its text a value */
    bool has_attributes; /* some child is an attribute, "@Name" */
};

/* Where a value goes, and how it is encoded. */
struct azb_slot {
    const struct azb_field *field;
    enum azb_type type;
    int multi; /* >= 0: a list or map that grows entry by entry */
};

enum azb_step_kind {
    AZB_STEP_VALUE,    /* key and slot */
    AZB_STEP_PARAM,    /* key and the call's own parameter */
    AZB_STEP_CONSTANT, /* key and the field's constant */
    AZB_STEP_BEGIN,    /* key and a map of what follows up to END; nothing, if that is empty */
    AZB_STEP_END,
};

struct azb_step {
    enum azb_step_kind kind;
    int slot;
    const struct azb_field *field;
    unsigned char key[48]; /* the field's name, encoded */
    unsigned char key_n;
};

/* The slots of one map: of the whole result (frame 0) or of a list's entries. */
struct azb_frame {
    int first_slot;
    int n_slots;
    struct azb_step *steps;
    int n_steps;
    bool is_pair; /* an entry of TAGS: two values, without a map around them */
    bool is_stream;
    int parent_slot;
};

/* A response header that fills a slot; for a prefix, "x-ms-meta-", all headers that begin so.
 */
struct azb_header_slot {
    const char *name; /* a field's, without the star; NULL: a free place */
    size_t n;
    int slot;
};

struct azb_shape {
    struct azb_header_slot headers[AZB_HEADER_TABLE];
    struct azb_header_slot prefixes[4];
    int n_prefixes;
    const char *root; /* NULL: no XML body */
    struct azb_node *document;
    struct azb_slot *slots;
    int n_slots;
    int n_multi;
    struct azb_frame *frames;
    int n_frames;
};

/*
 * root    the document element's name; NULL when the answer has no XML body
 * fields  borrowed for the life of the shape
 *
 * Returns 0, or -1 with INTERNAL (a path that cannot be compiled) or NO_MEMORY.
 */
int azb_shape_new(const char *root, const struct azb_field *fields, struct azb_shape **ret,
                  struct azb_error *err);
void azb_shape_free(struct azb_shape *shape);

/* The child of that name, or NULL. */
const struct azb_node *azb_node_child(const struct azb_node *node, const char *name, size_t n);

/*
 * The slot that a response header fills, or -1. For a field "x-ms-meta-*", *ret_rest is the
 * part of the name behind the prefix; else NULL.
 */
int azb_shape_header(const struct azb_shape *shape, const char *name, size_t n,
                     const char **ret_rest);

/* The slot of a field of frame 0 by name, "properties.etag" inside models; or -1. */
int azb_shape_slot(const struct azb_shape *shape, const char *path);

#endif
