/*
 * main.c: the azblob command: from a command line to a verb's row (verbs.c) to its exit code,
 * and the help that the rows give.
 */
#include "client/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/nearest.h"

int azb_verb_version(struct azb_command *command)
{
    azb_buf_puts(&command->out.buf, "azblob " AZB_VERSION "\n");
    return AZB_EXIT_DONE;
}

static int help_overview(struct azb_buf *out)
{
    azb_buf_puts(out, "usage: azblob VERB [OPTIONS] [NAMES]\n\n"
                      "Azure Blob Storage through the azblobd daemon.\n\nverbs:\n");
    for (const struct azb_verb *verb = azb_verbs; verb->name != NULL; verb++) {
        if (verb->group != NULL)
            azb_buf_printf(out, " %s:\n", verb->group);
        if (verb->help != NULL)
            azb_buf_printf(out, "  %-9s %s\n", verb->name, verb->help);
    }
    azb_buf_puts(out, "\noptions of every verb:\n");
    azb_options_help(AZB_COMMON_OPTIONS, out);
    azb_buf_puts(out,
                 "\nazblob help VERB explains one; azblob help exit-codes the exit codes.\n");
    return AZB_EXIT_DONE;
}

/* A verb or one of its words: "azblob lease acquire [OPTIONS] NAME". */
static void help_usage(const struct azb_verb *parent, const struct azb_verb *verb,
                       struct azb_buf *out)
{
    azb_buf_printf(out, "azblob %s%s%s%s%s%s\n", parent != NULL ? parent->name : "",
                   parent != NULL ? " " : "", verb->name,
                   verb->options != 0 ? " [OPTIONS]" : "", verb->operands[0] != '\0' ? " " : "",
                   verb->operands);
}

uint64_t azb_verb_options(const struct azb_verb *verb)
{
    uint64_t options = verb->options;

    for (const struct azb_verb *word = verb->words; word != NULL && word->name != NULL; word++)
        options |= word->options;
    return options;
}

static void help_words(const struct azb_verb *verb, struct azb_buf *out)
{
    for (const struct azb_verb *word = verb->words; word->name != NULL; word++) {
        azb_buf_puts(out, "  ");
        help_usage(verb, word, out);
        azb_buf_printf(out, "      %s\n", word->help);
    }
    azb_buf_puts(out, "\n");
}

