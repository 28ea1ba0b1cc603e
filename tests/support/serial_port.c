/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/serial_port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRIBBLE_US 300

struct serial_port {
    sd_event *event;
    char folder[64], path[96], address[112];
    int instrument;      /* the master: what the instrument sees */
    int adapter;         /* keeps the slave open while no program has it: a pty would say that as a hang-up */
    sd_event_source *io; /* of the instrument */
    sd_event_source *out; /* the next byte */
    char terminator[4];
    serial_port_line line;
    void *userdata;
    struct sim_text in, reply;
    bool dribble, breaks;
    size_t break_after;
};

struct serial_port *serial_port_new(sd_event *event)
{
    struct serial_port *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->event = event;
    (void)snprintf(p->terminator, sizeof p->terminator, "\n");
    p->instrument = p->adapter = -1;
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/motorbench-port-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    assert_int_equal(chmod(p->folder, 0755), 0); /* a test may become somebody else */
    (void)snprintf(p->path, sizeof p->path, "%s/by-id/usb-Maker_Meter_0001-if00", p->folder);
    (void)snprintf(p->address, sizeof p->address, "tty:%s", p->path);
    return p;
}

struct serial_port *serial_port_free(struct serial_port *p)
{
    if (!p)
        return NULL;
    serial_port_unplug(p);
    (void)rmdir(p->folder);
    free(p);
    return NULL;
}

const char *serial_port_path(const struct serial_port *p)
{
    return p->path;
}

const char *serial_port_address(const struct serial_port *p)
{
    return p->address;
}

void serial_port_send(struct serial_port *p, const void *data, size_t n)
{
    assert_int_equal(write(p->instrument, data, n), (ssize_t)n);
}

/* Sends what the instrument has to say; false: it has hung up. */
static bool send_reply(struct serial_port *p)
{
    size_t n = p->reply.size;

    if (p->breaks && p->break_after < n)
        n = p->break_after;
    else if (p->dribble && n > 1)
        n = 1;
    if (n > 0)
        serial_port_send(p, p->reply.data, n);
    sim_text_consume(&p->reply, n);
    if (p->breaks && p->reply.size > 0) {
        p->breaks = false;
        serial_port_unplug(p);
        return false;
    }
    if (p->reply.size > 0) {
        (void)sd_event_source_set_time_relative(p->out, DRIBBLE_US);
        (void)sd_event_source_set_enabled(p->out, SD_EVENT_ONESHOT);
    }
    return true;
}

static int on_out(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source, (void)usec;
    (void)send_reply(userdata);
    return 0;
}

static int on_bytes(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    struct serial_port *p = userdata;
    char data[512], *end;
    ssize_t n = read(fd, data, sizeof data);

    (void)source, (void)events;
    if (n <= 0)
        return 0;
    assert_int_equal(sim_text_append(&p->in, data, (size_t)n), 0);
    while (p->in.size > 0 && (end = strstr(p->in.data, p->terminator))) {
        *end = '\0';
        if (p->line)
            p->line(p->userdata, p->in.data, &p->reply);
        sim_text_consume(&p->in, (size_t)(end - p->in.data) + strlen(p->terminator));
        if (!send_reply(p))
            return 0;
    }
    return 0;
}

void serial_port_serve(struct serial_port *p, const char *terminator, serial_port_line line, void *userdata)
{
    (void)snprintf(p->terminator, sizeof p->terminator, "%s", terminator);
    p->line = line;
    p->userdata = userdata;
}

void serial_port_plug(struct serial_port *p)
{
    struct termios settings;
    char name[64], *slash = strrchr(p->path, '/');

    serial_port_unplug(p);
    p->instrument = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    assert_true(p->instrument >= 0);
    assert_int_equal(grantpt(p->instrument), 0);
    assert_int_equal(unlockpt(p->instrument), 0);
    assert_int_equal(ptsname_r(p->instrument, name, sizeof name), 0);
    p->adapter = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(p->adapter >= 0);
    assert_int_equal(tcgetattr(p->adapter, &settings), 0);
    settings.c_lflag &= ~(tcflag_t)ECHO; /* a line has none */
    settings.c_cflag |= HUPCL;           /* as a real port has it */
    assert_int_equal(tcsetattr(p->adapter, TCSANOW, &settings), 0);
    assert_true(sd_event_add_io(p->event, &p->io, p->instrument, EPOLLIN, on_bytes, p) >= 0);
    assert_true(sd_event_add_time_relative(p->event, &p->out, CLOCK_MONOTONIC, 0, 1, on_out, p) >= 0);
    assert_true(sd_event_source_set_enabled(p->out, SD_EVENT_OFF) >= 0);
    *slash = '\0'; /* the folder comes and goes with its only port, as udev does it */
    assert_int_equal(mkdir(p->path, 0755), 0);
    *slash = '/';
    assert_int_equal(symlink(name, p->path), 0);
}

void serial_port_unplug(struct serial_port *p)
{
    char *slash = strrchr(p->path, '/');

    p->io = sd_event_source_disable_unref(p->io);
    p->out = sd_event_source_disable_unref(p->out);
    sim_text_clear(&p->in);
    sim_text_clear(&p->reply);
    if (p->instrument < 0)
        return;
    (void)close(p->adapter);
    (void)close(p->instrument);
    p->instrument = p->adapter = -1;
    (void)unlink(p->path);
    *slash = '\0';
    (void)rmdir(p->path);
    *slash = '/';
}

void serial_port_dribble(struct serial_port *p, bool on)
{
    p->dribble = on;
}

void serial_port_stall(struct serial_port *p, bool on)
{
    assert_true(sd_event_source_set_enabled(p->io, on ? SD_EVENT_OFF : SD_EVENT_ON) >= 0);
}

struct termios serial_port_settings(const struct serial_port *p)
{
    struct termios settings;

    assert_int_equal(tcgetattr(p->adapter, &settings), 0);
    return settings;
}

void serial_port_break_after(struct serial_port *p, size_t n)
{
    p->breaks = true;
    p->break_after = n;
}
