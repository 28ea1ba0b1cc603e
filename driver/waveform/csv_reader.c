/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text with one row a sample. A first row of names gives the columns theirs, with a unit in brackets: "u1
 * (V)" or "u1 [V]". The first column is time when it is called time or t ("Time_UTC", "t [ms]"), or holds
 * dates; then the file is read twice: once for the rate, as far as the steps are equal, and once for the
 * samples, with every step looked at. Without such a column, or to go before it, the user gives the rate. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "waveform/csv_rows.h"
#include "waveform/reader.h"

struct csv {
    struct mb_wave_reader base;
    struct mb_csv_rows rows;
    bool pending;   /* a row is in rows that is not used yet */
    bool has_time;  /* the first column is time ... */
    bool uses_time; /* ... and the user gave no rate */
    double time_unit_ns;
    uint64_t next; /* number of the next sample */
    bool begun, after_gap;
    long long start_ns, last_ns; /* times of the first and of the last row */
    long long anchor_ns;         /* time of the first row since the last gap ... */
    uint64_t anchor;             /* ... and its number */
};

static void csv_free(struct mb_wave_reader *reader)
{
    struct csv *c = (struct csv *)reader;

    if (c->rows.file)
        (void)fclose(c->rows.file);
    free(c);
}

static int wrong_row(const struct csv *c, struct mb_error *err)
{
    size_t wanted = c->base.column_count + c->has_time;

    return mb_error_set(err, -EINVAL, "%s:%lu: %zu fields instead of %zu%s", c->base.label, c->rows.line,
                        c->rows.count, wanted,
                        c->rows.separator == ',' && c->rows.count > wanted
                            ? ": with decimal commas? Allowed is a point"
                            : "");
}

static int row_time(struct csv *c, long long *ret, struct mb_error *err)
{
    double number;

    if (mb_csv_time(c->rows.field[0], c->time_unit_ns, ret) == 0)
        return 0;
    if (mb_csv_rows_number(&c->rows, 0, &number, err) < 0)
        return -EINVAL;
    return mb_error_set(err, -EINVAL, "%s:%lu: this cannot be a time", c->base.label, c->rows.line);
}

static int rate_changes(const struct csv *c, double steps, struct mb_error *err)
{
    return mb_error_set(
        err, -EINVAL,
        "%s:%lu: the rate changes: %.3g sample intervals at %g samples a second since the row "
        "before; --rate goes before the time column",
        c->base.label, c->rows.line, steps, c->base.rate_hz);
}

/* Number and flags of the row by its time. 1: it follows; 0: it is behind a gap. */
static int place_row(struct csv *c, struct mb_error *err)
{
    long long t_ns;
    double steps, drift;
    int r = row_time(c, &t_ns, err);

    if (r < 0)
        return r;
    if (!c->begun) {
        c->begun = true;
        c->start_ns = c->anchor_ns = c->last_ns = t_ns;
        return 1;
    }
    steps = (double)(t_ns - c->last_ns) * 1e-9 * c->base.rate_hz;
    drift = (double)(t_ns - c->anchor_ns) * 1e-9 * c->base.rate_hz - (double)(c->next - c->anchor);
    if (steps < 0.5 || steps > 0x1p53 || (steps >= 1.5 && c->after_gap) || (steps < 1.5 && fabs(drift) > 0.5))
        return rate_changes(c, steps, err);
    c->last_ns = t_ns;
    c->after_gap = steps >= 1.5;
    if (!c->after_gap)
        return 1;
    c->next += (uint64_t)llround(steps) - 1;
    c->anchor = c->next;
    c->anchor_ns = t_ns;
    return 0;
}

static int take_numbers(struct csv *c, size_t n, struct mb_error *err)
{
    int r = 0;

    for (size_t i = 0; i < c->base.column_count && r == 0; i++)
        r = mb_csv_rows_number(&c->rows, i + c->has_time, &c->base.numbers[i][n], err);
    return r;
}

/* The row that is there goes into the piece, unless a gap is before it and the piece has samples already. 1:
 * it does; 0: it waits. */
static int take_row(struct csv *c, struct mb_wave_piece *piece, struct mb_error *err)
{
    int r = 1;

    if (c->rows.count != c->base.column_count + c->has_time)
        return wrong_row(c, err);
    if (c->uses_time && !c->pending)
        r = place_row(c, err);
    if (r < 0)
        return r;
    if (r == 0 && piece->count > 0) {
        c->pending = true;
        return 0;
    }
    if (piece->count == 0) {
        piece->first = c->next;
        piece->t_ns = mb_wave_time_ns(0, c->next, c->base.rate_hz);
        piece->flags = r == 0 || (c->pending && c->after_gap) ? MB_WAVE_MISSING : 0;
    }
    c->pending = false;
    r = take_numbers(c, piece->count, err);
    if (r < 0)
        return r;
    c->next++;
    piece->count++;
    return 1;
}

static int csv_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct csv *c = (struct csv *)reader;
    struct mb_wave_piece piece = {.rate_hz = reader->rate_hz};
    int r = 1;

    while (piece.count < MB_READER_PIECE) {
        if (!c->pending)
            r = mb_csv_row(&c->rows, err);
        if (r > 0)
            r = take_row(c, &piece, err);
        if (r < 0)
            return r;
        if (r == 0)
            break;
    }
    *ret = piece;
    return piece.count > 0;
}

static const struct mb_wave_reader_ops ops = {.format = "CSV", .free = csv_free, .next = csv_next};

