/*
 * entry.c: what entries of every source need.
 */
#include "client/entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/value.h"

int64_t azb_entry_time_ns(const msgpack_object *value)
{
    struct tm tm = {0};
    char text[40];
    int end = 0;

    if (!azb_value_copy(value, text, sizeof(text)) ||
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 ||
        end == 0 || text[end] != '\0')
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    return (int64_t)timegm(&tm) * 1000000000;
}
