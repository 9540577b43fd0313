/* scene.c: see scene.h. */
#include "tests/faults/scene.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scene scene_start(const struct fake_step *steps, const struct fake_options *options,
                         const char *config)
{
    struct scene scene;

    scene.fake = fake_start(steps, options);
    scene.daemon = daemon_start_for(scene.fake, config);
    scene.rpc = rpc_connect(scene.daemon);
    return scene;
}

void scene_stop(struct scene *scene, const char *label)
{
    ck_assert_msg(fake_done(scene->fake) == NULL, "%s: %s", label, fake_done(scene->fake));
    rpc_close(scene->rpc);
    daemon_stop(scene->daemon);
    fake_stop(scene->fake);
}

void check_wanted(const char *label, const struct azb_msg *response,
                  const struct wanted *wanted)
{
    const msgpack_object *outcome =
        response->error != NULL ? response->error : response->result;

    char message[512]; /* rpc_text() has one buffer */

    snprintf(message, sizeof(message), "%s", rpc_text(outcome, "message"));
    for (; wanted->path != NULL; wanted++) {
        const char *got = rpc_text(outcome, wanted->path);

        ck_assert_msg(strcmp(got, wanted->text) == 0, "%s: %s is '%s', not '%s' (message: %s)",
                      label, wanted->path, got, wanted->text, message);
    }
}

void coverage_note(const char *file, const char *method)
{
    const char *folder = getenv("COVERAGE_DIR");
    char path[4096];
    FILE *out;

    if (folder == NULL)
        return;
    snprintf(path, sizeof(path), "%s/%s.txt", folder, file);
    out = fopen(path, "a");
    ck_assert_msg(out != NULL, "%s", path);
    fprintf(out, "%s\n", method);
    ck_assert_int_eq(fclose(out), 0);
}
