/*
 * md5.c: follows RFC 1321, whose names the letters are. A library that has it would take longer
 * to load than most commands run.
 */
#include "client/md5.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_BYTES = 64 * 1024,
};

/* floor(2^32 * |sin(i + 1)|) */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
    0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
    0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
    0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
    0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
    0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
    0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t load(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store(unsigned char *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(x >> 8 * i);
}

/* Sixteen steps: F is mixed from b, c and d, the words are taken in the order of k. */
#define ROUND(first, s0, s1, s2, s3, F, k)                      \
    for (unsigned i = (first); i < (first) + 16; i++) {         \
        static const unsigned char shifts[] = {s0, s1, s2, s3}; \
        uint32_t sum = a + (F) + words[(k) % 16] + sines[i];    \
        uint32_t next = b + rotate(sum, shifts[i % 4]);         \
                                                                \
        a = d, d = c, c = b, b = next;                          \
    }

static void take_block(uint32_t state[4], const unsigned char *block)
{
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t words[16];

    for (int i = 0; i < 16; i++)
        words[i] = load(block + 4 * i);
    ROUND(0, 7, 12, 17, 22, (b & c) | (~b & d), i)
    ROUND(16, 5, 9, 14, 20, (b & d) | (c & ~d), 5 * i + 1)
    ROUND(32, 4, 11, 16, 23, b ^ c ^ d, 3 * i + 5)
    ROUND(48, 6, 10, 15, 21, c ^ (b | ~d), 7 * i)
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void azb_md5_init(struct azb_md5 *md5)
{
    *md5 = (struct azb_md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void azb_md5_update(struct azb_md5 *md5, const void *bytes, size_t n)
{
    const unsigned char *from = bytes;
    size_t used = md5->n_bytes % AZB_MD5_BLOCK;

    md5->n_bytes += n;
    if (used + n >= AZB_MD5_BLOCK && used > 0) {
        memcpy(md5->block + used, from, AZB_MD5_BLOCK - used);
        from += AZB_MD5_BLOCK - used;
        n -= AZB_MD5_BLOCK - used;
        used = 0;
        take_block(md5->state, md5->block);
    }
    for (; n >= AZB_MD5_BLOCK; from += AZB_MD5_BLOCK, n -= AZB_MD5_BLOCK)
        take_block(md5->state, from);
    memcpy(md5->block + used, from, n);
}

void azb_md5_finish(struct azb_md5 *md5, unsigned char ret[AZB_MD5_BYTES])
{
    static const unsigned char padding[AZB_MD5_BLOCK] = {0x80};
    size_t used = md5->n_bytes % AZB_MD5_BLOCK;
    uint64_t n_bits = md5->n_bytes * 8;
    unsigned char length[8];

    store(length, (uint32_t)n_bits);
    store(length + 4, (uint32_t)(n_bits >> 32));
    azb_md5_update(md5, padding, used < 56 ? 56 - used : 120 - used);
    azb_md5_update(md5, length, sizeof(length));
    for (int i = 0; i < 4; i++)
        store(ret + 4 * i, md5->state[i]);
}

int azb_md5_of_file(int fd, unsigned char ret[AZB_MD5_BYTES], struct azb_error *err)
{
    unsigned char bytes[READ_BYTES];
    struct azb_md5 md5;
    ssize_t n;

    azb_md5_init(&md5);
    while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
        if (n < 0 && errno != EINTR)
            return azb_error_set(err, AZB_ERR_LOCAL_IO, "%s", strerror(errno));
        if (n > 0)
            azb_md5_update(&md5, bytes, (size_t)n);
    }
    azb_md5_finish(&md5, ret);
    return 0;
}
