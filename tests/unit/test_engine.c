/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Framing alone, and the engine's promises over loopback TCP. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "scpi/engine.h"
#include "scpi/frame.h"
#include "support/fake_instrument.h"

static int find(const char *data, size_t n, enum mb_reply_shape shape, enum mb_terminator terminator,
                bool complete, struct mb_frame *ret)
{
    return mb_frame_find((const uint8_t *)data, n, shape, terminator, complete, ret);
}

static void test_frame_line(void **state)
{
    struct mb_frame f;

    (void)state;
    assert_int_equal(find("1.5", 3, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f), -EAGAIN);
    assert_int_equal(find("", 0, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f), -EAGAIN);
    assert_int_equal(find("1.5\r\nX", 6, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f), 0);
    assert_int_equal(f.length, 3);
    assert_int_equal(f.used, 5);
    assert_int_equal(find("1.5\n", 4, MB_REPLY_LINE, MB_TERMINATOR_CRLF, false, &f), -EPROTO);
    assert_int_equal(find("1.5\r", 4, MB_REPLY_LINE, MB_TERMINATOR_CR, false, &f), 0);
    assert_int_equal(find("1.5", 3, MB_REPLY_LINE, MB_TERMINATOR_LF, true, &f), 0);
    assert_int_equal(f.used, 3);
    assert_int_equal(find("1\x02\n", 3, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f), -EPROTO);
    assert_int_equal(find("1\0\n", 3, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f), -EPROTO);
}

static void test_frame_line_too_long(void **state)
{
    char *long_line = malloc(MB_ENGINE_LINE_MAX + 10);
    struct mb_frame f;

    (void)state;
    assert_non_null(long_line);
    memset(long_line, '1', MB_ENGINE_LINE_MAX + 10);
    assert_int_equal(find(long_line, MB_ENGINE_LINE_MAX + 1, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f),
                     -EMSGSIZE);
    assert_int_equal(find(long_line, MB_ENGINE_LINE_MAX, MB_REPLY_LINE, MB_TERMINATOR_LF, false, &f),
                     -EAGAIN);
    free(long_line);
}

static void test_frame_block(void **state)
{
    struct mb_frame f;

    (void)state;
    assert_int_equal(find("#14a\nb", 6, MB_REPLY_BLOCK, MB_TERMINATOR_LF, false, &f), -EAGAIN);
    assert_int_equal(find("#14a\nbc", 7, MB_REPLY_BLOCK, MB_TERMINATOR_LF, false, &f),
                     -EAGAIN); /* no terminator yet */
    assert_int_equal(find("#14a\nbc\n", 8, MB_REPLY_BLOCK, MB_TERMINATOR_LF, false, &f), 0);
    assert_int_equal(f.offset, 3);
    assert_int_equal(f.length, 4);
    assert_int_equal(f.used, 8);
    assert_int_equal(find("#14a\nbcX\n", 9, MB_REPLY_BLOCK, MB_TERMINATOR_LF, false, &f), -EPROTO);
    assert_int_equal(find("#14a", 4, MB_REPLY_BLOCK, MB_TERMINATOR_LF, true, &f), -EPROTO);
    assert_int_equal(find("hello", 5, MB_REPLY_BLOCK, MB_TERMINATOR_LF, false, &f), -EPROTO);
    assert_int_equal(find("#9999999999", 11, MB_REPLY_BLOCK, MB_TERMINATOR_LF, false, &f), -EPROTO);
}

#define ANSWERS_MAX 300

struct rig {
    sd_event *event;
    struct fake_instrument *fake;
    struct mb_engine *engine;
    bool opened, failed, all;
    int failed_code;
    unsigned answers, wanted;
    int errors[ANSWERS_MAX];
    char texts[ANSWERS_MAX][64];
};

static void on_opened(void *userdata)
{
    ((struct rig *)userdata)->opened = true;
}

static void on_failed(int code, const char *text, void *userdata)
{
    struct rig *rig = userdata;

    assert_true(text[0] != '\0');
    rig->failed = true;
    rig->failed_code = code;
}

static const struct mb_engine_events events = {.opened = on_opened, .failed = on_failed};