static int help_verb(const struct azb_verb *verb, struct azb_buf *out)
{
    uint64_t options = azb_verb_options(verb);

    azb_buf_puts(out, "usage: ");
    help_usage(NULL, verb, out);
    azb_buf_printf(out, "\n%s\n%s\n", verb->help, verb->details != NULL ? verb->details : "");
    if (verb->words != NULL)
        help_words(verb, out);
    if (options != 0) {
        azb_buf_puts(out, "options:\n");
        azb_options_help(options, out);
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

/* "show, set, rm" */
static void put_names(const struct azb_verb *verbs, struct azb_buf *out)
{
    for (const struct azb_verb *verb = verbs; verb->name != NULL; verb++)
        azb_buf_printf(out, "%s%s", verb != verbs ? ", " : "", verb->name);
}

/* `name` is none of these; what: verb or word. Returns NULL with INVALID_ARG. */
static const struct azb_verb *unknown_verb(const struct azb_verb *verbs, const char *name,
                                           const char *what, struct azb_error *err)
{
    struct azb_buf hint = {0};
    const char *nearest;
    size_t n = 0;

    while (verbs[n].name != NULL)
        n++;
    nearest = azb_nearest(name, verbs, sizeof(verbs[0]), n);
    if (nearest != NULL) {
        azb_buf_printf(&hint, "; did you mean '%s'?", nearest);
    } else if (verbs != azb_verbs) {
        azb_buf_puts(&hint, "; it is one of ");
        put_names(verbs, &hint);
    }
    azb_error_set(err, AZB_ERR_INVALID_ARG, "unknown %s '%.64s'%s", what, name,
                  azb_buf_cstr(&hint));
    azb_buf_clear(&hint);
    return NULL;
}

static const struct azb_verb *find_verb(const struct azb_verb *verbs, const char *name,
                                        const char *what, struct azb_error *err)
{
    const struct azb_verb *verb = verbs;

    while (verb->name != NULL && strcmp(verb->name, name) != 0)
        verb++;
    return verb->name != NULL ? verb : unknown_verb(verbs, name, what, err);
}

int azb_verb_help(struct azb_command *command)
{
    const char *topic = command->options.n_operands > 0 ? command->options.operands[0] : NULL;
    struct azb_buf *out = &command->out.buf;
    const struct azb_verb *verb;
    struct azb_error err = {0};

    if (topic == NULL)
        return help_overview(out);
    if (strcmp(topic, "exit-codes") == 0) {
        azb_exit_code_help(out);
        return AZB_EXIT_DONE;
    }
    verb = find_verb(azb_verbs, topic, "verb", &err);
    return verb != NULL ? help_verb(verb, out) : usage_error(NULL, err.message);
}

/* A command line that is wrong, and the line that it should be like. */
static int wrong_operands(const struct azb_verb *parent, const struct azb_verb *verb,
                          const char *message, struct azb_error *err)
{
    struct azb_buf usage = {0};

    help_usage(parent, verb, &usage);
    azb_error_set(err, AZB_ERR_INVALID_ARG, "%s\nusage: %.*s", message, (int)usage.len - 1,
                  azb_buf_cstr(&usage));
    azb_buf_clear(&usage);
    return -1;
}

/* What the usage line asks for behind n operands: "COMMAND" of "NAME -- COMMAND [ARGUMENT...]".
 */
static int missing_operand(const struct azb_verb *parent, const struct azb_verb *verb, int n,
                           struct azb_error *err)
{
    const char *word = verb->operands;
    char message[80];

    for (; n > 0 || strncmp(word, "-- ", 3) == 0; word += strcspn(word, " ") + 1)
        n -= strncmp(word, "-- ", 3) != 0;
    snprintf(message, sizeof(message), "%.*s is missing", (int)strcspn(word, " .["), word);
    return wrong_operands(parent, verb, message, err);
}

/* What the verb's row asks of the command line, n_operands being left of it. parent: the verb
 * whose word it is, or NULL. */
static int check_usage(const struct azb_verb *parent, const struct azb_verb *verb,
                       const struct azb_options *options, int n_operands, struct azb_error *err)
{
    const char *name = parent != NULL ? parent->name : verb->name;

    if (azb_options_check(options, AZB_COMMON_OPTIONS | verb->options, name, err) < 0)
        return -1;
    if (n_operands < verb->min_operands)
        return missing_operand(parent, verb, n_operands, err);
    if (verb->max_operands >= 0 && n_operands > verb->max_operands)
        return wrong_operands(parent, verb, "too many names", err);
    return 0;
}

/* -h means --human to the verbs that have it, and help to all others. */
static bool wants_help(const struct azb_options *options, const struct azb_verb *verb)
{
    return azb_options_has(options, AZB_HAS(HELP)) ||
           (azb_options_has(options, AZB_HAS(HUMAN)) && (verb->options & AZB_HAS(HUMAN)) == 0);
}

static void set_output(struct azb_output *out, const struct azb_options *options)
{
    out->format = options->format;
    out->fields = options->values[AZB_OPTION_FIELDS];
    out->end = azb_options_has(options, AZB_HAS(NUL)) ? '\0' : '\n';
    out->is_human = azb_options_has(options, AZB_HAS(HUMAN));
    out->is_terminal = isatty(STDOUT_FILENO);
}

/* The word that has to follow a verb. Returns NULL with INVALID_ARG. */
static const struct azb_verb *take_word(const struct azb_verb *verb, const char *name,
                                        struct azb_error *err)
{
    struct azb_buf words = {0};

    if (name != NULL)
        return find_verb(verb->words, name, "word", err);
    put_names(verb->words, &words);
    azb_error_set(err, AZB_ERR_INVALID_ARG, "a word is missing: one of %s",
                  azb_buf_cstr(&words));
    azb_buf_clear(&words);
    return NULL;
}

/* Find the verb's row, and leave in the options what is for it. -1 with INVALID_ARG. */
static int take_verb(struct azb_command *command, struct azb_error *err)
{
    struct azb_options *options = &command->options;
    const struct azb_verb *verb, *parent = NULL;
    int n_taken = 1;

    if (options->n_operands == 0)
        return azb_error_set(err, AZB_ERR_INVALID_ARG,
                             "which verb? For a start: azblob doctor, azblob ls");
    verb = find_verb(azb_verbs, options->operands[0], "verb", err);
    if (verb == NULL)
        return -1;
    command->name = verb->name;
    if (verb->words != NULL && !wants_help(options, verb)) {
        parent = verb;
        verb = take_word(parent, options->n_operands > 1 ? options->operands[1] : NULL, err);
        if (verb == NULL)
            return -1;
        n_taken++;
    }
    if (!wants_help(options, verb) &&
        check_usage(parent, verb, options, options->n_operands - n_taken, err) < 0)
        return -1;
    options->operands += n_taken;
    options->n_operands -= n_taken;
    command->verb = verb;
    set_output(&command->out, options);
    return 0;
}

struct azb_job *azb_command_prepare(struct azb_command *command)
{
    const struct azb_options *options = &command->options;

    if (azb_options_has(options, AZB_HAS(VERSION)) ||
        (command->verb == NULL && take_verb(command, NULL) < 0) ||
        wants_help(options, command->verb))
        return NULL;
    if (command->verb->prepare != NULL)
        return command->verb->prepare(command);
    return command->verb->run == NULL ? azb_calls_prepare(command) : NULL;
}

int azb_command_run(struct azb_command *command)
{
    struct azb_options *options = &command->options;
    struct azb_job *job = azb_command_prepare(command);
    struct azb_error err = {0};

    if (job != NULL) {
        job->send(job);
        return job->finish(job);
    }
    if (azb_options_has(options, AZB_HAS(VERSION)))
        return azb_verb_version(command);
    if (command->verb == NULL && options->n_operands == 0 &&
        azb_options_has(options, AZB_HAS(HELP) | AZB_HAS(HUMAN)))
        return help_overview(&command->out.buf);
    if (command->verb == NULL && take_verb(command, &err) < 0)
        return usage_error(command->name, err.message);
    if (wants_help(options, command->verb))
        return help_verb(command->verb, &command->out.buf);
    return command->verb->run != NULL ? command->verb->run(command)
                                      : azb_verb_call_each(command);
}

/* The verb of a command line that could not be read to its end, or NULL. */
static const char *options_verb(const struct azb_options *options)
{
    const struct azb_verb *verb = NULL;

    if (options->n_operands > 0)
        verb = find_verb(azb_verbs, options->operands[0], "verb", NULL);
    return verb != NULL ? verb->name : NULL;
}

int main(int argc, char **argv)
{
    struct azb_session session = {0};
    struct azb_command command = {.session = &session};
    struct azb_error err = {0};
    int rc;

    if (azb_options_parse(argc, argv, &command.options, &err) < 0)
        rc = usage_error(options_verb(&command.options), err.message);
    else
        rc = azb_command_run(&command);
    if (azb_output_flush(&command.out, &err) < 0) {
        fprintf(stderr, "azblob: %s\n", err.message);
        rc = AZB_EXIT_FAILED;
    }
    azb_command_clear(&command);
    azb_session_clear(&session);
    return rc;
}
