/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <string.h>

#include "transport/usbtmc_protocol.h"
#include "transport/usbtmc_quirks.h"

static void tags_skip_zero(void **state)
{
    uint8_t tag = 0;

    (void)state;
    for (int i = 1; i <= 255; i++) {
        tag = mb_usbtmc_next_tag(tag);
        assert_int_equal(tag, i);
    }
    assert_int_equal(mb_usbtmc_next_tag(tag), 1);
}

static void out_header_and_padding(void **state)
{
    static const uint8_t expected[] = {1, 5, 0xfa, 0,   6,   0,   0,   0,    1, 0,
                                       0, 0, '*',  'I', 'D', 'N', '?', '\n', 0, 0};
    uint8_t buffer[64];

    (void)state;
    memset(buffer, 0xee, sizeof buffer);
    assert_int_equal(mb_usbtmc_encode_out(buffer, sizeof buffer, 5, (const uint8_t *)"*IDN?\n", 6, true), 20);
    assert_memory_equal(buffer, expected, sizeof expected);
    assert_int_equal(buffer[20], 0xee);
    assert_int_equal(mb_usbtmc_encode_out(buffer, sizeof buffer, 5, (const uint8_t *)"ABCD", 4, false), 16);
    assert_int_equal(buffer[8], 0); /* no EOM */
}

static void out_refuses_what_does_not_fit(void **state)
{
    uint8_t buffer[20];

    (void)state;
    assert_int_equal(mb_usbtmc_encode_out(buffer, 20, 1, (const uint8_t *)"12345678", 8, true), 20);
    assert_int_equal(mb_usbtmc_encode_out(buffer, 19, 1, (const uint8_t *)"12345678", 8, true), 0);
    assert_int_equal(mb_usbtmc_encode_out(buffer, 19, 1, (const uint8_t *)"12345", 5, true),
                     0); /* padding counts */
    assert_int_equal(mb_usbtmc_encode_out(buffer, 4, 1, (const uint8_t *)"1", 1, true), 0);
}

static void request_header(void **state)
{
    static const uint8_t expected[] = {2, 255, 0, 0, 0x00, 0x3c, 0, 0, 0, 0, 0, 0};
    uint8_t buffer[MB_USBTMC_HEADER_SIZE];

    (void)state;
    mb_usbtmc_encode_request(buffer, 255, 15360, -1);
    assert_memory_equal(buffer, expected, sizeof expected);
}

/* A good reply of four bytes to tag 7, changed in one byte a case. */
static const uint8_t good[] = {2, 7, 0xf8, 0, 4, 0, 0, 0, 1, 0, 0, 0, '1', '.', '5', '\n'};

static int decode_with(size_t at, uint8_t value, size_t received, struct mb_usbtmc_reply *ret)
{
    uint8_t buffer[32] = {0};
    struct mb_error err = {{0}};
    int r;

    memcpy(buffer, good, sizeof good);
    buffer[at] = value;
    r = mb_usbtmc_decode_reply(buffer, received, 7, 100, ret, &err);
    assert_int_equal(err.text[0] != '\0', r < 0);
    return r;
}

static void reply_decodes(void **state)
{
    struct mb_usbtmc_reply reply = {0};

    (void)state;
    assert_int_equal(mb_usbtmc_decode_reply(good, sizeof good, 7, 4, &reply, NULL), 0);
    assert_int_equal(reply.n, 4);
    assert_ptr_equal(reply.data, good + 12);
    assert_true(reply.end_of_message);
    assert_int_equal(decode_with(8, 0, 16, &reply), 0);
    assert_false(reply.end_of_message);
    assert_int_equal(decode_with(8, 2, 16, &reply), 0); /* ended by TermChar is not EOM */
    assert_false(reply.end_of_message);
    assert_int_equal(decode_with(4, 0, 12, &reply), 0);
    assert_int_equal(reply.n, 0);
}

