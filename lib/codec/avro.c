/*
 * avro.c: a reader that always wants one thing: a number, or a run of bytes. When it is there,
 * the function that was named for then looks at it and says what is wanted next. Whatever is
 * wanted must fit in before `limit`, which is the end of the block or of the header.
 */
#include "lib/codec/avro.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "proto/utf8.h"
#include "proto/buf.h"

enum {
    MAGIC_BYTES = 4,
    SYNC_BYTES = 16,
    MAX_RECORDS = 16, /* of a schema */
    MAX_FIELDS = 16,  /* of a record */
    MAX_KEY = 256,    /* bytes of a name in the header */
    NUMBER_BITS = 64,
};

/* What a record is to us. */
enum record_kind {
    RECORD_DATA,
    RECORD_ERROR,
    RECORD_PROGRESS,
    RECORD_END,
    RECORD_OTHER, /* read and forgotten */
};

static const char *const record_names[RECORD_OTHER] = {
    [RECORD_DATA] = "resultData",
    [RECORD_ERROR] = "error",
    [RECORD_PROGRESS] = "progress",
    [RECORD_END] = "end",
};

enum field_type {
    TYPE_BOOLEAN,
    TYPE_INT,
    TYPE_LONG,
    TYPE_STRING,
    TYPE_BYTES,
    N_TYPES,
};

static const char *const type_names[N_TYPES] = {
    [TYPE_BOOLEAN] = "boolean", [TYPE_INT] = "int",     [TYPE_LONG] = "long",
    [TYPE_STRING] = "string",   [TYPE_BYTES] = "bytes",
};

/* Where a field's value is kept. */
enum slot {
    SLOT_DATA,
    SLOT_FATAL,
    SLOT_NAME,
    SLOT_DESCRIPTION,
    SLOT_POSITION,
    SLOT_SCANNED,
    SLOT_TOTAL,
    SLOT_END_TOTAL,
    SLOT_OTHER, /* a field that we do not know */
    N_SLOTS,
};

static const struct {
    enum record_kind record;
    const char *field;
    enum field_type type;
} slots[SLOT_OTHER] = {
    [SLOT_DATA] = {RECORD_DATA, "data", TYPE_BYTES},
    [SLOT_FATAL] = {RECORD_ERROR, "fatal", TYPE_BOOLEAN},
    [SLOT_NAME] = {RECORD_ERROR, "name", TYPE_STRING},
    [SLOT_DESCRIPTION] = {RECORD_ERROR, "description", TYPE_STRING},
    [SLOT_POSITION] = {RECORD_ERROR, "position", TYPE_LONG},
    [SLOT_SCANNED] = {RECORD_PROGRESS, "bytesScanned", TYPE_LONG},
    [SLOT_TOTAL] = {RECORD_PROGRESS, "totalBytes", TYPE_LONG},
    [SLOT_END_TOTAL] = {RECORD_END, "totalBytes", TYPE_LONG},
};

struct field {
    enum field_type type;
    enum slot slot;
};

struct record {
    enum record_kind kind;
    unsigned n_fields;
    struct field fields[MAX_FIELDS];
};

/* What becomes of the bytes that are wanted. */
enum fate {
    FATE_KEEP, /* in avro->kept */
    FATE_HAND_ON,
    FATE_FORGET,
};

typedef int next_fn(struct azb_avro *avro, struct azb_error *err);

struct azb_avro {
    const struct azb_avro_events *events;
    void *arg;

    uint64_t position; /* bytes read */
    uint64_t limit;    /* nothing that is wanted may reach beyond */
    next_fn *next;     /* when what is wanted has come */
    bool wants_number;
    uint64_t number; /* as far as it has come; zigzag */
    unsigned shift;
    uint64_t n_wanted; /* bytes still to come, when no number is wanted */
    enum fate fate;
    struct azb_buf *kept;

    struct azb_buf scratch; /* keys, values, markers */
    bool is_sized;          /* the header's part in hand told its size */
    bool is_schema;         /* the header's value in hand */
    bool is_codec;
    struct record records[MAX_RECORDS];
    unsigned n_records;
    unsigned char sync[SYNC_BYTES];

    uint64_t n_left; /* pairs of the header's part, records of the block */
    const struct record *record;
    unsigned field_i;
    int64_t numbers[N_SLOTS];
    struct azb_buf texts[N_SLOTS];
    bool has_ended; /* the end record has come */
};

