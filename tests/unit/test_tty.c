/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The serial link over a pty: what goes through, what does not, and every way of going away. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/fake_instrument.h"
#include "support/serial_port.h"
#include "transport/serial.h"
#include "transport/transport.h"

struct rig {
    sd_event *event;
    struct serial_port *port;
    struct mb_transport *link;
    bool opened, failed, appeared, some;
    unsigned failures, appearances;
    int code;
    char text[512];
    uint8_t bytes[1024];
    size_t count;
};

static void on_opened(void *userdata)
{
    ((struct rig *)userdata)->opened = true;
}

static void on_received(const uint8_t *data, size_t n, bool end_of_message, void *userdata)
{
    struct rig *rig = userdata;

    assert_false(end_of_message);
    assert_true(rig->count + n <= sizeof rig->bytes);
    memcpy(rig->bytes + rig->count, data, n);
    rig->count += n;
    rig->some = true;
}

static void on_failed(int code, const char *text, void *userdata)
{
    struct rig *rig = userdata;

    rig->failed = true;
    rig->failures++;
    rig->code = code;
    (void)snprintf(rig->text, sizeof rig->text, "%s", text);
}

static void on_appeared(void *userdata)
{
    struct rig *rig = userdata;

    rig->appeared = true;
    rig->appearances++;
}

static const struct mb_transport_callbacks callbacks = {
    .opened = on_opened, .received = on_received, .failed = on_failed, .appeared = on_appeared};

static void make_link(struct rig *rig, const char *suffix)
{
    struct mb_error err = {0};
    char address[160];

    (void)snprintf(address, sizeof address, "%s%s", serial_port_address(rig->port), suffix);
    if (mb_transport_new(rig->event, address, &callbacks, rig, &rig->link, &err) < 0)
        fail_msg("%s", err.text);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    rig->port = serial_port_new(rig->event);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_transport_free(rig->link);
    (void)serial_port_free(rig->port);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static void open_link(struct rig *rig)
{
    struct mb_error err = {0};

    rig->opened = rig->failed = false;
    if (rig->link->ops->open(rig->link, &err) < 0)
        fail_msg("%s", err.text);
    assert_false(rig->opened); /* never from inside the call */
    if (!fake_run_until(rig->event, &rig->opened, 1500))
        fail_msg("not opened: %s", rig->text);
}

static int refused(struct rig *rig, char *text, size_t size)
{
    struct mb_error err = {0};
    int r = rig->link->ops->open(rig->link, &err);

    (void)snprintf(text, size, "%s", err.text);
    return r;
}

static void assert_received(struct rig *rig, const void *bytes, size_t n)
{
    uint64_t end_ns = mb_monotonic_ns() + 1000000000u;

    while (rig->count < n && mb_monotonic_ns() < end_ns)
        fake_run_for(rig->event, 5);
    assert_int_equal(rig->count, n);
    assert_memory_equal(rig->bytes, bytes, n);
}

/* ---- words ---- */

static void test_settings(void **state)
{
    static const struct {
        const char *text;
        struct mb_serial_setting is;
    } good[] = {
        {"9600", {9600, 8, 2, MB_PARITY_ODD, MB_FLOW_XONXOFF}},
        {"115200,8N1", {115200, 8, 1, MB_PARITY_NONE, MB_FLOW_XONXOFF}},
        {"1200,7E1,none", {1200, 7, 1, MB_PARITY_EVEN, MB_FLOW_NONE}},
        {"19200,rtscts", {19200, 8, 2, MB_PARITY_ODD, MB_FLOW_RTSCTS}},
        {"4000000,8O2,xonxoff", {4000000, 8, 2, MB_PARITY_ODD, MB_FLOW_XONXOFF}},
    };
    static const char *const bad[] = {"",          "9601",
                                      "0",         "fast",
                                      "8N1",       "9600,",
                                      "9600,9N1",  "9600,8X1",
                                      "9600,8N3",  "9600,8N",
                                      "9600,8N11", "9600,8N1,",
                                      "9600,dtr",  "9600,rtscts,8N1",
                                      "-9600",     "9600,8N1,none,none",
                                      "9600.0",    "99999999999",
                                      "9600,8n1",  "9600,8N1,NONE"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct mb_serial_setting s = {2400, 8, 2, MB_PARITY_ODD, MB_FLOW_XONXOFF};

        assert_int_equal(mb_serial_parse(good[i].text, &s, NULL), 0);
        assert_memory_equal(&s, &good[i].is, sizeof s);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mb_serial_setting s = mb_serial_default;
        struct mb_error err = {0};

        if (mb_serial_parse(bad[i], &s, &err) != -EINVAL)
            fail_msg("'%s' was taken", bad[i]);
        assert_memory_equal(&s, &mb_serial_default, sizeof s);
        assert_non_null(strstr(err.text, "300 to 4000000"));
    }
}

static void test_addresses(void **state)
{
    static const struct mb_serial_setting meter = {115200, 7, 2, MB_PARITY_EVEN, MB_FLOW_RTSCTS};
    static const struct {
        const char *address, *is;
    } rows[] = {
        {"tty:/dev/ttyUSB0", "tty:/dev/ttyUSB0,115200,7E2,rtscts"},
        {"tty:/dev/ttyUSB0,9600", "tty:/dev/ttyUSB0,9600,7E2,rtscts"},
        {"tty:/dev/ttyUSB0,9600,8N1,none", "tty:/dev/ttyUSB0,9600,8N1,none"},
        {"tty:/dev/serial/by-path/pci-0:1:2", "tty:/dev/serial/by-path/pci-0:1:2,115200,7E2,rtscts"},
        {"record:/tmp/a.transcript:tty:/dev/ttyACM0",
         "record:/tmp/a.transcript:tty:/dev/ttyACM0,115200,7E2,rtscts"},
        {"tcp:127.0.0.1:5025", "tcp:127.0.0.1:5025"},
        {"record:tty:tcp:127.0.0.1:1", "record:tty:tcp:127.0.0.1:1"},
    };
    char *text = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(mb_serial_address(rows[i].address, &meter, &text, NULL), 0);
        assert_string_equal(text, rows[i].is);
        free(text);
    }
    text = NULL;
    assert_int_equal(mb_serial_address("tty:/dev/ttyUSB0,1", &meter, &text, NULL), -EINVAL);
    assert_null(text);
    assert_true(mb_serial_seconds(&meter, 115200) > 10.99 && mb_serial_seconds(&meter, 115200) < 11.01);
}

