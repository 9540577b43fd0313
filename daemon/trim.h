/*
 * trim.h: a small resident set.
 */
#ifndef AZB_DAEMON_TRIM_H
#define AZB_DAEMON_TRIM_H

/*
 * Give back the pages of code and constants that only starting has touched: constructors of the
 * many libraries behind libcurl and libxml2, mostly. They are clean pages of files; what is
 * needed again comes back from the page cache at a page fault's price.
 */
void azb_trim_startup_pages(void);

/* Give back what the heap has free, after much has been under way. Takes some ms for tens of
 * MiB.
 */
void azb_trim_heap(void);

#endif
