/*
 * entry.c: what entries of every source need.
 */
#include "client/entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/value.h"

void azb_entry_take_md5(struct azb_entry *entry, const msgpack_object_map *properties)
{
    const msgpack_object_map *settings =
        azb_value_map(azb_map_find(properties, "content_settings"));
    const char *bytes;
    size_t n;

    entry->has_md5 = settings != NULL &&
                     azb_value_bytes(azb_map_find(settings, "content_md5"), &bytes, &n) &&
                     n == sizeof(entry->md5);
    if (entry->has_md5)
        memcpy(entry->md5, bytes, n);
}

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
