/*
 * test_avro.c: answers of queries, whole and broken. What a file means is the same however it
 * is cut: each goes in whole, in pieces, and byte by byte.
 */
#include "lib/codec/avro.h"

#include <string.h>

#include "proto/buf.h"
#include "tests/unit/avro_file.h"
#include "tests/unit/unit.h"

#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":\"" type "\"}"
#define RECORD(name, fields) \
    "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define HEADER_WITH(schema) AVRO_MAGIC "1 'avro.schema' '" schema "' 0 % "
#define DATA RECORD("resultData", FIELD("data", "bytes"))
#define END RECORD("end", FIELD("totalBytes", "long"))
#define END_BLOCK "[1: 3 16]"

/* ---- what comes out, as text ---- */

/* "data(1,a)error(0 Name Description 10)progress(1/2)end(2)"; data in one piece however it came
 */
struct transcript {
    struct azb_buf text;
    bool is_in_data;
};

static void transcript_close(struct transcript *transcript)
{
    if (transcript->is_in_data)
        azb_buf_puts(&transcript->text, ")");
    transcript->is_in_data = false;
}

static int on_data(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    struct transcript *transcript = arg;

    (void)err;
    if (!transcript->is_in_data)
        azb_buf_puts(&transcript->text, "data(");
    transcript->is_in_data = true;
    azb_buf_append(&transcript->text, bytes, n);
    return 0;
}

static int on_error(const struct azb_avro_error *error, void *arg, struct azb_error *err)
{
    struct transcript *transcript = arg;

    (void)err;
    transcript_close(transcript);
    azb_buf_printf(&transcript->text, "error(%d %s|%s|%lld)", error->is_fatal, error->name,
                   error->description, (long long)error->position);
    return 0;
}

static int on_progress(int64_t bytes_scanned, int64_t total_bytes, void *arg,
                       struct azb_error *err)
{
    struct transcript *transcript = arg;

    (void)err;
    transcript_close(transcript);
    azb_buf_printf(&transcript->text, "progress(%lld/%lld)", (long long)bytes_scanned,
                   (long long)total_bytes);
    return 0;
}

static int on_end(int64_t total_bytes, void *arg, struct azb_error *err)
{
    struct transcript *transcript = arg;

    (void)err;
    transcript_close(transcript);
    azb_buf_printf(&transcript->text, "end(%lld)", (long long)total_bytes);
    return 0;
}

static const struct azb_avro_events events = {on_data, on_error, on_progress, on_end};

/* Push n bytes in pieces, then the end. */
static int read_pieces(const unsigned char *bytes, size_t n, size_t piece,
                       struct transcript *transcript, struct azb_error *err)
{
    struct azb_avro *avro = azb_avro_new(&events, transcript);
    int rc = 0;

    ck_assert_ptr_nonnull(avro);
    for (size_t at = 0; rc == 0 && at < n; at += piece) {
        size_t n_now = n - at < piece ? n - at : piece;
        unsigned char *copy = malloc(n_now); /* its own size, so that a checker sees the end */

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, bytes + at, n_now);
        rc = azb_avro_push(avro, copy, n_now, err);
        free(copy);
    }
    if (rc == 0)
        rc = azb_avro_end(avro, err);
    azb_avro_free(avro);
    return rc;
}

static const size_t pieces[] = {SIZE_MAX / 2, 1, 2, 7, 64};

/* ---- files that are right ---- */

