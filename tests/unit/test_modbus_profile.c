/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modbus without a link: numbers in registers, which are read together, addresses, what a profile may not
 * say. */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "modbus/address.h"
#include "modbus/plan.h"
#include "modbus/profile.h"
#include "modbus/registers.h"

/* ---- registers ---- */

static void test_decode(void **state)
{
    static const struct {
        enum mb_modbus_type type;
        enum mb_modbus_order order;
        uint16_t registers[2];
        double value;
    } rows[] = {
        {MB_MODBUS_INT16, MB_MODBUS_ABCD, {0xff85, 0}, -123},
        {MB_MODBUS_INT16, MB_MODBUS_CDAB, {0x8000, 0}, -32768},
        {MB_MODBUS_INT16, MB_MODBUS_BADC, {0x85ff, 0}, -123},
        {MB_MODBUS_UINT16, MB_MODBUS_ABCD, {0xff85, 0}, 65413},
        {MB_MODBUS_UINT16, MB_MODBUS_DCBA, {0x0102, 0}, 0x0201},
        {MB_MODBUS_INT32, MB_MODBUS_ABCD, {0xffed, 0x2979}, -1234567},
        {MB_MODBUS_INT32, MB_MODBUS_CDAB, {0x2979, 0xffed}, -1234567},
        {MB_MODBUS_INT32, MB_MODBUS_BADC, {0xedff, 0x7929}, -1234567},
        {MB_MODBUS_INT32, MB_MODBUS_DCBA, {0x7929, 0xedff}, -1234567},
        {MB_MODBUS_UINT32, MB_MODBUS_ABCD, {0xffed, 0x2979}, 4293732729.0},
        {MB_MODBUS_UINT32, MB_MODBUS_CDAB, {0x0001, 0x8000}, 2147483649.0},
        {MB_MODBUS_UINT32, MB_MODBUS_BADC, {0x0080, 0x0100}, 2147483649.0},
        {MB_MODBUS_UINT32, MB_MODBUS_DCBA, {0x0100, 0x0080}, 2147483649.0},
        {MB_MODBUS_FLOAT32, MB_MODBUS_ABCD, {0xc367, 0x8000}, -231.5},
        {MB_MODBUS_FLOAT32, MB_MODBUS_CDAB, {0x8000, 0xc367}, -231.5},
        {MB_MODBUS_FLOAT32, MB_MODBUS_BADC, {0x67c3, 0x0080}, -231.5},
        {MB_MODBUS_FLOAT32, MB_MODBUS_DCBA, {0x0080, 0x67c3}, -231.5},
        {MB_MODBUS_FLOAT32, MB_MODBUS_ABCD, {0xff80, 0x0000}, -INFINITY},
    };
    uint16_t back[MB_MODBUS_WIDTH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (mb_modbus_decode(rows[i].type, rows[i].order, rows[i].registers) != rows[i].value)
            fail_msg("row %zu", i);
        if (isinf(rows[i].value))
            continue;
        memset(back, 0, sizeof back);
        assert_int_equal(mb_modbus_encode(rows[i].type, rows[i].order, rows[i].value, back), 0);
        assert_memory_equal(back, rows[i].registers, sizeof back);
    }
}

