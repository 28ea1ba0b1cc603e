/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The USB function behind a gadget, with the test as the host. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/fake_usb_port.h"

#define HEADER 12u
#define BIG (1u << 20)

enum { INTERFACE = 1, ENDPOINT = 2 };

struct rig {
    struct fake_usb_port port;
    struct usbtmc_model model;
    struct sim_usb_function *function;
    uint8_t tag;
    uint8_t reply[BIG + 64];
};

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    fake_usb_port_init(&rig->port);
    usbtmc_model_init(&rig->model);
    rig->function = sim_usb_function_new(&rig->model, &rig->port.base);
    assert_non_null(rig->function);
    fake_usb_port_enable(&rig->port, 512);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    fake_usb_port_done(&rig->port);
    rig->function = sim_usb_function_free(rig->function);
    usbtmc_model_done(&rig->model);
    free(rig);
    return 0;
}

static size_t header(struct rig *rig, uint8_t *p, uint8_t id, size_t size, uint8_t attributes)
{
    rig->tag = (uint8_t)(rig->tag % 255 + 1);
    memcpy(p,
           (uint8_t[HEADER]){id, rig->tag, (uint8_t)~rig->tag, 0, (uint8_t)size, (uint8_t)(size >> 8),
                             (uint8_t)(size >> 16), (uint8_t)(size >> 24), attributes},
           HEADER);
    return HEADER;
}

/* One program message as one bulk-OUT transfer; what the port took of it. */
static int tell(struct rig *rig, const char *text, size_t *ret_size)
{
    uint8_t data[1200] = {0};
    size_t n = strlen(text);

    assert_true(n + HEADER + 4 <= sizeof data);
    header(rig, data, 1, n, 1);
    memcpy(data + HEADER, text, n);
    *ret_size = (HEADER + n + 3) / 4 * 4;
    return fake_usb_port_out(&rig->port, data, *ret_size);
}

static void assert_told(struct rig *rig, const char *text)
{
    size_t size;
    int n = tell(rig, text, &size);

    assert_int_equal(n, size);
}

static void request(struct rig *rig, size_t size)
{
    uint8_t data[HEADER];

    header(rig, data, 2, size, 0);
    assert_int_equal(fake_usb_port_out(&rig->port, data, HEADER), HEADER);
}

/* Reads one reply and looks at its header; its payload's size. */
static size_t receive(struct rig *rig)
{
    int n = fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply);
    size_t size;

    assert_true(n >= (int)HEADER);
    assert_int_equal(rig->reply[0], 2);
    assert_int_equal(rig->reply[1], rig->tag);
    assert_int_equal(rig->reply[2], (uint8_t)~rig->tag);
    size = rig->reply[4] | (size_t)rig->reply[5] << 8 | (size_t)rig->reply[6] << 16;
    assert_int_equal(size, (size_t)n - HEADER);
    return size;
}

static void assert_identity(struct rig *rig)
{
    static const char expected[] = USBTMC_MODEL_IDENTITY "\n";

    assert_told(rig, "*IDN?\n");
    request(rig, 1000);
    assert_int_equal(receive(rig), sizeof expected - 1);
    assert_memory_equal(rig->reply + HEADER, expected, sizeof expected - 1);
    assert_int_equal(rig->reply[8], 1); /* EOM */
}

static void test_query(void **state)
{
    assert_identity(*state);
    assert_identity(*state);
}

/* The request comes before anybody has looked at the command, as a host with two transfers under way sends
 * it. */
static void test_no_request_no_reply(void **state)
{
    struct rig *rig = *state;

    assert_told(rig, "*IDN?\n");
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), -EAGAIN);
    request(rig, 1000);
    assert_true(receive(rig) > 0);
    assert_true(rig->port.queued[SIM_USB_OUT] >= 2);
}

