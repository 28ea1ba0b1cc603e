/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 files that end too early, as a full disk or a killed writer leaves them: cut at any byte, and the rest
 * missing or zero. What the library makes of wrong bytes is not ours. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/wave.h"
#include "waveform/hdf5.h"

#define SAMPLES 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* HDF5 1.10 itself loses some bytes over a file that it refuses. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5_serial";
}

/* A good file of two channels. Returns its bytes, which stay for ever. */
static uint8_t *make_file(size_t *ret_size)
{
    const struct mb_wave_channel channels[] = {
        {.name = "u", .quantity = MB_WAVE_VOLTAGE, .gain = 1, .limit = INFINITY},
        {.name = "i", .quantity = MB_WAVE_CURRENT, .gain = 1, .limit = INFINITY}};
    static double samples[SAMPLES];
    const double *const views[] = {samples, samples};
    const struct mb_block block = {.rate_hz = 1000, .count = SAMPLES, .channel_count = 2, .channels = views};
    struct hdf5_writer *writer;
    char path[] = "/tmp/mb-fuzz-XXXXXX", file[64];
    FILE *stream;
    uint8_t *bytes;
    long n;

    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = sin((double)i);
    if (!mkdtemp(path) || snprintf(file, sizeof file, "%s/good.h5", path) < 0 ||
        hdf5_writer_new(file, channels, 2, 1000, &writer, NULL) < 0 ||
        hdf5_writer_push(writer, &block, NULL) < 0 || hdf5_writer_finish(writer, NULL) < 0 ||
        !(stream = fopen(file, "re")) || fseek(stream, 0, SEEK_END) < 0 || (n = ftell(stream)) <= 0 ||
        !(bytes = malloc((size_t)n)) || fseek(stream, 0, SEEK_SET) < 0 ||
        fread(bytes, 1, (size_t)n, stream) != (size_t)n)
        abort();
    (void)fclose(stream);
    (void)unlink(file);
    (void)rmdir(path);
    *ret_size = (size_t)n;
    return bytes;
}

static void read_file(const char *path)
{
    struct mb_wave_source *source;
    struct mb_wave_reader *reader;
    struct mb_error err = {""};

    if (hdf5_reader_open(path, 0, &reader, &err) < 0) {
        if (!err.text[0])
            abort();
        return;
    }
    if (mb_wave_source_new(reader, NULL, 0, &source, &err) < 0)
        abort();
    read_blocks(source);
    (void)mb_wave_source_free(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t *good;
    static size_t good_size;
    uint32_t where = 0;
    char path[64];
    size_t n;
    int fd;

    if (!good)
        good = make_file(&good_size);
    memcpy(&where, data, size < sizeof where ? size : sizeof where);
    n = where % (good_size + 1);
    fd = memfd_create("cut", MFD_CLOEXEC);
    if (fd < 0 || write(fd, good, n) != (ssize_t)n || (size > 4 && ftruncate(fd, (off_t)good_size) < 0))
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_file(path);
    (void)close(fd);
    return 0;
}
