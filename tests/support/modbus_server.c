/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/modbus_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define CONNECTIONS_MAX 8
#define FUNCTIONS_MAX 32
#define WRITE_MANY 15 /* this function and the next say how many bytes follow */

struct modbus_server {
    bool rtu;
    modbus_t *modbus;
    pthread_t thread;
    int stop;                                /* eventfd */
    char address[112], folder[48], link[64]; /* RTU: the port is a link, as udev makes one */
    struct sockaddr_in host;
    int adapter; /* RTU: keeps the other end open */
    int fds[CONNECTIONS_MAX];
    pthread_mutex_t mutex;
    /* Under the mutex: */
    int listener;
    modbus_mapping_t *map, *second; /* RTU: of the unit after ours, on the same line */
    enum modbus_fault fault;
    int fault_function, number;
    unsigned fault_times;
    unsigned counts[FUNCTIONS_MAX], count;
};

static int listen_tcp(struct modbus_server *m)
{
    const int on = 1;
    socklen_t size = sizeof m->host;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&m->host, size), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&m->host, &size), 0);
    return fd;
}

static void open_tcp(struct modbus_server *m)
{
    m->host = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    m->listener = listen_tcp(m);
    m->modbus = modbus_new_tcp(NULL, 1);
    (void)snprintf(m->address, sizeof m->address, "modbus-tcp:127.0.0.1:%d,%d", ntohs(m->host.sin_port),
                   MODBUS_SERVER_UNIT);
}

static void open_rtu(struct modbus_server *m)
{
    struct termios settings;
    char name[64];

    m->fds[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(m->fds[0] >= 0);
    assert_int_equal(grantpt(m->fds[0]), 0);
    assert_int_equal(unlockpt(m->fds[0]), 0);
    assert_int_equal(ptsname_r(m->fds[0], name, sizeof name), 0);
    m->adapter = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(m->adapter >= 0);
    assert_int_equal(tcgetattr(m->adapter, &settings), 0);
    cfmakeraw(&settings);
    assert_int_equal(tcsetattr(m->adapter, TCSANOW, &settings), 0);
    assert_int_equal(symlink(name, m->link), 0);
}

static void start_rtu(struct modbus_server *m)
{
    (void)snprintf(m->folder, sizeof m->folder, "/tmp/motorbench-modbus-XXXXXX");
    assert_non_null(mkdtemp(m->folder));
    (void)snprintf(m->link, sizeof m->link, "%s/port", m->folder);
    open_rtu(m);
    m->modbus = modbus_new_rtu(m->link, 115200, 'N', 8, 1);
    (void)snprintf(m->address, sizeof m->address, "modbus-rtu:%s,115200,8N1,%d", m->link, MODBUS_SERVER_UNIT);
}

static enum modbus_fault take_fault(struct modbus_server *m, int function)
{
    if (m->fault_times == 0 || (m->fault_function && m->fault_function != function))
        return MODBUS_GOOD;
    m->fault_times--;
    return m->fault;
}

static void hang_up(struct modbus_server *m, int *fd)
{
    (void)close(*fd);
    *fd = -1;
    if (m->listener >= 0)
        (void)close(m->listener);
    m->listener = -1;
    if (m->adapter >= 0) {
        (void)close(m->adapter);
        (void)unlink(m->link);
    }
    m->adapter = -1;
}

/* An answer with one register, or with a checksum that is wrong. */
static void answer_raw(struct modbus_server *m, int fd, const uint8_t *request, bool bad_crc)
{
    const int count = bad_crc ? request[4] << 8 | request[5] : 1;
    uint8_t raw[300] = {request[0], request[1]};

    if (!m->rtu) {
        const uint8_t tcp[] = {request[0], request[1], 0, 0, 0, 5, request[6], request[7], 2, 0, 1};

        (void)!write(fd, tcp, sizeof tcp);
        return;
    }
    raw[2] = (uint8_t)(2 * count); /* the checksum of these bytes is not 0 */
    (void)!write(fd, raw, 5 + 2 * (size_t)count);
}

static void answer(struct modbus_server *m, int *fd, uint8_t *request, int n)
{
    const int at = modbus_get_header_length(m->modbus), function = request[at];
    const bool second = m->rtu && request[0] == MODBUS_SERVER_UNIT + 1;
    enum modbus_fault fault;
    unsigned late_ms;
    modbus_mapping_t *deaf;

    (void)pthread_mutex_lock(&m->mutex);
    m->count++;
    m->counts[function % FUNCTIONS_MAX]++;
    fault = second ? MODBUS_GOOD : take_fault(m, function);
    if (fault == MODBUS_LATE) {
        late_ms = m->number > 0 ? (unsigned)m->number : MODBUS_LATE_MS;
        (void)pthread_mutex_unlock(&m->mutex);
        (void)usleep(late_ms * 1000);
        (void)pthread_mutex_lock(&m->mutex);
    }
    switch (fault) {
    case MODBUS_SILENT:
        break;
    case MODBUS_EXCEPTION:
        (void)modbus_reply_exception(m->modbus, request, (unsigned)m->number);
        break;
    case MODBUS_SHORT:
    case MODBUS_BAD_CRC:
        answer_raw(m, *fd, request, fault == MODBUS_BAD_CRC);
        break;
    case MODBUS_CLOSE:
        hang_up(m, fd);
        break;
    case MODBUS_DEAF:
        deaf = modbus_mapping_new(MODBUS_SERVER_PLACES, 0, MODBUS_SERVER_PLACES, 0);
        (void)modbus_reply(m->modbus, request, n, deaf);
        modbus_mapping_free(deaf);
        break;
    case MODBUS_WRONG_UNIT:
        request[0]++;
        (void)modbus_reply(m->modbus, request, n, m->map);
        break;
    case MODBUS_GOOD:
    case MODBUS_LATE:
        (void)modbus_reply(m->modbus, request, n, second ? m->second : m->map);
        break;
    }
    (void)pthread_mutex_unlock(&m->mutex);
}

/* The library knows one unit, and takes the answers of others for theirs. */
static int receive_rtu(int fd, uint8_t request[MODBUS_MAX_ADU_LENGTH])
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    size_t n = 0, whole = 8;

    while (n < whole && poll(&wait, 1, 200) == 1) {
        ssize_t got = read(fd, request + n, whole - n);

        if (got <= 0)
            return -1;
        n += (size_t)got;
        if (n >= 7 && request[1] >= WRITE_MANY)
            whole = 9 + (size_t)request[6];
    }
    return n == whole ? (int)n : 0;
}

