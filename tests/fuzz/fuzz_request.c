/*
 * fuzz_request.c: a client's message as a request of the service: found, checked, built, with
 * its body. What is refused is refused with a reason that a caller can use; what is built can
 * neither end a line early nor leave the path that it belongs to.
 */
#include "lib/body.h"

#include <stdlib.h>
#include <string.h>

#include "lib/stream/query_body.h"
#include "proto/frame.h"
#include "tests/unit/methods.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_refusal(const struct azb_error *err)
{
    if ((err->what != AZB_ERR_INVALID_ARG && err->what != AZB_ERR_WRONG_TYPE &&
         err->what != AZB_ERR_UNKNOWN_PARAM) ||
        err->message[0] == '\0')
        abort();
}

static void check_no_controls(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            abort();
}

/* The path is ours up to the container, and encoded: no blank, no query of the caller's. */
static void check_request(const struct azb_request *req, const struct azb_location *location)
{
    size_t base_n = strlen(location->base_path);

    check_no_controls(req->path);
    if (strncmp(req->path, location->base_path, base_n) != 0 || req->path[base_n] != '/' ||
        strpbrk(req->path, " ?#") != NULL)
        abort();
    for (unsigned i = 0; i < req->n_headers; i++) {
        check_no_controls(req->headers[i].name);
        check_no_controls(req->headers[i].value);
    }
}

static void build(const struct azb_args *args, struct azb_arena *arena)
{
    static const struct azb_location location = {(char *)"https://a", (char *)"/acct"};
    bool is_query = args->method->row->kind == AZB_KIND_QUERY;
    struct azb_request req = {.arena = arena};
    struct azb_buf scratch = {0};
    struct azb_error err = {0};
    struct azb_body body;

    if (azb_request_build(&req, args, &location, true, &scratch, &err) < 0)
        check_refusal(&err);
    else
        check_request(&req, &location);
    if ((is_query ? azb_query_body(args, arena, &scratch, &body, &err)
                  : azb_body_from_args(args, arena, &scratch, &body, &err)) < 0)
        check_refusal(&err);
    azb_buf_clear(&scratch);
}

static void check_and_build(const struct azb_msg *msg)
{
    const struct azb_method *method =
        azb_registry_find(methods_registry(), msg->method, msg->method_bytes);
    struct azb_arena *arena = azb_arena_new();
    struct azb_error err = {0};
    struct azb_args args;

    if (method != NULL && method->row->verb != NULL) {
        const msgpack_object_map *map = msg->params != NULL ? &msg->params->via.map : NULL;

        if (azb_args_check(&args, method, map, &err) < 0)
            check_refusal(&err);
        else
            build(&args, arena);
    }
    azb_arena_free(arena);
}

/* Through the frame reader, as in the daemon: it has the limits that parsing relies on. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct azb_frame_reader *reader = azb_frame_reader_new(&AZB_FRAME_LIMITS_DEFAULT);
    const unsigned char *frame;
    unsigned char *room;
    size_t n_frame, n_room;
    struct azb_error err = {0};
    struct azb_msg msg;
    msgpack_zone zone;
    bool has_msgid;

    msgpack_zone_init(&zone, 512);
    if (reader == NULL || azb_frame_reader_room(reader, &room, &n_room, &err) < 0)
        abort();
    n = n < n_room ? n : n_room;
    memcpy(room, bytes, n);
    azb_frame_reader_fed(reader, n);
    if (azb_frame_reader_next(reader, &frame, &n_frame, &err) == 1 &&
        azb_msg_parse(frame, n_frame, &zone, &msg, &has_msgid, &err) == 0 &&
        msg.type == AZB_MSG_REQUEST)
        check_and_build(&msg);
    msgpack_zone_destroy(&zone);
    azb_frame_reader_free(reader);
    return 0;
}
