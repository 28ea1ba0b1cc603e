/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "method/edition.h"

#include <math.h>
#include <string.h>

static const struct mb_delay iec_delays[] = {{50e3, 30}, {200e3, 90}, {5000e3, 120}, {0, 0}};
static const struct mb_delay ieee_delays[] = {{37.5e3, 30}, {150e3, 90}, {INFINITY, 120}, {0, 0}};

#define NOTE_GB2023 "gates as in IEC 60034-2-1:2014, amendment XG1-2025 not seen"
#define NOTE_OTHER "gates as in GB/T 1032-2012, those of this standard were not seen"
#define NOTE_IEC2024 "gates of the 2014 edition, the differences of the 2024 text were not seen"

/* Newest first within a form. */
const struct mb_edition mb_editions[] = {
    {"GB/T 1032-2023", MB_FORM_GBT1032, {.95, "M+"}, {.001, "E"}, {5, "E"}, iec_delays, "M+", NOTE_GB2023},
    {"GB/T 1032-2012", MB_FORM_GBT1032, {.95, "M+"}, {.003, "M+"}, {10, "M+"}, iec_delays, "M+", NULL},
    {"IEC 60034-2-1:2024", MB_FORM_IEC, {.95, "M"}, {.001, "M"}, {5, "M"}, iec_delays, "M+", NOTE_IEC2024},
    {"IEC 60034-2-1:2014", MB_FORM_IEC, {.95, "M+"}, {.001, "M+"}, {5, "M+"}, iec_delays, "M+", NULL},
    {"IEEE 112-2017", MB_FORM_IEEE112, {.90, "V:23"}, {.005, "V:20"}, {10, "M+"}, ieee_delays, "M", NULL},
    {"CSA C390-10",
     MB_FORM_CSA,
     {.90, "V:23"},
     {.005, "M"},
     {10, "M"},
     ieee_delays,
     "M",
     "gates as in IEEE 112"},
    /* Tests of other motors: the gates are those of GB/T 1032-2012, for their own were not seen. */
    {"GB/T 22669-2008", MB_FORM_GBT1032, {.95, "M"}, {.003, "M"}, {10, "M"}, iec_delays, "M", NOTE_OTHER},
    {"GB/T 9651-2022", MB_FORM_GBT1032, {.95, "M"}, {.003, "M"}, {10, "M"}, iec_delays, "M", NOTE_OTHER},
    {"GB/T 5171.21-2016", MB_FORM_GBT1032, {.95, "M"}, {.003, "M"}, {10, "M"}, iec_delays, "M", NOTE_OTHER},
    {"GB/T 13958-2022", MB_FORM_GBT1032, {.95, "M"}, {.003, "M"}, {10, "M"}, iec_delays, "M", NOTE_OTHER},
    {"GB/T 1029-2021", MB_FORM_GBT1032, {.95, "M"}, {.003, "M"}, {10, "M"}, iec_delays, "M", NOTE_OTHER},
    {"GB/T 14481-2008", MB_FORM_GBT1032, {.95, "M"}, {.003, "M"}, {10, "M"}, iec_delays, "M", NOTE_OTHER},
    {.name = NULL},
};

/* Equal but for the character before the year, the last '-' or ':' of each. */
static bool same_standard(const char *a, const char *b)
{
    size_t n = strlen(a), year = strcspn(a, ":");

    if (strlen(b) != n)
        return false;
    if (year == n)
        year = (size_t)(strrchr(a, '-') - a);
    return strncmp(a, b, year) == 0 && strchr("-:", b[year]) && strcmp(a + year + 1, b + year + 1) == 0;
}

const struct mb_edition *mb_edition_find(const char *name)
{
    for (const struct mb_edition *e = mb_editions; e->name; e++)
        if (same_standard(e->name, name))
            return e;
    return NULL;
}

const struct mb_edition *mb_edition_newest(enum mb_efficiency_form form)
{
    const struct mb_edition *e = mb_editions;

    while (e->name && e->form != form)
        e++;
    return e->name ? e : mb_editions;
}

double mb_edition_delay_s(const struct mb_edition *edition, double rated_power_w)
{
    for (const struct mb_delay *d = edition->delays; d->power_to_w > 0; d++)
        if (rated_power_w <= d->power_to_w)
            return d->delay_s;
    return NAN;
}
