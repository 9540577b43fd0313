/*
 * folder.c: see folder.h. check runs each test in a fork, and a test that fails ends its
 * process on the spot. So the folder is made before main(), in the process that outlives all
 * tests, and is removed when that one exits.
 */
#define _GNU_SOURCE 1 /* FTW_DEPTH */
#include "tests/faults/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_DESCRIPTORS = 8 };

static char path[FOLDER_BYTES] = "/tmp/azblobd-test-XXXXXX";
static pid_t owner;

const char *folder_path(void)
{
    return path;
}

static int entry_remove(const char *entry, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(entry);
}

static void folder_remove(void)
{
    if (getpid() == owner) /* forks inherit this handler */
        nftw(path, entry_remove, MAX_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

static void __attribute__((constructor)) folder_make(void)
{
    owner = getpid();
    if (mkdtemp(path) == NULL || atexit(folder_remove) != 0) {
        perror(path);
        _exit(EXIT_FAILURE);
    }
}
