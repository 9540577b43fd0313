/*
 * shape.c: compiles result fields.
 */
#include "lib/shape.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the trie of elements ---- */

static unsigned name_hash(const char *name, size_t n)
{
    /* Element names differ in length, ends and middle; nothing more is worth reading. */
    return (unsigned)n * 7U + (unsigned char)name[0] * 31U + (unsigned char)name[n - 1] * 131U +
           (unsigned char)name[n / 2] * 17U;
}

const struct azb_node *azb_node_child(const struct azb_node *node, const char *name, size_t n)
{
    unsigned place;

    if (node->table == NULL || n == 0)
        return NULL;
    place = name_hash(name, n) % AZB_NODE_TABLE;
    for (; node->table[place] != NULL; place = (place + 1) % AZB_NODE_TABLE) {
        const struct azb_node *child = node->table[place];

        if (child->name_bytes == n && memcmp(child->name, name, n) == 0)
            return child;
    }
    return NULL;
}

static struct azb_node *node_new(const char *name, size_t n)
{
    struct azb_node *node = calloc(1, sizeof(*node));

    if (node == NULL)
        return NULL;
    node->name = name;
    node->name_bytes = n;
    node->frame = -1;
    node->wild_slot = -1;
    return node;
}

static void node_free(struct azb_node *node)
{
    if (node == NULL)
        return;
    while (node->children != NULL) {
        struct azb_node *child = node->children;

        node->children = child->next;
        node_free(child);
    }
    free(node->table);
    free(node);
}

static struct azb_node *node_add(struct azb_node *parent, const char *name, size_t n)
{
    struct azb_node *child = (struct azb_node *)azb_node_child(parent, name, n);
    unsigned place = name_hash(name, n) % AZB_NODE_TABLE;

    if (child != NULL)
        return child;
    if (parent->table == NULL)
        parent->table = calloc(AZB_NODE_TABLE, sizeof(struct azb_node *));
    child = node_new(name, n);
    if (parent->table == NULL || child == NULL) {
        node_free(child);
        return NULL;
    }
    while (parent->table[place] != NULL)
        place = (place + 1) % AZB_NODE_TABLE;
    parent->table[place] = child;
    child->next = parent->children;
    parent->children = child;
    if (name[0] == '@')
        parent->has_attributes = true;
    return child;
}

/* The node at the end of "A/B/C" below start. A last "*" is not a node. */
static struct azb_node *node_path(struct azb_node *start, const char *path)
{
    while (start != NULL && path[0] != '\0' && strcmp(path, "*") != 0) {
        size_t n = strcspn(path, "/");

        start = node_add(start, path, n);
        path += n;
        path += path[0] == '/';
    }
    return start;
}

/* ---- frames, slots, steps ---- */

static int frame_compile(struct azb_shape *shape, const struct azb_field *fields,
                         struct azb_node *root, int *ret_frame, struct azb_error *err);

static int no_memory(struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_NO_MEMORY, "the table of results");
}

static int frame_step(struct azb_shape *shape, int frame_i, enum azb_step_kind kind, int slot,
                      const struct azb_field *field, struct azb_error *err)
{
    struct azb_frame *frame = &shape->frames[frame_i];
    struct azb_step *steps;

    size_t name_n = strlen(field->name);

    /* a msgpack str has one byte before up to 31, two before up to 255 */
    if (name_n + 2 > sizeof(steps->key))
        return azb_error_set(err, AZB_ERR_INTERNAL, "the name '%s' is too long", field->name);
    steps = realloc(frame->steps, ((size_t)frame->n_steps + 1) * sizeof(*steps));
    if (steps == NULL)
        return no_memory(err);
    frame->steps = steps;
    steps += frame->n_steps++;
    *steps = (struct azb_step){.kind = kind, .slot = slot, .field = field};
    if (name_n < 32) {
        steps->key[0] = (unsigned char)(0xa0 | name_n);
        steps->key_n = 1;
    } else {
        steps->key[0] = 0xd9;
        steps->key[1] = (unsigned char)name_n;
        steps->key_n = 2;
    }
    memcpy(steps->key + steps->key_n, field->name, name_n);
    steps->key_n = (unsigned char)(steps->key_n + name_n);
    return 0;
}

static bool type_is_multi(enum azb_type type)
{
    return type == AZB_LIST || type == AZB_STR_MAP || type == AZB_TAGS ||
           type == AZB_OR_POLICIES;
}

/* A slot at the end of the shape's slots; a frame's are consecutive. */
static int shape_add_slot(struct azb_shape *shape, const struct azb_field *field,
                          struct azb_error *err)
{
    struct azb_slot *slots;

