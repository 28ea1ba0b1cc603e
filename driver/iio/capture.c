/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/capture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iio/timeline.h"

#define OPEN_DEADLINE_S 8.0
#define INTERVAL_S 0.05 /* of a block, when nobody says */
#define LOOK_S 1.0      /* the rate is looked at so often */
#define JITTER_S 0.02   /* of a machine that has other things to do */

struct job {
    struct mb_capture_setting setting;
    char *texts[5]; /* of the setting */
    struct mb_iio_channel *channels;
    struct mb_clock clock;
    struct mb_iio_queue *queue;
    /* The thread's own: */
    struct mb_iio_scan scan;
    struct mb_timeline timeline;
    struct mb_recording_writer *writer;
    uint64_t look_ns;
    uint64_t left;  /* samples until the end */
    uint32_t flags; /* of the next block that is handed on */
    int64_t last_stamp;
    bool stamped; /* last_stamp is known */
};

struct mb_capture {
    struct mb_worker *worker;
    struct mb_iio_queue *queue;
    double factor; /* of the clock */
};

static void job_free(void *userdata)
{
    struct job *job = userdata;

    mb_iio_scan_close(&job->scan);
    (void)mb_recording_writer_free(job->writer);
    (void)mb_iio_queue_unref(job->queue);
    for (size_t i = 0; i < sizeof job->texts / sizeof *job->texts; i++)
        free(job->texts[i]);
    free(job->channels);
    free(job);
}

static void begin_timeline(struct job *job)
{
    const uint64_t next = job->timeline.next;
    const struct mb_timeline_setting setting = {
        .rate_hz = job->scan.format.rate_hz,
        .depth_ns = (uint64_t)(job->scan.depth_s * 1e9),
        .jitter_ns = (uint64_t)(JITTER_S * job->clock.factor * 1e9),
        .told = job->scan.timestamp != NULL,
    };

    mb_timeline_init(&job->timeline, &setting);
    job->timeline.next = next;
}

static int begin_recording(struct job *job, struct mb_error *err)
{
    const struct mb_iio_format *format = &job->scan.format;
    struct mb_recording_setting setting = {.rate_hz = format->rate_hz,
                                           .channel_count = format->channel_count,
                                           .channels = format->channels,
                                           .storage = format->storage};
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    setting.start_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return mb_recording_writer_new(job->setting.record, &setting, &job->writer, err);
}

/* Where the loop is late, the buffers of the device wait for it, up to half of what they hold. */
static struct mb_iio_slot *wait_for_place(struct job *job)
{
    const struct timespec ms = {.tv_nsec = 1000000};
    const uint64_t end_ns = mb_monotonic_ns() + (uint64_t)(job->scan.depth_s * 0.5e9 / job->clock.factor);
    struct mb_iio_slot *slot = mb_iio_queue_place(job->queue);

    while (!slot && !mb_iio_queue_stopping(job->queue) && mb_monotonic_ns() < end_ns) {
        (void)nanosleep(&ms, NULL);
        slot = mb_iio_queue_place(job->queue);
    }
    return slot;
}

/* Samples [from, from + n) of the block that the scan has, as one block of ours. */
static int hand_on(struct job *job, uint64_t first, size_t from, size_t n, struct mb_error *err)
{
    struct mb_iio_slot *slot = wait_for_place(job);
    int r = 0;

    if (!slot) {
        job->flags |= MB_WAVE_MISSING;
        return 0;
    }
    for (size_t c = 0; c < job->scan.format.channel_count; c++)
        mb_iio_scan_take(&job->scan, c, from, n, slot->memory[c]);
    slot->block.first = first;
    slot->block.t_ns = mb_timeline_at(&job->timeline, first);
    slot->block.rate_hz = job->scan.format.rate_hz;
    slot->block.count = n;
    slot->block.flags = job->flags;
    slot->aligned = mb_timeline_error(&job->timeline, &slot->error_s);
    slot->error_s *= 1e-9;
    if (job->writer)
        r = mb_recording_write(job->writer, &slot->block, err);
    job->flags = 0;
    mb_iio_queue_publish(job->queue);
    return r;
}

