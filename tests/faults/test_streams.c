/*
 * test_streams.c: listings and downloads as streams: windows and credit, order, pages that
 * break, readers that stop, and clients that go away. The service is a listing of numbered
 * names, every entry of which costs the same, so that a window is a number of entries.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "proto/buf.h"
#include "proto/value.h"
#include "tests/faults/scene.h"
#include "tests/unit/unit.h"

enum {
    TEST_LIMIT_S = 120,
    LIMIT_S = 10,
    NAME_CHARS = 10,            /* "item-00042" */
    ITEM_COST = 1 + NAME_CHARS, /* as a msgpack str */
    MAX_RSS_GROWTH_KIB = 8 * 1024,
};

#define NAMES(more) "container.list_blob_names", "{'container':'c','stream':true" more "}"
#define HEAD "blob.get_blob_properties", "{'container':'c','blob':'b'}"

/* ---- the service ---- */

struct listing {
    unsigned n_pages, per_page;
    unsigned cut_page; /* this page's first answer breaks off... */
    size_t cut_bytes;  /* ...after so many bytes of its body; 0: none does */
    bool was_cut;
    struct azb_buf body;
    const char *blob; /* what a GET of a blob gives; NULL: there is none */
    size_t blob_bytes;
    char header[200];
};

/* The page that a request asks for: the number in its marker. */
static unsigned page_of(const struct fake_request *request)
{
    const char *marker = strstr(request->line, "marker=");

    return marker == NULL ? 0 : (unsigned)strtoul(marker + strlen("marker="), NULL, 10);
}

static void page_compose(struct listing *listing, unsigned page)
{
    struct azb_buf *body = &listing->body;

    azb_buf_drop(body, body->len);
    azb_buf_puts(body, FAKE_XML("<EnumerationResults ContainerName=\"c\"><Blobs>"));
    for (unsigned i = 0; i < listing->per_page; i++)
        azb_buf_printf(body, "<Blob><Name>item-%05u</Name></Blob>",
                       page * listing->per_page + i);
    azb_buf_puts(body, "</Blobs>");
    if (page + 1 < listing->n_pages)
        azb_buf_printf(body, "<NextMarker>%u</NextMarker></EnumerationResults>", page + 1);
    else
        azb_buf_puts(body, "<NextMarker /></EnumerationResults>");
}

static void serve_page(struct listing *listing, unsigned page, struct fake_step *reply)
{
    page_compose(listing, page);
    reply->body = azb_buf_cstr(&listing->body);
    reply->is_chunked = true;
    if (listing->cut_bytes > 0 && page == listing->cut_page && !listing->was_cut) {
        reply->fault = FAKE_RESET;
        reply->after_bytes = listing->cut_bytes;
        reply->in_body = true;
        listing->was_cut = true;
    }
}

static void serve_range(struct listing *listing, const char *range, struct fake_step *reply)
{
    size_t first = 0, last = listing->blob_bytes - 1;

    if (range != NULL && sscanf(range, "bytes=%zu-%zu", &first, &last) > 0 &&
        last >= listing->blob_bytes)
        last = listing->blob_bytes - 1;
    snprintf(listing->header, sizeof(listing->header),
             "ETag: \"1\"\nx-ms-blob-type: BlockBlob\nContent-Range: bytes %zu-%zu/%zu", first,
             last, listing->blob_bytes);
    reply->reply = 206;
    reply->header = listing->header;
    reply->body = listing->blob + first;
    reply->body_bytes = last - first + 1;
}

static void serve(const struct fake_request *request, struct fake_step *reply, void *arg)
{
    struct listing *listing = arg;

    if (strstr(request->line, "comp=list") != NULL) {
        serve_page(listing, page_of(request), reply);
    } else if (strncmp(request->line, "GET", 3) == 0) {
        serve_range(listing, fake_request_header(request, "x-ms-range"), reply);
    }
}

static struct scene listing_scene(struct listing *listing, const char *config)
{
    return scene_start(NULL, &(struct fake_options){.handler = serve, .handler_arg = listing},
                       config);
}

static void listing_scene_stop(struct scene *it, struct listing *listing, const char *label)
{
    scene_stop(it, label);
    azb_buf_clear(&listing->body);
}

/* ---- what came ---- */

static bool note_is_item_of(const struct azb_msg *note, uint32_t msgid)
{
    int64_t id;

    return rpc_is(note, "$/item") && note->n_args == 2 &&
           azb_value_int(&note->params[0], &id) && id == msgid;
}

