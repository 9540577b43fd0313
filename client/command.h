/*
 * command.h: what the verbs of the azblob command share: their rows, the connection that is
 * made when the first call needs it, and how results and failures are told.
 */
#ifndef AZB_CLIENT_COMMAND_H
#define AZB_CLIENT_COMMAND_H

#include "client/connection.h"
#include "client/exit_code.h"
#include "client/options.h"
#include "client/output.h"
#include "client/target.h"

struct azb_command;

enum {
    AZB_CLIENT_NAME_BYTES = 16, /* of the names that we give to clients of URLs */
    AZB_MAX_AHEAD = 64,         /* calls under way at once, of one line or of many */
};

/* What a verb's operands are, besides names. */
enum azb_operands {
    AZB_NAMES,       /* names, and nothing else */
    AZB_VALUE_FIRST, /* a value for `param`, then names */
    AZB_VALUE_LAST,  /* a name, then a value for `param` */
    AZB_PARAMS_LAST, /* a name, then NAME=VALUE: parameters, their values JSON or text */
};

/* What a call may change, or what its answer may hang on: lines of `run` overlap by it. */
enum azb_reach {
    AZB_CHANGES_NAME, /* what it names, and what that contains */
    AZB_READS_NAME,   /* it changes nothing */
    AZB_REACHES_ALL,  /* other things too */
};

/* What becomes of a call's result. */
enum azb_show {
    AZB_SHOW_NOTHING, /* the verb sees to it */
    AZB_SHOW_ITEMS,   /* that it is done, for each name, under json and jsonl */
    AZB_SHOW_RESULT,
    AZB_SHOW_FIELD,  /* only `field` of it, unless another format than text is wanted */
    AZB_SHOW_STREAM, /* the call streams rows, with `columns` */
};

/* A verb that is one call for each name: which, by what the name names. */
struct azb_verb_call {
    const char *on_account, *on_container, *on_blob; /* methods; NULL: no such name */
    const char *on_daemon;                           /* a method that takes no name at all */
    enum azb_operands operands;
    const char *param;
    enum azb_show show;
    const char *field;
    const struct azb_column *columns;
    const char *include; /* of bulk verbs: what a listing of names is to include */
    enum azb_reach reach;
    bool is_removal; /* of verbs that merge */
};

/*
 * A verb in three steps, so that lines of `run` can be sent before those ahead of them have
 * been answered: made, sent, finished. The first member of whatever the verb needs besides.
 */
struct azb_job {
    void (*send)(struct azb_job *job);          /* a failure is for finish() to tell */
    bool (*is_done)(const struct azb_job *job); /* finish() will not wait */
    /* Wait for the answers, tell them, free the job. Returns the exit code. */
    int (*finish)(struct azb_job *job);
    /* What it is about, borrowed from it; NULL: everything, all blobs. */
    const char *container, *blob;
    bool changes_it;
};

/* A verb: everything that dispatch and help know about it. */
struct azb_verb {
    const char *name;
    const char *operands; /* for the usage line */
    const char *help;     /* one line; NULL: not for people */
    const char *details;  /* more lines, or NULL */
    const char *example;
    const char *group; /* in the overview, a heading above this verb; NULL: as the one before */
    uint64_t options;  /* a set, besides AZB_COMMON_OPTIONS */
    int min_operands;
    int max_operands;             /* -1: any number */
    const struct azb_verb *words; /* the first operand chooses one of these; or NULL */
    int (*run)(struct azb_command *command); /* returns the exit code; NULL: `call` is all */
    /* Make a job, without sending or telling anything. Returns NULL, as if there were no such
     * function, where `run` has to do it in one piece, or has to say what is wrong. */
    struct azb_job *(*prepare)(struct azb_command *command);
    struct azb_verb_call call;
};

extern const struct azb_verb azb_verbs[]; /* the last has no name */

/* What the commands of one process have in common. Zeroed, until the first of them connects. */
struct azb_session {
    struct azb_connection *connection;
    struct azb_connection *all[AZB_MAX_CONNECTIONS]; /* that one and, of a tree, others */
    unsigned n_all;
    int64_t answer_wait_ms;    /* of the connection; 0: as --deadline has it */
    struct azb_output *out;    /* flushed whenever we are about to wait */
    int64_t bwlimit;           /* of the connection, as the daemon was told it; 0: none */
    bool has_client;           /* `client` has been chosen */
    const char *client;        /* the daemon's name for our account; NULL: its default */
    struct azb_buf url_client; /* the account URL and credential last opened as `url_name` */
    char url_name[AZB_CLIENT_NAME_BYTES];
    unsigned n_url_clients;
};

