/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "waveform/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "waveform/recording.h"

void *mb_wave_reader_new(const struct mb_wave_reader_ops *ops, size_t size, const char *label)
{
    struct mb_wave_reader *reader = calloc(1, size);

    if (!reader)
        return NULL;
    reader->ops = ops;
    (void)snprintf(reader->label, sizeof reader->label, "%s", label);
    mb_text_clean(reader->label);
    for (size_t i = 0; i < MB_BLOCK_CHANNELS_MAX; i++) {
        reader->columns[i] =
            (struct mb_wave_channel){.quantity = MB_WAVE_NUMBER, .gain = 1, .limit = INFINITY};
        (void)snprintf(reader->columns[i].name, sizeof reader->columns[i].name, "%zu", i + 1);
    }
    return reader;
}

int mb_wave_reader_allocate(struct mb_wave_reader *reader, size_t column_count, struct mb_error *err)
{
    if (column_count == 0 || column_count > MB_BLOCK_CHANNELS_MAX)
        return mb_error_set(err, -EINVAL, "%s: %zu columns of samples, allowed: 1 to %d", reader->label,
                            column_count, MB_BLOCK_CHANNELS_MAX);
    reader->memory = calloc(column_count * MB_READER_PIECE, sizeof *reader->memory);
    if (!reader->memory)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", reader->label);
    reader->column_count = column_count;
    for (size_t i = 0; i < column_count; i++)
        reader->numbers[i] = reader->memory + i * MB_READER_PIECE;
    return 0;
}

int mb_wave_reader_rate(const char *label, double rate_hz, struct mb_error *err)
{
    if (rate_hz >= 1e-3 && rate_hz <= 1e9)
        return 0;
    return mb_error_set(err, -EINVAL, "%s: a rate of %g samples a second, allowed: 0.001 to 1e9", label,
                        rate_hz);
}

int64_t mb_wave_time_ns(int64_t start_ns, uint64_t samples, double rate_hz)
{
    double span_ns = (double)samples * 1e9 / rate_hz;

    if (fabs((double)start_ns) + span_ns >= 0x1p62)
        return start_ns < 0 ? -((int64_t)1 << 62) : (int64_t)1 << 62;
    return start_ns + llround(span_ns);
}

struct mb_wave_reader *mb_wave_reader_free(struct mb_wave_reader *reader)
{
    if (reader) {
        double *memory = reader->memory;

        reader->ops->free(reader);
        free(memory);
    }
    return NULL;
}

int mb_wave_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                        struct mb_error *err)
{
    char head[8] = "";

    if (fread(head, 1, sizeof head, file) < 4 || fseek(file, 0, SEEK_SET) < 0) {
        if (!ferror(file) && fseek(file, 0, SEEK_SET) == 0)
            return mb_csv_reader_open(file, label, rate_hz, ret, err); /* a few bytes: says what is missing */
        (void)fclose(file);
        return mb_error_set(err, -EIO, "%s: cannot be read", label);
    }
    if (memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0)
        return mb_wav_reader_open(file, label, rate_hz, ret, err);
    if (memcmp(head, MB_RECORDING_MAGIC, 8) == 0)
        return mb_recording_reader_open(file, label, rate_hz, ret, err);
    return mb_csv_reader_open(file, label, rate_hz, ret, err);
}
