/*
 * query_body.h: the document that a query is asked with.
 */
#ifndef AZB_LIB_STREAM_QUERY_BODY_H
#define AZB_LIB_STREAM_QUERY_BODY_H

#include "lib/body.h"

/*
 * From query_expression, blob_format and output_format. ret->bytes is in the arena. Returns 0,
 * or -1 with INVALID_ARG (a setting that its format does not have; a character that XML cannot
 * hold) or NO_MEMORY. Follows: "Query Blob Contents", request body.
 */
int azb_query_body(const struct azb_args *args, struct azb_arena *arena,
                   struct azb_buf *scratch, struct azb_body *ret, struct azb_error *err);

#endif
