/*
 * log.h: one line for each thing worth knowing, on standard error, where the service manager's
 * journal takes it from. Nothing secret is ever passed to it.
 */
#ifndef AZB_DAEMON_LOG_H
#define AZB_DAEMON_LOG_H

#include <stdbool.h>

enum azb_log_level {
    AZB_LOG_ERROR, /* the daemon cannot do its work */
    AZB_LOG_WARN,  /* somebody should look */
    AZB_LOG_INFO,  /* starts, stops, reloads, failed calls */
    AZB_LOG_DEBUG, /* sessions */
};

/* "error", "warn", "info", "debug"; false when it is none of them. */
bool azb_log_level_from_name(const char *name, enum azb_log_level *ret);

/* For the whole process, once at start and on reload. */
void azb_log_configure(enum azb_log_level level, bool is_json);

void azb_log(enum azb_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