static void test_encode_range(void **state)
{
    static const struct {
        enum mb_modbus_type type;
        double value;
        int r;
    } rows[] = {
        {MB_MODBUS_INT16, 32767.4, 0},
        {MB_MODBUS_INT16, 32767.5, -ERANGE},
        {MB_MODBUS_INT16, -32769, -ERANGE},
        {MB_MODBUS_UINT16, -0.4, 0},
        {MB_MODBUS_UINT16, -0.6, -ERANGE},
        {MB_MODBUS_UINT16, 65536, -ERANGE},
        {MB_MODBUS_INT32, 2147483648.0, -ERANGE},
        {MB_MODBUS_INT32, -2147483648.0, 0},
        {MB_MODBUS_UINT32, 4294967295.0, 0},
        {MB_MODBUS_UINT32, 4294967296.0, -ERANGE},
        {MB_MODBUS_FLOAT32, 1e39, -ERANGE},
        {MB_MODBUS_FLOAT32, 3e38, 0},
        {MB_MODBUS_FLOAT32, (double)NAN, -ERANGE},
        {MB_MODBUS_INT16, (double)NAN, -ERANGE},
    };
    uint16_t registers[MB_MODBUS_WIDTH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (mb_modbus_encode(rows[i].type, MB_MODBUS_ABCD, rows[i].value, registers) != rows[i].r)
            fail_msg("row %zu", i);
}

/* ---- addresses ---- */

static void test_addresses(void **state)
{
    static const char *const bad[] = {"tcp:127.0.0.1:502",
                                      "modbus-tcp:",
                                      "modbus-tcp:127.0.0.1",
                                      "modbus-tcp:127.0.0.1:0",
                                      "modbus-tcp:meter:502",
                                      "modbus-tcp:127.0.0.1:502,256",
                                      "modbus-tcp:127.0.0.1:502,",
                                      "modbus-rtu:/dev/ttyUSB0",
                                      "modbus-rtu:ttyUSB0,1",
                                      "modbus-rtu:/dev/ttyUSB0,0",
                                      "modbus-rtu:/dev/ttyUSB0,9600",
                                      "modbus-rtu:/dev/ttyUSB0,9600,8N1,248",
                                      "modbus-rtu:/dev/ttyUSB0,9600,8N1,",
                                      "modbus-rtu:/dev/ttyUSB0,9600,9N1,1",
                                      "modbus-rtu:,1"};
    struct mb_modbus_address a;
    struct mb_error err;

    (void)state;
    assert_int_equal(mb_modbus_address_parse("modbus-tcp:127.0.0.1:502", &a, &err), 0);
    assert_null(a.path);
    assert_int_equal(a.unit, 255);
    mb_modbus_address_done(&a);
    assert_int_equal(mb_modbus_address_parse("modbus-tcp:[::1]:1502,9", &a, &err), 0);
    assert_int_equal(a.unit, 9);
    assert_int_equal(a.host.ss_family, AF_INET6);
    mb_modbus_address_done(&a);
    assert_int_equal(mb_modbus_address_parse("modbus-rtu:/dev/ttyUSB0,3", &a, &err), 0);
    assert_string_equal(a.path, "/dev/ttyUSB0");
    assert_int_equal(a.unit, 3);
    assert_int_equal(a.serial.baud, 19200);
    assert_int_equal(a.serial.parity, MB_PARITY_EVEN);
    mb_modbus_address_done(&a);
    assert_int_equal(mb_modbus_address_parse("modbus-rtu:/dev/ttyUSB0,9600,8N2,247", &a, &err), 0);
    assert_int_equal(a.unit, 247);
    assert_int_equal(a.serial.baud, 9600);
    assert_int_equal(a.serial.stop_bits, 2);
    mb_modbus_address_done(&a);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct mb_error){0};
        if (mb_modbus_address_parse(bad[i], &a, &err) >= 0)
            fail_msg("'%s' was taken", bad[i]);
        assert_non_null(strstr(err.text, "modbus-rtu:PATH"));
    }
}

/* ---- profiles ---- */

static struct mb_modbus_profile *parse(const char *text)
{
    struct mb_modbus_profile *p;
    struct mb_error err = {0};

    if (mb_modbus_profile_parse("good.yaml", text, strlen(text), &p, &err) < 0)
        fail_msg("%s", err.text);
    return p;
}

#define HEAD                                                                                                 \
    "profile: {id: m, maker: M, kind: k, models: [m], maturity: unverified, source: none}\n"                 \
    "update_interval_s: 1\nmodbus:\n"
#define VALUE(name, address)                                                                                 \
    "{name: " name ", quantity: voltage, function: input, address: " address ", type: float32}"

static void assert_block(const struct mb_modbus_plan *plan, size_t block, enum mb_modbus_space space,
                         int address, int count)
{
    assert_true(block < plan->block_count);
    assert_int_equal(plan->blocks[block].space, space);
    assert_int_equal(plan->blocks[block].address, address);
    assert_int_equal(plan->blocks[block].count, count);
}

