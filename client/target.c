/*
 * target.c: names. Only a URL is decoded; everywhere else a name is its own bytes, whatever
 * they look like, so that a script never has to quote.
 */
#include "client/target.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The work on one name. Its memory holds the name once, cut into pieces by NULs, and after it
 * the account URL, which no cut of the name can give: the container begins where it ends.
 */
struct parse {
    struct azb_target *target;
    char *rest;        /* what has not been looked at yet */
    char *account_url; /* room for one as long as the name */
    struct azb_error *err;
};

static int parse_refuse(struct parse *parse, const char *why)
{
    return azb_error_set(parse->err, AZB_ERR_INVALID_ARG, "'%.200s': %s", parse->target->text,
                         why);
}

/* Cut the rest at the first of `c`; what follows it, or NULL when there is none. */
static char *cut(char *s, char c)
{
    char *at = strchr(s, c);

    if (at != NULL)
        *at++ = '\0';
    return at;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode in place. False for a broken escape, and for one that means NUL. */
static bool percent_decode(char *s)
{
    char *to = s;

    for (; *s != '\0'; s++) {
        int high, low;

        if (*s != '%') {
            *to++ = *s;
            continue;
        }
        high = hex_value(s[1]);
        low = high < 0 ? -1 : hex_value(s[2]);
        if (low < 0 || (high | low) == 0)
            return false;
        *to++ = (char)(high << 4 | low);
        s += 2;
    }
    *to = '\0';
    return true;
}

/* A host that names no account, so that the account is the path's first piece. */
static bool host_is_bare(const char *host)
{
    size_t n = strcspn(host, ":");

    if (host[0] == '[' || (n == strlen("localhost") && strncmp(host, "localhost", n) == 0))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)host[i]) && host[i] != '.')
            return false;
    return true;
}

/* The query: snapshot and version are the blob's, everything else is the credential. */
static int parse_query(struct parse *parse, char *query)
{
    struct azb_target *target = parse->target;
    char *sas = query; /* kept parts move to the front of the same memory */
    char *next;

    target->sas = query;
    for (; query != NULL; query = next) {
        const char **field = NULL;

        next = cut(query, '&');
        if (strncmp(query, "snapshot=", strlen("snapshot=")) == 0)
            field = &target->snapshot;
        else if (strncmp(query, "versionid=", strlen("versionid=")) == 0)
            field = &target->version_id;
        if (field != NULL) {
            char *value = strchr(query, '=') + 1;
            size_t n;

            if (!percent_decode(value))
                return parse_refuse(parse, "a percent escape in its query is broken");
            n = strlen(value);
            /* It may be overrun by the parts that move forward: take a place of its own. */
            *field = memcpy(parse->account_url, value, n + 1);
            parse->account_url += n + 1;
        } else if (query[0] != '\0') {
            size_t n = strlen(query);

            if (sas != target->sas)
                *sas++ = '&';
            memmove(sas, query, n);
            sas += n;
        }
    }
    *sas = '\0';
    if (target->sas[0] == '\0')
        target->sas = NULL;
    return 0;
}

/* CONTAINER[/NAME], every byte as it is. */
static int parse_path(struct parse *parse)
{
    struct azb_target *target = parse->target;

    target->container = parse->rest;
    target->blob = cut(parse->rest, '/');
    if (target->container[0] != '\0')
        return 0;
    if (target->blob != NULL)
        return parse_refuse(parse, "the container's name is missing");
    target->container = NULL;
    return 0;
}

/* authority/[ACCOUNT/]CONTAINER/NAME; what comes before the container is the account's URL. */
static int parse_authority(struct parse *parse, const char *scheme, bool is_encoded)
{
    char *authority = parse->rest;
    char *path = cut(authority, '/');
    char *account = NULL;

    if (authority[0] == '\0' || strchr(authority, '@') != NULL)
        return parse_refuse(parse, "this is no URL of a storage account");
    if (path != NULL && host_is_bare(authority)) {
        account = path;
        path = cut(path, '/');
    }
    parse->target->account_url = parse->account_url;
    sprintf(parse->account_url, "%s%s%s%s", scheme, authority, account != NULL ? "/" : "",
            account != NULL ? account : "");
    if (path == NULL)
        return 0;
    if (is_encoded && !percent_decode(path))
        return parse_refuse(parse, "a percent escape in it is broken");
    parse->rest = path;
    return parse_path(parse);
}

static int parse_url(struct parse *parse, const char *scheme)
{
    char *query = cut(parse->rest, '?');
    char *fragment = query == NULL ? cut(parse->rest, '#') : cut(query, '#');

    parse->target->is_url = true;
    if (fragment != NULL)
        return parse_refuse(parse, "a URL with '#': write %23 where a name has one");
    if (query != NULL && parse_query(parse, query) < 0)
        return -1;
    return parse_authority(parse, scheme, true);
}

/* True when the rest begins with `prefix`, which is then behind us. */
static bool skip(struct parse *parse, const char *prefix)
{
    size_t n = strlen(prefix);

    if (strncmp(parse->rest, prefix, n) != 0)
        return false;
    parse->rest += n;
    return true;
}

static int parse_any(struct parse *parse)
{
    size_t first = strcspn(parse->rest, "/");
    char *colon = memchr(parse->rest, ':', first);

    if (skip(parse, "https://"))
        return parse_url(parse, "https://");
    if (skip(parse, "http://"))
        return parse_url(parse, "http://");
    if (skip(parse, "az://")) {
        /* A container's name holds no dot, an account's host always does. */
        if (memchr(parse->rest, '.', strcspn(parse->rest, "/")) != NULL)
            return parse_authority(parse, "https://", false);
        return parse_path(parse);
    }
    if (colon != NULL) {
        parse->target->profile = parse->rest;
        parse->rest = colon + 1;
        *colon = '\0';
        if (parse->target->profile[0] == '\0' || strncmp(parse->rest, "//", 2) == 0)
            return parse_refuse(parse,
                                "known forms are CONTAINER/NAME, PROFILE:CONTAINER/NAME, "
                                "az://CONTAINER/NAME and the blob's https URL");
    }
    return parse_path(parse);
}

/* What may be shown of a name: not a URL's query, which may hold a signature. */
static const char *printable_text(const char *text, char *room)
{
    size_t n = strcspn(text, "?");

    if (strncmp(text, "http", 4) != 0 || strstr(text, "://") == NULL || text[n] == '\0')
        return text;
    memcpy(room, text, n);
    room[n] = '\0';
    return room;
}

int azb_target_parse(const char *text, struct azb_target *ret, struct azb_error *err)
{
    size_t n = strlen(text) + 1;
    struct azb_target target = {0};
    struct parse parse = {.target = &target, .err = err};

    /* The name; the text to show; and the account URL, with "https://" for "az://", and one
     * more NUL for each of snapshot and version. */
    target.memory = malloc(3 * n + sizeof("https://") + 2);
    if (target.memory == NULL)
        return azb_error_set(err, AZB_ERR_NO_MEMORY, "the name of a blob");
    memcpy(target.memory, text, n);
    target.text = printable_text(text, target.memory + n);
    parse.rest = target.memory;
    parse.account_url = target.memory + 2 * n;
    if (parse_any(&parse) < 0) {
        azb_target_clear(&target);
        return -1;
    }
    *ret = target;
    return 0;
}

void azb_target_clear(struct azb_target *target)
{
    free(target->memory);
    target->memory = NULL;
}
