/*
 * replay.c: runs one fuzz target over the files of the folders given as arguments, without
 * libFuzzer: what `make check` does with the corpus. A finding ends the program as it would
 * under the fuzzer; so does a folder that is missing or empty, since then nothing was tested.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void fail(const char *path, const char *why)
{
    fprintf(stderr, "replay: %s: %s\n", path, why);
    exit(EXIT_FAILURE);
}

static void replay_file(const char *path, size_t n)
{
    uint8_t *bytes = malloc(n > 0 ? n : 1); /* its own size, so that a checker sees the end */
    FILE *file = fopen(path, "rb");

    if (bytes == NULL || file == NULL || fread(bytes, 1, n, file) != n)
        fail(path, strerror(errno));
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, n);
    free(bytes);
}

static unsigned replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    unsigned n_files = 0;

    if (dir == NULL)
        fail(folder, strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        struct stat info;
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (stat(path, &info) < 0)
            fail(path, strerror(errno));
        if (!S_ISREG(info.st_mode))
            continue;
        replay_file(path, (size_t)info.st_size);
        n_files++;
    }
    closedir(dir);
    return n_files;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage", "replay FOLDER...");
    for (int i = 1; i < argc; i++) {
        unsigned n_files = replay_folder(argv[i]);

        if (n_files == 0)
            fail(argv[i], "no files");
        printf("%s: %u files\n", argv[i], n_files);
    }
    return EXIT_SUCCESS;
}