    slots = realloc(shape->slots, ((size_t)shape->n_slots + 1) * sizeof(*slots));
    if (slots == NULL)
        return no_memory(err);
    shape->slots = slots;
    slots[shape->n_slots] = (struct azb_slot){
        .field = field,
        .type = field->type == AZB_LIST && field->fields == NULL ? field->of : field->type,
        .multi = type_is_multi(field->type) ? shape->n_multi++ : -1,
    };
    return shape->n_slots++;
}

/* The slot of an earlier list of the same name: walk_blobs has two kinds of entries in one. */
static int frame_shared_slot(const struct azb_shape *shape, int frame_i,
                             const struct azb_field *field)
{
    for (int i = shape->frames[frame_i].first_slot; i < shape->n_slots; i++)
        if (field->type == AZB_LIST && strcmp(shape->slots[i].field->name, field->name) == 0)
            return i;
    return -1;
}

/* Slots first, all of the frame's: nested frames' slots come after them. */
static int frame_add_slots(struct azb_shape *shape, int frame_i, const struct azb_field *fields,
                           struct azb_error *err)
{
    for (const struct azb_field *f = fields; f->name != NULL; f++) {
        if (f->type == AZB_LIST && f->xml == NULL)
            continue; /* no part of an answer: a driver writes it */
        if (f->type == AZB_MODEL && f->fields != NULL) {
            if (frame_step(shape, frame_i, AZB_STEP_BEGIN, -1, f, err) < 0 ||
                frame_add_slots(shape, frame_i, f->fields, err) < 0 ||
                frame_step(shape, frame_i, AZB_STEP_END, -1, f, err) < 0)
                return -1;
        } else if (f->param != NULL) {
            if (frame_step(shape, frame_i, AZB_STEP_PARAM, -1, f, err) < 0)
                return -1;
        } else if (f->constant != NULL) {
            if (frame_step(shape, frame_i, AZB_STEP_CONSTANT, -1, f, err) < 0)
                return -1;
        } else if (frame_shared_slot(shape, frame_i, f) < 0) {
            int slot = shape_add_slot(shape, f, err);

            if (slot < 0 || frame_step(shape, frame_i, AZB_STEP_VALUE, slot, f, err) < 0)
                return -1;
        }
    }
    return 0;
}

static const struct azb_field tag_fields[] = {
    {"Key", AZB_STR, .xml = "Key"},
    {"Value", AZB_STR, .xml = "Value"},
    {NULL},
};

static int node_entry(struct azb_shape *shape, struct azb_node *node, int slot,
                      const struct azb_field *field, struct azb_error *err)
{
    bool is_tags = field->type == AZB_TAGS;
    int frame_i;

    if (frame_compile(shape, is_tags ? tag_fields : field->fields, node, &frame_i, err) < 0)
        return -1;
    node->frame = frame_i;
    shape->frames[frame_i].is_pair = is_tags;
    shape->frames[frame_i].is_stream = field->is_stream;
    shape->frames[frame_i].parent_slot = slot;
    return 0;
}

/* Hang the fields' XML paths below root. slot_i runs along with frame_add_slots(). */
static int frame_add_paths(struct azb_shape *shape, int frame_i, const struct azb_field *fields,
                           struct azb_node *root, int *slot_i, struct azb_error *err)
{
    for (const struct azb_field *f = fields; f->name != NULL; f++) {
        struct azb_node *node;
        int slot;

        if (f->type == AZB_MODEL && f->fields != NULL) {
            if (frame_add_paths(shape, frame_i, f->fields, root, slot_i, err) < 0)
                return -1;
            continue;
        }
        if (f->param != NULL || f->constant != NULL)
            continue;
        slot = *slot_i < shape->n_slots && shape->slots[*slot_i].field == f
                   ? (*slot_i)++
                   : frame_shared_slot(shape, frame_i, f);
        if (f->xml == NULL)
            continue;
        node = node_path(root, f->xml);
        if (node == NULL)
            return no_memory(err);
        if ((f->type == AZB_LIST && f->fields != NULL) || f->type == AZB_TAGS) {
            if (node_entry(shape, node, slot, f, err) < 0)
                return -1;
        } else if (f->type == AZB_STR_MAP || f->type == AZB_OR_POLICIES) {
            node->wild_slot = slot;
        } else if (node->n_slots == AZB_NODE_MAX_SLOTS) {
            return azb_error_set(err, AZB_ERR_INTERNAL, "too many fields from '%s'", f->xml);
        } else {
            node->slots[node->n_slots++] = slot;
        }
    }
    return 0;
}

static int frame_compile(struct azb_shape *shape, const struct azb_field *fields,
                         struct azb_node *root, int *ret_frame, struct azb_error *err)
{
    struct azb_frame *frames;
    int frame_i = shape->n_frames, slot_i = shape->n_slots;

