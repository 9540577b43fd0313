/*
 * pattern.c: a pattern becomes a small program for a machine that is in many places at once
 * (Thompson's construction), so that no pattern, however written, takes exponential time: for
 * each character of a name, every instruction is looked at once at most.
 */
#include "client/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"

enum {
    MAX_PATTERN_BYTES = 4096,
    MAX_DEPTH = 16,       /* of braces in braces */
    LONE_BYTE = 0x110000, /* + a byte that is no UTF-8: beyond all code points */
    NOWHERE = 0xffffffff, /* ends a chain of jumps whose target is not known yet */
};

enum op {
    OP_CHAR,     /* a: the character */
    OP_ANY,      /* every character */
    OP_NO_SLASH, /* every character but '/' */
    OP_SET,      /* a: its first range, b: how many */
    OP_NOT_SET,  /* the same, and not '/' */
    OP_SPLIT,    /* go on at a and at b */
    OP_JUMP,     /* go on at a */
    OP_END,      /* this is a match, if the name ends here */
};

struct instruction {
    enum op op;
    uint32_t a, b;
};

struct range {
    uint32_t low, high;
};

/* Where the machine is: a set of instructions, in `at`, of which seen[i] says who is in it. */
struct places {
    uint32_t *at;
    uint32_t n;
};

struct azb_pattern {
    struct instruction *program;
    uint32_t n_instructions;
    struct range *ranges;
    struct azb_buf prefix; /* literal, and NUL-terminated */
    struct places now, next;
    uint32_t *todo; /* a stack of instructions whose successors are still to be added */
    uint32_t *seen; /* by instruction: the number of the step that added it last */
    uint32_t step;
};

/* The work on one pattern: what is left of its text, and what it has become so far. */
struct compiler {
    const char *text, *rest;
    struct azb_pattern *pattern;
    uint32_t n_ranges;
    bool is_prefix; /* nothing but literal characters has been seen */
    struct azb_error *err;
};

/* The character at *at, which moves behind it. */
static uint32_t next_character(const char **at, const char *end)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* shorter ones would do below */
    const unsigned char *p = (const unsigned char *)*at;
    unsigned n_more = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : p[0] < 0xf5 ? 3 : 0;
    uint32_t c = n_more == 0 ? p[0] : p[0] & (0x3fu >> n_more);

    if ((size_t)(end - *at) > n_more)
        for (unsigned i = 1; i <= n_more && (p[i] & 0xc0) == 0x80; i++) {
            c = c << 6 | (p[i] & 0x3f);
            if (i == n_more && c >= least[n_more]) {
                *at += n_more + 1;
                return c;
            }
        }
    *at += 1;
    return p[0] < 0x80 ? p[0] : LONE_BYTE + p[0];
}

/* ---- text to program ---- */

static int refuse(struct compiler *compiler, const char *at, const char *why)
{
    return azb_error_set(compiler->err, AZB_ERR_INVALID_ARG,
                         "the pattern '%.200s' at character %d: %s", compiler->text,
                         (int)(at - compiler->text) + 1, why);
}

/* There is room: no instruction comes without a byte of the text, see allocate(). */
static uint32_t emit(struct compiler *compiler, enum op op, uint32_t a, uint32_t b)
{
    struct azb_pattern *pattern = compiler->pattern;

    pattern->program[pattern->n_instructions] = (struct instruction){op, a, b};
    return pattern->n_instructions++;
}

/* Any number of what `op` stands for. */
static void emit_many(struct compiler *compiler, enum op op)
{
    uint32_t split = emit(compiler, OP_SPLIT, 0, 0);
    struct azb_pattern *pattern = compiler->pattern;

    emit(compiler, op, 0, 0);
    emit(compiler, OP_JUMP, split, 0);
    pattern->program[split].a = split + 1;
    pattern->program[split].b = pattern->n_instructions;
}

static void emit_character(struct compiler *compiler, uint32_t c, const char *bytes, size_t n)
{
    emit(compiler, OP_CHAR, c, 0);
    if (compiler->is_prefix)
        azb_buf_append(&compiler->pattern->prefix, bytes, n);
}

static bool is_special(char c)
{
    return c != '\0' && strchr("*?[]{},\\", c) != NULL;
}

static uint32_t take_character(struct compiler *compiler)
{
    if (compiler->rest[0] == '\\' && is_special(compiler->rest[1]))
        compiler->rest++;
    return next_character(&compiler->rest, compiler->rest + strlen(compiler->rest));
}

