/*
 * time.c: times as text, by arithmetic on days (proleptic Gregorian calendar): no locale, no
 * time zone data, and nothing of libc that looks at either.
 */
#include "lib/codec/time.h"

#include <stdbool.h>
#include <string.h>

#define SECONDS_A_DAY INT64_C(86400)
#define DAYS_A_400_YEARS INT64_C(146097)
#define DAYS_0000_03_01_TO_EPOCH INT64_C(719468)
#define FIRST_UNIX_S INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST_UNIX_S INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekday_names[] = "SunMonTueWedThuFriSat";

struct civil {
    unsigned year;
    unsigned month; /* 1 to 12 */
    unsigned day;   /* 1 to 31 */
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned weekday; /* 0: Sunday; only set by civil_from_unix() */
};

/*
 * Both ways count in years that begin on 1 March, so that the leap day comes last, and in
 * cycles of 400 years, which all have the same length.
 */
static int64_t civil_to_unix(const struct civil *c)
{
    int64_t year = (int64_t)c->year - (c->month <= 2) + 400; /* never negative */
    int64_t cycle = year / 400, year_of_cycle = year % 400;
    int64_t day_of_year = (153 * ((c->month + 9) % 12) + 2) / 5 + c->day - 1;
    int64_t days = (cycle - 1) * DAYS_A_400_YEARS + year_of_cycle * 365 + year_of_cycle / 4 -
                   year_of_cycle / 100 + day_of_year - DAYS_0000_03_01_TO_EPOCH;

    return days * SECONDS_A_DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

/* A time outside the years 0 to 9999 becomes the nearest one inside. */
static struct civil civil_from_unix(int64_t unix_s)
{
    int64_t days, seconds, day_of_cycle, year_of_cycle, day_of_year, march_month;
    struct civil c;

    if (unix_s < FIRST_UNIX_S)
        unix_s = FIRST_UNIX_S;
    if (unix_s > LAST_UNIX_S)
        unix_s = LAST_UNIX_S;
    unix_s += (DAYS_0000_03_01_TO_EPOCH + DAYS_A_400_YEARS) * SECONDS_A_DAY; /* not negative */
    days = unix_s / SECONDS_A_DAY;
    seconds = unix_s % SECONDS_A_DAY;

    day_of_cycle = days % DAYS_A_400_YEARS;
    year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 -
                     day_of_cycle / (DAYS_A_400_YEARS - 1)) /
                    365;
    day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    march_month = (5 * day_of_year + 2) / 153;

    c.day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1);
    c.month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    c.year = (unsigned)(days / DAYS_A_400_YEARS * 400 - 400 + year_of_cycle + (c.month <= 2));
    c.hour = (unsigned)(seconds / 3600);
    c.minute = (unsigned)(seconds / 60 % 60);
    c.second = (unsigned)(seconds % 60);
    c.weekday = (unsigned)((days + 3) % 7); /* 0000-03-01 was a Wednesday */
    return c;
}

static void put_digits(char *at, unsigned n_digits, unsigned number)
{
    for (; n_digits > 0; n_digits--, number /= 10)
        at[n_digits - 1] = (char)('0' + number % 10);
}

static void put_clock(char *at, const struct civil *c)
{
    put_digits(at, 2, c->hour);
    put_digits(at + 3, 2, c->minute);
    put_digits(at + 6, 2, c->second);
}

void azb_time_to_rfc1123(int64_t unix_s, char ret[AZB_RFC1123_CHARS + 1])
{
    struct civil c = civil_from_unix(unix_s);

    memcpy(ret, "Www, DD Mmm YYYY HH:MM:SS GMT", AZB_RFC1123_CHARS + 1);
    memcpy(ret, weekday_names + 3 * c.weekday, 3);
    put_digits(ret + 5, 2, c.day);
    memcpy(ret + 8, month_names + 3 * (c.month - 1), 3);
    put_digits(ret + 12, 4, c.year);
    put_clock(ret + 17, &c);
}

void azb_time_to_rfc3339(int64_t unix_s, char ret[AZB_RFC3339_CHARS + 1])
{
    struct civil c = civil_from_unix(unix_s);

    memcpy(ret, "YYYY-MM-DDTHH:MM:SSZ", AZB_RFC3339_CHARS + 1);
    put_digits(ret, 4, c.year);
    put_digits(ret + 5, 2, c.month);
    put_digits(ret + 8, 2, c.day);
    put_clock(ret + 11, &c);
}

/* Text that is being read. Each scan_ function moves on if it finds what it looks for. */
struct scan {
    const char *at;
    const char *end;
};

static bool scan_text(struct scan *scan, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(scan->end - scan->at) < n || memcmp(scan->at, text, n) != 0)
        return false;
    scan->at += n;
    return true;
}