/* All notifications so far are items of this listing, numbered from 0 without a gap. */
static void check_items(const char *label, struct rpc *rpc, uint32_t msgid, size_t n)
{
    char name[32];

    ck_assert_msg(rpc_n_notes(rpc) == n, "%s: %zu items, not %zu", label, rpc_n_notes(rpc), n);
    for (size_t i = 0; i < n; i++) {
        const struct azb_msg *note = rpc_note(rpc, i);

        snprintf(name, sizeof(name), "item-%05zu", i);
        ck_assert_msg(note_is_item_of(note, msgid) && azb_value_is(&note->params[1], name),
                      "%s: item %zu is %s", label, i, rpc_text(&note->params[1], ""));
    }
}

/* Read up to the response, which must tell the same number. */
static void check_listed(const char *label, struct rpc *rpc, uint32_t msgid, size_t n)
{
    char count[24];

    snprintf(count, sizeof(count), "%zu", n);
    check_wanted(label, rpc_wait(rpc, msgid),
                 (const struct wanted[]){WANT_SUCCESS, {"count", count}, {0}});
    check_items(label, rpc, msgid, n);
}

/* Some round trips, in which whatever the daemon has to say on this connection arrives. */
static void settle(struct rpc *rpc)
{
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_null(rpc_call(rpc, "rpc.ping", NULL)->error);
}

static void give_credit(struct rpc *rpc, uint32_t msgid, size_t n)
{
    char args[48];

    snprintf(args, sizeof(args), "[%u, %zu]", msgid, n);
    rpc_notify(rpc, "$/credit", args);
}

static void cancel(struct rpc *rpc, uint32_t msgid)
{
    char args[16];

    snprintf(args, sizeof(args), "[%u]", msgid);
    rpc_notify(rpc, "$/cancel", args);
}

/* ---- windows ---- */

/* Credit, and how many items have come then: as long as the window is above zero, one may go.
 */
static const struct {
    size_t credit, n_items;
} steps[] = {
    {0, 10}, {5, 10}, {1, 11}, {9, 11}, {1, 11}, {1, 12}, {10 * ITEM_COST, 22}, {1, 22},
};

/* window 105: ten items of 11 bytes, the last of which passes it by 5. */
START_TEST(test_window)
{
    struct listing listing = {.n_pages = 3, .per_page = 50};
    struct scene it = listing_scene(&listing, NULL);
    uint32_t msgid = rpc_send(it.rpc, NAMES(",'window':105"));

    for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
        if (steps[i].credit > 0)
            give_credit(it.rpc, msgid, steps[i].credit);
        rpc_note(it.rpc, steps[i].n_items - 1);
        settle(it.rpc);
        ck_assert_msg(rpc_n_notes(it.rpc) == steps[i].n_items, "step %zu: %zu items, not %zu",
                      i, rpc_n_notes(it.rpc), steps[i].n_items);
    }
    give_credit(it.rpc, msgid, 150 * ITEM_COST);
    check_listed("window", it.rpc, msgid, 150);
    listing_scene_stop(&it, &listing, "window");
}
END_TEST

/* The same for $/data: at each moment no more has come than was granted, but for one piece. */
START_TEST(test_download_window)
{
    enum { BLOB_BYTES = 2 * 1024 * 1024, WINDOW = 64 * 1024 };
    struct listing listing = {.blob = malloc(BLOB_BYTES), .blob_bytes = BLOB_BYTES};
    struct scene it;
    size_t granted = WINDOW, came = 0, n_notes = 1; /* the first one tells the properties */
    struct azb_buf data = {0};
    uint32_t msgid;

    ck_assert_ptr_nonnull(listing.blob);
    for (size_t i = 0; i < BLOB_BYTES; i++)
        ((char *)listing.blob)[i] = (char)(i / 4096 + i);
    it = listing_scene(&listing, NULL);
    msgid = rpc_send(it.rpc, "blob.download_blob",
                     "{'container':'c','blob':'b','stream':true,'window':65536}");
    ck_assert(note_is_item_of(rpc_note(it.rpc, 0), msgid));
    while (came < BLOB_BYTES) {
        const struct azb_msg *note = rpc_note(it.rpc, n_notes++);
        const char *bytes;
        size_t n;

        ck_assert(rpc_is(note, "$/data") && azb_value_bytes(&note->params[2], &bytes, &n));
        ck_assert_msg(came < granted, "%zu bytes came, %zu were granted", came + n, granted);
        came += n;
        if (came < granted)
            continue;
        settle(it.rpc);
        ck_assert_msg(rpc_n_notes(it.rpc) == n_notes, "%zu pieces more than were granted",
                      rpc_n_notes(it.rpc) - n_notes);
        give_credit(it.rpc, msgid, WINDOW);
        granted += WINDOW;
    }
    ck_assert_ptr_null(rpc_wait(it.rpc, msgid)->error);
    rpc_data(it.rpc, msgid, &data);
    ck_assert_uint_eq(data.len, BLOB_BYTES);
    ck_assert(memcmp(data.data, listing.blob, BLOB_BYTES) == 0);
    azb_buf_clear(&data);
    listing_scene_stop(&it, &listing, "download");
    free((char *)listing.blob);
}
END_TEST

