/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RIFF/WAVE: linear PCM of 16, 24 and 32 bits and IEEE float of 32 and 64 bits, also in its extensible form.
 * Numbers are parts of full scale, so +-1 is the end of the converter; a calibration gives them a unit. */
#include <errno.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "waveform/reader.h"

#define FORMAT_PCM 1u
#define FORMAT_FLOAT 3u
#define FORMAT_EXTENSIBLE 0xfffeu
#define FRAME_MAX (MB_BLOCK_CHANNELS_MAX * 8)

struct wav {
    struct mb_wave_reader base;
    FILE *file;
    double (*number)(const uint8_t *bytes);
    size_t sample_bytes, frame_bytes;
    uint64_t frames, done;
    uint8_t frame[FRAME_MAX * 64];
};

static uint32_t u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static uint16_t u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return le16toh(v);
}

static double number_16(const uint8_t *p)
{
    return (int16_t)u16(p) / 0x1p15;
}

static double number_24(const uint8_t *p)
{
    uint32_t high = (uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24;

    return (int32_t)high / 0x1p31;
}

static double number_32(const uint8_t *p)
{
    return (int32_t)u32(p) / 0x1p31;
}

static double number_float(const uint8_t *p)
{
    uint32_t bits = u32(p);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static double number_double(const uint8_t *p)
{
    uint64_t bits = u32(p) | (uint64_t)u32(p + 4) << 32;
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static const struct encoding {
    unsigned format, bits;
    double (*number)(const uint8_t *bytes);
    double limit; /* the largest code: it and the smallest are the ends of the converter */
} encodings[] = {
    {FORMAT_PCM, 16, number_16, 1 - 0x1p-15},    {FORMAT_PCM, 24, number_24, 1 - 0x1p-23},
    {FORMAT_PCM, 32, number_32, 1 - 0x1p-31},    {FORMAT_FLOAT, 32, number_float, INFINITY},
    {FORMAT_FLOAT, 64, number_double, INFINITY},
};

static void wav_free(struct mb_wave_reader *reader)
{
    struct wav *w = (struct wav *)reader;

    if (w->file)
        (void)fclose(w->file);
    free(w);
}

static int cut_short(const struct wav *w, struct mb_error *err)
{
    return mb_error_set(err, ferror(w->file) ? -EIO : -EINVAL,
                        "%s: the WAV file ends after %llu of the %llu samples that its header announces",
                        w->base.label, (unsigned long long)w->done, (unsigned long long)w->frames);
}

static int wav_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct wav *w = (struct wav *)reader;
    size_t n = 0, batch = sizeof w->frame / w->frame_bytes;

    *ret = (struct mb_wave_piece){
        .first = w->done, .t_ns = mb_wave_time_ns(0, w->done, reader->rate_hz), .rate_hz = reader->rate_hz};
    while (n < MB_READER_PIECE && w->done < w->frames) {
        size_t want = MB_READER_PIECE - n < batch ? MB_READER_PIECE - n : batch, got;

        if (want > w->frames - w->done)
            want = (size_t)(w->frames - w->done);
        got = fread(w->frame, w->frame_bytes, want, w->file);
        for (size_t i = 0; i < got; i++)
            for (size_t c = 0; c < reader->column_count; c++)
                reader->numbers[c][n + i] = w->number(w->frame + i * w->frame_bytes + c * w->sample_bytes);
        n += got;
        w->done += got;
        if (got < want)
            return cut_short(w, err);
    }
    ret->count = n;
    return n > 0;
}

static const struct mb_wave_reader_ops ops = {.format = "WAV", .free = wav_free, .next = wav_next};

static int take_format(struct wav *w, const uint8_t *fmt, size_t n, double rate_hz, struct mb_error *err)
{
    unsigned format = u16(fmt), channels = u16(fmt + 2), bits = u16(fmt + 14);
    size_t i = 0;
    int r;

    if (format == FORMAT_EXTENSIBLE && n >= 26)
        format = u16(fmt + 24);
    while (i < sizeof encodings / sizeof *encodings &&
           (encodings[i].format != format || encodings[i].bits != bits))
        i++;
    if (i == sizeof encodings / sizeof *encodings)
        return mb_error_set(
            err, -EINVAL, "%s: WAV format %u with %u bits, allowed: PCM of 16, 24, 32 bits, float of 32, 64",
            w->base.label, format, bits);
    w->base.rate_hz = rate_hz != 0 ? rate_hz : u32(fmt + 4);
    r = mb_wave_reader_rate(w->base.label, w->base.rate_hz, err);
    if (r == 0)
        r = mb_wave_reader_allocate(&w->base, channels, err);
    if (r < 0)
        return r;
    w->number = encodings[i].number;
    w->sample_bytes = bits / 8;
    w->frame_bytes = w->sample_bytes * channels;
    for (size_t c = 0; c < channels; c++)
        w->base.columns[c].limit = encodings[i].limit;
    if (u16(fmt + 12) != w->frame_bytes)
        return mb_error_set(err, -EINVAL, "%s: %u bytes a sample of %u channels with %u bits", w->base.label,
                            u16(fmt + 12), channels, bits);
    return 0;
}

/* Chunks up to the one with the samples; "fmt " has to come before it. */
static int find_samples(struct wav *w, double rate_hz, struct mb_error *err)
{
    uint8_t head[8], fmt[26];
    uint32_t size;
    int r;

    while (fread(head, 1, sizeof head, w->file) == sizeof head) {
        size = u32(head + 4);
        if (memcmp(head, "data", 4) == 0) {
            if (!w->number)
                return mb_error_set(err, -EINVAL, "%s: the WAV file has samples before their format",
                                    w->base.label);
            if (size % w->frame_bytes != 0)
                return mb_error_set(err, -EINVAL,
                                    "%s: %u bytes of samples are not whole samples of %zu bytes",
                                    w->base.label, size, w->frame_bytes);
            w->frames = size / w->frame_bytes;
            return 0;
        }
        if (memcmp(head, "fmt ", 4) == 0 && !w->number) {
            size_t n = size < sizeof fmt ? size : sizeof fmt;

            if (n < 16 || fread(fmt, 1, n, w->file) != n)
                break;
            r = take_format(w, fmt, n, rate_hz, err);
            if (r < 0)
                return r;
            size -= (uint32_t)n;
        }
        if (fseek(w->file, (long)size + (size & 1), SEEK_CUR) < 0)
            break;
    }
    return mb_error_set(err, -EINVAL, "%s: the WAV file ends before its samples", w->base.label);
}

int mb_wav_reader_open(FILE *file, const char *label, double rate_hz, struct mb_wave_reader **ret,
                       struct mb_error *err)
{
    struct wav *w = mb_wave_reader_new(&ops, sizeof *w, label);
    uint8_t head[12];
    int r = 0;

    if (!w) {
        (void)fclose(file);
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", label);
    }
    w->file = file;
    if (fread(head, 1, sizeof head, file) != sizeof head || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0)
        r = mb_error_set(err, -EINVAL, "%s: not a RIFF file of the kind WAVE", w->base.label);
    if (r == 0)
        r = find_samples(w, rate_hz, err);
    if (r == 0 && w->frames == 0)
        r = mb_error_set(err, -EINVAL, "%s: the WAV file holds no samples", w->base.label);
    if (r < 0) {
        (void)mb_wave_reader_free(&w->base);
        return r;
    }
    *ret = &w->base;
    return 0;
}