static void serve(struct modbus_server *m, int *fd)
{
    uint8_t request[MODBUS_MAX_ADU_LENGTH] = {0};
    int n;

    (void)modbus_set_socket(m->modbus, *fd);
    n = m->rtu ? receive_rtu(*fd, request) : modbus_receive(m->modbus, request);
    if (n > 0) {
        answer(m, fd, request, n);
    } else if (n < 0 && !m->rtu) {
        (void)pthread_mutex_lock(&m->mutex);
        (void)close(*fd);
        *fd = -1;
        (void)pthread_mutex_unlock(&m->mutex);
    }
}

static void take_connection(struct modbus_server *m)
{
    int fd = -1;

    (void)pthread_mutex_lock(&m->mutex);
    if (m->listener >= 0)
        fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < CONNECTIONS_MAX; i++)
        if (m->fds[i] < 0) {
            m->fds[i] = fd;
            fd = -1;
        }
    (void)pthread_mutex_unlock(&m->mutex);
    if (fd >= 0)
        (void)close(fd);
}

static void *thread_main(void *argument)
{
    struct modbus_server *m = argument;
    struct pollfd polled[CONNECTIONS_MAX + 2];

    for (;;) {
        (void)pthread_mutex_lock(&m->mutex);
        polled[0] = (struct pollfd){.fd = m->stop, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = m->listener, .events = POLLIN};
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            polled[i + 2] = (struct pollfd){.fd = m->fds[i], .events = POLLIN};
        (void)pthread_mutex_unlock(&m->mutex);
        (void)poll(polled, CONNECTIONS_MAX + 2, 20); /* the listener may come back */
        if (polled[0].revents)
            return NULL;
        if (polled[1].revents & POLLIN)
            take_connection(m);
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            if (polled[i + 2].fd >= 0 && polled[i + 2].revents)
                serve(m, &m->fds[i]);
    }
}

struct modbus_server *modbus_server_new(bool rtu)
{
    struct modbus_server *m = calloc(1, sizeof *m);

