/*
 * options.c: the command line. All verbs share one table of options, so a letter means the
 * same everywhere; which of them a verb takes is a set in the verb's row.
 */
#include "client/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/nearest.h"

enum {
    DEFAULT_JOBS = 128, /* the help says so too */
    MAX_JOBS = 1000,    /* of the calls that the daemon takes from one connection */
};

static const struct option {
    const char *name;
    char letter;
    const char *value; /* NULL: a flag */
    const char *help;
} table[] = {
#define X(id, letter, name, value, help) {name, letter, value, help},
    AZB_OPTION_MAP(X)
#undef X
};

static const char *const format_names[] = {"text", "tsv", "json", "jsonl"};

static int bad_value(enum azb_option_id id, const char *value, struct azb_error *err)
{
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "--%s '%s': it takes %s (%s)",
                         table[id].name, value, table[id].value, table[id].help);
}

static int parse_format(const char *value, enum azb_format *ret)
{
    for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++)
        if (strcmp(value, format_names[i]) == 0) {
            *ret = (enum azb_format)i;
            return 0;
        }
    return -1;
}

/* A positive number; *ret_end: what follows it. */
static int parse_number(const char *value, int64_t *ret, char **ret_end)
{
    errno = 0;
    *ret = strtoll(value, ret_end, 10);
    return *ret_end == value || errno != 0 || *ret <= 0 ? -1 : 0;
}

static int parse_count(const char *value, int64_t *ret)
{
    char *end;

    return parse_number(value, ret, &end) < 0 || *end != '\0' ? -1 : 0;
}

/* How many at most, which may be none at all. */
static int parse_limit(const char *value, int64_t *ret)
{
    if (strcmp(value, "0") == 0)
        return *ret = 0, 0;
    return parse_count(value, ret);
}

static int parse_jobs(const char *value, int64_t *ret)
{
    return parse_count(value, ret) < 0 || *ret > MAX_JOBS ? -1 : 0;
}

/* Whether a value is one of those that an option knows, with a '|' before and behind each. */
static int parse_word(const char *value, const char *words)
{
    char word[32];

    snprintf(word, sizeof(word), "|%s|", value);
    return strchr(value, '|') == NULL && strstr(words, word) != NULL ? 0 : -1;
}

int azb_duration_parse(const char *value, int64_t *ret_ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"", 1000},       {"ms", 1},          {"s", 1000},
                 {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};
    int64_t number;
    char *end;

    if (parse_number(value, &number, &end) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(end, units[i].name) == 0 && number <= INT32_MAX)
            return *ret_ms = number * units[i].ms, 0;
    return -1;
}

int azb_size_parse(const char *value, int64_t *ret)
{
    static const char letters[] = "KMGT";
    int64_t unit = 1, step = 1024, number;
    const char *letter;
    char *end;

    if (parse_number(value, &number, &end) < 0)
        return -1;
    letter = *end != '\0' ? strchr(letters, *end) : NULL;
    if (letter != NULL) {
        end++;
        if (strcmp(end, "B") == 0)
            step = 1000;
        else if (strcmp(end, "iB") != 0 && *end != '\0')
            return -1;
        for (const char *l = letters; l <= letter; l++)
            unit *= step;
    } else if (*end != '\0') {
        return -1;
    }
    return __builtin_mul_overflow(number, unit, ret) ? -1 : 0;
}

static void keep_value(struct azb_options *options, enum azb_option_id id, char *value)
{
    options->pairs[options->n_pairs] = value;
    options->pair_ids[options->n_pairs++] = (unsigned char)id;
}

static int add_pair(struct azb_options *options, enum azb_option_id id, char *pair)
{
    const char *equals = strchr(pair, '=');

    if (equals == NULL || equals == pair)
        return -1;
    keep_value(options, id, pair);
    return 0;
}

static int take_option(struct azb_options *options, enum azb_option_id id, char *value,
                       struct azb_error *err)
{
    int rc = 0;

    options->given |= UINT64_C(1) << id;
    options->values[id] = value;
    if (id == AZB_OPTION_OUTPUT)
        rc = parse_format(value, &options->format);
    else if (id == AZB_OPTION_DEADLINE)
        rc = azb_duration_parse(value, &options->deadline_ms);
    else if (id == AZB_OPTION_MAX)
        rc = parse_count(value, &options->max_entries);
    else if (id == AZB_OPTION_METADATA || id == AZB_OPTION_TAGS)
        rc = add_pair(options, id, value);
    else if (id == AZB_OPTION_INCLUDE || id == AZB_OPTION_EXCLUDE)
        keep_value(options, id, value);
    else if (id == AZB_OPTION_MAX_DELETE)
        rc = parse_limit(value, &options->max_deletes);
    else if (id == AZB_OPTION_JOBS)
        rc = parse_jobs(value, &options->max_jobs);
    else if (id == AZB_OPTION_BWLIMIT)
        rc = azb_size_parse(value, &options->bwlimit);
    else if (id == AZB_OPTION_OVERWRITE)
        rc = parse_word(value, "|always|never|ifSourceNewer|");
    else if (id == AZB_OPTION_PROGRESS)
        rc = parse_word(value, "|json|none|");
    return rc < 0 ? bad_value(id, value, err) : 0;
}

/* The arguments that are still to be read. */
struct cursor {
    char **argv;
    int argc, i;
};

/* The value of an option: what is attached to it, else the next argument. */
static int take_value(struct cursor *at, struct azb_options *options, enum azb_option_id id,
                      char *attached, struct azb_error *err)
{
    char *value = attached;

    if (value == NULL && at->i < at->argc)
        value = at->argv[at->i++];
    if (value == NULL)
        return azb_error_set(err, AZB_ERR_INVALID_ARG, "--%s needs a value: %s", table[id].name,
                             table[id].value);
    return take_option(options, id, value, err);
}