static void test_bad_addresses(void **state)
{
    struct rig *rig = *state;
    static const char *const bad[] = {"tty:", "tty:ttyUSB0", "tty:/dev/ttyUSB0,fast", "tty:/dev/ttyUSB0,"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mb_error err = {0};

        assert_int_equal(mb_transport_new(rig->event, bad[i], &callbacks, rig, &rig->link, &err), -EINVAL);
        assert_null(rig->link);
        assert_non_null(strstr(err.text, "allowed is"));
    }
}

/* ---- bytes ---- */

static void echo_back(void *userdata, const char *line, struct sim_text *reply)
{
    (void)userdata;
    assert_int_equal(sim_text_printf(reply, "<%s>\r", line), 0);
}

/* A terminal would edit lines, map CR to LF, stop at ^S and quit at ^C. */
static void test_bytes_pass_unchanged(void **state)
{
    static const char odd[] = "\x03\x11\x13\x04\x1a\x7f\xff\x00\r\n\r\xe9 end";
    struct rig *rig = *state;

    serial_port_plug(rig->port);
    serial_port_serve(rig->port, "\r", echo_back, NULL);
    make_link(rig, "");
    assert_int_equal(rig->link->ops->write(rig->link, "X", 1), -ENOTCONN);
    open_link(rig);
    serial_port_send(rig->port, odd, sizeof odd);
    assert_received(rig, odd, sizeof odd);
    rig->count = 0;
    assert_int_equal(rig->link->ops->write(rig->link, "\x03\n\x13?\r", 5), 0);
    assert_received(rig, "<\x03\n\x13?>\r", 7);
    assert_int_equal(rig->failures, 0);
}