static void reply_drops_alignment(void **state)
{
    struct mb_usbtmc_reply reply = {0};

    (void)state;
    for (size_t extra = 0; extra <= 3; extra++) {
        assert_int_equal(decode_with(8, 1, 16 + extra, &reply), 0);
        assert_int_equal(reply.n, 4);
    }
    assert_int_equal(decode_with(8, 1, 20, &reply), -EPROTO);
}

/* Its first piece only: the size may be beyond what is there, but not beyond what was asked for. */
static void long_reply_begins(void **state)
{
    uint8_t buffer[16];
    struct mb_usbtmc_reply reply = {.n = 77};
    size_t total = 78;

    (void)state;
    memcpy(buffer, good, sizeof buffer);
    buffer[4] = 200;
    buffer[8] = 0;
    assert_int_equal(mb_usbtmc_decode_long(buffer, sizeof buffer, 7, 200, &reply, &total, NULL), 0);
    assert_int_equal(reply.n, 4);
    assert_int_equal(total, 200);
    assert_ptr_equal(reply.data, buffer + 12);
    assert_false(reply.end_of_message);
    reply.n = total = 77;
    assert_int_equal(mb_usbtmc_decode_long(buffer, sizeof buffer, 7, 199, &reply, &total, NULL), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_long(buffer, sizeof buffer, 8, 200, &reply, &total, NULL), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_long(buffer, 11, 7, 200, &reply, &total, NULL), -EPROTO);
    assert_int_equal(reply.n, 77);
    assert_int_equal(total, 77);
}

static void reply_refuses(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
        size_t received;
    } cases[] = {
        {0, 3, 16},                /* message id */
        {0, 126, 16},              /* vendor specific */
        {1, 6, 16},                /* another tag */
        {2, 0xf9, 16},             /* inverse */
        {4, 5, 16},                /* more than received */
        {4, 101, 16},              /* more than asked */
        {7, 0x80, 16},             /* huge */
        {0, 2, 11},                /* no whole header */
        {0, 2, 0},     {0, 2, 14}, /* cut */
    };
    struct mb_usbtmc_reply reply = {.n = 77};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode_with(cases[i].at, cases[i].value, cases[i].received, &reply), -EPROTO);
        assert_int_equal(reply.n, 77);
    }
}

static void capabilities_have_their_own_bytes(void **state)
{
    uint8_t buffer[24] = {[0] = 1, [4] = 0x07, [5] = 0x00, [13] = 0x01};
    struct mb_usbtmc_capabilities c;

    (void)state;
    assert_int_equal(mb_usbtmc_decode_capabilities(buffer, 24, &c), 0);
    assert_true(c.pulse && c.talk_only && c.listen_only);
    assert_false(c.term_char || c.is_488_2 || c.remote_local || c.trigger || c.rl1);
    assert_int_equal(c.usb488_version, 0x0100);
    buffer[4] = 0;
    buffer[5] = 1;
    buffer[14] = 0x02;
    buffer[15] = 0x0a;
    assert_int_equal(mb_usbtmc_decode_capabilities(buffer, 24, &c), 0);
    assert_true(c.term_char && c.remote_local && c.scpi && c.rl1);
    assert_false(c.pulse || c.talk_only || c.listen_only || c.is_488_2 || c.trigger || c.sr1 || c.dt1);
}

static void capabilities_of_every_length(void **state)
{
    const uint8_t buffer[24] = {[0] = 1, [4] = 0x04, [14] = 0x07, [15] = 0x0f};
    const uint8_t refused[24] = {[0] = 0x80};
    struct mb_usbtmc_capabilities c = {.pulse = true};

    (void)state;
    assert_int_equal(mb_usbtmc_decode_capabilities(buffer, 5, &c), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_capabilities(refused, 24, &c), -EIO);
    assert_true(c.pulse);
    assert_int_equal(mb_usbtmc_decode_capabilities(buffer, 15, &c), 0);
    assert_false(c.remote_local || c.rl1);
    assert_int_equal(mb_usbtmc_decode_capabilities(buffer, 16, &c), 0);
    assert_true(c.remote_local && c.trigger && c.rl1);
}

