/*
 * verbs.c: the table of verbs. Dispatch, --help, `azblob help` and completion read it, and what
 * is but one call of the daemon is described here and nowhere else.
 */
#include "client/command.h"
#include "client/tree.h"

/* Conditions that a service checks; what a blob may be named with besides its name. */
#define CONDITIONS                                                             \
    (AZB_HAS(IF_MATCH) | AZB_HAS(IF_NONE_MATCH) | AZB_HAS(IF_MODIFIED_SINCE) | \
     AZB_HAS(IF_UNMODIFIED_SINCE) | AZB_HAS(TAGS_CONDITION))
#define BLOB_OPTIONS (CONDITIONS | AZB_HAS(LEASE_ID) | AZB_HAS(SNAPSHOT) | AZB_HAS(VERSION_ID))

/* Of blobs found by tags. */
static const struct azb_column found_columns[] = {
    {"container_name", 20}, {"name"}, {"tags"}, {NULL}};

#define TRANSFER_DETAILS                                                             \
    "A name is CONTAINER/NAME, az://CONTAINER/NAME, PROFILE:CONTAINER/NAME or the\n" \
    "blob's https URL. Outside URLs names are taken literally.\n"

/* Of all that copies trees. */
#define SELECTION_DETAILS                                                                     \
    "For --include and --exclude '*.jpg' is a name in any folder, '/a.jpg' one at the top,\n" \
    "'tmp/' all in such folders; * and ? stop at '/', ** does not; [a-z], {a,b}. --from "     \
    "takes\n"                                                                                 \
    "names below the source, as --failed-to writes them; of a local folder, 'tmp/' is all\n"  \
    "that lies in it.\n"                                                                      \
    "With --checksum, a blob that has no MD5 is compared by size and time. Small ones have\n" \
    "one, large ones if they were put with --put-md5.\n"

#define TREE_DETAILS                                                                           \
    "A blob is az://CONTAINER/NAME, PROFILE:CONTAINER/NAME or its https URL; all else is\n"    \
    "local. In a blob's name (not in a URL), wildcards mean all that match. What lies below\n" \
    "SOURCE has the same place below TARGET.\n"                                                \
    "--metadata, --tags and --tier are for blobs that are written; a copy within the\n"        \
    "service has else those of its source. --content-type and --put-md5 are for "              \
    "uploads.\n" SELECTION_DETAILS

/* A name may be a pattern. */
#define PATTERN_DETAILS \
    "In a name (not in a URL), * and ? stop at '/', ** does not; [a-z] and {a,b} too.\n"

#define PATTERN_OPTIONS (BLOB_OPTIONS | AZB_HAS(LITERAL))

/* Verbs for many blobs at once. */
#define BULK_OPERANDS \
    "CONTAINER/NAME... | -r CONTAINER[/PREFIX]... | --from FILE [CONTAINER] | -"
#define BULK_OPTIONS                                                                           \
    (AZB_HAS(RECURSIVE) | AZB_HAS(FROM) | AZB_HAS(NUL) | AZB_HAS(LITERAL) | AZB_HAS(DRY_RUN) | \
     AZB_HAS(TAGS_CONDITION) | AZB_HAS(LEASE_ID) | AZB_HAS(SNAPSHOT) | AZB_HAS(VERSION_ID))
#define BULK_DETAILS                                                                   \
    "With --from FILE, or - for stdin, reads the names; given a CONTAINER, they are\n" \
    "its blobs, as `azblob ls -r` prints them. Each failure is told.\n" PATTERN_DETAILS

/* A verb that is its words. */
#define MERGE_DETAILS                                                                   \
    "What is not named stays as it is: read, changed, and written if nobody else has\n" \
    "in between (If-Match). With --replace, it is cleared.\n"
#define MERGE_OPTIONS (CONDITIONS | AZB_HAS(LEASE_ID) | AZB_HAS(REPLACE))