    assert_non_null(m);
    m->rtu = rtu;
    m->listener = m->adapter = -1;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        m->fds[i] = -1;
    m->stop = eventfd(0, EFD_CLOEXEC);
    m->map = modbus_mapping_new(MODBUS_SERVER_PLACES, MODBUS_SERVER_PLACES, MODBUS_SERVER_PLACES,
                                MODBUS_SERVER_PLACES);
    m->second = modbus_mapping_new(MODBUS_SERVER_PLACES, MODBUS_SERVER_PLACES, MODBUS_SERVER_PLACES,
                                   MODBUS_SERVER_PLACES);
    assert_non_null(m->map);
    assert_non_null(m->second);
    (void)pthread_mutex_init(&m->mutex, NULL);
    if (rtu)
        start_rtu(m);
    else
        open_tcp(m);
    assert_non_null(m->modbus);
    assert_int_equal(modbus_set_slave(m->modbus, MODBUS_SERVER_UNIT), 0);
    assert_int_equal(pthread_create(&m->thread, NULL, thread_main, m), 0);
    return m;
}

struct modbus_server *modbus_server_free(struct modbus_server *m)
{
    const uint64_t one = 1;

    if (!m)
        return NULL;
    (void)!write(m->stop, &one, sizeof one);
    (void)pthread_join(m->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (m->fds[i] >= 0)
            (void)close(m->fds[i]);
    if (m->listener >= 0)
        (void)close(m->listener);
    if (m->adapter >= 0)
        (void)close(m->adapter);
    if (m->rtu) {
        (void)unlink(m->link);
        (void)rmdir(m->folder);
    }
    (void)close(m->stop);
    (void)modbus_set_socket(m->modbus, -1);
    modbus_free(m->modbus);
    modbus_mapping_free(m->map);
    modbus_mapping_free(m->second);
    (void)pthread_mutex_destroy(&m->mutex);
    free(m);
    return NULL;
}

const char *modbus_server_address(const struct modbus_server *m)
{
    return m->address;
}

void modbus_server_fault(struct modbus_server *m, enum modbus_fault fault, int function, unsigned times,
                         int number)
{
    (void)pthread_mutex_lock(&m->mutex);
    m->fault = fault;
    m->fault_function = function;
    m->fault_times = times;
    m->number = number;
    (void)pthread_mutex_unlock(&m->mutex);
}

void modbus_server_come_back(struct modbus_server *m)
{
    (void)pthread_mutex_lock(&m->mutex);
    if (m->rtu && m->adapter < 0)
        open_rtu(m);
    else if (!m->rtu && m->listener < 0)
        m->listener = listen_tcp(m);
    (void)pthread_mutex_unlock(&m->mutex);
}

void modbus_server_set(struct modbus_server *m, bool input, int address, uint16_t value)
{
    (void)pthread_mutex_lock(&m->mutex);
    (input ? m->map->tab_input_registers : m->map->tab_registers)[address] = value;
    (void)pthread_mutex_unlock(&m->mutex);
}

void modbus_server_set_second(struct modbus_server *m, int address, uint16_t value)
{
    (void)pthread_mutex_lock(&m->mutex);
    m->second->tab_input_registers[address] = value;
    (void)pthread_mutex_unlock(&m->mutex);
}

uint16_t modbus_server_get(struct modbus_server *m, int address)
{
    uint16_t value;

    (void)pthread_mutex_lock(&m->mutex);
    value = m->map->tab_registers[address];
    (void)pthread_mutex_unlock(&m->mutex);
    return value;
}

void modbus_server_set_coil(struct modbus_server *m, int address, bool on)
{
    (void)pthread_mutex_lock(&m->mutex);
    m->map->tab_bits[address] = on;
    (void)pthread_mutex_unlock(&m->mutex);
}

bool modbus_server_get_coil(struct modbus_server *m, int address)
{
    bool on;

    (void)pthread_mutex_lock(&m->mutex);
    on = m->map->tab_bits[address];
    (void)pthread_mutex_unlock(&m->mutex);
    return on;
}

unsigned modbus_server_count(struct modbus_server *m, int function)
{
    unsigned count;

    (void)pthread_mutex_lock(&m->mutex);
    count = function ? m->counts[function % FUNCTIONS_MAX] : m->count;
    (void)pthread_mutex_unlock(&m->mutex);
    return count;
}

void modbus_server_blurt(struct modbus_server *m)
{
    (void)pthread_mutex_lock(&m->mutex);
    (void)!write(m->fds[0], "\x11\x04\x02", 3); /* as an answer begins */
    (void)pthread_mutex_unlock(&m->mutex);
}

unsigned modbus_server_connections(struct modbus_server *m)
{
    unsigned count = 0;

    (void)pthread_mutex_lock(&m->mutex);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        count += m->fds[i] >= 0;
    (void)pthread_mutex_unlock(&m->mutex);
    return count;
}