static void in_buffer_takes_the_closing_packet(void **state)
{
    (void)state;
    assert_int_equal(mb_usbtmc_in_size(15360, 512), 16384);
    assert_int_equal(mb_usbtmc_in_size(15360, 64) % 64, 0);
    for (uint32_t max = 1; max < 1200; max++) {
        const size_t size = mb_usbtmc_in_size(max, 64);

        assert_int_equal(size % 64, 0);
        assert_true(size >= max + MB_USBTMC_HEADER_SIZE + 3 + 64);
    }
}

static void quirks_by_id(void **state)
{
    (void)state;
    assert_true(mb_usbtmc_quirks(0x0b21, 0x0025, 0x0100).no_remote_local); /* all of Yokogawa */
    assert_false(mb_usbtmc_quirks(0x0b21, 0x0025, 0x0100).no_clear);
    assert_true(mb_usbtmc_quirks(0x1ab1, 0x04ce, 0x0100).no_clear);
    assert_true(mb_usbtmc_quirks(0x1ab1, 0x04ce, 0x0100).first_read_empty);
    assert_true(mb_usbtmc_quirks(0xf4ec, 0xee38, 0x0100).reset_at_open);
    assert_false(mb_usbtmc_quirks(0x1ab1, 0x0e11, 0x0100).no_clear);
    assert_false(mb_usbtmc_quirks(0x2a8d, 0x0101, 0x0100).no_remote_local);
}

static const struct mb_usbtmc_quirk_row ranges[] = {
    {0x1234, 0x0001, 0x0100, 0x01ff, 0, {.no_clear = true}},
    {0x1234, 0x0001, 0x0200, 0xffff, 0, {.reset_at_open = true}},
    {0x1234, MB_USBTMC_ANY_PRODUCT, 0, 0xffff, 0, {.no_remote_local = true}},
};

static const struct mb_usbtmc_quirk_row *in_ranges(uint16_t vendor, uint16_t product, uint16_t release)
{
    return mb_usbtmc_quirks_in(ranges, sizeof ranges / sizeof *ranges, vendor, product, release);
}

/* Both ends belong to a range; the first row that fits counts alone. */
static void quirks_by_firmware(void **state)
{
    (void)state;
    assert_ptr_equal(in_ranges(0x1234, 1, 0x0100), &ranges[0]);
    assert_ptr_equal(in_ranges(0x1234, 1, 0x01ff), &ranges[0]);
    assert_ptr_equal(in_ranges(0x1234, 1, 0x0200), &ranges[1]);
    assert_ptr_equal(in_ranges(0x1234, 1, 0xffff), &ranges[1]);
    assert_ptr_equal(in_ranges(0x1234, 1, 0x00ff), &ranges[2]);
    assert_ptr_equal(in_ranges(0x1234, 2, 0x0100), &ranges[2]);
    assert_null(in_ranges(0x1235, 1, 0x0100));
}

static void firmware_modes(void **state)
{
    static const uint16_t pairs[][2] = {{0x2818, 0x2918}, {0x4218, 0x4118}, {0x4418, 0x4318}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(mb_usbtmc_quirks(0x0957, pairs[i][0], 0).firmware_mode);
        assert_false(mb_usbtmc_quirks(0x0957, pairs[i][1], 0).firmware_mode);
        assert_int_equal(mb_usbtmc_firmware_id(0x0957, pairs[i][1]), pairs[i][0]);
        assert_int_equal(mb_usbtmc_firmware_id(0x0957, pairs[i][0]), 0);
    }
    assert_int_equal(mb_usbtmc_firmware_id(0x0b21, 0x0025), 0);
}

/* ---- status byte ---- */

static void status_tags_leave_out_the_service_request(void **state)
{
    uint8_t tag = 0;

    (void)state;
    for (int i = 2; i <= 127; i++) {
        tag = mb_usbtmc_next_status_tag(tag);
        assert_int_equal(tag, i);
    }
    assert_int_equal(mb_usbtmc_next_status_tag(tag), 2);
    assert_int_equal(mb_usbtmc_next_status_tag(200), 2);
}

