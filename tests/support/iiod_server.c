/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/iiod_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define CONNECTIONS_MAX 32
#define FRAME_MAX 80 /* bytes of a sample of all channels and its stamp */
#define DEPTH 4      /* blocks that are kept for who is late, when nobody says */

struct connection {
    struct iiod_server *server;
    pthread_t thread;
    int fd;
    char line[256];
    size_t samples; /* of a block; 0: not open */
    uint32_t mask;
    size_t frame; /* bytes of a sample */
    uint64_t start_ns, next, blocks;
    uint64_t full, after; /* the buffers end at sample full, the next one is after; 0: they are not full */
    char *block;
};

struct iiod_server {
    struct iiod_server_setting setting;
    int fd;
    char address[64];
    pthread_t thread;
    _Atomic double rate_hz;
    atomic_ullong overrun, started_ns, lag_ns;
    atomic_bool ending;
    atomic_uint triggered, depth; /* depth: blocks that are kept, as the client wants */
    struct connection connections[CONNECTIONS_MAX];
    atomic_uint count;
};

static bool say(struct connection *c, const void *data, size_t n, bool is_line)
{
    const bool bytes = is_line && c->server->setting.fault == IIOD_FAULT_BYTES;

    for (size_t done = 0; done < n;) {
        ssize_t k = send(c->fd, (const char *)data + done, bytes ? 1 : n - done, MSG_NOSIGNAL);

        if (k <= 0)
            return false;
        done += (size_t)k;
    }
    return true;
}