/* One of these characters, which is returned; 0 for none. */
static char scan_one(struct scan *scan, const char *chars)
{
    if (scan->at == scan->end || *scan->at == '\0' || strchr(chars, *scan->at) == NULL)
        return '\0';
    return *scan->at++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool scan_number(struct scan *scan, unsigned n_digits, unsigned max, unsigned *ret)
{
    unsigned number = 0;

    if ((size_t)(scan->end - scan->at) < n_digits)
        return false;
    for (unsigned i = 0; i < n_digits; i++) {
        if (!is_digit(scan->at[i]))
            return false;
        number = number * 10 + (unsigned)(scan->at[i] - '0');
    }
    scan->at += n_digits;
    *ret = number;
    return number <= max;
}

static bool scan_month_name(struct scan *scan, unsigned *ret_month)
{
    if (scan->end - scan->at < 3)
        return false;
    for (unsigned i = 0; i < 12; i++)
        if (memcmp(scan->at, month_names + 3 * i, 3) == 0) {
            scan->at += 3;
            *ret_month = i + 1;
            return true;
        }
    return false;
}

static bool scan_hour_minute(struct scan *scan, unsigned *ret_hour, unsigned *ret_minute)
{
    return scan_number(scan, 2, 23, ret_hour) && scan_text(scan, ":") &&
           scan_number(scan, 2, 59, ret_minute);
}

/* A leap second is the first second of the next minute, as everywhere in Unix time. */
static bool scan_second(struct scan *scan, unsigned *ret_second)
{
    return scan_text(scan, ":") && scan_number(scan, 2, 60, ret_second);
}

static bool scan_fraction(struct scan *scan)
{
    const char *first = scan->at;

    while (scan->at < scan->end && is_digit(*scan->at))
        scan->at++;
    return scan->at > first;
}

/* "Z" or an offset; how much later than UTC the clock stood. */
static bool scan_zone(struct scan *scan, int64_t *ret_offset_s)
{
    unsigned hour = 0, minute = 0;
    char sign = scan_one(scan, "Zz+-");

    if (sign == '\0')
        return false;
    if ((sign == '+' || sign == '-') && !scan_hour_minute(scan, &hour, &minute))
        return false;
    *ret_offset_s = (int64_t)(hour * 3600 + minute * 60) * (sign == '-' ? -1 : 1);
    return true;
}

static bool civil_is_date(const struct civil *c)
{
    static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);

    return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= days[c->month - 1] &&
           (c->month != 2 || c->day < 29 || is_leap);
}

/* The end of both readers: nothing may be left over, and the date must exist. */
static int scan_finish(const struct scan *scan, const struct civil *c, int64_t offset_s,
                       int64_t *ret_unix_s)
{
    int64_t unix_s;

    if (scan->at != scan->end || !civil_is_date(c))
        return -1;
    unix_s = civil_to_unix(c) - offset_s;
    if (unix_s < FIRST_UNIX_S || unix_s > LAST_UNIX_S)
        return -1;
    *ret_unix_s = unix_s;
    return 0;
}

int azb_time_from_rfc1123(const char *text, size_t n, int64_t *ret_unix_s)
{
    struct civil c = {0};
    struct scan scan;

    if (n != AZB_RFC1123_CHARS)
        return -1;
    scan = (struct scan){text + 3, text + n}; /* behind the weekday */
    if (!scan_text(&scan, ", ") || !scan_number(&scan, 2, 31, &c.day) ||
        !scan_text(&scan, " ") || !scan_month_name(&scan, &c.month) || !scan_text(&scan, " ") ||
        !scan_number(&scan, 4, 9999, &c.year) || !scan_text(&scan, " ") ||
        !scan_hour_minute(&scan, &c.hour, &c.minute) || !scan_second(&scan, &c.second) ||
        !scan_text(&scan, " GMT"))
        return -1;
    return scan_finish(&scan, &c, 0, ret_unix_s);
}

int azb_time_from_rfc3339(const char *text, size_t n, int64_t *ret_unix_s)
{
    struct scan scan = {text, text + n};
    struct civil c = {0};
    int64_t offset_s = 0;

    if (!scan_number(&scan, 4, 9999, &c.year) || !scan_text(&scan, "-") ||
        !scan_number(&scan, 2, 12, &c.month) || !scan_text(&scan, "-") ||
        !scan_number(&scan, 2, 31, &c.day))
        return -1;
    if (scan.at == scan.end) /* only a date */
        return scan_finish(&scan, &c, 0, ret_unix_s);
    if (!scan_one(&scan, "Tt ") || !scan_hour_minute(&scan, &c.hour, &c.minute))
        return -1;
    if (scan.at < scan.end && *scan.at == ':') {
        if (!scan_second(&scan, &c.second) || (scan_text(&scan, ".") && !scan_fraction(&scan)))
            return -1;
    }
    if (!scan_zone(&scan, &offset_s))
        return -1;
    return scan_finish(&scan, &c, offset_s, ret_unix_s);
}
