/*
 * options.h: what a command line says beside its verb and its operands.
 */
#ifndef AZB_CLIENT_OPTIONS_H
#define AZB_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include "proto/buf.h"
#include "proto/error.h"

/* X(letter or 0, name, VALUE: what follows it or NULL, help) */
#define AZB_OPTION_MAP(X)                                                                     \
    X(SOCKET, 0, "socket", "PATH", "the daemon's socket")                                     \
    X(PROFILE, 0, "profile", "NAME", "the daemon's profile to use; also $AZBLOB_PROFILE")     \
    X(NO_START, 0, "no-start", NULL, "never start a daemon; also AZBLOBD_NO_START=1")         \
    X(DEADLINE, 0, "deadline", "TIME", "give up after this long: 500ms, 30s, 5m, 1h")         \
    X(OUTPUT, 'o', "output", "FORMAT", "text, tsv, json or jsonl")                            \
    X(QUIET, 'q', "quiet", NULL, "only say what has failed, no summary")                      \
    X(VERBOSE, 'v', "verbose", NULL,                                                          \
      "say which daemon and profile are used, and what is done")                              \
    X(HELP, 0, "help", NULL, "this help; also -h, but for ls and du")                         \
    X(VERSION, 0, "version", NULL, "print the version")                                       \
    X(RECURSIVE, 'r', "recursive", NULL, "everything below a prefix, or in a folder")         \
    X(LONG, 'l', "long", NULL, "with size and time; in du, with tiers")                       \
    X(NUL, '0', "null", NULL, "names end with a NUL byte rather than a newline")              \
    X(MAX, 0, "max", "N", "stop after N entries")                                             \
    X(FORCE, 0, "force", NULL, "even if it is not empty")                                     \
    X(NO_CLOBBER, 'n', "no-clobber", NULL, "never overwrite: fail; of many, skip those")      \
    X(CONTENT_TYPE, 0, "content-type", "TYPE", "the blob's Content-Type")                     \
    X(METADATA, 0, "metadata", "NAME=VALUE", "a metadata pair; may be repeated")              \
    X(TAGS, 0, "tags", "NAME=VALUE", "an index tag; may be repeated")                         \
    X(TIER, 0, "tier", "TIER", "Hot, Cool, Cold or Archive")                                  \
    X(FROM, 0, "from", "FILE", "read names from a file, one a line; - is stdin")              \
    X(FIELDS, 0, "fields", "NAMES",                                                           \
      "only these fields: name,size,content_settings.content_type")                           \
    X(HUMAN, 'h', "human", NULL, "sizes as 1.5M rather than 1572864")                         \
    X(ERROR_ON_EMPTY, 0, "error-on-empty", NULL, "exit with 9 when nothing is found")         \
    X(LITERAL, 0, "literal", NULL, "* ? [ { in names mean themselves")                        \
    X(REPLACE, 0, "replace", NULL, "what is not given is cleared")                            \
    X(LEASE_ID, 0, "lease-id", "ID", "the id of the lease that is on it")                     \
    X(IF_MATCH, 0, "if-match", "ETAG", "only if it has this ETag; *: only if it exists")      \
    X(IF_NONE_MATCH, 0, "if-none-match", "ETAG",                                              \
      "only if it has another; *: if it is missing")                                          \
    X(IF_MODIFIED_SINCE, 0, "if-modified-since", "TIME", "only if changed after this time")   \
    X(IF_UNMODIFIED_SINCE, 0, "if-unmodified-since", "TIME", "only if not changed after it")  \
    X(TAGS_CONDITION, 0, "tags-condition", "SQL", "only if its tags match: \"k\" = 'v'")      \
    X(SNAPSHOT, 0, "snapshot", "TIME", "this snapshot of the blob")                           \
    X(VERSION_ID, 0, "version-id", "TIME", "this version of the blob")                        \
    X(DURATION, 0, "duration", "SECONDS", "15 to 60; -1: until it is released")               \
    X(REHYDRATE, 0, "rehydrate-priority", "PRIORITY", "High or Standard: back from Archive")  \
    X(DELETE_SNAPSHOTS, 0, "delete-snapshots", "WHICH", "include: snapshots too; only: they") \
    X(PERMISSIONS, 0, "permissions", "LETTERS", "what a SAS allows; default r")               \
    X(EXPIRY, 0, "expiry", "TIME", "until when it holds: 15m, 1h (default), 7d, a time")      \
    X(WAIT, 0, "wait", NULL, "wait until it is free")                                         \
    X(INPUT_FORMAT, 0, "input-format", "FORMAT",                                              \
      "csv (default), json, parquet; or its fields as JSON")                                  \
    X(OUTPUT_FORMAT, 0, "output-format", "FORMAT",                                            \
      "csv, json or arrow; default as what is read")                                          \
    X(INTERVAL, 0, "interval", "TIME", "between two looks; default 2s")                       \
    X(DRY_RUN, 0, "dry-run", NULL, "print what would be done, and do nothing")                \
    X(INCLUDE, 0, "include", "PATTERN", "only such names; may be repeated")                   \
    X(EXCLUDE, 0, "exclude", "PATTERN",                                                       \
      "all but such names; of several, the last match decides")                               \
    X(OVERWRITE, 0, "overwrite", "WHEN", "always (default), never (as -n), or ifSourceNewer") \
    X(DELETE, 0, "delete", NULL, "delete what the source has not")                            \
    X(MAX_DELETE, 0, "max-delete", "N",                                                       \
      "delete no more than this; exit with 8 if there is more")                               \
    X(JOBS, 'j', "jobs", "N", "how many transfers at once; default 128")                      \
    X(FAILED_TO, 0, "failed-to", "FILE", "write the names that failed there, for --from")     \
    X(PROGRESS, 0, "progress", "HOW", "json or none; by default a line on a terminal")        \
    X(CHECKSUM, 0, "checksum", NULL,                                                          \
      "copy only what differs in size or MD5, whatever the time")                             \
    X(FOLLOW_SYMLINKS, 0, "follow-symlinks", NULL,                                            \
      "copy what links point to; without it links are skipped")                               \
    X(PUT_MD5, 0, "put-md5", NULL, "store the MD5 of what is uploaded with the blob")         \
    X(NO_CHECK_MD5, 0, "no-check-md5", NULL,                                                  \
      "download also what has not the MD5 that is stored with it")                            \
    X(BWLIMIT, 0, "bwlimit", "SIZE", "bytes a second at most, both ways: 500K, 20M, 20MB")

