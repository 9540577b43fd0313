/*
 * structured_body.h: makes the structured bodies that tests have decoded.
 */
#ifndef AZB_TESTS_STRUCTURED_BODY_H
#define AZB_TESTS_STRUCTURED_BODY_H

#include "proto/buf.h"

/* Append a message with this content in segments of so many bytes. */
void structured_body(struct azb_buf *ret, const void *content, size_t n, size_t segment_bytes);

#endif