static int bad(struct azb_error *err, const char *what)
{
    return azb_error_set(err, AZB_ERR_BAD_RESPONSE, "a query's answer %s", what);
}

/* ---- wanting ---- */

static int want_number(struct azb_avro *avro, next_fn *next)
{
    avro->wants_number = true;
    avro->number = 0;
    avro->shift = 0;
    avro->next = next;
    return 0;
}

static int want_bytes(struct azb_avro *avro, uint64_t n, enum fate fate, struct azb_buf *kept,
                      next_fn *next, struct azb_error *err)
{
    if (n > avro->limit - avro->position)
        return bad(err, "with a length beyond its block's end");
    if (fate == FATE_KEEP)
        kept->len = 0;
    avro->n_wanted = n;
    avro->fate = fate;
    avro->kept = kept;
    avro->next = next;
    return 0;
}

static int want_scratch(struct azb_avro *avro, uint64_t n, next_fn *next, struct azb_error *err)
{
    return want_bytes(avro, n, FATE_KEEP, &avro->scratch, next, err);
}

static int64_t number_of(const struct azb_avro *avro)
{
    return (int64_t)(avro->number >> 1) ^ -(int64_t)(avro->number & 1);
}

/* The number as a length or a count. */
static int length_of(const struct azb_avro *avro, uint64_t max, uint64_t *ret,
                     struct azb_error *err)
{
    int64_t n = number_of(avro);

    if (n < 0)
        return bad(err, "with a negative length or count");
    if ((uint64_t)n > max)
        return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                             "a query's answer with a length of %lld; at most %llu",
                             (long long)n, (unsigned long long)max);
    *ret = (uint64_t)n;
    return 0;
}

static bool scratch_is(const struct azb_avro *avro, const char *text)
{
    return avro->scratch.len == strlen(text) &&
           memcmp(avro->scratch.data, text, avro->scratch.len) == 0;
}

/* ---- the schema ---- */

/* "com.microsoft.azure.storage.queryBlobContents.resultData", or with the name space elsewhere.
 */
static enum record_kind record_kind_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    enum record_kind kind = 0;

    if (dot != NULL)
        name = dot + 1;
    while (kind < RECORD_OTHER && strcmp(record_names[kind], name) != 0)
        kind++;
    return kind;
}

static int field_load(struct field *ret, enum record_kind kind, const json_t *schema,
                      struct azb_error *err)
{
    const char *name = json_string_value(json_object_get(schema, "name"));
    const char *type = json_string_value(json_object_get(schema, "type"));

    if (name == NULL || type == NULL)
        return bad(err, "whose schema has a field without a plain name and type");
    while (ret->type < N_TYPES && strcmp(type_names[ret->type], type) != 0)
        ret->type++;
    if (ret->type == N_TYPES)
        return bad(err, "whose schema has a field of a type that queries do not have");
    while (ret->slot < SLOT_OTHER &&
           (slots[ret->slot].record != kind || strcmp(slots[ret->slot].field, name) != 0))
        ret->slot++;
    if (ret->slot < SLOT_OTHER && slots[ret->slot].type != ret->type)
        return bad(err, "whose schema gives a field another type");
    return 0;
}

/* All fields that we know of a record must be there, each once. */
static int record_check(const struct record *record, struct azb_error *err)
{
    unsigned n_seen[N_SLOTS] = {0};

    for (unsigned i = 0; i < record->n_fields; i++)
        n_seen[record->fields[i].slot]++;
    for (unsigned slot = 0; slot < SLOT_OTHER; slot++)
        if (slots[slot].record == record->kind && n_seen[slot] != 1)
            return azb_error_set(err, AZB_ERR_BAD_RESPONSE,
                                 "a query's answer whose schema has the field '%s' of '%s' "
                                 "%u times",
                                 slots[slot].field, record_names[record->kind], n_seen[slot]);
    return 0;
}

