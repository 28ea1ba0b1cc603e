/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iio/tee.h"

struct input {
    struct mb_wave_reader *reader;
    size_t column; /* the first of its columns */
    struct mb_wave_piece piece;
    size_t done;
    uint64_t start; /* its sample that has index 0; known when started */
};

struct join {
    struct mb_wave_reader base;
    struct input inputs[MB_JOIN_MAX];
    size_t count;
    bool started;
    double delays[MB_BLOCK_CHANNELS_MAX];
    uint64_t index; /* of the next sample that is handed on */
    uint64_t left;  /* samples until the end */
};

static void join_free(struct mb_wave_reader *reader)
{
    struct join *j = (struct join *)reader;

    for (size_t i = 0; i < j->count; i++)
        (void)mb_wave_reader_free(j->inputs[i].reader);
    free(j);
}

/* The sample that the input stands at. */
static uint64_t position(const struct input *in)
{
    return in->piece.first + in->done;
}

static int64_t time_ns(const struct input *in)
{
    return mb_wave_time_ns(in->piece.t_ns, in->done, in->piece.rate_hz);
}

/* 1: the input has a piece with something left in it. Else as ops->next. */
static int supply(struct input *in, struct mb_error *err)
{
    int r;

    if (in->done < in->piece.count)
        return 1;
    r = in->reader->ops->next(in->reader, &in->piece, err);
    if (r <= 0)
        in->piece.count = 0;
    in->done = 0;
    return r;
}

/* On to a sample at or behind `wanted`. */
static int forward(struct input *in, uint64_t wanted, struct mb_error *err)
{
    int r = supply(in, err);

    while (r > 0 && position(in) < wanted) {
        uint64_t step = wanted - position(in);
        size_t left = in->piece.count - in->done;

        in->done += step < left ? (size_t)step : left;
        r = supply(in, err);
    }
    return r;
}

/* All time lines known: what lies before that is not handed on. None of them waits for the others meanwhile.
 */
static int settle(struct join *j, struct mb_error *err)
{
    int r = 1;

    for (size_t i = 0; i < j->count && (r > 0 || r == -EAGAIN); i++) {
        struct input *in = &j->inputs[i];
        int q;

        while ((q = supply(in, err)) > 0 && !mb_live_reader_aligned(in->reader, NULL))
            in->done = in->piece.count;
        if (q <= 0)
            r = q;
    }
    return r;
}

/* The latest of the inputs begins; the others start at the sample that is nearest to its first one. */
static int begin(struct join *j, struct mb_error *err)
{
    int64_t start_ns = INT64_MIN;
    int r = settle(j, err);

    if (r <= 0)
        return r;
    for (size_t i = 0; i < j->count; i++)
        start_ns = time_ns(&j->inputs[i]) > start_ns ? time_ns(&j->inputs[i]) : start_ns;
    for (size_t i = 0; i < j->count; i++) {
        struct input *in = &j->inputs[i];
        double periods = (double)(start_ns - time_ns(in)) * 1e-9 * j->base.rate_hz;
        uint64_t skip = (uint64_t)llround(periods);

        in->start = position(in) + skip;
        for (size_t c = 0; c < in->reader->column_count; c++)
            j->delays[in->column + c] = ((double)skip - periods) / j->base.rate_hz;
    }
    j->started = true;
    return 1;
}

/* All inputs at one index: where one has a gap, the others go over it. */
static int level(struct join *j, struct mb_error *err)
{
    bool moved = true;
    int r = 1;

    while (moved && r > 0) {
        moved = false;
        for (size_t i = 0; i < j->count && r > 0; i++) {
            struct input *in = &j->inputs[i];

            r = forward(in, in->start + j->index, err);
            if (r > 0 && position(in) - in->start > j->index) {
                j->index = position(in) - in->start;
                moved = true;
            }
        }
    }
    return r;
}

/* Half a period or more between what the time lines say now and what they said at the start. */
static bool is_aligned(const struct join *j)
{
    const int64_t reference_ns = time_ns(&j->inputs[0]);
    const double half_s = 0.5 / j->base.rate_hz;

    for (size_t i = 0; i < j->count; i++) {
        const struct input *in = &j->inputs[i];
        double off_s = (double)(time_ns(in) - reference_ns) * 1e-9 - j->delays[in->column] +
                       j->delays[j->inputs[0].column];
        double error_s;

        (void)mb_live_reader_aligned(in->reader, &error_s);
        if (error_s > half_s || fabs(off_s) > half_s)
            return false;
    }
    return true;
}

