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
};

/* What a verb's operands are, besides names. */
enum azb_operands {
    AZB_NAMES,       /* names, and nothing else */
    AZB_VALUE_FIRST, /* a value for `param`, then names */
    AZB_VALUE_LAST,  /* a name, then a value for `param` */
    AZB_PARAMS_LAST, /* a name, then NAME=VALUE: parameters, their values JSON or text */
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
    struct azb_verb_call call;
};

extern const struct azb_verb azb_verbs[]; /* the last has no name */

struct azb_command {
    const struct azb_verb *verb;
    const char *name; /* the verb as it was given: of a word, the verb that has it */
    struct azb_options options;
    struct azb_output out;
    int64_t deadline_at_ms; /* on the monotonic clock; 0: none */

    /* The connection, once one is needed. */
    struct azb_connection *connection;
    int64_t bwlimit;           /* of the connection, as the daemon was told it; 0: none */
    bool has_client;           /* `client` has been chosen */
    const char *client;        /* the daemon's name for our account; NULL: its default */
    struct azb_buf url_client; /* the account URL and credential last opened as `url_name` */
    char url_name[AZB_CLIENT_NAME_BYTES];
    unsigned n_url_clients;

    /* How it went. */
    unsigned long n_items;  /* things that the user asked for */
    unsigned long n_failed; /* of them */
    enum azb_exit last_failure;
};

/* Run the verb that the options name. Returns the exit code. */
int azb_command_run(struct azb_command *command);

/* All options that a verb takes, or one of its words. */
uint64_t azb_verb_options(const struct azb_verb *verb);

/* Connect, unless that has been done. Returns 0, or -1 with an error that ends the command. */
int azb_command_connect(struct azb_command *command, struct azb_error *err);

/* Forget everything, the connection too. */
void azb_command_clear(struct azb_command *command);

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

/* Pack what the options say of blobs that are written; a Content-Type that they do not say
 * comes from the name. */
void azb_put_settings(struct azb_client_call *call, const struct azb_options *options,
                      const char *name);

/* A large regular file's upload can be gone on with if it is cut off. */
void azb_put_resume(struct azb_client_call *call, int fd);

/* Under --verbose, say how much a download found to be there. */
void azb_command_say_resumed(const struct azb_command *command, const char *label,
                             const msgpack_object *result);

/* The verbs, by the file that has them. */
int azb_verb_call_each(struct azb_command *command); /* calls.c */
int azb_verb_call(struct azb_command *command);
int azb_verb_rb(struct azb_command *command);  /* containers.c */
int azb_verb_ls(struct azb_command *command);  /* ls.c */
int azb_verb_put(struct azb_command *command); /* put.c */
int azb_verb_get(struct azb_command *command); /* get.c */
int azb_verb_cp(struct azb_command *command);  /* tree.c */
int azb_verb_mv(struct azb_command *command);
int azb_verb_sync(struct azb_command *command);
int azb_verb_cat(struct azb_command *command);
int azb_verb_bulk(struct azb_command *command);  /* bulk.c */
int azb_verb_merge(struct azb_command *command); /* merge.c */
int azb_verb_merge_rm(struct azb_command *command);
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
