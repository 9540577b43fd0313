/*
 * avro_file.h: Avro containers like those that queries are answered with, written from a text,
 * so that a test's table can hold them. Words, with blanks between:
 *
 *     12 -1           a number
 *     'abc'           a string or bytes: length and content; 'ab'*3 is 'ababab'
 *     <00ff>          bytes as they are, in hexadecimal
 *     @               the schema of queries, as bytes
 *     %               the sync marker
 *     [2: ... ]       a block of two records: count, size, what stands inside, sync marker
 */
#ifndef AZB_TESTS_AVRO_FILE_H
#define AZB_TESTS_AVRO_FILE_H

#include "proto/buf.h"

#define AVRO_MAGIC "<4f626a01> "
#define AVRO_HEADER AVRO_MAGIC "1 'avro.schema' @ 0 % "

/* Append what the text means. Ends the program when it means nothing. */
void avro_file_write(const char *text, struct azb_buf *ret);

#endif
