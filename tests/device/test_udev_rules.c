/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The udev rules: read as text, compared with what the profiles ask for, and run by the real udevadm on
 * devices of a fake bus. MOTORBENCH_REGENERATE=1 writes the files of udev/ anew. */
#include "support/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <umockdev.h>

#include "support/private_run.h"
#include "support/run_program.h"
#include "support/usbfs_front.h"

#define TAGS "udev/rules/70-motorbench.rules"
#define ACCESS "udev/rules/71-motorbench-access.rules"
#define HWDB "udev/hwdb/70-motorbench.hwdb"
#define TEXT_SIZE 65536
#define GROUP_ID 987u
#define GRANT "GROUP=\"motorbench\", MODE=\"0660\""

/* Makers of instruments that speak USBTMC */
static const uint16_t makers[] = {0x0b21, 0x0957, 0x2a8d, 0x0699, 0x05e6, 0x0aad, 0x1698, 0x0a69,
                                  0x0b3e, 0x2ec7, 0x2184, 0x1ab1, 0xf4ec, 0xf4ed, 0x1334};
#define MAKER_COUNT (sizeof makers / sizeof makers[0])

static const char *why_not; /* the rules cannot be run here */

static char *read_rules(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, TEXT_SIZE);

    assert_non_null(file);
    assert_true(fread(text, 1, TEXT_SIZE - 1, file) > 0);
    fclose(file);
    return text;
}

/* Access is granted in one file, to one group, to what the other file has tagged. */
static void every_grant_is_for_the_group(void **state)
{
    static const char *const files[] = {TAGS, ACCESS};
    unsigned grants = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *text = read_rules(files[i]), *rest = text;

        for (char *line; (line = strsep(&rest, "\n"));) {
            if (line[0] == '#')
                continue;
            if (strstr(line, "MODE") || strstr(line, "GROUP=")) {
                assert_string_equal(files[i], ACCESS);
                assert_non_null(strstr(line, GRANT));
                assert_non_null(strstr(line, "ENV{ID_MOTORBENCH}=="));
                grants++;
            }
            assert_null(strstr(line, "RUN"));
            assert_null(strstr(line, "PROGRAM"));
        }
        free(text);
    }
    assert_int_equal(grants, 2); /* USBTMC devices, serial ports of instruments */
}

static void every_maker_is_there(void **state)
{
    char *text = read_rules(TAGS);

    (void)state;
    for (size_t i = 0; i < MAKER_COUNT; i++) {
        char line[96];

        (void)snprintf(line, sizeof line, "ATTR{idVendor}==\"%04x\", ENV{ID_MOTORBENCH}=\"usbtmc\"",
                       makers[i]);
        if (!strstr(text, line))
            fail_msg("no line for %04x", makers[i]);
    }
    free(text);
}

/* A block begins with an empty line and "# ID"; true where no profile has this id any more. */
static bool is_of_a_lost_profile(const char *block)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t n = strncmp(block, "# ", 2) == 0 ? strspn(block + 2, letters) : 0;
    char path[256];

    if (n == 0 || block[2 + n] != '\n' || !memchr(block + 2, '-', n))
        return false;
    (void)snprintf(path, sizeof path, "driver/profiles/%.*s.yaml", (int)n, block + 2);
    return access(path, F_OK) < 0;
}

/* Without the blocks of profiles that were taken away: a site may do that, and udev does not mind. */
static void drop_lost_profiles(char *text)
{
    char *block = text, *end;

    while ((end = strstr(block, "\n\n"))) {
        char *next = end + 2;

        if (is_of_a_lost_profile(block))
            memmove(block, next, strlen(next) + 1);
        else
            block = next;
    }
    if (is_of_a_lost_profile(block))
        block[-1] = '\0'; /* the last one: the line end before it goes too */
}

