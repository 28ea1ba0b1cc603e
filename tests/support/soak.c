/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/soak.h"

#include <dirent.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANG_NS 20000000000u /* without a good reading: it does not come back by itself */
#define FIRST 20             /* readings that fill what the libraries keep for good */
#define LEAK_BYTES 8192      /* what allocators and libraries may keep once, however long the soak */

static const char profile[] =
    "profile: {id: soak, maker: Motorbench, kind: power-analyser, models: [SOAK], maturity: unverified, "
    "source: tests}\n"
    "link: {write_terminator: lf, read_terminator: lf, timeout_s: 0.2}\n"
    "identify: {query: '*IDN?', match: '^MOTORBENCH,SOAK,', mark: unverified}\n"
    "setup: [{write: 'MODE FAST', query: 'MODE?', match: '^FAST$', mark: unverified}]\n"
    "update_interval_s: 0.01\n"
    "read: [{query: 'VAL?', layout: comma, mark: unverified, fields: [{name: v0, quantity: voltage}, "
    "{name: v1, quantity: voltage}, {name: v2, quantity: voltage}, {name: v3, quantity: voltage}, "
    "{name: v4, quantity: voltage}, {name: v5, quantity: voltage}, {name: v6, quantity: voltage}, "
    "{name: v7, quantity: voltage}, {name: v8, quantity: voltage}, {name: v9, quantity: voltage}]}]\n"
    "condition: {query: 'COND?', bits: [{bit: 3, validity: over-range, channels: [v0], mark: unverified}]}\n"
    "invalid: [{token: NAN, validity: no-data, mark: unverified}, {token: INF, validity: over-range, mark: "
    "unverified}, {token: -INF, validity: over-range, mark: unverified}, {above: 9.0e+36, validity: no-data, "
    "mark: "
    "unverified}]\n";

/* ---- the instrument ---- */

static double value_of(unsigned sequence, int k)
{
    return (double)sequence * (k + 1) + 0.125 * k;
}

void soak_device_line(struct soak_device *d, const char *line, struct sim_text *reply)
{
    d->queries += strchr(line, '?') != NULL;
    if (strcmp(line, "*IDN?") == 0)
        (void)sim_text_printf(reply, "%s\n", SOAK_IDENTITY);
    else if (strcmp(line, "MODE FAST") == 0)
        d->fast = true;
    else if (strcmp(line, "MODE?") == 0)
        (void)sim_text_printf(reply, "%s\n", d->fast ? "FAST" : "SLOW");
    else if (strcmp(line, "COND?") == 0)
        (void)sim_text_printf(reply, "0\n");
    if (strcmp(line, "VAL?") != 0)
        return;
    d->sequence++;
    for (int k = 0; k < SOAK_VALUES; k++)
        (void)sim_text_printf(reply, "%.3f%s", value_of(d->sequence, k) * (d->fast ? 1 : 1000),
                              k + 1 < SOAK_VALUES ? "," : "\n");
}

/* ---- its owner ---- */

static long count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    long n = 0;

    assert_non_null(folder);
    while (readdir(folder))
        n++;
    (void)closedir(folder);
    return n;
}

static long count_bytes(void)
{
#ifdef __SANITIZE_ADDRESS__
    return 0; /* its own allocator; it looks for leaks itself */
#else
    /* With memory that each thread keeps for later the count says little (tests/bench/soak). */
    return getenv("GLIBC_TUNABLES") ? (long)mallinfo2().uordblks : 0;
#endif
}

static double since_s(uint64_t ns)
{
    return (double)(mb_monotonic_ns() - ns) * 1e-9;
}

/* From the question that stayed without a good answer. */
static void note_bad(struct soak *s)
{
    if (s->bad_since_ns == 0)
        s->bad_since_ns = s->asked_ns;
}

static void note_good(struct soak *s)
{
    double *worst = s->was_lost ? &s->worst_loss_s : &s->worst_recovery_s;

    if (s->bad_since_ns != 0)
        *worst = fmax(*worst, since_s(s->bad_since_ns));
    s->bad_since_ns = 0;
    s->good_ns = mb_monotonic_ns();
    s->was_lost = false;
}

static void on_state(struct mb_instrument *i, void *userdata)
{
    struct soak *s = userdata;

    if (i->state != MB_INSTRUMENT_LOST)
        return;
    s->was_lost = true;
    s->lost++;
    note_bad(s);
}