static void status_answers(void **state)
{
    const uint8_t success[] = {0x01, 7, 0x50}, busy[] = {0x20, 7, 0}, failed[] = {0x80, 7, 0};
    uint8_t status = 0;

    (void)state;
    assert_int_equal(mb_usbtmc_decode_status(success, 3, 7, &status), 0);
    assert_int_equal(status, 0x50);
    status = 0xee;
    assert_int_equal(mb_usbtmc_decode_status(success, 3, 8, &status), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_status(success, 2, 7, &status), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_status(success, 0, 7, &status), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_status(busy, 3, 7, &status), -EBUSY);
    assert_int_equal(mb_usbtmc_decode_status(busy, 1, 7, &status), -EBUSY);
    assert_int_equal(mb_usbtmc_decode_status(failed, 3, 7, &status), -EIO);
    assert_int_equal(status, 0xee);
}

static struct mb_usbtmc_notification notification(uint8_t first, uint8_t second)
{
    const uint8_t packet[] = {first, second};
    struct mb_usbtmc_notification n = {0};

    assert_int_equal(mb_usbtmc_decode_notification(packet, 2, &n), 0);
    return n;
}

static void notifications(void **state)
{
    struct mb_usbtmc_notification n = {0};

    (void)state;
    n = notification(0x81, 0x44);
    assert_int_equal(n.notice, MB_USBTMC_NOTICE_SERVICE_REQUEST);
    assert_int_equal(n.status, 0x44);
    n = notification(0x82, 0x10);
    assert_int_equal(n.notice, MB_USBTMC_NOTICE_STATUS);
    assert_int_equal(n.tag, 2);
    n = notification(0xff, 0x10);
    assert_int_equal(n.notice, MB_USBTMC_NOTICE_STATUS);
    assert_int_equal(n.tag, 127);
    assert_int_equal(n.status, 0x10);
    assert_int_equal(notification(0x80, 0).notice, MB_USBTMC_NOTICE_OTHER);
    assert_int_equal(notification(0x7f, 0).notice, MB_USBTMC_NOTICE_OTHER); /* of the maker */
    assert_int_equal(mb_usbtmc_decode_notification((const uint8_t[]){0x81}, 1, &n), -EPROTO);
}

/* ---- TermChar, and headers that lie ---- */

static void term_char(void **state)
{
    uint8_t buffer[MB_USBTMC_HEADER_SIZE], copy[sizeof good];
    struct mb_usbtmc_reply reply;

    (void)state;
    mb_usbtmc_encode_request(buffer, 1, 100, '\n');
    assert_int_equal(buffer[8], 0x02);
    assert_int_equal(buffer[9], '\n');
    mb_usbtmc_encode_request(buffer, 1, 100, 0);
    assert_int_equal(buffer[8], 0x02);
    memcpy(copy, good, sizeof good);
    copy[8] = 0x02;
    assert_int_equal(mb_usbtmc_decode_reply(copy, sizeof copy, 7, 100, &reply, NULL), 0);
    assert_true(reply.term_char);
    assert_false(reply.end_of_message);
}

/* The bytes of a message by the first transfer of it, size is what its header says. */
static size_t total_of(const char *text, uint8_t size)
{
    uint8_t buffer[64] = {2, 7, 0xf8, 0, size, 0, 0, 0, 1};
    const size_t n = strlen(text);
    struct mb_usbtmc_reply reply;
    size_t total = 0;

    memcpy(buffer + MB_USBTMC_HEADER_SIZE, text, n);
    assert_int_equal(mb_usbtmc_decode_first(buffer, MB_USBTMC_HEADER_SIZE + n, 7, &reply, &total, NULL), 0);
    assert_int_equal(reply.n, n);
    return total;
}