static int compile_set(struct compiler *compiler)
{
    const char *start = compiler->rest++;
    bool is_not = *compiler->rest == '!' || *compiler->rest == '^';
    uint32_t first = compiler->n_ranges;

    compiler->rest += is_not;
    do {
        struct range range;

        if (*compiler->rest == '\0')
            return refuse(compiler, start, "'[' has no ']' (for the character itself: \\[)");
        range.low = range.high = take_character(compiler);
        if (compiler->rest[0] == '-' && compiler->rest[1] != ']' && compiler->rest[1] != '\0') {
            compiler->rest++;
            range.high = take_character(compiler);
        }
        if (range.low > range.high)
            return refuse(compiler, start, "a range in it ends before it begins");
        compiler->pattern->ranges[compiler->n_ranges++] = range;
    } while (*compiler->rest != ']');
    compiler->rest++;
    emit(compiler, is_not ? OP_NOT_SET : OP_SET, first, compiler->n_ranges - first);
    return 0;
}

static int compile_sequence(struct compiler *compiler, unsigned depth);

static int compile_braces(struct compiler *compiler, unsigned depth)
{
    const char *start = compiler->rest++;
    struct azb_pattern *pattern = compiler->pattern;
    uint32_t ends = NOWHERE; /* jumps to behind the braces, each naming the one before */
    uint32_t split;

    if (depth == MAX_DEPTH)
        return refuse(compiler, start, "too many braces inside each other");
    do {
        split = emit(compiler, OP_SPLIT, pattern->n_instructions + 1, 0);
        if (compile_sequence(compiler, depth + 1) < 0)
            return -1;
        if (*compiler->rest == '\0')
            return refuse(compiler, start, "'{' has no '}' (for the character itself: \\{)");
        ends = emit(compiler, OP_JUMP, ends, 0);
        pattern->program[split].b = pattern->n_instructions;
    } while (*compiler->rest++ == ',');
    pattern->program[split] = (struct instruction){OP_JUMP, split + 1, 0}; /* no other choice */
    while (ends != NOWHERE) {
        uint32_t before = pattern->program[ends].a;

        pattern->program[ends].a = pattern->n_instructions;
        ends = before;
    }
    return 0;
}

/* Up to the end of the text or, inside braces, up to ',' or '}'. */
static int compile_sequence(struct compiler *compiler, unsigned depth)
{
    int rc = 0;

    while (rc == 0 && *compiler->rest != '\0') {
        const char *at = compiler->rest;

        if (depth > 0 && (*at == ',' || *at == '}'))
            break;
        if (*at == '*' || *at == '?' || *at == '[' || *at == '{')
            compiler->is_prefix = false;
        if (*at == '*') {
            compiler->rest += strspn(at, "*");
            emit_many(compiler, compiler->rest - at > 1 ? OP_ANY : OP_NO_SLASH);
        } else if (*at == '?') {
            compiler->rest++;
            emit(compiler, OP_NO_SLASH, 0, 0);
        } else if (*at == '[') {
            rc = compile_set(compiler);
        } else if (*at == '{') {
            rc = compile_braces(compiler, depth);
        } else {
            uint32_t c = take_character(compiler);
            size_t n_escape = *at == '\\' && compiler->rest - at > 1;

            emit_character(compiler, c, at + n_escape,
                           (size_t)(compiler->rest - at) - n_escape);
        }
    }
    return rc;
}

/* A name, or what follows any '/' in it: nothing, or anything up to a '/'. */
static void emit_unanchored(struct compiler *compiler)
{
    uint32_t split = emit(compiler, OP_SPLIT, 1, 0);

    emit_many(compiler, OP_ANY);
    emit(compiler, OP_CHAR, '/', 0);
    compiler->pattern->program[split].b = compiler->pattern->n_instructions;
}

static int compile(struct compiler *compiler)
{
    size_t n = strlen(compiler->text);
    bool is_anchored = compiler->text[0] == '/';

    compiler->is_prefix = is_anchored;
    compiler->rest = compiler->text + is_anchored;
    if (!is_anchored)
        emit_unanchored(compiler);
    if (compile_sequence(compiler, 0) < 0)
        return -1;
    if (n > 1 && compiler->text[n - 1] == '/')
        emit_many(compiler, OP_ANY);
    emit(compiler, OP_END, 0, 0);
    azb_buf_cstr(&compiler->pattern->prefix);
    return compiler->pattern->prefix.failed
               ? azb_error_set(compiler->err, AZB_ERR_NO_MEMORY, "a pattern")
               : 0;
}

/* A byte of the text becomes at most three instructions ("*"), and what stands around it eight
 * (unanchored: five; everything below: three; the end). A range has a byte of its own. */
static int allocate(struct azb_pattern *pattern, size_t text_bytes)
{
    size_t n = 3 * text_bytes + 9;

    pattern->program = calloc(n, sizeof(*pattern->program));
    pattern->ranges = calloc(text_bytes + 1, sizeof(*pattern->ranges));
    pattern->now.at = calloc(n, sizeof(uint32_t));
    pattern->next.at = calloc(n, sizeof(uint32_t));
    pattern->todo = calloc(n, sizeof(uint32_t));
    pattern->seen = calloc(n, sizeof(uint32_t));
    return pattern->program != NULL && pattern->ranges != NULL && pattern->now.at != NULL &&
                   pattern->next.at != NULL && pattern->todo != NULL && pattern->seen != NULL
               ? 0
               : -1;
}

