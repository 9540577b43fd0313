/*
 * answers.h: what the service says and what a caller gets for it, whole: one table for each
 * family of operations, played by test_answers.c. The answers have the shapes that the service
 * has been seen to give them: its header names and their case, byte order marks, line feeds or
 * none, chunks, elements that are empty or missing.
 */
#ifndef AZB_TESTS_ANSWERS_H
#define AZB_TESTS_ANSWERS_H

#include "tests/faults/fake.h"

enum { ANSWER_MAX_STEPS = 3 };

struct answer {
    const char *label; /* NULL ends a table */
    const char *method, *params;
    struct fake_step steps[ANSWER_MAX_STEPS];
    const char *result; /* all of it, as text_print() writes it */
};

extern const struct answer answers_service[];
extern const struct answer answers_container[];
extern const struct answer answers_listing[];
extern const struct answer answers_blob[];
extern const struct answer answers_write[];

/* What every answer has, in bytes and in the result, behind something else. */
#define SENT                                                    \
    "Date: Thu, 09 May 2019 00:42:02 GMT\nx-ms-request-id: r\n" \
    "x-ms-client-request-id: c\nx-ms-version: 2021-12-02\nVary: Origin"
#define COMMON                                                         \
    "request_id: 'r', client_request_id: 'c', version: '2021-12-02', " \
    "date: '2019-05-09T00:42:02Z'"

/* Of a resource that was written or read, before them. */
#define WRITTEN "\nETag: \"0x8D1\"\nLast-Modified: Thu, 09 May 2019 00:42:01 GMT"
#define WAS_WRITTEN "etag: '\"0x8D1\"', last_modified: '2019-05-09T00:42:01Z', " COMMON

/* An answer without a body, headers begin with '\n'; and one that is a document. */
#define BARE(status_, headers_) .reply = status_, .header = SENT headers_
#define XML(headers_, text_)          \
    .reply = 200, .is_chunked = true, \
    .header = SENT "\nContent-Type: application/xml" headers_, .body = FAKE_XML(text_)

#define CB "'container':'c','blob':'b'"

#endif
