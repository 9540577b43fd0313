/*
 * fuzz_decoder.c: a body through the shape of one of the methods that are answered by a
 * document, which the second byte chooses: whole, and streamed in chunks of the size that the
 * first byte says. Both find the same entries, and all that comes out is MessagePack.
 */
#include "lib/decoder.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/one_value.h"
#include "tests/unit/methods.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* In this order for good: a corpus names them by their places. */
static const char *const methods[] = {
    "container.walk_blobs",
    "container.list_blobs",
    "container.list_blob_names",
    "service.list_containers",
    "service.find_blobs_by_tags",
    "service.get_service_properties",
    "service.get_service_stats",
    "service.get_user_delegation_key",
    "container.get_container_access_policy",
    "blob.get_blob_tags",
    "blob.get_block_list",
    "blob.get_page_ranges",
    "blob.list_page_ranges",
};

/* What one pass has found: entries one after the other, or a result with all of them in it. */
struct outcome {
    int rc;
    struct azb_buf items;
    struct azb_buf result;
};

static int keep_item(const void *item, size_t n, void *arg, struct azb_error *err)
{
    struct outcome *outcome = arg;
    struct azb_buf one = {.data = (unsigned char *)item, .len = n};

    (void)err;
    check_one_value(&one);
    azb_buf_append(&outcome->items, item, n);
    return 0;
}

static void decode(const struct azb_shape *shape, const uint8_t *bytes, size_t n, size_t chunk,
                   azb_item_cb *on_item, struct outcome *ret)
{
    struct azb_decoder *decoder = azb_decoder_new(shape, on_item, ret);
    struct azb_error err = {0};

    for (size_t at = 0; at < n && ret->rc == 0; at += chunk)
        ret->rc = azb_decoder_xml(decoder, bytes + at, n - at < chunk ? n - at : chunk, &err);
    if (ret->rc == 0)
        ret->rc = azb_decoder_end(decoder, &err);
    if (ret->rc < 0 && (err.what != AZB_ERR_BAD_RESPONSE || err.message[0] == '\0'))
        abort();
    if (ret->rc == 0) {
        azb_decoder_emit(decoder, NULL, NULL, &ret->result);
        check_one_value(&ret->result);
    }
    azb_decoder_free(decoder);
}

/* The entries of the streamed list are those of the collected one, byte for byte. */
static void check_same(const struct outcome *whole, const struct outcome *streamed)
{
    if (whole->rc == 0 && streamed->items.len > 0 &&
        memmem(whole->result.data, whole->result.len, streamed->items.data,
               streamed->items.len) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct outcome whole = {0}, streamed = {0};
    const struct azb_shape *shape;

    if (n < 2)
        return 0;
    shape = methods_find(methods[bytes[1] % (sizeof(methods) / sizeof(methods[0]))])->shape;
    decode(shape, bytes + 2, n - 2, SIZE_MAX / 2, NULL, &whole);
    decode(shape, bytes + 2, n - 2, 1 + bytes[0] % 64U, keep_item, &streamed);
    if (whole.rc != streamed.rc)
        abort();
    check_same(&whole, &streamed);
    azb_buf_clear(&whole.result);
    azb_buf_clear(&streamed.items);
    azb_buf_clear(&streamed.result);
    return 0;
}
