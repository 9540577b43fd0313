/*
 * rpc_load.c: small operations through the daemon, many at a time on one connection.
 *
 *     rpc_load SOCKET get|stat|put|delete IN_FLIGHT SECONDS CLIENT
 *
 * Keeps IN_FLIGHT calls of 1 KiB blobs open and starts another for each that ends, every one
 * for a blob of a name not used before. After a warm-up it counts for SECONDS and prints
 *     ops=143210 ops_per_s=35802.5 client_cpu_us=7.10 daemon_cpu_us=38.40
 * with CPU per operation. CLIENT is the daemon's profile. An answer that is not what the
 * service would have given ends the measurement.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/rpc_client.h"
#include "bench/usage.h"
#include "proto/value.h"

enum {
    BLOB_BYTES = 1024,
    WARM_UP_OPS = 2000,
    CLOCK_EVERY_OPS = 256, /* a look at the clocks costs a few system calls */
};

struct operation {
    const char *name;
    const char *method;
    bool sends_data;
    bool (*is_right)(const msgpack_object_map *result);
};

struct load {
    struct rpc_client client;
    const struct operation *op;
    const char *profile;
    uint64_t started;
    uint64_t done;
};

static bool has_blob_size(const msgpack_object_map *properties)
{
    int64_t size;

    return azb_value_int(azb_map_find(properties, "size"), &size) && size == BLOB_BYTES;
}

static bool has_blob_bytes(const msgpack_object_map *result)
{
    const char *data;
    size_t n;

    return azb_value_bytes(azb_map_find(result, "data"), &data, &n) && n == BLOB_BYTES;
}

static bool has_etag(const msgpack_object_map *result)
{
    return azb_map_find(result, "etag") != NULL;
}

static bool has_request_id(const msgpack_object_map *result)
{
    return azb_map_find(result, "request_id") != NULL;
}

static const struct operation operations[] = {
    {"get", "blob.download_blob", false, has_blob_bytes},
    {"stat", "blob.get_blob_properties", false, has_blob_size},
    {"put", "blob.upload_blob", true, has_etag},
    {"delete", "blob.delete_blob", false, has_request_id},
};

static const struct operation *operation_find(const char *name)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

/* Queue the next call. Its number is also its message id and part of its blob's name. */
static void load_start_one(struct load *load)
{
    static const char data[BLOB_BYTES];
    msgpack_packer *pk = &load->client.pk;
    char blob[32];

    snprintf(blob, sizeof(blob), "small-%010u", (unsigned)load->started);
    azb_msg_request(pk, (uint32_t)load->started, load->op->method);
    msgpack_pack_map(pk, load->op->sends_data ? 5 : 3);
    azb_pack_str(pk, "client");
    azb_pack_str(pk, load->profile);
    azb_pack_str(pk, "container");
    azb_pack_str(pk, "bench");
    azb_pack_str(pk, "blob");
    azb_pack_str(pk, blob);
    if (load->op->sends_data) {
        azb_pack_str(pk, "overwrite");
        msgpack_pack_true(pk);
        azb_pack_str(pk, "data");
        azb_pack_bin(pk, data, sizeof(data));
    }
    load->started++;
}

/* Take the answer of one call, whichever ends first. */
static int load_finish_one(struct load *load, struct azb_error *err)
{
    struct azb_msg msg;
    size_t frame_bytes;

    if (rpc_client_next(&load->client, &msg, &frame_bytes, err) < 0)
        return -1;
    if (msg.type != AZB_MSG_RESPONSE)
        return azb_error_set(err, AZB_ERR_PROTOCOL, "a message that nobody asked for");
    if (msg.error != NULL) {
        azb_error_unpack(err, msg.error);
        return -1;
    }
    if (!load->op->is_right(azb_value_map(msg.result)))
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "%s: not the expected result",
                             load->op->method);
    load->done++;
    return 0;
}

static int load_run_ops(struct load *load, uint64_t n, struct azb_error *err)
{
    for (uint64_t i = 0; i < n; i++) {
        if (load_finish_one(load, err) < 0)
            return -1;
        load_start_one(load);
    }
    return 0;
}

static int load_measure(struct load *load, unsigned in_flight, double seconds,
                        struct azb_error *err)
{
    pid_t daemon = load->client.daemon_pid;
    struct bench_usage start, used;
    uint64_t first;
    double n_ops;

    for (unsigned i = 0; i < in_flight; i++)
        load_start_one(load);
    if (load_run_ops(load, WARM_UP_OPS, err) < 0)
        return -1;
    first = load->done;
    start = bench_usage_now(daemon);
    do {
        if (load_run_ops(load, CLOCK_EVERY_OPS, err) < 0)
            return -1;
        used = bench_usage_since(&start, daemon);
    } while (used.wall_s < seconds);
    n_ops = (double)(load->done - first);
    printf("ops=%.0f ops_per_s=%.1f client_cpu_us=%.2f daemon_cpu_us=%.2f\n", n_ops,
           n_ops / used.wall_s, used.own_cpu_s / n_ops * 1e6, used.other_cpu_s / n_ops * 1e6);

    while (load->done < load->started) /* so that the next measurement finds an idle daemon */
        if (load_finish_one(load, err) < 0)
            return -1;
    return 0;
}

int main(int argc, char **argv)
{
    struct load load = {0};
    struct azb_error err = {0};
    unsigned in_flight = argc == 6 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    double seconds = argc == 6 ? strtod(argv[4], NULL) : 0;
    int rc;

    if (in_flight == 0 || seconds <= 0 || (load.op = operation_find(argv[2])) == NULL) {
        fprintf(stderr,
                "usage: rpc_load SOCKET get|stat|put|delete IN_FLIGHT SECONDS CLIENT\n");
        return 2;
    }
    load.profile = argv[5];
    rc = rpc_client_init(&load.client, argv[1], &err);
    if (rc == 0)
        rc = load_measure(&load, in_flight, seconds, &err);
    rpc_client_clear(&load.client);
    return rc == 0 ? 0 : rpc_client_complain("rpc_load", &err);
}
