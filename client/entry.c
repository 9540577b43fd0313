/*
 * entry.c: what entries of every source need.
 */
#include "client/entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/value.h"

enum azb_entry_kind azb_entry_kind_of(const char *name, size_t n,
                                      const msgpack_object_map *properties)
{
    const msgpack_object_map *metadata = azb_value_map(azb_map_find(properties, "metadata"));
    int64_t size = 0;
    bool is_folder;

    azb_value_int(azb_map_find(properties, "size"), &size);
    is_folder =
        azb_value_is(azb_map_find(properties, "resource_type"), "directory") ||
        (size == 0 &&
         ((n > 0 && name[n - 1] == '/') ||
          (metadata != NULL && azb_value_is(azb_map_find(metadata, "hdi_isfolder"), "true"))));
    return is_folder ? AZB_ENTRY_FOLDER : AZB_ENTRY_FILE;
}

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

/* The number that n digits are. */
static int number(const char *digits, int n)
{
    int sum = 0;

    for (; n > 0; n--)
        sum = 10 * sum + (*digits++ - '0');
    return sum;
}

int64_t azb_entry_time_ns(const msgpack_object *value)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    const char *text;
    struct tm tm;
    size_t n;

    /* Not by sscanf(): that takes longer than all else that is done with a listing's entry. */
    if (!azb_value_bytes(value, &text, &n) || n != sizeof(form) - 1)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return 0;
    tm = (struct tm){
        .tm_year = number(text, 4) - 1900,
        .tm_mon = number(text + 5, 2) - 1,
        .tm_mday = number(text + 8, 2),
        .tm_hour = number(text + 11, 2),
        .tm_min = number(text + 14, 2),
        .tm_sec = number(text + 17, 2),
    };
    return (int64_t)timegm(&tm) * 1000000000;
}
