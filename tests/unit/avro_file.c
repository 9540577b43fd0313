/*
 * avro_file.c: see avro_file.h.
 */
#include "tests/unit/avro_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_SPACE "com.microsoft.azure.storage.queryBlobContents."

/* Laid out as the service does it, with remarks. */
static const char schema[] =
    "[\n  {\n    \"type\": \"record\",\n    \"name\": \"" NAME_SPACE "resultData\",\n"
    "    \"doc\": \"Bytes, \\u0022quoted\\u0022\",\n"
    "    \"fields\": [ { \"name\": \"data\", \"type\": \"bytes\" } ]\n  },\n"
    "  {\n    \"type\": \"record\",\n    \"name\": \"" NAME_SPACE
    "error\",\n    \"fields\": [\n"
    "      { \"name\": \"fatal\", \"type\": \"boolean\", \"doc\": \"the end of it\" },\n"
    "      { \"name\": \"name\", \"type\": \"string\" },\n"
    "      { \"name\": \"description\", \"type\": \"string\" },\n"
    "      { \"name\": \"position\", \"type\": \"long\" }\n    ]\n  },\n"
    "  {\n    \"type\": \"record\",\n    \"name\": \"" NAME_SPACE
    "progress\",\n    \"fields\": [\n"
    "      { \"name\": \"bytesScanned\", \"type\": \"long\" },\n"
    "      { \"name\": \"totalBytes\", \"type\": \"long\" }\n    ]\n  },\n"
    "  {\n    \"type\": \"record\",\n    \"name\": \"" NAME_SPACE "end\",\n"
    "    \"fields\": [ { \"name\": \"totalBytes\", \"type\": \"long\" } ]\n  }\n]\n";

static const unsigned char sync_marker[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                              8, 9, 10, 11, 12, 13, 14, 15};

static void __attribute__((noreturn)) fail(const char *at)
{
    fprintf(stderr, "avro_file: no meaning in: %.40s\n", at);
    abort();
}

static void put_number(int64_t number, struct azb_buf *ret)
{
    uint64_t rest = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);

    do {
        unsigned char byte = (unsigned char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));

        azb_buf_append(ret, &byte, 1);
        rest >>= 7;
    } while (rest > 0);
}

static const char *write_string(const char *at, struct azb_buf *ret)
{
    size_t n = strcspn(at + 1, "'");
    const char *end = at + 1 + n + 1;
    long n_times = 1;

    if (end[-1] != '\'')
        fail(at);
    if (*end == '*')
        n_times = strtol(end + 1, (char **)&end, 10);
    put_number((int64_t)n * n_times, ret);
    for (long i = 0; i < n_times; i++)
        azb_buf_append(ret, at + 1, n);
    return end;
}

static const char *write_hex(const char *at, struct azb_buf *ret)
{
    for (at++; *at != '>'; at += 2) {
        char digits[3] = {at[0], at[0] != '\0' ? at[1] : '\0'};
        char *end;
        unsigned char byte = (unsigned char)strtoul(digits, &end, 16);

        if (end != digits + 2)
            fail(at);
        azb_buf_append(ret, &byte, 1);
    }
    return at + 1;
}

static const char *write_words(const char *at, struct azb_buf *ret);

static const char *write_block(const char *at, struct azb_buf *ret)
{
    struct azb_buf records = {0};
    char *inside;

    put_number(strtoll(at + 1, &inside, 10), ret);
    if (*inside != ':')
        fail(at);
    at = write_words(inside + 1, &records);
    if (*at != ']')
        fail(at);
    put_number((int64_t)records.len, ret);
    azb_buf_append(ret, records.data, records.len);
    azb_buf_append(ret, sync_marker, sizeof(sync_marker));
    azb_buf_clear(&records);
    return at + 1;
}

/* Up to the end, or to the bracket that closes a block. */
static const char *write_words(const char *at, struct azb_buf *ret)
{
    while (*at != '\0' && *at != ']') {
        char *end = (char *)at + 1;

        switch (*at) {
        case ' ':
            break;
        case '\'':
            end = (char *)write_string(at, ret);
            break;
        case '<':
            end = (char *)write_hex(at, ret);
            break;
        case '[':
            end = (char *)write_block(at, ret);
            break;
        case '@':
            put_number(sizeof(schema) - 1, ret);
            azb_buf_append(ret, schema, sizeof(schema) - 1);
            break;
        case '%':
            azb_buf_append(ret, sync_marker, sizeof(sync_marker));
            break;
        default:
            put_number(strtoll(at, &end, 10), ret);
            if (end == at)
                fail(at);
        }
        at = end;
    }
    return at;
}

void avro_file_write(const char *text, struct azb_buf *ret)
{
    const char *end = write_words(text, ret);

    if (*end != '\0' || ret->failed)
        fail(end);
}