/* A stream without credit stands still alone: all others go on around it. */
START_TEST(test_independence)
{
    enum { N_PAGES = 2, PER_PAGE = 5000 };
    struct listing listing = {.n_pages = N_PAGES, .per_page = PER_PAGE};
    struct scene it = listing_scene(&listing, NULL);
    struct rpc *other = rpc_connect(it.daemon);
    uint32_t still = rpc_send(it.rpc, NAMES(",'window':1")), flowing, elsewhere;
    size_t n_others;

    ck_assert(note_is_item_of(rpc_note(it.rpc, 0), still));
    settle(it.rpc);
    flowing = rpc_send(it.rpc, NAMES(",'window':0"));
    ck_assert_ptr_null(rpc_wait(it.rpc, flowing)->error);
    n_others = rpc_n_notes(it.rpc) - 1;
    ck_assert_uint_eq(n_others, N_PAGES * PER_PAGE);
    ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    elsewhere = rpc_send(other, NAMES(",'window':0"));
    check_listed("another session", other, elsewhere, N_PAGES * PER_PAGE);

    ck_assert(!note_is_item_of(rpc_note(it.rpc, rpc_n_notes(it.rpc) - 1), still));
    cancel(it.rpc, still);
    check_wanted("the one that stands still", rpc_wait(it.rpc, still),
                 (const struct wanted[]){{"code", "Cancelled"}, {0}});
    rpc_close(other);
    listing_scene_stop(&it, &listing, "independence");
}
END_TEST

static const struct {
    const char *label, *method, *params, *whole;
} unread[] = {
    {"listings", "container.list_blob_names", "{'container':'c','stream':true,'window':1}",
     "{'container':'c','stream':true,'window':0}"},
    {"downloads", "blob.download_blob", "{'container':'c','blob':'b','stream':true,'window':1}",
     "{'container':'c','blob':'b','stream':true,'window':0}"},
};

/* What came for one of several streams: its data, or how many items, as many bytes. */
static size_t bytes_of(struct rpc *rpc, uint32_t msgid)
{
    size_t n = 0, n_bytes;
    const char *bytes;
    int64_t id;

    for (size_t i = 0; i < rpc_n_notes(rpc); i++) {
        const struct azb_msg *note = rpc_note(rpc, i);

        if (note_is_item_of(note, msgid))
            n++;
        else if (rpc_is(note, "$/data") && azb_value_int(&note->params[0], &id) &&
                 id == msgid && azb_value_bytes(&note->params[2], &bytes, &n_bytes))
            n += n_bytes;
    }
    return n;
}

/* Many streams that nobody reads, more than there may be requests: others are served all the
 * same, and the streams go on when they are read. */
