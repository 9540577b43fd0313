/*
 * test_frame.c: messages out of a byte stream, whole and in pieces, and bytes that no good
 * client sends. What is refused whole must be refused in pieces, with the same words.
 */
#include "proto/frame.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Raw bytes with their length; a literal's own NUL does not count. */
#define BYTES(literal) (const unsigned char *)(literal), sizeof(literal) - 1

static const struct azb_frame_limits small = {
    .max_bytes = 64, .max_elements = 20, .max_depth = 4};

/*
 * Feed n bytes, at most `step` at once, and collect the frames as "[length][length]" and the
 * end: "" (nothing pending), "+k" (k bytes pending) or "!code".
 */
static void read_all(const struct azb_frame_limits *limits, const unsigned char *bytes,
                     size_t n, size_t step, char *ret, size_t ret_size)
{
    struct azb_frame_reader *reader = azb_frame_reader_new(limits);
    struct azb_error err = {0};
    size_t fed = 0, at = 0, framed = 0;

    ck_assert_ptr_nonnull(reader);
    ret[0] = '\0';
    for (;;) {
        const unsigned char *frame;
        unsigned char *room;
        size_t n_frame, n_room;
        int rc;

        while ((rc = azb_frame_reader_next(reader, &frame, &n_frame, &err)) == 1) {
            if (memcmp(frame, bytes + framed, n_frame) != 0)
                ck_abort_msg("a frame has not the bytes that were sent");
            framed += n_frame;
            if (at < ret_size)
                at += (size_t)snprintf(ret + at, ret_size - at, "[%zu]", n_frame);
        }
        if (rc < 0) {
            snprintf(ret + at, ret_size - at, "!%s", err.code);
            break;
        }
        if (fed == n) {
            if (azb_frame_reader_pending(reader) > 0)
                snprintf(ret + at, ret_size - at, "+%zu", azb_frame_reader_pending(reader));
            break;
        }
        if (azb_frame_reader_room(reader, &room, &n_room, &err) != 0 || n_room == 0)
            ck_abort_msg("no room");
        if (n_room > step)
            n_room = step;
        if (n_room > n - fed)
            n_room = n - fed;
        memcpy(room, bytes + fed, n_room);
        azb_frame_reader_fed(reader, n_room);
        fed += n_room;
    }
    azb_frame_reader_free(reader);
}

