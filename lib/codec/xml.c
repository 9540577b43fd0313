/*
 * xml.c: the push parser.
 */
#include "lib/codec/xml.h"

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct azb_xml {
    const struct azb_xml_events *events;
    void *arg;
    xmlParserCtxtPtr parser;
    unsigned depth;
    bool failed;
    struct azb_error error; /* of an event or of ours; more telling than libxml2's */
};

static void xml_fail(struct azb_xml *xml)
{
    xml->failed = true;
    xmlStopParser(xml->parser);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
    struct azb_xml *xml = ctx;

    if (xml->failed)
        return;
    if (++xml->depth > AZB_XML_MAX_DEPTH) {
        azb_error_set(&xml->error, AZB_ERR_BAD_RESPONSE, "XML nested deeper than %d",
                      AZB_XML_MAX_DEPTH);
        xml_fail(xml);
    } else if (xml->events->start(xml->arg, (const char *)name, (const char *const *)attributes,
                                  &xml->error) < 0) {
        xml_fail(xml);
    }
}

static void on_end(void *ctx, const xmlChar *name)
{
    struct azb_xml *xml = ctx;

    (void)name;
    if (xml->failed)
        return;
    xml->depth--;
    if (xml->events->end(xml->arg, &xml->error) < 0)
        xml_fail(xml);
}

static void on_text(void *ctx, const xmlChar *text, int n)
{
    struct azb_xml *xml = ctx;

    if (!xml->failed &&
        xml->events->text(xml->arg, (const char *)text, (size_t)n, &xml->error) < 0)
        xml_fail(xml);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external_id,
                       const xmlChar *system_id)
{
    struct azb_xml *xml = ctx;

    (void)name, (void)external_id, (void)system_id;
    if (xml->failed)
        return;
    azb_error_set(&xml->error, AZB_ERR_BAD_RESPONSE, "XML with a DOCTYPE");
    xml_fail(xml);
}

static void on_message(void *ctx, const char *fmt, ...)
{
    (void)ctx, (void)fmt; /* parser_error() says it, once */
}

/* SAX1: without namespaces there is less to do for each element. */
static xmlSAXHandler handler = {
    .internalSubset = on_doctype,
    .startElement = on_start,
    .endElement = on_end,
    .characters = on_text,
    .cdataBlock = on_text,
    .warning = on_message,
    .error = on_message,
    .fatalError = on_message,
    .initialized = 1,
};

struct azb_xml *azb_xml_new(const struct azb_xml_events *events, void *arg)
{
    struct azb_xml *xml = calloc(1, sizeof(*xml));

    if (xml == NULL)
        return NULL;
    xml->events = events;
    xml->arg = arg;
    xml->parser = xmlCreatePushParserCtxt(&handler, xml, NULL, 0, NULL);
    if (xml->parser == NULL) {
        free(xml);
        return NULL;
    }
    xmlCtxtUseOptions(xml->parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    return xml;
}

void azb_xml_free(struct azb_xml *xml)
{
    if (xml == NULL)
        return;
    xmlFreeParserCtxt(xml->parser);
    free(xml);
}

static int parser_error(struct azb_xml *xml, struct azb_error *err)
{
    const xmlError *cause = xmlCtxtGetLastError(xml->parser);

    if (xml->failed) {
        azb_error_set(err, xml->error.what, "%s", xml->error.message);
        return -1;
    }
    if (cause != NULL && cause->code == XML_ERR_NO_MEMORY)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "an XML answer");
    if (cause == NULL || cause->message == NULL)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "the XML answer is not well-formed");
    return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "the XML answer is not well-formed: %.*s",
                         (int)strcspn(cause->message, "\n"), cause->message);
}

int azb_xml_push(struct azb_xml *xml, const void *bytes, size_t n, struct azb_error *err)
{
    const char *p = bytes;

    while (n > 0) {
        int piece = n > 1024 * 1024 ? 1024 * 1024 : (int)n;

        if (xmlParseChunk(xml->parser, p, piece, 0) != 0 || xml->failed)
            return parser_error(xml, err);
        p += piece;
        n -= (size_t)piece;
    }
    return 0;
}

int azb_xml_end(struct azb_xml *xml, struct azb_error *err)
{
    if (xmlParseChunk(xml->parser, NULL, 0, 1) != 0 || xml->failed)
        return parser_error(xml, err);
    return 0;
}
