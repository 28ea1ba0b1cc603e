/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay of a recording, byte by byte over real TCP. */
#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "instrument/replay_server.h"

#define HEAD "format: motorbench-transcript/1\n"
#define DIALOGUE HEAD "\n> A?\\n\n< 1\\n\n> B\\n\n> A?\\n\n< 2\\n\n"

struct rig {
    sd_event *event;
    struct replay_server *server;
    int fd;
    char unknown[128];
};

static void on_unknown(const char *text, const char *why, void *userdata)
{
    struct rig *rig = userdata;

    (void)snprintf(rig->unknown, sizeof rig->unknown, "%s %s", text, why);
}

static int try_serve(struct rig *rig, const char *text, struct replay_options options, struct mb_error *err)
{
    struct mb_transcript *t;
    int r = mb_transcript_parse("test", text, strlen(text), &t, err);

    if (r < 0)
        fail_msg("%s", err->text);
    options.unknown = on_unknown;
    options.userdata = rig;
    r = replay_server_new(rig->event, t, &options, &rig->server, err);
    (void)mb_transcript_free(t);
    return r;
}

static void connect_to(struct rig *rig)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    if (rig->fd >= 0)
        (void)close(rig->fd);
    address.sin_port = htons((uint16_t)atoi(strrchr(replay_server_address(rig->server), ':') + 1));
    rig->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(rig->fd, (struct sockaddr *)&address, sizeof address), 0);
}

static void serve(struct rig *rig, const char *text, struct replay_options options)
{
    struct mb_error err = {""};

    if (try_serve(rig, text, options, &err) < 0)
        fail_msg("%s", err.text);
    connect_to(rig);
}

static void run_for(struct rig *rig, unsigned ms)
{
    uint64_t end_ns = mb_monotonic_ns() + (uint64_t)ms * 1000000;

    while (mb_monotonic_ns() < end_ns)
        assert_true(sd_event_run(rig->event, 1000) >= 0);
}

