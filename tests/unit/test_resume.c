/*
 * test_resume.c: the state that a download leaves in its file, read back, and damaged.
 */
#include "lib/stream/resume.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/codec/crc64.h"
#include "tests/unit/unit.h"

enum { BASE = 10, BYTES = 25, CHUNK = 10, N_CHUNKS = 3 };

static const char data[BYTES + 1] = "abcdefghijklmnopqrstuvwxy";

/* A file with all data in it and chunks 0 and 2 marked. */
static struct azb_resume left_behind(void)
{
    struct azb_resume resume = {.fd = memfd_create("resume", MFD_CLOEXEC),
                                .base = BASE,
                                .offset = 100,
                                .bytes = BYTES,
                                .total = 1000,
                                .chunk_bytes = CHUNK,
                                .etag = "\"0x1\""};

    ck_assert_int_eq(pwrite(resume.fd, data, BYTES, BASE), BYTES);
    ck_assert_int_eq(azb_resume_create(&resume), 0);
    ck_assert_int_eq(azb_resume_mark(&resume, 0, azb_crc64(0, data, CHUNK)), 0);
    ck_assert_int_eq(azb_resume_mark(&resume, 2, azb_crc64(0, data + 20, 5)), 0);
    return resume;
}

static struct azb_resume reopened(const struct azb_resume *left)
{
    return (struct azb_resume){.fd = left->fd, .base = left->base};
}

static off_t file_bytes(const struct azb_resume *resume)
{
    struct stat st;

    ck_assert_int_eq(fstat(resume->fd, &st), 0);
    return st.st_size;
}

START_TEST(test_round_trip)
{
    struct azb_resume left = left_behind(), again = reopened(&left);
    uint64_t crc;

    ck_assert(azb_resume_load(&again));
    ck_assert_uint_eq(again.offset, 100);
    ck_assert_uint_eq(again.bytes, BYTES);
    ck_assert_uint_eq(again.total, 1000);
    ck_assert_uint_eq(azb_resume_n_chunks(&again), N_CHUNKS);
    ck_assert_uint_eq(azb_resume_bytes_of(&again, 1), CHUNK);
    ck_assert_uint_eq(azb_resume_bytes_of(&again, 2), 5);
    ck_assert_str_eq(again.etag, "\"0x1\"");
    ck_assert(azb_resume_verify(&again, 0, &crc));
    ck_assert_uint_eq(crc, azb_crc64(0, data, CHUNK));
    ck_assert(!azb_resume_verify(&again, 1, &crc));
    ck_assert(azb_resume_verify(&again, 2, &crc));
    ck_assert_int_eq(azb_resume_complete(&again), 0);
    ck_assert_int_eq(file_bytes(&again), BASE + BYTES);
    ck_assert(!azb_resume_load(&again));
    close(left.fd);
}
END_TEST

/* Each byte of the tail, and each possible end of the file. */
START_TEST(test_damaged_tail)
{
    struct azb_resume left = left_behind(), again = reopened(&left);
    off_t end = file_bytes(&left);

    for (off_t at = BASE + BYTES + N_CHUNKS * 16; at < end; at++) {
        unsigned char byte, other;

        ck_assert_int_eq(pread(left.fd, &byte, 1, at), 1);
        other = byte ^ 0x41;
        ck_assert_int_eq(pwrite(left.fd, &other, 1, at), 1);
        ck_assert_msg(!azb_resume_load(&again), "byte %ld", (long)at);
        ck_assert_int_eq(pwrite(left.fd, &byte, 1, at), 1);
    }
    ck_assert(azb_resume_load(&again));
    for (off_t cut = end - 1; cut >= 0; cut--) {
        ck_assert_int_eq(ftruncate(left.fd, cut), 0);
        ck_assert_msg(!azb_resume_load(&again), "cut at %ld", (long)cut);
    }
    close(left.fd);
}
END_TEST

/* A tail with a right checksum whose numbers are made up. */
static const struct {
    const char *label;
    uint64_t offset, bytes, total, chunk_bytes;
    const char *etag;
} made_up[] = {
    {"no chunk size", 0, BYTES, 1000, 0, "e"},
    {"another chunk size", 0, BYTES, 1000, 1, "e"},
    {"more than the file has", 0, 1 << 30, 1 << 30, CHUNK, "e"},
    {"more than any file has", 0, UINT64_MAX, UINT64_MAX, CHUNK, "e"},
    {"more than the blob has", 0, BYTES, 5, CHUNK, "e"},
    {"behind the blob's end", 1000, BYTES, 1000, CHUNK, "e"},
    {"far behind it", UINT64_MAX - 3, BYTES, 1000, CHUNK, "e"},
    {"no version", 0, BYTES, 1000, CHUNK, ""},
};

START_TEST(test_made_up)
{
    struct azb_resume left = left_behind(), again = reopened(&left), lie = left;
    unsigned char tail[8 * 4 + AZB_RESUME_MAX_ETAG + 16] = {0};
    uint64_t crc;

    lie.offset = made_up[_i].offset, lie.bytes = made_up[_i].bytes;
    lie.total = made_up[_i].total, lie.chunk_bytes = made_up[_i].chunk_bytes;
    memcpy(tail, &lie.offset, 8);
    memcpy(tail + 8, &lie.bytes, 8);
    memcpy(tail + 16, &lie.total, 8);
    memcpy(tail + 24, &lie.chunk_bytes, 8);
    memcpy(tail + 32, made_up[_i].etag, strlen(made_up[_i].etag));
    crc = azb_crc64(0, tail, sizeof(tail) - 16);
    memcpy(tail + sizeof(tail) - 16, &crc, 8);
    memcpy(tail + sizeof(tail) - 8, "azblobd1", 8);
    ck_assert_int_eq(
        pwrite(left.fd, tail, sizeof(tail), file_bytes(&left) - (off_t)sizeof(tail)),
        sizeof(tail));
    ck_assert_msg(!azb_resume_load(&again), "%s", made_up[_i].label);
    close(left.fd);
}
END_TEST

/* What is marked but has not reached the disk is not there. */
START_TEST(test_damaged_data)
{
    struct azb_resume left = left_behind();
    uint64_t crc;

    for (off_t at = BASE; at < BASE + CHUNK; at++) {
        ck_assert_int_eq(pwrite(left.fd, "", 1, at), 1);
        ck_assert(!azb_resume_verify(&left, 0, &crc));
        ck_assert_int_eq(pwrite(left.fd, data + at - BASE, 1, at), 1);
    }
    ck_assert(azb_resume_verify(&left, 0, &crc));
    close(left.fd);
}
END_TEST

static Suite *resume_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *tc = tcase_create("resume");

    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_damaged_tail);
    UNIT_TABLE(tc, test_made_up, made_up);
    tcase_add_test(tc, test_damaged_data);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(resume_suite)