static void file_is_generated(const char *what, const char *path)
{
    static const char *const environment[] = {"MOTORBENCH_DATADIR=driver", "LD_PRELOAD=", NULL};
    const struct run_options options = {.environment = environment};
    char program[256], *text;
    struct run_result result;
    FILE *file;

    assert_int_equal(
        run_program((const char *const[]){run_program_path("motorbench-instrument", program, sizeof program),
                                          "udev", what, NULL},
                    &options, &result),
        0);
    if (result.status != 0)
        fail_msg("status %d: %s", result.status, result.err);
    if (getenv("MOTORBENCH_REGENERATE")) {
        file = fopen(path, "we");
        assert_non_null(file);
        assert_true(fputs(result.out, file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
    text = read_rules(path);
    drop_lost_profiles(text);
    if (strcmp(text, result.out) != 0)
        fail_msg("%s is not what the profiles ask for: run this test with MOTORBENCH_REGENERATE=1", path);
    free(text);
    run_result_clear(&result);
}

static void files_are_what_the_profiles_ask_for(void **state)
{
    (void)state;
    file_is_generated("tags", TAGS);
    file_is_generated("access", ACCESS);
    file_is_generated("hwdb", HWDB);
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
    assert_int_equal(!!strstr(result.out, "ID_MOTORBENCH=usbtmc"), !!strstr(result.err, " MODE 0660"));
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

/* A device of two sysfs entries: USB device and the serial port in it. */
static UMockdevTestbed *plug_serial_port(const char *vendor, const char *product)
{
    UMockdevTestbed *testbed = umockdev_testbed_new();
    GError *error = NULL;
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "P: /devices/usb1/1-1\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nA: idVendor=%s\\n\n"
                   "A: idProduct=%s\\n\n\n"
                   "P: /devices/usb1/1-1/1-1:1.0\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n\n"
                   "P: /devices/usb1/1-1/1-1:1.0/tty/ttyACM0\nN: ttyACM0\nE: DEVNAME=/dev/ttyACM0\n"
                   "E: MAJOR=166\nE: MINOR=0\nA: dev=166:0\\n\n"
                   "E: SUBSYSTEM=tty\n",
                   vendor, product);
    if (!umockdev_testbed_add_from_string(testbed, text, &error))
        fail_msg("%s", error->message);
    return testbed;
}

/* What udev makes of a path: properties on standard output, what it does to the node on the other. */
static void apply_rules(const char *path, struct run_result *ret)
{
    static const char *const environment[] = {"LD_PRELOAD=libumockdev-preload.so.0", NULL};
    const struct run_options options = {.environment = environment};

    assert_int_equal(
        run_program((const char *const[]){"udevadm", "test", "-a", "add", path, NULL}, &options, ret), 0);
    assert_non_null(strstr(ret->err, "71-motorbench-access.rules"));
}

static void assert_port(const char *vendor, const char *product, bool ours, bool device_ignored)
{
    UMockdevTestbed *testbed = plug_serial_port(vendor, product);
    struct run_result result;

    apply_rules("/sys/devices/usb1/1-1/1-1:1.0/tty/ttyACM0", &result);
    assert_int_equal(!!strstr(result.out, "ID_MOTORBENCH=serial"), ours);
    assert_int_equal(!!strstr(result.out, "ID_MM_PORT_IGNORE=1"), ours);
    assert_int_equal(!!strstr(result.err, " GROUP 987"), ours);
    run_result_clear(&result);
    apply_rules("/sys/devices/usb1/1-1", &result);
    assert_int_equal(!!strstr(result.out, "ID_MM_DEVICE_IGNORE=1"), device_ignored);
    assert_null(strstr(result.err, " GROUP 987"));
    run_result_clear(&result);
    g_object_unref(testbed);
}

/* ModemManager sends its commands to any port that is not marked: to a safety tester, too. */
static void serial_ports_are_kept_from_modems(void **state)
{
    (void)state;
    if (why_not)
        SKIP_TEST(why_not);
    assert_port("2184", "0058", true, true);   /* a CDC port of GW Instek */
    assert_port("0403", "6001", false, true);  /* an adapter: nobody knows what is behind it */
    assert_port("dead", "0001", false, false); /* a modem, perhaps */
}

static void hardware_database_compiles(void **state)
{
    char folder[] = "/tmp/mb-hwdb-XXXXXX", path[128];
    struct run_result result;

    (void)state;
    if (access("/usr/bin/systemd-hwdb", X_OK) < 0 && access("/bin/systemd-hwdb", X_OK) < 0)
        SKIP_TEST("systemd-hwdb is not installed");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "mkdir -p %s/etc/udev/hwdb.d && cp " HWDB " %s/etc/udev/hwdb.d/",
                   folder, folder);
    assert_int_equal(run_program((const char *const[]){"sh", "-c", path, NULL}, NULL, &result), 0);
    assert_int_equal(result.status, 0);
    run_result_clear(&result);
    assert_int_equal(
        run_program((const char *const[]){"systemd-hwdb", "--strict", "--root", folder, "update", NULL}, NULL,
                    &result),
        0);
    if (result.status != 0 || result.err_size > 0) /* it only warns, even when it is to be strict */
        fail_msg("status %d: %s", result.status, result.err);
    run_result_clear(&result);
    assert_int_equal(run_program((const char *const[]){"rm", "-r", folder, NULL}, NULL, &result), 0);
    run_result_clear(&result);
}

/* A private /run with the rules and the group in it. */
static const char *prepare(void)
{
    struct run_result result = {0};
    char *tags = read_rules(TAGS), *grants = read_rules(ACCESS);
    const char *reason = NULL;

    if (run_program((const char *const[]){"udevadm", "--version", NULL}, NULL, &result) < 0 ||
        result.status != 0)
        reason = "udevadm is not installed";
    else if (access("/usr/lib/udev/rules.d/50-udev-default.rules", R_OK) < 0)
        reason = "udev's own rules are not installed";
    else if (private_run_make() < 0 || private_run_add_group("motorbench", GROUP_ID) < 0 ||
             private_run_write("/run/udev/rules.d/70-motorbench.rules", tags) < 0 ||
             private_run_write("/run/udev/rules.d/71-motorbench-access.rules", grants) < 0)
        reason = "no right to a private /run";
    run_result_clear(&result);
    free(tags);
    free(grants);
    return reason;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_what_the_profiles_ask_for),
        cmocka_unit_test(every_grant_is_for_the_group),
        cmocka_unit_test(every_maker_is_there),
        cmocka_unit_test(every_maker_is_granted),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(composite_instrument_is_granted),
        cmocka_unit_test(plain_usbtmc_is_granted),
        cmocka_unit_test(serial_ports_are_kept_from_modems),
        cmocka_unit_test(hardware_database_compiles),
    };

    why_not = prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