/* "u1 (mV)" or "u1 [mV]": splits off the unit; "" when there is none. */
static char *split_unit(char *name)
{
    size_t n = strlen(name);
    char *open = n > 2 && name[n - 1] == ')'   ? strrchr(name, '(')
                 : n > 2 && name[n - 1] == ']' ? strrchr(name, '[')
                                               : NULL;

    if (!open)
        return name + n;
    name[n - 1] = '\0';
    *open = '\0';
    for (n = (size_t)(open - name); n > 0 && name[n - 1] == ' '; n--)
        name[n - 1] = '\0';
    return open + 1;
}

static bool is_time_name(const char *name)
{
    return (strncasecmp(name, "time", 4) == 0 && !isalpha((unsigned char)name[4])) ||
           strcasecmp(name, "t") == 0;
}

static int time_unit(struct csv *c, const char *unit, struct mb_error *err)
{
    static const struct {
        const char *text;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].text, unit) == 0) {
            c->time_unit_ns = units[i].ns;
            return 0;
        }
    return mb_error_set(err, -EINVAL, "%s:%lu: '%.20s' is not a unit of time, allowed: s, ms, us, ns",
                        c->base.label, c->rows.line, unit);
}

static int take_names(struct csv *c, struct mb_error *err)
{
    int r = 0;

    c->base.named = true;
    c->has_time = false; /* in a row of names, a name tells it */
    for (size_t i = 0; i < c->rows.count && r == 0; i++) {
        char *name = c->rows.field[i], *unit = split_unit(name);
        struct mb_wave_channel *column;

        if (i == 0 && is_time_name(name)) {
            c->has_time = true;
            r = time_unit(c, unit, err);
            continue;
        }
        if (i - c->has_time >= MB_BLOCK_CHANNELS_MAX)
            break; /* refused with the number of columns */
        column = &c->base.columns[i - c->has_time];
        if (*name)
            (void)snprintf(column->name, sizeof column->name, "%.63s", name);
        mb_text_clean(column->name);
        if (*unit)
            (void)mb_wave_unit_find(unit, &column->quantity, &column->gain);
    }
    return r;
}

/* The first row: names, or numbers already. */
static int read_first_row(struct csv *c, struct mb_error *err)
{
    bool names = false;
    long long t_ns;
    double number;
    int r = mb_csv_row(&c->rows, err);

    if (r <= 0)
        return r < 0 ? r : mb_error_set(err, -EINVAL, "%s: the file holds no samples", c->base.label);
    c->has_time =
        mb_csv_rows_number(&c->rows, 0, &number, NULL) < 0 && mb_csv_time(c->rows.field[0], 1, &t_ns) == 0;
    for (size_t i = c->has_time; i < c->rows.count && !names; i++)
        names =
            mb_csv_rows_number(&c->rows, i, &number, NULL) < 0 && isalpha((unsigned char)c->rows.field[i][0]);
    c->pending = !names;
    if (names)
        r = take_names(c, err);
    return r < 0 ? r : mb_wave_reader_allocate(&c->base, c->rows.count - c->has_time, err);
}

/* Samples a second of the rows up to the first step that differs from those before by more than half. */
static int find_rate(struct csv *c, struct mb_error *err)
{
    long long start_ns = 0, last_ns = 0, t_ns;
    uint64_t steps = 0;
    int r = c->pending ? 1 : mb_csv_row(&c->rows, err);

    for (bool begun = false; r > 0; r = mb_csv_row(&c->rows, err), begun = true) {
        double mean = steps > 0 ? (double)(last_ns - start_ns) / (double)steps : 0;

        r = row_time(c, &t_ns, err);
        if (r < 0)
            return r;
        if (!begun) {
            start_ns = last_ns = t_ns;
            continue;
        }
        if (t_ns <= last_ns || (steps > 0 && fabs((double)(t_ns - last_ns) - mean) > 0.5 * mean))
            break;
        last_ns = t_ns;
        steps++;
    }
    if (r < 0)
        return r;
    if (steps == 0)
        return mb_error_set(err, -EINVAL, "%s:%lu: the time column tells no rate, --rate is needed",
                            c->base.label, c->rows.line);
    c->base.rate_hz = (double)steps * 1e9 / (double)(last_ns - start_ns);
    return mb_wave_reader_rate(c->base.label, c->base.rate_hz, err);
}

/* The rate, and then back to the first row of samples. */
static int read_times(struct csv *c, struct mb_error *err)
{
    unsigned long names = c->pending ? 0 : c->rows.line; /* the line that they are in */
    int r = find_rate(c, err);

    if (r < 0)
        return r;
    if (fseek(c->rows.file, 0, SEEK_SET) < 0)
        return mb_error_set(err, -EIO, "%s: cannot be read twice, --rate is needed", c->base.label);
    c->rows.line = 0;
    c->pending = false;
    while (r >= 0 && c->rows.line < names)
        r = mb_csv_row(&c->rows, err);
    return r;
}

static int set_rate(struct csv *c, double rate_hz, struct mb_error *err)
{
    if (rate_hz == 0 && c->has_time) {
        c->uses_time = true;
        return read_times(c, err);
    }
    if (rate_hz == 0)
        return mb_error_set(err, -EINVAL, "%s: no column of time tells the rate, --rate is needed",
                            c->base.label);
    c->base.rate_hz = rate_hz;
    return mb_wave_reader_rate(c->base.label, rate_hz, err);
}

int mb_csv_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                       struct mb_error *err)
{
    struct csv *c = mb_wave_reader_new(&ops, sizeof *c, label);
    int r;

    if (!c) {
        (void)fclose(file);
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", label);
    }
    c->rows.file = file;
    c->rows.label = c->base.label;
    c->time_unit_ns = 1e9;
    r = read_first_row(c, err);
    if (r >= 0)
        r = set_rate(c, rate_hz, err);
    if (r < 0) {
        (void)mb_wave_reader_free(&c->base);
        return r;
    }
    *ret = &c->base;
    return 0;
}
