/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "standard/catalogue.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/number.h"
#include "standard/csv.h"
#include "standard/date.h"

#define FILE_MAX (1u << 20)

const char *const mb_level_names[] = {"mandatory",   "voluntary",  "sectoral",      "local",
                                      "association", "enterprise", "international", NULL};
const char *const mb_standard_role_names[] = {"efficiency-limit", "test-method", "safety",      "rating",
                                              "vibration",        "noise",       "designation", "product",
                                              "green-design",     NULL};

static const char *const columns[] = {
    "id",           "edition",      "title",     "level", "role",
    "in_force",     "until",        "kinds",     "duty",  "frequency_hz",
    "power_min_kw", "power_max_kw", "voltage_v", "poles", "excluded_cooling",
    "mark",         "source",       NULL};
enum {
    ID,
    EDITION,
    TITLE,
    LEVEL,
    ROLE,
    IN_FORCE,
    UNTIL,
    KINDS,
    DUTY,
    FREQUENCY,
    POWER_MIN,
    POWER_MAX,
    VOLTAGE,
    POLES,
    EXCLUDED_COOLING,
    MARK,
    SOURCE
};

struct mb_catalogue {
    struct mb_csv *csv;
    struct mb_standard *rows;
    size_t count;
};

/* True when list, words between semicolons, holds the word of n characters. */
static bool list_has(const char *list, const char *word, size_t n)
{
    while (*list) {
        size_t m = strcspn(list, ";");

        if (m == n && strncmp(list, word, n) == 0)
            return true;
        list += m + (list[m] == ';');
    }
    return false;
}

static int read_word(const struct mb_csv *csv, size_t row, size_t column, const char *const words[],
                     unsigned *ret, struct mb_error *err)
{
    const char *text = mb_csv_text(csv, row, column);

    for (unsigned i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i;
            return 0;
        }
    return mb_csv_error(csv, row, err, "%s '%.40s' is not known, allowed: %s to %s", columns[column], text,
                        words[0], words[column == LEVEL ? MB_LEVEL_INTERNATIONAL : MB_ROLE_GREEN_DESIGN]);
}

static int read_optional(const struct mb_csv *csv, size_t row, size_t column, double factor, double *ret,
                         struct mb_error *err)
{
    double value = NAN;
    int r = *mb_csv_text(csv, row, column) ? mb_csv_number(csv, row, column, 0, 1e6, &value, err) : 0;

    if (r == 0)
        *ret = value * factor;
    return r;
}

/* "<1000" or "<=690". */
static bool voltage_rule(const char *text, bool *ret_inclusive, double *ret_v)
{
    if (*text++ != '<')
        return false;
    *ret_inclusive = *text == '=';
    text += *ret_inclusive;
    return mb_number_parse(text, strlen(text), ret_v) == 0;
}

static int check_texts(const struct mb_csv *csv, size_t row, const struct mb_standard *s,
                       struct mb_error *err)
{
    bool inclusive;
    double volts;

    if (!*s->id || !*s->title || strlen(s->id) >= 40 || strlen(s->edition) >= 16)
        return mb_csv_error(csv, row, err,
                            "id (at most 39 characters) and title are needed, edition at most 15");
    if ((*s->in_force && !mb_date_valid(s->in_force)) || (*s->until && !mb_date_valid(s->until)))
        return mb_csv_error(csv, row, err, "in_force and until are dates, allowed: YYYY-MM-DD or nothing");
    if (*s->voltage && !voltage_rule(s->voltage, &inclusive, &volts))
        return mb_csv_error(csv, row, err,
                            "voltage_v '%.20s' is not understood, allowed: <NUMBER or <=NUMBER", s->voltage);
    return 0;
}