static const struct {
    const char *label;
    const char *file;
    const char *want;
} files[] = {
    {"two records a block, a codec",
     AVRO_MAGIC "2 'avro.schema' @ 'avro.codec' 'null' 0 % "
                "[2: 0 '1,a 2,b ' 1 <00> 'ParseError' 'bad row' 10] [2: 2 16 16 3 16]",
     "data(1,a 2,b )error(0 ParseError|bad row|10)progress(16/16)end(16)"},
    {"one record a block", AVRO_HEADER "[1: 0 'abc'] [1: 0 'def'] [1: 2 1000 2000]" END_BLOCK,
     "data(abcdef)progress(1000/2000)end(16)"},
    {"nothing found", AVRO_HEADER END_BLOCK, "end(16)"},
    {"empty data and texts", AVRO_HEADER "[2: 0 '' 1 <01> '' '' 0]" END_BLOCK,
     "error(1 ||0)end(16)"},
    {"a fatal error in the middle",
     AVRO_HEADER "[3: 0 'a' 1 <01> 'InternalError' 'Parsing ended.' 0 0 'b']" END_BLOCK,
     "data(a)error(1 InternalError|Parsing ended.|0)data(b)end(16)"},
    {"numbers of any size",
     AVRO_HEADER "[1: 1 <00> 'n' 'd' -9223372036854775808]"
                 "[1: 2 4294967296 9223372036854775807] [1: 3 -1]",
     "error(0 n|d|-9223372036854775808)progress(4294967296/9223372036854775807)end(-1)"},
    {"texts that are not ASCII", AVRO_HEADER "[1: 1 <00> 'Zeile' 'ungültig: ✗' 3]" END_BLOCK,
     "error(0 Zeile|ungültig: ✗|3)end(16)"},
    {"other metadata, in two parts of the header",
     AVRO_MAGIC "1 'who' 'somebody' 2 'avro.schema' @ 'avro.codec' 'null' 0 % " END_BLOCK,
     "end(16)"},
    {"a part of the header with its size, and one without",
     AVRO_MAGIC "-2 11 'ab' 'c' 'de' 'fg' 1 'avro.schema' @ 0 % " END_BLOCK, "end(16)"},
    {"a block without records", AVRO_HEADER "[0:] [1: 0 'a'] [0:]" END_BLOCK, "data(a)end(16)"},
    {"records in another order", HEADER_WITH("[" END "," DATA "]") "[2: 1 'abc' 0 7]",
     "data(abc)end(7)"},
    {"fields in another order",
     HEADER_WITH("[" RECORD(
         "x.error",
         FIELD("position", "long") "," FIELD("description", "string") "," FIELD(
             "name", "string") "," FIELD("fatal", "boolean")) "," END
                                                              "]") "[2: 0 5 'd' 'n' <01> 1 7]",
     "error(1 n|d|5)end(7)"},
    {"records and fields that we do not know",
     HEADER_WITH("[" RECORD("new", FIELD("a", "bytes") "," FIELD("b", "int")) "," RECORD(
         "resultData",
         FIELD("row", "long") "," FIELD("data", "bytes") "," FIELD(
             "x", "string")) "," RECORD("empty", "") "," END
                                                     "]") "[5: 0 'abc' -2147483648 1 5 'data' "
                                                          "'x' 2 1 6 'more' '' 3 7]",
     "data(datamore)end(7)"},
    {"a long piece of data", AVRO_HEADER "[1: 0 'ab'*20]" END_BLOCK,
     "data(abababababababababababababababababababab)end(16)"},
};

START_TEST(test_file)
{
    struct azb_buf file = {0};

    avro_file_write(files[_i].file, &file);
    for (size_t i = 0; i < N_ELEMENTS(pieces); i++) {
        struct transcript got = {0};
        struct azb_error err = {0};
        int rc = read_pieces(file.data, file.len, pieces[i], &got, &err);

        ck_assert_msg(rc == 0, "%s, pieces of %zu: %s", files[_i].label, pieces[i],
                      err.message);
        ck_assert_msg(strcmp(azb_buf_cstr(&got.text), files[_i].want) == 0,
                      "%s, pieces of %zu: %s", files[_i].label, pieces[i],
                      azb_buf_cstr(&got.text));
        azb_buf_clear(&got.text);
    }
    azb_buf_clear(&file);
}
END_TEST

