/*
 * query_body.c: the expression and two formats as XML. A format's type decides which element it
 * becomes and what stands in it; both are tables.
 */
#include "lib/stream/query_body.h"

#include <string.h>

#include "proto/value.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* What stands in a type's configuration, in this order. */
static const struct {
    const char *type;
    const char *element;
    const char *setting;
    const char *preset;
} settings[] = {
    {"delimited", "ColumnSeparator", "delimiter", ","},
    {"delimited", "FieldQuote", "quotechar", "\""},
    {"delimited", "RecordSeparator", "lineterminator", "\n"},
    {"delimited", "EscapeChar", "escapechar", ""},
    {"delimited", "HasHeaders", "has_header", "false"},
    {"json", "RecordSeparator", "delimiter", "\n"},
};

static const struct {
    const char *type;
    const char *element;
} configurations[] = {
    {"delimited", "DelimitedTextConfiguration"},
    {"json", "JsonTextConfiguration"},
    {"arrow", "ArrowConfiguration"},
    {"parquet", "ParquetTextConfiguration"},
};

struct writer {
    const char *method;
    const char *param; /* in hand: whom a message is about */
    struct azb_buf *xml;
};

static int write_text(struct writer *writer, const char *text, size_t n, struct azb_error *err)
{
    if (azb_xml_put_text(writer->xml, text, n))
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG,
                         "%s: '%s' holds a character that XML cannot have", writer->method,
                         writer->param);
}

/* A str, an int or a bool as an element; absent: the preset, or without one nothing. */
static int write_element(struct writer *writer, const char *element,
                         const msgpack_object *value, const char *preset, struct azb_error *err)
{
    const char *text = preset;
    size_t n = preset != NULL ? strlen(preset) : 0;
    int64_t number;
    bool yes;

    if (value == NULL && preset == NULL)
        return 0;
    azb_buf_printf(writer->xml, "<%s>", element);
    if (azb_value_bool(value, &yes))
        azb_buf_puts(writer->xml, yes ? "true" : "false");
    else if (azb_value_int(value, &number))
        azb_buf_printf(writer->xml, "%lld", (long long)number);
    else if ((azb_value_bytes(value, &text, &n) || text != NULL) &&
             write_text(writer, text, n, err) < 0)
        return -1;
    azb_buf_printf(writer->xml, "</%s>", element);
    return 0;
}

/* The columns of an Arrow result. */
static int write_schema(struct writer *writer, const msgpack_object *schema,
                        struct azb_error *err)
{
    static const struct {
        const char *element;
        const char *key;
    } parts[] = {
        {"Type", "type"}, {"Name", "name"}, {"Precision", "precision"}, {"Scale", "scale"}};

    if (schema == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s': arrow needs its 'schema'",
                             writer->method, writer->param);
    azb_buf_puts(writer->xml, "<Schema>");
    for (uint32_t i = 0; i < schema->via.array.size; i++) {
        const msgpack_object_map *field = azb_value_map(&schema->via.array.ptr[i]);

        azb_buf_puts(writer->xml, "<Field>");
        for (size_t k = 0; k < N_ELEMENTS(parts); k++)
            if (write_element(writer, parts[k].element, azb_map_find(field, parts[k].key), NULL,
                              err) < 0)
                return -1;
        azb_buf_puts(writer->xml, "</Field>");
    }
    azb_buf_puts(writer->xml, "</Schema>");
    return 0;
}

static bool type_has_setting(const char *type, const msgpack_object *key)
{
    if (azb_value_is(key, "type"))
        return true;
    if (azb_value_is(key, "schema"))
        return strcmp(type, "arrow") == 0;
    for (size_t i = 0; i < N_ELEMENTS(settings); i++)
        if (strcmp(settings[i].type, type) == 0 && azb_value_is(key, settings[i].setting))
            return true;
    return false;
}

static int check_settings(const struct writer *writer, const msgpack_object_map *format,
                          const char *type, struct azb_error *err)
{
    char name[64];

    for (uint32_t i = 0; i < format->size; i++)
        if (!type_has_setting(type, &format->ptr[i].key) &&
            azb_value_copy(&format->ptr[i].key, name, sizeof(name)))
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "%s: '%s.%s' does not go with %s",
                                 writer->method, writer->param, name, type);
    return 0;
}

static int write_settings(struct writer *writer, const msgpack_object_map *format,
                          const char *type, struct azb_error *err)
{
    if (strcmp(type, "arrow") == 0)
        return write_schema(writer, azb_map_find(format, "schema"), err);
    if (strcmp(type, "parquet") == 0)
        azb_buf_puts(writer->xml, " "); /* the service takes no empty element here */
    for (size_t i = 0; i < N_ELEMENTS(settings); i++)
        if (strcmp(settings[i].type, type) == 0 &&
            write_element(writer, settings[i].element,
                          azb_map_find(format, settings[i].setting), settings[i].preset,
                          err) < 0)
            return -1;
    return 0;
}

static int write_format(struct writer *writer, const char *param, const char *element,
                        const msgpack_object *value, struct azb_error *err)
{
    const msgpack_object_map *format = azb_value_map(value);
    size_t i = 0;

    if (format == NULL)
        return 0; /* not given: the service's default */
    while (!azb_value_is(azb_map_find(format, "type"), configurations[i].type))
        i++; /* it is one of them: the row says so */
    writer->param = param;
    if (check_settings(writer, format, configurations[i].type, err) < 0)
        return -1;
    azb_buf_printf(writer->xml, "<%s><Format><Type>%s</Type><%s>", element,
                   configurations[i].type, configurations[i].element);
    if (write_settings(writer, format, configurations[i].type, err) < 0)
        return -1;
    azb_buf_printf(writer->xml, "</%s></Format></%s>", configurations[i].element, element);
    return 0;
}

/* What comes out is as what goes in, unless something else is asked for; Parquet only goes in.
 */
static const msgpack_object *output_format(const struct azb_args *args)
{
    const msgpack_object *input = azb_args_get(args, "blob_format");
    const msgpack_object *output = azb_args_get(args, "output_format");

    if (output == NULL && !azb_value_is(azb_map_find(azb_value_map(input), "type"), "parquet"))
        return input;
    return output;
}

static int write_query(struct writer *writer, const struct azb_args *args,
                       struct azb_error *err)
{
    azb_buf_puts(writer->xml, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                              "<QueryRequest><QueryType>SQL</QueryType>");
    writer->param = "query_expression";
    if (write_element(writer, "Expression", azb_args_get(args, "query_expression"), NULL, err) <
            0 ||
        write_format(writer, "blob_format", "InputSerialization",
                     azb_args_get(args, "blob_format"), err) < 0 ||
        write_format(writer, "output_format", "OutputSerialization", output_format(args), err) <
            0)
        return -1;
    azb_buf_puts(writer->xml, "</QueryRequest>");
    return 0;
}

int azb_query_body(const struct azb_args *args, struct azb_arena *arena,
                   struct azb_buf *scratch, struct azb_body *ret, struct azb_error *err)
{
    struct writer writer = {.method = args->method->row->method, .xml = scratch};

    azb_buf_reset(scratch);
    if (write_query(&writer, args, err) < 0)
        return -1;
    ret->content_type = "application/xml";
    ret->n = scratch->len;
    ret->bytes = scratch->failed
                     ? NULL
                     : azb_arena_strndup(arena, (const char *)scratch->data, scratch->len);
    return ret->bytes != NULL ? 0 : azb_error_set(err, AZB_ERR_NO_MEMORY, "a query");
}
