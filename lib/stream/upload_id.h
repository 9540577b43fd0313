/*
 * upload_id.h: what the blocks of one upload have in common, so that they are never taken for
 * those of another: 12 bytes, and behind them a block's index.
 *
 * The id is random, or, for a file whose upload is to be resumed, made of the file's identity
 * and state, the blob's address and the size of blocks: the same call finds its own blocks
 * again after whatever ended the first one. That is why there is no journal: what the service
 * has is asked of the service, what the file was like stands in the id, and neither can be
 * lost, be out of date, or be meant for another file. A file that changed has another id, and
 * begins anew.
 */
#ifndef AZB_LIB_STREAM_UPLOAD_ID_H
#define AZB_LIB_STREAM_UPLOAD_ID_H

#include "lib/call.h"
#include "lib/stream/input.h"

enum {
    AZB_UPLOAD_ID_BYTES = 12,
    AZB_BLOCK_ID_BYTES = 16,
};

struct azb_upload_id {
    unsigned char bytes[AZB_UPLOAD_ID_BYTES];
    bool is_derived;
};

/* A random one. */
void azb_upload_id_new(struct azb_upload_id *id, struct azb_call *call);

/*
 * One made of the source; or a random one, when that is no regular file, or was written so
 * recently that another write might not show.
 */
void azb_upload_id_derive(struct azb_upload_id *id, struct azb_call *call,
                          const struct azb_input *input, uint64_t block_bytes);

void azb_upload_id_block(const struct azb_upload_id *id, unsigned block_i,
                         unsigned char ret[AZB_BLOCK_ID_BYTES]);

/* A block of this upload, by its index; false: it is another's. */
typedef void azb_own_block_cb(unsigned block_i, uint64_t bytes, void *arg);

/* Does a result of blob.get_block_list say that the blob is made of n blocks of ours, in order,
 * and of nothing else? */
bool azb_upload_id_is_all(const struct azb_upload_id *id, const msgpack_object *block_list,
                          unsigned n);

/*
 * Go through a result of blob.get_block_list: cb for each uncommitted block of ours. Returns
 * the number of those that are not ours.
 */
unsigned azb_upload_id_find(const struct azb_upload_id *id, const msgpack_object *block_list,
                            azb_own_block_cb *cb, void *arg);

#endif