/* Cut anywhere, none of them is whole. */
START_TEST(test_cut)
{
    struct azb_buf file = {0};

    avro_file_write(files[_i].file, &file);
    for (size_t n = 0; n < file.len; n++) {
        struct transcript got = {0};
        struct azb_error err = {0};

        ck_assert_msg(read_pieces(file.data, n, 64, &got, &err) < 0, "%s: %zu bytes are enough",
                      files[_i].label, n);
        ck_assert_msg(err.what == AZB_ERR_SHORT_BODY, "%s: %zu bytes: %s", files[_i].label, n,
                      err.message);
        azb_buf_clear(&got.text);
    }
    azb_buf_clear(&file);
}
END_TEST

/* ---- files that are wrong ---- */

static const struct {
    const char *label;
    const char *file;
    enum azb_err want;
} hostile[] = {
    {"nothing", "", AZB_ERR_SHORT_BODY},
    {"no end record", AVRO_HEADER "[1: 0 'abc']", AZB_ERR_SHORT_BODY},
    {"an error page", "<3c68746d6c3e>", AZB_ERR_BAD_RESPONSE},
    {"another version", "<4f626a02>", AZB_ERR_BAD_RESPONSE},

    {"no schema", AVRO_MAGIC "0 % " END_BLOCK, AZB_ERR_BAD_RESPONSE},
    {"two schemas", AVRO_MAGIC "2 'avro.schema' @ 'avro.schema' @ 0 %", AZB_ERR_BAD_RESPONSE},
    {"a codec", AVRO_MAGIC "1 'avro.codec' 'deflate'", AZB_ERR_BAD_RESPONSE},
    {"a key of 2^62 bytes", AVRO_MAGIC "1 4611686018427387904", AZB_ERR_BAD_RESPONSE},
    {"a long key", AVRO_MAGIC "1 257", AZB_ERR_BAD_RESPONSE},
    {"a negative key", AVRO_MAGIC "1 -1", AZB_ERR_BAD_RESPONSE},
    {"a value of 2^62 bytes", AVRO_MAGIC "1 'a' 4611686018427387904", AZB_ERR_BAD_RESPONSE},
    {"a value beyond the header", AVRO_MAGIC "1 'a' 262144", AZB_ERR_BAD_RESPONSE},
    {"a negative value", AVRO_MAGIC "1 'a' -5", AZB_ERR_BAD_RESPONSE},
    {"2^63 pairs", AVRO_MAGIC "-9223372036854775808", AZB_ERR_BAD_RESPONSE},
    {"2^40 pairs", AVRO_MAGIC "1099511627776", AZB_ERR_BAD_RESPONSE},
    {"a part of 2^40 bytes", AVRO_MAGIC "-1 1099511627776", AZB_ERR_BAD_RESPONSE},
    {"a part with a negative size", AVRO_MAGIC "-1 -5", AZB_ERR_BAD_RESPONSE},
    {"a part that is shorter than it says", AVRO_MAGIC "-1 6 'ab' 'c'", AZB_ERR_BAD_RESPONSE},
    {"a part that is longer than it says", AVRO_MAGIC "-1 4 'ab' 'c'", AZB_ERR_BAD_RESPONSE},
    {"a part that ends within a number", AVRO_MAGIC "-1 3 'ab' <80>", AZB_ERR_BAD_RESPONSE},
    {"a header without end", AVRO_MAGIC "1 'a' 'x'*131072 1 'a' 'x'*131072",
     AZB_ERR_BAD_RESPONSE},

    {"a schema that is no JSON", HEADER_WITH("[{"), AZB_ERR_BAD_RESPONSE},
    {"an empty schema", HEADER_WITH(""), AZB_ERR_BAD_RESPONSE},
    {"a schema without records", HEADER_WITH("[]"), AZB_ERR_BAD_RESPONSE},
    {"a schema that is one record", HEADER_WITH(END), AZB_ERR_BAD_RESPONSE},
    {"a union of plain types", HEADER_WITH("[\"bytes\"]"), AZB_ERR_BAD_RESPONSE},
    {"an array in the union", HEADER_WITH("[{\"type\":\"array\",\"name\":\"a\"}]"),
     AZB_ERR_BAD_RESPONSE},
    {"a record without fields", HEADER_WITH("[{\"type\":\"record\",\"name\":\"a\"}]"),
     AZB_ERR_BAD_RESPONSE},
    {"a field of another record", HEADER_WITH("[" RECORD("a", FIELD("b", "c")) "]"),
     AZB_ERR_BAD_RESPONSE},
    {"a field without a name",
     HEADER_WITH("[{\"type\":\"record\",\"name\":\"a\",\"fields\":[{\"type\":\"long\"}]}]"),
     AZB_ERR_BAD_RESPONSE},
    {"data that is no bytes", HEADER_WITH("[" RECORD("resultData", FIELD("data", "long")) "]"),
     AZB_ERR_BAD_RESPONSE},
    {"data that is missing", HEADER_WITH("[" RECORD("resultData", FIELD("date", "bytes")) "]"),
     AZB_ERR_BAD_RESPONSE},
    {"data twice",
     HEADER_WITH(
         "[" RECORD("resultData", FIELD("data", "bytes") "," FIELD("data", "bytes")) "]"),
     AZB_ERR_BAD_RESPONSE},
    {"17 records",
     HEADER_WITH("[" DATA "," DATA "," DATA "," DATA "," DATA "," DATA "," DATA "," DATA
                 "," DATA "," DATA "," DATA "," DATA "," DATA "," DATA "," DATA "," DATA
                 "," DATA "]"),
     AZB_ERR_BAD_RESPONSE},

    {"a block of -1 records", AVRO_HEADER "[-1: 3 16]", AZB_ERR_BAD_RESPONSE},
    {"a block of -1 bytes", AVRO_HEADER "1 -1", AZB_ERR_BAD_RESPONSE},
    {"a block of 2^62 bytes", AVRO_HEADER "1 4611686018427387904", AZB_ERR_BAD_RESPONSE},
    {"2^62 records", AVRO_HEADER "4611686018427387904", AZB_ERR_BAD_RESPONSE},
    {"more records than there are", AVRO_HEADER "[2: 3 16]", AZB_ERR_BAD_RESPONSE},
    {"fewer records than there are", AVRO_HEADER "[1: 0 'a' 3 16]", AZB_ERR_BAD_RESPONSE},
    {"no records, but bytes", AVRO_HEADER "[0: 3 16]", AZB_ERR_BAD_RESPONSE},
    {"another sync marker", AVRO_HEADER "1 2 3 16 <000102030405060708090a0b0c0d0eff>",
     AZB_ERR_BAD_RESPONSE},
    {"no sync marker", AVRO_HEADER "1 4 0 'ab' 1 2 3 16 % ", AZB_ERR_BAD_RESPONSE},
    {"branch 4 of 4", AVRO_HEADER "[1: 4 16]", AZB_ERR_BAD_RESPONSE},
    {"branch -1", AVRO_HEADER "[1: -1 16]", AZB_ERR_BAD_RESPONSE},
    {"branch 2^62", AVRO_HEADER "[1: 4611686018427387904]", AZB_ERR_BAD_RESPONSE},
    {"data of 2^62 bytes", AVRO_HEADER "[1: 0 4611686018427387904]", AZB_ERR_BAD_RESPONSE},
    {"data of -1 bytes", AVRO_HEADER "[1: 0 -1]", AZB_ERR_BAD_RESPONSE},
    {"data beyond its block", AVRO_HEADER "1 4 0 'abc' % ", AZB_ERR_BAD_RESPONSE},
    {"a number beyond its block", AVRO_HEADER "1 1 3 16 % ", AZB_ERR_BAD_RESPONSE},
    {"a number of 65 bits", AVRO_HEADER "[1: 3 <ffffffffffffffffff02>]", AZB_ERR_BAD_RESPONSE},
    {"a number of 11 bytes", AVRO_HEADER "[1: 3 <8080808080808080808000>]",
     AZB_ERR_BAD_RESPONSE},
    {"an int of 33 bits",
     HEADER_WITH("[" RECORD("a", FIELD("b", "int")) "]") "[1: 0 2147483648]",
     AZB_ERR_BAD_RESPONSE},
    {"a boolean of 2", AVRO_HEADER "[1: 1 <02> 'n' 'd' 0]", AZB_ERR_BAD_RESPONSE},
    {"a name of 8193 bytes", AVRO_HEADER "[1: 1 <00> 'n'*8193 'd' 0]", AZB_ERR_BAD_RESPONSE},
    {"a name that is no UTF-8", AVRO_HEADER "[1: 1 <00> 2 <c328> 'd' 0]", AZB_ERR_BAD_RESPONSE},
    {"a NUL in a name", AVRO_HEADER "[1: 1 <00> 2 <4100> 'd' 0]", AZB_ERR_BAD_RESPONSE},
    {"data behind the end", AVRO_HEADER END_BLOCK "[1: 0 'a']", AZB_ERR_BAD_RESPONSE},
    {"two ends", AVRO_HEADER "[2: 3 16 3 16]", AZB_ERR_BAD_RESPONSE},
    {"a byte behind the end", AVRO_HEADER END_BLOCK "<80>", AZB_ERR_SHORT_BODY},
};

