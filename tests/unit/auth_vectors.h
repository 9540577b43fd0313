/*
 * auth_vectors.h: requests and SAS strings with the signatures that other implementations
 * of the same rules give them. A table of facts: nothing here is computed by our code.
 * Account and key are the emulator's; the delegation key is made up.
 */
#ifndef AZB_TESTS_UNIT_AUTH_VECTORS_H
#define AZB_TESTS_UNIT_AUTH_VECTORS_H

#include <stdint.h>
#include "lib/auth/sas.h"

/* clang-format off */
#define VECTOR_ACCOUNT "devstoreaccount1"
#define VECTOR_ACCOUNT_KEY \
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
#define VECTOR_DELEGATION_KEY "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

#define VECTOR_DELEGATION_OID "11111111-1111-1111-1111-111111111111"
#define VECTOR_DELEGATION_TID "22222222-2222-2222-2222-222222222222"
#define VECTOR_DELEGATION_START "2030-01-01T00:00:00Z"
#define VECTOR_DELEGATION_EXPIRY "2030-01-07T00:00:00Z"
#define VECTOR_DELEGATION_VERSION "2021-12-02"
#define VECTOR_DELEGATION                             \
    [AZB_SAS_KEY_OID] = VECTOR_DELEGATION_OID,        \
    [AZB_SAS_KEY_TID] = VECTOR_DELEGATION_TID,        \
    [AZB_SAS_KEY_START] = VECTOR_DELEGATION_START,    \
    [AZB_SAS_KEY_EXPIRY] = VECTOR_DELEGATION_EXPIRY,  \
    [AZB_SAS_KEY_SERVICE] = "b",                      \
    [AZB_SAS_KEY_VERSION] = VECTOR_DELEGATION_VERSION
#define VECTOR_DELEGATION_PARAM(more)                                                          \
    "'user_delegation_key':{'signed_oid':'" VECTOR_DELEGATION_OID                              \
    "','signed_tid':'" VECTOR_DELEGATION_TID "','signed_start':'" VECTOR_DELEGATION_START      \
    "','signed_expiry':'" VECTOR_DELEGATION_EXPIRY "','signed_service':'b','signed_version':'" \
    VECTOR_DELEGATION_VERSION "','value':'" VECTOR_DELEGATION_KEY "'" more "}"

struct vector_header {
    const char *name;
    const char *value;
};

/* x-ms-date is in each list of headers; Content-Length is a member (-1: none). */
struct shared_key_vector {
    const char *label;
    const char *method;
    const char *url;
    struct vector_header headers[12];
    int64_t content_length;
    const char *string_to_sign;
    const char *signature;
};