/* How many samples are missing before sample i of the block, by its time stamp. A stamp that is late once, so
 * that the next step is short, is jitter. */
static uint64_t missing_before(const struct job *job, size_t i, size_t count)
{
    const double period_ns = 1e9 / job->scan.format.rate_hz;
    const int64_t stamp = mb_iio_scan_stamp(&job->scan, i);
    const int64_t before = i > 0 ? mb_iio_scan_stamp(&job->scan, i - 1) : job->last_stamp;
    double step = (double)(stamp - before) / period_ns;

    if ((i == 0 && !job->stamped) || !(step > 1.5) || step > 1e15)
        return 0;
    if (i + 1 < count && (double)(mb_iio_scan_stamp(&job->scan, i + 1) - stamp) < 0.75 * period_ns)
        return 0;
    return (uint64_t)llround(step) - 1;
}

/* Cut where time stamps say that samples are missing. */
static int hand_on_stamped(struct job *job, uint64_t first, size_t count, struct mb_error *err)
{
    size_t from = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        uint64_t missing = missing_before(job, i, count);

        if (missing == 0)
            continue;
        if (i > from)
            r = hand_on(job, first + from, from, i - from, err);
        mb_timeline_skip(&job->timeline, missing);
        first += missing;
        job->flags |= MB_WAVE_MISSING;
        from = i;
    }
    job->last_stamp = mb_iio_scan_stamp(&job->scan, count - 1);
    job->stamped = true;
    return r < 0 ? r : hand_on(job, first + from, from, count - from, err);
}

/* The rate may be changed by somebody else: then everything before and after is of another time base. */
static void look_at_rate(struct job *job)
{
    const uint64_t now_ns = mb_monotonic_ns();
    double rate_hz;

    if (now_ns < job->look_ns)
        return;
    job->look_ns = now_ns + (uint64_t)(LOOK_S * 1e9);
    if (mb_iio_scan_rate(&job->scan, &rate_hz) < 0 || rate_hz == job->scan.format.rate_hz)
        return;
    job->scan.format.rate_hz = rate_hz;
    job->flags |= MB_WAVE_RATE;
    job->stamped = false;
    begin_timeline(job);
}

static int capture_block(struct job *job, struct mb_error *err)
{
    const uint64_t asked_ns = mb_clock_now_ns(&job->clock);
    uint64_t now_ns, missing, first;
    size_t count;
    bool waited;
    int r = mb_iio_scan_refill(&job->scan, &count, err);

    if (r < 0)
        return r;
    count = count < job->left ? count : (size_t)job->left;
    job->left -= count;
    now_ns = mb_clock_now_ns(&job->clock);
    waited = (double)(now_ns - asked_ns) > 0.25e9 * (double)count / job->scan.format.rate_hz;
    missing = mb_timeline_add(&job->timeline, count, now_ns, waited);
    if (missing > 0)
        job->flags |= MB_WAVE_MISSING;
    first = job->timeline.next - count;
    r = job->scan.timestamp ? hand_on_stamped(job, first, count, err) : hand_on(job, first, 0, count, err);
    look_at_rate(job);
    return r;
}

static void serve(void *userdata, int request)
{
    struct job *job = userdata;
    struct mb_error err = {""};
    int r = mb_iio_scan_open(&job->setting.scan, &job->scan, &err);

    (void)request;
    if (r == 0 && job->setting.record)
        r = begin_recording(job, &err);
    if (r == 0) {
        r = mb_iio_queue_open(job->queue, &job->scan.format);
        if (r < 0)
            (void)mb_error_set(&err, r, "not enough memory");
    }
    if (r == 0)
        begin_timeline(job);
    job->left = job->setting.duration_s > 0
                    ? (uint64_t)ceil(job->setting.duration_s * job->scan.format.rate_hz)
                    : UINT64_MAX;
    while (r == 0 && job->left > 0 && !mb_iio_queue_stopping(job->queue))
        r = capture_block(job, &err);
    mb_iio_scan_close(&job->scan);
    if (job->writer && mb_recording_sync(job->writer, r < 0 ? NULL : &err) < 0 && r == 0)
        r = -EIO;
    job->writer = mb_recording_writer_free(job->writer);
    mb_iio_queue_end(job->queue, r, err.text);
}