static void test_plan(void **state)
{
    static const char text[] = HEAD
        "  fill: 1\n"
        "  largest_read: 8\n"
        "  values:\n"
        "    - " VALUE(
            "e", "20") "\n"
                       "    - " VALUE(
                           "b",
                           "2") "\n"
                                "    - " VALUE(
                                    "a",
                                    "0") "\n"
                                         "    - " VALUE(
                                             "c",
                                             "5") "\n"
                                                  "    - " VALUE(
                                                      "d",
                                                      "7") "\n"
                                                           "    - {name: h, quantity: voltage, function: "
                                                           "holding, address: 7, type: int16}\n"
                                                           "    - {name: i, quantity: current, function: "
                                                           "holding, address: 7, type: int16}\n";
    struct mb_modbus_profile *p = parse(text);
    struct mb_modbus_plan plan;

    (void)state;
    assert_int_equal(mb_modbus_plan_make(p, &plan), 0);
    assert_int_equal(plan.block_count, 4);
    assert_block(&plan, 0, MB_MODBUS_HOLDING, 7, 1); /* twice the same register */
    assert_block(&plan, 1, MB_MODBUS_INPUT, 0, 7);   /* 0 to 3, a hole of one, 5 and 6 */
    assert_block(&plan, 2, MB_MODBUS_INPUT, 7, 2);   /* would be 9 registers */
    assert_block(&plan, 3, MB_MODBUS_INPUT, 20, 2);
    assert_int_equal(plan.where[0].block, 3);
    assert_int_equal(plan.where[0].offset, 0);
    assert_int_equal(plan.where[3].block, 1);
    assert_int_equal(plan.where[3].offset, 5);
    assert_int_equal(plan.where[6].block, 0);
    mb_modbus_plan_done(&plan);
    (void)mb_modbus_profile_unref(p);
}

