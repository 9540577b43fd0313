/*
 * pattern.h: wildcards in names, by the rules of rclone and gcloud.
 */
#ifndef AZB_CLIENT_PATTERN_H
#define AZB_CLIENT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include "proto/error.h"

struct azb_pattern;

/*
 * Understand a pattern:
 *   *        any characters but '/'
 *   **       any characters
 *   ?        one character but '/'
 *   [a-z!]   one of these characters; [!a-z] and [^a-z]: one that is none of them, nor '/'
 *   {a,b*}   what one of these patterns matches
 *   \*       before one of * ? [ ] { } , \ : that character itself
 *   / at the beginning: the rest matches the whole name; without it, the whole name or what
 *            follows any '/' in it
 *   / at the end: everything below
 * A character is a code point of UTF-8, or a byte that is part of none.
 *
 * text is copied. Returns NULL with INVALID_ARG, which says what is wrong and where, or
 * NO_MEMORY.
 */
struct azb_pattern *azb_pattern_compile(const char *text, struct azb_error *err);
void azb_pattern_free(struct azb_pattern *pattern);

/*
 * Whether a name matches, in time proportional to the name's and the pattern's lengths
 * multiplied, whatever they are. Not const: the pattern has the memory that matching needs.
 */
bool azb_pattern_matches(struct azb_pattern *pattern, const char *name, size_t n);

/* False when no name that begins with `prefix`, and is longer, can match. */
bool azb_pattern_may_match_below(struct azb_pattern *pattern, const char *prefix, size_t n);

/* What every match begins with: "" unless the pattern begins with '/'. Borrowed from it. */
const char *azb_pattern_literal_prefix(const struct azb_pattern *pattern);

/* Whether text has a character with a meaning in patterns. */
bool azb_pattern_is_one(const char *text);

#endif