static void length_of_a_block_counts(void **state)
{
    struct mb_usbtmc_reply reply;
    struct mb_error err;
    size_t total = 99;

    (void)state;
    assert_int_equal(total_of("#9000001200abc", 200), 11 + 1200);
    assert_int_equal(total_of("#13abc\n", 2), 6);
    assert_int_equal(total_of("1.5\n", 4), 4);
    /* no block, though it begins like one */
    assert_int_equal(total_of("#0abc", 5), 5);
    assert_int_equal(total_of("#3x12", 5), 5);
    assert_int_equal(total_of("#9000", 5), 5);
    assert_int_equal(total_of("#", 1), 1);
    assert_int_equal(mb_usbtmc_decode_first(good, sizeof good, 8, &reply, &total, &err), -EPROTO);
    assert_int_equal(mb_usbtmc_decode_first(good, 11, 7, &reply, &total, &err), -EPROTO);
    assert_int_equal(total, 99);
}

static void addresses(void **state)
{
    static const char *const bad[] = {
        "",          "0b21",       "0b21:",      "0b21:25",   "0b21:00255",     "0x21:0025",
        "0b21-0025", "0b21:0025:", "0b21:0025 ", " b21:0025", "0b21:0025:a\nb", "+b21:0025"};
    struct mb_usbtmc_address a;
    struct mb_error err;

    (void)state;
    assert_int_equal(mb_usbtmc_parse_address("0B21:0025", &a, &err), 0);
    assert_int_equal(a.vendor, 0x0b21);
    assert_int_equal(a.product, 0x0025);
    assert_string_equal(a.serial, "");
    assert_int_equal(mb_usbtmc_parse_address("2a8d:1301:MY:57", &a, &err), 0);
    assert_string_equal(a.serial, "MY:57");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(mb_usbtmc_parse_address(bad[i], &a, &err), -EINVAL);
}

static void serial_of_127_characters_is_refused(void **state)
{
    char text[10 + 127 + 1] = "0b21:0025:";
    struct mb_usbtmc_address a;

    (void)state;
    memset(text + 10, 'x', 127);
    text[137] = '\0';
    assert_int_equal(mb_usbtmc_parse_address(text, &a, NULL), -EINVAL);
    text[136] = '\0';
    assert_int_equal(mb_usbtmc_parse_address(text, &a, NULL), 0);
}

static void serial_as_hexadecimal_text(void **state)
{
    (void)state;
    assert_true(mb_usbtmc_serial_matches("43325545313630313856", "C2UE16018V"));
    assert_true(mb_usbtmc_serial_matches("43325545313630313856", "43325545313630313856"));
    assert_false(mb_usbtmc_serial_matches("43325545313630313856", "C2UE16018W"));
    assert_false(mb_usbtmc_serial_matches("4332", "C2U"));
    assert_false(mb_usbtmc_serial_matches("", "C2U"));
    assert_false(mb_usbtmc_serial_matches("zz", "C"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_skip_zero),
        cmocka_unit_test(out_header_and_padding),
        cmocka_unit_test(out_refuses_what_does_not_fit),
        cmocka_unit_test(request_header),
        cmocka_unit_test(reply_decodes),
        cmocka_unit_test(reply_drops_alignment),
        cmocka_unit_test(reply_refuses),
        cmocka_unit_test(long_reply_begins),
        cmocka_unit_test(capabilities_have_their_own_bytes),
        cmocka_unit_test(capabilities_of_every_length),
        cmocka_unit_test(in_buffer_takes_the_closing_packet),
        cmocka_unit_test(quirks_by_id),
        cmocka_unit_test(quirks_by_firmware),
        cmocka_unit_test(firmware_modes),
        cmocka_unit_test(status_tags_leave_out_the_service_request),
        cmocka_unit_test(status_answers),
        cmocka_unit_test(notifications),
        cmocka_unit_test(term_char),
        cmocka_unit_test(length_of_a_block_counts),
        cmocka_unit_test(addresses),
        cmocka_unit_test(serial_of_127_characters_is_refused),
        cmocka_unit_test(serial_as_hexadecimal_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