static bool say_text(struct connection *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool say_text(struct connection *c, const char *format, ...)
{
    char text[256];
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return n >= 0 && (size_t)n < sizeof text && say(c, text, (size_t)n, true);
}

/* The value of an attribute with the NUL that belongs to it. */
static bool say_value(struct connection *c, const char *value)
{
    return say_text(c, "%zu\n", strlen(value) + 1) && say(c, value, strlen(value) + 1, true) &&
           say(c, "\n", 1, true);
}

static bool hear_line(struct connection *c)
{
    size_t n = 0;

    while (n + 1 < sizeof c->line) {
        if (recv(c->fd, c->line + n, 1, 0) != 1)
            return false;
        if (c->line[n] == '\n') {
            c->line[n] = '\0';
            return true;
        }
        if (c->line[n] != '\r')
            n++;
    }
    return false;
}

static void add_channel(const struct iiod_server_setting *s, char *xml, size_t size, unsigned i)
{
    const size_t used = strlen(xml);
    char scale[80] = "";

    if (s->scale)
        (void)snprintf(scale, sizeof scale, "<attribute name=\"scale\" filename=\"in_voltage%u_scale\" />",
                       i);
    (void)snprintf(xml + used, size - used,
                   "<channel id=\"voltage%u\" type=\"input\"><scan-element index=\"%u\" "
                   "format=\"le:s%u/%u&gt;&gt;0\" />"
                   "<attribute name=\"raw\" filename=\"in_voltage%u_raw\" />%s</channel>",
                   i, i, s->bits, s->bits, i, scale);
}

/* With a document type, or libxml complains on stderr. */
#define XML_HEAD                                                                                             \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context ["                                          \
    "<!ELEMENT context ANY><!ELEMENT device ANY><!ELEMENT channel ANY><!ELEMENT scan-element EMPTY>"         \
    "<!ELEMENT attribute EMPTY><!ATTLIST context name CDATA #IMPLIED description CDATA #IMPLIED>"            \
    "<!ATTLIST device id CDATA #IMPLIED name CDATA #IMPLIED>"                                                \
    "<!ATTLIST channel id CDATA #IMPLIED type CDATA #IMPLIED>"                                               \
    "<!ATTLIST scan-element index CDATA #IMPLIED format CDATA #IMPLIED>"                                     \
    "<!ATTLIST attribute name CDATA #IMPLIED filename CDATA #IMPLIED>]>"                                     \
    "<context name=\"network\" description=\"fast\">"

static void add_device(const struct iiod_server_setting *s, char *xml, size_t size, unsigned i)
{
    size_t used = strlen(xml);

    (void)snprintf(xml + used, size - used, "<device id=\"iio:device%u\" name=\"%s\">", i,
                   i == 0 ? "fast" : "second");
    for (unsigned c = 0; c < s->channels; c++)
        add_channel(s, xml, size, c);
    used = strlen(xml);
    (void)snprintf(xml + used, size - used, "%s<attribute name=\"sampling_frequency\" /></device>",
                   s->stamps ? "<channel id=\"timestamp\" type=\"input\"><scan-element index=\"16\" "
                               "format=\"le:s64/64&gt;&gt;0\" /></channel>"
                             : "");
}

static bool do_print(struct connection *c)
{
    const struct iiod_server_setting *s = &c->server->setting;
    char xml[16384] = XML_HEAD;
    char trigger[80] = "";

    add_device(s, xml, sizeof xml, 0);
    if (s->second)
        add_device(s, xml, sizeof xml, 1);
    if (s->trigger)
        (void)snprintf(trigger, sizeof trigger, "<device id=\"trigger0\" name=\"%s\"></device>", s->trigger);
    (void)snprintf(xml + strlen(xml), sizeof xml - strlen(xml), "%s</context>", trigger);
    return say_text(c, "%zu\n", strlen(xml)) && say(c, xml, strlen(xml), true) && say(c, "\n", 1, true);
}

static bool do_read(struct connection *c)
{
    char rate[32];

    if (strstr(c->line, "sampling_frequency")) {
        (void)snprintf(rate, sizeof rate, "%.10g", atomic_load(&c->server->rate_hz));
        return say_value(c, rate);
    }
    if (strstr(c->line, " scale") && c->server->setting.scale)
        return say_value(c, c->server->setting.scale);
    return strstr(c->line, " raw") ? say_value(c, "17") : say_text(c, "-2\n");
}

/* The bytes follow, and are all taken to be what was asked for. */
static bool do_write(struct connection *c)
{
    const char *last = strrchr(c->line, ' ');
    long n = last ? strtol(last, NULL, 10) : 0;
    char value[256];

    if (n < 1 || n > (long)sizeof value || recv(c->fd, value, (size_t)n, MSG_WAITALL) != n)
        return false;
    return say_text(c, "%ld\n", n);
}

static bool do_open(struct connection *c)
{
    const struct iiod_server_setting *s = &c->server->setting;
    unsigned long samples = 0;
    unsigned mask = 0;

    if (sscanf(c->line, "OPEN %*s %lu %x", &samples, &mask) != 2 || samples == 0 || samples > 1u << 22)
        return say_text(c, "-22\n");
    if (s->depth_max > 0 && atomic_load(&c->server->depth) > s->depth_max)
        return say_text(c, "%d\n", -ENOMEM);
    c->samples = samples;
    c->mask = mask;
    c->frame = 0;
    for (unsigned i = 0; i < s->channels; i++)
        c->frame += mask & 1u << i ? s->bits / 8 : 0;
    if (s->stamps && mask & 1u << s->channels)
        c->frame = (c->frame + 7) / 8 * 8 + 8;
    free(c->block);
    c->block = malloc(c->samples * c->frame);
    c->next = c->blocks = c->full = 0;
    c->start_ns = mb_monotonic_ns();
    atomic_store(&c->server->started_ns, c->start_ns);
    return c->block && say_text(c, "0\n");
}

static double real_rate(const struct iiod_server_setting *s)
{
    return s->real_rate_hz > 0 ? s->real_rate_hz : s->rate_hz;
}

/* The number that sample n carries: what the source lost is not in the stream. */
static uint64_t counted(const struct iiod_server_setting *s, uint64_t n)
{
    return s->gap > 0 && n >= s->gap_at ? n + s->gap : n;
}

static void fill(struct connection *c)
{
    const struct iiod_server_setting *s = &c->server->setting;
    char *p = c->block;

    for (size_t k = 0; k < c->samples; k++, p += c->frame) {
        uint64_t n = counted(s, c->next + k);
        size_t at = 0;

        for (unsigned i = 0; i < s->channels; i++) {
            uint32_t value = (uint32_t)(n * (i + 1));

            if (!(c->mask & 1u << i))
                continue;
            memcpy(p + at, &value, s->bits / 8); /* little endian machines only, as all that run this */
            at += s->bits / 8;
        }
        if (s->stamps && c->mask & 1u << s->channels) {
            int64_t stamp = (int64_t)((double)n * 1e9 / s->rate_hz) + 1000;

            memcpy(p + (at + 7) / 8 * 8, &stamp, sizeof stamp);
        }
    }
}

static void wait_until(uint64_t t_ns)
{
    struct timespec t = {.tv_sec = (time_t)(t_ns / 1000000000u), .tv_nsec = (long)(t_ns % 1000000000u)};

    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void note_lag(struct iiod_server *s, uint64_t lag_ns)
{
    if (lag_ns > atomic_load(&s->lag_ns)) /* one connection streams */
        atomic_store(&s->lag_ns, lag_ns);
}

/* One block when its last sample has been taken; what was not fetched in time is lost. */
static void take_block(struct connection *c)
{
    const struct iiod_server_setting *s = &c->server->setting;
    const double period_ns = 1e9 / real_rate(s);
    const uint64_t now_ns = mb_monotonic_ns();
    const uint64_t taken = (uint64_t)((double)(now_ns - c->start_ns) / period_ns);
    const uint64_t kept = (s->depth ? s->depth : atomic_load(&c->server->depth)) * c->samples;
    uint64_t due_ns;

    if (c->full == 0 && taken > counted(s, c->next) + kept) {
        c->full = c->next + kept;
        c->after = taken - (counted(s, c->next) - c->next);
        (void)atomic_fetch_add(&c->server->overrun, c->after - c->full);
    }
    if (c->full > 0 && c->next >= c->full) {
        c->next = c->after;
        c->full = 0;
    }
    fill(c);
    c->next += c->samples;
    due_ns = c->start_ns + (uint64_t)((double)counted(s, c->next) * period_ns);
    wait_until(due_ns);
    note_lag(c->server, mb_monotonic_ns() - due_ns);
}

static bool misbehave(struct connection *c)
{
    const char half[16] = "1600\n00000001\nab";

    switch (c->server->setting.fault) {
    case IIOD_FAULT_STALL:
        while (!atomic_load(&c->server->ending))
            wait_until(mb_monotonic_ns() + 5000000);
        return false;
    case IIOD_FAULT_CLOSE:
        (void)say(c, half, sizeof half, true);
        return false;
    case IIOD_FAULT_LENGTH:
        return say_text(c, "99999999999\n%08x\n", c->mask);
    case IIOD_FAULT_ERROR:
        return say_text(c, "%d\n", -ENODEV);
    default:
        return true;
    }
}

static bool do_readbuf(struct connection *c)
{
    const struct iiod_server_setting *s = &c->server->setting;
    const char *last = strrchr(c->line, ' ');
    const size_t block = c->samples * c->frame;
    size_t wanted = last ? strtoul(last, NULL, 10) : 0;
    bool first = true;

    if (c->samples == 0)
        return say_text(c, "-9\n");
    for (; wanted >= block; wanted -= block, c->blocks++) {
        const bool spoilt = c->blocks >= s->fault_after;

        if (spoilt && !misbehave(c))
            return false;
        take_block(c);
        if (!say_text(c, "%zu\n", block))
            return false;
        if (first && !say_text(c, "%08x\n", spoilt && s->fault == IIOD_FAULT_MASK ? c->mask << 1 : c->mask))
            return false;
        first = false;
        if (!say(c, c->block, block, false))
            return false;
    }
    return true;
}

/* SET DEVICE BUFFERS_COUNT n */
static bool do_set(struct connection *c)
{
    unsigned n = 0;

    if (sscanf(c->line, "SET %*s BUFFERS_COUNT %u", &n) == 1)
        atomic_store(&c->server->depth, n);
    return say_text(c, "0\n");
}

static bool do_zero(struct connection *c)
{
    return say_text(c, "0\n");
}

static bool do_trigger(struct connection *c)
{
    const struct iiod_server_setting *s = &c->server->setting;

    if (s->trigger_refused || !s->trigger || !strstr(c->line, " trigger0"))
        return say_text(c, "%d\n", s->trigger_refused ? -EBUSY : -ENODEV);
    (void)atomic_fetch_add(&c->server->triggered, 1);
    return say_text(c, "0\n");
}

static bool do_version(struct connection *c)
{
    return say_text(c, "0.24.fast000\n");
}

static bool do_refuse(struct connection *c)
{
    return say_text(c, "-22\n");
}

static void *serve(void *userdata)
{
    static const struct {
        const char *word;
        bool (*run)(struct connection *c);
    } commands[] = {
        {"READBUF ", do_readbuf}, {"READ ", do_read},   {"VERSION", do_version}, {"PRINT", do_print},
        {"ZPRINT", do_refuse},    {"WRITE ", do_write}, {"OPEN ", do_open},      {"SETTRIG ", do_trigger},
        {"SET ", do_set},         {"", do_zero}};
    struct connection *c = userdata;
    bool open = true;

    while (open && hear_line(c) && strcmp(c->line, "EXIT") != 0) {
        size_t i = 0;

        while (strncmp(c->line, commands[i].word, strlen(commands[i].word)) != 0)
            i++;
        open = commands[i].run(c);
    }
    (void)shutdown(c->fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *userdata)
{
    struct iiod_server *s = userdata;

    while (atomic_load(&s->count) < CONNECTIONS_MAX) {
        struct connection *c = &s->connections[atomic_load(&s->count)];
        int one = 1;

        c->server = s;
        c->fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
        if (c->fd < 0)
            break;
        (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (pthread_create(&c->thread, NULL, serve, c) != 0) {
            (void)close(c->fd);
            break;
        }
        (void)atomic_fetch_add(&s->count, 1);
    }
    return NULL;
}

struct iiod_server *iiod_server_new(const struct iiod_server_setting *setting)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof in;
    struct iiod_server *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->setting = *setting;
    atomic_init(&s->rate_hz, setting->rate_hz);
    atomic_init(&s->depth, DEPTH);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (const struct sockaddr *)&in, length), 0);
    assert_int_equal(listen(s->fd, 8), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &length), 0);
    (void)snprintf(s->address, sizeof s->address, "ip:127.0.0.1:%d", ntohs(in.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, accept_all, s), 0);
    return s;
}

