/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power analyser against the memory, numpy and FFTW of the same machine, in one run and one thread. The
 * best of the runs counts: other work on the machine only adds. Exits with 1 where a ratio is below its
 * bound. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/analyser.h"
#include "dsp/fft.h"
#include "dsp/sums.h"
#include "support/run_program.h"

#define LARGE ((size_t)1 << 24) /* samples: 128 MiB, beyond every cache */
#define RUNS 9
#define ANALYSER_RUNS 25       /* short ones: beside other work few of nine are undisturbed */
#define WINDOW ((size_t)40000) /* samples: 0.2 s */
#define RATE_HZ 200e3
#define CHANNELS 6
#define PIECE ((size_t)10000)
#define DURATION_S 2
#define BANDWIDTH_BOUND 0.8
#define EINSUM_BOUND 2.0
#define MEAN_BOUND 6.0
#define FFTW_BOUND 0.5

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *allocate(size_t size)
{
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);

    if (!memory) {
        (void)fprintf(stderr, "no memory for %zu bytes\n", size);
        exit(1);
    }
    return memory;
}

/* 1 when the ratio is below its bound. */
static int judge(const char *what, double ratio, double bound)
{
    (void)printf("%-60s %6.2f (at least %.1f)%s\n", what, ratio, bound, ratio < bound ? "  BROKEN" : "");
    return ratio < bound;
}

/* ---- Sums against the memory and numpy. ---- */

typedef uint64_t words __attribute__((vector_size(32), aligned(32), may_alias));

#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default"))) /* as the sums have it */
#else
#define WIDE
#endif

/* Reads and does next to nothing with it. */
WIDE static uint64_t read_all(const double x[], size_t n)
{
    words a = {0}, b = {0}, c = {0}, d = {0};

    for (size_t i = 0; i < n; i += 16) {
        const words *w = (const words *)(x + i);

        a ^= w[0];
        b ^= w[1];
        c ^= w[2];
        d ^= w[3];
    }
    a ^= b ^ c ^ d;
    return a[0] ^ a[1] ^ a[2] ^ a[3];
}

/* Times of numpy for the same sums of n samples. */
static int ask_numpy(size_t n, double *ret_einsum_s, double *ret_mean_s)
{
    static const char script[] = "import numpy as n, sys, time\n"
                                 "size = int(sys.argv[1])\n"
                                 "u = n.sin(n.arange(size) * 1e-3); i = n.cos(n.arange(size) * 1e-3)\n"
                                 "def best(f):\n"
                                 "    t = []\n"
                                 "    for _ in range(9 if size > 1e6 else 500):\n"
                                 "        b = time.thread_time(); f(); t.append(time.thread_time() - b)\n"
                                 "    return min(t)\n"
                                 "e = lambda a, b: n.einsum('i,i->', a, b)\n"
                                 "m = lambda a, b: n.mean(a * b)\n"
                                 "for f in e, m: print(best(lambda: (f(u, u), f(i, i), f(u, i))))\n";
    char size[24];
    const char *const argv[] = {"/usr/bin/python3", "-c", script, size, NULL};
    struct run_result result = {0};
    char *end;
    int r = -1;

    (void)snprintf(size, sizeof size, "%zu", n);
    if (run_program(argv, NULL, &result) == 0 && result.status == 0) {
        *ret_einsum_s = strtod(result.out, &end);
        *ret_mean_s = strtod(end, NULL);
        r = *ret_einsum_s > 0 && *ret_mean_s > 0 ? 0 : -1;
    }
    run_result_clear(&result);
    return r;
}

/* The best times of n samples of two channels: read, and summed. */
static void time_sums(size_t n, int runs, double *ret_read_s, double *ret_sums_s)
{
    double *u = allocate(n * sizeof *u), *i = allocate(n * sizeof *i);
    volatile uint64_t sink = 0;

    *ret_read_s = *ret_sums_s = INFINITY;
    for (size_t k = 0; k < n; k++) {
        u[k] = sin((double)k * 1e-3);
        i[k] = cos((double)k * 1e-3);
    }
    for (int run = 0; run < runs; run++) {
        struct mb_pair_sums sums;
        double begun = now_s();

        sink ^= read_all(u, n) ^ read_all(i, n);
        *ret_read_s = fmin(*ret_read_s, now_s() - begun);
        begun = now_s();
        mb_pair_sums(u, i, n, &sums);
        *ret_sums_s = fmin(*ret_sums_s, now_s() - begun);
        sink ^= (uint64_t)sums.xy;
    }
    free(u);
    free(i);
}

/* Against the memory with more than any cache holds; against numpy with one window, and the rest for
 * information. */
static int bench_sums(void)
{
    double read_s, sums_s, window_read_s, window_s, einsum_s, mean_s;
    int broken;

    time_sums(LARGE, RUNS, &read_s, &sums_s);
    (void)printf("memory read at %.1f GB/s; rms, rms and power at %.1f GB/s\n", 16e-9 * LARGE / read_s,
                 16e-9 * LARGE / sums_s);
    broken = judge("rms + rms + power to reading the memory", read_s / sums_s, BANDWIDTH_BOUND);
    time_sums(WINDOW, 100 * RUNS, &window_read_s, &window_s);
    if (ask_numpy(WINDOW, &einsum_s, &mean_s) < 0) {
        (void)printf("# skipped numpy: /usr/bin/python3 has none\n");
        return broken;
    }
    broken |= judge("rms + rms + power to numpy.einsum, one window", einsum_s / window_s, EINSUM_BOUND);
    broken |= judge("rms + rms + power to numpy's mean of products", mean_s / window_s, MEAN_BOUND);
    if (ask_numpy(LARGE, &einsum_s, &mean_s) == 0)
        (void)printf("with %zu samples instead of %zu: %.1f and %.1f\n", LARGE, WINDOW, einsum_s / sums_s,
                     mean_s / sums_s);
    return broken;
}