enum azb_option_id {
#define X(id, letter, name, value, help) AZB_OPTION_##id,
    AZB_OPTION_MAP(X)
#undef X
        AZB_N_OPTIONS
};

/* Options as a set: AZB_HAS(LONG) | AZB_HAS(NUL). */
#define AZB_HAS(id) (UINT64_C(1) << AZB_OPTION_##id)

/* Those that every verb takes. */
#define AZB_COMMON_OPTIONS                                                                   \
    (AZB_HAS(SOCKET) | AZB_HAS(PROFILE) | AZB_HAS(NO_START) | AZB_HAS(DEADLINE) |            \
     AZB_HAS(OUTPUT) | AZB_HAS(FIELDS) | AZB_HAS(QUIET) | AZB_HAS(VERBOSE) | AZB_HAS(HELP) | \
     AZB_HAS(VERSION))

enum azb_format {
    AZB_FORMAT_TEXT,
    AZB_FORMAT_TSV,
    AZB_FORMAT_JSON,
    AZB_FORMAT_JSONL,
};

/* All strings are borrowed from argv. */
struct azb_options {
    uint64_t given;                    /* a set: flags are read from here */
    const char *values[AZB_N_OPTIONS]; /* the last one given */
    enum azb_format format;
    int64_t deadline_ms; /* 0: none */
    int64_t max_entries; /* 0: all */
    int64_t max_deletes; /* -1: any number */
    int64_t max_jobs;
    int64_t bwlimit; /* bytes a second; 0: none */
    char **pairs;    /* METADATA and TAGS (see azb_options_pack_pairs()), and the values of
                        INCLUDE and EXCLUDE; all in their order */
    unsigned char *pair_ids;
    int n_pairs;
    char **operands; /* in argv's own array */
    int n_operands;
};

static inline bool azb_options_has(const struct azb_options *options, uint64_t set)
{
    return (options->given & set) != 0;
}

/*
 * Take a command line apart: options anywhere, `--` ends them, `-` is an operand. The
 * operands are moved to the front of argv (after argv[0]).
 *
 * Returns 0, or -1 with INVALID_ARG, which names the option (and the one that was probably
 * meant), or NO_MEMORY.
 */
int azb_options_parse(int argc, char **argv, struct azb_options *ret, struct azb_error *err);
void azb_options_clear(struct azb_options *options);

/* 0 when all options given are in `allowed`; else -1 with INVALID_ARG naming one that is not.
 */
int azb_options_check(const struct azb_options *options, uint64_t allowed, const char *verb,
                      struct azb_error *err);

/* Pack the pairs of METADATA or TAGS as a map. */
unsigned azb_options_count_pairs(const struct azb_options *options, enum azb_option_id id);
void azb_options_pack_pairs(const struct azb_options *options, enum azb_option_id id,
                            msgpack_packer *pk);

/* A time in ms: 500ms, 30s, 5m, 1h, 7d; a bare number is seconds. -1 when it is none. */
int azb_duration_parse(const char *value, int64_t *ret_ms);

/* A number of bytes: 4096, 4K, 4KiB (both 4096), 4KB (4000), and so on up to T. -1 when it is
 * none. */
int azb_size_parse(const char *value, int64_t *ret);

/* The names of a set's options that begin as `word` does ("--pro"), one a line. */
void azb_options_names(uint64_t set, const char *word, struct azb_buf *out);

/* One line for each option of a set. */
void azb_options_help(uint64_t set, struct azb_buf *out);

#endif
