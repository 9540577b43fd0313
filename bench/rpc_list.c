/*
 * rpc_list.c: one streamed listing through the daemon, every entry decoded.
 *
 *     rpc_list SOCKET CONTAINER CLIENT
 *
 * Gives credit back as a careful client does, when half of the window has been consumed. Prints
 *     items=100000 items_per_s=213450.1 client_cpu_us=1.90 daemon_cpu_us=4.40
 * with CPU per entry. CLIENT is the daemon's profile. Entries that come out of order, are cut
 * short or do not add up to the final count end the measurement.
 */
#include <stdio.h>
#include <string.h>
#include "bench/rpc_client.h"
#include "bench/usage.h"
#include "proto/value.h"

enum {
    MSGID = 1,
    WINDOW_BYTES = 1024 * 1024,
};

struct listing {
    struct rpc_client client;
    size_t head_bytes;     /* of an item's frame, before the item */
    size_t consumed_bytes; /* not given back yet */
    int64_t items;
    char last_name[1100]; /* a blob's name has at most 1,024 characters */
};

static void pack_notify_head(msgpack_packer *pk, const char *method)
{
    azb_msg_notify(pk, method, 2);
    msgpack_pack_int(pk, MSGID);
}

/* Credit counts an item's bytes without the message around it, which is always the same. */
static size_t item_head_bytes(void)
{
    struct azb_buf buf = {0};
    msgpack_packer pk;
    size_t n;

    azb_buf_packer(&pk, &buf);
    pack_notify_head(&pk, "$/item");
    n = buf.len;
    azb_buf_clear(&buf);
    return n;
}

static void listing_request(struct listing *listing, const char *container, const char *profile)
{
    msgpack_packer *pk = &listing->client.pk;

    azb_msg_request(pk, MSGID, "container.list_blobs");
    msgpack_pack_map(pk, 4);
    azb_pack_str(pk, "client");
    azb_pack_str(pk, profile);
    azb_pack_str(pk, "container");
    azb_pack_str(pk, container);
    azb_pack_str(pk, "stream");
    msgpack_pack_true(pk);
    azb_pack_str(pk, "window");
    msgpack_pack_int(pk, WINDOW_BYTES);
}

static int listing_take_item(struct listing *listing, const msgpack_object *item,
                             size_t frame_bytes, struct azb_error *err)
{
    const msgpack_object_map *entry = azb_value_map(item);
    char name[sizeof(listing->last_name)];
    int64_t size;

    if (!azb_value_copy(azb_map_find(entry, "name"), name, sizeof(name)) ||
        !azb_value_int(azb_map_find(entry, "size"), &size))
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "an entry without a name or a size");
    if (strcmp(name, listing->last_name) <= 0)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "%s comes after %s", name,
                             listing->last_name);
    strcpy(listing->last_name, name);
    listing->items++;

    listing->consumed_bytes += frame_bytes - listing->head_bytes;
    if (listing->consumed_bytes >= WINDOW_BYTES / 2) {
        pack_notify_head(&listing->client.pk, "$/credit");
        msgpack_pack_uint64(&listing->client.pk, listing->consumed_bytes);
        listing->consumed_bytes = 0;
    }
    return 0;
}

static int listing_take_response(const struct listing *listing, const struct azb_msg *msg,
                                 struct azb_error *err)
{
    int64_t count;

    if (msg->error != NULL) {
        azb_error_unpack(err, msg->error);
        return -1;
    }
    if (!azb_value_int(azb_map_find(azb_value_map(msg->result), "count"), &count) ||
        count != listing->items)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "%lld entries came, not what was counted",
                             (long long)listing->items);
    return 0;
}

static int listing_run(struct listing *listing, struct azb_error *err)
{
    struct azb_msg msg;
    size_t frame_bytes;

    for (;;) {
        if (rpc_client_next(&listing->client, &msg, &frame_bytes, err) < 0)
            return -1;
        if (msg.type == AZB_MSG_RESPONSE)
            return listing_take_response(listing, &msg, err);
        if (!rpc_client_is_notify(&msg, "$/item"))
            continue; /* $/progress, say */
        if (msg.n_args != 2)
            return azb_error_set(err, AZB_ERR_PROTOCOL, "an item of %zu values", msg.n_args);
        if (listing_take_item(listing, &msg.params[1], frame_bytes, err) < 0)
            return -1;
    }
}

static int listing_measure(struct listing *listing, const char *container, const char *profile,
                           struct azb_error *err)
{
    pid_t daemon = listing->client.daemon_pid;
    struct bench_usage used = bench_usage_now(daemon);
    double n;

    listing->head_bytes = item_head_bytes();
    listing_request(listing, container, profile);
    if (listing_run(listing, err) < 0)
        return -1;
    used = bench_usage_since(&used, daemon);
    n = (double)listing->items;
    printf("items=%.0f items_per_s=%.1f client_cpu_us=%.3f daemon_cpu_us=%.3f\n", n,
           n / used.wall_s, used.own_cpu_s / n * 1e6, used.other_cpu_s / n * 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    struct listing listing = {0};
    struct azb_error err = {0};
    int rc;

    if (argc != 4) {
        fprintf(stderr, "usage: rpc_list SOCKET CONTAINER CLIENT\n");
        return 2;
    }
    rc = rpc_client_init(&listing.client, argv[1], &err);
    if (rc == 0)
        rc = listing_measure(&listing, argv[2], argv[3], &err);
    rpc_client_clear(&listing.client);
    return rc == 0 ? 0 : rpc_client_complain("rpc_list", &err);
}
