/*
 * body.h: request bodies that are made from parameters.
 */
#ifndef AZB_LIB_BODY_H
#define AZB_LIB_BODY_H

#include "lib/params.h"

struct azb_body {
    const void *bytes; /* borrowed from the arguments, or in the arena */
    size_t n;
    const char *content_type; /* NULL: there is no body */
};

/*
 * The body of the parameters whose place is the body, if the method has any and they were
 * given: bytes as they are, or an XML document. Returns 0, or -1 with INVALID_ARG (a text that
 * XML cannot hold, a bad block id) or NO_MEMORY.
 */
int azb_body_from_args(const struct azb_args *args, struct azb_arena *arena,
                       struct azb_buf *scratch, struct azb_body *ret, struct azb_error *err);

/* Append text for an XML element, escaped; false when it is not UTF-8 or no XML can hold it. */
bool azb_xml_put_text(struct azb_buf *xml, const char *text, size_t n);

/* A block list's XML: one block more, already base64. Follows: "Put Block List". */
void azb_block_list_begin(struct azb_buf *xml);
void azb_block_list_add(struct azb_buf *xml, const char *state, const char *id_base64);
void azb_block_list_end(struct azb_buf *xml);

#endif
