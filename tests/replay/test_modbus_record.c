/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Modbus session that was recorded, over TCP or a serial line, is served again and gives the same readings.
 */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "instrument/replay_server.h"
#include "modbus/pdu.h"
#include "support/modbus_server.h"
#include "support/session_run.h"
#include "transport/recording.h"

#define ACTIONS "read; set torque 12.5; output on; read; safe"
#define EXPECTED                                                                                             \
    "read,speed,1487.5,r/min,valid\nset torque 12.5,,,,ok\noutput on,,,,ok\n"                                \
    "read,speed,1487.5,r/min,valid\nsafe,,,,ok\n"

static const char profile_text[] =
    "profile: {id: recorded-brake, maker: Fake, kind: dynamometer, models: [B1], maturity: unverified, "
    "source: none}\n"
    "update_interval_s: 0.1\n"
    "modbus:\n"
    "  timeout_s: 2\n"
    "  identify: [{function: holding, address: 100, registers: 4, text: 'FAKE'}]\n"
    "  values: [{name: speed, quantity: speed, function: input, address: 12, type: int16, factor: 0.1}]\n"
    "  set:\n"
    "    - {quantity: torque, function: holding, address: 30, type: float32, minimum: 0, maximum: 600, "
    "tolerance: 0.005}\n"
    "  output:\n"
    "    on: [{function: coil, address: 5, write: 1, expect: 1}]\n"
    "    off: [{function: coil, address: 5, write: 0, expect: 0}]\n"
    "  safe: {time_to_safe_s: 5, steps: [{function: coil, address: 5, write: 0, expect: 0}]}\n";

struct rig {
    sd_event *event;
    struct mb_clock clock;
    struct modbus_server *server;
    char folder[64], profile[128], recording[128];
};

static int set_up(void **state)
{
    static const uint16_t identity[] = {0x4641, 0x4b45, 0x2042, 0x3100};
    struct rig *rig = calloc(1, sizeof *rig);
    FILE *file;

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    mb_clock_init(&rig->clock, 1);
    (void)snprintf(rig->folder, sizeof rig->folder, "/tmp/mb-modbus-record-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    (void)snprintf(rig->profile, sizeof rig->profile, "%s/recorded-brake.yaml", rig->folder);
    (void)snprintf(rig->recording, sizeof rig->recording, "%s/a.transcript", rig->folder);
    file = fopen(rig->profile, "we");
    assert_non_null(file);
    assert_true(fputs(profile_text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    rig->server = modbus_server_new(*state != NULL);
    for (int i = 0; i < 4; i++)
        modbus_server_set(rig->server, false, 100 + i, identity[i]);
    modbus_server_set(rig->server, true, 12, 14875);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    (void)modbus_server_free(rig->server);
    sd_event_unref(rig->event);
    (void)unlink(rig->profile);
    (void)unlink(rig->recording);
    (void)rmdir(rig->folder);
    free(rig);
    return 0;
}

static void use_instrument(struct rig *rig, const char *address, bool replayed)
{
    const struct mb_instrument_setting instrument = {
        .id = "brake", .profile = "recorded-brake", .address = address, .clock = &rig->clock, .wiring = -1};
    const struct session_setting setting = {.instrument = &instrument,
                                            .profile_directory = rig->folder,
                                            .actions = ACTIONS,
                                            .replayed = replayed,
                                            .timeout_s = 20};

    session_run(rig->event, &setting, EXPECTED);
}

static void assert_whole(const struct rig *rig)
{
    static const char end[] = "# " MB_RECORDING_END "\n";
    struct mb_error err = {""};
    char *text;
    size_t size;

    if (mb_file_read(rig->recording, 65536, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(text + size - strlen(end), end);
    free(text);
}

static void recorded_session_replays(void **state)
{
    const struct replay_options options = {.in_order = true};
    struct rig *rig = *state;
    struct replay_server *replay;
    struct mb_transcript *t;
    struct mb_error err = {""};
    const char *first;
    char address[256];

    (void)snprintf(address, sizeof address, "record:%s:%s", rig->recording,
                   modbus_server_address(rig->server));
    use_instrument(rig, address, false);
    assert_whole(rig);
    if (mb_transcript_load(rig->recording, &t, &err) < 0 ||
        replay_server_new(rig->event, t, &options, &replay, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(t->head[MB_TRANSCRIPT_LINK], "modbus");
    assert_memory_equal(t->lines[0].data, "\x11\x03\x00\x64\x00\x04", 6); /* unit 17, holding, 100, four */
    (void)mb_transcript_free(t);
    use_instrument(rig, replay_server_address(replay), true);
    assert_int_equal(replay_server_unknown(replay), 0);
    assert_int_equal(replay_server_unheard(replay, &first), 0);
    (void)replay_server_free(replay);
}

static void assert_pdu(const struct mb_modbus_pdu *p, const char *bytes, size_t n)
{
    assert_int_equal(p->n, n);
    assert_memory_equal(p->bytes, bytes, n);
}

/* The examples of the application protocol V1.1b3, 6.1 to 6.12, before each the unit. */
static void bytes_are_those_of_the_protocol(void **state)
{
    const uint16_t registers[] = {0x022b, 0x0000, 0x0064}, two[] = {0x000a, 0x0102}, on[] = {1};
    uint16_t bits[19] = {0};
    struct mb_modbus_pdu ask = mb_modbus_pdu_read(1, MB_MODBUS_HOLDING, 0x6b, 3), p;

    (void)state;
    assert_pdu(&ask, "\x01\x03\x00\x6b\x00\x03", 6);
    p = mb_modbus_pdu_answer(&ask, registers);
    assert_pdu(&p, "\x01\x03\x06\x02\x2b\x00\x00\x00\x64", 9);
    p = mb_modbus_pdu_exception(&ask, 2);
    assert_pdu(&p, "\x01\x83\x02", 3);
    for (int i = 0; i < 19; i++)
        bits[i] = (0x56bcd >> i) & 1;
    ask = mb_modbus_pdu_read(1, MB_MODBUS_COIL, 0x13, 19);
    p = mb_modbus_pdu_answer(&ask, bits);
    assert_pdu(&p, "\x01\x01\x03\xcd\x6b\x05", 6);
    ask = mb_modbus_pdu_write(1, MB_MODBUS_COIL, 0xac, 1, on, false);
    assert_pdu(&ask, "\x01\x05\x00\xac\xff\x00", 6);
    ask = mb_modbus_pdu_write(1, MB_MODBUS_COIL, 0xac, 1, on, true);
    assert_pdu(&ask, "\x01\x0f\x00\xac\x00\x01\x01\x01", 8);
    ask = mb_modbus_pdu_write(1, MB_MODBUS_HOLDING, 1, 1, two, false);
    assert_pdu(&ask, "\x01\x06\x00\x01\x00\x0a", 6);
    ask = mb_modbus_pdu_write(1, MB_MODBUS_HOLDING, 1, 2, two, false);
    assert_pdu(&ask, "\x01\x10\x00\x01\x00\x02\x04\x00\x0a\x01\x02", 11);
    p = mb_modbus_pdu_answer(&ask, NULL);
    assert_pdu(&p, "\x01\x10\x00\x01\x00\x02", 6);
}

int main(void)
{
    static int rtu;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(recorded_session_replays, set_up, tear_down),
        {"recorded_session_of_a_line_replays", recorded_session_replays, set_up, tear_down, &rtu},
        cmocka_unit_test(bytes_are_those_of_the_protocol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
