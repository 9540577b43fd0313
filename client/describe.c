/*
 * describe.c: what the daemon says of its methods, for people.
 */
#include "client/command.h"

#include "proto/value.h"

static const struct azb_column method_columns[] = {{"method", 44}, {"doc"}, {NULL}};
static const struct azb_column param_columns[] = {
    {"name", 30}, {"type", 16}, {"required", 5}, {"doc"}, {NULL}};
static const struct azb_column result_columns[] = {{"name", 30}, {"type", 16}, {"doc"}, {NULL}};

static int put_rows(struct azb_command *command, const msgpack_object *rows,
                    const struct azb_column *columns, struct azb_error *err)
{
    for (uint32_t i = 0;
         rows != NULL && rows->type == MSGPACK_OBJECT_ARRAY && i < rows->via.array.size; i++)
        if (azb_output_row(&command->out, &rows->via.array.ptr[i], columns, err) < 0)
            return -1;
    return 0;
}

/* One method: what it does, takes and gives. */
static int put_method(struct azb_command *command, const msgpack_object *method,
                      struct azb_error *err)
{
    const msgpack_object_map *map = azb_value_map(method);
    struct azb_buf *out = &command->out.buf;
    const msgpack_object *doc = azb_map_find(map, "doc");

    azb_output_scalar(out, azb_map_find(map, "method"));
    azb_buf_puts(out, "\n");
    if (doc != NULL)
        azb_output_scalar(out, doc);
    azb_buf_puts(out, "\n\nparameters (name, type, required, what):\n");
    if (put_rows(command, azb_map_find(map, "params"), param_columns, err) < 0)
        return -1;
    azb_buf_puts(out, "\nresults (name, type, what):\n");
    return put_rows(command, azb_map_find(map, "results"), result_columns, err);
}

int azb_verb_describe(struct azb_command *command)
{
    const struct azb_options *options = &command->options;
    const char *name = options->n_operands > 0 ? options->operands[0] : NULL;
    struct azb_client_call call = {0};
    struct azb_error err = {0};
    const msgpack_object *methods;
    int rc = azb_command_begin(command, &call, "rpc.describe", NULL, &err);

    if (rc == 0 && name != NULL)
        azb_call_str(&call, "method", name);
    if (rc == 0)
        rc = azb_command_finish(&call, -1, &err);
    if (rc == 0) {
        methods = azb_map_find(azb_value_map(call.result), "methods");
        if (command->out.format != AZB_FORMAT_TEXT)
            rc = azb_output_value(&command->out, methods, &err);
        else if (name == NULL)
            rc = put_rows(command, methods, method_columns, &err);
        else if (methods->type == MSGPACK_OBJECT_ARRAY && methods->via.array.size == 1)
            rc = put_method(command, &methods->via.array.ptr[0], &err);
    }
    return rc < 0 ? azb_command_end(command, name, &err) : AZB_EXIT_DONE;
}