START_TEST(test_unread)
{
    enum { N_UNREAD = 8, BLOB_BYTES = 3 * 1024 * 1024, PER_PAGE = 5000 };
    struct listing listing = {.n_pages = 1,
                              .per_page = PER_PAGE,
                              .blob = calloc(1, BLOB_BYTES),
                              .blob_bytes = BLOB_BYTES};
    struct scene it = listing_scene(&listing, "[pool]\nmax_per_endpoint = 4\n");
    struct rpc *other = rpc_connect(it.daemon);
    uint32_t msgids[N_UNREAD], whole;
    size_t n = 0;

    for (int i = 0; i < N_UNREAD; i++)
        msgids[i] = rpc_send(it.rpc, unread[_i].method, unread[_i].params);
    for (int i = 0; i < N_UNREAD; i++) /* each has its turn */
        while (bytes_of(it.rpc, msgids[i]) == 0)
            rpc_note(it.rpc, n++);
    whole = rpc_send(other, unread[_i].method, unread[_i].whole);
    check_wanted(unread[_i].label, rpc_wait(other, whole),
                 (const struct wanted[]){WANT_SUCCESS, {0}});
    n = bytes_of(other, whole);
    ck_assert_uint_ge(n, PER_PAGE);
    for (int i = 0; i < N_UNREAD; i++) {
        give_credit(it.rpc, msgids[i], 2 * BLOB_BYTES);
        check_wanted(unread[_i].label, rpc_wait(it.rpc, msgids[i]),
                     (const struct wanted[]){WANT_SUCCESS, {0}});
        ck_assert_uint_eq(bytes_of(it.rpc, msgids[i]), n);
    }
    rpc_close(other);
    listing_scene_stop(&it, &listing, unread[_i].label);
    free((char *)listing.blob);
}
END_TEST

/* ---- order ---- */

static const struct {
    const char *label;
    unsigned n_pages, per_page;
} listings[] = {
    {"ten thousand in one page", 1, 10000},
    {"ten thousand in some pages", 4, 2500},
    {"ten thousand in many pages", 200, 50},
    {"an empty page", 1, 0},
    {"empty pages", 5, 0},
};

START_TEST(test_order)
{
    struct listing listing = {.n_pages = listings[_i].n_pages,
                              .per_page = listings[_i].per_page};
    struct scene it = listing_scene(&listing, NULL);

    check_listed(listings[_i].label, it.rpc, rpc_send(it.rpc, NAMES(",'window':0")),
                 (size_t)listing.n_pages * listing.per_page);
    ck_assert_uint_eq(fake_n_requests(it.fake), listing.n_pages);
    listing_scene_stop(&it, &listing, listings[_i].label);
}
END_TEST

/* The second page of three breaks off at many places, within tags and between entries. */
START_TEST(test_broken_page)
{
    enum { N_PAGES = 3, PER_PAGE = 40, STEP = 61, MAX_CUT = 1500 };
    struct listing listing = {.n_pages = N_PAGES, .per_page = PER_PAGE, .cut_page = 1};
    struct scene it = listing_scene(&listing, NULL);

    for (size_t cut = 1; cut < MAX_CUT; cut += STEP) {
        struct rpc *rpc = rpc_connect(it.daemon);
        size_t n_before = fake_n_requests(it.fake);
        char label[32];

        snprintf(label, sizeof(label), "cut after %zu", cut);
        listing.cut_bytes = cut;
        listing.was_cut = false;
        check_listed(label, rpc, rpc_send(rpc, NAMES("")), N_PAGES * PER_PAGE);
        ck_assert_uint_eq(fake_n_requests(it.fake) - n_before, N_PAGES + 1);
        rpc_close(rpc);
    }
    listing_scene_stop(&it, &listing, "a broken page");
}
END_TEST

/* The same while the reader holds the stream up: what is held must not come twice either. */
START_TEST(test_broken_page_under_window)
{
    enum { N_PAGES = 3, PER_PAGE = 40 };
    struct listing listing = {
        .n_pages = N_PAGES, .per_page = PER_PAGE, .cut_page = 1, .cut_bytes = 900};
    struct scene it = listing_scene(&listing, NULL);
    uint32_t msgid = rpc_send(it.rpc, NAMES(",'window':1"));

    for (size_t n = 1; n < N_PAGES * PER_PAGE; n++) {
        rpc_note(it.rpc, n - 1);
        give_credit(it.rpc, msgid, ITEM_COST);
    }
    check_listed("a broken page under a window", it.rpc, msgid, N_PAGES * PER_PAGE);
    listing_scene_stop(&it, &listing, "a broken page under a window");
}
END_TEST

#define BLOB(name) "<Blob><Name>" name "</Name></Blob>"
#define PAGE(blobs)                                                     \
    FAKE_XML("<EnumerationResults><Blobs>" blobs "</Blobs><NextMarker " \
             "/></EnumerationResults>")

