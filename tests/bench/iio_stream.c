/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eight channels of 16 bits at a million samples a second from a network context on loopback, through the
 * instrument to blocks on the event loop: what our side costs of one core, gaps, and whether memory grows.
 * The server is a process of its own; the run is bounded. IIO_STREAM_S: its seconds. */
#include "support/test.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/instrument.h"
#include "support/fake_instrument.h"
#include "support/iiod_server.h"
#include "waveform/stream.h"

#define CHANNELS 8
#define RATE_HZ 1e6
#define CORE_MAX 0.6
#define GROWTH_MAX_KIB 1024
#define WARM_UP_S 3.0 /* every block of the queue was used once */

struct run {
    double seconds;
    bool ready, over, measuring;
    uint64_t samples, next, gaps, false_gaps;
    double cpu_s, begun_cpu_s, begun_s, real_s;
    long begun_kib, kib;
    int error;
    char text[256];
};

static double cpu_s(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;

    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void on_state(struct mb_instrument *i, void *userdata)
{
    ((struct run *)userdata)->ready = i->state == MB_INSTRUMENT_READY;
}

/* Channel 0 counts: the first sample of a block follows the last of the one before, or there is a gap. */
static void on_block(const struct mb_block *b, void *userdata)
{
    struct run *run = userdata;
    const double now_s = (double)mb_monotonic_ns() * 1e-9;
    const uint64_t first = (uint64_t)llround(b->channels[0][0]) & 0xffff;

    run->gaps += run->samples > 0 && first != run->next;
    run->false_gaps += run->samples > 0 && first == run->next && b->flags & MB_WAVE_MISSING;
    run->next = (uint64_t)(llround(b->channels[0][b->count - 1]) + 1) & 0xffff;
    run->samples += b->count;
    if (!run->measuring && (double)run->samples >= WARM_UP_S * RATE_HZ) {
        run->measuring = true;
        run->begun_cpu_s = cpu_s();
        run->begun_s = now_s;
        run->begun_kib = resident_kib();
        run->samples = b->count;
    }
    if (run->measuring && now_s - run->begun_s >= run->seconds && !run->over) {
        run->over = true;
        run->cpu_s = cpu_s() - run->begun_cpu_s;
        run->real_s = now_s - run->begun_s;
        run->kib = resident_kib();
    }
}

static void on_ended(int error, const char *text, void *userdata)
{
    struct run *run = userdata;

    if (run->over)
        return;
    run->error = error;
    run->over = true;
    (void)snprintf(run->text, sizeof run->text, "%s", text);
}

/* The server's process: its address into the pipe, then it waits to be ended. */
static void serve(int fd, pid_t parent)
{
    const struct iiod_server_setting setting = {
        .channels = CHANNELS, .bits = 16, .rate_hz = RATE_HZ, .scale = "1000"};
    struct iiod_server *server;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    server = iiod_server_new(&setting);
    if (write(fd, iiod_server_address(server), strlen(iiod_server_address(server)) + 1) < 0)
        _exit(1);
    for (;;)
        (void)pause();
}

static int tell(const struct run *run)
{
    const double core = run->real_s > 0 ? run->cpu_s / run->real_s : INFINITY;
    const long growth_kib = run->kib - run->begun_kib;

    if (run->error < 0) {
        printf("the stream ended: %s\n", run->text);
        return 1;
    }
    printf("%d channels x 1 MS/s, network context, %.0f s: %.3f MS/s each, %llu gaps and %llu "
           "that were none, %.0f %% of one core "
           "(at most %.0f %%), memory %+ld KiB of %ld (at most %+d)\n",
           CHANNELS, run->real_s, (double)run->samples / run->real_s * 1e-6, (unsigned long long)run->gaps,
           (unsigned long long)run->false_gaps, core * 100, CORE_MAX * 100, growth_kib, run->kib,
           GROWTH_MAX_KIB);
    return run->gaps + run->false_gaps > 0 || core > CORE_MAX || growth_kib > GROWTH_MAX_KIB;
}

static int measure(const char *address, double seconds)
{
    struct mb_iio_channel channels[CHANNELS];
    struct mb_clock clock;
    const struct mb_instrument_setting setting = {.id = "daq",
                                                  .profile = "iio",
                                                  .address = address,
                                                  .clock = &clock,
                                                  .iio_channels = channels,
                                                  .iio_channel_count = CHANNELS};
    struct run run = {.seconds = seconds};
    const struct mb_stream_callbacks callbacks = {.block = on_block, .ended = on_ended, .userdata = &run};
    struct mb_instrument *instrument = NULL;
    sd_event *event = NULL;
    struct mb_error err = {""};

    for (unsigned i = 0; i < CHANNELS; i++) {
        channels[i] =
            (struct mb_iio_channel){.device = "fast", .quantity = MB_VOLTAGE, .factor = 1, .stream = true};
        (void)snprintf(channels[i].name, sizeof channels[i].name, "u%u", i);
        (void)snprintf(channels[i].channel, sizeof channels[i].channel, "voltage%u", i);
    }
    mb_clock_init(&clock, 1);
    if (sd_event_new(&event) < 0 ||
        mb_instrument_new(event, "driver/profiles", &setting, &instrument, &err) < 0)
        return 1;
    instrument->state_changed = on_state;
    instrument->userdata = &run;
    if (instrument->ops->open(instrument) < 0 || !fake_run_until(event, &run.ready, 5000) ||
        instrument->ops->stream(instrument, &(struct mb_stream_setting){.rate_hz = RATE_HZ}, &callbacks,
                                &err) < 0) {
        printf("not started: %s\n", err.text);
        return 1;
    }
    (void)fake_run_until(event, &run.over, (unsigned)((seconds + WARM_UP_S + 10) * 1000));
    (void)mb_instrument_free(instrument);
    (void)sd_event_unref(event);
    return tell(&run);
}

int main(void)
{
    const char *text = getenv("IIO_STREAM_S");
    const double seconds = text ? atof(text) : 20;
    const pid_t self = getpid();
    char address[64] = "";
    int fds[2], status;
    pid_t child;

    if (pipe(fds) < 0)
        return 1;
    child = fork();
    if (child == 0)
        serve(fds[1], self);
    (void)close(fds[1]);
    if (child < 0 || read(fds[0], address, sizeof address - 1) <= 0)
        return 1;
    status = measure(address, seconds);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    return status;
}
