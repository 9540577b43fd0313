/*
 * main.c: the azblob command: one table of verbs, which dispatch, --help and `azblob help`
 * all read.
 */
#include "client/command.h"

#include <stdio.h>
#include <string.h>

#include "client/nearest.h"

#define TRANSFER_DETAILS                                                             \
    "A name is CONTAINER/NAME, az://CONTAINER/NAME, PROFILE:CONTAINER/NAME or the\n" \
    "blob's https URL. Outside URLs names are taken literally.\n"

static int run_version(struct azb_command *command);
static int run_help(struct azb_command *command);

static const struct azb_verb verbs[] = {
    {
        .name = "mb",
        .operands = "CONTAINER...",
        .help = "make containers",
        .example = "azblob mb demo",
        .min_operands = 1,
        .max_operands = -1,
        .run = azb_verb_mb,
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
    },
    {
        .name = "ls",
        .operands = "[CONTAINER[/PREFIX]]",
        .help = "list containers, or the blobs of one",
        .details =
            "Shows one level: what lies deeper shows as PREFIX/. With -r shows every blob\n"
            "whose name begins with PREFIX. Names are the blobs' own, without the container.\n",
        .example = "azblob ls -l demo/logs/",
        .options = AZB_HAS(RECURSIVE) | AZB_HAS(LONG) | AZB_HAS(NUL) | AZB_HAS(MAX),
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
        .operands =
            "CONTAINER/NAME... | -r CONTAINER[/PREFIX]... | --from FILE [CONTAINER] | -",
        .help = "delete blobs",
        .details =
            "With -r deletes every blob whose name begins with PREFIX, in batches. With\n"
            "--from FILE, or - for stdin, reads the names; given a CONTAINER, they are its\n"
            "blobs, as `azblob ls -r` prints them. Each failure is told.\n",
        .example = "azblob rm -r demo/logs/2025/",
        .options = AZB_HAS(RECURSIVE) | AZB_HAS(FROM) | AZB_HAS(NUL),
        .max_operands = -1,
        .run = azb_verb_rm,
    },
    {
        .name = "stat",
        .operands = "CONTAINER[/NAME]",
        .help = "show the properties of a blob or a container",
        .example = "azblob stat -o json demo/backup.tar",
        .min_operands = 1,
        .max_operands = 1,
        .run = azb_verb_stat,
    },
    {
        .name = "ping",
        .operands = "",
        .help = "see whether the daemon answers",
        .example = "azblob ping",
        .run = azb_verb_ping,
    },
    {
        .name = "status",
        .operands = "",
        .help = "show what the daemon is doing",
        .example = "azblob status -o json",
        .run = azb_verb_status,
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
        .run = run_version,
    },
    {
        .name = "help",
        .operands = "[VERB|exit-codes]",
        .help = "explain a verb, or the exit codes",
        .example = "azblob help put",
        .max_operands = 1,
        .run = run_help,
    },
};

enum {
    N_VERBS = sizeof(verbs) / sizeof(verbs[0]),
};

