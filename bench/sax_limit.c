/*
 * sax_limit.c: the floor of a listing: libxml2's push parser over its pages, from files, with
 * handlers that keep the text of an entry's main fields and do nothing with it.
 *
 *     sax_limit PAGE...
 *
 * Prints
 *     items=100000 items_per_s=310200.0 cpu_us=3.200
 */
#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/usage.h"

enum { PIECE_BYTES = 64 * 1024 };

struct scan {
    unsigned long items;
    bool is_kept; /* the text that comes is of a field we keep */
    size_t n;
    char text[4096];
};

static bool is_kept_field(const char *name)
{
    static const char *const kept[] = {"Name", "Content-Length", "Last-Modified", "Etag",
                                       "Content-MD5"};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (strcmp(name, kept[i]) == 0)
            return true;
    return false;
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **attributes)
{
    struct scan *scan = arg;

    (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces;
    (void)n_attributes, (void)n_defaulted, (void)attributes;
    scan->is_kept = is_kept_field((const char *)name);
    scan->n = 0;
}

static void on_text(void *arg, const xmlChar *text, int n)
{
    struct scan *scan = arg;

    if (!scan->is_kept || scan->n + (size_t)n > sizeof(scan->text))
        return;
    memcpy(scan->text + scan->n, text, (size_t)n);
    scan->n += (size_t)n;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct scan *scan = arg;

    (void)prefix, (void)uri;
    scan->is_kept = false;
    if (strcmp((const char *)name, "Blob") == 0)
        scan->items++;
}

/* Push the file's pieces through the parser; false with errno or the parser's message on
 * stderr. */
static bool push_file(xmlParserCtxtPtr parser, int fd)
{
    static char piece[PIECE_BYTES];
    ssize_t n;

    do {
        n = read(fd, piece, sizeof(piece));
        if (n < 0) {
            perror("sax_limit: read");
            return false;
        }
        if (xmlParseChunk(parser, piece, (int)n, n == 0) != XML_ERR_OK) {
            fprintf(stderr, "sax_limit: the page is not well-formed\n");
            return false;
        }
    } while (n > 0);
    return true;
}

static bool scan_page(struct scan *scan, const char *path)
{
    xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
    };
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, scan, NULL, 0, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = parser != NULL && fd >= 0;

    if (!ok)
        fprintf(stderr, "sax_limit: %s: %s\n", path, strerror(errno));
    else
        ok = push_file(parser, fd);
    if (fd >= 0)
        close(fd);
    xmlFreeParserCtxt(parser);
    return ok;
}

int main(int argc, char **argv)
{
    static struct scan scan;
    struct bench_usage used = bench_usage_now(0);
    double n;

    for (int i = 1; i < argc; i++)
        if (!scan_page(&scan, argv[i]))
            return 1;
    if (scan.items == 0) {
        fprintf(stderr, "usage: sax_limit PAGE...\n");
        return 2;
    }
    used = bench_usage_since(&used, 0);
    n = (double)scan.items;
    printf("items=%.0f items_per_s=%.1f cpu_us=%.3f\n", n, n / used.wall_s,
           used.own_cpu_s / n * 1e6);
    return 0;
}
