/*
 * time.h: the two texts that a time has: RFC 1123 in HTTP headers and listings, RFC 3339 in
 * RPC values and XML bodies. Always UTC, never the locale.
 */
#ifndef AZB_LIB_CODEC_TIME_H
#define AZB_LIB_CODEC_TIME_H

#include <stddef.h>
#include <stdint.h>

enum {
    AZB_RFC1123_CHARS = 29, /* "Tue, 01 Jan 2030 00:00:00 GMT" */
    AZB_RFC3339_CHARS = 20, /* "2030-01-01T00:00:00Z" */
};

/* Years 0 to 9999; ret gets the text and a NUL. */
void azb_time_to_rfc1123(int64_t unix_s, char ret[AZB_RFC1123_CHARS + 1]);
void azb_time_to_rfc3339(int64_t unix_s, char ret[AZB_RFC3339_CHARS + 1]);

/* "Tue, 01 Jan 2030 00:00:00 GMT"; the weekday is not checked. Returns 0 or -1. */
int azb_time_from_rfc1123(const char *text, size_t n, int64_t *ret_unix_s);

/*
 * "2030-01-01T00:00:00Z", also with a fraction (cut off), with an offset ("+01:00"), with a
 * space or lower-case letters as RFC 3339 allows, without seconds, or only a date. Returns 0 or
 * -1.
 */
int azb_time_from_rfc3339(const char *text, size_t n, int64_t *ret_unix_s);

#endif
