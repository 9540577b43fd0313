/*
 * complete.c: what a shell offers for the word under the cursor: verbs, options, methods, and
 * names from the service over the warm connection. Whatever goes wrong, there is nothing to
 * offer: never a message in the middle of somebody's command line.
 */
#include "client/command.h"

#include <stdlib.h>
#include <string.h>

#include "proto/value.h"

enum {
    MAX_NAMES = 200,
    PATIENCE_MS = 1000,
};

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void offer(struct azb_command *command, const char *before, const char *text, size_t n,
                  const char *after)
{
    struct azb_buf *out = &command->out.buf;

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return; /* no shell takes it in one line */
    azb_buf_puts(out, before);
    azb_buf_append(out, text, n);
    azb_buf_puts(out, after);
    azb_buf_puts(out, "\n");
}

static void offer_verbs(struct azb_command *command, const struct azb_verb *verbs,
                        const char *word)
{
    for (; verbs->name != NULL; verbs++)
        if (verbs->help != NULL && begins(verbs->name, word))
            offer(command, "", verbs->name, strlen(verbs->name), "");
}

/* Entries of a listing; each is offered behind what stands before names in the word. */
struct names {
    struct azb_command *command;
    const char *before, *after;
};

static int on_name(const msgpack_object *item, void *arg)
{
    const msgpack_object_map *map = azb_value_map(item);
    const struct names *names = arg;
    const char *name;
    size_t n;

    if (azb_value_bytes(map != NULL ? azb_map_find(map, "name") : item, &name, &n))
        offer(names->command, names->before, name, n, names->after);
    return 0;
}

/* One page of names; nothing when it fails. */
static void offer_names(struct names *names, const char *method,
                        const struct azb_target *target, const char *prefix)
{
    struct azb_client_call call = {0};
    const msgpack_object *items;
    struct azb_error err = {0};

    if (azb_command_begin(names->command, &call, method, target, &err) < 0)
        return;
    azb_call_str(&call, "name_starts_with", prefix);
    azb_call_int(&call, "results_per_page", MAX_NAMES);
    if (azb_command_finish(&call, -1, &err) < 0)
        return;
    items = azb_map_find(azb_value_map(call.result), "items");
    for (uint32_t i = 0;
         items != NULL && items->type == MSGPACK_OBJECT_ARRAY && i < items->via.array.size; i++)
        on_name(&items->via.array.ptr[i], names);
}

/* The word is a name, or the beginning of one. */
static void offer_remote(struct azb_command *command, const char *word)
{
    struct names names = {.command = command, .after = ""};
    struct azb_buf before = {0};
    struct azb_target target;

    if (azb_target_parse(word, &target, NULL) < 0)
        return;
    if (!target.is_url && target.blob != NULL) {
        azb_buf_append(&before, word, strlen(word) - strlen(target.blob));
        names.before = azb_buf_cstr(&before);
        offer_names(&names, "container.walk_blobs", &target, target.blob);
    } else if (!target.is_url) {
        const char *prefix = target.container != NULL ? target.container : "";

        azb_buf_append(&before, word, strlen(word) - strlen(prefix));
        names.before = azb_buf_cstr(&before);
        names.after = "/";
        target.container = NULL;
        offer_names(&names, "service.list_containers", &target, prefix);
    }
    azb_buf_clear(&before);
    azb_target_clear(&target);
}

static void offer_methods(struct azb_command *command, const char *word)
{
    struct azb_client_call call = {0};
    const msgpack_object *methods;
    struct azb_error err = {0};

    if (azb_command_begin(command, &call, "rpc.describe", NULL, &err) < 0 ||
        azb_command_finish(&call, -1, &err) < 0)
        return;
    methods = azb_map_find(azb_value_map(call.result), "methods");
    for (uint32_t i = 0; methods != NULL && methods->type == MSGPACK_OBJECT_ARRAY &&
                         i < methods->via.array.size;
         i++) {
        const msgpack_object *name =
            azb_map_find(azb_value_map(&methods->via.array.ptr[i]), "method");
        char text[80];

        if (azb_value_copy(name, text, sizeof(text)) && begins(text, word))
            offer(command, "", text, strlen(text), "");
    }
}

/* What stands before the word under the cursor, without options: "lease", "acquire"... */
static void complete(struct azb_command *command, char **words, int n, const char *word)
{
    const struct azb_verb *verb = azb_verbs;

    if (n == 0) {
        offer_verbs(command, azb_verbs, word);
        return;
    }
    while (verb->name != NULL && strcmp(verb->name, words[0]) != 0)
        verb++;
    if (verb->name == NULL)
        return;
    if (word[0] == '-')
        azb_options_names(AZB_COMMON_OPTIONS | azb_verb_options(verb), word, &command->out.buf);
    else if (verb->words != NULL && n == 1)
        offer_verbs(command, verb->words, word);
    else if (strcmp(verb->name, "help") == 0)
        offer_verbs(command, azb_verbs, word);
    else if (n == 1 && (strcmp(verb->name, "call") == 0 || strcmp(verb->name, "describe") == 0))
        offer_methods(command, word);
    else
        offer_remote(command, word);
}

int azb_verb_complete(struct azb_command *command)
{
    struct azb_options own = command->options;
    struct azb_error err = {0};
    char *word = own.operands[own.n_operands - 1];

    /* The words before it are a command line, which says profile and socket. */
    own.operands[own.n_operands - 1] = NULL;
    if (azb_options_parse(own.n_operands, own.operands - 1, &command->options, &err) == 0) {
        command->options.given |= AZB_HAS(NO_START);
        command->options.deadline_ms = PATIENCE_MS;
        complete(command, command->options.operands, command->options.n_operands, word);
        azb_options_clear(&command->options);
    }
    command->options = own;
    return AZB_EXIT_DONE;
}
