/*
 * content_type.h: what a file's name says about its contents.
 */
#ifndef AZB_CLIENT_CONTENT_TYPE_H
#define AZB_CLIENT_CONTENT_TYPE_H

/* The media type for a name's extension, in any case; NULL when it is not a known one. */
const char *azb_content_type(const char *name);

#endif
