/*
 * crc64.h: CRC-64/NVME, the service's second checksum: reflected polynomial 0x9A6C9329AC4BC9B5,
 * initial value and final xor all ones. On the wire its 8 bytes stand little-endian.
 */
#ifndef AZB_LIB_CODEC_CRC64_H
#define AZB_LIB_CODEC_CRC64_H

#include <stddef.h>
#include <stdint.h>

enum {
    AZB_CRC64_BYTES = 8,
};

/* The CRC of what crc covers (0: nothing yet) with n bytes behind it. */
uint64_t azb_crc64(uint64_t crc, const void *bytes, size_t n);

/* The same without the processor's carry-less multiply; azb_crc64() uses it where there is
 * none. */
uint64_t azb_crc64_portable(uint64_t crc, const void *bytes, size_t n);

/* As it stands on the wire. */
void azb_crc64_bytes(uint64_t crc, unsigned char ret[AZB_CRC64_BYTES]);

/* The CRC of two pieces, one behind the other, from that of each and the second one's length.
 */
uint64_t azb_crc64_combine(uint64_t a, uint64_t b, uint64_t b_bytes);

/* The CRC of n zeros, without going through them. */
uint64_t azb_crc64_zeros(uint64_t n);

#endif