struct iiod_server *iiod_server_free(struct iiod_server *s)
{
    if (!s)
        return NULL;
    atomic_store(&s->ending, true);
    (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < atomic_load(&s->count); i++) {
        (void)shutdown(s->connections[i].fd, SHUT_RDWR);
        (void)pthread_join(s->connections[i].thread, NULL);
        (void)close(s->connections[i].fd);
        free(s->connections[i].block);
    }
    (void)close(s->fd);
    free(s);
    return NULL;
}

const char *iiod_server_address(const struct iiod_server *s)
{
    return s->address;
}

unsigned iiod_server_depth(const struct iiod_server *s)
{
    return atomic_load(&s->depth);
}

unsigned iiod_server_triggered(const struct iiod_server *s)
{
    return atomic_load(&s->triggered);
}

void iiod_server_rate(struct iiod_server *s, double rate_hz)
{
    atomic_store(&s->rate_hz, rate_hz);
}

uint64_t iiod_server_started_ns(const struct iiod_server *s)
{
    return atomic_load(&s->started_ns);
}

uint64_t iiod_server_lag_ns(const struct iiod_server *s)
{
    return atomic_load(&s->lag_ns);
}

uint64_t iiod_server_overrun(const struct iiod_server *s)
{
    return atomic_load(&s->overrun);
}
