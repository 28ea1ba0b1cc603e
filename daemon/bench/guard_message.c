/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/guard_message.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VERSION 2
#define HEAD_SIZE offsetof(struct mb_guard_message, text)

union descriptor_room {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

void mb_guard_message_init(struct mb_guard_message *m, enum mb_guard_kind kind, uint32_t bench, int32_t value)
{
    m->version = VERSION;
    m->kind = kind;
    m->bench = bench;
    m->value = value;
    m->text[0] = '\0';
}

int mb_guard_send(int fd, const struct mb_guard_message *m, int descriptor)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)m,
                         .iov_len = HEAD_SIZE + strnlen(m->text, sizeof m->text - 1)};
    union descriptor_room room = {.bytes = {0}};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct cmsghdr *head;

    if (descriptor >= 0) {
        message.msg_control = room.bytes;
        message.msg_controllen = sizeof room.bytes;
        head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* At most one fits into the room; the kernel drops the rest. */
static int passed_descriptor(struct msghdr *message)
{
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    int descriptor = -1;

    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len >= CMSG_LEN(sizeof descriptor))
        memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
    return descriptor;
}

static int check(const struct mb_guard_message *m, size_t size)
{
    return size < HEAD_SIZE || size >= sizeof *m || m->version != VERSION || m->bench >= MB_GUARD_BENCHES_MAX
               ? -EPROTO
               : 1;
}

int mb_guard_receive(int fd, struct mb_guard_message *ret, int *ret_descriptor)
{
    struct iovec part = {.iov_base = ret, .iov_len = sizeof *ret};
    union descriptor_room room;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
    ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    int descriptor, r;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (n == 0)
        return -ECONNRESET;
    descriptor = passed_descriptor(&message);
    r = check(ret, (size_t)n);
    if (r < 0) {
        if (descriptor >= 0)
            (void)close(descriptor);
        return r;
    }
    ((char *)ret)[n] = '\0'; /* behind the text that came, inside of the struct */
    *ret_descriptor = descriptor;
    return r;
}