/* Dashes within a name may be left out: --dryrun. */
static bool is_name(const char *wanted, const char *given, size_t n)
{
    for (; *wanted != '\0'; wanted++) {
        if (n > 0 && *given == *wanted)
            given++, n--;
        else if (*wanted != '-')
            return false;
    }
    return n == 0;
}

/* --name, --name VALUE, --name=VALUE */
static int take_long(struct cursor *at, struct azb_options *options, char *name,
                     struct azb_error *err)
{
    char *value = strchr(name, '=');
    size_t name_bytes = value != NULL ? (size_t)(value - name) : strlen(name);
    const char *nearest;

    for (int id = 0; id < AZB_N_OPTIONS; id++) {
        if (!is_name(table[id].name, name, name_bytes))
            continue;
        if (table[id].value != NULL)
            return take_value(at, options, id, value != NULL ? value + 1 : NULL, err);
        if (value != NULL)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "--%s takes no value",
                                 table[id].name);
        return take_option(options, id, NULL, err);
    }
    if (value != NULL)
        *value = '\0';
    nearest = azb_nearest(name, table, sizeof(table[0]), AZB_N_OPTIONS);
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "unknown option --%.64s%s%s%s", name,
                         nearest != NULL ? "; did you mean --" : "",
                         nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* -l, -rl, -o FORMAT, -oFORMAT */
static int take_letters(struct cursor *at, struct azb_options *options, char *letters,
                        struct azb_error *err)
{
    for (; *letters != '\0'; letters++) {
        int id = 0;

        while (id < AZB_N_OPTIONS && table[id].letter != *letters)
            id++;
        if (id == AZB_N_OPTIONS)
            return azb_error_set(err, AZB_ERR_INVALID_ARG, "unknown option -%c", *letters);
        if (table[id].value != NULL)
            return take_value(at, options, id, letters[1] != '\0' ? letters + 1 : NULL, err);
        if (take_option(options, id, NULL, err) < 0)
            return -1;
    }
    return 0;
}

int azb_options_parse(int argc, char **argv, struct azb_options *ret, struct azb_error *err)
{
    struct cursor at = {.argv = argv, .argc = argc, .i = 1};
    bool is_ended = false;

    memset(ret, 0, sizeof(*ret));
    ret->operands = argv + 1;
    ret->max_deletes = -1;
    ret->max_jobs = DEFAULT_JOBS;
    ret->pairs = calloc((size_t)argc + 1, sizeof(*ret->pairs) + sizeof(*ret->pair_ids));
    if (ret->pairs == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the command line");
    ret->pair_ids = (unsigned char *)(ret->pairs + argc + 1);
    while (at.i < argc) {
        char *word = argv[at.i++];
        int rc = 0;

        if (is_ended || word[0] != '-' || word[1] == '\0')
            ret->operands[ret->n_operands++] = word;
        else if (strcmp(word, "--") == 0)
            is_ended = true;
        else if (word[1] == '-')
            rc = take_long(&at, ret, word + 2, err);
        else
            rc = take_letters(&at, ret, word + 1, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

void azb_options_clear(struct azb_options *options)
{
    free(options->pairs);
    options->pairs = NULL;
}

int azb_options_check(const struct azb_options *options, uint64_t allowed, const char *verb,
                      struct azb_error *err)
{
    uint64_t wrong = options->given & ~allowed;

    if (wrong == 0)
        return 0;
    return azb_error_set(err, AZB_ERR_INVALID_ARG, "'%s' takes no --%s", verb,
                         table[__builtin_ctzll(wrong)].name);
}

unsigned azb_options_count_pairs(const struct azb_options *options, enum azb_option_id id)
{
    unsigned n = 0;

    for (int i = 0; i < options->n_pairs; i++)
        n += options->pair_ids[i] == id;
    return n;
}

void azb_options_pack_pairs(const struct azb_options *options, enum azb_option_id id,
                            msgpack_packer *pk)
{
    msgpack_pack_map(pk, azb_options_count_pairs(options, id));
    for (int i = 0; i < options->n_pairs; i++) {
        const char *pair = options->pairs[i];
        const char *equals = strchr(pair, '=');

        if (options->pair_ids[i] != id)
            continue;
        azb_pack_strn(pk, pair, (size_t)(equals - pair));
        azb_pack_str(pk, equals + 1);
    }
}

void azb_options_names(uint64_t set, const char *word, struct azb_buf *out)
{
    for (int id = 0; id < AZB_N_OPTIONS; id++) {
        char name[64];

        snprintf(name, sizeof(name), "--%s", table[id].name);
        if ((set & UINT64_C(1) << id) != 0 && strncmp(name, word, strlen(word)) == 0)
            azb_buf_printf(out, "%s\n", name);
    }
}

void azb_options_help(uint64_t set, struct azb_buf *out)
{
    for (int id = 0; id < AZB_N_OPTIONS; id++) {
        const struct option *option = &table[id];
        char name[64];

        if ((set & UINT64_C(1) << id) == 0)
            continue;
        snprintf(name, sizeof(name), "--%s%s%s", option->name, option->value != NULL ? " " : "",
                 option->value != NULL ? option->value : "");
        if (option->letter != 0)
            azb_buf_printf(out, "  -%c, %-29s %s\n", option->letter, name, option->help);
        else
            azb_buf_printf(out, "      %-29s %s\n", name, option->help);
    }
}