static void test_byte_by_byte(void **state)
{
    struct rig *rig = *state;

    serial_port_plug(rig->port);
    serial_port_serve(rig->port, "\n", echo_back, NULL);
    serial_port_dribble(rig->port, true);
    make_link(rig, ",115200,8N1,rtscts");
    open_link(rig);
    assert_int_equal(rig->link->ops->write(rig->link, "VALUE?\n", 7), 0);
    assert_received(rig, "<VALUE?>\r", 9);
}

static void test_alone_and_as_set_up(void **state)
{
    struct rig *rig = *state;
    struct termios t;
    int fd, exclusive = 0;

    serial_port_plug(rig->port);
    make_link(rig, ",57600,8N2,xonxoff");
    open_link(rig);
    fd = open(serial_port_path(rig->port), O_RDWR | O_NOCTTY | O_CLOEXEC); /* as root it may */
    if (fd < 0) {
        assert_int_equal(errno, EBUSY);
        return;
    }
    assert_int_equal(ioctl(fd, TIOCGEXCL, &exclusive), 0);
    assert_int_equal(exclusive, 1);
    t = serial_port_settings(rig->port);
    assert_int_equal(cfgetospeed(&t), B57600);
    assert_int_equal(cfgetispeed(&t), B57600);
    assert_true(t.c_cflag & CSTOPB);
    assert_true(t.c_iflag & IXOFF);
    assert_false(t.c_cflag & HUPCL); /* closing must not move DTR */
    rig->link->ops->close(rig->link);
    assert_int_equal(ioctl(fd, TIOCGEXCL, &exclusive), 0);
    assert_int_equal(exclusive, 0);
    (void)close(fd);
}

/* ---- epochs ---- */

static void test_old_bytes_stay_old(void **state)
{
    struct rig *rig = *state;

    serial_port_plug(rig->port);
    serial_port_send(rig->port, "before\n", 7); /* lies in the port */
    make_link(rig, "");
    assert_int_equal(rig->link->ops->open(rig->link, NULL), 0);
    fake_run_for(rig->event, 20);
    serial_port_send(rig->port, "the end of something\n", 21); /* was on the way */
    assert_true(fake_run_until(rig->event, &rig->opened, 1000));
    assert_int_equal(rig->count, 0);
    serial_port_send(rig->port, "new\n", 4);
    assert_received(rig, "new\n", 4);
}

/* Old bytes that lie there while the program was busy for longer than the line has to be silent. */
static void test_busy_is_not_silent(void **state)
{
    struct rig *rig = *state;

    serial_port_plug(rig->port);
    make_link(rig, "");
    for (int i = 0; i < 5; i++) {
        rig->opened = false;
        assert_int_equal(rig->link->ops->open(rig->link, NULL), 0);
        serial_port_send(rig->port, "old\n", 4);
        assert_int_equal(usleep(60000), 0);
        assert_true(fake_run_until(rig->event, &rig->opened, 1000));
        assert_int_equal(rig->count, 0);
        rig->link->ops->close(rig->link);
    }
}

/* The owner gave a query up; its answer comes when the line is open again. */
static void test_late_answer_is_heard_out(void **state)
{
    struct rig *rig = *state;

    serial_port_plug(rig->port);
    make_link(rig, "");
    open_link(rig);
    assert_int_equal(rig->link->ops->write(rig->link, "SLOW?\n", 6), 0);
    fake_run_for(rig->event, 20);
    rig->link->ops->close(rig->link);
    rig->opened = false;
    assert_int_equal(rig->link->ops->open(rig->link, NULL), 0);
    fake_run_for(rig->event, 150);
    assert_false(rig->opened);
    serial_port_send(rig->port, "17.5\n", 5);
    assert_true(fake_run_until(rig->event, &rig->opened, 1000));
    assert_int_equal(rig->count, 0);
}

/* Sends without a pause until the link has failed or opened. The longest pause that there was all the same,
 * ns: a busy machine makes some. */
