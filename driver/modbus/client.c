/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/client.h"

#include <errno.h>
#include <math.h>
#include <modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "modbus/line.h"
#include "modbus/pdu.h"

#define REGISTERS_MAX 125
#define RTU_SILENCE_S 0.00175
#define RTU_SILENCE_CHARACTERS 4 /* frames are apart by 3.5 characters, above 19200 baud by 1.75 ms */

struct mb_modbus_client {
    modbus_t *modbus;
    struct mb_modbus_address address;
    int fd;                          /* TCP: ours; RTU: the line's */
    struct mb_modbus_line_user line; /* RTU */
    uint64_t gap_ns, last_ns;        /* least time between two requests; the end of the last one */
};

static const struct {
    const char *singular, *plural;
} space_names[] = {
    [MB_MODBUS_HOLDING] = {"holding register", "holding registers"},
    [MB_MODBUS_INPUT] = {"input register", "input registers"},
    [MB_MODBUS_COIL] = {"coil", "coils"},
    [MB_MODBUS_DISCRETE] = {"discrete input", "discrete inputs"},
};

/* ---- connecting ---- */

static int wait_connected(int fd, double timeout_s)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int code = 0, n;
    socklen_t size = sizeof code;

    n = poll(&wait, 1, (int)(timeout_s * 1000));
    if (n <= 0)
        return n == 0 ? -ETIMEDOUT : -errno;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
        return -errno;
    return -code;
}

static int connect_tcp(const struct mb_modbus_address *a, double timeout_s, int *ret_fd, struct mb_error *err)
{
    const int on = 1;
    int fd = socket(a->host.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r = 0;

    if (fd < 0)
        return mb_error_set(err, -errno, "%s: %s", a->name, strerror(errno));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&a->host, a->host_size) < 0)
        r = errno == EINPROGRESS ? wait_connected(fd, timeout_s) : -errno;
    if (r < 0) {
        (void)close(fd);
        return mb_error_set(err, r, "%s: %s", a->name, strerror(-r));
    }
    *ret_fd = fd;
    return 0;
}

/* Joins the units that are on the line already, and sees that the port is there. */
static int connect_rtu(struct mb_modbus_client *c, double timeout_s, struct mb_error *err)
{
    const struct mb_modbus_address *a = &c->address;
    const double turn_s = timeout_s + 1e-9 * (double)c->gap_ns;
    int r = mb_modbus_line_join(a->path, &a->serial, turn_s, &c->line, err);

    if (r < 0)
        return r;
    c->line.urgent = true; /* it takes no time of the others */
    r = mb_modbus_line_begin(&c->line, &c->fd, err);
    if (r == 0)
        mb_modbus_line_end(&c->line, 0);
    c->line.urgent = false;
    return r;
}

static modbus_t *new_context(const struct mb_modbus_address *a)
{
    static const char parity[] = "NEO";
    const struct mb_serial_setting *s = &a->serial;

    return a->path ? modbus_new_rtu(a->path, s->baud, parity[s->parity], s->data_bits, s->stop_bits)
                   : modbus_new_tcp(NULL, 1); /* neither is used: the connection is ours */
}

static int start_library(struct mb_modbus_client *c, double timeout_s)
{
    const uint32_t s = (uint32_t)timeout_s;

    c->modbus = new_context(&c->address);
    /* The time for an answer holds for the whole of it: no time between bytes of its own. */
    if (!c->modbus || modbus_set_slave(c->modbus, c->address.unit) < 0 ||
        modbus_set_response_timeout(c->modbus, s, (uint32_t)((timeout_s - s) * 1e6)) < 0 ||
        modbus_set_byte_timeout(c->modbus, 0, 0) < 0 || modbus_set_socket(c->modbus, c->fd) < 0)
        return -errno;
    return 0;
}

int mb_modbus_client_open(const struct mb_modbus_address *address, double timeout_s, double gap_s,
                          struct mb_modbus_client **ret, struct mb_error *err)
{
    struct mb_modbus_client *c = calloc(1, sizeof *c);
    const double silence_s =
        fmax(RTU_SILENCE_S, address->path ? mb_serial_seconds(&address->serial, RTU_SILENCE_CHARACTERS) : 0);
    int r;