struct azb_command {
    struct azb_session *session;
    struct azb_connection *connection; /* the session's, once this command has needed it */
    const struct azb_verb *verb;       /* NULL: not known yet */
    const char *name; /* the verb as it was given: of a word, the verb that has it */
    struct azb_options options;
    struct azb_output out;
    int64_t deadline_at_ms; /* on the monotonic clock; 0: none */

    /* How it went. */
    unsigned long n_items;  /* things that the user asked for */
    unsigned long n_failed; /* of them */
    enum azb_exit last_failure;
};

/* Run the verb that the options name. Returns the exit code. */
int azb_command_run(struct azb_command *command);

/* The same as a job, if the verb can be one with these operands; else NULL, and nothing has
 * happened. The command must stay where it is until the job has been finished. */
struct azb_job *azb_command_prepare(struct azb_command *command);

/* All options that a verb takes, or one of its words. */
uint64_t azb_verb_options(const struct azb_verb *verb);

/* Connect, unless that has been done. Returns 0, or -1 with an error that ends the command. */
int azb_command_connect(struct azb_command *command, struct azb_error *err);

/* Free what the command has. */
void azb_command_clear(struct azb_command *command);

/* Take a message of any of its connections: azb_connections_step(). */
int azb_session_step(struct azb_session *session, struct azb_error *err);

/* Disconnect, and forget everything. */
void azb_session_clear(struct azb_session *session);

/*
 * Connect if need be and begin a call: with the account that `target` means, its container and
 * blob (as far as it has them), and the deadline. target may be NULL for methods that concern
 * no account. Returns 0, or -1 with an error that ends the command.
 */
int azb_command_begin(struct azb_command *command, struct azb_client_call *call,
                      const char *method, const struct azb_target *target,
                      struct azb_error *err);

/* Send a begun call (fd as in azb_call_send()) and wait for its answer. */
int azb_command_finish(struct azb_client_call *call, int fd, struct azb_error *err);

/* A call whose result is looked at later than when it comes. Zeroed, then begun as others. */
struct azb_later {
    struct azb_client_call call; /* on_done is taken */
    struct azb_buf packed;       /* the result */
    msgpack_unpacked result;
};

/* Send it; or give it up: its answer is this error, in its turn. */
void azb_later_send(struct azb_later *later);
void azb_later_fail(struct azb_later *later, const struct azb_error *err);

/* Wait for the answer. *ret is borrowed until the clearing, before which it must be done. */
int azb_later_wait(struct azb_later *later, const msgpack_object **ret, struct azb_error *err);
void azb_later_clear(struct azb_later *later);

/* An operand that must name a container alone, or a blob. -1 with INVALID_ARG, saying how. */
int azb_command_container(const char *text, struct azb_target *ret, struct azb_error *err);
int azb_command_blob(const char *text, struct azb_target *ret, struct azb_error *err);

/* Whether every operand is such a name ("-" is passed over): asked before anything is done, so
 * that a mistake in the last one has no half of a command behind it. */
typedef int azb_parse_fn(const char *text, struct azb_target *ret, struct azb_error *err);
int azb_command_check(const struct azb_command *command, azb_parse_fn *parse,
                      struct azb_error *err);

/*
 * One item is done; or has failed, which is told on stderr: "azblob: VERB: SUBJECT: ...". Under
 * json and jsonl both give an object on stdout too, and azb_command_exit() a summary.
 * subject may be NULL. result: of the call, or NULL.
 */
void azb_command_done(struct azb_command *command, const char *subject,
                      const msgpack_object *result);
void azb_command_failed(struct azb_command *command, const char *subject,
                        const struct azb_error *err);

/* One item would be done, if it were not for --dry-run: told on stdout in every format. */
void azb_command_planned(struct azb_command *command, const char *subject);

/* Only tell. */
void azb_command_tell(const struct azb_command *command, const char *subject,
                      const struct azb_error *err);

/*
 * Have a target name its client by `profile`, which is connected to and opened if need be: for
 * calls that are about two accounts. name: room for the name, as long as the target is used.
 */