static const struct azb_verb tag_words[] = {
    {
        .name = "show",
        .operands = "CONTAINER/NAME...",
        .help = "print the tags",
        .options = PATTERN_OPTIONS,
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_blob = "blob.get_blob_tags",
                 .show = AZB_SHOW_FIELD,
                 .field = "tags",
                 .reach = AZB_READS_NAME},
    },
    {
        .name = "set",
        .operands = "CONTAINER/NAME NAME=VALUE...",
        .help = "add tags, or change them",
        .options = MERGE_OPTIONS,
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_merge,
        .prepare = azb_merge_prepare,
        .call = {.on_blob = "blob.set_blob_tags", .param = "tags", .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "rm",
        .operands = "CONTAINER/NAME NAME...",
        .help = "remove tags",
        .options = CONDITIONS | AZB_HAS(LEASE_ID),
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_merge,
        .prepare = azb_merge_prepare,
        .call = {.on_blob = "blob.set_blob_tags",
                 .param = "tags",
                 .show = AZB_SHOW_ITEMS,
                 .is_removal = true},
    },
    {NULL},
};

static const struct azb_verb meta_words[] = {
    {
        .name = "show",
        .operands = "CONTAINER[/NAME]...",
        .help = "print the metadata",
        .options = PATTERN_OPTIONS,
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_container = "container.get_container_properties",
                 .on_blob = "blob.get_blob_properties",
                 .show = AZB_SHOW_FIELD,
                 .field = "metadata",
                 .reach = AZB_READS_NAME},
    },
    {
        .name = "set",
        .operands = "CONTAINER[/NAME] NAME=VALUE...",
        .help = "add pairs, or change them",
        .options = MERGE_OPTIONS,
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_merge,
        .prepare = azb_merge_prepare,
        .call = {.on_container = "container.set_container_metadata",
                 .on_blob = "blob.set_blob_metadata",
                 .param = "metadata",
                 .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "rm",
        .operands = "CONTAINER[/NAME] NAME...",
        .help = "remove pairs",
        .options = CONDITIONS | AZB_HAS(LEASE_ID),
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_merge,
        .prepare = azb_merge_prepare,
        .call = {.on_container = "container.set_container_metadata",
                 .on_blob = "blob.set_blob_metadata",
                 .param = "metadata",
                 .show = AZB_SHOW_ITEMS,
                 .is_removal = true},
    },
    {NULL},
};

/* A lease's id as the only result, for scripts: id=$(azblob lease acquire ...). */
#define LEASE_CALL(method_)                                                  \
    {                                                                        \
        .on_container = method_, .on_blob = method_, .show = AZB_SHOW_FIELD, \
        .field = "lease_id"                                                  \
    }
#define LEASE_CALL_OF(method_)                                                   \
    {                                                                            \
        .on_container = method_, .on_blob = method_, .operands = AZB_VALUE_LAST, \
        .param = "lease", .show = AZB_SHOW_ITEMS                                 \
    }

static const struct azb_verb lease_words[] = {
    {
        .name = "run",
        .operands = "CONTAINER[/NAME] -- COMMAND [ARGUMENT...]",
        .help = "run a command that has $AZBLOB_LEASE_ID, and end it if that is lost",
        .options = AZB_HAS(WAIT) | AZB_HAS(DURATION),
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_lease_run,
    },
    {
        .name = "acquire",
        .operands = "CONTAINER[/NAME]",
        .help = "print the new lease's id; without --duration it has no end",
        .options = CONDITIONS | AZB_HAS(DURATION),
        .min_operands = 1,
        .max_operands = 1,
        .call = LEASE_CALL("lease.acquire"),
    },
    {
        .name = "renew",
        .operands = "CONTAINER[/NAME] ID",
        .help = "let it begin anew",
        .options = CONDITIONS,
        .min_operands = 2,
        .max_operands = 2,
        .call = LEASE_CALL_OF("lease.renew"),
    },
    {
        .name = "release",
        .operands = "CONTAINER[/NAME] ID",
        .help = "end it",
        .options = CONDITIONS,
        .min_operands = 2,
        .max_operands = 2,
        .call = LEASE_CALL_OF("lease.release"),
    },
    {
        .name = "break",
        .operands = "CONTAINER[/NAME]...",
        .help = "end it without its id; prints the seconds until then",
        .options = CONDITIONS | AZB_HAS(LITERAL),
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_container = "lease.break_lease",
                 .on_blob = "lease.break_lease",
                 .show = AZB_SHOW_FIELD,
                 .field = "lease_time"},
    },
    {
        .name = "show",
        .operands = "CONTAINER[/NAME]...",
        .help = "print its state",
        .options = AZB_HAS(LITERAL),
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_container = "container.get_container_properties",
                 .on_blob = "blob.get_blob_properties",
                 .show = AZB_SHOW_FIELD,
                 .field = "lease",
                 .reach = AZB_READS_NAME},
    },
    {NULL},
};