static int record_load(struct record *ret, const json_t *schema, struct azb_error *err)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    const char *name = json_string_value(json_object_get(schema, "name"));
    const json_t *fields = json_object_get(schema, "fields");

    if (type == NULL || strcmp(type, "record") != 0 || name == NULL || !json_is_array(fields) ||
        json_array_size(fields) > MAX_FIELDS)
        return bad(err, "whose schema has something else than records");
    ret->kind = record_kind_of(name);
    ret->n_fields = (unsigned)json_array_size(fields);
    for (unsigned i = 0; i < ret->n_fields; i++)
        if (field_load(&ret->fields[i], ret->kind, json_array_get(fields, i), err) < 0)
            return -1;
    return record_check(ret, err);
}

static int schema_load(struct azb_avro *avro, struct azb_error *err)
{
    json_t *schema = json_loadb((const char *)avro->scratch.data, avro->scratch.len, 0, NULL);
    size_t n = json_array_size(schema); /* 0, if it is none */
    int rc = 0;

    if (n == 0 || n > MAX_RECORDS || avro->n_records > 0)
        rc = bad(err, "whose schema is no list of records");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = record_load(&avro->records[avro->n_records++], json_array_get(schema, i), err);
    json_decref(schema);
    return rc;
}

/* ---- records ---- */

static int record_done(struct azb_avro *avro, struct azb_error *err)
{
    const int64_t *numbers = avro->numbers;
    struct azb_avro_error error;

    switch (avro->record->kind) {
    case RECORD_ERROR:
        error = (struct azb_avro_error){
            .is_fatal = numbers[SLOT_FATAL] != 0,
            .name = (const char *)avro->texts[SLOT_NAME].data,
            .description = (const char *)avro->texts[SLOT_DESCRIPTION].data,
            .position = numbers[SLOT_POSITION],
        };
        return avro->events->error(&error, avro->arg, err);
    case RECORD_PROGRESS:
        return avro->events->progress(numbers[SLOT_SCANNED], numbers[SLOT_TOTAL], avro->arg,
                                      err);
    case RECORD_END:
        avro->has_ended = true;
        return avro->events->end(numbers[SLOT_END_TOTAL], avro->arg, err);
    case RECORD_DATA: /* handed on already */
    case RECORD_OTHER:
        break;
    }
    return 0;
}

static int next_field(struct azb_avro *avro, struct azb_error *err);
static int next_record(struct azb_avro *avro, struct azb_error *err);

static const struct field *field_of(const struct azb_avro *avro)
{
    return &avro->record->fields[avro->field_i];
}

static int field_done(struct azb_avro *avro, struct azb_error *err)
{
    avro->field_i++;
    return next_field(avro, err);
}

static int after_boolean(struct azb_avro *avro, struct azb_error *err)
{
    unsigned char value = avro->scratch.data[0];

    if (value > 1)
        return bad(err, "with a boolean that is neither true nor false");
    avro->numbers[field_of(avro)->slot] = value;
    return field_done(avro, err);
}

static int after_number(struct azb_avro *avro, struct azb_error *err)
{
    int64_t value = number_of(avro);

    if (field_of(avro)->type == TYPE_INT && value != (int32_t)value)
        return bad(err, "with an int of more than 32 bits");
    avro->numbers[field_of(avro)->slot] = value;
    return field_done(avro, err);
}

/* A NUL ends it, so that it can be read as a C string. */
static int after_text(struct azb_avro *avro, struct azb_error *err)
{
    const char *text = azb_buf_cstr(avro->kept);

    if (avro->kept->failed)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "a query's answer");
    if (strlen(text) != avro->kept->len || !azb_utf8_is_valid(text, avro->kept->len))
        return bad(err, "with a string that is not UTF-8");
    return field_done(avro, err);
}

static int after_length(struct azb_avro *avro, struct azb_error *err)
{
    enum slot slot = field_of(avro)->slot;
    bool is_text = slot == SLOT_NAME || slot == SLOT_DESCRIPTION;
    uint64_t n = 0;

    if (length_of(avro, is_text ? AZB_AVRO_MAX_TEXT : AZB_AVRO_MAX_BLOCK, &n, err) < 0)
        return -1;
    if (is_text)
        return want_bytes(avro, n, FATE_KEEP, &avro->texts[slot], after_text, err);
    return want_bytes(avro, n, slot == SLOT_DATA ? FATE_HAND_ON : FATE_FORGET, NULL, field_done,
                      err);
}

