/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data acquisition of the bench as Linux would show it: an IIO context of three devices. `adc` digitises
 * the torque and speed transducers' voltages, alone or captured with time stamps; `thermocouples` has the
 * temperatures; `waveforms` is a simultaneous converter for what moves fast (sim/signals.h). (raw + offset) *
 * scale is in mV and in millidegrees Celsius, as the IIO rules say. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sim/errors.h"
#include "sim/text.h"
#include "sim/world.h"

struct sim_iio_options {
    const struct sim_errors *errors;
    bool exact; /* finest resolution of the thermocouples */
    double torque_nm_per_v, speed_rpm_per_v;
    double voltage_v_per_v, current_a_per_v; /* of `waveforms` */
};
#define SIM_SOUND_PA_PER_V 2.0 /* a microphone with its amplifier */

struct sim_iio;
struct sim_iio *sim_iio_new(struct sim_world *world, const struct sim_iio_options *options);
struct sim_iio *sim_iio_free(struct sim_iio *iio);

int sim_iio_xml(const struct sim_iio *iio, struct sim_text *ret);
/* Index by id or name; -ENODEV. */
int sim_iio_find_device(const char *name);
/* Index of an input channel of the device; -ENXIO. */
int sim_iio_find_channel(int device, const char *name);
/* channel -1: the device's own attribute. -ENOENT: no such attribute; -EBUSY: a capture runs; -EACCES: not
 * writable. */
int sim_iio_read(const struct sim_iio *iio, int device, int channel, const char *attribute,
                 struct sim_text *ret);
int sim_iio_write(struct sim_iio *iio, int device, int channel, const char *attribute, const char *value);
/* Name of the n-th attribute in the order of the XML, NULL after the last. */
const char *sim_iio_attribute(int device, int channel, unsigned n);

/* Capture: samples of the channels in mask, on a grid of bench time. When nobody fetches them, new ones are
 * lost. */
struct sim_iio_buffer;
int sim_iio_buffer_new(struct sim_iio *iio, int device, uint32_t mask, size_t samples,
                       struct sim_iio_buffer **ret);
struct sim_iio_buffer *sim_iio_buffer_free(struct sim_iio_buffer *buffer);
size_t sim_iio_buffer_sample_size(const struct sim_iio_buffer *buffer);
size_t sim_iio_buffer_samples(const struct sim_iio_buffer *buffer); /* as given to new: the longest chunk */
uint32_t sim_iio_buffer_mask(const struct sim_iio_buffer *buffer);
/* Takes n bytes when that many are there. 0, -EAGAIN. */
int sim_iio_buffer_take(struct sim_iio_buffer *buffer, size_t n, struct sim_text *ret);
