/*
 * xml.h: libxml2's push parser with everything switched off that an answer of the service has
 * no use for: DTDs, entities, external anything. One decoder's events, in order.
 */
#ifndef AZB_LIB_CODEC_XML_H
#define AZB_LIB_CODEC_XML_H

#include <stddef.h>
#include "proto/error.h"

enum {
    AZB_XML_MAX_DEPTH = 24,
};

/* Each returns 0, or -1 with *err set, which ends the parsing with that error. */
struct azb_xml_events {
    /* attributes: name, value, name, value, ..., NULL; values are decoded */
    int (*start)(void *arg, const char *name, const char *const *attributes,
                 struct azb_error *err);
    int (*text)(void *arg, const char *text, size_t n, struct azb_error *err);
    int (*end)(void *arg, struct azb_error *err);
};

struct azb_xml;

/* events is borrowed for the parser's life. Returns NULL when there is no memory. */
struct azb_xml *azb_xml_new(const struct azb_xml_events *events, void *arg);
void azb_xml_free(struct azb_xml *xml);

/*
 * Bytes of the document, cut anywhere; a UTF-8 byte order mark at its start is skipped. Return
 * 0, or -1 with BAD_RESPONSE (not well-formed, a DOCTYPE, too deep; for end: cut short),
 * NO_MEMORY, or whatever an event set. After -1 only azb_xml_free() may follow.
 */
int azb_xml_push(struct azb_xml *xml, const void *bytes, size_t n, struct azb_error *err);
int azb_xml_end(struct azb_xml *xml, struct azb_error *err);

#endif
