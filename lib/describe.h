/*
 * describe.h: what the rows say, for programs: what rpc.describe gives, and help and reference
 * are made from.
 */
#ifndef AZB_LIB_DESCRIBE_H
#define AZB_LIB_DESCRIBE_H

#include <msgpack.h>
#include "lib/registry.h"

/*
 * Append the schema of one method as a msgpack map. pk is that of an azb_buf
 * (azb_buf_packer()).
 *
 *   method, doc, access, retry   as in the row
 *   follows, request             REST operations: its page in the reference; verb, path, query
 *   stream, fd                   whether it may be called with that
 *   params                       [{name, type, required, doc, ...}]; "common": every storage
 *                                method has it
 *   forms                        [{when, doc, follows, request, retry, params: [names],
 *                                results}]: the REST operations that it is instead when it has
 *                                the parameter `when`
 *   result                       its type, where that is no map
 *   results                      [{name, type, doc?, unit?, of? or fields?, streamed?}]
 */
void azb_method_describe(const struct azb_method *method, msgpack_packer *pk);

#endif