static const struct mb_worker_ops job_ops = {.serve = serve, .free = job_free};

/* text NULL: none. */
static int copy_text(struct job *job, size_t i, const char *text, const char **ret)
{
    job->texts[i] = text ? strdup(text) : NULL;
    *ret = job->texts[i];
    return text && !*ret ? -ENOMEM : 0;
}

static int job_new(const struct mb_capture_setting *setting, struct mb_iio_queue *queue, struct job **ret)
{
    struct job *job = calloc(1, sizeof *job);
    const struct mb_iio_scan_setting *scan = &setting->scan;
    size_t n = scan->channel_count;

    if (!job)
        return -ENOMEM;
    job->setting = *setting;
    job->queue = mb_iio_queue_ref(queue);
    job->clock = setting->clock ? *setting->clock : (struct mb_clock){.factor = 1};
    if (scan->interval_s == 0) /* a block is to take real time: there is a round trip for each */
        job->setting.scan.interval_s = INTERVAL_S * job->clock.factor;
    job->channels = calloc(n ? n : 1, sizeof *job->channels);
    if (!job->channels || copy_text(job, 0, scan->uri, &job->setting.scan.uri) < 0 ||
        copy_text(job, 1, scan->device, &job->setting.scan.device) < 0 ||
        copy_text(job, 2, scan->trigger, &job->setting.scan.trigger) < 0 ||
        copy_text(job, 3, setting->record, &job->setting.record) < 0 ||
        copy_text(job, 4, scan->prefix, &job->setting.scan.prefix) < 0) {
        job_free(job);
        return -ENOMEM;
    }
    if (n > 0)
        memcpy(job->channels, scan->channels, n * sizeof *job->channels);
    job->setting.scan.channels = job->channels;
    *ret = job;
    return 0;
}

int mb_capture_new(struct mb_crew *crew, const struct mb_capture_setting *setting, struct mb_capture **ret,
                   struct mb_error *err)
{
    struct mb_capture *c = calloc(1, sizeof *c);
    struct job *job = NULL;
    int r = c ? mb_iio_queue_new(&c->queue) : -ENOMEM;

    if (r == 0)
        r = job_new(setting, c->queue, &job);
    if (r == 0)
        c->factor = job->clock.factor;
    if (r == 0)
        r = mb_worker_new(crew, &job_ops, job, &c->worker);
    if (r == 0)
        r = mb_worker_ask(c->worker, 0);
    if (r < 0) {
        (void)mb_capture_free(c);
        return mb_error_set(err, r, "%s: %s", setting->scan.uri,
                            r == -EBUSY ? "the IIO library does not come back from earlier calls"
                                        : strerror(-r));
    }
    *ret = c;
    return 0;
}

struct mb_capture *mb_capture_free(struct mb_capture *c)
{
    if (!c)
        return NULL;
    if (c->queue)
        mb_iio_queue_stop(c->queue);
    (void)mb_worker_abandon(c->worker);
    (void)mb_iio_queue_unref(c->queue);
    free(c);
    return NULL;
}

struct mb_iio_queue *mb_capture_queue(struct mb_capture *c)
{
    return c->queue;
}

double mb_capture_deadline_s(const struct mb_capture *c)
{
    const struct mb_iio_format *format;

    if (mb_iio_queue_format(c->queue, &format) < 0)
        return OPEN_DEADLINE_S;
    return fmax(3 * (double)format->capacity / format->rate_hz / c->factor, 1.5) + 1;
}