static void on_read(struct mb_instrument *i, int error, const char *text, const struct mb_reading *readings,
                    size_t n, void *userdata)
{
    struct soak *s = userdata;
    unsigned sequence = s->sequence(s->userdata), valid = 0;
    bool wrong = false;

    (void)i;
    (void)text;
    s->reading = false;
    for (size_t k = 0; k < n; k++) {
        if (readings[k].validity != MB_VALID)
            continue;
        valid++;
        wrong = wrong || error < 0 || fabs(readings[k].value - value_of(sequence, (int)k)) > 1e-6;
    }
    s->wrong += wrong;
    s->failed += error < 0;
    s->good += valid == SOAK_VALUES;
    s->without_value += error == 0 && valid < SOAK_VALUES;
    if (valid == SOAK_VALUES)
        note_good(s);
    else
        note_bad(s);
}

static void make(struct soak *s)
{
    static const struct mb_clock clock = {.factor = 1};
    const struct mb_instrument_setting setting = {
        .id = "soak", .profile = "soak", .address = s->address, .clock = &clock, .wiring = -1};
    struct mb_error err = {""};
    char path[96];
    FILE *file;

    (void)snprintf(s->folder, sizeof s->folder, "/tmp/motorbench-soak-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(path, sizeof path, "%s/soak.yaml", s->folder);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(profile, file) >= 0);
    assert_int_equal(fclose(file), 0);
    if (mb_instrument_new(s->event, s->folder, &setting, &s->instrument, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(unlink(path) | rmdir(s->folder), 0);
    s->instrument->state_changed = on_state;
    s->instrument->userdata = s;
    assert_int_equal(s->instrument->ops->open(s->instrument), 0);
}

/* One turn of the loop, with a question where one can be asked. */
static void turn(struct soak *s)
{
    if (!s->reading && s->instrument->state == MB_INSTRUMENT_READY) {
        if (s->before_read)
            s->before_read(s->userdata);
        s->asked++;
        s->reading = true;
        s->asked_ns = mb_monotonic_ns();
        assert_int_equal(s->instrument->ops->read(s->instrument, on_read, s), 0);
    }
    assert_true(sd_event_run(s->event, 100000) >= 0);
    s->hung = mb_monotonic_ns() - s->good_ns > HANG_NS;
    if (s->hung)
        (void)printf("%s: %s %s\n", s->address, mb_instrument_state_name(s->instrument->state),
                     s->instrument->fault);
}

static void run_once(struct soak *s)
{
    const long descriptors = count_descriptors(), bytes = count_bytes();
    uint64_t begun_ns = mb_monotonic_ns();

    s->good_ns = begun_ns;
    make(s);
    while (s->asked < s->reads && !s->hung)
        turn(s);
    while (s->reading && !s->hung)
        turn(s);
    s->seconds = since_s(begun_ns);
    s->instrument = mb_instrument_free(s->instrument);
    for (int i = 0; i < 50; i++) /* the other end notices too */
        assert_true(sd_event_run(s->event, 2000) >= 0);
    s->descriptors = count_descriptors() - descriptors;
    s->bytes = s->shares_memory ? 0 : count_bytes() - bytes;
}

void soak_run(struct soak *s)
{
    struct soak first = *s;

    first.reads = FIRST;
    run_once(&first);
    run_once(s);
}

bool soak_judge(const struct soak *s, const char *name)
{
    const bool late = s->worst_recovery_s > SOAK_RECOVERY_S,
               leaks = s->descriptors > 0 || s->bytes > LEAK_BYTES;

    (void)printf(
        "%s: %u readings in %.0f s: %u good, %u without a value, %u failed, %u wrong; recovered within "
        "%.2f s, %u times declared lost and back within %.2f s; %ld descriptors and %ld bytes more than "
        "before\n",
        name, s->asked, s->seconds, s->good, s->without_value, s->failed, s->wrong, s->worst_recovery_s,
        s->lost, s->worst_loss_s, s->descriptors, s->bytes);
    if (s->wrong > 0 || s->hung || late || leaks || s->good == 0)
        (void)printf("%s: bound broken:%s%s%s%s%s\n", name, s->wrong > 0 ? " wrong values" : "",
                     s->hung ? " hangs" : "", late ? " late recovery" : "", leaks ? " leaks" : "",
                     s->good == 0 ? " nothing good" : "");
    return s->wrong == 0 && !s->hung && !late && !leaks && s->good > 0;
}
