/*
 * list.h: the queue macros of <sys/queue.h>, with the one that glibc's copy lacks.
 */
#ifndef AZB_LIB_LIST_H
#define AZB_LIB_LIST_H

#include <sys/queue.h>

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, next_var) \
    for ((var) = TAILQ_FIRST(head);                    \
         (var) != NULL && ((next_var) = TAILQ_NEXT((var), field), 1); (var) = (next_var))
#endif

#endif
