/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The names of the columns, for messages. */
static void list_columns(const struct mb_wave_reader *reader, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < reader->column_count && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", i ? ", " : "", reader->columns[i].name);
}

/* by_name: else the next column, for names in a file may stand twice. */
static int choose(struct mb_wave_source *source, const struct mb_wave_channel *channel, bool by_name,
                  struct mb_error *err)
{
    const struct mb_wave_reader *reader = source->reader;
    size_t i = source->channel_count;
    char names[200];

    if (by_name)
        for (i = 0; i < reader->column_count && strcmp(reader->columns[i].name, channel->name) != 0; i++)
            ;
    if (i >= reader->column_count) {
        list_columns(reader, names, sizeof names);
        return mb_error_set(err, -EINVAL, "%s: there is no channel %s, the file has: %s", reader->label,
                            channel->name, names);
    }
    source->column[source->channel_count] = i;
    source->channels[source->channel_count] = *channel;
    if (reader->columns[i].limit < channel->limit)
        source->channels[source->channel_count].limit = reader->columns[i].limit;
    source->channel_count++;
    return 0;
}

int mb_wave_source_new(struct mb_wave_reader *reader, const struct mb_wave_channel channels[], size_t count,
                       struct mb_wave_source **ret, struct mb_error *err)
{
    struct mb_wave_source *source = calloc(1, sizeof *source);
    bool by_name;
    int r = 0;

    if (!source)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", reader->label);
    source->reader = reader;
    by_name = reader->named && count > 0;
    if (count == 0) {
        channels = reader->columns;
        count = reader->column_count;
    }
    for (size_t i = 0; i < count && r == 0; i++)
        r = choose(source, &channels[i], by_name, err);
    if (r < 0) {
        free(source);
        return r;
    }
    *ret = source;
    return 0;
}

struct mb_wave_source *mb_wave_source_free(struct mb_wave_source *source)
{
    if (source)
        (void)mb_wave_reader_free(source->reader);
    free(source);
    return NULL;
}

/* In place, for a column belongs to one channel only. */
static void scale(struct mb_wave_source *source)
{
    memset(source->marks, 0, source->piece.count);
    for (size_t c = 0; c < source->channel_count; c++) {
        const struct mb_wave_channel *channel = &source->channels[c];
        double *x = source->reader->numbers[source->column[c]];

        for (size_t i = 0; i < source->piece.count; i++) {
            bool clipped = fabs(x[i]) >= channel->limit;

            x[i] = x[i] * channel->gain + channel->offset;
            if (!isfinite(x[i]))
                source->marks[i] |= MB_WAVE_NOT_FINITE;
            else if (clipped)
                source->marks[i] |= MB_WAVE_CLIPPED;
        }
    }
}

int mb_wave_source_next(struct mb_wave_source *source, struct mb_block *ret, struct mb_error *err)
{
    size_t start, end;
    int r;

    if (source->done == source->piece.count) {
        r = source->reader->ops->next(source->reader, &source->piece, err);
        if (r <= 0) {
            source->piece.count = source->done = 0;
            return r;
        }
        source->done = 0;
        scale(source);
    }
    start = end = source->done;
    while (end < source->piece.count && source->marks[end] == source->marks[start])
        end++;
    for (size_t c = 0; c < source->channel_count; c++)
        source->view[c] = source->reader->numbers[source->column[c]] + start;
    *ret = (struct mb_block){
        .first = source->piece.first + start,
        .t_ns = mb_wave_time_ns(source->piece.t_ns, start, source->piece.rate_hz),
        .rate_hz = source->piece.rate_hz,
        .count = end - start,
        .channel_count = source->channel_count,
        .channels = source->view,
        .flags =
            source->marks[start] | (start == 0 ? source->piece.flags : source->piece.flags & MB_WAVE_INVALID),
    };
    source->done = end;
    return 1;
}
