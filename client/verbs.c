/*
 * verbs.c: the table of verbs. Dispatch, --help, `azblob help` and completion read it, and what
 * is but one call of the daemon is described here and nowhere else.
 */
#include "client/command.h"

/* Conditions that a service checks; what a blob may be named with besides its name. */
#define CONDITIONS                                                             \
    (AZB_HAS(IF_MATCH) | AZB_HAS(IF_NONE_MATCH) | AZB_HAS(IF_MODIFIED_SINCE) | \
     AZB_HAS(IF_UNMODIFIED_SINCE) | AZB_HAS(TAGS_CONDITION))
#define BLOB_OPTIONS (CONDITIONS | AZB_HAS(LEASE_ID) | AZB_HAS(SNAPSHOT) | AZB_HAS(VERSION_ID))

#define TRANSFER_DETAILS                                                             \
    "A name is CONTAINER/NAME, az://CONTAINER/NAME, PROFILE:CONTAINER/NAME or the\n" \
    "blob's https URL. Outside URLs names are taken literally.\n"

/* A name may be a pattern. */
#define PATTERN_DETAILS \
    "In a name (not in a URL), * and ? stop at '/', ** does not; [a-z] and {a,b} too.\n"

/* Verbs for many blobs at once. */
#define BULK_OPERANDS \
    "CONTAINER/NAME... | -r CONTAINER[/PREFIX]... | --from FILE [CONTAINER] | -"
#define BULK_OPTIONS                                                        \
    (AZB_HAS(RECURSIVE) | AZB_HAS(FROM) | AZB_HAS(NUL) | AZB_HAS(LITERAL) | \
     AZB_HAS(TAGS_CONDITION) | AZB_HAS(LEASE_ID) | AZB_HAS(SNAPSHOT) | AZB_HAS(VERSION_ID))
#define BULK_DETAILS                                                                   \
    "With --from FILE, or - for stdin, reads the names; given a CONTAINER, they are\n" \
    "its blobs, as `azblob ls -r` prints them. Each failure is told.\n" PATTERN_DETAILS

