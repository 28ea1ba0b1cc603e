/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link under record is the link: nothing that happens to the file may keep the instrument from being told
 * to switch off. */
#include "support/test.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/file.h"
#include "instrument/replay_server.h"
#include "support/session_run.h"
#include "transport/recording.h"

#define SOURCE "tests/replay/transcripts/chroma-61500/three-phase.transcript"
#define ACTIONS "set voltage 400; output on; read; output off"
#define EXPECTED                                                                                             \
    "set voltage 400,,,,ok\noutput on,,,,ok\nread,phase-voltage,230.9,V,valid\n"                             \
    "read,phase-current,11.02,A,valid\nread,phase-power,2412.6,W,valid\noutput off,,,,ok\n"

struct rig {
    sd_event *event;
    struct replay_server *server;
    struct mb_clock clock;
    char path[64];
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    const struct replay_options options = {0};
    struct mb_transcript *t;
    struct mb_error err = {""};
    int fd;

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    if (mb_transcript_load(SOURCE, &t, &err) < 0 ||
        replay_server_new(rig->event, t, &options, &rig->server, &err) < 0)
        fail_msg("%s", err.text);
    (void)mb_transcript_free(t);
    mb_clock_init(&rig->clock, 4);
    (void)snprintf(rig->path, sizeof rig->path, "/tmp/mb-recording-XXXXXX");
    fd = mkstemp(rig->path);
    assert_true(fd >= 0);
    (void)close(fd);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    (void)replay_server_free(rig->server);
    sd_event_unref(rig->event);
    (void)unlink(rig->path);
    free(rig);
    return 0;
}

/* The source is set, switched on, read and switched off, whatever becomes of the file. */
static void use_source(struct rig *rig)
{
    char address[160];
    const struct mb_instrument_setting instrument = {
        .id = "source", .profile = "chroma-61500", .address = address, .clock = &rig->clock, .wiring = 4};
    const struct session_setting setting = {.instrument = &instrument,
                                            .profile_directory = "driver/profiles",
                                            .actions = ACTIONS,
                                            .timeout_s = 10};

    (void)snprintf(address, sizeof address, "record:%s:%s", rig->path, replay_server_address(rig->server));
    session_run(rig->event, &setting, EXPECTED);
    assert_int_equal(replay_server_unknown(rig->server), 0);
}

static char *recorded_text(const struct rig *rig, size_t *ret_size)
{
    struct mb_error err = {""};
    char *text;

    if (mb_file_read(rig->path, 65536, &text, ret_size, &err) < 0)
        fail_msg("%s", err.text);
    return text;
}

static void whole_recording_says_so(void **state)
{
    struct rig *rig = *state;
    char *text;
    size_t size;

    use_source(rig);
    text = recorded_text(rig, &size);
    assert_non_null(strstr(text, " > OUTP ON\\n\n"));
    assert_string_equal(text + size - strlen("# " MB_RECORDING_END "\n"), "# " MB_RECORDING_END "\n");
    free(text);
}

static void full_disk_ends_the_recording_and_not_the_link(void **state)
{
    struct rlimit before, limit;
    struct rig *rig = *state;
    char *text;
    size_t size;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    limit = before;
    limit.rlim_cur = 400;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    use_source(rig);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    text = recorded_text(rig, &size);
    assert_int_equal(size, 400);
    assert_null(strstr(text, MB_RECORDING_END));
    free(text);
}

static void address_is_checked(void **state)
{
    static const struct mb_transport_callbacks callbacks = {.opened = NULL};
    struct rig *rig = *state;
    struct mb_transport *t;
    struct mb_error err = {""};

    assert_int_equal(mb_transport_new(rig->event, "record:x", &callbacks, NULL, &t, &err), -EINVAL);
    assert_int_equal(mb_transport_new(rig->event, "record::tcp:127.0.0.1:1", &callbacks, NULL, &t, &err),
                     -EINVAL);
    assert_int_equal(mb_transport_new(rig->event, "record:/tmp/a:record:/tmp/b:tcp:127.0.0.1:1", &callbacks,
                                      NULL, &t, &err),
                     -EINVAL);
    assert_int_equal(
        mb_transport_new(rig->event, "record:/nowhere/a:tcp:127.0.0.1:1", &callbacks, NULL, &t, &err),
        -ENOENT);
    assert_non_null(strstr(err.text, "/nowhere/a"));
    assert_int_equal(mb_transport_new(rig->event, "record:/nowhere/a:rope:1", &callbacks, NULL, &t, &err),
                     -EPROTONOSUPPORT);
    assert_string_equal(mb_transport_bare_address("record:/tmp/a:tcp:127.0.0.1:1"), "tcp:127.0.0.1:1");
    assert_string_equal(mb_transport_bare_address("tcp:127.0.0.1:1"), "tcp:127.0.0.1:1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_recording_says_so),
        TEST(full_disk_ends_the_recording_and_not_the_link),
        TEST(address_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