static uint64_t talk(struct rig *rig)
{
    uint64_t last_ns = mb_monotonic_ns(), now_ns, longest_ns = 0;

    for (int i = 0; i < 200 && !rig->failed && !rig->opened; i++) {
        serial_port_send(rig->port, "1.0\n", 4);
        fake_run_for(rig->event, 15);
        now_ns = mb_monotonic_ns();
        longest_ns = now_ns - last_ns > longest_ns ? now_ns - last_ns : longest_ns;
        last_ns = now_ns;
    }
    return longest_ns;
}

static void test_talks_without_being_asked(void **state)
{
    struct rig *rig = *state;
    uint64_t begin_ns = 0, pause_ns;

    serial_port_plug(rig->port);
    make_link(rig, "");
    for (int tries = 0; tries < 20 && !rig->failed; tries++) {
        rig->opened = false;
        begin_ns = mb_monotonic_ns();
        assert_int_equal(rig->link->ops->open(rig->link, NULL), 0);
        pause_ns = talk(rig);
        if (rig->opened) {
            assert_true(pause_ns > 30000000u); /* else it was not silent */
            rig->link->ops->close(rig->link);
        }
    }
    assert_true(rig->failed);
    assert_false(rig->opened);
    assert_int_equal(rig->code, -EPROTO);
    assert_non_null(strstr(rig->text, "silent"));
    assert_true(mb_monotonic_ns() - begin_ns < 2500000000u);
}

/* ---- going away ---- */

static void test_stalled_reader(void **state)
{
    struct rig *rig = *state;
    static char much[100000];
    uint64_t begin_ns;

    memset(much, 'x', sizeof much);
    serial_port_plug(rig->port);
    make_link(rig, "");
    open_link(rig);
    serial_port_stall(rig->port, true);
    assert_int_equal(rig->link->ops->write(rig->link, much, sizeof much), 0);
    fake_run_for(rig->event, 30);
    assert_int_equal(rig->link->ops->write(rig->link, "OUTP OFF\n", 9), -EBUSY);
    assert_int_equal(rig->failures, 0);
    begin_ns = mb_monotonic_ns();
    rig->link->ops->close(rig->link);
    assert_true(mb_monotonic_ns() - begin_ns < 500000000u);
}

static void test_hang_up_in_a_reply(void **state)
{
    struct rig *rig = *state;

    serial_port_plug(rig->port);
    serial_port_serve(rig->port, "\n", echo_back, NULL);
    make_link(rig, "");
    open_link(rig);
    serial_port_break_after(rig->port, 4);
    assert_int_equal(rig->link->ops->write(rig->link, "VALUE?\n", 7), 0);
    assert_true(fake_run_until(rig->event, &rig->failed, 1000));
    assert_int_equal(rig->code, -ENODEV);
    assert_non_null(strstr(rig->text, "gone"));
    assert_int_equal(rig->link->ops->write(rig->link, "VALUE?\n", 7), -ENOTCONN);
    fake_run_for(rig->event, 50);
    assert_int_equal(rig->failures, 1);
}

static void test_comes_back(void **state)
{
    struct rig *rig = *state;

    serial_port_serve(rig->port, "\n", echo_back, NULL);
    make_link(rig, "");
    for (unsigned n = 1; n <= 3; n++) {
        rig->appeared = false;
        assert_int_equal(rig->link->ops->watch(rig->link), 0);
        fake_run_for(rig->event, 30);
        assert_false(rig->appeared); /* nobody is there yet */
        serial_port_plug(rig->port);
        assert_true(fake_run_until(rig->event, &rig->appeared, 500));
        assert_int_equal(rig->appearances, n);
        open_link(rig);
        rig->count = 0;
        assert_int_equal(rig->link->ops->write(rig->link, "A\n", 2), 0);
        assert_received(rig, "<A>\r", 4);
        serial_port_unplug(rig->port);
        assert_true(fake_run_until(rig->event, &rig->failed, 1000));
        assert_int_equal(rig->failures, n);
    }
    assert_int_equal(rig->appearances, 3);
}