    if (!c || mb_modbus_address_copy(address, &c->address) < 0) {
        free(c);
        return mb_error_set(err, -ENOMEM, "%s: out of memory", address->name);
    }
    c->fd = -1;
    c->gap_ns = (uint64_t)((address->path ? fmax(gap_s, silence_s) : gap_s) * 1e9);
    r = address->path ? connect_rtu(c, timeout_s, err) : connect_tcp(address, timeout_s, &c->fd, err);
    if (r == 0 && c->fd >= FD_SETSIZE) /* the library waits with select */
        r = mb_error_set(err, -EMFILE, "%s: too many files are open", address->name);
    if (r == 0 && start_library(c, timeout_s) < 0)
        r = mb_error_set(err, -EIO, "%s: the Modbus library cannot be set up", address->name);
    if (r < 0) {
        (void)mb_modbus_client_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

struct mb_modbus_client *mb_modbus_client_free(struct mb_modbus_client *c)
{
    if (!c)
        return NULL;
    if (c->modbus) {
        (void)modbus_set_socket(c->modbus, -1); /* closing would set up the port from what was never read */
        modbus_free(c->modbus);
    }
    if (!c->address.path && c->fd >= 0)
        (void)close(c->fd);
    mb_modbus_line_leave(&c->line);
    mb_modbus_address_done(&c->address);
    free(c);
    return NULL;
}

void mb_modbus_client_cancel(struct mb_modbus_client *c)
{
    if (c->address.path)
        mb_modbus_line_cancel(&c->line);
    else
        (void)shutdown(c->fd, SHUT_RDWR);
}

void mb_modbus_client_set_urgent(struct mb_modbus_client *c, bool urgent)
{
    c->line.urgent = urgent;
}

/* ---- requests ---- */

static void keep_gap(const struct mb_modbus_client *c)
{
    const uint64_t now_ns = mb_monotonic_ns(), free_ns = c->last_ns + c->gap_ns;
    struct timespec pause;

    if (c->last_ns == 0 || now_ns >= free_ns)
        return;
    pause.tv_sec = (time_t)((free_ns - now_ns) / 1000000000u);
    pause.tv_nsec = (long)((free_ns - now_ns) % 1000000000u);
    (void)nanosleep(&pause, NULL);
}

static bool is_exception(int code)
{
    return code > MODBUS_ENOBASE && code < MODBUS_ENOBASE + MODBUS_EXCEPTION_MAX;
}

static int error_of(int code)
{
    if (code == EMBXACK || code == EMBXSBUSY)
        return -EAGAIN;
    if (is_exception(code))
        return -EREMOTEIO;
    if (code > MODBUS_ENOBASE)
        return -EPROTO;
    return code > 0 ? -code : -EIO;
}

bool mb_modbus_link_lost(int error)
{
    return error != 0 && error != -EREMOTEIO && error != -EAGAIN;
}

/* Waits until this unit may be asked. */
static int begin(struct mb_modbus_client *c, struct mb_error *err)
{
    int r;

    if (c->address.path) {
        r = mb_modbus_line_begin(&c->line, &c->fd, err);
        if (r < 0)
            return r;
        c->last_ns = c->line.last_ns;
        (void)modbus_set_socket(c->modbus, c->fd);
    }
    keep_gap(c);
    errno = 0;
    return 0;
}

/* n: what the library returned. */
static int judge(struct mb_modbus_client *c, int n, const char *what, enum mb_modbus_space space, int address,
                 int count, struct mb_error *err)
{
    const int code = errno;
    const char *name = count == 1 ? space_names[space].singular : space_names[space].plural;
    char exception[24] = "", place[32];

    if (n == count)
        return 0;
    if (n >= 0) /* cannot be: the library compares */
        return mb_error_set(err, -EPROTO, "%s: %s %s: a short answer", c->address.name, what, name);
    if (is_exception(code))
        (void)snprintf(exception, sizeof exception, "exception %d: ", code - MODBUS_ENOBASE);
    (void)snprintf(place, sizeof place, count == 1 ? "%d" : "%d to %d", address, address + count - 1);
    return mb_error_set(err, error_of(code), "%s: %s %s %s of unit %d: %s%s", c->address.name, what, name,
                        place, c->address.unit, exception,
                        code == ETIMEDOUT ? "no answer in time" : modbus_strerror(code));
}

/* Keeps errno, which the outcome is judged by. A request without an answer has none in the recording either.
 */
static void put_down(const struct mb_modbus_client *c, uint64_t asked_ns, const struct mb_modbus_pdu *ask,
                     int n, const uint16_t *values)
{
    struct mb_record_file *record = c->address.record;
    const int code = errno;
    struct mb_modbus_pdu answer;

    if (!record)
        return;
    mb_record_file_put(record, true, asked_ns, ask->bytes, ask->n);
    if (n >= 0 || is_exception(code)) {
        answer =
            n >= 0 ? mb_modbus_pdu_answer(ask, values) : mb_modbus_pdu_exception(ask, code - MODBUS_ENOBASE);
        mb_record_file_put(record, false, mb_monotonic_ns(), answer.bytes, answer.n);
    }
    errno = code;
}

static int finish(struct mb_modbus_client *c, int n, const char *what, enum mb_modbus_space space,
                  int address, int count, struct mb_error *err)
{
    int r = judge(c, n, what, space, address, count, err);

    if (c->address.path)
        mb_modbus_line_end(&c->line, r);
    c->last_ns = mb_monotonic_ns();
    return r;
}

static int read_bits(struct mb_modbus_client *c, enum mb_modbus_space space, int address, int count,
                     uint16_t *ret)
{
    uint8_t bits[REGISTERS_MAX] = {0};
    int n = space == MB_MODBUS_COIL ? modbus_read_bits(c->modbus, address, count, bits)
                                    : modbus_read_input_bits(c->modbus, address, count, bits);

    for (int i = 0; n == count && i < count; i++)
        ret[i] = bits[i] != 0;
    return n;
}

int mb_modbus_client_read(struct mb_modbus_client *c, enum mb_modbus_space space, int address, int count,
                          uint16_t *ret, struct mb_error *err)
{
    const struct mb_modbus_pdu ask = mb_modbus_pdu_read(c->address.unit, space, address, count);
    uint64_t asked_ns;
    int n;

    if (count < 1 || count > REGISTERS_MAX)
        return mb_error_set(err, -EINVAL, "%s: %d registers in one request", c->address.name, count);
    n = begin(c, err);
    if (n < 0)
        return n;
    asked_ns = mb_monotonic_ns();
    if (space == MB_MODBUS_HOLDING)
        n = modbus_read_registers(c->modbus, address, count, ret);
    else if (space == MB_MODBUS_INPUT)
        n = modbus_read_input_registers(c->modbus, address, count, ret);
    else
        n = read_bits(c, space, address, count, ret);
    put_down(c, asked_ns, &ask, n, ret);
    return finish(c, n, "reading", space, address, count, err);
}

int mb_modbus_client_write(struct mb_modbus_client *c, enum mb_modbus_space space, int address, int count,
                           const uint16_t *values, bool multiple, struct mb_error *err)
{
    const struct mb_modbus_pdu ask =
        mb_modbus_pdu_write(c->address.unit, space, address, count, values, multiple);
    const uint8_t bit = values[0] != 0;
    uint64_t asked_ns;
    int n = begin(c, err);

    if (n < 0)
        return n;
    asked_ns = mb_monotonic_ns();
    if (space == MB_MODBUS_COIL)
        n = multiple ? modbus_write_bits(c->modbus, address, 1, &bit)
                     : modbus_write_bit(c->modbus, address, bit);
    else if (count == 1 && !multiple)
        n = modbus_write_register(c->modbus, address, values[0]);
    else
        n = modbus_write_registers(c->modbus, address, count, values);
    put_down(c, asked_ns, &ask, n, values);
    return finish(c, n, "writing", space, address, count, err);
}