static const struct {
    const char *label;
    const unsigned char *bytes;
    size_t n;
    const char *want;
} streams[] = {
    {"nothing", BYTES(""), ""},
    {"the protocol's example request", BYTES("\x94\x00\x01\xa8rpc.ping\x91\x80"), "[14]"},
    {"and its answer", BYTES("\x94\x01\x01\xc0\x81\xa4pong\xc3"), "[11]"},
    {"several frames in one read", BYTES("\x93\x02\xa1x\x90\x94\x01\x01\xc0\xc0\xc0"),
     "[5][5][1]"},
    {"a frame and the start of one", BYTES("\x93\x02\xa1x\x90\x94\x01"), "[5]+2"},
    {"single values", BYTES("\x00\x7f\xe0\xff\xc0\xc2\xc3\x80\x90\xa0"),
     "[1][1][1][1][1][1][1][1][1][1]"},
    {"numbers of all widths",
     BYTES(
         "\xcc.\xcd..\xce....\xcf........\xd0.\xd1..\xd2....\xd3........\xca....\xcb........"),
     "[2][3][5][9][2][3][5][9][5][9]"},
    {"strings",
     BYTES("\xa3"
           "abc\xd9\x02"
           "ab\xda\x00\x01z\xdb\x00\x00\x00\x00"),
     "[4][4][4][5]"},
    {"binaries", BYTES("\xc4\x00\xc5\x00\x02hi\xc6\x00\x00\x00\x01!"), "[2][5][6]"},
    {"fixed extensions", BYTES("\xd4t.\xd5t..\xd6t....\xd7t........\xd8t................"),
     "[3][4][6][10][18]"},
    {"extensions", BYTES("\xc7\x00t\xc7\x01t.\xc8\x00\x01t.\xc9\x00\x00\x00\x01t."),
     "[3][4][5][7]"},
    {"arrays with counts of 2 and 4 bytes",
     BYTES("\xdc\x00\x02\x01\x02\xdd\x00\x00\x00\x01\x03"), "[5][6]"},
    {"maps with counts of 2 and 4 bytes",
     BYTES("\xde\x00\x01\x01\x02\xdf\x00\x00\x00\x01\x03\x04"), "[5][7]"},
    {"empty ones, with any width",
     BYTES("\xdc\x00\x00\xdd\x00\x00\x00\x00\xde\x00\x00\xdf\x00\x00\x00\x00\xd9\x00"),
     "[3][5][3][5][2]"},
    {"a string that ends the last of nested values", BYTES("\x91\x92\x01\x81\xa1k\xa3val\x05"),
     "[10][1]"},
    {"bytes inside a string are no values", BYTES("\xa4\xc1\xc1\xc1\xc1\x00"), "[5][1]"},

    {"0xc1 at once", BYTES("\xc1"), "!ProtocolError"},
    {"0xc1 in a message", BYTES("\x94\x00\xc1\xa1x"), "!ProtocolError"},
    {"0xc1 after a good frame", BYTES("\x93\x02\xa1x\x90\xc1"), "[5]!ProtocolError"},
    {"0xc1 as a map's value", BYTES("\x81\x00\xc1"), "!ProtocolError"},

    {"exactly max_bytes",
     BYTES("\xd9\x3e"
           "01234567890123456789012345678901234567890123456789012345678901"),
     "[64]"},
    {"one more", BYTES("\xd9\x3f"), "!FrameTooLarge"},
    {"one more, by a string of many", BYTES("\x92\xd9\x1c............................\xd9\x20"),
     "!FrameTooLarge"},
    {"a string of 4 GiB, no byte of which was sent", BYTES("\xdb\xff\xff\xff\xff"),
     "!FrameTooLarge"},
    {"a binary of 4 GiB", BYTES("\xc6\xff\xff\xff\xff"), "!FrameTooLarge"},
    {"an extension of 4 GiB and a type", BYTES("\xc9\xff\xff\xff\xff"), "!FrameTooLarge"},
    {"an array of 4 G values", BYTES("\xdd\xff\xff\xff\xff"), "!FrameTooLarge"},
    {"a map of 4 G pairs", BYTES("\xdf\xff\xff\xff\xff"), "!FrameTooLarge"},
    {"a map of 2 G pairs: 2^32 values", BYTES("\xdf\x80\x00\x00\x00"), "!FrameTooLarge"},
    {"a hostile count inside a good message",
     BYTES("\x94\x00\x01\xa1x\x91\xdf\xff\xff\xff\xff"), "!FrameTooLarge"},

    {"exactly max_elements", BYTES("\xdc\x00\x13\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
     "[22]"},
    {"one more, promised", BYTES("\xdc\x00\x14"), "!FrameTooLarge"},
    {"one more, by a map", BYTES("\xde\x00\x0a"), "!FrameTooLarge"},
    {"one more, nested: told when it is reached",
     BYTES("\x92\x99\0\0\0\0\0\0\0\0\0\x9a\0\0\0\0\0\0\0\0\0\0"), "!FrameTooLarge"},

    {"exactly max_depth", BYTES("\x91\x81\x01\x91\x91\x00"), "[6]"},
    {"one deeper", BYTES("\x91\x91\x91\x91\x91\x00"), "!ProtocolError"},
    {"one deeper, by maps", BYTES("\x81\x00\x81\x00\x81\x00\x81\x00\x81\x00\x00"),
     "!ProtocolError"},
    {"wide is not deep", BYTES("\x93\x91\x91\x00\x91\x91\x00\x91\x91\x00"), "[10]"},
    {"limits count from each frame anew", BYTES("\x91\x91\x91\x91\x00\x91\x91\x91\x91\x00"),
     "[5][5]"},

    {"cut in an array's count", BYTES("\xdd\x00\x00"), "+3"},
    {"cut in a string's length", BYTES("\xdb\x00\x00\x00"), "+4"},
    {"cut in a string", BYTES("\xa5hell"), "+5"},
    {"cut before an extension's type", BYTES("\xc7\x01"), "+2"},
    {"cut in a number", BYTES("\xcf\x00\x00"), "+3"},
    {"cut before the last value", BYTES("\x94\x00\x01\xa1x"), "+5"},
};

/* At once, then in pieces of every size: the same frames, the same end. */
START_TEST(test_stream)
{
    char got[256];

    for (size_t step = streams[_i].n + 1; step > 0; step--) {
        read_all(&small, streams[_i].bytes, streams[_i].n, step, got, sizeof(got));
        ck_assert_msg(strcmp(got, streams[_i].want) == 0, "%s, %zu at once: %s",
                      streams[_i].label, step, got);
    }
}
END_TEST

/* Each beginning of a message is pending, no more and no less. */
START_TEST(test_truncated)
{
    static const unsigned char bytes[] =
        "\x94\x00\xcd\x01\x00\xa8rpc.ping\x91\x81\xd9\x01k\xc4\x02vv";
    const size_t n = sizeof(bytes) - 1;
    char got[64], want[64];

    for (size_t cut = 1; cut < n; cut++) {
        read_all(&small, bytes, cut, cut, got, sizeof(got));
        snprintf(want, sizeof(want), "+%zu", cut);
        ck_assert_str_eq(got, want);
    }
    read_all(&small, bytes, n, n, got, sizeof(got));
    snprintf(want, sizeof(want), "[%zu]", n);
    ck_assert_str_eq(got, want);
}
END_TEST

/* Payloads around and far above the room that a reader offers by itself, each between two
 * small frames, as reads of different sizes bring them. */
static const struct {
    size_t payload;
    size_t step;
} payloads[] = {
    {16 * 1024, SIZE_MAX},   {64 * 1024 - 6, SIZE_MAX},    {64 * 1024, SIZE_MAX},
    {64 * 1024 + 1, 1000},   {256 * 1024, SIZE_MAX},       {256 * 1024 + 1, 4096},
    {1024 * 1024, SIZE_MAX}, {3 * 1024 * 1024, 60 * 1000}, {16 * 1024 * 1024 - 5, SIZE_MAX},
};

START_TEST(test_large_payload)
{
    const struct azb_frame_limits limits = AZB_FRAME_LIMITS_DEFAULT;
    size_t payload = payloads[_i].payload, n = 3 * (1 + 5 + payload);
    unsigned char *bytes = malloc(n), *at = bytes;
    char got[128], want[128];

    ck_assert_ptr_nonnull(bytes);
    for (int frame = 0; frame < 3; frame++) {
        *at++ = 0xc3;
        *at++ = 0xc6;
        for (int shift = 24; shift >= 0; shift -= 8)
            *at++ = (unsigned char)(payload >> shift);
        memset(at, 'a' + frame, payload);
        at += payload;
    }
    read_all(&limits, bytes, n, payloads[_i].step, got, sizeof(got));
    snprintf(want, sizeof(want), "[1][%zu][1][%zu][1][%zu]", payload + 5, payload + 5,
             payload + 5);
    ck_assert_str_eq(got, want);
    free(bytes);
}
END_TEST

START_TEST(test_default_limits)
{
    const struct azb_frame_limits limits = AZB_FRAME_LIMITS_DEFAULT;
    unsigned char deep[AZB_FRAME_MAX_DEPTH + 2];
    char got[64];

    memset(deep, 0x91, sizeof(deep));
    deep[AZB_FRAME_MAX_DEPTH] = 0xc0;
    read_all(&limits, deep, AZB_FRAME_MAX_DEPTH + 1, SIZE_MAX, got, sizeof(got));
    ck_assert_str_eq(got, "[25]");
    deep[AZB_FRAME_MAX_DEPTH] = 0x91;
    read_all(&limits, deep, sizeof(deep), SIZE_MAX, got, sizeof(got));
    ck_assert_str_eq(got, "!ProtocolError");
    read_all(&limits, BYTES("\xc6\x01\x00\x00\x00"), SIZE_MAX, got, sizeof(got));
    ck_assert_str_eq(got, "!FrameTooLarge"); /* 16 MiB and the head */
    read_all(&limits, BYTES("\xdd\x00\x0f\xff\xff"), SIZE_MAX, got, sizeof(got));
    ck_assert_str_eq(got, "+5");
    read_all(&limits, BYTES("\xdd\x00\x10\x00\x00"), SIZE_MAX, got, sizeof(got));
    ck_assert_str_eq(got, "!FrameTooLarge"); /* 2^20 values and their array */
}
END_TEST

/* Limits above what the reader and msgpack-c can follow are brought down. */
START_TEST(test_depth_is_capped)
{
    const struct azb_frame_limits limits = {1024, 1024, 1000};
    unsigned char deep[100];
    char got[64];

    memset(deep, 0x91, sizeof(deep));
    read_all(&limits, deep, sizeof(deep), SIZE_MAX, got, sizeof(got));
    ck_assert_str_eq(got, "!ProtocolError");
}
END_TEST

/*
 * azb_msg_parse
 */
static const struct {
    const char *label;
    const unsigned char *bytes;
    size_t n;
    enum azb_msg_type type;
    uint32_t msgid;
    const char *method; /* NULL: a response */
    size_t n_args;
    bool has_params;
    bool has_error;
} messages[] = {
    {"request", BYTES("\x94\x00\x07\xa1m\x91\x80"), AZB_MSG_REQUEST, 7, "m", 1, true, false},
    {"request without params", BYTES("\x94\x00\x07\xa1m\x90"), AZB_MSG_REQUEST, 7, "m", 0,
     false, false},
    {"request with the map itself", BYTES("\x94\x00\x07\xa1m\x81\xa1k\x01"), AZB_MSG_REQUEST, 7,
     "m", 1, true, false},
    {"the largest id", BYTES("\x94\x00\xce\xff\xff\xff\xff\xa1m\x90"), AZB_MSG_REQUEST,
     UINT32_MAX, "m", 0, false, false},
    {"an id wider than it needs", BYTES("\x94\x00\xcf\0\0\0\0\0\0\0\x07\xa1m\x90"),
     AZB_MSG_REQUEST, 7, "m", 0, false, false},
    {"a type wider than it needs", BYTES("\x94\xd1\x00\x00\x07\xa1m\x90"), AZB_MSG_REQUEST, 7,
     "m", 0, false, false},
    {"an empty method, which nobody knows", BYTES("\x94\x00\x07\xa0\x90"), AZB_MSG_REQUEST, 7,
     "", 0, false, false},
    {"success", BYTES("\x94\x01\x07\xc0\x81\xa1k\x01"), AZB_MSG_RESPONSE, 7, NULL, 0, false,
     false},
    {"failure",
     BYTES("\x94\x01\x07\xa3"
           "bad\xc0"),
     AZB_MSG_RESPONSE, 7, NULL, 0, false, true},
    {"false is an error, too", BYTES("\x94\x01\x07\xc2\xc0"), AZB_MSG_RESPONSE, 7, NULL, 0,
     false, true},
    {"notification", BYTES("\x93\x02\xa5$/end\x91\x07"), AZB_MSG_NOTIFY, 0, "$/end", 1, true,
     false},
    {"notification with three arguments", BYTES("\x93\x02\xa6$/data\x93\x07\x00\xc4\x01x"),
     AZB_MSG_NOTIFY, 0, "$/data", 3, true, false},
    {"notification without any", BYTES("\x93\x02\xa1m\x90"), AZB_MSG_NOTIFY, 0, "m", 0, false,
     false},
};

START_TEST(test_parse)
{
    struct azb_error err = {0};
    struct azb_msg msg;
    msgpack_zone zone;
    bool has_msgid;
    int rc;

    msgpack_zone_init(&zone, 1024);
    rc = azb_msg_parse(messages[_i].bytes, messages[_i].n, &zone, &msg, &has_msgid, &err);
    ck_assert_msg(rc == 0, "%s: %s", messages[_i].label, err.message);
    ck_assert_int_eq(msg.type, messages[_i].type);
    ck_assert_int_eq(has_msgid, messages[_i].type != AZB_MSG_NOTIFY);
    ck_assert_uint_eq(msg.msgid, messages[_i].msgid);
    ck_assert_uint_eq(msg.n_args, messages[_i].n_args);
    ck_assert_int_eq(msg.params != NULL, messages[_i].has_params);
    ck_assert_int_eq(msg.error != NULL, messages[_i].has_error);
    ck_assert_int_eq(msg.result != NULL, messages[_i].type == AZB_MSG_RESPONSE);
    if (messages[_i].method != NULL) {
        ck_assert_uint_eq(msg.method_bytes, strlen(messages[_i].method));
        ck_assert(strncmp(messages[_i].method, msg.method_bytes > 0 ? msg.method : "",
                          msg.method_bytes) == 0);
    }
    msgpack_zone_destroy(&zone);
}
END_TEST

static const struct {
    const char *label;
    const unsigned char *bytes;
    size_t n;
    int msgid; /* -1: the message does not get that far */
} refusals[] = {
    {"a number", BYTES("\x07"), -1},
    {"nil", BYTES("\xc0"), -1},
    {"a string", BYTES("\xa4ping"), -1},
    {"a map", BYTES("\x80"), -1},
    {"an empty array", BYTES("\x90"), -1},
    {"a type alone", BYTES("\x91\x00"), -1},
    {"two elements", BYTES("\x92\x00\x07"), -1},
    {"a type that there is none of", BYTES("\x94\x03\x07\xa1m\x90"), -1},
    {"a negative type", BYTES("\x94\xff\x07\xa1m\x90"), -1},
    {"a type of 2^32", BYTES("\x94\xcf\0\0\0\x01\0\0\0\0\x07\xa1m\x90"), -1},
    {"a string as type", BYTES("\x94\xa1\x30\x07\xa1m\x90"), -1},
    {"false as type", BYTES("\x94\xc2\x07\xa1m\x90"), -1},
    {"a float as type", BYTES("\x94\xca\0\0\0\0\x07\xa1m\x90"), -1},
    {"a request of three", BYTES("\x93\x00\x07\xa1m"), -1},
    {"a request of five", BYTES("\x95\x00\x07\xa1m\x90\xc0"), -1},
    {"a response of three", BYTES("\x93\x01\x07\xc0"), -1},
    {"a notification of four", BYTES("\x94\x02\x07\xa1m\x90"), -1},
    {"a negative id", BYTES("\x94\x00\xff\xa1m\x90"), -1},
    {"an id of 2^32", BYTES("\x94\x00\xcf\0\0\0\x01\0\0\0\0\xa1m\x90"), -1},
    {"an id of 2^64 - 1", BYTES("\x94\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa1m\x90"), -1},
    {"a float as id", BYTES("\x94\x00\xca\x3f\x80\0\0\xa1m\x90"), -1},
    {"a string as id", BYTES("\x94\x00\xa1\x37\xa1m\x90"), -1},
    {"nil as id", BYTES("\x94\x00\xc0\xa1m\x90"), -1},
    {"a response's id", BYTES("\x94\x01\xff\xc0\xc0"), -1},
    {"a number as method", BYTES("\x94\x00\x07\x01\x90"), 7},
    {"nil as method", BYTES("\x94\x00\x07\xc0\x90"), 7},
    {"nil as params", BYTES("\x94\x00\x07\xa1m\xc0"), 7},
    {"a string as params", BYTES("\x94\x00\x07\xa1m\xa1x"), 7},
    {"two params", BYTES("\x94\x00\x07\xa1m\x92\x80\x80"), 7},
    {"one that is no map", BYTES("\x94\x00\x07\xa1m\x91\x01"), 7},
    {"one that is nil", BYTES("\x94\x00\x07\xa1m\x91\xc0"), 7},
    {"an array of an array", BYTES("\x94\x00\x07\xa1m\x91\x91\x80"), 7},
    {"a notification's method", BYTES("\x93\x02\x07\x90"), -1},
    {"a notification's arguments", BYTES("\x93\x02\xa1m\xc0"), -1},
    {"0xc1", BYTES("\xc1"), -1},
};

START_TEST(test_parse_refuses)
{
    struct azb_error err = {0};
    struct azb_msg msg;
    msgpack_zone zone;
    bool has_msgid = true;
    int rc;

    msgpack_zone_init(&zone, 1024);
    rc = azb_msg_parse(refusals[_i].bytes, refusals[_i].n, &zone, &msg, &has_msgid, &err);
    ck_assert_msg(rc == -1, "%s: accepted", refusals[_i].label);
    ck_assert_int_eq(err.what, AZB_ERR_PROTOCOL);
    ck_assert(err.message[0] != '\0');
    ck_assert_msg(has_msgid == (refusals[_i].msgid >= 0), "%s: has an id", refusals[_i].label);
    if (has_msgid)
        ck_assert_int_eq(msg.msgid, refusals[_i].msgid);
    msgpack_zone_destroy(&zone);
}
END_TEST

/* What the writers write is what the reader and the parser take apart. */
START_TEST(test_written_messages)
{
    const struct azb_frame_limits limits = AZB_FRAME_LIMITS_DEFAULT;
    struct azb_error err = {0};
    struct azb_buf buf = {0};
    msgpack_packer pk;
    char got[64];

    azb_buf_packer(&pk, &buf);
    azb_msg_request(&pk, 1, "rpc.ping");
    msgpack_pack_map(&pk, 0);
    ck_assert_uint_eq(buf.len, 14);
    ck_assert_mem_eq(buf.data, "\x94\x00\x01\xa8rpc.ping\x91\x80", 14);
    azb_msg_success(&pk, 300);
    msgpack_pack_true(&pk);
    azb_msg_notify(&pk, "$/credit", 2);
    msgpack_pack_int(&pk, 7);
    msgpack_pack_int(&pk, 4096);
    azb_error_set(&err, AZB_ERR_CANCELLED, "on request");
    azb_msg_failure(&pk, UINT32_MAX, &err);
    ck_assert(!buf.failed);
    read_all(&limits, buf.data, buf.len, 1, got, sizeof(got));
    ck_assert_mem_eq(got, "[14][7][16][", 12);
    ck_assert_ptr_null(strpbrk(got, "+!"));
    azb_buf_clear(&buf);
}
END_TEST

static Suite *frame_suite(void)
{
    Suite *suite = suite_create("frame");
    TCase *tcase = tcase_create("frame");

    UNIT_TABLE(tcase, test_stream, streams);
    UNIT_TABLE(tcase, test_large_payload, payloads);
    UNIT_TABLE(tcase, test_parse, messages);
    UNIT_TABLE(tcase, test_parse_refuses, refusals);
    tcase_add_test(tcase, test_truncated);
    tcase_add_test(tcase, test_default_limits);
    tcase_add_test(tcase, test_depth_is_capped);
    tcase_add_test(tcase, test_written_messages);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(frame_suite)