/* udev gives the group its rights after the node is there. */
static void test_comes_back_with_its_rights(void **state)
{
    struct rig *rig = *state;
    const uid_t nobody = 65534;
    int r;

    if (geteuid() != 0)
        SKIP_TEST("only root can take rights away from itself");
    serial_port_plug(rig->port);
    make_link(rig, "");
    assert_int_equal(chmod(serial_port_path(rig->port), 0600), 0);
    assert_int_equal(seteuid(nobody), 0);
    r = rig->link->ops->watch(rig->link);
    fake_run_for(rig->event, 30);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, 0);
    assert_false(rig->appeared);
    assert_int_equal(chmod(serial_port_path(rig->port), 0666), 0);
    assert_int_equal(seteuid(nobody), 0);
    (void)fake_run_until(rig->event, &rig->appeared, 500);
    assert_int_equal(seteuid(0), 0);
    assert_true(rig->appeared);
}

static void test_watch_ends(void **state)
{
    struct rig *rig = *state;

    make_link(rig, "");
    assert_int_equal(rig->link->ops->watch(rig->link), 0);
    assert_int_equal(rig->link->ops->watch(rig->link), 0);
    rig->link->ops->close(rig->link);
    serial_port_plug(rig->port);
    fake_run_for(rig->event, 50);
    assert_false(rig->appeared);
    assert_int_equal(rig->link->ops->watch(rig->link), 0); /* it is there: nothing to tell */
    fake_run_for(rig->event, 50);
    assert_false(rig->appeared);
    open_link(rig);
}

/* ---- what is refused, and what helps ---- */

static void test_not_there(void **state)
{
    struct rig *rig = *state;
    char text[512];

    make_link(rig, "");
    assert_int_equal(refused(rig, text, sizeof text), -ENOENT);
    assert_non_null(strstr(text, "/dev/serial/by-id"));
}

static void test_not_a_port(void **state)
{
    struct rig *rig = *state;
    char text[512];

    assert_int_equal(mb_transport_new(rig->event, "tty:/dev/null", &callbacks, rig, &rig->link, NULL), 0);
    assert_int_equal(refused(rig, text, sizeof text), -ENOTTY);
    assert_non_null(strstr(text, "not a serial port"));
}

static void test_not_allowed(void **state)
{
    struct rig *rig = *state;
    char text[512];
    int r;

    if (geteuid() != 0)
        SKIP_TEST("only root can take rights away from itself");
    serial_port_plug(rig->port);
    make_link(rig, "");
    assert_int_equal(chmod(serial_port_path(rig->port), 0600), 0);
    assert_int_equal(seteuid(65534), 0);
    r = refused(rig, text, sizeof text);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, -EACCES);
    assert_non_null(strstr(text, "dialout"));
    assert_non_null(strstr(text, "motorbench"));
}

static void test_taken(void **state)
{
    struct rig *rig = *state;
    struct mb_transport *first;
    char text[512];

    serial_port_plug(rig->port);
    make_link(rig, "");
    open_link(rig);
    first = rig->link;
    make_link(rig, "");
    assert_int_equal(refused(rig, text, sizeof text), -EBUSY);
    assert_non_null(strstr(text, "another program"));
    (void)mb_transport_free(first);
    open_link(rig);
}

/* A pty has no parity: the set-up is read back and found wanting. */
static void test_set_up_not_taken(void **state)
{
    struct rig *rig = *state;
    char text[512];

    serial_port_plug(rig->port);
    make_link(rig, ",9600,7E1");
    assert_int_equal(refused(rig, text, sizeof text), -EINVAL);
    assert_non_null(strstr(text, "7E1"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_addresses),
        TEST(test_bad_addresses),
        TEST(test_bytes_pass_unchanged),
        TEST(test_byte_by_byte),
        TEST(test_alone_and_as_set_up),
        TEST(test_old_bytes_stay_old),
        TEST(test_busy_is_not_silent),
        TEST(test_late_answer_is_heard_out),
        TEST(test_talks_without_being_asked),
        TEST(test_stalled_reader),
        TEST(test_hang_up_in_a_reply),
        TEST(test_comes_back),
        TEST(test_comes_back_with_its_rights),
        TEST(test_watch_ends),
        TEST(test_not_there),
        TEST(test_not_a_port),
        TEST(test_not_allowed),
        TEST(test_taken),
        TEST(test_set_up_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