static int read_row(const struct mb_csv *csv, size_t row, struct mb_standard *s, struct mb_error *err)
{
    const struct {
        const char **text;
        size_t column;
    } texts[] = {{&s->id, ID},
                 {&s->edition, EDITION},
                 {&s->title, TITLE},
                 {&s->in_force, IN_FORCE},
                 {&s->until, UNTIL},
                 {&s->duty, DUTY},
                 {&s->voltage, VOLTAGE},
                 {&s->poles, POLES},
                 {&s->excluded_cooling, EXCLUDED_COOLING},
                 {&s->mark, MARK},
                 {&s->source, SOURCE}};
    unsigned level = 0, role = 0;
    int r;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i].text = mb_csv_text(csv, row, texts[i].column);
    s->line = mb_csv_line(csv, row);
    r = check_texts(csv, row, s, err);
    if (r == 0)
        r = read_word(csv, row, LEVEL, mb_level_names, &level, err);
    if (r == 0)
        r = read_word(csv, row, ROLE, mb_standard_role_names, &role, err);
    if (r == 0 && mb_motor_kinds_parse(mb_csv_text(csv, row, KINDS), &s->kinds) < 0)
        r = mb_csv_error(csv, row, err, "kinds '%.60s', allowed: kinds of motor between semicolons, or *",
                         mb_csv_text(csv, row, KINDS));
    if (r == 0)
        r = read_optional(csv, row, FREQUENCY, 1, &s->frequency_hz, err);
    if (r == 0)
        r = read_optional(csv, row, POWER_MIN, 1000, &s->power_min_w, err);
    if (r == 0)
        r = read_optional(csv, row, POWER_MAX, 1000, &s->power_max_w, err);
    s->level = level;
    s->role = role;
    return r;
}

int mb_catalogue_parse(const char *name, const char *text, size_t size, struct mb_catalogue **ret,
                       struct mb_error *err)
{
    struct mb_catalogue *c = calloc(1, sizeof *c);
    int r = c ? mb_csv_parse(name, text, size, columns, &c->csv, err)
              : mb_error_set(err, -ENOMEM, "not enough memory");

    if (r == 0) {
        c->count = mb_csv_count(c->csv);
        c->rows = calloc(c->count, sizeof *c->rows);
        r = c->rows ? 0 : mb_error_set(err, -ENOMEM, "not enough memory");
    }
    for (size_t i = 0; r == 0 && i < c->count; i++)
        r = read_row(c->csv, i, &c->rows[i], err);
    if (r < 0)
        mb_catalogue_free(c);
    else
        *ret = c;
    return r;
}