static void test_long_messages(void **state)
{
    /* Payloads whose transfers end within, with, and behind a packet. */
    static const size_t sizes[] = {499, 500, 501, 1011, 1012, 1013, 1100};
    struct rig *rig = *state;
    char text[1200];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = '\0';
        assert_told(rig, text);
        assert_int_equal(rig->model.last_size, sizes[i]);
        assert_int_equal(rig->model.messages, i + 1);
    }
    assert_identity(rig);
}

static void test_closing_packet(void **state)
{
    struct rig *rig = *state;

    /* 12 bytes of header: 500 make one packet, 499 and 501 end with a short one. */
    for (size_t n = 499; n <= 501; n++) {
        char text[32];

        (void)snprintf(text, sizeof text, "BLOCK? %zu", n);
        assert_told(rig, text);
        request(rig, 4096);
        assert_int_equal(rig->port.queued[SIM_USB_IN], n == 500 ? 2 : 1);
        assert_int_equal(receive(rig), n);
    }
}

static void test_long_reply(void **state)
{
    const size_t n = 700001;
    struct rig *rig = *state;

    assert_told(rig, "BLOCK? 700001");
    request(rig, BIG);
    assert_true(rig->port.queued[SIM_USB_IN] >= 2); /* the controller is never idle in between */
    assert_int_equal(receive(rig), n);
    for (size_t i = 0; i < n; i++)
        if (rig->reply[HEADER + i] != usbtmc_model_pattern(i))
            fail_msg("byte %zu", i);
    assert_true(rig->port.longest <= 65536);
    assert_identity(rig);
}

static void test_reply_in_parts(void **state)
{
    struct rig *rig = *state;

    assert_told(rig, "BLOCK? 1000");
    request(rig, 600);
    assert_int_equal(receive(rig), 600);
    assert_int_equal(rig->reply[8], 0);
    request(rig, 600);
    assert_int_equal(receive(rig), 400);
    assert_int_equal(rig->reply[8], 1);
    assert_int_equal(rig->reply[HEADER], usbtmc_model_pattern(600));
}

static void test_stall_out(void **state)
{
    struct rig *rig = *state;
    size_t size;

    rig->model.faults.stall_out = 1;
    assert_told(rig, "*IDN?\n"); /* taken, then refused */
    assert_true(rig->port.halted[SIM_USB_OUT]);
    assert_int_equal(tell(rig, "*IDN?\n", &size), -EPIPE);
    fake_usb_port_settle(&rig->port);
    fake_usb_port_clear_halt(&rig->port, SIM_USB_OUT);
    assert_int_equal(rig->model.messages, 0);
    assert_identity(rig);
}

static void test_stall_in(void **state)
{
    struct rig *rig = *state;

    rig->model.faults.stall_in = 1;
    assert_told(rig, "*IDN?\n");
    request(rig, 1000);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), -EPIPE);
    fake_usb_port_clear_halt(&rig->port, SIM_USB_IN);
    request(rig, 1000); /* the reply has not gone with the stall */
    assert_int_equal(receive(rig), strlen(USBTMC_MODEL_IDENTITY) + 1);
}

static void test_clear(void **state)
{
    struct rig *rig = *state;

    assert_told(rig, "BLOCK? 300000");
    request(rig, BIG);
    fake_usb_port_control(&rig->port, INTERFACE, 5, 0, 0, 1); /* INITIATE_CLEAR */
    assert_true(rig->port.answered && rig->port.answer[0] == 1);
    assert_true(rig->port.halted[SIM_USB_OUT]); /* USBTMC 4.2.1.6 */
    fake_usb_port_settle(&rig->port);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), -EAGAIN);
    fake_usb_port_control(&rig->port, INTERFACE, 6, 0, 0, 2);
    assert_true(rig->port.answered && rig->port.answer[0] == 1);
    fake_usb_port_clear_halt(&rig->port, SIM_USB_OUT);
    rig->tag--; /* the next program begins with the tag that was the last one here */
    assert_identity(rig);
}

/* An instrument that says things late: of each message what came before it, one message later. */
struct late {
    char due[64];
    unsigned forgotten;
};

