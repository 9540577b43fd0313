/*
 * crc64.c: bits are the coefficients of a polynomial, the lowest bit that of the highest power
 * (so a step to the next power is a shift to the right). A CRC is linear: the table entry of a
 * byte is the xor of those of its bits, and 128 bits may be moved forward over any distance by
 * multiplying with constants, which is what the carry-less multiply is for.
 */
#include "lib/codec/crc64.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

static const uint64_t polynomial = 0x9a6c9329ac4bc9b5;

/* ---- eight bytes at a time, by tables ---- */

/* clang-format off */
/* 256 entries from those of the eight bits of a byte, which are neighbouring powers of x. */
#define ENTRY(i, b0, b1, b2, b3, b4, b5, b6, b7) \
    ((i) & 1 ? b0 : 0) ^ ((i) & 2 ? b1 : 0) ^ ((i) & 4 ? b2 : 0) ^ ((i) & 8 ? b3 : 0) ^ \
    ((i) & 16 ? b4 : 0) ^ ((i) & 32 ? b5 : 0) ^ ((i) & 64 ? b6 : 0) ^ ((i) & 128 ? b7 : 0)
#define ENTRIES_4(i, ...) \
    ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define ENTRIES_16(i, ...) \
    ENTRIES_4(i, __VA_ARGS__), ENTRIES_4(i + 4, __VA_ARGS__), \
    ENTRIES_4(i + 8, __VA_ARGS__), ENTRIES_4(i + 12, __VA_ARGS__)
#define ENTRIES_64(i, ...) \
    ENTRIES_16(i, __VA_ARGS__), ENTRIES_16(i + 16, __VA_ARGS__), \
    ENTRIES_16(i + 32, __VA_ARGS__), ENTRIES_16(i + 48, __VA_ARGS__)
#define TABLE(...) \
    {ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__), \
     ENTRIES_64(128, __VA_ARGS__), ENTRIES_64(192, __VA_ARGS__)}

/* tables[k][i]: what byte i becomes when k more bytes have gone by. */
static const uint64_t tables[8][256] = {
    TABLE(0x7f6ef0c830358979, 0xfedde190606b12f2, 0xc962e5739841b68f, 0xa61cecb46814fe75,
          0x78e0ff3b88be6f81, 0xf1c1fe77117cdf02, 0xd75adabd7a6e2d6f, 0x9a6c9329ac4bc9b5),
    TABLE(0x8776a97d73bddf69, 0x3a3474a9bfec2db9, 0x7468e9537fd85b72, 0xe8d1d2a6ffb0b6e4,
          0xe57a831ea7f6fea3, 0xfe2c206e177a6e2d, 0xc881668f76634f31, 0xa5dbeb4db4510d09),
    TABLE(0xff6e4e1f4e4038be, 0xca05ba6dc417e217, 0xa0d25288d0b85745, 0x757d8342f9e73de1,
          0xeafb0685f3ce7bc2, 0xe12f2b58bf0b64ef, 0xf68770e226815ab5, 0xd9d7c79715952601),
    TABLE(0x8211147cbaf96306, 0x30fb0eaa2d655567, 0x61f61d545acaaace, 0xc3ec3aa8b595559c,
          0xb301530233bd3853, 0x52db80573fede3cd, 0xa5b700ae7fdbc79a, 0x7fb7270fa7201c5f),
    TABLE(0x373d15f784905d1e, 0x6e7a2bef0920ba3c, 0xdcf457de12417478, 0x8d3189ef7c157b9b,
          0x2eba358da0bd645d, 0x5d746b1b417ac8ba, 0xbae8d63682f59174, 0x41088a3e5d7cb183),
    TABLE(0xe9742a79ef04a5d4, 0xe63172a0869ed8c3, 0xf8bbc31255aa22ed, 0xc5aea077f3c3d6b1,
          0xbf8466bcbf103e09, 0x4bd1eb2a26b7ef79, 0x97a3d6544d6fdef2, 0x1b9e8afbc2482e8f),
    TABLE(0xfc5d27f6bf353971, 0xcc6369be26fde189, 0xac1ff52f156c5079, 0x6ce6cc0d724f3399,
          0xd9cd981ae49e6732, 0x8742166691ab5d0f, 0x3a5d0a9e7bc12975, 0x74ba153cf78252ea),
    TABLE(0x21e9761e252621ac, 0x43d2ec3c4a4c4358, 0x87a5d878949886b0, 0x3b9296a271a69e0b,
          0x77252d44e34d3c16, 0xee4a5a89c69a782c, 0xe84d9340d5a36333, 0xe44200d2f3d1550d),
};
/* clang-format on */

/* Without the inversions at both ends. */
static uint64_t fold_by_tables(uint64_t state, const unsigned char *p, size_t n)
{
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;

        memcpy(&word, p, sizeof(word));
        word = le64toh(word) ^ state;
        state = tables[7][word & 0xff] ^ tables[6][word >> 8 & 0xff] ^
                tables[5][word >> 16 & 0xff] ^ tables[4][word >> 24 & 0xff] ^
                tables[3][word >> 32 & 0xff] ^ tables[2][word >> 40 & 0xff] ^
                tables[1][word >> 48 & 0xff] ^ tables[0][word >> 56];
    }
    for (; n > 0; p++, n--)
        state = tables[0][(state ^ *p) & 0xff] ^ state >> 8;
    return state;
}

uint64_t azb_crc64_portable(uint64_t crc, const void *bytes, size_t n)
{
    return ~fold_by_tables(~crc, bytes, n);
}

/* ---- 64 or 128 bytes at a time, by carry-less multiplication ---- */

#ifdef __x86_64__
#include <immintrin.h>