/* ---- Six channels with everything against FFTW alone. ---- */

struct signals {
    size_t n;
    double *channels[CHANNELS]; /* u1 i1 u2 i2 u3 i3 */
};

static void make_signals(struct signals *s)
{
    s->n = (size_t)(DURATION_S * RATE_HZ);
    for (size_t c = 0; c < CHANNELS; c++) {
        s->channels[c] = allocate(s->n * sizeof *s->channels[c]);
        for (size_t k = 0; k < s->n; k++) {
            double angle = 2 * M_PI * 50 * (double)k / RATE_HZ - (double)(c - c % 2) * M_PI / 3;

            s->channels[c][k] =
                325 * sin(angle - (c % 2 ? 0.5 : 0)) + 15 * sin(5 * angle) + 9 * sin(7 * angle + 1);
        }
    }
}

struct counted {
    size_t windows;
    double sink; /* something of each result, so that nothing is left out */
};

static int count_window(const struct mb_analysis *a, void *userdata, struct mb_error *err)
{
    struct counted *counted = userdata;

    (void)err;
    counted->windows++;
    counted->sink += a->power.total.p_w + a->hvf + a->voltage.unbalance + a->channels[1].thd_subgroups;
    return 0;
}

/* One pass over the signals, the first sample of which has a number. */
static void run_analyser(const struct signals *s, uint64_t number, struct mb_analyser *analyser,
                         struct counted *counted)
{
    for (size_t done = 0; done + PIECE <= s->n; done += PIECE) {
        const double *piece[CHANNELS];
        struct mb_block block = {.first = number + done,
                                 .rate_hz = RATE_HZ,
                                 .count = PIECE,
                                 .channel_count = CHANNELS,
                                 .channels = piece};

        for (size_t c = 0; c < CHANNELS; c++)
            piece[c] = s->channels[c] + done;
        if (mb_analyser_push(analyser, &block, count_window, counted, NULL) < 0)
            exit(1);
    }
}

static struct mb_analyser *new_analyser(void)
{
    struct mb_wave_channel channels[CHANNELS];
    const struct mb_analyser_setting setting = {.channels = channels,
                                                .channel_count = CHANNELS,
                                                .rate_hz = RATE_HZ,
                                                .window = MB_WINDOW_MAINS,
                                                .sync = -1,
                                                .wiring = MB_WIRING_3P4W,
                                                .orders = MB_HARMONIC_ORDERS,
                                                .rated_v = 230};
    struct mb_analyser *analyser;

    for (size_t c = 0; c < CHANNELS; c++)
        channels[c] = (struct mb_wave_channel){
            .quantity = c % 2 ? MB_WAVE_CURRENT : MB_WAVE_VOLTAGE, .gain = 1, .limit = INFINITY};
    if (mb_analyser_new(&setting, &analyser, NULL) < 0)
        exit(1);
    return analyser;
}

/* Real transforms of as many samples as a window has, of all channels. */
static void run_fftw(const struct signals *s, fftw_plan plan, double *in, double complex *out, size_t n,
                     size_t windows, double *sink)
{
    for (size_t w = 0; w < windows; w++)
        for (size_t c = 0; c < CHANNELS; c++) {
            memcpy(in, s->channels[c] + w * n, n * sizeof *in);
            fftw_execute(plan);
            *sink += creal(out[10]);
        }
}

static int bench_analyser(void)
{
    const size_t n = WINDOW;
    double analyser_s = INFINITY, fftw_s = INFINITY, *in = fftw_malloc(n * sizeof *in);
    volatile double keep;
    double complex *out = fftw_malloc((n / 2 + 1) * sizeof *out);
    fftw_plan plan = mb_fft_plan_real(n, in, out);
    struct mb_analyser *analyser = new_analyser();
    struct counted counted = {0};
    struct signals signals;
    size_t windows = 0;

    if (!plan)
        exit(1);
    make_signals(&signals);
    for (int run = 0; run < ANALYSER_RUNS; run++) {
        double begun = now_s();

        counted.windows = 0;
        run_analyser(&signals, (uint64_t)run * signals.n, analyser, &counted);
        windows = counted.windows;
        analyser_s = fmin(analyser_s, now_s() - begun);
        begun = now_s();
        run_fftw(&signals, plan, in, out, n, windows, &counted.sink);
        fftw_s = fmin(fftw_s, now_s() - begun);
    }
    keep = counted.sink;
    (void)keep;
    (void)printf("%d channels at %g kHz: %.0f times real time; FFTW alone %.0f times\n", CHANNELS,
                 RATE_HZ / 1000, DURATION_S / analyser_s, (double)windows * 0.2 / fftw_s);
    for (size_t c = 0; c < CHANNELS; c++)
        free(signals.channels[c]);
    (void)mb_analyser_free(analyser);
    mb_fft_plan_free(plan);
    fftw_free(in);
    fftw_free(out);
    return judge("everything of a power analyser to FFTW alone", fftw_s / analyser_s, FFTW_BOUND);
}

int main(void)
{
    int broken = bench_sums();

    return broken | bench_analyser();
}
