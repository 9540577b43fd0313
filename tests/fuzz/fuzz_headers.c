/*
 * fuzz_headers.c: lines of "name:value" as the headers of a blob's properties. Whatever they
 * hold, the result is one map.
 */
#include "lib/decoder.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/one_value.h"
#include "tests/unit/methods.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* One line, without its end: a name up to the first colon, and the rest. */
static int feed_line(struct azb_decoder *decoder, const char *line, size_t n,
                     struct azb_error *err)
{
    const char *colon = memchr(line, ':', n);
    size_t name_n = colon != NULL ? (size_t)(colon - line) : n;
    size_t skip = colon != NULL ? name_n + 1 : n;

    return azb_decoder_header(decoder, line, name_n, line + skip, n - skip, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct azb_shape *shape = methods_find("blob.get_blob_properties")->shape;
    struct azb_decoder *decoder = azb_decoder_new(shape, NULL, NULL);
    const char *at = n > 0 ? (const char *)bytes : "", *end = at + n;
    struct azb_error err = {0};
    struct azb_buf result = {0};

    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));

        if (line_end == NULL)
            line_end = end;
        if (feed_line(decoder, at, (size_t)(line_end - at), &err) < 0 &&
            err.what != AZB_ERR_BAD_RESPONSE)
            abort();
        at = line_end + (line_end < end);
    }
    azb_decoder_emit(decoder, NULL, NULL, &result);
    check_one_value(&result);
    azb_buf_clear(&result);
    azb_decoder_free(decoder);
    return 0;
}
