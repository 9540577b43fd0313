/*
 * answers_container.c: answers of a container, and to leases on it and on its blobs.
 */
/* clang-format off */
#include "tests/faults/answers.h"

#define LEASE_ID "abcdabcd-abcd-abcd-abcd-abcdabcdabcd"
#define OTHER_ID "dcbadcba-dcba-dcba-dcba-dcbadcbadcba"
#define POLICY(id, inside) "<SignedIdentifier><Id>" id "</Id>" inside "</SignedIdentifier>"
#define ON_CONTAINER "PUT /c?comp=lease&restype=container"
#define ON_BLOB "PUT /c/b?comp=lease"
#define IS_LEASE "lease_id: '" LEASE_ID "'"

const struct answer answers_container[] = {
    {"created", "container.create_container", "{'container':'c'}",
     {{"PUT /c?restype=container", BARE(201, WRITTEN)}},
     "{" WAS_WRITTEN "}"},
    {"deleted", "container.delete_container", "{'container':'c'}",
     {{"DELETE /c?restype=container", BARE(202, "")}},
     "{" COMMON "}"},
    {"there", "container.exists", "{'container':'c'}",
     {{"GET /c?restype=container", BARE(200, WRITTEN)}},
     "true"},
    {"not there", "container.exists", "{'container':'c'}",
     {{"GET /c?restype=container", .reply = 404, .error_code = "ContainerNotFound"}},
     "false"},
    {"renamed", "container.rename_container", "{'container':'c','new_name':'d'}",
     {{"PUT /d?restype=container&comp=rename", BARE(200, "")}},
     "{name: 'd', " COMMON "}"},

    {"properties, leased, with metadata", "container.get_container_properties", "{'container':'c'}",
     {{"GET /c?restype=container",
       BARE(200, WRITTEN "\nx-ms-has-immutability-policy: false\nx-ms-has-legal-hold: false"
            "\nx-ms-lease-duration: infinite\nx-ms-lease-state: leased\nx-ms-lease-status: locked"
            "\nx-ms-meta-hello: world\nx-ms-meta-number: 42\nx-ms-blob-public-access: container")}},
     "{name: 'c', last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', lease: {status: 'locked', "
     "state: 'leased', duration: 'infinite'}, public_access: 'container', has_immutability_policy: false, "
     "has_legal_hold: false, metadata: {hello: 'world', number: '42'}, " COMMON "}"},
    {"properties by a newer version, names in lower case", "container.get_container_properties", "{'container':'c'}",
     {{"GET /c?restype=container",
       BARE(200, "\netag: \"0x8D1\"\nlast-modified: Thu, 09 May 2019 00:42:01 GMT"
            "\nx-ms-default-encryption-scope: $account-encryption-key\nx-ms-deny-encryption-scope-override: false"
            "\nx-ms-has-immutability-policy: false\nx-ms-has-legal-hold: false"
            "\nx-ms-immutable-storage-with-versioning-enabled: false"
            "\nx-ms-lease-state: available\nx-ms-lease-status: unlocked")}},
     "{name: 'c', last_modified: '2019-05-09T00:42:01Z', etag: '\"0x8D1\"', lease: {status: 'unlocked', "
     "state: 'available'}, has_immutability_policy: false, has_legal_hold: false, "
     "immutable_storage_with_versioning_enabled: false, encryption_scope: {"
     "default_encryption_scope: '$account-encryption-key', prevent_encryption_scope_override: false}, " COMMON "}"},
    {"metadata is set", "container.set_container_metadata", "{'container':'c','metadata':{'a':'b'}}",
     {{"PUT /c?restype=container&comp=metadata", BARE(200, WRITTEN)}},
     "{" WAS_WRITTEN "}"},

    {"policies", "container.get_container_access_policy", "{'container':'c'}",
     {{"GET /c?restype=container&comp=acl",
       XML(WRITTEN, "<SignedIdentifiers>"
           POLICY("testid", "<AccessPolicy><Start>2019-10-25T17:22:43.0000000Z</Start><Expiry>2019-10-25T18:22:43.0000000Z"
                  "</Expiry><Permission>r</Permission></AccessPolicy>")
           POLICY("none", "<AccessPolicy />") POLICY("empty", "") "</SignedIdentifiers>")}},
     "{signed_identifiers: [{id: 'testid', access_policy: {start: '2019-10-25T17:22:43.0000000Z', "
     "expiry: '2019-10-25T18:22:43.0000000Z', permission: 'r'}}, {id: 'none'}, {id: 'empty'}], " WAS_WRITTEN "}"},
    {"no policies, but anybody may read", "container.get_container_access_policy", "{'container':'c'}",
     {{"GET /c?restype=container&comp=acl", XML(WRITTEN "\nx-ms-blob-public-access: container", "<SignedIdentifiers />")}},
     "{public_access: 'container', signed_identifiers: [], " WAS_WRITTEN "}"},
    {"policies are set", "container.set_container_access_policy", "{'container':'c','signed_identifiers':{'a':null}}",
     {{"PUT /c?restype=container&comp=acl", BARE(200, WRITTEN)}},
     "{" WAS_WRITTEN "}"},

    /* each action of a lease has a status of its own: 201 to begin, 202 to break, else 200 */
    {"a lease begins", "lease.acquire", "{'container':'c','lease_id':'" LEASE_ID "'}",
     {{ON_CONTAINER, BARE(201, WRITTEN "\nx-ms-lease-id: " LEASE_ID)}},
     "{" IS_LEASE ", " WAS_WRITTEN "}"},
    {"on a blob", "lease.acquire", "{" CB ",'lease_id':'" LEASE_ID "'}",
     {{ON_BLOB, BARE(201, WRITTEN "\nx-ms-lease-id: " LEASE_ID)}},
     "{" IS_LEASE ", " WAS_WRITTEN "}"},
    {"asked of the container's client", "container.acquire_lease", "{'container':'c','lease_id':'" LEASE_ID "'}",
     {{ON_CONTAINER, BARE(201, WRITTEN "\nx-ms-lease-id: " LEASE_ID)}},
     "{" IS_LEASE ", " WAS_WRITTEN "}"},
    {"asked of the blob's client", "blob.acquire_lease", "{" CB ",'lease_id':'" LEASE_ID "'}",
     {{ON_BLOB, BARE(201, WRITTEN "\nx-ms-lease-id: " LEASE_ID)}},
     "{" IS_LEASE ", " WAS_WRITTEN "}"},
    {"goes on", "lease.renew", "{'container':'c','lease':'" LEASE_ID "'}",
     {{ON_CONTAINER, BARE(200, WRITTEN "\nx-ms-lease-id: " LEASE_ID)}},
     "{" IS_LEASE ", " WAS_WRITTEN "}"},
    {"goes on, on a blob", "lease.renew", "{" CB ",'lease':'" LEASE_ID "'}",
     {{ON_BLOB, BARE(200, WRITTEN "\nx-ms-lease-id: " LEASE_ID)}},
     "{" IS_LEASE ", " WAS_WRITTEN "}"},
    {"gets another id", "lease.change", "{'container':'c','lease':'" LEASE_ID "','proposed_lease_id':'" OTHER_ID "'}",
     {{ON_CONTAINER, BARE(200, WRITTEN "\nx-ms-lease-id: " OTHER_ID)}},
     "{lease_id: 'dcbadcba-dcba-dcba-dcba-dcbadcbadcba', " WAS_WRITTEN "}"},
    {"gets another id, on a blob", "lease.change", "{" CB ",'lease':'" LEASE_ID "','proposed_lease_id':'" OTHER_ID "'}",
     {{ON_BLOB, BARE(200, WRITTEN "\nx-ms-lease-id: " OTHER_ID)}},
     "{lease_id: 'dcbadcba-dcba-dcba-dcba-dcbadcbadcba', " WAS_WRITTEN "}"},
    {"ends", "lease.release", "{'container':'c','lease':'" LEASE_ID "'}",
     {{ON_CONTAINER, BARE(200, WRITTEN)}},
     "{" WAS_WRITTEN "}"},
    {"ends, on a blob", "lease.release", "{" CB ",'lease':'" LEASE_ID "'}",
     {{ON_BLOB, BARE(200, WRITTEN)}},
     "{" WAS_WRITTEN "}"},
    {"is broken at once", "lease.break_lease", "{'container':'c','lease_break_period':0}",
     {{ON_CONTAINER, BARE(202, WRITTEN "\nx-ms-lease-time: 0")}},
     "{lease_time: 0, " WAS_WRITTEN "}"},
    {"is broken in half a minute, on a blob", "lease.break_lease", "{" CB ",'lease_break_period':30}",
     {{ON_BLOB, BARE(202, WRITTEN "\nx-ms-lease-time: 30")}},
     "{lease_time: 30, " WAS_WRITTEN "}"},
    {0},
};
