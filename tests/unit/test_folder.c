/*
 * test_folder.c: a folder on disk: which names it refuses, that none leads out of it, that
 * files are whole or not there, and the order in which a walk gives them.
 */
#include "client/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/walk.h"
#include "tests/unit/unit.h"

static char root[64];
static struct azb_folder *folder;

static const char *path_of(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

static void set_up(void)
{
    strcpy(root, "/tmp/azblob-folder-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(mkdir(path_of("in"), 0777), 0);
    ck_assert_int_eq(azb_folder_open(path_of("in"), false, &folder, NULL), 0);
}

static void tear_down(void)
{
    char command[128];

    azb_folder_free(folder);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

/* Have a file with this text be there; -1 with the error. */
static int write_file(const char *name, const char *text, bool no_clobber,
                      struct azb_error *err)
{
    struct azb_new_file file = {.fd = -1};
    int rc = -1;

    if (azb_folder_create(folder, name, false, &file, err) == 0) {
        ck_assert_int_eq(write(file.fd, text, strlen(text)), (ssize_t)strlen(text));
        rc = azb_folder_commit(folder, name, &file, no_clobber, INT64_C(1500000000000000000),
                               err);
        azb_folder_discard(folder, name, &file);
    }
    return rc;
}

static void check_file(const char *path, const char *want)
{
    char got[64] = "";
    int fd = open(path_of(path), O_RDONLY);

    ck_assert_msg(fd >= 0, "%s is not there", path);
    ck_assert_int_ge(read(fd, got, sizeof(got) - 1), 0);
    close(fd);
    ck_assert_str_eq(got, want);
}

static unsigned count_names(const char *path)
{
    DIR *dir = opendir(path_of(path));
    unsigned n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n - 2; /* . and .. */
}

#define NAME_255                                                       \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static const struct {
    const char *label, *name;
    size_t n; /* 0: up to its NUL */
    bool want;
} names[] = {
    {"plain", "a", 0, true},
    {"deep", "a/b/c", 0, true},
    {"hidden", ".a/..b/...", 0, true},
    {"a folder", "a/b/", 0, true},
    {"as long as can be", "a/" NAME_255, 0, true},
    {"too long", "a/" NAME_255 "f", 0, false},
    {"nothing", "", 0, false},
    {"the root", "/", 0, false},
    {"from the root", "/etc/passwd", 0, false},
    {"up", "..", 0, false},
    {"up at the beginning", "../a", 0, false},
    {"up in the middle", "a/../../b", 0, false},
    {"up at the end", "a/..", 0, false},
    {"up, as a folder", "a/../", 0, false},
    {"here", "a/./b", 0, false},
    {"two slashes", "a//b", 0, false},
    {"two slashes at the end", "a//", 0, false},
    {"a NUL", "a\0b", 3, false},
};

START_TEST(test_check_name)
{
    size_t n = names[_i].n > 0 ? names[_i].n : strlen(names[_i].name);
    struct azb_error err = {0};
    int rc = azb_folder_check_name(names[_i].name, n, &err);

    ck_assert_msg((rc == 0) == names[_i].want, "%s: %s", names[_i].label, err.message);
}
END_TEST

START_TEST(test_new_file)
{
    struct azb_new_file file = {.fd = -1};
    struct stat status;
    struct azb_error err = {0};

    ck_assert_int_eq(azb_folder_create(folder, "a/b/c", false, &file, &err), 0);
    ck_assert_int_eq(write(file.fd, "half", 4), 4);
    ck_assert_int_eq(access(path_of("in/a/b/c"), F_OK), -1);
    azb_folder_discard(folder, "a/b/c", &file);
    ck_assert_uint_eq(count_names("in/a/b"), 0);

    ck_assert_int_eq(write_file("a/b/c", "one", true, &err), 0);
    check_file("in/a/b/c", "one");
    ck_assert_int_eq(stat(path_of("in/a/b/c"), &status), 0);
    ck_assert_int_eq(status.st_mtim.tv_sec, 1500000000);
    ck_assert_int_eq(write_file("a/b/c", "two", true, &err), -1);
    ck_assert_int_eq(err.what, AZB_ERR_EXISTS);
    check_file("in/a/b/c", "one");
    ck_assert_int_eq(write_file("a/b/c", "two", false, &err), 0);
    check_file("in/a/b/c", "two");
    ck_assert_uint_eq(count_names("in/a/b"), 1);
}
END_TEST

static const struct {
    const char *label;
    const char *command; /* a shell's, between the look at the file and its reading */
    const char *message; /* NULL: all is well */
} changes[] = {
    {"none", "true", NULL},
    {"it has grown", "echo more >>small", "(it has 10 bytes now and had 5)"},
    {"it is shorter", "printf '%s' 123 >small", "(it has 3 bytes now and had 5)"},
    {"it is empty", ": >small", "(it has 0 bytes now and had 5)"},
    {"other bytes, as many", "printf '%s' 54321 >small", "the file changed while it was read"},
};

/* A small file is read in one piece: all of what it was when it was looked at, or an error. */
START_TEST(test_read_all)
{
    char command[128], got[16] = "";
    struct azb_error err = {0};
    struct stat status;
    int fd;

    ck_assert_int_eq(write_file("small", "12345", false, NULL), 0);
    fd = azb_folder_read(folder, "small", &status, NULL);
    ck_assert_int_ge(fd, 0);
    snprintf(command, sizeof(command), "cd '%s/in' && %s", root, changes[_i].command);
    ck_assert_int_eq(system(command), 0);
    if (changes[_i].message == NULL) {
        ck_assert_int_eq(azb_folder_read_all(fd, &status, got, &err), 0);
        ck_assert_str_eq(got, "12345");
    } else {
        ck_assert_msg(azb_folder_read_all(fd, &status, got, &err) == -1, "%s: '%s'",
                      changes[_i].label, got);
        ck_assert_ptr_nonnull(strstr(err.message, changes[_i].message));
    }
    close(fd);
}
END_TEST

/* A link in the way, to a folder or as a folder above, is never written through. */
START_TEST(test_links)
{
    struct azb_error err = {0};
    struct stat status;

    ck_assert_int_eq(mkdir(path_of("out"), 0777), 0);
    ck_assert_int_eq(symlink("../out", path_of("in/link")), 0);
    ck_assert_int_eq(write_file("link/file", "x", false, &err), -1);
    ck_assert_int_eq(azb_folder_make(folder, "link/", &err), -1);
    ck_assert(!azb_folder_has(folder, "link/"));
    ck_assert_int_eq(azb_folder_read(folder, "link/file", &status, &err), -1);
    ck_assert_int_eq(azb_folder_remove(folder, "link/file", &err), -1);
    ck_assert_uint_eq(count_names("out"), 0);

    ck_assert_int_eq(symlink("../out/made", path_of("in/dangling")), 0);
    ck_assert_int_eq(write_file("dangling", "x", false, &err), 0);
    ck_assert_uint_eq(count_names("out"), 0); /* the link was replaced */
    check_file("in/dangling", "x");

    /* Where a file is, no folder can be. */
    ck_assert_int_eq(write_file("dangling/below", "x", false, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.message, "a file or a link is where a folder has to be"));
}
END_TEST

/* In the order of the whole names' bytes: "a-b" < "a/..." < "a0". */
START_TEST(test_walk)
{
    static const char *const want[] = {"a-b", "a/b",   "a/b0",      "a/c-/x", "a/c/x",
                                       "a0",  "sock?", "z\xc3\xa9", NULL};
    struct azb_filter filter = {0};
    const struct azb_entry *entry;
    struct azb_entries *walk;
    int i = 0, got;

    for (int k = 0; want[k] != NULL; k++)
        if (k != 6)
            ck_assert_int_eq(write_file(want[k], "1234", false, NULL), 0);
    ck_assert_int_eq(symlink("a0", path_of("in/sock?")), 0);
    ck_assert_int_eq(write_file("left/out", "", false, NULL), 0);
    ck_assert_int_eq(azb_folder_make(folder, "empty", NULL), 0);
    ck_assert_int_eq(azb_filter_add(&filter, "left/", false, NULL), 0);
    walk = azb_walk_new(folder, NULL, &filter, NULL);
    while ((got = walk->next(walk, &entry, NULL)) > 0) {
        ck_assert_ptr_nonnull(want[i]);
        ck_assert_str_eq(entry->name, want[i]);
        ck_assert_int_eq(entry->kind, i == 6 ? AZB_ENTRY_SPECIAL : AZB_ENTRY_FILE);
        if (i != 6)
            ck_assert_int_eq(entry->size, 4);
        i++;
    }
    ck_assert_int_eq(got, 0);
    ck_assert_ptr_null(want[i]);
    azb_walk_free(walk);
    azb_filter_clear(&filter);
}
END_TEST

/* Links lead anywhere, but not around in a circle. */
START_TEST(test_walk_along_links)
{
    static const struct {
        const char *name;
        enum azb_entry_kind kind;
    } want[] = {
        {"a/b", AZB_ENTRY_FILE},          {"a/up/", AZB_ENTRY_SPECIAL},
        {"broken", AZB_ENTRY_UNREADABLE}, {"itself", AZB_ENTRY_UNREADABLE},
        {"link", AZB_ENTRY_FILE},         {"other/b", AZB_ENTRY_FILE},
        {"other/up/", AZB_ENTRY_SPECIAL}, {"out/x", AZB_ENTRY_FILE},
    };
    struct azb_filter filter = {0};
    const struct azb_entry *entry;
    struct azb_entries *walk;
    size_t i = 0;
    int got, fd;

    ck_assert_int_eq(write_file("a/b", "1234", false, NULL), 0);
    ck_assert_int_eq(mkdir(path_of("outside"), 0777), 0);
    fd = creat(path_of("outside/x"), 0666);
    ck_assert_int_eq(write(fd, "1234", 4), 4);
    close(fd);
    ck_assert_int_eq(symlink("../outside", path_of("in/out")), 0);
    ck_assert_int_eq(symlink("..", path_of("in/a/up")), 0);
    ck_assert_int_eq(symlink("a", path_of("in/other")), 0);
    ck_assert_int_eq(symlink("a/b", path_of("in/link")), 0);
    ck_assert_int_eq(symlink("nothing", path_of("in/broken")), 0);
    ck_assert_int_eq(symlink("itself", path_of("in/itself")), 0);
    azb_folder_follow(folder);
    walk = azb_walk_new(folder, NULL, &filter, NULL);
    for (; (got = walk->next(walk, &entry, NULL)) > 0; i++) {
        ck_assert_uint_lt(i, N_ELEMENTS(want));
        ck_assert_str_eq(entry->name, want[i].name);
        ck_assert_msg(entry->kind == want[i].kind, "%s: %d", entry->name, entry->kind);
        if (entry->kind != AZB_ENTRY_FILE)
            ck_assert_str_ne(entry->err.message, "");
        else
            ck_assert_int_eq(entry->size, 4);
    }
    ck_assert_int_eq(got, 0);
    ck_assert_uint_eq(i, N_ELEMENTS(want));
    azb_walk_free(walk);
    fd = azb_folder_read(folder, "other/b", &(struct stat){0}, NULL);
    ck_assert_int_ge(fd, 0);
    close(fd);
}
END_TEST

static Suite *folder_suite(void)
{
    Suite *suite = suite_create("folder");
    TCase *tc = tcase_create("folder");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    UNIT_TABLE(tc, test_check_name, names);
    tcase_add_test(tc, test_new_file);
    UNIT_TABLE(tc, test_read_all, changes);
    tcase_add_test(tc, test_links);
    tcase_add_test(tc, test_walk);
    tcase_add_test(tc, test_walk_along_links);
    suite_add_tcase(suite, tc);
    return suite;
}

UNIT_MAIN(folder_suite)