static int next_field(struct azb_avro *avro, struct azb_error *err)
{
    if (avro->field_i == avro->record->n_fields)
        return record_done(avro, err) < 0 ? -1 : next_record(avro, err);
    switch (field_of(avro)->type) {
    case TYPE_BOOLEAN:
        return want_scratch(avro, 1, after_boolean, err);
    case TYPE_INT:
    case TYPE_LONG:
        return want_number(avro, after_number);
    default:
        return want_number(avro, after_length);
    }
}

static int after_branch(struct azb_avro *avro, struct azb_error *err)
{
    uint64_t branch = 0;

    if (length_of(avro, avro->n_records - 1, &branch, err) < 0)
        return -1;
    if (avro->has_ended)
        return bad(err, "with a record behind its end record");
    avro->record = &avro->records[branch];
    avro->field_i = 0;
    return next_field(avro, err);
}

/* ---- blocks ---- */

static int after_block_count(struct azb_avro *avro, struct azb_error *err);

static int next_block(struct azb_avro *avro)
{
    avro->limit = UINT64_MAX;
    return want_number(avro, after_block_count);
}

static int after_block_sync(struct azb_avro *avro, struct azb_error *err)
{
    if (memcmp(avro->scratch.data, avro->sync, SYNC_BYTES) != 0)
        return bad(err, "with another sync marker behind a block than in its header");
    return next_block(avro);
}

static int next_record(struct azb_avro *avro, struct azb_error *err)
{
    if (avro->n_left > 0) {
        avro->n_left--;
        return want_number(avro, after_branch);
    }
    if (avro->position != avro->limit)
        return bad(err, "with a block that is longer than its records");
    avro->limit += SYNC_BYTES;
    return want_scratch(avro, SYNC_BYTES, after_block_sync, err);
}

static int after_block_size(struct azb_avro *avro, struct azb_error *err)
{
    uint64_t n = 0;

    if (length_of(avro, AZB_AVRO_MAX_BLOCK, &n, err) < 0)
        return -1;
    avro->limit = avro->position + n;
    return next_record(avro, err);
}

static int after_block_count(struct azb_avro *avro, struct azb_error *err)
{
    /* a record has one byte at least */
    if (length_of(avro, AZB_AVRO_MAX_BLOCK, &avro->n_left, err) < 0)
        return -1;
    return want_number(avro, after_block_size);
}

/* ---- the header ---- */

static int after_map_count(struct azb_avro *avro, struct azb_error *err);
static int after_key_length(struct azb_avro *avro, struct azb_error *err);

/* A part of the map: some pairs, or none as its end. */
static int next_map_part(struct azb_avro *avro, struct azb_error *err)
{
    if (avro->is_sized && avro->position != avro->limit)
        return bad(err, "whose header is not as long as it says");
    avro->is_sized = false;
    avro->limit = AZB_AVRO_MAX_HEADER;
    return want_number(avro, after_map_count);
}

static int next_pair(struct azb_avro *avro, struct azb_error *err)
{
    if (avro->n_left == 0)
        return next_map_part(avro, err);
    avro->n_left--;
    return want_number(avro, after_key_length);
}

static int after_value(struct azb_avro *avro, struct azb_error *err)
{
    if (avro->is_schema && schema_load(avro, err) < 0)
        return -1;
    if (avro->is_codec && !scratch_is(avro, "null"))
        return bad(err, "that is compressed");
    return next_pair(avro, err);
}

static int after_value_length(struct azb_avro *avro, struct azb_error *err)
{
    bool is_known = avro->is_schema || avro->is_codec;
    uint64_t n = 0;

    if (length_of(avro, AZB_AVRO_MAX_HEADER, &n, err) < 0)
        return -1;
    return want_bytes(avro, n, is_known ? FATE_KEEP : FATE_FORGET, &avro->scratch, after_value,
                      err);
}

static int after_key(struct azb_avro *avro, struct azb_error *err)
{
    (void)err;
    avro->is_schema = scratch_is(avro, "avro.schema");
    avro->is_codec = scratch_is(avro, "avro.codec");
    return want_number(avro, after_value_length);
}

static int after_key_length(struct azb_avro *avro, struct azb_error *err)
{
    uint64_t n = 0;

    if (length_of(avro, MAX_KEY, &n, err) < 0)
        return -1;
    return want_scratch(avro, n, after_key, err);
}

