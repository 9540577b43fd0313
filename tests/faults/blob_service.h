/*
 * blob_service.h: a Blob service that keeps what it is given, in memory: containers and block
 * blobs with listings, ranges, tiers and batches. What programs that use the library are run
 * against; a handler of the scripted server (fake.h). Names are kept as requests spell them.
 */
#ifndef AZB_TESTS_BLOB_SERVICE_H
#define AZB_TESTS_BLOB_SERVICE_H

#include "tests/faults/fake.h"

struct blob_service;

struct blob_service *blob_service_new(void);
void blob_service_free(struct blob_service *service);

/* Requests that begin with this ("PUT /c/slow") are answered after a fake_release() each. */
void blob_service_hold(struct blob_service *service, const char *prefix);

/* What to start the server with. */
struct fake_options blob_service_options(struct blob_service *service);

#endif
