/*
 * service_error.h: from an answer that is no success to the error a caller sees.
 * Follows: "Status and error codes" of the REST reference, and the SDK's exception classes.
 */
#ifndef AZB_LIB_SERVICE_ERROR_H
#define AZB_LIB_SERVICE_ERROR_H

#include <stddef.h>
#include "proto/error.h"

/* A fault's answer, gathered while it arrives. Zero it for each attempt. */
struct azb_fault {
    char code[64];   /* x-ms-error-code */
    char reason[64]; /* status line, where there is one */
    size_t body_bytes;
    char body[8192]; /* its beginning; error documents are far smaller */
};

/* Body bytes of an answer that is no success. */
void azb_fault_body(struct azb_fault *fault, const char *bytes, size_t n);

/*
 * The error of a whole answer: err->status is set by the caller, and so are request ids; what,
 * code and message come from here. Code of the XML or JSON body first, then of the header.
 */
void azb_fault_error(const struct azb_fault *fault, struct azb_error *err);

/* "BlobAlreadyExists", as the SDK says it. Returns -1. */
int azb_error_blob_exists(struct azb_error *err);

/*
 * A write that must not overwrite was refused because there is something: that it exists is
 * what the SDK says then, whatever the service called it. Other errors stay.
 */
void azb_error_name_existing(struct azb_error *err);

/* Which of our errors a status and a code are: the SDK's mapping to exception classes. */
enum azb_err azb_service_err(int status, const char *code);

#endif