int mb_catalogue_load(const char *path, struct mb_catalogue **ret, struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = mb_file_read(path, FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_catalogue_parse(path, text, size, ret, err);
    free(text);
    return r;
}

struct mb_catalogue *mb_catalogue_free(struct mb_catalogue *catalogue)
{
    if (!catalogue)
        return NULL;
    mb_csv_free(catalogue->csv);
    free(catalogue->rows);
    free(catalogue);
    return NULL;
}

size_t mb_catalogue_count(const struct mb_catalogue *catalogue)
{
    return catalogue->count;
}

const struct mb_standard *mb_catalogue_get(const struct mb_catalogue *catalogue, size_t i)
{
    return &catalogue->rows[i];
}

bool mb_standard_in_force(const struct mb_standard *standard, const char *date)
{
    if (!date)
        return !*standard->until;
    return strcmp(date, standard->in_force) >= 0 && (!*standard->until || strcmp(date, standard->until) < 0);
}

static bool voltage_covered(const struct mb_standard *s, double volts)
{
    bool inclusive;
    double limit;

    return !*s->voltage || !voltage_rule(s->voltage, &inclusive, &limit) || volts < limit ||
           (inclusive && volts == limit);
}

bool mb_standard_covers(const struct mb_standard *s, const struct mb_motor *m, char *ret_reason, size_t size)
{
    const struct mb_motor_rated *r = &m->rated;
    const char *cooling = m->frame.cooling ? m->frame.cooling : "";
    char poles[16];
    int n = 0;

    (void)snprintf(poles, sizeof poles, "%d", r->poles);
    if (!(s->kinds & 1u << m->kind))
        n = snprintf(ret_reason, size, "it does not cover %s motors", mb_motor_kind_names[m->kind]);
    else if (!isnan(s->frequency_hz) && r->frequency_hz != s->frequency_hz)
        n = snprintf(ret_reason, size, "it covers %g Hz only, the motor has %g Hz", s->frequency_hz,
                     r->frequency_hz);
    else if (r->power_w < s->power_min_w * (1 - 1e-9)) /* never true for NAN, as below */
        n = snprintf(ret_reason, size, "it covers rated powers from %g W, the motor has %g W", s->power_min_w,
                     r->power_w);
    else if (r->power_w > s->power_max_w * (1 + 1e-9))
        n = snprintf(ret_reason, size, "it covers rated powers to %g W, the motor has %g W", s->power_max_w,
                     r->power_w);
    else if (!voltage_covered(s, r->voltage_v))
        n = snprintf(ret_reason, size, "it covers rated voltages %s V, the motor has %g V", s->voltage,
                     r->voltage_v);
    else if (*s->poles && !list_has(s->poles, poles, strlen(poles)))
        n = snprintf(ret_reason, size, "it covers %s poles, the motor has %d", s->poles, r->poles);
    else if (*s->duty && r->duty && strncmp(r->duty, s->duty, strlen(s->duty) + 1) != 0)
        n = snprintf(ret_reason, size, "it covers duty %s, the motor has %s", s->duty, r->duty);
    else if (*cooling && list_has(s->excluded_cooling, cooling, strlen(cooling)))
        n = snprintf(ret_reason, size, "it does not cover cooling %s", cooling);
    return n == 0;
}

bool mb_standard_reference(const char *text, char id[40], char edition[16])
{
    size_t n = strlen(text), used = 0;

    edition[0] = '\0';
    if (n > 5 && (text[n - 5] == '-' || text[n - 5] == ':') && strspn(text + n - 4, "0123456789") == 4) {
        (void)snprintf(edition, 16, "%s", text + n - 4);
        n -= 5;
    }
    for (size_t i = 0; i < n && used + 2 < 40; i++) {
        if (isspace((unsigned char)text[i]))
            continue;
        if (used > 0 && isdigit((unsigned char)text[i]) && isalpha((unsigned char)id[used - 1]) &&
            id[0] != 'D')
            id[used++] = ' '; /* "GB18613" and "GB  18613" are "GB 18613"; a local DB31 keeps its number */
        id[used++] = (char)toupper((unsigned char)text[i]);
    }
    id[used] = '\0';
    return used > 0 && used + 2 < 40;
}

bool mb_standard_same(const char *a, const char *b)
{
    char id_a[40], id_b[40], edition_a[16], edition_b[16];

    return strcmp(a, b) == 0 ||
           (mb_standard_reference(a, id_a, edition_a) && mb_standard_reference(b, id_b, edition_b) &&
            strcmp(id_a, id_b) == 0 && strcmp(edition_a, edition_b) == 0);
}

enum mb_level mb_standard_level(const char *id)
{
    static const struct {
        const char *start;
        enum mb_level level;
    } starts[] = {{"DB", MB_LEVEL_LOCAL},          {"T/", MB_LEVEL_ASSOCIATION},
                  {"Q/", MB_LEVEL_ENTERPRISE},     {"GB/", MB_LEVEL_VOLUNTARY},
                  {"GB", MB_LEVEL_MANDATORY},      {"IEC", MB_LEVEL_INTERNATIONAL},
                  {"ISO", MB_LEVEL_INTERNATIONAL}, {"EN ", MB_LEVEL_INTERNATIONAL}};

    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(id, starts[i].start, strlen(starts[i].start)) == 0)
            return starts[i].level;
    return MB_LEVEL_SECTORAL; /* two letters of a sector: JB/T, CB/T, NB/T ... */
}
