/*
 * log.c: log lines.
 *
 * The level and format are the process's, like standard error itself: the one state that is not
 * a worker's.
 */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/codec/time.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static _Atomic enum azb_log_level log_level = AZB_LOG_INFO;
static _Atomic bool log_json;

bool azb_log_level_from_name(const char *name, enum azb_log_level *ret)
{
    for (unsigned i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (strcmp(name, level_names[i]) == 0) {
            *ret = (enum azb_log_level)i;
            return true;
        }
    return false;
}

void azb_log_configure(enum azb_log_level level, bool is_json)
{
    log_level = level;
    log_json = is_json;
}

/* A JSON string's content; whatever is no plain ASCII control character passes as it is. */
static void json_escape(const char *text, char *ret, size_t ret_size)
{
    size_t n = 0;

    for (; *text != '\0' && n + 7 < ret_size; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            ret[n++] = '\\';
            ret[n++] = (char)c;
        } else if (c < ' ') {
            n += (size_t)snprintf(ret + n, ret_size - n, "\\u%04x", c);
        } else {
            ret[n++] = (char)c;
        }
    }
    ret[n] = '\0';
}

void azb_log(enum azb_log_level level, const char *fmt, ...)
{
    char text[1024], escaped[2048], line[2304], when[AZB_RFC3339_CHARS + 1];
    va_list args;
    int n;

    if (level > log_level)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (log_json) {
        azb_time_to_rfc3339((int64_t)time(NULL), when);
        json_escape(text, escaped, sizeof(escaped));
        n = snprintf(line, sizeof(line),
                     "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"%s\"}\n", when,
                     level_names[level], escaped);
    } else {
        for (char *p = text; *p != '\0'; p++) /* one line, whatever a name holds */
            if (*p == '\n' || *p == '\r')
                *p = ' ';
        n = snprintf(line, sizeof(line), "azblobd: %s: %s\n", level_names[level], text);
    }
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* there is nobody to tell */
}