static void on_done(int error, const char *text, const uint8_t *data, size_t n, void *userdata)
{
    struct rig *rig = userdata;

    assert_true(rig->answers < ANSWERS_MAX);
    rig->errors[rig->answers] = error;
    (void)snprintf(rig->texts[rig->answers], sizeof rig->texts[0], "%s", error ? text : (const char *)data);
    if (!error)
        assert_int_equal(strlen((const char *)data), n);
    rig->answers++;
    rig->all = rig->answers >= rig->wanted;
}

static int submit(struct rig *rig, const char *text, enum mb_reply_shape reply)
{
    const struct mb_engine_command command = {.text = text, .reply = reply, .done = on_done, .userdata = rig};

    return mb_engine_submit(rig->engine, &command);
}

static void await_answers(struct rig *rig, unsigned n)
{
    rig->wanted = n;
    rig->all = rig->answers >= n;
    assert_true(fake_run_until(rig->event, &rig->all, 3000));
    assert_int_equal(rig->answers, n);
}

static void make_engine(struct rig *rig, double gap_s)
{
    const struct mb_engine_settings settings = {.gap_s = gap_s, .timeout_s = 0.15};
    struct mb_error err = {0};

    assert_int_equal(mb_engine_new(rig->event, fake_instrument_address(rig->fake), &settings, &events, rig,
                                   &rig->engine, &err),
                     0);
}

static int setup(void **state)
{
    static const struct fake_reply table[] = {
        {"A?", "alpha"}, {"B?", "beta"}, {"X?", "#14a\tbc"}, {"Y?", "0"}, {NULL, NULL}};
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    assert_true(sd_event_new(&rig->event) >= 0);
    rig->fake = fake_instrument_new(rig->event, table, "\n");
    make_engine(rig, 0);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;

    (void)mb_engine_free(rig->engine);
    (void)fake_instrument_free(rig->fake);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static void open_engine(struct rig *rig)
{
    assert_int_equal(mb_engine_open(rig->engine, NULL), 0);
    assert_true(fake_run_until(rig->event, &rig->opened, 1000));
}

static void test_order(void **state)
{
    struct rig *rig = *state;

    open_engine(rig);
    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    assert_int_equal(submit(rig, "Y 1", MB_REPLY_NONE), 0);
    assert_int_equal(submit(rig, "X?", MB_REPLY_BLOCK), 0);
    assert_int_equal(submit(rig, "B?", MB_REPLY_LINE), 0);
    assert_int_equal(rig->answers, 0); /* never from inside the call */
    await_answers(rig, 4);
    assert_string_equal(rig->texts[0], "alpha");
    assert_string_equal(rig->texts[2], "a\tbc");
    assert_string_equal(rig->texts[3], "beta");
    assert_int_equal(fake_instrument_count(rig->fake, "Y 1"), 1);
}

static void test_limits(void **state)
{
    struct rig *rig = *state;
    char text[MB_ENGINE_COMMAND_MAX + 2];

    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), -ENOTCONN);
    assert_int_equal(mb_engine_open(rig->engine, NULL), 0);
    assert_int_equal(mb_engine_open(rig->engine, NULL), -EALREADY);
    memset(text, 'A', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(submit(rig, text, MB_REPLY_LINE), -EINVAL);
    assert_int_equal(submit(rig, "A?\nB?", MB_REPLY_LINE),
                     -EINVAL); /* two queries in one would shift all answers */
    assert_int_equal(submit(rig, "", MB_REPLY_LINE), -EINVAL);
    for (unsigned i = 0; i < MB_ENGINE_QUEUE_MAX; i++)
        assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), -ENOBUFS);
    await_answers(rig, MB_ENGINE_QUEUE_MAX);
}

static void test_timeout_then_next(void **state)
{
    struct rig *rig = *state;

    open_engine(rig);
    fake_instrument_misbehave(rig->fake, FAKE_LATE, "A?", 1);
    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    assert_int_equal(submit(rig, "B?", MB_REPLY_LINE), 0);
    await_answers(rig, 2);
    assert_int_equal(rig->errors[0], -ETIMEDOUT);
    assert_int_equal(rig->errors[1], 0);
    assert_string_equal(rig->texts[1], "beta");
    assert_int_equal(fake_instrument_connections(rig->fake), 2);
    fake_run_for(rig->event, FAKE_LATE_MS);
    assert_int_equal(rig->answers, 2);
    assert_false(rig->failed);
}

