/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "waveform/hdf5.h"

#define TEXT_MAX 256

struct hdf5 {
    struct mb_wave_reader base;
    hid_t file;
    hid_t sets[MB_BLOCK_CHANNELS_MAX];
    size_t set_count, other_count; /* other: datasets that are no channels */
    hsize_t length, done;
};

bool hdf5_is(const char *path)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    char head[sizeof signature - 1] = "";
    FILE *file = fopen(path, "re");
    bool is =
        file && fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, signature, sizeof head) == 0;

    if (file)
        (void)fclose(file);
    return is;
}

static void hdf5_free(struct mb_wave_reader *reader)
{
    struct hdf5 *h = (struct hdf5 *)reader;

    for (size_t i = 0; i < h->set_count; i++)
        (void)H5Dclose(h->sets[i]);
    if (h->file >= 0)
        (void)H5Fclose(h->file);
    free(h);
}

/* Samples from .. from + n of one dataset. */
static int read_column(hid_t set, hsize_t from, hsize_t n, double *target)
{
    hid_t file_space = H5Dget_space(set), memory_space = H5Screate_simple(1, &n, NULL);
    herr_t r = -1;

    if (file_space >= 0 && memory_space >= 0 &&
        H5Sselect_hyperslab(file_space, H5S_SELECT_SET, &from, NULL, &n, NULL) >= 0)
        r = H5Dread(set, H5T_NATIVE_DOUBLE, memory_space, file_space, H5P_DEFAULT, target);
    if (memory_space >= 0)
        (void)H5Sclose(memory_space);
    if (file_space >= 0)
        (void)H5Sclose(file_space);
    return r < 0 ? -EIO : 0;
}

static int hdf5_next(struct mb_wave_reader *reader, struct mb_wave_piece *ret, struct mb_error *err)
{
    struct hdf5 *h = (struct hdf5 *)reader;
    hsize_t n = h->length - h->done < MB_READER_PIECE ? h->length - h->done : MB_READER_PIECE;

    for (size_t c = 0; c < reader->column_count && n > 0; c++)
        if (read_column(h->sets[c], h->done, n, reader->numbers[c]) < 0)
            return mb_error_set(err, -EINVAL,
                                "%s: channel %s cannot be read from sample %llu on: cut or damaged",
                                reader->label, reader->columns[c].name, (unsigned long long)h->done);
    *ret = (struct mb_wave_piece){.first = h->done,
                                  .t_ns = mb_wave_time_ns(0, h->done, reader->rate_hz),
                                  .rate_hz = reader->rate_hz,
                                  .count = (size_t)n};
    h->done += n;
    return n > 0;
}

static const struct mb_wave_reader_ops ops = {.format = "HDF5", .free = hdf5_free, .next = hdf5_next};

/* A text attribute of fixed or variable length; untouched when there is none. */
static void read_text(hid_t object, const char *name, char buffer[TEXT_MAX])
{
    hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    hid_t type = attribute >= 0 ? H5Aget_type(attribute) : -1;
    hid_t space = attribute >= 0 ? H5Aget_space(attribute) : -1;
    size_t n = type >= 0 && H5Tget_class(type) == H5T_STRING ? H5Tget_size(type) : 0;
    char fixed[TEXT_MAX] = "", *variable = NULL;

    if (n > 0 && H5Sget_simple_extent_npoints(space) == 1) {
        if (H5Tis_variable_str(type) > 0) {
            if (H5Aread(attribute, type, &variable) >= 0 && variable) {
                (void)snprintf(buffer, TEXT_MAX, "%.200s", variable);
                (void)H5free_memory(variable);
            }
        } else if (n < sizeof fixed && H5Aread(attribute, type, fixed) >= 0) {
            (void)snprintf(buffer, TEXT_MAX, "%.200s", fixed);
        }
    }
    if (space >= 0)
        (void)H5Sclose(space);
    if (type >= 0)
        (void)H5Tclose(type);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
}