static const struct azb_verb copy_words[] = {
    {
        .name = "start",
        .operands = "CONTAINER/NAME SOURCE-URL",
        .help = "have the service copy from a URL, and print the copy's id",
        .options = CONDITIONS | AZB_HAS(METADATA),
        .min_operands = 2,
        .max_operands = 2,
        .call = {.on_blob = "blob.start_copy_from_url",
                 .operands = AZB_VALUE_LAST,
                 .param = "source_url",
                 .show = AZB_SHOW_FIELD,
                 .field = "copy_id",
                 .reach = AZB_REACHES_ALL},
    },
    {
        .name = "show",
        .operands = "CONTAINER/NAME...",
        .help = "print how far it is",
        .options = AZB_HAS(LITERAL),
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_blob = "blob.get_blob_properties",
                 .show = AZB_SHOW_FIELD,
                 .field = "copy",
                 .reach = AZB_READS_NAME},
    },
    {
        .name = "abort",
        .operands = "CONTAINER/NAME COPY-ID",
        .help = "end it",
        .options = AZB_HAS(LEASE_ID),
        .min_operands = 2,
        .max_operands = 2,
        .call = {.on_blob = "blob.abort_copy",
                 .operands = AZB_VALUE_LAST,
                 .param = "copy_id",
                 .show = AZB_SHOW_ITEMS},
    },
    {NULL},
};

/* Of the account: its only name may be left out. */
#define SERVICE_CALL(method_)                          \
    {                                                  \
        .on_account = method_, .show = AZB_SHOW_RESULT \
    }