    frames = realloc(shape->frames, ((size_t)frame_i + 1) * sizeof(*frames));
    if (frames == NULL)
        return no_memory(err);
    shape->frames = frames;
    shape->n_frames++;
    frames[frame_i] = (struct azb_frame){.first_slot = slot_i, .parent_slot = -1};
    if (frame_add_slots(shape, frame_i, fields, err) < 0)
        return -1;
    shape->frames[frame_i].n_slots = shape->n_slots - slot_i;
    *ret_frame = frame_i;
    return frame_add_paths(shape, frame_i, fields, root, &slot_i, err);
}

static int shape_add_header(struct azb_shape *shape, const char *name, int slot,
                            struct azb_error *err);

int azb_shape_new(const char *root, const struct azb_field *fields, struct azb_shape **ret,
                  struct azb_error *err)
{
    struct azb_shape *shape = calloc(1, sizeof(*shape));
    int frame_i;

    if (shape == NULL)
        return no_memory(err);
    shape->root = root;
    shape->document = node_new("", 0);
    if (shape->document == NULL) {
        azb_shape_free(shape);
        return no_memory(err);
    }
    if (frame_compile(shape, fields, shape->document, &frame_i, err) < 0) {
        azb_shape_free(shape);
        return -1;
    }
    for (int i = 0; i < shape->frames[0].n_slots; i++) {
        const char *header = shape->slots[i].field->header;

        if (header != NULL && shape_add_header(shape, header, i, err) < 0) {
            azb_shape_free(shape);
            return -1;
        }
    }
    *ret = shape;
    return 0;
}

void azb_shape_free(struct azb_shape *shape)
{
    if (shape == NULL)
        return;
    node_free(shape->document);
    for (int i = 0; i < shape->n_frames; i++)
        free(shape->frames[i].steps);
    free(shape->frames);
    free(shape->slots);
    free(shape);
}

/* ---- lookups ---- */

static unsigned header_hash(const char *name, size_t n)
{
    /* Letters' case is one bit; the names differ in length, ends and middle. */
    return (unsigned)n * 7U + (name[0] | 0x20U) * 31U + (name[n - 1] | 0x20U) * 131U +
           (name[n / 2] | 0x20U) * 17U;
}

static int shape_add_header(struct azb_shape *shape, const char *name, int slot,
                            struct azb_error *err)
{
    size_t n = strlen(name);
    unsigned place;

    if (name[n - 1] == '*') {
        if (shape->n_prefixes == sizeof(shape->prefixes) / sizeof(shape->prefixes[0]))
            return azb_error_set(err, AZB_ERR_INTERNAL, "too many headers like '%s'", name);
        shape->prefixes[shape->n_prefixes++] = (struct azb_header_slot){name, n - 1, slot};
        return 0;
    }
    if (slot >= AZB_HEADER_TABLE / 2)
        return azb_error_set(err, AZB_ERR_INTERNAL, "too many headers: '%s'", name);
    place = header_hash(name, n) % AZB_HEADER_TABLE;
    while (shape->headers[place].name != NULL)
        place = (place + 1) % AZB_HEADER_TABLE;
    shape->headers[place] = (struct azb_header_slot){name, n, slot};
    return 0;
}

int azb_shape_header(const struct azb_shape *shape, const char *name, size_t n,
                     const char **ret_rest)
{
    unsigned place;

    *ret_rest = NULL;
    if (n == 0)
        return -1;
    place = header_hash(name, n) % AZB_HEADER_TABLE;
    for (; shape->headers[place].name != NULL; place = (place + 1) % AZB_HEADER_TABLE)
        if (shape->headers[place].n == n &&
            strncasecmp(shape->headers[place].name, name, n) == 0)
            return shape->headers[place].slot;
    for (int i = 0; i < shape->n_prefixes; i++) {
        const struct azb_header_slot *prefix = &shape->prefixes[i];

        if (n > prefix->n && strncasecmp(prefix->name, name, prefix->n) == 0) {
            *ret_rest = name + prefix->n;
            return prefix->slot;
        }
    }
    return -1;
}

int azb_shape_slot(const struct azb_shape *shape, const char *path)
{
    const struct azb_frame *frame = &shape->frames[0];
    unsigned depth = 0, matched = 0;

    for (int i = 0; i < frame->n_steps; i++) {
        const struct azb_step *step = &frame->steps[i];
        size_t n = strcspn(path, ".");
        bool is_here = depth == matched && strlen(step->field->name) == n &&
                       memcmp(step->field->name, path, n) == 0;

        if (step->kind == AZB_STEP_VALUE && is_here && path[n] == '\0')
            return step->slot;
        if (step->kind == AZB_STEP_BEGIN) {
            if (is_here && path[n] == '.') {
                path += n + 1;
                matched++;
            }
            depth++;
        }
        if (step->kind == AZB_STEP_END)
            depth--;
    }
    return -1;
}
