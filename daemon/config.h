/*
 * config.h: the configuration file (INI, azblobd.conf) and the profiles in it.
 */
#ifndef AZB_DAEMON_CONFIG_H
#define AZB_DAEMON_CONFIG_H

#include <stdbool.h>
#include <sys/types.h>
#include "daemon/log.h"
#include "lib/auth/account.h"
#include "lib/engine.h"
#include "lib/http.h"
#include "lib/sched.h"
#include "proto/frame.h"

enum {
    AZB_MAX_WORKERS = 64,
    AZB_MAX_ALLOWED_UIDS = 64,
};

struct azb_profile {
    struct azb_profile *next;
    char name[256];
    bool is_from_environment; /* else from the file */
    struct azb_account *account;
};

struct azb_config {
    char socket[108]; /* "": the usual rule */
    enum azb_log_level log_level;
    bool log_json;
    unsigned n_workers; /* as of the start: a reload changes nothing about it */
    unsigned max_sessions;
    unsigned max_calls; /* in flight in one session */
    unsigned drain_timeout_ms;
    unsigned warm_connections; /* of each profile, at start */
    struct azb_frame_limits frame;
    uid_t allowed_uids[AZB_MAX_ALLOWED_UIDS]; /* besides our own and root */
    unsigned n_allowed_uids;
    struct azb_http_options http;
    struct azb_sched_options sched;
    struct azb_engine_options engine;
    struct azb_profile *profiles;
};

/* Where a configuration comes from: the same again on reload. All borrowed. */
struct azb_config_source {
    const char *path;      /* NULL: no file */
    const char *log_level; /* of the command line, which wins over the file; NULL: not given */
    const char *log_format;
    bool needs_environment; /* --profile-from-env: it has to name an account */
};

/*
 * The built-in values, then the file's, then the command line's. A profile "default" that the
 * file does not have comes from the environment (AZURE_STORAGE_...), if that has an account.
 *
 * The file is read once, and n of the same come of it, for as many threads, none of which
 * shares an account with another. n 0: as many as it has workers, AZB_MAX_WORKERS at most.
 *
 * Returns how many, or -1 with CONFIG: the message names the file and the key, never a value
 * that may be secret.
 */
int azb_config_load(const struct azb_config_source *source, unsigned n, struct azb_config **ret,
                    struct azb_error *err);
void azb_config_free(struct azb_config *config); /* NULL is allowed */

/* NULL when there is no such profile. */
struct azb_profile *azb_config_profile(const struct azb_config *config, const char *name);

#endif