static void hear_late(struct usbtmc_model *m, const char *message, void *userdata)
{
    struct late *late = userdata;

    if (late->due[0])
        usbtmc_model_answer(m, late->due);
    (void)snprintf(late->due, sizeof late->due, "%.*s", (int)strcspn(message, "\n"), message);
}

static void forget_late(void *userdata)
{
    struct late *late = userdata;

    late->due[0] = '\0';
    late->forgotten++;
}

/* What an instrument had still to say goes with the clear itself: the message behind it, which may come
 * before the simulator has looked at its clock again, meets nothing of it. */
static void test_clear_forgets(void **state)
{
    struct rig *rig = *state;
    struct late late = {0};

    rig->model.hear = hear_late;
    rig->model.forget = forget_late;
    rig->model.userdata = &late;
    assert_told(rig, "A?\n");
    fake_usb_port_control(&rig->port, INTERFACE, 5, 0, 0, 1); /* INITIATE_CLEAR */
    assert_int_equal(late.forgotten, 1);
    fake_usb_port_settle(&rig->port);
    fake_usb_port_clear_halt(&rig->port, SIM_USB_OUT);
    assert_told(rig, "B?\n");
    request(rig, 100);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), -EAGAIN);
    fake_usb_port_disable(&rig->port);
    assert_int_equal(late.forgotten, 2); /* without power, too */
}

/* What the controller has taken cannot be dropped: the host has to read it, and an empty packet where there
 * is nothing any more. */
static void test_clear_reads_the_fifo(void **state)
{
    struct rig *rig = *state;

    assert_identity(rig);
    fake_usb_port_control(&rig->port, INTERFACE, 5, 0, 0, 1);
    fake_usb_port_control(&rig->port, INTERFACE, 6, 0, 0, 2);
    assert_memory_equal(rig->port.answer, ((uint8_t[]){2, 1}), 2); /* pending, and read bulk-IN */
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), 0);
    fake_usb_port_control(&rig->port, INTERFACE, 6, 0, 0, 2);
    assert_memory_equal(rig->port.answer, ((uint8_t[]){1}), 1);
    fake_usb_port_settle(&rig->port);
    assert_int_equal(rig->port.queued[SIM_USB_IN], 0);
    fake_usb_port_clear_halt(&rig->port, SIM_USB_OUT);
    assert_identity(rig);
    /* A long one is known to be read, or is taken back. */
    assert_told(rig, "BLOCK? 1000");
    request(rig, 2000);
    assert_int_equal(receive(rig), 1000);
    fake_usb_port_control(&rig->port, INTERFACE, 5, 0, 0, 1);
    fake_usb_port_control(&rig->port, INTERFACE, 6, 0, 0, 2);
    assert_memory_equal(rig->port.answer, ((uint8_t[]){1}), 1);
}

static void test_abort(void **state)
{
    struct rig *rig = *state;

    assert_told(rig, "BLOCK? 300000");
    request(rig, BIG);
    fake_usb_port_control(&rig->port, ENDPOINT, 3, rig->tag, USBTMC_MODEL_IN, 2); /* INITIATE_ABORT_BULK_IN */
    assert_true(rig->port.answered && rig->port.answer[0] == 1);
    fake_usb_port_settle(&rig->port);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), -EAGAIN);
    fake_usb_port_control(&rig->port, ENDPOINT, 3, rig->tag, USBTMC_MODEL_IN, 2);
    assert_true(rig->port.answered && rig->port.answer[0] == 0x80); /* nothing under way */
}

static void test_late_reply(void **state)
{
    struct rig *rig = *state;

    assert_told(rig, "SLOW?");
    request(rig, 100);
    assert_int_equal(rig->port.queued[SIM_USB_IN], 0);
    usbtmc_model_finish_slow(&rig->model);
    sim_usb_function_kick(rig->function);
    assert_int_equal(receive(rig), 5);
}

