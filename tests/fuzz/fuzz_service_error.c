/*
 * fuzz_service_error.c: the first byte makes a status, the first line is the code of the
 * header, the rest the body of an answer that is no success, whole and byte by byte. Whatever
 * it is, an error with a code and a message comes out, the same one.
 */
#include "lib/service_error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_text(const char *text, size_t size)
{
    if (text[0] == '\0' || memchr(text, '\0', size) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct azb_fault whole = {0}, chunked = {0};
    struct azb_error one = {0}, other = {0};
    const char *header = (const char *)bytes + 1, *body;

    if (n == 0 || (body = memchr(header, '\n', n - 1)) == NULL)
        return 0;
    one.status = other.status = 300 + bytes[0];
    snprintf(whole.code, sizeof(whole.code), "%.*s", (int)(body - header), header);
    memcpy(chunked.code, whole.code, sizeof(whole.code));
    n -= 1 + (size_t)(++body - header);
    azb_fault_body(&whole, body, n);
    for (size_t i = 0; i < n; i++)
        azb_fault_body(&chunked, body + i, 1);
    azb_fault_error(&whole, &one);
    azb_fault_error(&chunked, &other);
    check_text(one.code, sizeof(one.code));
    check_text(one.message, sizeof(one.message));
    if (one.what == AZB_OK || one.what != other.what || strcmp(one.code, other.code) != 0 ||
        strcmp(one.message, other.message) != 0)
        abort();
    return 0;
}