static void say(struct rig *rig, const char *bytes)
{
    assert_int_equal(send(rig->fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
}

/* Exactly these bytes come, and within 5 s. */
static void hear(struct rig *rig, const char *expected, size_t n)
{
    uint64_t end_ns = mb_monotonic_ns() + 5000000000u;
    char *got = calloc(1, n + 1);
    size_t used = 0;
    ssize_t k;

    while (used < n && mb_monotonic_ns() < end_ns) {
        assert_true(sd_event_run(rig->event, 1000) >= 0);
        k = recv(rig->fd, got + used, n - used, MSG_DONTWAIT);
        used += k > 0 ? (size_t)k : 0;
    }
    assert_int_equal(used, n);
    assert_memory_equal(got, expected, n);
    free(got);
}

static void hear_nothing(struct rig *rig)
{
    char byte;

    run_for(rig, 30);
    assert_int_equal(recv(rig->fd, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    rig->fd = -1;
    assert_true(sd_event_new(&rig->event) >= 0);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    if (rig->fd >= 0)
        (void)close(rig->fd);
    (void)replay_server_free(rig->server);
    sd_event_unref(rig->event);
    free(rig);
    return 0;
}

static void replies_come_in_turn_and_the_last_repeats(void **state)
{
    struct rig *rig = *state;
    const char *first;

    serve(rig, DIALOGUE, (struct replay_options){0});
    say(rig, "A?\n");
    hear(rig, "1\n", 2);
    say(rig, "A?\nA");
    hear(rig, "2\n", 2);
    say(rig, "?\n");
    hear(rig, "2\n", 2);
    assert_int_equal(replay_server_unheard(rig->server, &first), 1);
    assert_string_equal(first, "B\n");
    say(rig, "B\n");
    hear_nothing(rig);
    assert_int_equal(replay_server_unheard(rig->server, &first), 0);
    assert_null(first);
    assert_int_equal(replay_server_heard(rig->server), 4);
    assert_int_equal(replay_server_unknown(rig->server), 0);
}

static void another_connection_begins_anew(void **state)
{
    struct rig *rig = *state;

    serve(rig, DIALOGUE, (struct replay_options){0});
    say(rig, "A?\n");
    hear(rig, "1\n", 2);
    connect_to(rig);
    say(rig, "A?\n");
    hear(rig, "1\n", 2);
}

static void unknown_commands_are_counted_and_not_answered(void **state)
{
    struct rig *rig = *state;

    serve(rig, DIALOGUE, (struct replay_options){0});
    say(rig, "A?\r\n");
    hear_nothing(rig);
    assert_int_equal(replay_server_unknown(rig->server), 1);
    assert_string_equal(rig->unknown, "A?\\r\\n is not in the recording");
}

static void order_is_kept_where_it_is_asked_for(void **state)
{
    struct rig *rig = *state;

    serve(rig, DIALOGUE, (struct replay_options){.in_order = true});
    say(rig, "B\n");
    hear_nothing(rig);
    assert_string_equal(rig->unknown, "B\\n is not what comes next in the recording");
    say(rig, "A?\nB\nA?\n");
    hear(rig, "1\n2\n", 4);
    say(rig, "A?\n");
    hear_nothing(rig);
    assert_string_equal(rig->unknown, "A?\\n comes after the end of the recording");
    assert_int_equal(replay_server_unknown(rig->server), 2);
}

static void delays_are_kept_where_they_are_asked_for(void **state)
{
    struct rig *rig = *state;
    uint64_t begin_ns;

    serve(rig, HEAD "\n> A?\\n\n@0.15 < 1\n@0.1 < 2\\n\n", (struct replay_options){.delays = true});
    begin_ns = mb_monotonic_ns();
    say(rig, "A?\n");
    hear(rig, "12\n", 3);
    assert_true(mb_monotonic_ns() - begin_ns > 240000000u);
}

/* On USB the end of a message is not in its bytes; on a stream it must be. */
static void message_without_a_line_end_gets_one(void **state)
{
    struct rig *rig = *state;

    serve(rig, HEAD "link: message\n\n> A?\\n\n< 1\n< 2\n> B?\\n\n< 3\\n\n", (struct replay_options){0});
    say(rig, "A?\nB?\n");
    hear(rig, "12\n3\n", 5);
}

static void greeting_comes_by_itself(void **state)
{
    struct rig *rig = *state;

    serve(rig, HEAD "\n< hello\\n\n> A?\\n\n< 1\\n\n", (struct replay_options){0});
    hear(rig, "hello\n", 6);
}

/* More than a socket takes at once, to a client that reads late. */
static void long_replies_come_whole(void **state)
{
    const size_t n = 8u << 20;
    struct rig *rig = *state;
    char *text = malloc(n + 256), *expected = malloc(n + 1);
    int used = sprintf(text, HEAD "\n> A?\\n\n< ");

    memset(text + used, 'x', n);
    (void)strcpy(text + used + n, "\\n\n");
    memset(expected, 'x', n);
    expected[n] = '\n';
    serve(rig, text, (struct replay_options){0});
    say(rig, "A?\n");
    run_for(rig, 30);
    hear(rig, expected, n + 1);
    free(text);
    free(expected);
}

static void refused(struct rig *rig, const char *text, const char *message)
{
    struct mb_error err = {""};

    assert_int_equal(try_serve(rig, text, (struct replay_options){0}, &err), -EINVAL);
    assert_null(rig->server);
    assert_non_null(strstr(err.text, message));
}

static void what_cannot_be_told_apart_is_refused(void **state)
{
    struct rig *rig = *state;

    refused(rig, HEAD "\n> A?\n< 1\\n\n", "line 3: a command must end with");
    refused(rig, HEAD "\n> A?\\n\n> B\\r\n", "line 4: a command must end with");
    refused(rig, HEAD "\n> A?\\nB\\n\n", "line 3: a command must end with");
    refused(rig, HEAD "\n< 1\\n\n", "nothing is said to the instrument");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(replies_come_in_turn_and_the_last_repeats),
        TEST(another_connection_begins_anew),
        TEST(unknown_commands_are_counted_and_not_answered),
        TEST(order_is_kept_where_it_is_asked_for),
        TEST(delays_are_kept_where_they_are_asked_for),
        TEST(message_without_a_line_end_gets_one),
        TEST(greeting_comes_by_itself),
        TEST(long_replies_come_whole),
        TEST(what_cannot_be_told_apart_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
