/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capture behind libiio's network client, against a server that says anything: attributes, formats of
 * scan elements, masks, lengths and samples come from the input. Versions and the frame of the XML do not,
 * for what libiio makes of those is not ours; nor do more bytes than were asked for, which libiio 0.24 writes
 * behind its buffer (docs/guides/daq.md). */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "iio/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define REFILLS 4
#define BLOCK_MAX 4096 /* samples that are looked at */

/* What the server says next; the client is one thread, so it asks in one order. */
static struct {
    pthread_mutex_t mutex;
    const uint8_t *data;
    size_t size;
    int fd, errors, nowhere;
    char address[64];
} server = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* n bytes of the input, zeros behind its end. Returns how many there were. */
static size_t take(void *target, size_t n)
{
    size_t there;

    (void)pthread_mutex_lock(&server.mutex);
    there = n < server.size ? n : server.size;
    memset(target, 0, n);
    memcpy(target, server.data, there);
    server.data += there;
    server.size -= there;
    (void)pthread_mutex_unlock(&server.mutex);
    return there;
}

static unsigned take_byte(void)
{
    uint8_t byte;

    (void)take(&byte, 1);
    return byte;
}

static bool say(int fd, const void *bytes, size_t n)
{
    return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool say_text(int fd, const char *text)
{
    return say(fd, text, strlen(text));
}

static bool say_value(int fd)
{
    char value[64] = "", line[16];
    size_t n = take(value, take_byte() % 48);

    if (n == 0)
        return say_text(fd, "-2\n");
    (void)snprintf(line, sizeof line, "%zu\n", n + 1);
    return say_text(fd, line) && say(fd, value, n + 1) && say_text(fd, "\n");
}

static bool say_xml(int fd)
{
    char xml[4096] =
        "<?xml version=\"1.0\"?><!DOCTYPE context [<!ELEMENT context ANY><!ELEMENT device ANY>"
        "<!ELEMENT channel ANY><!ELEMENT scan-element EMPTY><!ELEMENT attribute EMPTY>"
        "<!ATTLIST context name CDATA #IMPLIED><!ATTLIST device id CDATA #IMPLIED name CDATA #IMPLIED>"
        "<!ATTLIST channel id CDATA #IMPLIED type CDATA #IMPLIED>"
        "<!ATTLIST scan-element index CDATA #IMPLIED format CDATA #IMPLIED>"
        "<!ATTLIST attribute name CDATA #IMPLIED filename CDATA #IMPLIED>]>"
        "<context name=\"network\"><device id=\"iio:device0\" name=\"x\">",
         line[16];
    unsigned channels = 1 + take_byte() % 4;

    for (unsigned i = 0; i < channels; i++) {
        unsigned choice = take_byte(), bits = take_byte() % 80, storage = take_byte() % 9 * 8,
                 shift = take_byte() % 40;
        size_t used = strlen(xml);

        (void)snprintf(xml + used, sizeof xml - used,
                       "<channel id=\"%s%u\" type=\"input\"><scan-element index=\"%u\" "
                       "format=\"%s:%c%u/%u&gt;&gt;%u\" />"
                       "<attribute name=\"scale\" filename=\"a\" /><attribute name=\"offset\" filename=\"b\" "
                       "/></channel>",
                       choice & 4 ? "accel" : "voltage", i, i, choice & 1 ? "be" : "le",
                       choice & 2 ? 's' : 'u', bits, storage, shift);
    }
    (void)strcat(
        xml,
        "<channel id=\"timestamp\" type=\"input\"><scan-element index=\"9\" format=\"le:s64/64&gt;&gt;0\" />"
        "</channel><attribute name=\"sampling_frequency\" /></device></context>");
    (void)snprintf(line, sizeof line, "%zu\n", strlen(xml));
    return say_text(fd, line) && say_text(fd, xml) && say_text(fd, "\n");
}

/* As the protocol wants it but for a mask, or just bytes. */
static bool say_samples(int fd, const char *command)
{
    const char *last = strrchr(command, ' ');
    size_t wanted = last ? strtoul(last, NULL, 10) : 0, n;
    char line[64], *bytes;
    unsigned mode = take_byte();
    bool said;

    if (mode % 8 == 0 || wanted == 0 || wanted > 1u << 22) {
        n = take(line, wanted < sizeof line ? wanted : sizeof line);
        return n > 0 && say(fd, line, n);
    }
    n = mode % 8 == 1 ? wanted / 2 : wanted;
    (void)snprintf(line, sizeof line, "%zu\n%08x\n", n, mode & 8 ? take_byte() : 0x1f);
    bytes = calloc(1, n + 1);
    if (!bytes)
        return false;
    (void)take(bytes, n < 512 ? n : 512);
    said = say_text(fd, line) && say(fd, bytes, n);
    free(bytes);
    return said;
}

static bool hear_line(int fd, char *line, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && recv(fd, line + n, 1, 0) == 1) {
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
        n++;
    }
    return false;
}