static void test_replug(void **state)
{
    struct rig *rig = *state;

    assert_told(rig, "BLOCK? 300000");
    request(rig, BIG);
    (void)receive(rig);
    assert_told(rig, "SLOW?");
    request(rig, 100);
    fake_usb_port_disable(&rig->port);
    /* Another speed after it: nothing of before comes out, packets have the new size. */
    fake_usb_port_enable(&rig->port, 64);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_IN, rig->reply, sizeof rig->reply), -EAGAIN);
    usbtmc_model_finish_slow(&rig->model); /* nor what was being measured */
    sim_usb_function_kick(rig->function);
    assert_int_equal(rig->port.queued[SIM_USB_IN], 0);
    assert_identity(rig);
    assert_told(rig, "BLOCK? 52");
    request(rig, 4096);
    assert_int_equal(rig->port.queued[SIM_USB_IN], 2);
    assert_int_equal(receive(rig), 52);
}

static void test_control(void **state)
{
    struct rig *rig = *state;

    fake_usb_port_control(&rig->port, INTERFACE, 7, 0, 0, 24);
    assert_true(rig->port.answered);
    assert_int_equal(rig->port.answer_size, 24);
    fake_usb_port_control(&rig->port, INTERFACE, 7, 0, 0, 4); /* as many as are wanted */
    assert_int_equal(rig->port.answer_size, 4);
    fake_usb_port_control(&rig->port, INTERFACE, 99, 0, 0, 1);
    assert_true(rig->port.refused);
    fake_usb_port_control(&rig->port, ENDPOINT, 1, 1, 5, 2); /* no such endpoint */
    assert_true(rig->port.refused);
    rig->model.faults.control_silent = true;
    fake_usb_port_control(&rig->port, INTERFACE, 7, 0, 0, 24);
    assert_false(rig->port.answered || rig->port.refused);
}

static void test_status_byte(void **state)
{
    struct rig *rig = *state;
    uint8_t notice[2];

    rig->model.status = 0x04;
    fake_usb_port_control(&rig->port, INTERFACE, 128, 2, 0, 3); /* READ_STATUS_BYTE, tag 2 */
    assert_true(rig->port.answered);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_NOTIFY, notice, sizeof notice), 2);
    assert_int_equal(notice[0], 0x82);
    assert_int_equal(notice[1], 0x04);
    usbtmc_model_service_request(&rig->model, 0x44);
    sim_usb_function_kick(rig->function);
    assert_int_equal(fake_usb_port_in(&rig->port, SIM_USB_NOTIFY, notice, sizeof notice), 2);
    assert_int_equal(notice[0], 0x81);
    assert_int_equal(notice[1], 0x44);
}

static void test_garbage(void **state)
{
    struct rig *rig = *state;
    uint8_t data[512];

    for (unsigned i = 0; i < 400; i++) {
        for (size_t k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)(i * 31 + k * (i % 7));
        (void)fake_usb_port_out(&rig->port, data, i % 512 + 1);
        fake_usb_port_settle(&rig->port);
        fake_usb_port_clear_halt(&rig->port, SIM_USB_OUT);
    }
    fake_usb_port_control(&rig->port, INTERFACE, 5, 0, 0, 1);
    fake_usb_port_settle(&rig->port);
    fake_usb_port_clear_halt(&rig->port, SIM_USB_OUT);
    assert_identity(rig);
}

#define USB_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        USB_TEST(test_query),         USB_TEST(test_no_request_no_reply),
        USB_TEST(test_long_messages), USB_TEST(test_closing_packet),
        USB_TEST(test_long_reply),    USB_TEST(test_reply_in_parts),
        USB_TEST(test_stall_out),     USB_TEST(test_stall_in),
        USB_TEST(test_clear_forgets), USB_TEST(test_clear_reads_the_fifo),
        USB_TEST(test_clear),         USB_TEST(test_abort),
        USB_TEST(test_late_reply),    USB_TEST(test_replug),
        USB_TEST(test_control),       USB_TEST(test_status_byte),
        USB_TEST(test_garbage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