static int join_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct join *j = (struct join *)reader;
    uint64_t before;
    size_t n = j->left < MB_READER_PIECE ? (size_t)j->left : MB_READER_PIECE;
    uint32_t flags = 0;
    int r = j->left == 0 ? 0 : j->started ? 1 : begin(j, err);

    if (r <= 0)
        return r;
    before = j->index;
    r = level(j, err);
    if (r <= 0)
        return r;
    for (size_t i = 0; i < j->count; i++) {
        struct input *in = &j->inputs[i];

        n = in->piece.count - in->done < n ? in->piece.count - in->done : n;
        flags |= in->done == 0 ? in->piece.flags : in->piece.flags & MB_WAVE_INVALID;
        for (size_t c = 0; c < in->reader->column_count; c++)
            j->base.numbers[in->column + c] = in->reader->numbers[c] + in->done;
    }
    *ret = (struct mb_wave_piece){
        .first = j->index,
        .t_ns = time_ns(&j->inputs[0]),
        .rate_hz = j->inputs[0].piece.rate_hz,
        .count = n,
        .flags = flags | (j->index != before ? MB_WAVE_MISSING : 0) | (is_aligned(j) ? 0 : MB_WAVE_ALIGNMENT),
    };
    for (size_t i = 0; i < j->count; i++)
        j->inputs[i].done += n;
    j->index += n;
    j->left -= n;
    return 1;
}

static const struct mb_wave_reader_ops ops = {.format = "live", .free = join_free, .next = join_next};

static int add_input(struct join *j, struct mb_capture *capture, struct mb_error *err)
{
    struct input *in = &j->inputs[j->count];
    size_t columns = j->base.column_count;
    int r = mb_live_reader_new(capture, j->base.label, &in->reader, err);

    if (r < 0)
        return r;
    in->column = columns;
    j->count++;
    if (j->count == 1)
        j->base.rate_hz = in->reader->rate_hz;
    if (columns + in->reader->column_count > MB_BLOCK_CHANNELS_MAX)
        return mb_error_set(err, -EINVAL, "%s: more than %d channels", j->base.label, MB_BLOCK_CHANNELS_MAX);
    if (in->reader->rate_hz != j->base.rate_hz)
        return mb_error_set(err, -EINVAL,
                            "%s: its devices run at %.10g Hz and at %.10g Hz: one rate_hz is needed",
                            j->base.label, j->base.rate_hz, in->reader->rate_hz);
    memcpy(j->base.columns + columns, in->reader->columns,
           in->reader->column_count * sizeof *j->base.columns);
    j->base.column_count += in->reader->column_count;
    return 0;
}

int mb_join_begun(struct mb_capture *const captures[], size_t count, struct mb_error *err)
{
    const struct mb_iio_format *format;
    const struct mb_iio_slot *slot;
    size_t n = 0;
    int r;

    for (size_t i = 0; i < count; i++)
        n += mb_iio_queue_format(mb_capture_queue(captures[i]), &format) == 0;
    if (n == count)
        return 1;
    for (size_t i = 0; i < count; i++) {
        while ((r = mb_iio_queue_take(mb_capture_queue(captures[i]), &slot, err)) > 0 && count > 1)
            mb_iio_queue_release(mb_capture_queue(captures[i]));
        if (r <= 0 && r != -EAGAIN)
            return r;
    }
    return -EAGAIN;
}

/* What is handed on as one recording. */
static int record(const struct mb_join_setting *setting, struct mb_wave_reader **reader, struct mb_error *err)
{
    enum mb_wave_storage storage[MB_BLOCK_CHANNELS_MAX];
    const struct mb_tee_setting tee = {.path = setting->record,
                                       .storage = storage,
                                       .delays = ((const struct join *)*reader)->delays,
                                       .wake = mb_capture_queue(setting->captures[0])};
    const struct mb_iio_format *format;
    size_t columns = 0;

    for (size_t i = 0; i < setting->count; i++)
        if (mb_iio_queue_format(mb_capture_queue(setting->captures[i]), &format) == 0) {
            memcpy(storage + columns, format->storage, format->channel_count * sizeof *storage);
            columns += format->channel_count;
        }
    return mb_tee_reader_new(setting->crew, *reader, &tee, reader, err);
}

int mb_join_reader_new(const struct mb_join_setting *setting, struct mb_wave_reader **ret,
                       struct mb_error *err)
{
    struct join *j =
        setting->count <= MB_JOIN_MAX ? mb_wave_reader_new(&ops, sizeof *j, setting->label) : NULL;
    struct mb_wave_reader *reader;
    int r = 0;

    if (!j)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory, or more than %d devices", setting->label,
                            MB_JOIN_MAX);
    reader = &j->base;
    reader->named = true;
    for (size_t i = 0; i < setting->count && r == 0; i++)
        r = add_input(j, setting->captures[i], err);
    j->left = setting->duration_s > 0 ? (uint64_t)ceil(setting->duration_s * reader->rate_hz) : UINT64_MAX;
    if (r == 0 && setting->record)
        r = record(setting, &reader, err);
    if (r < 0) {
        (void)mb_wave_reader_free(reader);
        return r;
    }
    *ret = reader;
    return 0;
}

const double *mb_join_reader_delays(const struct mb_wave_reader *reader)
{
    const struct mb_wave_reader *inner = mb_tee_reader_inner(reader);

    return inner->ops == &ops ? ((const struct join *)inner)->delays : NULL;
}