static const struct {
    const char *label, *then, *code, *names; /* names: of those that come, each of a letter */
} changes[] = {
    {"as it was", PAGE(BLOB("b") BLOB("d") BLOB("e")), "(none)", "bde"},
    {"a new one before", PAGE(BLOB("a") BLOB("b") BLOB("c") BLOB("d") BLOB("e")), "(none)",
     "bde"},
    {"one of those before is gone", PAGE(BLOB("d") BLOB("e")), "(none)", "bde"},
    {"the last of them is gone", PAGE(BLOB("b") BLOB("e")), "UnreadableResponse", "bd"},
};

/* The page breaks off behind its second entry, and is another one when it is asked for again.
 */
START_TEST(test_changed_page)
{
    static const char page[] = PAGE(BLOB("b") BLOB("d") BLOB("e"));
    const struct fake_step script[] = {
        {"GET /c?restype=container&comp=list", .reply = 200, .body = page, .fault = FAKE_CLOSE,
         .after_bytes = (size_t)(strstr(page, BLOB("e")) - page), .in_body = true},
        {"GET /c?restype=container&comp=list", .reply = 200, .body = changes[_i].then},
        {0}};
    struct scene it = scene_start(script, NULL, NULL);
    const char *names = changes[_i].names;

    check_wanted(changes[_i].label, rpc_wait(it.rpc, rpc_send(it.rpc, NAMES(""))),
                 (const struct wanted[]){{"code", changes[_i].code}, {0}});
    ck_assert_uint_eq(rpc_n_notes(it.rpc), strlen(names));
    for (size_t i = 0; names[i] != '\0'; i++)
        ck_assert_msg(rpc_text(&rpc_note(it.rpc, i)->params[1], "")[0] == names[i], "%s",
                      changes[_i].label);
    scene_stop(&it, changes[_i].label);
}
END_TEST

/* ---- ends ---- */

/* After the response comes nothing more of that message id, whatever was still held. */
START_TEST(test_cancel)
{
    struct listing listing = {.n_pages = 4, .per_page = 5000};
    struct scene it = listing_scene(&listing, NULL);
    uint32_t msgid = rpc_send(it.rpc, NAMES(",'window':105"));
    size_t n;

    rpc_note(it.rpc, 9);
    cancel(it.rpc, msgid);
    check_wanted("cancelled", rpc_wait(it.rpc, msgid),
                 (const struct wanted[]){{"code", "Cancelled"}, {0}});
    n = rpc_n_notes(it.rpc);
    give_credit(it.rpc, msgid, 1000 * 1000);
    settle(it.rpc);
    ck_assert_uint_eq(rpc_n_notes(it.rpc), n);
    listing_scene_stop(&it, &listing, "cancelled");
}
END_TEST

static bool has_no_calls(struct rpc *rpc)
{
    return strcmp(rpc_text(rpc_call(rpc, "daemon.status", NULL)->result, "calls"), "0") == 0;
}

static void wait_no_calls(struct rpc *rpc)
{
    time_t begin = time(NULL);

    while (!has_no_calls(rpc))
        ck_assert_msg(time(NULL) - begin < LIMIT_S, "a call outlives its client");
}

static const struct {
    const char *label;
    const char *method, *params;
} left_behind[] = {
    {"a listing that waits for credit", NAMES(",'window':1")},
    {"a listing that waits for the socket", NAMES(",'window':0")},
    {"a download", "blob.download_blob",
     "{'container':'c','blob':'b','stream':true,'window':1}"},
    {"an upload", "blob.upload_blob", "{'container':'c','blob':'u','stream':true}"},
};

/* A client that dies in mid-stream leaves no call behind. */
START_TEST(test_client_dies)
{
    enum { BLOB_BYTES = 4 * 1024 * 1024 };
    struct listing listing = {.n_pages = 300,
                              .per_page = 5000,
                              .blob = calloc(1, BLOB_BYTES),
                              .blob_bytes = BLOB_BYTES};
    struct scene it = listing_scene(&listing, NULL);
    struct rpc *dying = rpc_connect(it.daemon);

    rpc_send(dying, left_behind[_i].method, left_behind[_i].params);
    ck_assert_ptr_null(rpc_call(dying, "rpc.ping", NULL)->error);
    ck_assert(!has_no_calls(it.rpc));
    rpc_close(dying);
    wait_no_calls(it.rpc);
    listing_scene_stop(&it, &listing, left_behind[_i].label);
    free((char *)listing.blob);
}
END_TEST

/* ---- a client that stops reading ---- */