static const struct azb_verb service_words[] = {
    {
        .name = "show",
        .operands = "[ACCOUNT-URL]",
        .help = "print the settings of the account's blob service",
        .max_operands = 1,
        .call = SERVICE_CALL("service.get_service_properties"),
    },
    {
        .name = "set",
        .operands = "ACCOUNT-URL|PROFILE: NAME=JSON...",
        .help = "change settings: azblob describe service.set_service_properties",
        .min_operands = 2,
        .max_operands = -1,
        .call = {.on_account = "service.set_service_properties",
                 .operands = AZB_PARAMS_LAST,
                 .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "stats",
        .operands = "[ACCOUNT-URL]",
        .help = "print how the secondary replicates",
        .max_operands = 1,
        .call = SERVICE_CALL("service.get_service_stats"),
    },
    {
        .name = "account",
        .operands = "[ACCOUNT-URL]",
        .help = "print the account's kind",
        .max_operands = 1,
        .call = SERVICE_CALL("service.get_account_information"),
    },
    {NULL},
};

const struct azb_verb azb_verbs[] = {
    {
        .name = "mb",
        .group = "containers",
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
        .group = "content",
        .operands = "FILE... CONTAINER/NAME | -r FOLDER CONTAINER[/PREFIX]",
        .help = "upload files, a folder, a pipe or stdin (-)",
        .details =
            "If the destination is a container or ends in '/', files keep their own names. "
            "With\n"
            "-r, what lies below FOLDER has the same place below PREFIX. An existing blob is\n"
            "replaced, unless -n is given.\n" TRANSFER_DETAILS SELECTION_DETAILS,
        .example = "tar c . | azblob put - demo/backup.tar",
        .options = AZB_UPLOAD_OPTIONS | AZB_TRANSFER_OPTIONS | AZB_HAS(FOLLOW_SYMLINKS),
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_put,
    },
    {
        .name = "get",
        .operands = "CONTAINER/NAME [FILE|FOLDER|-] | -r CONTAINER[/PREFIX] FOLDER",
        .help = "download a blob, what a pattern matches, or all below a prefix",
        .details =
            "The file appears when it is complete and has been checked, or not at all. An\n"
            "existing file is replaced, unless -n is given. A large one that was cut off is\n"
            "kept beside it as .FILE.azblob-part, and the same command goes on with "
            "it.\n" TRANSFER_DETAILS
            "In NAME, not in a URL, wildcards mean all that match; quote "
            "them.\n" SELECTION_DETAILS,
        .example = "azblob get 'demo/logs/2025-*.gz' /tmp",
        .options = AZB_TRANSFER_OPTIONS,
        .min_operands = 1,
        .max_operands = 2,
        .run = azb_verb_get,
    },
    {
        .name = "cp",
        .operands = "SOURCE... TARGET",
        .help = "copy files and blobs: up, down, or within the service",
        .details = "Several SOURCEs can be files. A folder, or all below a prefix, needs "
                   "-r.\n" TREE_DETAILS,
        .example = "azblob cp -r photos az://demo/photos",
        .options = AZB_UPLOAD_OPTIONS | AZB_TRANSFER_OPTIONS | AZB_HAS(FOLLOW_SYMLINKS),
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_cp,
    },
    {
        .name = "mv",
        .operands = "SOURCE TARGET",
        .help = "copy, then delete what has been copied from the source",
        .details =
            "What has changed since it was copied stays. Folders that this empties go, but\n"
            "for SOURCE itself.\n" TREE_DETAILS,
        .example = "azblob mv az://demo/old.csv az://demo/archive/",
        .options = AZB_UPLOAD_OPTIONS | AZB_TRANSFER_OPTIONS,
        .min_operands = 2,
        .max_operands = 2,
        .run = azb_verb_mv,
    },
    {
        .name = "sync",
        .operands = "SOURCE TARGET",
        .help = "copy what is missing, of another size, or newer",
        .details =
            "Of everything below SOURCE, with or without -r. A local time is kept to the\n"
            "nanosecond, a blob's to the second: what was changed within that is copied "
            "again.\n"
            "With --delete, what SOURCE has not is deleted from TARGET; not what --include\n"
            "and --exclude leave out, and nothing more once a part of SOURCE could not be\n"
            "read. It goes with no wildcards in SOURCE.\n" TREE_DETAILS,
        .example = "azblob sync --delete --dry-run site 'az://$web'",
        .options = AZB_UPLOAD_OPTIONS | AZB_TRANSFER_OPTIONS | AZB_HAS(DELETE) |
                   AZB_HAS(MAX_DELETE) | AZB_HAS(FOLLOW_SYMLINKS),
        .min_operands = 2,
        .max_operands = 2,
        .run = azb_verb_sync,
    },
    {
        .name = "cat",
        .operands = "CONTAINER/NAME...",
        .help = "write blobs to stdout",
        .details = TRANSFER_DETAILS PATTERN_DETAILS,
        .example = "azblob cat demo/backup.tar | tar t",
        .options =
            AZB_HAS(BWLIMIT) | AZB_HAS(LITERAL) | AZB_HAS(PROGRESS) | AZB_HAS(NO_CHECK_MD5),
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_cat,
    },
    {
        .name = "rm",
        .group = "blobs",
        .operands = BULK_OPERANDS,
        .help = "delete blobs",
        .details = "With -r deletes every blob whose name begins with PREFIX, in "
                   "batches.\n" BULK_DETAILS,
        .example = "azblob rm -r demo/logs/2025/",
        .options = BULK_OPTIONS | AZB_HAS(DELETE_SNAPSHOTS) | AZB_HAS(IF_MODIFIED_SINCE) |
                   AZB_HAS(IF_UNMODIFIED_SINCE),
        .max_operands = -1,
        .run = azb_verb_bulk,
        .prepare = azb_bulk_prepare,
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
        .prepare = azb_bulk_prepare,
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
        .details = PATTERN_DETAILS,
        .example = "azblob stat -o json demo/backup.tar",
        .min_operands = 1,
        .options = PATTERN_OPTIONS,
        .max_operands = -1,
        .call = {.on_account = "service.get_account_information",
                 .on_container = "container.get_container_properties",
                 .on_blob = "blob.get_blob_properties",
                 .show = AZB_SHOW_RESULT,
                 .reach = AZB_READS_NAME},
    },
    {
        .name = "du",
        .operands = "CONTAINER[/PREFIX|/PATTERN]...",
        .help = "sum up sizes below prefixes",
        .details =
            "Prints bytes, blobs and the name; with -l, each tier's too.\n" PATTERN_DETAILS,
        .example = "azblob du -h demo/logs/",
        .options = AZB_HAS(HUMAN) | AZB_HAS(LONG) | AZB_HAS(LITERAL),
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_du,
    },
    {
        .name = "set",
        .operands = "CONTAINER/NAME NAME=VALUE...",
        .help = "change a blob's HTTP headers",
        .details =
            "Names: content_type, content_encoding, content_language, content_disposition,\n"
            "cache_control, content_md5 (base64).\n" MERGE_DETAILS,
        .example = "azblob set demo/index.html content_type=text/html cache_control=no-cache",
        .options = MERGE_OPTIONS,
        .min_operands = 2,
        .max_operands = -1,
        .run = azb_verb_merge,
        .prepare = azb_merge_prepare,
        .call = {.on_blob = "blob.set_http_headers",
                 .param = "content_settings",
                 .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "meta",
        .operands = "WORD CONTAINER[/NAME] ...",
        .help = "show or change metadata",
        .details = MERGE_DETAILS,
        .example = "azblob meta set demo/a.txt owner=ann",
        .words = meta_words,
    },
    {
        .name = "tag",
        .operands = "WORD CONTAINER/NAME ...",
        .help = "show or change index tags",
        .details = MERGE_DETAILS,
        .example = "azblob tag set demo/a.txt state=done",
        .words = tag_words,
    },
    {
        .name = "find",
        .operands = "EXPRESSION [CONTAINER]",
        .help = "find blobs by their tags, in a container or in the account",
        .details = "EXPRESSION compares tags with values: \"name\" = 'value' (=, >, >=, <, "
                   "<=), joined\n"
                   "by AND. The service knows a tag some seconds after it was set.\n",
        .example = "azblob find \"\\\"state\\\" = 'done'\" demo",
        .options = AZB_HAS(NUL) | AZB_HAS(ERROR_ON_EMPTY),
        .min_operands = 1,
        .max_operands = 2,
        .call = {.on_account = "service.find_blobs_by_tags",
                 .on_container = "container.find_blobs_by_tags",
                 .operands = AZB_VALUE_FIRST,
                 .param = "filter_expression",
                 .show = AZB_SHOW_STREAM,
                 .columns = found_columns},
    },
    {
        .name = "snapshot",
        .group = "what was before",
        .operands = "CONTAINER/NAME...",
        .help = "keep a blob as it is now, and print the snapshot's time",
        .details =
            "The time is what --snapshot takes, in stat, restore and rm.\n" PATTERN_DETAILS,
        .example = "azblob snapshot demo/a.txt",
        .options = CONDITIONS | AZB_HAS(LEASE_ID) | AZB_HAS(METADATA) | AZB_HAS(LITERAL),
        .min_operands = 1,
        .max_operands = -1,
        .call = {.on_blob = "blob.create_snapshot",
                 .show = AZB_SHOW_FIELD,
                 .field = "snapshot"},
    },
    {
        .name = "undelete",
        .operands = "CONTAINER | " BULK_OPERANDS,
        .help = "bring soft-deleted blobs back, or a container",
        .details = BULK_DETAILS,
        .example = "azblob undelete -r demo/logs/",
        .options = AZB_HAS(RECURSIVE) | AZB_HAS(FROM) | AZB_HAS(NUL) | AZB_HAS(LITERAL),
        .max_operands = -1,
        .run = azb_verb_undelete,
        .prepare = azb_bulk_prepare,
        .call = {.on_blob = "blob.undelete_blob", .include = "deleted", .show = AZB_SHOW_ITEMS},
    },
    {
        .name = "restore",
        .operands = "CONTAINER/NAME...",
        .help = "make a deleted blob, a snapshot or a version the blob again",
        .details =
            "Undeletes; where versions are kept, copies the newest one over the name. With\n"
            "--snapshot or --version-id (or a URL that has one) copies that.\n",
        .example = "azblob restore demo/a.txt --snapshot 2026-01-02T03:04:05.0000000Z",
        .options = AZB_HAS(SNAPSHOT) | AZB_HAS(VERSION_ID) | AZB_HAS(LEASE_ID),
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_restore,
        .call = {.show = AZB_SHOW_ITEMS},
    },
    {
        .name = "lease",
        .group = "more of the service",
        .operands = "WORD CONTAINER[/NAME] ...",
        .help = "acquire, renew, release, break a lease; run a command under one",
        .details =
            "While `run` runs, the lease is renewed; it is released at the end, also when the\n"
            "process is killed. The exit code is the command's, or 125 to 127.\n",
        .example = "azblob lease run --wait demo/lock -- ./nightly-report",
        .words = lease_words,
    },
    {
        .name = "copy",
        .operands = "WORD CONTAINER/NAME ...",
        .help = "start, watch or abort a copy that the service makes",
        .details = "This is one request each; azblob cp copies whole trees, and waits.\n",
        .example = "azblob copy start demo/b.txt \"$(azblob sas demo/a.txt)\"",
        .words = copy_words,
    },
    {
        .name = "query",
        .operands = "CONTAINER/NAME SQL",
        .help = "select from a blob's content",
        .details =
            "The blob's lines are those of the table BlobStorage; without a header, columns\n"
            "are _1, _2...\n",
        .example = "azblob query demo/a.csv 'SELECT _1 FROM BlobStorage WHERE _2 > 250'",
        .options = BLOB_OPTIONS | AZB_HAS(INPUT_FORMAT) | AZB_HAS(OUTPUT_FORMAT),
        .min_operands = 2,
        .max_operands = 2,
        .run = azb_verb_query,
    },
    {
        .name = "sas",
        .operands = "[CONTAINER[/NAME]] [NAME=VALUE...]",
        .help = "print a URL that needs no credential",
        .details =
            "It may be read for an hour, unless options say otherwise. NAME=VALUE: what else\n"
            "`azblob describe util.generate_blob_sas` lists, ip=1.2.3.4 for one.\n",
        .example = "azblob sas demo/a.txt --permissions rw --expiry 15m",
        .options = AZB_HAS(PERMISSIONS) | AZB_HAS(EXPIRY),
        .max_operands = -1,
        .run = azb_verb_sas,
    },
    {
        .name = "service",
        .operands = "WORD ...",
        .help = "show or change the account's settings",
        .example = "azblob service show -o json",
        .words = service_words,
    },
    {
        .name = "ping",
        .group = "the daemon, scripts, help",
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
        .prepare = azb_call_prepare,
    },
    {
        .name = "describe",
        .operands = "[METHOD]",
        .help = "list the daemon's methods, or explain one",
        .example = "azblob describe blob.upload_blob",
        .max_operands = 1,
        .run = azb_verb_describe,
    },
    {
        .name = "run",
        .operands = "[FILE|-]",
        .help = "run commands from a file or stdin, over one connection",
        .details =
            "A command a line, without `azblob`, quoted as in a shell; # begins a comment. A\n"
            "failed one is told with its line, and the next one runs. A line runs when it has\n"
            "been read, so another program can drive this one.\n"
            "Lines about one name alone (stat, rm, tier, set, meta, tag, lease, snapshot, "
            "call...)\n"
            "are sent without waiting for those before, unless these may change what it is\n"
            "about: the effect and the output are those of one after another. Other lines\n"
            "(put, get, ls, patterns...) wait until all before them are done.\n",
        .example = "printf '%s\\n' 'mb demo' 'ls -l demo' | azblob run",
        .max_operands = 1,
        .run = azb_verb_run,
    },
    {
        .name = "watch",
        .operands = "CONTAINER[/PREFIX|/PATTERN]",
        .help = "print blobs as they appear, change or go",
        .details =
            "Lists again and again; keeps the names and ETags that it saw. Ends with --max N\n"
            "events, or never.\n" PATTERN_DETAILS,
        .example =
            "azblob watch -o jsonl demo/inbox/ | while read -r event; do echo \"$event\"; done",
        .options = AZB_HAS(INTERVAL) | AZB_HAS(MAX) | AZB_HAS(LITERAL) | AZB_HAS(NUL),
        .min_operands = 1,
        .max_operands = 1,
        .run = azb_verb_watch,
    },
    {
        .name = "explain",
        .operands = "[CODE|STATUS]",
        .help = "say what an error code means and what to do",
        .details =
            "Of an HTTP status, 404 for one, what it means and the codes that come with it;\n"
            "without any, all codes.\n",
        .example = "azblob explain AuthorizationFailure",
        .max_operands = 1,
        .run = azb_verb_explain,
    },
    {
        .name = "doctor",
        .operands = "[NAME|URL]",
        .help = "try each step of a request, and say which fails and why",
        .details =
            "The daemon, the account, the host's name, the network, TLS, the clock, and the\n"
            "credential: whether it is good, has expired, and allows what is named.\n",
        .example = "azblob doctor https://account.blob.core.windows.net/demo",
        .max_operands = 1,
        .run = azb_verb_doctor,
    },
    {
        .name = "__complete",
        .operands = "-- WORD...",
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_complete,
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
        .operands = "[VERB [WORD]|exit-codes]",
        .help = "explain a verb, or the exit codes",
        .example = "azblob help put",
        .max_operands = 2,
        .run = azb_verb_help,
    },
    {NULL},
};