START_TEST(test_hostile)
{
    struct azb_buf file = {0};

    avro_file_write(hostile[_i].file, &file);
    for (size_t i = 0; i < N_ELEMENTS(pieces); i++) {
        struct transcript got = {0};
        struct azb_error err = {0};
        int rc = read_pieces(file.data, file.len, pieces[i], &got, &err);

        ck_assert_msg(rc < 0 && err.what == hostile[_i].want, "%s, pieces of %zu: %d, %s",
                      hostile[_i].label, pieces[i], rc, err.message);
        azb_buf_clear(&got.text);
    }
    azb_buf_clear(&file);
}
END_TEST

/* ---- events that fail ---- */

static int refuse_data(const void *bytes, size_t n, void *arg, struct azb_error *err)
{
    (void)bytes, (void)n;
    ++*(unsigned *)arg;
    return azb_error_set(err, AZB_ERR_TOO_LARGE, "enough");
}

START_TEST(test_event_refuses)
{
    static const struct azb_avro_events refusing = {.data = refuse_data};
    struct azb_buf file = {0};
    struct azb_error err = {0};
    unsigned n_calls = 0;
    struct azb_avro *avro = azb_avro_new(&refusing, &n_calls);

    avro_file_write(AVRO_HEADER "[2: 0 'abc' 0 'def']", &file);
    ck_assert_ptr_nonnull(avro);
    ck_assert_int_lt(azb_avro_push(avro, file.data, file.len, &err), 0);
    ck_assert_int_eq(err.what, AZB_ERR_TOO_LARGE);
    ck_assert_uint_eq(n_calls, 1);
    azb_avro_free(avro);
    azb_avro_free(NULL);
    azb_buf_clear(&file);
}
END_TEST

static Suite *avro_suite(void)
{
    Suite *suite = suite_create("avro");
    TCase *tcase = tcase_create("avro");

    UNIT_TABLE(tcase, test_file, files);
    UNIT_TABLE(tcase, test_cut, files);
    UNIT_TABLE(tcase, test_hostile, hostile);
    tcase_add_test(tcase, test_event_refuses);
    suite_add_tcase(suite, tcase);
    return suite;
}

UNIT_MAIN(avro_suite)