static const struct azb_verb *find_verb(const char *name)
{
    for (int i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int run_version(struct azb_command *command)
{
    azb_buf_puts(&command->out.buf, "azblob " AZB_VERSION "\n");
    return AZB_EXIT_DONE;
}

static int help_overview(struct azb_buf *out)
{
    azb_buf_puts(out, "usage: azblob VERB [OPTIONS] [NAMES]\n\n"
                      "Azure Blob Storage through the azblobd daemon.\n\nverbs:\n");
    for (int i = 0; i < N_VERBS; i++)
        azb_buf_printf(out, "  %-8s %s\n", verbs[i].name, verbs[i].help);
    azb_buf_puts(out, "\noptions of every verb:\n");
    azb_options_help(AZB_COMMON_OPTIONS, out);
    azb_buf_puts(out,
                 "\nazblob help VERB explains one; azblob help exit-codes the exit codes.\n");
    return AZB_EXIT_DONE;
}

static int help_verb(const struct azb_verb *verb, struct azb_buf *out)
{
    azb_buf_printf(out, "usage: azblob %s%s%s%s\n\n%s\n%s\n", verb->name,
                   verb->options != 0 ? " [OPTIONS]" : "", verb->operands[0] != '\0' ? " " : "",
                   verb->operands, verb->help, verb->details != NULL ? verb->details : "");
    if (verb->options != 0) {
        azb_buf_puts(out, "options:\n");
        azb_options_help(verb->options, out);
        azb_buf_puts(out, "\n");
    }
    azb_buf_printf(out, "options of every verb: see azblob --help\n\nexample:\n  %s\n",
                   verb->example);
    return AZB_EXIT_DONE;
}

/* The command line is wrong: say how, and where to read more. verb may be NULL. */
static int usage_error(const char *verb, const char *message)
{
    fprintf(stderr, "azblob: %s%s%s\nSee: azblob %s%s--help\n", verb != NULL ? verb : "",
            verb != NULL ? ": " : "", message, verb != NULL ? verb : "",
            verb != NULL ? " " : "");
    return AZB_EXIT_USAGE;
}

static int unknown_verb(const char *name)
{
    const char *nearest = azb_nearest(name, verbs, sizeof(verbs[0]), N_VERBS);
    char message[200];

    snprintf(message, sizeof(message), "unknown verb '%.64s'%s%s%s", name,
             nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
             nearest != NULL ? "'?" : "");
    return usage_error(NULL, message);
}

static int run_help(struct azb_command *command)
{
    const char *topic = command->options.n_operands > 0 ? command->options.operands[0] : NULL;
    struct azb_buf *out = &command->out.buf;

    if (topic == NULL)
        return help_overview(out);
    if (strcmp(topic, "exit-codes") == 0) {
        azb_exit_code_help(out);
        return AZB_EXIT_DONE;
    }
    return find_verb(topic) != NULL ? help_verb(find_verb(topic), out) : unknown_verb(topic);
}

/* The verb is the first operand; the rest are its own. */
static int run(struct azb_command *command)
{
    struct azb_options *options = &command->options;
    const struct azb_verb *verb;
    struct azb_error err = {0};

    if (azb_options_has(options, AZB_HAS(VERSION)))
        return run_version(command);
    if (options->n_operands == 0 && azb_options_has(options, AZB_HAS(HELP)))
        return help_overview(&command->out.buf);
    if (options->n_operands == 0)
        return usage_error(NULL, "which verb?");
    verb = find_verb(options->operands[0]);
    if (verb == NULL)
        return unknown_verb(options->operands[0]);
    if (azb_options_has(options, AZB_HAS(HELP)))
        return help_verb(verb, &command->out.buf);
    options->operands++;
    options->n_operands--;
    if (azb_options_check(options, AZB_COMMON_OPTIONS | verb->options, verb->name, &err) < 0)
        return usage_error(verb->name, err.message);
    if (options->n_operands < verb->min_operands)
        return usage_error(verb->name, "a name is missing");
    if (verb->max_operands >= 0 && options->n_operands > verb->max_operands)
        return usage_error(verb->name, "too many names");
    command->verb = verb;
    command->out.format = options->format;
    command->out.end = azb_options_has(options, AZB_HAS(NUL)) ? '\0' : '\n';
    return verb->run(command);
}

int main(int argc, char **argv)
{
    struct azb_command command = {0};
    struct azb_error err = {0};
    int rc;

    if (azb_options_parse(argc, argv, &command.options, &err) < 0)
        rc = usage_error(NULL, err.message);
    else
        rc = run(&command);
    if (azb_output_flush(&command.out, &err) < 0) {
        fprintf(stderr, "azblob: %s\n", err.message);
        rc = AZB_EXIT_FAILED;
    }
    azb_connection_free(command.connection);
    azb_options_clear(&command.options);
    azb_buf_clear(&command.out.buf);
    azb_buf_clear(&command.url_client);
    return rc;
}