enum {
    LANES = 4, /* independent ones, to keep the multiplier busy */
    LANE_BYTES = 16,
    STRIDE = LANES * LANE_BYTES,
    WIDE_STRIDE = 2 * STRIDE,
};

/* Both halves moved forward, onto what stands there. */
__attribute__((target("pclmul"))) static inline __m128i fold(__m128i x, __m128i by,
                                                             __m128i onto)
{
    return _mm_xor_si128(onto, _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00),
                                             _mm_clmulepi64_si128(x, by, 0x11)));
}

/* n is at least STRIDE. What is left of the lanes is congruent to all that went before: the
 * tables make the remainder of it. */
__attribute__((target("pclmul"))) static uint64_t
fold_by_multiply(uint64_t state, const unsigned char *p, size_t n)
{
    /* x^(d + 63) and x^(d - 1) for a distance of d bits: for the lower and the upper half */
    const __m128i by_512 = _mm_set_epi64x(0x62242240ace5045a, 0x0c32cdb31e18a84a);
    const __m128i by_128 = _mm_set_epi64x(0x21e9761e252621ac, (int64_t)0xeadc41fd2ba3d420);
    __m128i lane[LANES];
    unsigned char rest[LANE_BYTES];

    for (int i = 0; i < LANES; i++, p += LANE_BYTES, n -= LANE_BYTES)
        lane[i] = _mm_loadu_si128((const __m128i *)p);
    lane[0] = _mm_xor_si128(lane[0], _mm_set_epi64x(0, (int64_t)state));
    while (n >= STRIDE)
        for (int i = 0; i < LANES; i++, p += LANE_BYTES, n -= LANE_BYTES)
            lane[i] = fold(lane[i], by_512, _mm_loadu_si128((const __m128i *)p));
    for (int i = 1; i < LANES; i++)
        lane[i] = fold(lane[i - 1], by_128, lane[i]);
    for (; n >= LANE_BYTES; p += LANE_BYTES, n -= LANE_BYTES)
        lane[LANES - 1] = fold(lane[LANES - 1], by_128, _mm_loadu_si128((const __m128i *)p));
    _mm_storeu_si128((__m128i *)rest, lane[LANES - 1]);
    return fold_by_tables(fold_by_tables(0, rest, sizeof(rest)), p, n);
}

/* Two lanes to a register, for processors whose multiplier takes them. */
__attribute__((target("avx2,vpclmulqdq"))) static uint64_t
fold_by_wide_multiply(uint64_t state, const unsigned char *p, size_t n)
{
    const __m256i by_1024 = _mm256_broadcastsi128_si256(
        _mm_set_epi64x(0x5f852fb61e8d92dc, (int64_t)0xa1ca681e733f9c40));
    __m256i lanes[LANES];
    unsigned char rest[WIDE_STRIDE];

    for (int i = 0; i < LANES; i++, p += 2 * LANE_BYTES, n -= 2 * LANE_BYTES)
        lanes[i] = _mm256_loadu_si256((const __m256i *)p);
    lanes[0] = _mm256_xor_si256(lanes[0], _mm256_set_epi64x(0, 0, 0, (int64_t)state));
    while (n >= WIDE_STRIDE)
        for (int i = 0; i < LANES; i++, p += 2 * LANE_BYTES, n -= 2 * LANE_BYTES)
            lanes[i] = _mm256_xor_si256(
                _mm256_loadu_si256((const __m256i *)p),
                _mm256_xor_si256(_mm256_clmulepi64_epi128(lanes[i], by_1024, 0x00),
                                 _mm256_clmulepi64_epi128(lanes[i], by_1024, 0x11)));
    for (int i = 0; i < LANES; i++)
        _mm256_storeu_si256((__m256i *)rest + i, lanes[i]);
    state = fold_by_multiply(0, rest, sizeof(rest));
    return n >= STRIDE ? fold_by_multiply(state, p, n) : fold_by_tables(state, p, n);
}

static uint64_t fold_all(uint64_t state, const unsigned char *p, size_t n)
{
    if (n >= WIDE_STRIDE && __builtin_cpu_supports("vpclmulqdq") &&
        __builtin_cpu_supports("avx2"))
        return fold_by_wide_multiply(state, p, n);
    if (n >= STRIDE && __builtin_cpu_supports("pclmul"))
        return fold_by_multiply(state, p, n);
    return fold_by_tables(state, p, n);
}
#else
static uint64_t fold_all(uint64_t state, const unsigned char *p, size_t n)
{
    return fold_by_tables(state, p, n);
}
#endif

uint64_t azb_crc64(uint64_t crc, const void *bytes, size_t n)
{
    return ~fold_all(~crc, bytes, n);
}

void azb_crc64_bytes(uint64_t crc, unsigned char ret[AZB_CRC64_BYTES])
{
    for (int i = 0; i < AZB_CRC64_BYTES; i++)
        ret[i] = (unsigned char)(crc >> (8 * i));
}

/* ---- one behind the other ---- */

/* a * b modulo the polynomial; the top bit is x^0. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product = 0;

    for (; a != 0; a <<= 1) {
        if (a >> 63)
            product ^= b;
        b = b >> 1 ^ (b & 1 ? polynomial : 0);
    }
    return product;
}

uint64_t azb_crc64_combine(uint64_t a, uint64_t b, uint64_t b_bytes)
{
    uint64_t power = (uint64_t)1 << (63 - 8); /* x^8: over one byte; then squared */

    for (; a != 0 && b_bytes > 0; b_bytes >>= 1) {
        if (b_bytes & 1)
            a = multiply(power, a);
        power = multiply(power, power);
    }
    return a ^ b;
}

uint64_t azb_crc64_zeros(uint64_t n)
{
    return azb_crc64_combine(~(uint64_t)0, ~(uint64_t)0, n); /* the initial state, moved on */
}