static int after_map_size(struct azb_avro *avro, struct azb_error *err)
{
    uint64_t n = 0;

    if (length_of(avro, avro->limit - avro->position, &n, err) < 0)
        return -1;
    avro->is_sized = true;
    avro->limit = avro->position + n;
    return next_pair(avro, err);
}

static int after_header_sync(struct azb_avro *avro, struct azb_error *err)
{
    (void)err;
    memcpy(avro->sync, avro->scratch.data, SYNC_BYTES);
    return next_block(avro);
}

static int after_map_count(struct azb_avro *avro, struct azb_error *err)
{
    int64_t count = number_of(avro);

    if (count == 0 && avro->n_records == 0)
        return bad(err, "without a schema");
    if (count == 0)
        return want_scratch(avro, SYNC_BYTES, after_header_sync, err);
    if (count < -AZB_AVRO_MAX_HEADER || count > AZB_AVRO_MAX_HEADER)
        return bad(err, "whose header has too many pairs");
    avro->n_left = (uint64_t)(count < 0 ? -count : count);
    return count < 0 ? want_number(avro, after_map_size) : next_pair(avro, err);
}

static int after_magic(struct azb_avro *avro, struct azb_error *err)
{
    if (!scratch_is(avro, "Obj\x01"))
        return bad(err, "that is no Avro container");
    return next_map_part(avro, err);
}

/* ---- bytes ---- */

static int take_number_byte(struct azb_avro *avro, unsigned char byte, struct azb_error *err)
{
    if (avro->position == avro->limit)
        return bad(err, "with a number beyond its block's end");
    if (avro->shift + 7 > NUMBER_BITS && byte > 1)
        return bad(err, "with a number of more than 64 bits");
    avro->position++;
    avro->number |= (uint64_t)(byte & 0x7f) << avro->shift;
    avro->shift += 7;
    if ((byte & 0x80) == 0) {
        avro->wants_number = false;
        avro->n_wanted = 0;
    }
    return 0;
}

static int take_bytes(struct azb_avro *avro, const unsigned char *bytes, size_t n,
                      struct azb_error *err)
{
    avro->position += n;
    avro->n_wanted -= n;
    if (avro->fate == FATE_HAND_ON)
        return avro->events->data(bytes, n, avro->arg, err);
    if (avro->fate == FATE_KEEP) {
        azb_buf_append(avro->kept, bytes, n);
        if (avro->kept->failed)
            return azb_error_set(err, AZB_ERR_NO_MEMORY, "a query's answer");
    }
    return 0;
}

int azb_avro_push(struct azb_avro *avro, const void *bytes, size_t n, struct azb_error *err)
{
    const unsigned char *at = bytes, *end = at + n;

    for (;;) {
        size_t piece = (size_t)(end - at);
        int rc;

        if (!avro->wants_number && avro->n_wanted == 0) {
            rc = avro->next(avro, err);
            piece = 0;
        } else if (piece == 0) {
            return 0;
        } else if (avro->wants_number) {
            rc = take_number_byte(avro, *at, err);
            piece = 1;
        } else {
            if (piece > avro->n_wanted)
                piece = (size_t)avro->n_wanted;
            rc = take_bytes(avro, at, piece, err);
        }
        if (rc < 0)
            return -1;
        at += piece;
    }
}

int azb_avro_end(struct azb_avro *avro, struct azb_error *err)
{
    if (avro->next != after_block_count || avro->shift > 0)
        return azb_error_set(err, AZB_ERR_SHORT_BODY, "a query's answer that is cut off");
    if (!avro->has_ended)
        return azb_error_set(err, AZB_ERR_SHORT_BODY, "a query's answer without its end");
    return 0;
}

struct azb_avro *azb_avro_new(const struct azb_avro_events *events, void *arg)
{
    struct azb_avro *avro = calloc(1, sizeof(*avro));

    if (avro == NULL)
        return NULL;
    avro->events = events;
    avro->arg = arg;
    avro->limit = AZB_AVRO_MAX_HEADER;
    avro->n_wanted = MAGIC_BYTES;
    avro->kept = &avro->scratch;
    avro->next = after_magic;
    return avro;
}

void azb_avro_free(struct azb_avro *avro)
{
    if (avro == NULL)
        return;
    azb_buf_clear(&avro->scratch);
    for (unsigned slot = 0; slot < N_SLOTS; slot++)
        azb_buf_clear(&avro->texts[slot]);
    free(avro);
}
