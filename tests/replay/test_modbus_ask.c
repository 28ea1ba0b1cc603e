/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument query and bench of a Modbus instrument. */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "instrument/modbus_ask.h"
#include "support/modbus_server.h"
#include "support/run_program.h"

static struct modbus_ask *ask_server(struct modbus_server *server)
{
    struct mb_error err = {""};
    struct modbus_ask *m = NULL;

    assert_true(modbus_ask_is(modbus_server_address(server)));
    if (modbus_ask_open(modbus_server_address(server), 0.3, &m, &err) < 0)
        fail_msg("%s", err.text);
    return m;
}

static int say(struct modbus_ask *m, const char *question, char reply[32])
{
    struct mb_error err = {""};
    int r = modbus_ask_say(m, question, reply, 32, &err);

    assert_int_equal(r < 0, err.text[0] != '\0');
    return r;
}

static void assert_says(struct modbus_ask *m, const char *question, const char *answer)
{
    char reply[32] = "";

    assert_int_equal(say(m, question, reply), 0);
    assert_string_equal(reply, answer);
}

static void numbers_of_both_links(void **state)
{
    (void)state;
    for (int rtu = 0; rtu <= 1; rtu++) {
        struct modbus_server *server = modbus_server_new(rtu);
        struct modbus_ask *m = ask_server(server);

        modbus_server_set(server, true, 12, 0xfffe);
        modbus_server_set(server, true, 13, 0x4120);
        modbus_server_set(server, true, 14, 0x0000);
        modbus_server_set(server, false, 20, 0xfffe);
        modbus_server_set_coil(server, 5, true);
        assert_says(m, "input:12", "-2");
        assert_says(m, "holding:20:uint16", "65534");
        assert_says(m, "input:13:float32", "10");
        assert_says(m, "input:13:int32:cdab", "16672");
        assert_says(m, "coil:5", "1");
        m = modbus_ask_close(m);
        server = modbus_server_free(server);
    }
}

static void what_is_no_place(void **state)
{
    static const char *const bad[] = {
        "",         "*IDN?",          "holding",       "holding:",           "holding:70000",
        "holdin:1", "holding:1:int8", "coil:1:uint16", "input:1:int16:abdc", "input:1:int16:abcd:"};
    struct modbus_server *server = modbus_server_new(false);
    struct modbus_ask *m = ask_server(server);
    char reply[32] = "";

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(say(m, bad[i], reply), -EINVAL);
    assert_int_equal(modbus_server_count(server, 0), 0);
    m = modbus_ask_close(m);
    server = modbus_server_free(server);
}

/* A late answer never meets the next question: the connection is given up. */
static void refusal_and_silence(void **state)
{
    struct modbus_server *server = modbus_server_new(false);
    struct modbus_ask *m = ask_server(server);
    char reply[32] = "";

    (void)state;
    modbus_server_set(server, false, 1, 7);
    modbus_server_fault(server, MODBUS_EXCEPTION, 0, 1, 2);
    assert_int_equal(say(m, "holding:1", reply), -EREMOTEIO);
    assert_says(m, "holding:1", "7");
    modbus_server_fault(server, MODBUS_LATE, 0, 1, 0);
    assert_int_equal(say(m, "holding:2", reply), -ETIMEDOUT);
    assert_says(m, "holding:1", "7");
    m = modbus_ask_close(m);
    server = modbus_server_free(server);
}

static void from_outside(void **state)
{
    struct modbus_server *server = modbus_server_new(false);
    char path[256];
    struct run_result result;

    (void)state;
    (void)run_program_path("motorbench-instrument", path, sizeof path);
    modbus_server_set(server, true, 12, 231);
    assert_int_equal(
        run_program((const char *const[]){path, "query", modbus_server_address(server), "input:12", NULL},
                    NULL, &result),
        0);
    assert_int_equal(result.status, 0);
    assert_string_equal(result.out, "231\n");
    run_result_clear(&result);
    assert_int_equal(run_program((const char *const[]){path, "bench", modbus_server_address(server),
                                                       "--query", "input:12", "--count", "20", NULL},
                                 NULL, &result),
                     0);
    assert_int_equal(result.status, 0);
    assert_int_equal(strncmp(result.out, "20 queries in ", strlen("20 queries in ")), 0);
    run_result_clear(&result);
    assert_int_equal(modbus_server_count(server, 4), 21);
    server = modbus_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_both_links),
        cmocka_unit_test(what_is_no_place),
        cmocka_unit_test(refusal_and_silence),
        cmocka_unit_test(from_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
