/*
 * du.c: how much lies below a prefix, counted as the listing comes; nothing is kept but sums.
 */
#include "client/command.h"

#include <inttypes.h>
#include <string.h>

#include "client/selection.h"
#include "proto/value.h"

enum {
    MAX_TIERS = 24, /* the service knows some fifteen */
};

struct tally {
    char name[24];
    uint64_t n_blobs, n_bytes;
};

struct count {
    struct azb_selection selection;
    struct tally total;
    struct tally tiers[MAX_TIERS];
    unsigned n_tiers;
};

/* The tally of a tier; the last one has what finds no place. */
static struct tally *tally_for(struct count *count, const char *tier)
{
    struct tally *tally = count->tiers;

    while (tally < count->tiers + count->n_tiers && strcmp(tally->name, tier) != 0)
        tally++;
    if (tally == count->tiers + MAX_TIERS)
        return tally - 1;
    if (tally == count->tiers + count->n_tiers) {
        strcpy(tally->name, tier);
        count->n_tiers++;
    }
    return tally;
}

static int on_entry(const msgpack_object *item, void *arg)
{
    const msgpack_object_map *map = azb_value_map(item);
    struct count *count = arg;
    char tier[sizeof(count->total.name)];
    struct tally *tally;
    int64_t size = 0;

    if (azb_entry_is_folder(item) || !azb_selection_takes(&count->selection, item))
        return 0;
    if (!azb_value_copy(azb_map_find(map, "blob_tier"), tier, sizeof(tier)))
        strcpy(tier, "none");
    azb_value_int(azb_map_find(map, "size"), &size);
    tally = tally_for(count, tier);
    tally->n_blobs++;
    tally->n_bytes += (uint64_t)size;
    count->total.n_blobs++;
    count->total.n_bytes += (uint64_t)size;
    return 0;
}

static void pack_tally(msgpack_packer *pk, const struct tally *tally)
{
    azb_pack_str(pk, "size");
    msgpack_pack_uint64(pk, tally->n_bytes);
    azb_pack_str(pk, "blobs");
    msgpack_pack_uint64(pk, tally->n_blobs);
}

/* {size, blobs, name, tiers: {Hot: {size, blobs}}} */
static void pack_count(struct azb_buf *packed, const struct count *count, const char *name)
{
    msgpack_packer pk;

    azb_buf_packer(&pk, packed);
    msgpack_pack_map(&pk, 4);
    pack_tally(&pk, &count->total);
    azb_pack_str(&pk, "name");
    azb_pack_str(&pk, name);
    azb_pack_str(&pk, "tiers");
    msgpack_pack_map(&pk, count->n_tiers);
    for (unsigned i = 0; i < count->n_tiers; i++) {
        azb_pack_str(&pk, count->tiers[i].name);
        msgpack_pack_map(&pk, 2);
        pack_tally(&pk, &count->tiers[i]);
    }
}

static int write_count(struct azb_command *command, const struct count *count, const char *name,
                       struct azb_error *err)
{
    static const struct azb_column columns[] = {
        {"size", -14, true}, {"blobs", -10}, {"name"}, {NULL}};
    static const struct azb_column with_tiers[] = {
        {"size", -14, true}, {"blobs", -10}, {"name"}, {"tiers"}, {NULL}};
    struct azb_buf packed = {0};
    int rc;

    pack_count(&packed, count, name);
    rc = azb_output_packed_row(
        &command->out, &packed,
        azb_options_has(&command->options, AZB_HAS(LONG)) ? with_tiers : columns, err);
    azb_buf_clear(&packed);
    return rc;
}

static int count_below(struct azb_command *command, const struct azb_target *target,
                       struct azb_error *err)
{
    struct count count = {0};
    struct azb_client_call call = {.on_item = on_entry, .arg = &count};
    int rc;

    if (azb_selection_init(&count.selection, target,
                           azb_options_has(&command->options, AZB_HAS(LITERAL)), err) < 0)
        return -1;
    rc = azb_command_begin(command, &call, azb_selection_method(&count.selection, false),
                           target, err);
    if (rc == 0) {
        azb_selection_params(&count.selection, &call);
        rc = azb_command_finish(&call, -1, err);
    }
    if (rc == 0)
        rc = azb_selection_check(&count.selection, target->text, err);
    if (rc == 0)
        rc = write_count(command, &count, target->text, err);
    azb_selection_clear(&count.selection);
    return rc;
}

int azb_verb_du(struct azb_command *command)
{
    struct azb_error err;

    for (int i = 0; i < command->options.n_operands; i++) {
        struct azb_target target = {0};
        int rc;

        err = (struct azb_error){0};
        rc = azb_target_parse(command->options.operands[i], &target, &err);
        if (rc == 0 && target.container == NULL)
            rc = azb_error_set(&err, AZB_ERR_INVALID_ARG, "'%.200s' names no container",
                               target.text);
        if (rc == 0)
            rc = count_below(command, &target, &err);
        if (rc < 0)
            azb_command_failed(command, target.text, &err);
        else
            azb_command_done(command, target.text, NULL);
        azb_target_clear(&target);
    }
    azb_output_rows_end(&command->out);
    return azb_command_exit(command);
}