const struct azb_verb azb_verbs[] = {
    {
        .name = "mb",
        .operands = "CONTAINER...",
        .help = "make containers",
        .example = "azblob mb demo",
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_container = "container.create_container", .show = AZB_SHOW_ITEMS},
        .options = AZB_HAS(METADATA),
    },
    {
        .name = "rb",
        .operands = "CONTAINER...",
        .help = "remove empty containers",
        .details = "With --force, removes a container with all its blobs.\n",
        .example = "azblob rb demo",
        .options = AZB_HAS(FORCE),
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_rb,
        .call = {.show = AZB_SHOW_ITEMS},
    },
    {
        .name = "ls",
        .operands = "[CONTAINER[/PREFIX|/PATTERN]]",
        .help = "list containers, or the blobs of one",
        .details =
            "Shows one level: what lies deeper shows as PREFIX/. With -r shows every blob\n"
            "whose name begins with PREFIX. Names are the blobs' own, without the "
            "container.\n" PATTERN_DETAILS,
        .example = "azblob ls -l demo/logs/",
        .options = AZB_HAS(RECURSIVE) | AZB_HAS(LONG) | AZB_HAS(NUL) | AZB_HAS(MAX) |
                   AZB_HAS(HUMAN) | AZB_HAS(LITERAL) | AZB_HAS(ERROR_ON_EMPTY),
        .max_operands = 1,
        .run = azb_verb_ls,
    },
    {
        .name = "put",
        .operands = "FILE... CONTAINER/NAME",
        .help = "upload files, a pipe or stdin (-)",
        .details =
            "If the destination is a container or ends in '/', files keep their own names.\n"
            "An existing blob is replaced, unless -n is given.\n" TRANSFER_DETAILS,
        .example = "tar c . | azblob put - demo/backup.tar",
        .options = AZB_HAS(NO_CLOBBER) | AZB_HAS(CONTENT_TYPE) | AZB_HAS(METADATA) |
                   AZB_HAS(TAGS) | AZB_HAS(TIER),
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_put,
    },
    {
        .name = "get",
        .operands = "CONTAINER/NAME [FILE|FOLDER|-]",
        .help = "download a blob",
        .details =
            "The file appears when it is complete and has been checked, or not at all. An\n"
            "existing file is replaced, unless -n is given.\n" TRANSFER_DETAILS,
        .example = "azblob get demo/backup.tar /tmp",
        .options = AZB_HAS(NO_CLOBBER),
        .min_operands = 1,
        .max_operands = 2,
        .run = azb_verb_get,
    },
    {
        .name = "cat",
        .operands = "CONTAINER/NAME...",
        .help = "write blobs to stdout",
        .details = TRANSFER_DETAILS,
        .example = "azblob cat demo/backup.tar | tar t",
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_cat,
    },
    {
        .name = "rm",
        .operands = BULK_OPERANDS,
        .help = "delete blobs",
        .details = "With -r deletes every blob whose name begins with PREFIX, in "
                   "batches.\n" BULK_DETAILS,
        .example = "azblob rm -r demo/logs/2025/",
        .options = BULK_OPTIONS | AZB_HAS(DELETE_SNAPSHOTS) | AZB_HAS(IF_MODIFIED_SINCE) |
                   AZB_HAS(IF_UNMODIFIED_SINCE),
        .max_operands = -1,
        .run = azb_verb_bulk,
        .call = {.on_container = "container.delete_blobs",
                 .on_blob = "blob.delete_blob",
                 .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "tier",
        .operands = "TIER " BULK_OPERANDS,
        .help = "set the access tier of blobs",
        .details =
            "TIER is Hot, Cool, Cold or Archive. With -r, of every blob below PREFIX, in\n"
            "batches.\n" BULK_DETAILS,
        .example = "azblob tier -r Cool demo/logs/2025/",
        .options = BULK_OPTIONS | AZB_HAS(REHYDRATE),
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_bulk,
        .call = {.on_container = "container.set_standard_blob_tier_blobs",
                 .on_blob = "blob.set_standard_blob_tier",
                 .operands = AZB_VALUE_FIRST,
                 .param = "standard_blob_tier",
                 .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "stat",
        .operands = "CONTAINER[/NAME]...",
        .help = "show the properties of blobs and containers",
        .example = "azblob stat -o json demo/backup.tar",
        .min_operands = 1,
        .options = BLOB_OPTIONS,
        .max_operands = -1,
        .call = {.on_account = "service.get_account_information",
                 .on_container = "container.get_container_properties",
                 .on_blob = "blob.get_blob_properties",
                 .show = AZB_SHOW_RESULT},
    },
    {
        .name = "ping",
        .operands = "",
        .help = "see whether the daemon answers",
        .example = "azblob ping",
        .call = {.on_daemon = "rpc.ping", .show = AZB_SHOW_RESULT},
    },
    {
        .name = "status",
        .operands = "",
        .help = "show what the daemon is doing",
        .example = "azblob status -o json",
        .call = {.on_daemon = "daemon.status", .show = AZB_SHOW_RESULT},
    },
    {
        .name = "call",
        .operands = "METHOD [NAME=VALUE...]",
        .help = "call any method of the daemon",
        .details =
            "A VALUE that is JSON is sent as what it means, any other as a string. The\n"
            "result is printed as JSON; with stream=true one line for each item before it.\n"
            "`azblob call rpc.describe` lists all methods.\n",
        .example = "azblob call container.list_blobs container=demo results_per_page=10",
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_call,
    },
    {
        .name = "version",
        .operands = "",
        .help = "print the version",
        .example = "azblob version",
        .run = azb_verb_version,
    },
    {
        .name = "help",
        .operands = "[VERB|exit-codes]",
        .help = "explain a verb, or the exit codes",
        .example = "azblob help put",
        .max_operands = 1,
        .run = azb_verb_help,
    },
    {NULL},
};
