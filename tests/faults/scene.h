/*
 * scene.h: what a whole-path test is played on: a scripted server, a daemon whose default
 * profile it is, and a connection to the daemon.
 */
#ifndef AZB_TESTS_SCENE_H
#define AZB_TESTS_SCENE_H

#include "tests/faults/daemon.h"
#include "tests/faults/fake.h"

struct scene {
    struct fake *fake;
    struct daemon *daemon;
    struct rpc *rpc;
};

/* Start all three. steps and options as of fake_start(), config as of daemon_start_for(). */
struct scene scene_start(const struct fake_step *steps, const struct fake_options *options,
                         const char *config);

/*
 * Stop all three, and check that the script was followed: each step used, nothing else asked.
 * label  what a failure is reported under
 */
void scene_stop(struct scene *scene, const char *label);

/* What a caller should have got: a path and a text as of rpc_text(). A {0} ends an array. */
struct wanted {
    const char *path, *text;
};

/* For a call that should succeed. */
#define WANT_SUCCESS     \
    {                    \
        "code", "(none)" \
    }

/* Check the error map of a response, or else its result. */
void check_wanted(const char *label, const struct azb_msg *response,
                  const struct wanted *wanted);

/*
 * A test has shown that a method does what it should: one line more in the file of that name in
 * $COVERAGE_DIR, if there is one.
 */
void coverage_note(const char *file, const char *method);

#endif
