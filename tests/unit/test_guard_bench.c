/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bench with a guard refuses, without any instrument: a sum of times that is too long, and to be ready
 * while its guard is not there, has not proved its way, or does not answer. The guard here is the test
 * itself. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/guard.h"
#include "bench/guard_message.h"
#include "core/clock.h"

#define SPIN_MS 5000u

static const char text[] =
    "bench:\n"
    "  name: b\n"
    "  simulated: true\n"
    "  guard_proof_minutes: 5\n"
    "  guard_hang_s: 0.1\n"
    "  time_to_safe_s: %g\n"
    "  contactor: {chip: gpiochip0, line: 22, settle_s: 0.5}\n"
    "  limits: {voltage_v: 480, current_a: 6, torque_nm: 5, speed_rpm: 3600}\n"
    "  instruments:\n"
    "    - {id: analyser, profile: yokogawa-wt300e, address: \"tcp:127.0.0.1:1\", voltage_range_v: 600, "
    "current_range_a: 2, wiring: 3V3A}\n"
    "    - {id: source, profile: chroma-61500, address: \"tcp:127.0.0.1:1\"}\n"
    "    - {id: brake, profile: magtrol-dsp6001, address: \"tcp:127.0.0.1:1\"}\n"
    "  roles: {analyser: analyser, supply: source, load: brake, ohmmeter: manual, torque: brake, speed: "
    "brake, "
    "coolant: manual}\n";

struct fixture {
    sd_event *event;
    struct mb_bench *bench;
    struct mb_guard *guard;
    char folder[48], socket[64];
    int listener, fd; /* the guard's end */
    struct mb_guard_message message;
};

static int make_bench(struct fixture *f, double limit_s, struct mb_error *err)
{
    struct mb_bench_setting *setting = NULL;
    char all[2048];
    int n = snprintf(all, sizeof all, text, limit_s), r;

    assert_true(n > 0 && (size_t)n < sizeof all);
    if (mb_bench_setting_parse("b.yaml", all, strlen(all), &setting, err) < 0)
        fail_msg("%s", err->text);
    r = mb_bench_new(f->event, setting, "driver/profiles", &f->bench, err);
    if (r < 0)
        (void)mb_bench_setting_free(setting);
    return r;
}

static void listen_as_guard(struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", f->socket);
    f->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->listener, 1), 0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *tmp = getenv("TMPDIR");
    struct mb_error err = {""};

    if (!f || sd_event_new(&f->event) < 0)
        return -1;
    (void)snprintf(f->folder, sizeof f->folder, "%.30s/mb-guard-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        return -1;
    (void)snprintf(f->socket, sizeof f->socket, "%s/s", f->folder);
    f->listener = f->fd = -1;
    *state = f;
    return make_bench(f, 6.5, &err); /* 3 s each of source and brake, 0.5 s of the contactor */
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->guard = mb_guard_free(f->guard);
    f->bench = mb_bench_free(f->bench);
    if (f->fd >= 0)
        (void)close(f->fd);
    if (f->listener >= 0)
        (void)close(f->listener);
    (void)unlink(f->socket);
    (void)rmdir(f->folder);
    sd_event_unref(f->event);
    free(f);
    return 0;
}

static void too_long_a_way_is_refused(void **state)
{
    struct fixture *f = *state;
    struct mb_error err = {""};

    f->bench = mb_bench_free(f->bench);
    assert_int_equal(make_bench(f, 6.4, &err), -EINVAL);
    assert_non_null(strstr(
        err.text,
        "6.5 s to their safe state (source 3 s, brake 3 s, contactor 0.5 s), time_to_safe_s allows 6.4 s"));
}

static void start_guarding(struct fixture *f)
{
    const struct mb_guard_setting setting = {
        .socket = f->socket, .profiles = "driver/profiles", .benches = &f->bench, .bench_count = 1};

    assert_int_equal(mb_guard_new(f->event, &setting, &f->guard), 0);
    assert_non_null(f->guard);
}

static void not_ready(struct fixture *f, const char *words)
{
    struct mb_error err = {""};

    assert_int_equal(mb_bench_ready(f->bench, &err), -EAGAIN);
    if (!strstr(err.text, words))
        fail_msg("no '%s' in: %s", words, err.text);
}

static void without_a_guard_nothing_starts(void **state)
{
    struct fixture *f = *state;

    start_guarding(f);
    for (int i = 0; i < 3; i++)
        assert_true(sd_event_run(f->event, 1000) >= 0);
    not_ready(f, "bench b: its guard, motorbench-guard at");
}

/* Runs the daemon's loop until it has said this. */
static void expect(struct fixture *f, enum mb_guard_kind kind, int *ret_descriptor)
{
    uint64_t end_ns = mb_monotonic_ns() + SPIN_MS * UINT64_C(1000000);
    int descriptor = -1;

    while (mb_monotonic_ns() < end_ns) {
        assert_true(sd_event_run(f->event, 5000) >= 0);
        if (f->fd < 0)
            f->fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (f->fd >= 0 && mb_guard_receive(f->fd, &f->message, &descriptor) == 1 && f->message.kind == kind) {
            *ret_descriptor = descriptor;
            return;
        }
    }
    fail_msg("the daemon does not say %d", (int)kind);
}

static void it_introduces_itself_and_is_not_proved(void **state)
{
    struct fixture *f = *state;
    char file[2048];
    int descriptor = -1;
    ssize_t n;

    listen_as_guard(f);
    start_guarding(f);
    expect(f, MB_GUARD_REGISTER, &descriptor);
    assert_string_equal(f->message.text, "driver/profiles");
    n = pread(descriptor, file, sizeof file - 1, 0);
    assert_true(n > 0);
    file[n] = '\0';
    assert_string_equal(file, mb_bench_get_setting(f->bench)->text);
    (void)close(descriptor);
    /* What state its outputs are in nobody knows yet. */
    expect(f, MB_GUARD_BEAT, &descriptor);
    assert_int_equal(f->message.value, MB_SAFE_UNKNOWN);
    not_ready(f, "the guard has not proved its way to off yet");
}

static void one_that_does_not_answer_is_none(void **state)
{
    struct fixture *f = *state;
    uint64_t from_ns;
    int descriptor = -1;

    listen_as_guard(f);
    start_guarding(f);
    expect(f, MB_GUARD_BEAT, &descriptor);
    assert_int_equal(mb_guard_send(f->fd, &f->message, -1), 0); /* once */
    from_ns = mb_monotonic_ns();
    while (mb_monotonic_ns() - from_ns < 300 * UINT64_C(1000000))
        assert_true(sd_event_run(f->event, 10000) >= 0);
    while (mb_guard_receive(f->fd, &f->message, &descriptor) > 0)
        ;
    assert_int_equal(mb_guard_receive(f->fd, &f->message, &descriptor), -ECONNRESET);
    assert_string_equal(mb_bench_fault(f->bench), ""); /* nothing was on: no fault */
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(too_long_a_way_is_refused),
        TEST(without_a_guard_nothing_starts),
        TEST(it_introduces_itself_and_is_not_proved),
        TEST(one_that_does_not_answer_is_none),
    };
#undef TEST

    return cmocka_run_group_tests_name("guarded bench", tests, NULL, NULL);
}