static long bytes_in(struct rpc *rpc)
{
    return atol(rpc_text(rpc_call(rpc, "daemon.stats", NULL)->result, "bytes_in"));
}

/* Wait until the daemon takes in nothing more from the service. */
static void wait_standstill(struct rpc *rpc)
{
    enum { ROUND_TRIPS = 50, PAUSE_MS = 2 };
    long before = -1, now = bytes_in(rpc);

    for (int n_same = 0; n_same < ROUND_TRIPS; n_same = now == before ? n_same + 1 : 0) {
        poll(NULL, 0, PAUSE_MS);
        before = now;
        now = bytes_in(rpc);
    }
}

/*
 * It has asked for a listing of fifty megabytes, switched its window off and reads nothing.
 * That is its own affair: the daemon holds a bounded piece, and serves everybody else.
 */
START_TEST(test_deaf_client)
{
    enum { N_PAGES = 300, PER_PAGE = 5000, N_WARM_PAGES = 20 };
    struct listing listing = {.n_pages = N_WARM_PAGES, .per_page = PER_PAGE};
    struct scene it = listing_scene(&listing, NULL);
    struct rpc *deaf = rpc_connect(it.daemon);
    long before;

    /* what a listing needs once, and what an allocator keeps, is there afterwards */
    ck_assert_ptr_null(rpc_call(it.rpc, NAMES(",'window':0"))->error);
    wait_no_calls(it.rpc);
    before = daemon_rss_kib(it.daemon);
    listing.n_pages = N_PAGES;
    rpc_send(deaf, NAMES(",'window':0"));
    ck_assert(fake_wait_requests(it.fake, N_WARM_PAGES + 3));
    wait_standstill(it.rpc);
    ck_assert_uint_lt(fake_n_requests(it.fake), N_WARM_PAGES + N_PAGES);
    ck_assert_int_le(daemon_rss_kib(it.daemon) - before, MAX_RSS_GROWTH_KIB);
    ck_assert_ptr_null(rpc_call(it.rpc, HEAD)->error);
    rpc_close(deaf);
    wait_no_calls(it.rpc);
    listing_scene_stop(&it, &listing, "deaf");
}
END_TEST

/* It asks for what is large and near, again and again, and reads nothing either: of half a
 * gigabyte the daemon keeps some of it. */
START_TEST(test_deaf_asker)
{
    enum { N_CALLS = 3000, MAX_GROWTH_KIB = 300 * 1024 };
    struct listing listing = {.n_pages = 1};
    struct scene it = listing_scene(&listing, NULL);
    struct rpc *deaf = rpc_connect(it.daemon);
    struct azb_buf frames = {0};
    msgpack_packer pk;
    long before;

    ck_assert_ptr_null(rpc_call(deaf, "rpc.describe", NULL)->error);
    before = daemon_rss_kib(it.daemon);
    azb_buf_packer(&pk, &frames);
    for (uint32_t i = 0; i < N_CALLS; i++) {
        msgpack_pack_array(&pk, 4);
        msgpack_pack_int(&pk, AZB_MSG_REQUEST);
        msgpack_pack_uint32(&pk, 1000 + i);
        azb_pack_str(&pk, "rpc.describe");
        msgpack_pack_array(&pk, 0);
    }
    rpc_send_bytes(deaf, frames.data, frames.len);
    settle(it.rpc);
    ck_assert_int_le(daemon_rss_kib(it.daemon) - before, MAX_GROWTH_KIB);
    azb_buf_clear(&frames);
    rpc_close(deaf);
    listing_scene_stop(&it, &listing, "deaf asker");
}
END_TEST

static Suite *streams_suite(void)
{
    Suite *suite = suite_create("streams");
    TCase *tc = tcase_create("streams");

    tcase_set_timeout(tc, TEST_LIMIT_S);
    tcase_add_test(tc, test_window);
    tcase_add_test(tc, test_download_window);
    tcase_add_test(tc, test_independence);
    UNIT_TABLE(tc, test_unread, unread);
    UNIT_TABLE(tc, test_order, listings);
    tcase_add_test(tc, test_broken_page);
    tcase_add_test(tc, test_broken_page_under_window);
    UNIT_TABLE(tc, test_changed_page, changes);
    tcase_add_test(tc, test_cancel);
    UNIT_TABLE(tc, test_client_dies, left_behind);
    tcase_add_test(tc, test_deaf_client);
    tcase_add_test(tc, test_deaf_asker);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(streams_suite)
