/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/pdf/picture.h"

#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

static double smaller(int width, int height)
{
    return fmin(1, (double)PICTURE_SIDE / fmax(width, height));
}

static bool too_large(double width, double height)
{
    return !(width >= 1 && height >= 1 && width * height <= PICTURE_PIXELS_MAX);
}

/* ---- JPEG: decoded at an eighth or more of its size, as much as is needed. ---- */

struct jpeg {
    struct jpeg_error_mgr errors; /* first: the library hands back this pointer */
    jmp_buf failed;
    struct jpeg_decompress_struct decoder;
    cairo_surface_t *surface;
};

static void on_error(j_common_ptr decoder)
{
    longjmp(((struct jpeg *)decoder->err)->failed, 1);
}

static void be_quiet(j_common_ptr decoder)
{
    (void)decoder;
}

static void choose_scale(struct jpeg_decompress_struct *d)
{
    double share = smaller((int)d->image_width, (int)d->image_height);

    d->scale_denom = 8;
    d->scale_num = (unsigned)fmin(8, fmax(1, ceil(8 * share)));
    d->out_color_space = JCS_EXT_BGRX; /* the bytes of CAIRO_FORMAT_RGB24 on a little-endian machine */
    jpeg_calc_output_dimensions(d);
}

static bool decode(struct jpeg *j)
{
    struct jpeg_decompress_struct *d = &j->decoder;

    (void)jpeg_read_header(d, TRUE);
    if (too_large(d->image_width, d->image_height))
        return false;
    choose_scale(d);
    j->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)d->output_width, (int)d->output_height);
    if (cairo_surface_status(j->surface) != CAIRO_STATUS_SUCCESS)
        return false;
    (void)jpeg_start_decompress(d);
    cairo_surface_flush(j->surface);
    while (d->output_scanline < d->output_height) {
        JSAMPROW row = cairo_image_surface_get_data(j->surface) +
                       (size_t)d->output_scanline * (size_t)cairo_image_surface_get_stride(j->surface);

        (void)jpeg_read_scanlines(d, &row, 1);
    }
    cairo_surface_mark_dirty(j->surface);
    (void)jpeg_finish_decompress(d);
    return true;
}

static cairo_surface_t *load_jpeg(const char *bytes, size_t size, const char **ret_why)
{
    struct jpeg j = {.surface = NULL};

    j.decoder.err = jpeg_std_error(&j.errors);
    j.errors.error_exit = on_error;
    j.errors.output_message = be_quiet;
    if (setjmp(j.failed) != 0) {
        *ret_why = "it cannot be decoded";
        cairo_surface_destroy(j.surface);
        j.surface = NULL;
    } else {
        jpeg_create_decompress(&j.decoder);
        jpeg_mem_src(&j.decoder, (const unsigned char *)bytes, size);
        if (!decode(&j)) {
            *ret_why = "it has too many pixels";
            cairo_surface_destroy(j.surface);
            j.surface = NULL;
        } else if (j.errors.num_warnings > 0) {
            *ret_why = "the file is damaged";
        }
    }
    jpeg_destroy_decompress(&j.decoder);
    return j.surface;
}

/* ---- PNG ---- */

struct rest {
    const char *bytes;
    size_t size;
};

static cairo_status_t take(void *closure, unsigned char *to, unsigned length)
{
    struct rest *rest = closure;

    if (length > rest->size)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(to, rest->bytes, length);
    rest->bytes += length;
    rest->size -= length;
    return CAIRO_STATUS_SUCCESS;
}

static double big_endian(const char *bytes)
{
    double value = 0;

    for (int i = 0; i < 4; i++)
        value = 256 * value + (unsigned char)bytes[i];
    return value;
}

/* Its first piece has width and height behind the signature, its length and its name. */
static cairo_surface_t *load_png(const char *bytes, size_t size, const char **ret_why)
{
    struct rest rest = {bytes, size};
    cairo_surface_t *surface;

    if (size < 24 || too_large(big_endian(bytes + 16), big_endian(bytes + 20))) {
        *ret_why = "it has too many pixels, or none";
        return NULL;
    }
    surface = cairo_image_surface_create_from_png_stream(take, &rest);
    if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        return surface;
    *ret_why = "it cannot be decoded";
    cairo_surface_destroy(surface);
    return NULL;
}

/* ---- Both ---- */

/* On white, no larger than the page needs. */
static cairo_surface_t *shrink(cairo_surface_t *large)
{
    int width = cairo_image_surface_get_width(large), height = cairo_image_surface_get_height(large);
    double scale = smaller(width, height);
    cairo_surface_t *small = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)fmax(1, round(width * scale)), (int)fmax(1, round(height * scale)));
    cairo_t *cairo = cairo_create(small);

    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_surface(cairo, large, 0, 0);
    cairo_paint(cairo);
    cairo_destroy(cairo);
    cairo_surface_destroy(large);
    return small;
}

cairo_surface_t *picture_load(const char *bytes, size_t size, const char **ret_why)
{
    static const char png[] = "\x89PNG\r\n\x1A\n";
    cairo_surface_t *surface;

    *ret_why = "";
    surface = size >= 8 && memcmp(bytes, png, 8) == 0 ? load_png(bytes, size, ret_why)
                                                      : load_jpeg(bytes, size, ret_why);
    return surface ? shrink(surface) : NULL;
}