static void test_refused(void **state)
{
#define GOOD_VALUE "  values: [" VALUE("a", "0") "]\n"
#define SAFE "  safe: {time_to_safe_s: 3, steps: [{function: coil, address: 0, write: 0, expect: 0}]}\n"
#define SET(rest) "  set: [{quantity: voltage, function: holding, address: 0, " rest "}]\n"
    static const struct {
        const char *text, *says;
    } rows[] = {
        {HEAD "  timeout_s: 1\n", "nothing to read"},
        {"profile: {id: m, maker: M, kind: k, models: [[m]], maturity: unverified, source: none}\n"
         "update_interval_s: 1\nmodbus:\n" GOOD_VALUE,
         "bad.yaml:1"},
        {HEAD "  values: [{name: A, quantity: voltage, function: input, address: 0}]\n", "lower-case"},
        {HEAD "  values: [" VALUE("a", "0") ", " VALUE("a", "2") "]\n", "twice"},
        {HEAD "  values: [" VALUE("a", "65535") "]\n", "beyond the last address"},
        {HEAD "  values: [" VALUE("a", "65536") "]\n", "65535"},
        {HEAD "  values: [{name: a, quantity: volts, function: input, address: 0}]\n", "not a quantity"},
        {HEAD "  values: [{name: a, quantity: voltage, function: coil, address: 0}]\n", "holding or input"},
        {HEAD "  values: [{name: a, quantity: voltage, function: input, address: 0, type: int8}]\n", "int16"},
        {HEAD "  values: [{name: a, quantity: voltage, function: input, address: 0, order: abdc}]\n", "abcd"},
        {HEAD GOOD_VALUE "  invalid: [{validity: no-data}]\n", "exactly one"},
        {HEAD GOOD_VALUE "  invalid: [{bits: '7f8', validity: no-data}]\n", "hexadecimal"},
        {HEAD GOOD_VALUE "  invalid: [{bits: '7FC00000', validity: no-data}]\n", "hexadecimal"},
        {HEAD GOOD_VALUE "  invalid: [{above: 1, below: 2, validity: no-data}]\n", "exactly one"},
        {HEAD GOOD_VALUE "  invalid: [{above: 1, validity: valid}]\n", "may not be 'valid'"},
        {HEAD GOOD_VALUE "  identify: [{function: holding, address: 0}]\n", "either 'text'"},
        {HEAD GOOD_VALUE "  identify: [{function: holding, address: 0, text: x}]\n", "either 'text'"},
        {HEAD GOOD_VALUE "  identify: [{function: holding, address: 0, text: xyz, registers: 1}]\n",
         "longer"},
        {HEAD GOOD_VALUE "  identify: [{function: holding, address: 65535, text: x, registers: 2}]\n",
         "beyond"},
        {HEAD SET("minimum: 0, maximum: 1, tolerance: 1"), "'safe' is missing"},
        {HEAD SET("minimum: 1, maximum: 1, tolerance: 1") SAFE, "below 'maximum'"},
        {HEAD SET("minimum: 0, maximum: 40000, tolerance: 1") SAFE, "cannot hold"},
        {HEAD SET("minimum: 0, maximum: 100, tolerance: 0.04, factor: 0.1") SAFE, "half a step"},
        {HEAD SET("minimum: 0, maximum: 100") SAFE, "tolerance"},
        {HEAD "  set: [{quantity: voltage, function: input, address: 0, minimum: 0, maximum: 1, tolerance: "
              "1}]\n" SAFE,
         "holding register"},
        {HEAD "  output: {on: [{function: coil, address: 0, write: 1, expect: 1}]}\n" SAFE, "off"},
        {HEAD "  output: {on: [{function: coil, address: 0, write: 1}], off: []}\n" SAFE,
         "must end with an 'expect'"},
        {HEAD "  output: {on: [{function: coil, address: 0, expect: 1}], off: []}\n" SAFE,
         "must begin with a 'write'"},
        {HEAD GOOD_VALUE "  safe: {time_to_safe_s: 3, steps: []}\n", "must begin"},
        {HEAD GOOD_VALUE
         "  safe: {time_to_safe_s: 1, steps: [{function: coil, address: 0, write: 0, expect: 0}]}\n",
         "too short"},
        {HEAD GOOD_VALUE
         "  safe: {time_to_safe_s: 3, steps: [{function: coil, address: 0, write: 0, delay_s: 1.5,"
         " expect: 0}]}\n",
         "takes 3.5 s"},
        {HEAD GOOD_VALUE
         "  safe: {time_to_safe_s: 3, steps: [{function: coil, address: 0, write: 2, expect: 0}]}\n",
         "a coil holds 0 or 1"},
        {HEAD GOOD_VALUE
         "  safe: {time_to_safe_s: 3, steps: [{function: input, address: 0, write: 0, expect: 0}]}\n",
         "inputs cannot be written"},
        {HEAD GOOD_VALUE "  largest_read: 126\n", "125"},
        {HEAD GOOD_VALUE "  speed: 9\n", "speed"},
        {HEAD GOOD_VALUE "link: {timeout_s: 1}\n", "link"},
    };
    struct mb_modbus_profile *p = NULL;
    struct mb_error err;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        err = (struct mb_error){0};
        if (mb_modbus_profile_parse("bad.yaml", rows[i].text, strlen(rows[i].text), &p, &err) != -EINVAL || p)
            fail_msg("row %zu was taken: %s", i, err.text);
        if (strncmp(err.text, "bad.yaml:", 9) != 0 || !strstr(err.text, rows[i].says))
            fail_msg("row %zu says: %s", i, err.text);
    }
}

static void test_example(void **state)
{
    struct mb_modbus_profile *p;
    struct mb_error err = {0};

    (void)state;
    if (mb_modbus_profile_load("docs/examples/profiles", "generic-modbus-meter", &p, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(p->maturity, MB_MATURITY_UNVERIFIED);
    assert_int_equal(p->value_count, 4);
    for (size_t i = 0; i < p->value_count; i++)
        assert_int_equal(p->values[i].mark, MB_MARK_UNVERIFIED);
    (void)mb_modbus_profile_unref(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode), cmocka_unit_test(test_encode_range), cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_plan),   cmocka_unit_test(test_refused),      cmocka_unit_test(test_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
