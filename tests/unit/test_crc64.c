/*
 * test_crc64.c: CRC-64/NVME against known values and against the definition, bit by bit.
 */
#include "lib/codec/crc64.h"

#include <string.h>

#include "tests/unit/unit.h"

typedef uint64_t crc64_fn(uint64_t crc, const void *bytes, size_t n);

static crc64_fn *const implementations[] = {azb_crc64, azb_crc64_portable};

static uint64_t by_definition(uint64_t crc, const unsigned char *bytes, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x9a6c9329ac4bc9b5 : crc >> 1;
    }
    return ~crc;
}

static void fill(unsigned char *bytes, size_t n)
{
    uint32_t state = 1;

    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(state >> 24);
    }
}

static const struct {
    const char *text;
    uint64_t crc;
} known[] = {
    {"", 0},
    {"123456789", 0xae8b14860a799888},
    {"hello world", 0x8d29d5c3f6ea8ebe},
};

START_TEST(test_known)
{
    for (size_t i = 0; i < N_ELEMENTS(implementations); i++)
        ck_assert_uint_eq(implementations[i](0, known[_i].text, strlen(known[_i].text)),
                          known[_i].crc);
}
END_TEST

/* Every length around the strides, at every alignment, from nothing and from a prefix. */
START_TEST(test_lengths)
{
    unsigned char bytes[320];

    fill(bytes, sizeof(bytes));
    for (size_t at = 0; at < 17; at++)
        for (size_t n = 0; n <= 300; n++) {
            uint64_t before = at * 0x123456789abcdef;

            ck_assert_uint_eq(implementations[_i](before, bytes + at, n),
                              by_definition(before, bytes + at, n));
        }
}
END_TEST

START_TEST(test_pieces)
{
    unsigned char bytes[1000];
    uint64_t whole;

    fill(bytes, sizeof(bytes));
    whole = by_definition(0, bytes, sizeof(bytes));
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        uint64_t a = azb_crc64(0, bytes, cut);
        uint64_t b = azb_crc64(0, bytes + cut, sizeof(bytes) - cut);

        ck_assert_uint_eq(azb_crc64(a, bytes + cut, sizeof(bytes) - cut), whole);
        ck_assert_uint_eq(azb_crc64_combine(a, b, sizeof(bytes) - cut), whole);
    }
}
END_TEST

/* A length beyond 32 bits: 5 GiB of zeros, put together from their halves. */
START_TEST(test_combine_long)
{
    static const unsigned char zeros[1 << 20];
    uint64_t mib = azb_crc64(0, zeros, sizeof(zeros)), by_doubling = mib, one_by_one = 0;
    uint64_t n = sizeof(zeros);

    for (; n < (uint64_t)4 << 30; n *= 2)
        by_doubling = azb_crc64_combine(by_doubling, by_doubling, n);
    for (uint64_t i = 0; i < n; i += sizeof(zeros))
        one_by_one = azb_crc64_combine(one_by_one, mib, sizeof(zeros));
    ck_assert_uint_eq(by_doubling, one_by_one);
    ck_assert_uint_eq(azb_crc64_zeros(n), one_by_one);
    ck_assert_uint_eq(azb_crc64_zeros(1), azb_crc64(0, zeros, 1));
    ck_assert_uint_eq(azb_crc64_zeros(0), 0);
    ck_assert_uint_eq(azb_crc64_combine(mib, by_doubling, n),
                      azb_crc64_combine(by_doubling, mib, sizeof(zeros)));
}
END_TEST

static Suite *crc64_suite(void)
{
    Suite *suite = suite_create("crc64");
    TCase *tc = tcase_create("crc64");

    UNIT_TABLE(tc, test_known, known);
    UNIT_TABLE(tc, test_lengths, implementations);
    tcase_add_test(tc, test_pieces);
    tcase_add_test(tc, test_combine_long);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(crc64_suite)