static bool answer(int fd, char *line)
{
    char value[256];
    const char *last = strrchr(line, ' ');
    long n = last ? strtol(last, NULL, 10) : 0;

    if (strncmp(line, "VERSION", 7) == 0)
        return say_text(fd, "0.24.fuzz000\n");
    if (strncmp(line, "ZPRINT", 6) == 0)
        return say_text(fd, "-22\n");
    if (strncmp(line, "PRINT", 5) == 0)
        return say_xml(fd);
    if (strncmp(line, "READBUF", 7) == 0)
        return say_samples(fd, line);
    if (strncmp(line, "READ", 4) == 0)
        return say_value(fd);
    if (strncmp(line, "WRITE", 5) == 0 && n > 0 && n < (long)sizeof value)
        return recv(fd, value, (size_t)n, MSG_WAITALL) == n && say_text(fd, last + 1) && say_text(fd, "\n");
    return strncmp(line, "EXIT", 4) != 0 && say_text(fd, take_byte() == 7 ? "-16\n" : "0\n");
}

static void *serve_one(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char line[256];

    while (hear_line(fd, line, sizeof line) && answer(fd, line))
        ;
    (void)close(fd);
    return NULL;
}

static void *serve(void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;

    (void)argument;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0 && pthread_create(&thread, &attributes, serve_one, (void *)(intptr_t)fd) != 0)
            (void)close(fd);
    }
    return NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof in;
    pthread_t thread;
    sigset_t pipe;

    (void)argc;
    (void)argv;
    /* libiio writes into connections that the server has closed; the threads that call it (core/worker.c)
     * have all signals blocked. */
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server.fd < 0 || bind(server.fd, (const struct sockaddr *)&in, length) < 0 ||
        listen(server.fd, 64) < 0 || getsockname(server.fd, (struct sockaddr *)&in, &length) < 0 ||
        pthread_create(&thread, NULL, serve, NULL) != 0)
        abort();
    (void)snprintf(server.address, sizeof server.address, "ip:127.0.0.1:%d", ntohs(in.sin_port));
    /* libiio tells every error on stderr; a report of the sanitizers must not get lost with that. */
    server.errors = dup(STDERR_FILENO);
    server.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (server.errors < 0 || server.nowhere < 0)
        abort();
    __sanitizer_set_report_fd((void *)(intptr_t)server.errors);
    return 0;
}

static void look_at_block(struct mb_iio_scan *scan, size_t count)
{
    static double target[BLOCK_MAX];
    size_t n = count < BLOCK_MAX ? count : BLOCK_MAX;

    if (count == 0 || count > scan->format.capacity)
        abort();
    for (size_t c = 0; c < scan->format.channel_count; c++) {
        mb_iio_scan_take(scan, c, 0, n, target);
        mb_iio_scan_take(scan, c, count - n, n, target);
    }
    if (scan->timestamp)
        (void)mb_iio_scan_stamp(scan, count - 1);
}

static void capture(void)
{
    const struct mb_iio_scan_setting setting = {.uri = server.address};
    struct mb_error err = {""};
    struct mb_iio_scan scan;
    size_t count;
    double rate_hz;
    int r = mb_iio_scan_open(&setting, &scan, &err);

    for (int i = 0; i < REFILLS && r == 0; i++) {
        r = mb_iio_scan_refill(&scan, &count, &err);
        if (r == 0)
            look_at_block(&scan, count);
    }
    if (r < 0 && !err.text[0])
        abort();
    if (r == 0)
        (void)mb_iio_scan_rate(&scan, &rate_hz);
    mb_iio_scan_close(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)pthread_mutex_lock(&server.mutex);
    server.data = data;
    server.size = size;
    (void)pthread_mutex_unlock(&server.mutex);
    (void)dup2(server.nowhere, STDERR_FILENO);
    capture();
    (void)dup2(server.errors, STDERR_FILENO);
    (void)pthread_mutex_lock(&server.mutex); /* a thread that is late finds nothing */
    server.size = 0;
    (void)pthread_mutex_unlock(&server.mutex);
    return 0;
}
