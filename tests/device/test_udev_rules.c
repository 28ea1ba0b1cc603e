/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The udev rules: read as text, and run by the real udevadm on devices of a fake bus. */
#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/private_run.h"
#include "support/run_program.h"
#include "support/usbfs_front.h"

#define RULES "udev/rules/70-motorbench.rules"
#define GROUP_ID 987u
#define GRANT "GROUP=\"motorbench\", MODE=\"0660\""

/* Makers of instruments that speak USBTMC */
static const uint16_t makers[] = {0x0b21, 0x0957, 0x2a8d, 0x0699, 0x05e6, 0x0aad, 0x1698, 0x0a69,
                                  0x0b3e, 0x2ec7, 0x2184, 0x1ab1, 0xf4ec, 0xf4ed, 0x1334};
#define MAKER_COUNT (sizeof makers / sizeof makers[0])

static const char *why_not; /* the rules cannot be run here */

static char *read_rules(void)
{
    FILE *file = fopen(RULES, "re");
    char *text = calloc(1, 65536);

    assert_non_null(file);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

static void every_grant_is_for_the_group(void **state)
{
    char *text = read_rules(), *rest = text;
    unsigned grants = 0;

    (void)state;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (line[0] == '#')
            continue;
        if (strstr(line, "MODE") || strstr(line, "GROUP=")) {
            assert_non_null(strstr(line, GRANT));
            assert_memory_equal(line, "ATTR{idVendor}==", 16);
            grants++;
        }
        assert_null(strstr(line, "RUN"));
        assert_null(strstr(line, "PROGRAM"));
    }
    assert_int_equal(grants, MAKER_COUNT);
    free(text);
}

static void every_maker_is_there(void **state)
{
    char *text = read_rules();

    (void)state;
    for (size_t i = 0; i < MAKER_COUNT; i++) {
        char line[80];

        (void)snprintf(line, sizeof line, "ATTR{idVendor}==\"%04x\", " GRANT, makers[i]);
        if (!strstr(text, line))
            fail_msg("no line for %04x", makers[i]);
    }
    free(text);
}

/* Whether udev gives the device to the group. */
static bool is_granted(const struct usbfs_identity *identity)
{
    static const char *const argv[] = {"udevadm", "test", "-a", "add", "/sys/devices/usb1/1-1", NULL};
    static const char *const environment[] = {"LD_PRELOAD=libumockdev-preload.so.0", NULL};
    const struct run_options options = {.environment = environment};
    struct usbfs_front *front = usbfs_front_new();
    struct usbtmc_model model;
    struct run_result result;
    bool mode, group;

    assert_non_null(front);
    usbtmc_model_init(&model);
    usbfs_front_plug(front, &model, identity);
    assert_int_equal(run_program(argv, &options, &result), 0);
    assert_non_null(strstr(result.err, "Reading rules file: /run/udev/rules.d/70-motorbench.rules"));
    assert_non_null(strstr(result.out, "ID_USB_MODEL_ID="));
    mode = strstr(result.err, " MODE 0660");
    group = strstr(result.err, " GROUP 987");
    assert_int_equal(mode, group);
    run_result_clear(&result);
    usbfs_front_free(front);
    usbtmc_model_done(&model);
    return mode;
}

static void every_maker_is_granted(void **state)
{
    (void)state;
    if (why_not)
        SKIP_TEST(why_not);
    for (size_t i = 0; i < MAKER_COUNT; i++)
        assert_true(is_granted(&(struct usbfs_identity){.vendor = makers[i], .product = 1}));
}

static void composite_instrument_is_granted(void **state)
{
    (void)state;
    if (why_not)
        SKIP_TEST(why_not);
    assert_true(is_granted(&(struct usbfs_identity){.vendor = 0x2ec7, .product = 1, .interfaces_before = 2}));
}

static void plain_usbtmc_is_granted(void **state)
{
    (void)state;
    if (why_not)
        SKIP_TEST(why_not);
    assert_true(is_granted(&(struct usbfs_identity){.vendor = 0x1334, .product = 1, .no_usb488 = true}));
}

static void others_are_not(void **state)
{
    (void)state;
    if (why_not)
        SKIP_TEST(why_not);
    assert_false(is_granted(&(struct usbfs_identity){.vendor = 0xdead, .product = 1}));
    assert_false(is_granted(&(struct usbfs_identity){.vendor = 0x2184, .product = 1, .no_tmc = true}));
}

/* A private /run with the rules and the group in it. */
static const char *prepare(void)
{
    struct run_result result = {0};
    char *rules = read_rules();
    const char *reason = NULL;

    if (run_program((const char *const[]){"udevadm", "--version", NULL}, NULL, &result) < 0 ||
        result.status != 0)
        reason = "udevadm is not installed";
    else if (access("/usr/lib/udev/rules.d/50-udev-default.rules", R_OK) < 0)
        reason = "udev's own rules are not installed";
    else if (private_run_make() < 0 || private_run_add_group("motorbench", GROUP_ID) < 0 ||
             private_run_write("/run/udev/rules.d/70-motorbench.rules", rules) < 0)
        reason = "no right to a private /run";
    run_result_clear(&result);
    free(rules);
    return reason;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_grant_is_for_the_group),    cmocka_unit_test(every_maker_is_there),
        cmocka_unit_test(every_maker_is_granted),          cmocka_unit_test(others_are_not),
        cmocka_unit_test(composite_instrument_is_granted), cmocka_unit_test(plain_usbtmc_is_granted),
    };

    why_not = prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
