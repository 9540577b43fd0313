/*
 * folder.h: the temporary folder of a test program: for sockets, logs and whatever else a test
 * puts into a file. It goes with the program, however its tests end.
 */
#ifndef AZB_TESTS_FOLDER_H
#define AZB_TESTS_FOLDER_H

enum { FOLDER_BYTES = sizeof("/tmp/azblobd-test-XXXXXX") };

/* Its path, without a slash at the end; it is there. */
const char *folder_path(void);

#endif