struct azb_pattern *azb_pattern_compile(const char *text, struct azb_error *err)
{
    struct compiler compiler = {.text = text, .err = err};
    size_t n = strlen(text);

    if (n > MAX_PATTERN_BYTES) {
        azb_error_set(err, AZB_ERR_INVALID_ARG, "a pattern is at most %d bytes long",
                      MAX_PATTERN_BYTES);
        return NULL;
    }
    compiler.pattern = calloc(1, sizeof(*compiler.pattern));
    if (compiler.pattern == NULL || allocate(compiler.pattern, n) < 0) {
        azb_error_set(err, AZB_ERR_NO_MEMORY, "a pattern");
        azb_pattern_free(compiler.pattern);
        return NULL;
    }
    if (compile(&compiler) < 0) {
        azb_pattern_free(compiler.pattern);
        return NULL;
    }
    return compiler.pattern;
}

void azb_pattern_free(struct azb_pattern *pattern)
{
    if (pattern == NULL)
        return;
    free(pattern->program);
    free(pattern->ranges);
    free(pattern->now.at);
    free(pattern->next.at);
    free(pattern->todo);
    free(pattern->seen);
    azb_buf_clear(&pattern->prefix);
    free(pattern);
}

/* ---- the machine ---- */

static bool set_has(const struct azb_pattern *pattern, const struct instruction *set,
                    uint32_t c)
{
    for (uint32_t i = set->a; i < set->a + set->b; i++)
        if (pattern->ranges[i].low <= c && c <= pattern->ranges[i].high)
            return true;
    return false;
}

static bool accepts(const struct azb_pattern *pattern, const struct instruction *at, uint32_t c)
{
    switch (at->op) {
    case OP_CHAR:
        return c == at->a;
    case OP_ANY:
        return true;
    case OP_NO_SLASH:
        return c != '/';
    case OP_SET:
        return c != '/' && set_has(pattern, at, c);
    case OP_NOT_SET:
        return c != '/' && !set_has(pattern, at, c);
    default:
        return false;
    }
}

static void push(struct azb_pattern *pattern, uint32_t *n_todo, uint32_t i)
{
    if (pattern->seen[i] == pattern->step)
        return;
    pattern->seen[i] = pattern->step;
    pattern->todo[(*n_todo)++] = i;
}

/* Add an instruction, or those that it leads to without a character. */
static void add(struct azb_pattern *pattern, struct places *places, uint32_t i)
{
    uint32_t n_todo = 0;

    push(pattern, &n_todo, i);
    while (n_todo > 0) {
        uint32_t at = pattern->todo[--n_todo];
        const struct instruction *instruction = &pattern->program[at];

        if (instruction->op == OP_SPLIT)
            push(pattern, &n_todo, instruction->b);
        if (instruction->op == OP_SPLIT || instruction->op == OP_JUMP)
            push(pattern, &n_todo, instruction->a);
        else
            places->at[places->n++] = at;
    }
}

/* A new set: what was seen before counts no more. */
static void begin_step(struct azb_pattern *pattern)
{
    if (++pattern->step != 0)
        return;
    memset(pattern->seen, 0, pattern->n_instructions * sizeof(*pattern->seen));
    pattern->step = 1;
}

/* Run over a name: pattern->now is where the machine is at its end. */
static void run(struct azb_pattern *pattern, const char *name, size_t n)
{
    const char *end = name + n;

    pattern->now.n = 0;
    begin_step(pattern);
    add(pattern, &pattern->now, 0);
    while (name < end && pattern->now.n > 0) {
        uint32_t c = next_character(&name, end);
        struct places was = pattern->now;

        begin_step(pattern);
        pattern->next.n = 0;
        for (uint32_t i = 0; i < was.n; i++)
            if (accepts(pattern, &pattern->program[was.at[i]], c))
                add(pattern, &pattern->next, was.at[i] + 1);
        pattern->now = pattern->next;
        pattern->next = was;
    }
}

bool azb_pattern_matches(struct azb_pattern *pattern, const char *name, size_t n)
{
    run(pattern, name, n);
    for (uint32_t i = 0; i < pattern->now.n; i++)
        if (pattern->program[pattern->now.at[i]].op == OP_END)
            return true;
    return false;
}

bool azb_pattern_may_match_below(struct azb_pattern *pattern, const char *prefix, size_t n)
{
    run(pattern, prefix, n);
    for (uint32_t i = 0; i < pattern->now.n; i++)
        if (pattern->program[pattern->now.at[i]].op != OP_END)
            return true;
    return false;
}

const char *azb_pattern_literal_prefix(const struct azb_pattern *pattern)
{
    return (const char *)pattern->prefix.data;
}

bool azb_pattern_is_one(const char *text)
{
    return strpbrk(text, "*?[{") != NULL;
}