int azb_command_resolve(struct azb_command *command, struct azb_target *target,
                        char name[AZB_CLIENT_NAME_BYTES], struct azb_error *err);

/* The whole command has failed: tell, and return its exit code. */
int azb_command_end(struct azb_command *command, const char *subject,
                    const struct azb_error *err);

/* Nothing was found: under --error-on-empty that is told, and an exit code of its own. */
int azb_command_empty(const struct azb_command *command);

/* The exit code for items done and failed so far: a single one's own, of many 1. */
int azb_command_exit(struct azb_command *command);

/* Under --verbose, a line on stderr. */
void azb_command_say(const struct azb_command *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The daemon could not write to our stdout: if a pipe's reader has gone, that is no failure to
 * tell of, and ends the process as SIGPIPE does. */
void azb_command_end_if_unread(const struct azb_error *err);

/* Pack a NAME=VALUE operand as a parameter; the value is JSON, else text. */
int azb_call_operand(struct azb_client_call *call, char *operand, struct azb_error *err);

/* Pack the options that are parameters of calls: conditions, a lease, a snapshot... */
void azb_command_params(const struct azb_command *command, struct azb_client_call *call);

/* Pack what the options say of blobs that are written, wherever their bytes come from: tier,
 * metadata and tags. */
void azb_put_attributes(struct azb_client_call *call, const struct azb_options *options);

/* The same for those that are uploaded; a Content-Type that the options do not say comes from
 * the name. */
void azb_put_settings(struct azb_client_call *call, const struct azb_options *options,
                      const char *name);

/* Whether what is there is not to be replaced: -n, or --overwrite never. */
bool azb_never_overwrites(const struct azb_options *options);

/* Whether a write has failed for that, and nothing else; and the same error without a write. */
bool azb_blob_was_there(const struct azb_error *err);
void azb_blob_is_there(struct azb_error *ret);

/* A large regular file's upload can be gone on with if it is cut off. */
void azb_put_resume(struct azb_client_call *call, int fd);

/* Pack what the options say of blobs that are downloaded. */
void azb_get_settings(struct azb_client_call *call, const struct azb_options *options);

/* Under --verbose, say how much a download found to be there. */
void azb_command_say_resumed(const struct azb_command *command, const char *label,
                             const msgpack_object *result);

/* The verbs, by the file that has them. */
int azb_verb_call_each(struct azb_command *command); /* calls.c */
struct azb_job *azb_calls_prepare(struct azb_command *command);
int azb_verb_call(struct azb_command *command);
struct azb_job *azb_call_prepare(struct azb_command *command);
int azb_verb_rb(struct azb_command *command);  /* containers.c */
int azb_verb_ls(struct azb_command *command);  /* ls.c */
int azb_verb_put(struct azb_command *command); /* put.c */
int azb_verb_get(struct azb_command *command); /* get.c */
int azb_verb_cp(struct azb_command *command);  /* tree.c */
int azb_verb_mv(struct azb_command *command);
int azb_verb_sync(struct azb_command *command);
int azb_verb_cat(struct azb_command *command);
int azb_verb_bulk(struct azb_command *command); /* bulk.c */
struct azb_job *azb_bulk_prepare(struct azb_command *command);
int azb_verb_merge(struct azb_command *command); /* merge.c */
struct azb_job *azb_merge_prepare(struct azb_command *command);
int azb_verb_du(struct azb_command *command);       /* du.c */
int azb_verb_sas(struct azb_command *command);      /* sas.c */
int azb_verb_query(struct azb_command *command);    /* query.c */
int azb_verb_undelete(struct azb_command *command); /* restore.c */
int azb_verb_restore(struct azb_command *command);
int azb_verb_lease_run(struct azb_command *command); /* lease_run.c */
int azb_verb_run(struct azb_command *command);       /* run.c */
int azb_verb_watch(struct azb_command *command);     /* watch.c */
int azb_verb_describe(struct azb_command *command);  /* describe.c */
int azb_verb_explain(struct azb_command *command);   /* explain.c */
int azb_verb_doctor(struct azb_command *command);    /* doctor.c */
int azb_verb_complete(struct azb_command *command);  /* complete.c */
int azb_verb_help(struct azb_command *command);      /* main.c */
int azb_verb_version(struct azb_command *command);

#endif
