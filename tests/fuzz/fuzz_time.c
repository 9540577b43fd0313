/*
 * fuzz_time.c: texts into both time readers. What one of them accepts can be written, and
 * reads as the same time again.
 */
#include "lib/codec/time.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_round_trip(int64_t unix_s)
{
    char rfc1123[AZB_RFC1123_CHARS + 1], rfc3339[AZB_RFC3339_CHARS + 1];
    int64_t back;

    azb_time_to_rfc1123(unix_s, rfc1123);
    azb_time_to_rfc3339(unix_s, rfc3339);
    if (strlen(rfc1123) != AZB_RFC1123_CHARS || strlen(rfc3339) != AZB_RFC3339_CHARS)
        abort();
    if (azb_time_from_rfc1123(rfc1123, AZB_RFC1123_CHARS, &back) < 0 || back != unix_s)
        abort();
    if (azb_time_from_rfc3339(rfc3339, AZB_RFC3339_CHARS, &back) < 0 || back != unix_s)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const char *text = n > 0 ? (const char *)bytes : "";
    char written[AZB_RFC1123_CHARS + 1];
    int64_t unix_s;

    if (azb_time_from_rfc1123(text, n, &unix_s) == 0)
        check_round_trip(unix_s);
    if (azb_time_from_rfc3339(text, n, &unix_s) == 0)
        check_round_trip(unix_s);
    if (n == sizeof(unix_s)) { /* any number can be written */
        memcpy(&unix_s, bytes, n);
        azb_time_to_rfc1123(unix_s, written);
        if (strlen(written) != AZB_RFC1123_CHARS)
            abort();
    }
    return 0;
}
