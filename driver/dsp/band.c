/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/band.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

#define ORDER 4
#define CHUNK 256
#define REFERENCE_HZ 1000.0
/* The bilinear transform widens the lower skirt of a band near half the rate: too wide below this ratio. */
#define RATE_RATIO 2.12
/* A band settles with its width B: the slowest pole falls to a thousandth in 6/B. As much again is averaged
 * before there is a level. */
#define SETTLE_PERIODS 6.0

/* Steps of 10^(1/10) a band. */
static int steps(enum mb_band_width width)
{
    return width == MB_BAND_OCTAVE ? 3 : 1;
}

double mb_band_mid_hz(enum mb_band_width width, int k)
{
    return REFERENCE_HZ * pow(10, steps(width) * k / 10.0);
}

double mb_band_low_hz(enum mb_band_width width, int k)
{
    return REFERENCE_HZ * pow(10, steps(width) * (k - 0.5) / 10.0);
}

double mb_band_high_hz(enum mb_band_width width, int k)
{
    return mb_band_low_hz(width, k + 1);
}

double mb_band_nominal_hz(enum mb_band_width width, int k)
{
    static const double decade[] = {1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8};
    int step = steps(width) * k, place = (step % 10 + 10) % 10, power = 3 + (step - place) / 10;

    /* Rounded, so that the name is the decimal number itself. */
    return round(decade[place] * pow(10, power) * 1e6) / 1e6;
}

int mb_band_index(enum mb_band_width width, double frequency_hz)
{
    return (int)lround(10 * log10(frequency_hz / REFERENCE_HZ) / steps(width));
}

int mb_band_filter(enum mb_band_width width, int k, double rate_hz, struct mb_filter *filter)
{
    if (!(rate_hz >= RATE_RATIO * mb_band_high_hz(width, k)))
        return -ERANGE;
    return mb_filter_add_bandpass(filter, ORDER, mb_band_low_hz(width, k), mb_band_high_hz(width, k),
                                  rate_hz);
}

static bool bank_add(struct mb_band_bank *bank, int k)
{
    struct mb_band *band = &bank->bands[bank->count];
    double width_hz = mb_band_high_hz(bank->width, k) - mb_band_low_hz(bank->width, k);

    *band = (struct mb_band){.index = k,
                             .settle_samples = (size_t)ceil(SETTLE_PERIODS / width_hz * bank->rate_hz)};
    if (mb_band_filter(bank->width, k, bank->rate_hz, &band->filter) < 0)
        return false;
    bank->count++;
    return true;
}

int mb_band_bank_init(struct mb_band_bank *bank, enum mb_band_width width, double low_hz, double high_hz,
                      double rate_hz)
{
    int first, last;

    if (!(low_hz > 0 && low_hz <= high_hz && isfinite(high_hz) && isfinite(rate_hz)))
        return -ERANGE;
    first = mb_band_index(width, low_hz);
    last = mb_band_index(width, high_hz);
    if (last - first >= MB_BANDS_MAX || !(rate_hz >= RATE_RATIO * mb_band_high_hz(width, first)))
        return -ERANGE;
    *bank = (struct mb_band_bank){.width = width, .rate_hz = rate_hz};
    for (int k = first; k <= last; k++)
        if (!bank_add(bank, k))
            break;
    return 0;
}

static void band_push(struct mb_band *band, const double *samples, size_t n, size_t taken)
{
    double filtered[CHUNK];
    size_t skip = band->settle_samples > taken ? band->settle_samples - taken : 0;

    mb_filter_run(&band->filter, samples, filtered, n);
    for (size_t i = skip; i < n; i++)
        band->square_sum += filtered[i] * filtered[i];
    if (skip < n)
        band->counted += n - skip;
}

void mb_band_bank_push(struct mb_band_bank *bank, const double *samples, size_t n, uint32_t flags)
{
    double clean[CHUNK];

    while (n > 0) {
        size_t m = n < CHUNK ? n : CHUNK, before = bank->stretch.taken;

        mb_stretch_take(&bank->stretch, samples, clean, m, flags);
        for (size_t i = 0; i < bank->count; i++)
            band_push(&bank->bands[i], clean, m, before);
        flags = 0;
        samples += m;
        n -= m;
    }
}

void mb_band_bank_level(const struct mb_band_bank *bank, size_t i, struct mb_band_level *ret)
{
    const struct mb_band *band = &bank->bands[i];

    *ret = (struct mb_band_level){.nominal_hz = mb_band_nominal_hz(bank->width, band->index),
                                  .mid_hz = mb_band_mid_hz(bank->width, band->index),
                                  .mean_square = NAN,
                                  .duration_s = (double)band->counted / bank->rate_hz,
                                  .wanted_s = 2 * (double)band->settle_samples / bank->rate_hz,
                                  .flags = bank->stretch.flags};
    if (band->counted < band->settle_samples)
        ret->flags |= MB_WAVE_TOO_SHORT;
    else if (!mb_stretch_spoiled(&bank->stretch))
        ret->mean_square = band->square_sum / (double)band->counted;
}
