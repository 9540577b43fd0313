/*
 * pages.c: Get Page Ranges, a piece at a time.
 */
#include "lib/stream/pages.h"

#include <string.h>

#include "proto/value.h"

enum {
    MAX_EXTENTS = 4096,
    PIECE_EXTENTS = 2048, /* that one answer may have */
    MAX_ETAG = 128,
};

/* Bytes that hold something; no two of them are in one unit. */
struct extent {
    uint64_t from, to;
};

struct azb_pages {
    struct azb_call *call;
    uint64_t offset, unit_bytes;
    char etag[MAX_ETAG];
    void (*on_known)(struct azb_call *call);
    struct azb_errand *errand;
    struct azb_buf token; /* of the list's next piece; empty: the first one */
    bool is_whole;        /* the list has ended */
    uint64_t known;
    unsigned first, n; /* in use */
    struct extent extents[MAX_EXTENTS];
};

struct azb_pages *azb_pages_new(struct azb_call *call, uint64_t offset, uint64_t unit_bytes,
                                const char *etag, void (*on_known)(struct azb_call *call))
{
    struct azb_pages *pages = azb_arena_zalloc(call->arena, sizeof(*pages));

    if (pages == NULL)
        return NULL;
    pages->call = call;
    pages->offset = pages->known = offset;
    pages->unit_bytes = unit_bytes;
    memcpy(pages->etag, etag, strnlen(etag, sizeof(pages->etag) - 1));
    pages->on_known = on_known;
    return pages;
}

static struct extent *last_extent(struct azb_pages *pages)
{
    return pages->n > 0 ? &pages->extents[pages->first + pages->n - 1] : NULL;
}

static uint64_t unit_of(const struct azb_pages *pages, uint64_t at)
{
    return (at - pages->offset) / pages->unit_bytes;
}

/* With no room for more, what lies between counts as held: that costs time and nothing else. */
static void add_extent(struct azb_pages *pages, uint64_t from, uint64_t to)
{
    struct extent *last = last_extent(pages);

    if (last != NULL && (unit_of(pages, from) <= unit_of(pages, last->to - 1) ||
                         pages->first + pages->n == MAX_EXTENTS))
        last->to = to;
    else
        pages->extents[pages->first + pages->n++] = (struct extent){from, to};
}

/* One entry of the list. False: it is not what a list can have. */
static bool add_item(struct azb_pages *pages, const msgpack_object *item)
{
    const msgpack_object_map *map = azb_value_map(item);
    const struct extent *last = last_extent(pages);
    int64_t start, end;

    if (map == NULL || !azb_value_int(azb_map_find(map, "start"), &start) ||
        !azb_value_int(azb_map_find(map, "end"), &end) || start < 0 || end < start)
        return false;
    if ((uint64_t)end < pages->offset)
        return true;
    if ((uint64_t)start < pages->offset)
        start = (int64_t)pages->offset;
    if ((uint64_t)start < pages->known || (last != NULL && (uint64_t)start < last->to))
        return false;
    add_extent(pages, (uint64_t)start, (uint64_t)end + 1);
    pages->known = pages->offset + unit_of(pages, (uint64_t)end + 1) * pages->unit_bytes;
    return true;
}

static bool add_piece(struct azb_pages *pages, const msgpack_object *result)
{
    const msgpack_object *items = azb_map_find(azb_value_map(result), "items");
    const char *token = "";
    size_t n = 0;

    if (items != NULL && items->type == MSGPACK_OBJECT_ARRAY)
        for (uint32_t i = 0; i < items->via.array.size; i++)
            if (!add_item(pages, &items->via.array.ptr[i]))
                return false;
    azb_value_bytes(azb_map_find(azb_value_map(result), "continuation_token"), &token, &n);
    pages->token.len = 0;
    azb_buf_append(&pages->token, token, n);
    pages->is_whole = n == 0;
    return !pages->token.failed;
}

/* Nobody can tell what is from that byte on. */
static void give_up(struct azb_pages *pages, uint64_t from)
{
    while (pages->n > 0 && last_extent(pages)->from >= from)
        pages->n--;
    add_extent(pages, from, UINT64_MAX);
    pages->is_whole = true;
}

static void on_listed(const msgpack_object *result, const struct azb_error *err, void *arg)
{
    struct azb_pages *pages = arg;
    uint64_t known = pages->known;

    pages->errand = NULL;
    if (err != NULL || !add_piece(pages, result))
        give_up(pages, known);
    if (pages->is_whole)
        pages->known = UINT64_MAX;
    pages->on_known(pages->call);
}

static struct azb_errand_params list_params(const struct azb_pages *pages)
{
    static const char *const of_call[] = {"container", "blob",    "snapshot",
                                          "lease",     "timeout", NULL};
    struct azb_errand_params params = {0};

    azb_errand_params_from(&params, pages->call, of_call);
    azb_errand_param_str(&params, "etag", pages->etag);
    azb_errand_param_str(&params, "match_condition", "IfNotModified");
    azb_errand_param_int(&params, "results_per_page", PIECE_EXTENTS);
    if (pages->offset > 0)
        azb_errand_param_int(&params, "offset", (int64_t)(pages->offset / 512 * 512));
    if (pages->token.len > 0) {
        msgpack_packer pk = azb_errand_param(&params, "continuation_token");

        msgpack_pack_str(&pk, pages->token.len);
        msgpack_pack_str_body(&pk, pages->token.data, pages->token.len);
    }
    return params;
}

void azb_pages_ask(struct azb_pages *pages)
{
    struct azb_errand_setup setup = {.method = "blob.list_page_ranges",
                                     .account = pages->call->account,
                                     .flow = pages->call->flow,
                                     .done_cb = on_listed,
                                     .done_arg = pages};
    struct azb_error err = {0};

    if (pages->is_whole || pages->errand != NULL || pages->n > MAX_EXTENTS - PIECE_EXTENTS)
        return;
    memmove(pages->extents, pages->extents + pages->first, pages->n * sizeof(struct extent));
    pages->first = 0;
    setup.params = list_params(pages);
    if (azb_errand_start(pages->call->engine, &setup, &pages->errand, &err) < 0)
        on_listed(NULL, &err, pages);
}

void azb_pages_stop(struct azb_pages *pages)
{
    if (pages == NULL)
        return;
    azb_errand_drop(pages->errand);
    pages->errand = NULL;
    azb_buf_clear(&pages->token);
}

uint64_t azb_pages_known(const struct azb_pages *pages)
{
    return pages != NULL ? pages->known : UINT64_MAX;
}

/* The first extent that does not lie before that byte. */
static const struct extent *extent_at(struct azb_pages *pages, uint64_t at)
{
    while (pages->n > 0 && pages->extents[pages->first].to <= at) {
        pages->first++;
        pages->n--;
    }
    return pages->n > 0 ? &pages->extents[pages->first] : NULL;
}

uint64_t azb_pages_empty(struct azb_pages *pages, uint64_t at)
{
    const struct extent *extent;
    uint64_t end;

    if (pages == NULL)
        return 0;
    extent = extent_at(pages, at);
    end = extent != NULL && extent->from < pages->known ? extent->from : pages->known;
    return end > at ? end - at : 0;
}

uint64_t azb_pages_held(struct azb_pages *pages, uint64_t at, uint64_t max)
{
    const struct extent *extent = pages != NULL ? extent_at(pages, at) : NULL;

    return extent != NULL && extent->to - at < max ? extent->to - at : max;
}