static double read_number(hid_t object, const char *name)
{
    hid_t attribute = H5Aexists(object, name) > 0 ? H5Aopen(object, name, H5P_DEFAULT) : -1;
    hid_t space = attribute >= 0 ? H5Aget_space(attribute) : -1;
    double value = 0;

    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1)
        (void)H5Aread(attribute, H5T_NATIVE_DOUBLE, &value);
    if (space >= 0)
        (void)H5Sclose(space);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
    return value;
}

/* The length of a one-dimensional dataset of numbers, 0: it is something else. */
static hsize_t column_length(hid_t set)
{
    hid_t space = H5Dget_space(set), type = H5Dget_type(set);
    H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    hsize_t length = 0;

    if (space >= 0 && H5Sget_simple_extent_ndims(space) == 1 && (class == H5T_INTEGER || class == H5T_FLOAT))
        (void)H5Sget_simple_extent_dims(space, &length, NULL);
    if (type >= 0)
        (void)H5Tclose(type);
    if (space >= 0)
        (void)H5Sclose(space);
    return length;
}

static void describe(struct hdf5 *h, hid_t set, const char *path)
{
    struct mb_wave_channel *column = &h->base.columns[h->set_count];
    char unit[TEXT_MAX] = "";

    if (strncmp(path, "channels/", 9) == 0)
        path += 9;
    (void)snprintf(column->name, sizeof column->name, "%.63s", path);
    mb_text_clean(column->name);
    read_text(set, "unit", unit);
    (void)mb_wave_unit_find(unit, &column->quantity, &column->gain);
}

static herr_t visit(hid_t file, const char *path, const H5O_info_t *info, void *userdata)
{
    struct hdf5 *h = userdata;
    hsize_t length;
    hid_t set;

    if (info->type != H5O_TYPE_DATASET)
        return 0;
    set = h->set_count < MB_BLOCK_CHANNELS_MAX ? H5Dopen(file, path, H5P_DEFAULT) : -1;
    length = set >= 0 ? column_length(set) : 0;
    if (length == 0 || (h->set_count > 0 && length != h->length)) {
        h->other_count++;
        if (set >= 0)
            (void)H5Dclose(set);
        return 0;
    }
    h->length = length;
    describe(h, set, path);
    h->sets[h->set_count++] = set;
    return 0;
}

static int read_structure(struct hdf5 *h, const char *path, double rate_hz, struct mb_error *err)
{
    h->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (h->file < 0 || H5Ovisit(h->file, H5_INDEX_NAME, H5_ITER_INC, visit, h) < 0)
        return mb_error_set(err, -EINVAL, "%s: the HDF5 file cannot be read: cut or damaged", h->base.label);
    if (h->set_count == 0)
        return mb_error_set(err, -EINVAL, "%s: no one-dimensional dataset of numbers in it", h->base.label);
    if (h->other_count > 0)
        (void)snprintf(h->base.notice, sizeof h->base.notice,
                       "%zu datasets are of another length or kind than %s and are no channels",
                       h->other_count, h->base.columns[0].name);
    h->base.named = true;
    h->base.rate_hz = rate_hz != 0 ? rate_hz : read_number(h->file, "rate_hz");
    if (h->base.rate_hz == 0)
        return mb_error_set(err, -EINVAL, "%s: no attribute rate_hz tells the rate, --rate is needed",
                            h->base.label);
    if (mb_wave_reader_rate(h->base.label, h->base.rate_hz, err) < 0)
        return -EINVAL;
    return mb_wave_reader_allocate(&h->base, h->set_count, err);
}

int hdf5_reader_open(const char *path, double rate_hz, struct mb_wave_reader **ret, struct mb_error *err)
{
    struct hdf5 *h = mb_wave_reader_new(&ops, sizeof *h, path);
    int r;

    if (!h)
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", path);
    (void)H5Eset_auto(H5E_DEFAULT, NULL, NULL); /* errors are ours to tell */
    h->file = -1;
    r = read_structure(h, path, rate_hz, err);
    if (r < 0) {
        (void)mb_wave_reader_free(&h->base);
        return r;
    }
    *ret = &h->base;
    return 0;
}
