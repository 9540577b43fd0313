/*
 * by_url.c: rows of what is done to a blob that a URL names, without a client.
 */
/* clang-format off */
#include "lib/ops/ops.h"

const struct azb_param azb_by_url_params[] = {
    {"blob_url", AZB_URL, AZB_IN_CALL, .required = true, .excludes = "client", .max_bytes = 8192, .doc = "with or without a SAS"},
    {"credential", AZB_ANY, AZB_IN_CALL, .doc = "as of service.open; default the URL's SAS, or none"},
    {NULL},
};

const struct azb_row azb_by_url_rows[] = {
    {
        .method = "util.upload_blob_to_url",
        .doc = "Write the blob that a URL names, without a client: from data, from a stream of $/data, or from a passed descriptor.",
        .like = "blob.upload_blob", .by_url = true,
    },
    {
        .method = "util.download_blob_from_url",
        .doc = "Read the blob that a URL names, without a client: inline, as a stream of $/data, or into a passed descriptor.",
        .like = "blob.download_blob", .by_url = true,
    },
    {NULL},
};