static const struct shared_key_vector shared_key_vectors[] = {
    {
        .label = "list_containers_emulator",
        .method = "GET",
        .url = "http://127.0.0.1:10000/devstoreaccount1/?comp=list&include=metadata,deleted&maxresults=2",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/\ncomp:list\n"
            "include:metadata,deleted\nmaxresults:2",
        .signature = "CAek97NzFpXgNUdqqiENNwAYVJh/RnG8uIuJEokxzSs=",
    },
    {
        .label = "list_containers_host_style",
        .method = "GET",
        .url = "https://devstoreaccount1.blob.core.windows.net/?comp=list",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/\ncomp:list",
        .signature = "H9P7gme1A96ww4nZGQwd9stZG9VMjTWFcB1nR7N7ueM=",
    },
    {
        .label = "service_stats_secondary_host",
        .method = "GET",
        .url = "https://devstoreaccount1-secondary.blob.core.windows.net/?restype=service&comp=stats",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/\ncomp:stats\nrestype:service",
        .signature = "KMgkDP/7x3+RP72TPfIU9wBZfnBkJL10SkvX9nEYr4k=",
    },
    {
        .label = "service_stats_secondary_emulator",
        .method = "GET",
        .url = "http://127.0.0.1:10000/devstoreaccount1-secondary/?restype=service&comp=stats",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1-secondary/\n"
            "comp:stats\nrestype:service",
        .signature = "98SfKJ001uVph8vW8EJI3lVSqCY9h6H59MhOaV4ao4w=",
    },
    {
        .label = "create_container_zero_length",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1?restype=container",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-blob-public-access", "container"},
            {"x-ms-meta-Category", "test"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 0,
        .string_to_sign =
            "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-blob-public-access:container\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-meta-category:test\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1\n"
            "restype:container",
        .signature = "OVSaTAyhTteKYGRYjci3yNBDC/2HA+JWt5zEs0sDf6Q=",
    },
    {
        .label = "put_blob",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/dir/a%20b~%28x%29.txt",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-Type", "application/octet-stream"},
            {"x-ms-blob-type", "BlockBlob"},
            {"x-ms-blob-content-type", "text/plain"},
            {"x-ms-meta-a_b", "v"},
            {"x-ms-tags", "k%201=v%2F%2B2&z=y"},
            {"If-None-Match", "*"},
            {"Accept", "application/xml"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 5,
        .string_to_sign =
            "PUT\n\n\n5\n\napplication/octet-stream\n\n\n\n*\n"
            "\n\nx-ms-blob-content-type:text/plain\nx-ms-blob-type:BlockBlob\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-meta-a_b:v\n"
            "x-ms-tags:k%201=v%2F%2B2&z=y\nx-ms-version:2021-12-02\n"
            "/devstoreaccount1/devstoreaccount1/c1/dir/a%20b~%28x%29.txt",
        .signature = "x6XSAKXv6YX+3rZJbaJhVMW9UHma4ZYC7wfpPtuCPIU=",
    },
    {
        .label = "put_blob_md5_unicode_name",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/%E4%BD%A0%E5%A5%BD.bin",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-MD5", "jXd/OF09/siBXSD3SWAm3A=="},
            {"Content-Type", "application/octet-stream"},
            {"x-ms-blob-type", "BlockBlob"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 4,
        .string_to_sign =
            "PUT\n\n\n4\njXd/OF09/siBXSD3SWAm3A==\napplication/octet-stream\n"
            "\n\n\n\n\n\nx-ms-blob-type:BlockBlob\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-version:2021-12-02\n"
            "/devstoreaccount1/devstoreaccount1/c1/%E4%BD%A0%E5%A5%BD.bin",
        .signature = "7K/252zuTzek07dAc8dfZP/i4BszYiQ2ic8ALc9XtOo=",
    },
    {
        .label = "get_blob_range_if_match",
        .method = "GET",
        .url = "https://devstoreaccount1.blob.core.windows.net/c1/n",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-range", "bytes=0-33554431"},
            {"If-Match", "\"0x8DA\""},
            {"x-ms-client-request-id", "11111111-1111-1111-1111-111111111111"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\"0x8DA\"\n"
            "\n\n\nx-ms-client-request-id:11111111-1111-1111-1111-111111111111\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-range:bytes=0-33554431\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/c1/n",
        .signature = "uCAJ20SK4+/pKR6m3YFVW8XkYNytiSNjXi8RkpB6WjU=",
    },
    {
        .label = "head_blob_dates_and_snapshot",
        .method = "HEAD",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/n?snapshot=2030-01-01T00%3A00%3A00.0000000Z",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"If-Modified-Since", "Mon, 31 Dec 2029 00:00:00 GMT"},
            {"If-Unmodified-Since", "Wed, 02 Jan 2030 00:00:00 GMT"},
            {"x-ms-lease-id", "11111111-1111-1111-1111-111111111111"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "HEAD\n\n\n\n\n\n\nMon, 31 Dec 2029 00:00:00 GMT\n"
            "\n\nWed, 02 Jan 2030 00:00:00 GMT\n"
            "\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-lease-id:11111111-1111-1111-1111-111111111111\nx-ms-version:2021-12-02\n"
            "/devstoreaccount1/devstoreaccount1/c1/n\n"
            "snapshot:2030-01-01T00:00:00.0000000Z",
        .signature = "rRPEfH19+F9FL6ASBuTqjUmEH+n+NmK/NZKDLlitJj4=",
    },
    {
        .label = "put_block",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/n?comp=block&blockid=TURBd01EQXdNREF3TURBd01EQXdNREF3TURBd01EQXdNREF3TURBd01EQSUzRA%3D%3D",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-Type", "application/octet-stream"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 4194304,
        .string_to_sign =
            "PUT\n\n\n4194304\n\napplication/octet-stream\n"
            "\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1/n\n"
            "blockid:TURBd01EQXdNREF3TURBd01EQXdNREF3TURBd01EQXdNREF3TURBd01EQSUzRA==\n"
            "comp:block",
        .signature = "WLFZXEHmGgMHYR52Kw9VxSlT6Dtu47VrTejfZ2spxKU=",
    },
    {
        .label = "put_block_list",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/n?comp=blocklist&timeout=30",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-Type", "application/xml"},
            {"Content-MD5", "wrdgfUNIkvekEkVddRBCXA=="},
            {"x-ms-access-tier", "Cool"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 146,
        .string_to_sign =
            "PUT\n\n\n146\nwrdgfUNIkvekEkVddRBCXA==\napplication/xml\n"
            "\n\n\n\n\n\nx-ms-access-tier:Cool\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1/n\n"
            "comp:blocklist\ntimeout:30",
        .signature = "MBxx1CY+Ov5wqZk63w12kmufzPstkDm0jldWQEiSDN8=",
    },
    {
        .label = "list_blobs_all_params",
        .method = "GET",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1?restype=container&comp=list&prefix=p%2Fq%20r&delimiter=%2F&marker=2%21NEXT%3D&maxresults=10&include=metadata,tags,versions&timeout=7",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1\ncomp:list\n"
            "delimiter:/\ninclude:metadata,tags,versions\nmarker:2!NEXT=\nmaxresults:10\n"
            "prefix:p/q r\nrestype:container\ntimeout:7",
        .signature = "OonJM9ve8BQaExuq9lRwBVHWqtkIphHwhEJvDStfhvk=",
    },
    {
        .label = "copy_from_url",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c2/dst",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-copy-source", "http://127.0.0.1:10000/devstoreaccount1/c1/n?sv=2021-12-02&sr=b&sig=abc%3D"},
            {"x-ms-source-if-match", "\"0x8DA\""},
            {"x-ms-source-if-tags", "\"k\"='v'"},
            {"x-ms-lease-id", "L"},
            {"x-ms-requires-sync", "true"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 0,
        .string_to_sign =
            "PUT\n"
            "\n\n\n\n\n\n\n\n\n\n\nx-ms-copy-source:http://127.0.0.1:10000/devstoreaccount1/c1/n?sv=2021-12-02&sr=b&sig=abc%3D\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-lease-id:L\n"
            "x-ms-requires-sync:true\nx-ms-source-if-match:\"0x8DA\"\n"
            "x-ms-source-if-tags:\"k\"='v'\nx-ms-version:2021-12-02\n"
            "/devstoreaccount1/devstoreaccount1/c2/dst",
        .signature = "N9It1meWO4D3eUIBx2OJjmllP6NNEcN9+f0hKxdzyyY=",
    },
    {
        .label = "lease_acquire",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/n?comp=lease",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-lease-action", "acquire"},
            {"x-ms-lease-duration", "15"},
            {"x-ms-proposed-lease-id", "11111111-1111-1111-1111-111111111111"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 0,
        .string_to_sign =
            "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-lease-action:acquire\nx-ms-lease-duration:15\n"
            "x-ms-proposed-lease-id:11111111-1111-1111-1111-111111111111\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1/n\ncomp:lease",
        .signature = "9bDh8F0dUfA+ak/Zozf0BCrUSBQw9jzu6FU2YDnLGgM=",
    },
    {
        .label = "delete_blob_version",
        .method = "DELETE",
        .url = "https://devstoreaccount1.blob.core.windows.net/c1/n?versionid=2030-01-01T00%3A00%3A00.0000000Z&deletetype=Permanent",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-delete-snapshots", "include"},
            {"x-ms-if-tags", "\"k\" = 'v w'"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "DELETE\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-delete-snapshots:include\nx-ms-if-tags:\"k\" = 'v w'\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/c1/n\ndeletetype:Permanent\n"
            "versionid:2030-01-01T00:00:00.0000000Z",
        .signature = "rKa6IG1EUwQpTnQpgsbDCigchnxgTgnW9wJg/veKPIY=",
    },
    {
        .label = "batch_container",
        .method = "POST",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1?restype=container&comp=batch",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-Type", "multipart/mixed; boundary=batch_11111111-1111-1111-1111-111111111111"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 807,
        .string_to_sign =
            "POST\n\n\n807\n"
            "\nmultipart/mixed; boundary=batch_11111111-1111-1111-1111-111111111111\n"
            "\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1\ncomp:batch\n"
            "restype:container",
        .signature = "4wtPEsFTZ0S5h22bO/O/r35gJ6WsLuDxGnHOt1ushIM=",
    },
    {
        .label = "find_blobs_by_tags",
        .method = "GET",
        .url = "https://devstoreaccount1.blob.core.windows.net/?comp=blobs&where=%40container%3D%27c1%27%20AND%20%22a%22%3D%271%27&maxresults=5",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/\ncomp:blobs\nmaxresults:5\n"
            "where:@container='c1' AND \"a\"='1'",
        .signature = "qlkVs7aWa64Mep+leaCpdD7G9RIG7FfrJr4mztmDQiw=",
    },
    {
        .label = "metadata_header_order",
        .method = "PUT",
        .url = "https://devstoreaccount1.blob.core.windows.net/c1/n?comp=metadata",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-meta-ab", "4"},
            {"x-ms-meta-a", "1"},
            {"x-ms-meta-a1", "3"},
            {"x-ms-meta-a_b", "2"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-meta-a:1\nx-ms-meta-a_b:2\nx-ms-meta-a1:3\nx-ms-meta-ab:4\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/c1/n\ncomp:metadata",
        .signature = "oTZR2+1m59wVwRkrkfQOco8wqBlZ2ZxIXjyDhKcL0yY=",
    },
    {
        .label = "cpk_and_scope_headers",
        .method = "PUT",
        .url = "https://devstoreaccount1.blob.core.windows.net/c1/n",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-Type", "application/octet-stream"},
            {"x-ms-blob-type", "BlockBlob"},
            {"x-ms-encryption-key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
            {"x-ms-encryption-key-sha256", "3QFFFpDA5+XANHqwwbT4yXDmrT/2EtmNo8n/gFyfkpQ="},
            {"x-ms-encryption-algorithm", "AES256"},
            {"x-ms-immutability-policy-until-date", "Wed, 02 Jan 2030 00:00:00 GMT"},
            {"x-ms-immutability-policy-mode", "Unlocked"},
            {"x-ms-legal-hold", "true"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 1,
        .string_to_sign =
            "PUT\n\n\n1\n\napplication/octet-stream\n"
            "\n\n\n\n\n\nx-ms-blob-type:BlockBlob\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-encryption-algorithm:AES256\n"
            "x-ms-encryption-key:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"
            "x-ms-encryption-key-sha256:3QFFFpDA5+XANHqwwbT4yXDmrT/2EtmNo8n/gFyfkpQ=\n"
            "x-ms-immutability-policy-mode:Unlocked\n"
            "x-ms-immutability-policy-until-date:Wed, 02 Jan 2030 00:00:00 GMT\n"
            "x-ms-legal-hold:true\nx-ms-version:2021-12-02\n/devstoreaccount1/c1/n",
        .signature = "BMB0QiSV3078JPeTlzSqxM0Uu1PqAPgKf/LRMPz7W6o=",
    },
    {
        .label = "batch_subrequest_delete",
        .method = "DELETE",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/a%20b",
        .headers = {
            {"x-ms-client-request-id", "11111111-1111-1111-1111-111111111111"},
            {"x-ms-delete-snapshots", "include"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "DELETE\n"
            "\n\n\n\n\n\n\n\n\n\n\nx-ms-client-request-id:11111111-1111-1111-1111-111111111111\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\nx-ms-delete-snapshots:include\n"
            "/devstoreaccount1/devstoreaccount1/c1/a%20b",
        .signature = "IaAFscG3+N6blO9FeIi6ejojBjWRwzjvFPRAvKPS4RA=",
    },
    {
        .label = "batch_subrequest_set_tier",
        .method = "PUT",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/b?comp=tier",
        .headers = {
            {"x-ms-access-tier", "Cool"},
            {"x-ms-client-request-id", "22222222-2222-2222-2222-222222222222"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 0,
        .string_to_sign =
            "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-access-tier:Cool\n"
            "x-ms-client-request-id:22222222-2222-2222-2222-222222222222\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "/devstoreaccount1/devstoreaccount1/c1/b\ncomp:tier",
        .signature = "Zl0vx5UzPfk1fONF7YwApJfkgUL57TO473u8VboZqRo=",
    },
    {
        .label = "root_container_blob",
        .method = "GET",
        .url = "https://devstoreaccount1.blob.core.windows.net/%24root/n",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/%24root/n",
        .signature = "A5D2Fw9cgxEvy/C/gebW5mswvTgVfjXOp9aS3wr0++8=",
    },
    {
        .label = "query_value_plus_and_percent",
        .method = "GET",
        .url = "https://devstoreaccount1.blob.core.windows.net/c1?restype=container&comp=list&prefix=a%2Bb%25c%26d",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/c1\ncomp:list\nprefix:a+b%c&d\n"
            "restype:container",
        .signature = "c/TrqvIZoouMzmXQVObWavHgbJfrXhuNr1kkZJDsDyo=",
    },
    {
        .label = "batch_example_subrequest_2",
        .method = "DELETE",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1/gone",
        .headers = {
            {"x-ms-client-request-id", "22222222-2222-2222-2222-222222222222"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = -1,
        .string_to_sign =
            "DELETE\n"
            "\n\n\n\n\n\n\n\n\n\n\nx-ms-client-request-id:22222222-2222-2222-2222-222222222222\n"
            "x-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "/devstoreaccount1/devstoreaccount1/c1/gone",
        .signature = "5hYJ3si6FiOLFd48RJH7WuSe02EWSDT9lQgxTyMnhgI=",
    },
    {
        .label = "batch_example_outer",
        .method = "POST",
        .url = "http://127.0.0.1:10000/devstoreaccount1/c1?restype=container&comp=batch",
        .headers = {
            {"x-ms-version", "2021-12-02"},
            {"Content-Type", "multipart/mixed; boundary=batch_33333333-3333-3333-3333-333333333333"},
            {"x-ms-date", "Tue, 01 Jan 2030 00:00:00 GMT"},
        },
        .content_length = 857,
        .string_to_sign =
            "POST\n\n\n857\n"
            "\nmultipart/mixed; boundary=batch_33333333-3333-3333-3333-333333333333\n"
            "\n\n\n\n\n\nx-ms-date:Tue, 01 Jan 2030 00:00:00 GMT\n"
            "x-ms-version:2021-12-02\n/devstoreaccount1/devstoreaccount1/c1\ncomp:batch\n"
            "restype:container",
        .signature = "Od3TC3nC4/xg6gXrgF+u5gkyQgzO4FQ+lOJMvXPYQ0I=",
    },
};

/* A SAS: what it says, as parts and as the call that asks for it; what is signed, with which key. */
struct sas_vector {
    const char *label;
    enum azb_sas_scheme scheme;
    const char *values[AZB_SAS_N_PARTS];
    const char *method;
    const char *params; /* JSON with ' for ", but for account_name and account_key */
    const char *key;
    const char *string_to_sign;
    const char *signature;
};

static const struct sas_vector sas_vectors[] = {
    {
        .label = "account_sas_basic@2021-12-02",
        .scheme = AZB_SAS_OF_ACCOUNT,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_SERVICES] = "b",
            [AZB_SAS_RESOURCE_TYPES] = "sco",
            [AZB_SAS_PERMISSION] = "rwdlac",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
        },
        .method = "util.generate_account_sas",
        .params =
            "{'api_version':'2021-12-02','resource_types':'sco','permission':'rwdlac',"
            "'expiry':'2030-01-02T00:00:00Z'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "devstoreaccount1\nrwdlac\nb\nsco\n\n2030-01-02T00:00:00Z\n\n\n2021-12-02\n\n",
        .signature = "zKO1p2TBV14D67fFpXzTlseN5m1lYT8D0ndFTqmA2gc=",
    },
    {
        .label = "account_sas_full@2021-12-02",
        .scheme = AZB_SAS_OF_ACCOUNT,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_SERVICES] = "b",
            [AZB_SAS_RESOURCE_TYPES] = "sco",
            [AZB_SAS_PERMISSION] = "rwdxftlacupiy",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_IP] = "10.0.0.1-10.0.0.9",
            [AZB_SAS_PROTOCOL] = "https,http",
            [AZB_SAS_SCOPE] = "myscope",
        },
        .method = "util.generate_account_sas",
        .params =
            "{'api_version':'2021-12-02','resource_types':'sco',"
            "'permission':'rwdxftlacupiy','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','ip':'10.0.0.1-10.0.0.9','protocol':'https,http',"
            "'encryption_scope':'myscope'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "devstoreaccount1\nrwdxftlacupiy\nb\nsco\n2030-01-01T00:00:00Z\n"
            "2030-01-02T00:00:00Z\n10.0.0.1-10.0.0.9\nhttps,http\n2021-12-02\nmyscope\n",
        .signature = "ZW7UbS9bW5FHhThYNlqEQKIld/dKyvrQ4e0FhByYuTU=",
    },
    {
        .label = "service_sas_blob@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/dir/a b.txt",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "racwd",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1','blob_name':'dir/a b.txt',"
            "'permission':'racwd','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "racwd\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n"
            "/blob/devstoreaccount1/c1/dir/a b.txt\n\n\nhttps\n2021-12-02\nb\n\n\n\n\n\n\n",
        .signature = "t06oDiI+/sP8+/KsCa5IKacjBX3ku9Hu1YbqZDi9oK4=",
    },
    {
        .label = "service_sas_blob_policy_only@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_POLICY] = "policy1",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1','blob_name':'n',"
            "'policy_id':'policy1'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "\n\n\n/blob/devstoreaccount1/c1/n\npolicy1\n\n\n2021-12-02\nb\n\n\n\n\n\n\n",
        .signature = "zM6hDzKQPYxd+5y+x1isog7/S5BYmiNk5EDCJr1zi8M=",
    },
    {
        .label = "service_sas_blob_response_headers@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_IP] = "10.0.0.1",
            [AZB_SAS_PROTOCOL] = "https",
            [AZB_SAS_CACHE_CONTROL] = "no-cache",
            [AZB_SAS_CONTENT_DISPOSITION] = "attachment; filename=\"x.txt\"",
            [AZB_SAS_CONTENT_ENCODING] = "gzip",
            [AZB_SAS_CONTENT_LANGUAGE] = "en-US",
            [AZB_SAS_CONTENT_TYPE] = "text/plain; charset=utf-8",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z','ip':'10.0.0.1',"
            "'protocol':'https','cache_control':'no-cache',"
            "'content_disposition':'attachment; filename=\\u0022x.txt\\u0022',"
            "'content_encoding':'gzip','content_language':'en-US',"
            "'content_type':'text/plain; charset=utf-8'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "r\n\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n\n10.0.0.1\nhttps\n"
            "2021-12-02\nb\n\n\nno-cache\nattachment; filename=\"x.txt\"\ngzip\nen-US\n"
            "text/plain; charset=utf-8",
        .signature = "nhywZUxLxcE5PA2jeigsNMYdPLUYBKqVU1SFYor453E=",
    },
    {
        .label = "service_sas_snapshot@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "bs",
            [AZB_SAS_TIMESTAMP] = "2029-12-31T00:00:00.0000000Z",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1','blob_name':'n',"
            "'snapshot':'2029-12-31T00:00:00.0000000Z','permission':'r',"
            "'expiry':'2030-01-02T00:00:00Z'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "r\n\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n\n\n\n2021-12-02\n"
            "bs\n2029-12-31T00:00:00.0000000Z\n\n\n\n\n\n",
        .signature = "21LDBcxhZjWIgh108vmDCiuFiI1LDG6iVH9OMozMncY=",
    },
    {
        .label = "service_sas_version@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "bv",
            [AZB_SAS_TIMESTAMP] = "2029-12-31T00:00:00.0000000Z",
            [AZB_SAS_PERMISSION] = "rx",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1','blob_name':'n',"
            "'version_id':'2029-12-31T00:00:00.0000000Z','permission':'rx',"
            "'expiry':'2030-01-02T00:00:00Z'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "rx\n\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n\n\n\n2021-12-02\n"
            "bv\n2029-12-31T00:00:00.0000000Z\n\n\n\n\n\n",
        .signature = "w8FRwTm0wl+yEJ1avzEs1byzFHDGbuimgRMSpH7Xxy0=",
    },
    {
        .label = "service_sas_container@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1",
            [AZB_SAS_RESOURCE] = "c",
            [AZB_SAS_PERMISSION] = "racwdxltmeiyf",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
            [AZB_SAS_SCOPE] = "myscope",
        },
        .method = "util.generate_container_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1',"
            "'permission':'racwdxltmeiyf','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https',"
            "'encryption_scope':'myscope'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "racwdxltmeiyf\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n"
            "/blob/devstoreaccount1/c1\n\n\nhttps\n2021-12-02\nc\n\nmyscope\n\n\n\n\n",
        .signature = "svAXW7Ip1+sJgTXyZ+088T365llMAPDPBzjbozSZYFE=",
    },
    {
        .label = "service_sas_directory@2021-12-02",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/d1/d2",
            [AZB_SAS_RESOURCE] = "d",
            [AZB_SAS_DEPTH] = "2",
            [AZB_SAS_PERMISSION] = "rwdlme",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2021-12-02','container_name':'c1','blob_name':'d1/d2',"
            "'is_directory':true,'sdd':2,'permission':'rwdlme',"
            "'expiry':'2030-01-02T00:00:00Z'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "rwdlme\n\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/d1/d2\n"
            "\n\n\n2021-12-02\nd\n\n\n\n\n\n\n",
        .signature = "Zgt+9LDtK/IzwvXjnpOiHjIXdGGPZ7XuDVT58ZyrIYk=",
    },
    {
        .label = "user_delegation_sas_blob@2021-12-02",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "rcw",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2021-12-02','container_name':'c1','blob_name':'n',"
            "'permission':'rcw','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "rcw\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n"
            "/blob/devstoreaccount1/c1/n\n11111111-1111-1111-1111-111111111111\n"
            "22222222-2222-2222-2222-222222222222\n2030-01-01T00:00:00Z\n"
            "2030-01-07T00:00:00Z\nb\n2021-12-02\n\n\n\n\nhttps\n2021-12-02\nb\n"
            "\n\n\n\n\n\n",
        .signature = "JrfEIv0b+B6rSpg+6HHmdZk1J4SBq12e6nFa+qvk5Jo=",
    },
    {
        .label = "user_delegation_sas_container_correlation@2021-12-02",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1",
            [AZB_SAS_RESOURCE] = "c",
            [AZB_SAS_PERMISSION] = "rl",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_AUTHORIZED_OID] = "33333333-3333-3333-3333-333333333333",
            [AZB_SAS_CORRELATION_ID] = "44444444-4444-4444-4444-444444444444",
            [AZB_SAS_SCOPE] = "myscope",
            [AZB_SAS_IP] = "10.0.0.1",
        },
        .method = "util.generate_container_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2021-12-02','container_name':'c1','permission':'rl',"
            "'expiry':'2030-01-02T00:00:00Z',"
            "'preauthorized_agent_object_id':'33333333-3333-3333-3333-333333333333',"
            "'correlation_id':'44444444-4444-4444-4444-444444444444',"
            "'encryption_scope':'myscope','ip':'10.0.0.1'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "rl\n\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n"
            "33333333-3333-3333-3333-333333333333\n"
            "\n44444444-4444-4444-4444-444444444444\n10.0.0.1\n\n2021-12-02\nc\n"
            "\nmyscope\n\n\n\n\n",
        .signature = "ELA4g+QVI3dKvSSkMCY38dWN/hkKW46/2Cv3L6bXnzg=",
    },
    {
        .label = "user_delegation_sas_snapshot@2021-12-02",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2021-12-02",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "bs",
            [AZB_SAS_TIMESTAMP] = "2029-12-31T00:00:00.0000000Z",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2021-12-02','container_name':'c1','blob_name':'n',"
            "'snapshot':'2029-12-31T00:00:00.0000000Z','permission':'r',"
            "'expiry':'2030-01-02T00:00:00Z'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n"
            "\n\n\n\n\n2021-12-02\nbs\n2029-12-31T00:00:00.0000000Z\n\n\n\n\n\n",
        .signature = "+n01UA6xOnM+7dUCTIHCl2zufn3rFCbiGWqfuncr2j4=",
    },
    {
        .label = "service_sas_blob@2015-04-05",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2015-04-05",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2015-04-05','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "\n\nhttps\n2015-04-05\n\n\n\n\n",
        .signature = "ELObKzPMuNtHVOBKEGB3jhe/Uu8YZDSV9I8FY3Q36Sc=",
    },
    {
        .label = "service_sas_blob@2018-11-09",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2018-11-09",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2018-11-09','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "\n\nhttps\n2018-11-09\nb\n\n\n\n\n\n",
        .signature = "lD5Mxoj6/O/jp1/0fIKJJrcLmmwbcokHa4YThRHvcH4=",
    },
    {
        .label = "service_sas_blob@2020-02-10",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2020-02-10",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2020-02-10','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "\n\nhttps\n2020-02-10\nb\n\n\n\n\n\n",
        .signature = "XJ+u+nl+wJ3mO3z/iJ3ZCfOM/xVqnhAIoKdfKUxB1r0=",
    },
    {
        .label = "service_sas_blob@2020-12-06",
        .scheme = AZB_SAS_OF_SERVICE,
        .values = {
            [AZB_SAS_VERSION] = "2020-12-06",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{'api_version':'2020-12-06','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "\n\nhttps\n2020-12-06\nb\n\n\n\n\n\n\n",
        .signature = "F1xRPlhj8pbPB1Zh7BFqtNj4qdQFnWljNgd5I6A5xe8=",
    },
    {
        .label = "user_delegation_sas_blob@2018-11-09",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2018-11-09",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2018-11-09','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n\nhttps\n"
            "2018-11-09\nb\n\n\n\n\n\n",
        .signature = "FCPYHOdWBZnMj2ZuKVcDNJh0seMsjiTxrf+z31XVIYA=",
    },
    {
        .label = "user_delegation_sas_blob@2020-02-10",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2020-02-10",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2020-02-10','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n\n\n\n\nhttps\n"
            "2020-02-10\nb\n\n\n\n\n\n",
        .signature = "+2gZ2A5JTta6YJVV1xGOxyF94SKZdhYA73Mc6c5sqRI=",
    },
    {
        .label = "user_delegation_sas_blob@2020-12-06",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2020-12-06",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2020-12-06','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n\n\n\n\nhttps\n"
            "2020-12-06\nb\n\n\n\n\n\n\n",
        .signature = "5NS12tTtcfbDT1ILrtGpw+yn9ZrHKV7UwrbMwqpF+3g=",
    },
    {
        .label = "user_delegation_sas_blob@2025-07-05",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2025-07-05",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2025-07-05','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n"
            "\n\n\n\n\n\nhttps\n2025-07-05\nb\n\n\n\n\n\n\n",
        .signature = "Vzp811/pjpNy5xpH5sHtAAVQCwnPGCYlLgOtmHs1QfA=",
    },
    {
        .label = "user_delegation_sas_blob@2026-04-06",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2026-04-06",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2026-04-06','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n"
            "\n\n\n\n\n\nhttps\n2026-04-06\nb\n\n\n\n\n\n\n\n\n",
        .signature = "EEhyVYGZ7cnuL3CXsUeHvO3zaOJp4ig90rot/U1eB/0=",
    },
    {
        .label = "user_delegation_sas_blob_delegated_user@2025-07-05",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2025-07-05",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
            [AZB_SAS_KEY_USER_TID] = "66666666-6666-6666-6666-666666666666",
            [AZB_SAS_USER_OID] = "55555555-5555-5555-5555-555555555555",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM(",'signed_delegated_user_tid':'66666666-6666-6666-6666-666666666666'") ","
            "'api_version':'2025-07-05','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https',"
            "'delegated_user_object_id':'55555555-5555-5555-5555-555555555555'}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n"
            "\n\n\n66666666-6666-6666-6666-666666666666\n"
            "55555555-5555-5555-5555-555555555555\n\nhttps\n2025-07-05\nb\n\n\n\n\n\n\n",
        .signature = "cE0l9jsqoqnhqGXLTI8dvu9Vwe54Sn0NOKHLULaaQcI=",
    },
    {
        .label = "user_delegation_sas_blob_request_bound@2026-04-06",
        .scheme = AZB_SAS_OF_DELEGATION,
        .values = {
            VECTOR_DELEGATION,
            [AZB_SAS_VERSION] = "2026-04-06",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_PATH] = "/blob/devstoreaccount1/c1/n",
            [AZB_SAS_RESOURCE] = "b",
            [AZB_SAS_PERMISSION] = "r",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_START] = "2030-01-01T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
            [AZB_SAS_HEADER_NAMES] = "x-ms-a,x-ms-b",
            [AZB_SAS_HEADERS] = "x-ms-a:1\nx-ms-b:2\n",
            [AZB_SAS_QUERY_NAMES] = "q1,q2",
            [AZB_SAS_QUERY] = "\nq1:v1\nq2:v2",
        },
        .method = "util.generate_blob_sas",
        .params =
            "{" VECTOR_DELEGATION_PARAM("") ","
            "'api_version':'2026-04-06','container_name':'c1','blob_name':'n',"
            "'permission':'r','expiry':'2030-01-02T00:00:00Z',"
            "'start':'2030-01-01T00:00:00Z','protocol':'https',"
            "'request_headers':{'x-ms-a':'1','x-ms-b':'2'},"
            "'request_query_parameters':{'q1':'v1','q2':'v2'}}",
        .key = VECTOR_DELEGATION_KEY,
        .string_to_sign =
            "r\n2030-01-01T00:00:00Z\n2030-01-02T00:00:00Z\n/blob/devstoreaccount1/c1/n\n"
            "11111111-1111-1111-1111-111111111111\n22222222-2222-2222-2222-222222222222\n"
            "2030-01-01T00:00:00Z\n2030-01-07T00:00:00Z\nb\n2021-12-02\n"
            "\n\n\n\n\n\nhttps\n2026-04-06\nb\n\n\nx-ms-a:1\nx-ms-b:2\n\n\nq1:v1\nq2:v2\n"
            "\n\n\n\n",
        .signature = "B8lPJwunU0sOGIsAhT1VmqTIyUgy0CYwqwv6rHFctjo=",
    },
    {
        .label = "account_sas@2018-11-09",
        .scheme = AZB_SAS_OF_ACCOUNT,
        .values = {
            [AZB_SAS_VERSION] = "2018-11-09",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_SERVICES] = "b",
            [AZB_SAS_RESOURCE_TYPES] = "sco",
            [AZB_SAS_PERMISSION] = "rl",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_account_sas",
        .params =
            "{'api_version':'2018-11-09','resource_types':'sco','permission':'rl',"
            "'expiry':'2030-01-02T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "devstoreaccount1\nrl\nb\nsco\n\n2030-01-02T00:00:00Z\n\nhttps\n2018-11-09\n",
        .signature = "bvbK5fjf/4F+fl1CYIhN4FINHXWPBpRnQNim8ATDXJg=",
    },
    {
        .label = "account_sas@2020-12-06",
        .scheme = AZB_SAS_OF_ACCOUNT,
        .values = {
            [AZB_SAS_VERSION] = "2020-12-06",
            [AZB_SAS_ACCOUNT] = "devstoreaccount1",
            [AZB_SAS_SERVICES] = "b",
            [AZB_SAS_RESOURCE_TYPES] = "sco",
            [AZB_SAS_PERMISSION] = "rl",
            [AZB_SAS_EXPIRY] = "2030-01-02T00:00:00Z",
            [AZB_SAS_PROTOCOL] = "https",
        },
        .method = "util.generate_account_sas",
        .params =
            "{'api_version':'2020-12-06','resource_types':'sco','permission':'rl',"
            "'expiry':'2030-01-02T00:00:00Z','protocol':'https'}",
        .key = VECTOR_ACCOUNT_KEY,
        .string_to_sign =
            "devstoreaccount1\nrl\nb\nsco\n\n2030-01-02T00:00:00Z\n\nhttps\n2020-12-06\n\n",
        .signature = "EvGcA6NJ2pmArmziL4HYT43HD4H0lc6eMymDZP5kFcE=",
    },
};
/* clang-format on */

#endif
