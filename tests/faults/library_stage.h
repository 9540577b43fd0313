/*
 * library_stage.h: what tests of libazblob are played on: a service in memory, a daemon, a
 * connection, and a container "c".
 */
#ifndef AZB_TESTS_LIBRARY_STAGE_H
#define AZB_TESTS_LIBRARY_STAGE_H

#include <azblob_methods.h>
#include <check.h>
#include "tests/faults/blob_service.h"
#include "tests/faults/daemon.h"
#include "tests/faults/folder.h"

enum { STAGE_LIMIT_MS = 10 * 1000, STAGE_BIG_BYTES = 3 * 1024 * 1024 };

struct stage {
    struct blob_service *service_in_memory;
    struct fake *fake;
    struct daemon *daemon;
    char socket[FOLDER_BYTES + sizeof("/link")]; /* leads to the daemon of the day */
    struct azblob_connection *connection;
    struct azblob_service *service;
    struct azblob_container *container;
    struct azblob_error *err;
};

#define STAGE_OK(stage, call) \
    ck_assert_msg((call) == 0, "%s: %s", #call, azblob_error_message((stage)->err))
#define STAGE_CODE(stage, call, code)                            \
    do {                                                         \
        ck_assert_int_eq(call, -1);                              \
        ck_assert_str_eq(azblob_error_code((stage)->err), code); \
    } while (0)

void stage_start(struct stage *stage);

/* The same with a service that follows a script, to its end, and has no container of its own.
 */
void stage_start_scripted(struct stage *stage, const struct fake_step *steps);

void stage_stop(struct stage *stage);

/* One more connection to the same daemon. */
struct azblob_connection *stage_connect(struct stage *stage);

/* Kill the daemon in the middle of whatever it does; and have another one at the same socket.
 */
void stage_kill(struct stage *stage);
void stage_restart(struct stage *stage);

/* A handle, for azblob_blob_close(). */
struct azblob_blob *stage_blob(struct stage *stage, const char *name);

/* Upload a text; what a blob has, for azblob_free(); a blob is this text. */
void stage_put(struct stage *stage, const char *name, const char *text);
char *stage_get(struct stage *stage, const char *name, size_t *ret_n);
void stage_check(struct stage *stage, const char *name, const char *text);

/* STAGE_BIG_BYTES that differ from place to place, for free(); upload them; a blob is these. */
char *stage_big_bytes(void);
void stage_put_big(struct stage *stage, const char *name);
void stage_check_big(struct stage *stage, const char *name);

/* An upload whose answer waits for fake_release(), and that the service has heard of. blob:
 * "held".
 */
struct azblob_task *stage_start_held(struct stage *stage, struct azblob_blob *blob);

#endif
