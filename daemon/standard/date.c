/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/date.h"

#include <ctype.h>
#include <string.h>

static int digits(const char *text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool mb_date_valid(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, leap;

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    year = digits(text, 4);
    month = digits(text + 5, 2);
    day = digits(text + 8, 2);
    if (year < 1900 || month < 1 || month > 12 || day < 1)
        return false;
    leap = month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0);
    return day <= days[month - 1] + leap;
}

/* Days since the first of March of the year 0: leap days lie at the end of such years. */
static long day_number(const char *text)
{
    long year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);

    if (month < 3) {
        month += 12;
        year--;
    }
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day;
}

long mb_date_days(const char *from, const char *to)
{
    return day_number(to) - day_number(from);
}
