/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a gadget says of itself, its faults by name, and its options. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/usb/descriptors.h"
#include "sim/usb/faults.h"
#include "sim/usb/gadget.h"

static uint32_t u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* One interface as the USB 2.0 specification has it, chapter 9.6; returns what stands behind it. */
static const uint8_t *check_interface(const uint8_t *p, unsigned packet)
{
    static const struct {
        uint8_t address, attributes;
    } ends[] = {{0x01, 2}, {0x82, 2}, {0x83, 3}};

    assert_memory_equal(p, ((uint8_t[]){9, 4, 0, 0, 3, 0xfe, 3, 1, 1}), 9);
    p += 9;
    for (size_t i = 0; i < 3; i++, p += 7) {
        assert_int_equal(p[0], 7);
        assert_int_equal(p[1], 5);
        assert_int_equal(p[2], ends[i].address);
        assert_int_equal(p[3], ends[i].attributes);
        assert_int_equal(p[4] | p[5] << 8, ends[i].attributes == 3 ? 2 : packet);
        assert_true(ends[i].attributes == 2 || (p[6] >= 1 && p[6] <= 16));
    }
    return p;
}

static void test_descriptors(void **state)
{
    uint8_t buffer[SIM_USB_DESCRIPTORS_MAX];
    const size_t n = sim_usb_descriptors(buffer);
    const uint8_t *p = buffer + 20;

    (void)state;
    assert_true(n <= sizeof buffer);
    assert_int_equal(u32(buffer), 3); /* the second format */
    assert_int_equal(u32(buffer + 4), n);
    assert_int_equal(u32(buffer + 8), 1 | 2); /* full speed, high speed */
    assert_int_equal(u32(buffer + 12), 4);
    assert_int_equal(u32(buffer + 16), 4);
    p = check_interface(p, 64);
    p = check_interface(p, 512);
    assert_ptr_equal(p, buffer + n);
}

static void test_strings(void **state)
{
    uint8_t buffer[SIM_USB_DESCRIPTORS_MAX];
    const size_t n = sim_usb_strings(buffer);

    (void)state;
    assert_int_equal(u32(buffer), 2);
    assert_int_equal(u32(buffer + 4), n);
    assert_int_equal(u32(buffer + 8), 1);
    assert_int_equal(u32(buffer + 12), 1);
    assert_int_equal(buffer[16] | buffer[17] << 8, 0x0409);
    assert_int_equal(strlen((char *)buffer + 18) + 1 + 18, n);
}

/* Each name moves a field of its own, and all of it. */
static void test_fault_names(void **state)
{
    uint8_t before[sizeof(struct usbtmc_faults)], taken[sizeof(struct usbtmc_faults)] = {0};
    struct sim_text names = {0};
    unsigned count = 0;
    char *rest = NULL;

    (void)state;
    memset(before, 1, sizeof before);
    assert_int_equal(sim_usb_fault_names(&names), 0);
    for (char *name = strtok_r(names.data, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        struct usbtmc_faults f;
        uint8_t after[sizeof f];

        memcpy(&f, before, sizeof f);
        assert_int_equal(sim_usb_fault_set(&f, name, 0), 0);
        memcpy(after, &f, sizeof f);
        for (size_t i = 0; i < sizeof after; i++)
            taken[i] = (uint8_t)(taken[i] + (after[i] != before[i]));
        count++;
    }
    assert_true(count >= 15);
    for (size_t i = 0; i < sizeof taken; i++)
        if (taken[i] > 1)
            fail_msg("byte %zu belongs to %u faults", i, taken[i]);
    sim_text_clear(&names);
}

static void test_fault_values(void **state)
{
    struct usbtmc_faults f = {0};

    (void)state;
    assert_int_equal(sim_usb_fault_set(&f, "stall_in", 300), 0);
    assert_int_equal(f.stall_in, 300);
    assert_int_equal(sim_usb_fault_set(&f, "wrong_tag", 2), -ERANGE);
    assert_int_equal(sim_usb_fault_set(&f, "wrong", 1), -ENOENT);
    assert_false(f.wrong_tag);
}

static void test_option(void **state)
{
    struct sim_gadget_option o;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(sim_gadget_option_parse("analyser=91K1", &o, &err), 0);
    assert_string_equal(o.instrument, "analyser");
    assert_string_equal(o.serial, "91K1");
    assert_int_equal(o.vendor, 0x0b21);
    assert_int_equal(o.product, 0x0025);
    assert_null(o.functionfs);
    assert_int_equal(sim_gadget_option_parse("brake=7,product=0x1234,vendor=2", &o, &err), 0);
    assert_int_equal(o.vendor, 2);
    assert_int_equal(o.product, 0x1234);
    assert_int_equal(sim_gadget_functionfs_parse("brake=/dev/x", &o, &err), 0);
    assert_string_equal(o.functionfs, "/dev/x");
}

static void test_bad_options(void **state)
{
    static const char *const bad[] = {"",
                                      "analyser",
                                      "analyser=",
                                      "=1",
                                      "analyser=1,",
                                      "analyser=1,x=2",
                                      "analyser=,vendor=1",
                                      "analyser=1,vendor=",
                                      "analyser=1,vendor=0x10000",
                                      "analyser=1,product=-1",
                                      "analyser=1,product=1x",
                                      "a-name-that-is-much-too-long=1"};
    struct sim_gadget_option o = {.serial = "kept"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct mb_error err = {""};

        assert_int_equal(sim_gadget_option_parse(bad[i], &o, &err), -EINVAL);
        assert_string_not_equal(err.text, "");
    }
    assert_string_equal(o.serial, "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_fault_names), cmocka_unit_test(test_fault_values),
        cmocka_unit_test(test_option),      cmocka_unit_test(test_bad_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