static void test_gap(void **state)
{
    struct rig *rig = *state;
    uint64_t begin_ns;

    rig->engine = mb_engine_free(rig->engine);
    make_engine(rig, 0.05);
    open_engine(rig);
    begin_ns = mb_monotonic_ns();
    for (int i = 0; i < 4; i++)
        assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    await_answers(rig, 4);
    assert_true(mb_monotonic_ns() - begin_ns >= 150000000u);
}

static void test_nobody_listens(void **state)
{
    struct rig *rig = *state;

    fake_instrument_listen(rig->fake, false);
    assert_int_equal(mb_engine_open(rig->engine, NULL), 0);
    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    assert_true(fake_run_until(rig->event, &rig->failed, 1000));
    assert_int_equal(rig->failed_code, -ECONNREFUSED);
    assert_int_equal(rig->answers, 1);
    assert_int_equal(rig->errors[0], -ECONNREFUSED);
    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), -ENOTCONN);
}

static void test_close_answers_all(void **state)
{
    struct rig *rig = *state;

    open_engine(rig);
    fake_instrument_misbehave(rig->fake, FAKE_SILENT, NULL, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    fake_run_for(rig->event, 20);
    mb_engine_close(rig->engine);
    assert_int_equal(rig->answers, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig->errors[i], -ECANCELED);
    fake_run_for(rig->event, 200);
    assert_int_equal(rig->answers, 3);
    assert_false(rig->failed);
}

static void test_interrupt(void **state)
{
    struct rig *rig = *state;

    open_engine(rig);
    fake_instrument_misbehave(rig->fake, FAKE_SILENT, "A?", 1);
    assert_int_equal(submit(rig, "A?", MB_REPLY_LINE), 0);
    assert_int_equal(submit(rig, "B?", MB_REPLY_LINE), 0);
    fake_run_for(rig->event, 20);
    mb_engine_interrupt(rig->engine, "OFF");
    assert_int_equal(rig->answers, 2);
    assert_int_equal(rig->errors[1], -ECANCELED);
    fake_run_for(rig->event, 20);
    assert_int_equal(fake_instrument_count(rig->fake, "OFF"), 1);
    assert_int_equal(submit(rig, "B?", MB_REPLY_LINE), 0);
    await_answers(rig, 3);
    assert_string_equal(rig->texts[2], "beta");
}

/* A device that talks by itself must not make the engine open links for ever. */
static void test_chatter_is_bounded(void **state)
{
    struct rig *rig = *state;

    open_engine(rig);
    for (int i = 0; i < 8 && !rig->failed; i++) {
        fake_instrument_blurt(rig->fake, "hello\n");
        fake_run_for(rig->event, 30);
    }
    assert_true(rig->failed);
    assert_int_equal(rig->failed_code, -EPROTO);
    assert_in_range(fake_instrument_connections(rig->fake), 2, 5);
}

static void test_bad_addresses(void **state)
{
    static const char *const bad[] = {"tcp:127.0.0.1",
                                      "tcp:127.0.0.1:0",
                                      "tcp:127.0.0.1:70000",
                                      "tcp::5025",
                                      "tcp:nobody.invalid:5025",
                                      "gpib:1",
                                      "tcp",
                                      ""};
    const struct mb_engine_settings settings = {.timeout_s = 1};
    struct rig *rig = *state;
    struct mb_engine *e = NULL;
    struct mb_error err;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err.text[0] = '\0';
        assert_true(mb_engine_new(rig->event, bad[i], &settings, &events, NULL, &e, &err) < 0);
        assert_null(e);
        assert_true(err.text[0] != '\0');
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_line),
        cmocka_unit_test(test_frame_line_too_long),
        cmocka_unit_test(test_frame_block),
        TEST(test_order),
        TEST(test_limits),
        TEST(test_timeout_then_next),
        TEST(test_gap),
        TEST(test_nobody_listens),
        TEST(test_close_answers_all),
        TEST(test_interrupt),
        TEST(test_chatter_is_bounded),
        TEST(test_bad_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
