/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "waveform/hdf5.h"

#define CHUNK 8192 /* samples */

struct hdf5_writer {
    hid_t file;
    size_t count;
    hid_t sets[MB_BLOCK_CHANNELS_MAX];
    char *path;
};

static int write_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = space >= 0 ? H5Acreate(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    herr_t r = attribute >= 0 ? H5Awrite(attribute, type, value) : -1;

    if (attribute >= 0)
        (void)H5Aclose(attribute);
    if (space >= 0)
        (void)H5Sclose(space);
    return r < 0 ? -EIO : 0;
}

static int write_text(hid_t object, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    int r = type >= 0 && H5Tset_size(type, strlen(text) + 1) >= 0 ? write_attribute(object, name, type, text)
                                                                  : -EIO;

    if (type >= 0)
        (void)H5Tclose(type);
    return r;
}

/* What is missing stays NaN: the index in a dataset is the number of the sample. */
static hid_t make_set(hid_t group, const char *name)
{
    hsize_t none = 0, endless = H5S_UNLIMITED, chunk = CHUNK;
    double missing = NAN;
    hid_t space = H5Screate_simple(1, &none, &endless), properties = H5Pcreate(H5P_DATASET_CREATE), set = -1;

    if (space >= 0 && properties >= 0 && H5Pset_chunk(properties, 1, &chunk) >= 0 &&
        H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &missing) >= 0)
        set = H5Dcreate(group, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (properties >= 0)
        (void)H5Pclose(properties);
    if (space >= 0)
        (void)H5Sclose(space);
    return set;
}

static int make_channel(struct hdf5_writer *w, hid_t group, const struct mb_wave_channel *channel)
{
    char name[sizeof channel->name];
    hid_t set;

    (void)snprintf(name, sizeof name, "%s", channel->name);
    for (char *p = strchr(name, '/'); p; p = strchr(p, '/'))
        *p = '_';
    set = make_set(group, name);
    if (set < 0)
        return -EIO;
    w->sets[w->count++] = set;
    if (write_text(set, "quantity", mb_wave_quantity_name(channel->quantity)) < 0)
        return -EIO;
    return write_text(set, "unit", mb_wave_quantity_unit(channel->quantity));
}

static int make_structure(struct hdf5_writer *w, const struct mb_wave_channel *channels, size_t count,
                          double rate_hz)
{
    hid_t group = H5Gcreate(w->file, "channels", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    int r = group < 0 ? -EIO : 0;

    for (size_t i = 0; i < count && r == 0; i++)
        r = make_channel(w, group, &channels[i]);
    if (r == 0)
        r = write_text(w->file, "format", "motorbench-waveform/1");
    if (r == 0)
        r = write_attribute(w->file, "rate_hz", H5T_NATIVE_DOUBLE, &rate_hz);
    if (group >= 0)
        (void)H5Gclose(group);
    return r;
}

int hdf5_writer_new(const char *path, const struct mb_wave_channel *channels, size_t count, double rate_hz,
                    struct hdf5_writer **ret, struct mb_error *err)
{
    struct hdf5_writer *w = calloc(1, sizeof *w);

    if (!w || !(w->path = strdup(path))) {
        free(w);
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", path);
    }
    (void)H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    w->file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    if (w->file < 0) {
        bool there = access(path, F_OK) == 0;

        free(w->path);
        free(w);
        return mb_error_set(err, there ? -EEXIST : -EIO, "%s: cannot be made%s", path,
                            there ? ": it is there already" : "");
    }
    if (make_structure(w, channels, count, rate_hz) < 0) {
        (void)hdf5_writer_free(w);
        return mb_error_set(err, -EIO, "%s: cannot be written", path);
    }
    *ret = w;
    return 0;
}

static int write_column(hid_t set, hsize_t first, hsize_t n, const double *samples)
{
    hsize_t end = first + n;
    hid_t memory_space = H5Screate_simple(1, &n, NULL);
    hid_t file_space = H5Dset_extent(set, &end) >= 0 ? H5Dget_space(set) : -1;
    herr_t r = -1;

    if (file_space >= 0 && memory_space >= 0 &&
        H5Sselect_hyperslab(file_space, H5S_SELECT_SET, &first, NULL, &n, NULL) >= 0)
        r = H5Dwrite(set, H5T_NATIVE_DOUBLE, memory_space, file_space, H5P_DEFAULT, samples);
    if (file_space >= 0)
        (void)H5Sclose(file_space);
    if (memory_space >= 0)
        (void)H5Sclose(memory_space);
    return r < 0 ? -EIO : 0;
}

int hdf5_writer_push(struct hdf5_writer *w, const struct mb_block *block, struct mb_error *err)
{
    for (size_t c = 0; c < w->count; c++)
        if (write_column(w->sets[c], block->first, block->count, block->channels[c]) < 0)
            return mb_error_set(err, -EIO, "%s: cannot be written", w->path);
    return 0;
}

static int close_all(struct hdf5_writer *w)
{
    herr_t r = 0;

    for (size_t c = 0; c < w->count; c++)
        if (H5Dclose(w->sets[c]) < 0)
            r = -1;
    if (H5Fflush(w->file, H5F_SCOPE_GLOBAL) < 0 || H5Fclose(w->file) < 0)
        r = -1;
    return r < 0 ? -EIO : 0;
}

int hdf5_writer_finish(struct hdf5_writer *w, struct mb_error *err)
{
    int r = close_all(w);

    if (r < 0) {
        (void)unlink(w->path);
        (void)mb_error_set(err, r, "%s: cannot be written", w->path);
    }
    free(w->path);
    free(w);
    return r;
}

struct hdf5_writer *hdf5_writer_free(struct hdf5_writer *w)
{
    if (w) {
        (void)close_all(w);
        (void)unlink(w->path);
        free(w->path);
    }
    free(w);
    return NULL;
}
