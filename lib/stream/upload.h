/*
 * upload.h: an upload, as its three files see it: upload.c decides what comes after what,
 * upload_piece.c sends the pieces, and upload_doubt.c finds out whether a refused write was
 * our own. Nobody else includes this.
 */
#ifndef AZB_LIB_STREAM_UPLOAD_H
#define AZB_LIB_STREAM_UPLOAD_H

#include "lib/codec/crc64.h"
#include "lib/stream/lookup.h"
#include "lib/stream/pace.h"
#include "lib/stream/pieces.h"
#include "lib/stream/upload_id.h"
#include "proto/base64.h"

enum {
    AZB_PAGE_BYTES = 512,
};

enum azb_upload_phase {
    AZB_UPLOAD_GATHER, /* the first piece shows whether it is all */
    AZB_UPLOAD_CHECK,  /* is there such a blob already? */
    AZB_UPLOAD_LIST,   /* which of our blocks are there already? */
    AZB_UPLOAD_CREATE, /* an append or page blob without content */
    AZB_UPLOAD_SEND,
    AZB_UPLOAD_COMMIT,
    AZB_UPLOAD_PROVE, /* is the blob made of our blocks? */
};

enum azb_upload_form {
    AZB_FORM_PUT, /* one request */
    AZB_FORM_BLOCKS,
    AZB_FORM_APPEND,
    AZB_FORM_PAGES,
};

/* What is known of a piece of the blob once it is no longer in memory. */
struct azb_part {
    uint64_t bytes;
    uint64_t crc64;
    uint64_t staged_bytes; /* by an earlier upload of the same; UINT64_MAX: not staged */
};

struct azb_upload {
    struct azb_op op; /* whatever is no piece */
    struct azb_args args;
    struct azb_input input;
    struct azb_pieces pieces;
    struct azb_call *call;
    enum azb_upload_phase phase;
    enum azb_upload_form form;
    bool adds_if_none; /* overwrite: false */
    bool is_checked;   /* validate_content: MD5 in place of CRC-64 */
    bool resumes;
    uint64_t single_bytes; /* no more than this goes as one Put Blob */

    struct azb_args piece_args;
    struct azb_piece *first;    /* the gathered one, while we look around */
    struct azb_decoder *answer; /* of the last request that tells the result */
    struct azb_upload_id id;
    struct azb_part *parts;
    unsigned n_parts, parts_cap;
    uint64_t position; /* APPEND: where our first byte goes */
    bool has_written;  /* APPEND: what there was before us has changed */
    bool has_made;     /* APPEND: the blob is ours: nobody else is to write to it meanwhile */
    msgpack_object size, sequence, list_type;
    struct azb_buf body;

    EVP_MD_CTX *whole_md5; /* compute_md5 */
    char md5[AZB_BASE64_CHARS(AZB_MD5_BYTES) + 1];

    struct azb_pace pace; /* how many pieces at a time */

    uint64_t sent; /* bytes that the service has */
    unsigned n_staged;

    struct azb_error refusal;   /* which may be due to what we did ourselves */
    struct azb_piece *doubtful; /* APPEND: the piece that it is about */
    struct azb_lookup *lookup;  /* whether we were it; NULL: nobody asked */
};

static inline struct azb_upload *azb_upload_of(struct azb_call *call)
{
    return call->driver_state;
}

/* ---- upload.c ---- */

/* Go on with another phase. */
void azb_upload_go(struct azb_call *call, enum azb_upload_phase phase);

/* The call has succeeded, with the values of this answer. */
void azb_upload_result(struct azb_call *call, struct azb_decoder *decoder);

/* The call has failed. */
void azb_upload_fail(struct azb_call *call, const struct azb_error *err);

/* The blob without content is there: go on. */
void azb_upload_created(struct azb_call *call, struct azb_op *op);

/* This answer's values are the result's, unless a later one's are. Taken from op. */
void azb_upload_keep_answer(struct azb_upload *u, struct azb_op *op);

/* What the request that makes the blob, or makes it what it is to be, has besides its row. */
int azb_upload_final_headers(struct azb_upload *u, struct azb_request *req,
                             struct azb_error *err);

/* The list of blocks that op was answered; false: there is no memory. ret is initialised; what
 * it gets is borrowed from u->body in part. */
bool azb_upload_read_list(struct azb_upload *u, const struct azb_op *op, msgpack_unpacked *ret);

/* A method's argument; value is borrowed for as long as args are used. */
void azb_upload_set_arg(struct azb_args *args, const char *name, const msgpack_object *value);

/* Forget conditions on what was there before us: our own first request has changed that. */
void azb_upload_drop_conditions(struct azb_args *args);

/* ---- upload_piece.c ---- */

/* The form is decided: pieces go this way. */
void azb_upload_use_form(struct azb_call *call);

/* Send a piece, unless it need not be sent, and be done with it. */
void azb_upload_send(struct azb_piece *piece);

/* The upload has failed, and may be resumed: blocks that the service has with other bytes are
 * not to be taken for what they should be. Behind the call's back. */
void azb_upload_replace_wrong(struct azb_call *call);

/* The service has the piece. */
void azb_upload_sent(struct azb_piece *piece);

/* ---- upload_doubt.c ---- */

/* hooks->refused of op, and of the piece that is all of the blob. */
bool azb_upload_refused(struct azb_op *op, const struct azb_error *err);
bool azb_upload_put_refused(struct azb_op *op, const struct azb_error *err);

/* The same for an append that has failed after a doubtful attempt: true when the upload goes on
 * from there. */
bool azb_upload_append_refused(struct azb_piece *piece, const struct azb_error *err);

/* PROVE has its answer. err NULL: op's decoder has the list of blocks. */
void azb_upload_prove(struct azb_call *call, struct azb_op *op, const struct azb_error *err);

#endif
