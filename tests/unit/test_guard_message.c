/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes over the socket between daemon and guard, and what must not come through. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/guard_message.h"

struct pair {
    int fd[2];
    struct mb_guard_message sent, got;
    int descriptor;
};

static struct pair pair;

static int setup(void **state)
{
    *state = &pair;
    pair.descriptor = -1;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.fd);
}

static int teardown(void **state)
{
    struct pair *p = *state;

    (void)close(p->fd[0]);
    (void)close(p->fd[1]);
    if (p->descriptor >= 0)
        (void)close(p->descriptor);
    return 0;
}

static int receive(struct pair *p)
{
    return mb_guard_receive(p->fd[1], &p->got, &p->descriptor);
}

static void a_message_arrives_whole(void **state)
{
    struct pair *p = *state;

    assert_int_equal(receive(p), 0); /* nothing yet, and no waiting for it */
    mb_guard_message_init(&p->sent, MB_GUARD_PROVED, 3, -ENODEV);
    (void)snprintf(p->sent.text, sizeof p->sent.text, "source answers as something else");
    assert_int_equal(mb_guard_send(p->fd[0], &p->sent, -1), 0);
    mb_guard_message_init(&p->sent, MB_GUARD_BEAT, 0, MB_GUARD_FAULT | 1);
    assert_int_equal(mb_guard_send(p->fd[0], &p->sent, -1), 0);
    assert_int_equal(receive(p), 1);
    assert_int_equal(p->got.kind, MB_GUARD_PROVED);
    assert_int_equal(p->got.bench, 3);
    assert_int_equal(p->got.value, -ENODEV);
    assert_string_equal(p->got.text, "source answers as something else");
    assert_int_equal(p->descriptor, -1);
    assert_int_equal(receive(p), 1);
    assert_int_equal(p->got.value, MB_GUARD_FAULT | 1);
    assert_string_equal(p->got.text, ""); /* nothing is left of the longer one before */
    assert_int_equal(receive(p), 0);
}

static void a_descriptor_comes_along(void **state)
{
    struct pair *p = *state;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(null >= 0);
    mb_guard_message_init(&p->sent, MB_GUARD_REGISTER, 0, 0);
    assert_int_equal(mb_guard_send(p->fd[0], &p->sent, null), 0);
    assert_int_equal(close(null), 0);
    assert_int_equal(receive(p), 1);
    assert_true(p->descriptor >= 0);
    assert_true(fcntl(p->descriptor, F_GETFD) & FD_CLOEXEC);
}

static void the_longest_text_fits(void **state)
{
    struct pair *p = *state;

    mb_guard_message_init(&p->sent, MB_GUARD_PROVE, 0, 0);
    memset(p->sent.text, 'x', sizeof p->sent.text); /* without an end */
    assert_int_equal(mb_guard_send(p->fd[0], &p->sent, -1), 0);
    assert_int_equal(receive(p), 1);
    assert_int_equal(strlen(p->got.text), MB_GUARD_TEXT_MAX - 1);
}

static void refused(struct pair *p, const void *bytes, size_t n)
{
    assert_int_equal(send(p->fd[0], bytes, n, 0), n);
    assert_int_equal(receive(p), -EPROTO);
}

static void what_is_no_message_is_refused(void **state)
{
    struct pair *p = *state;
    static struct mb_guard_message two[2];

    refused(p, "short", 5);
    mb_guard_message_init(&p->sent, MB_GUARD_BEAT, MB_GUARD_BENCHES_MAX, 0);
    refused(p, &p->sent, offsetof(struct mb_guard_message, text));
    mb_guard_message_init(&p->sent, MB_GUARD_BEAT, 0, 0);
    p->sent.version++;
    refused(p, &p->sent, offsetof(struct mb_guard_message, text));
    mb_guard_message_init(two, MB_GUARD_BEAT, 0, 0);
    refused(p, two, sizeof *two + 1);
}

static void the_end_is_told(void **state)
{
    struct pair *p = *state;

    assert_int_equal(shutdown(p->fd[0], SHUT_WR), 0);
    assert_int_equal(receive(p), -ECONNRESET);
    mb_guard_message_init(&p->sent, MB_GUARD_BEAT, 0, 0);
    assert_int_equal(mb_guard_send(p->fd[0], &p->sent, -1), -EPIPE);
}

/* Who does not read must not hold up who writes. */
static void a_full_socket_does_not_wait(void **state)
{
    struct pair *p = *state;
    int r = 0;

    mb_guard_message_init(&p->sent, MB_GUARD_BEAT, 0, 0);
    for (int i = 0; r == 0 && i < 100000; i++)
        r = mb_guard_send(p->fd[0], &p->sent, -1);
    assert_int_equal(r, -EAGAIN);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_arrives_whole), TEST(a_descriptor_comes_along),
        TEST(the_longest_text_fits),   TEST(what_is_no_message_is_refused),
        TEST(the_end_is_told),         TEST(a_full_socket_does_not_wait),
    };
#undef TEST

    return cmocka_run_group_tests_name("guard message", tests, NULL, NULL);
}
