/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Instrument */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bus/internal.h"

static struct mb_instrument *next_instrument(struct mb_service *service, size_t n)
{
    for (size_t b = 0; b < service->setting.bench_count; b++)
        for (size_t i = 0; mb_bench_instrument(service->setting.benches[b], i); i++)
            if (n-- == 0)
                return mb_bench_instrument(service->setting.benches[b], i);
    return NULL;
}

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error)
{
    struct mb_instrument *instrument;
    char *name = NULL;
    int r = sd_bus_path_decode(path, MB_BUS_INSTRUMENT, &name);

    (void)bus, (void)interface, (void)error;
    if (r <= 0)
        return r;
    r = 0;
    for (size_t i = 0; (instrument = next_instrument(userdata, i)); i++)
        if (strcmp(instrument->id, name) == 0) {
            *ret_found = instrument;
            r = 1;
            break;
        }
    free(name);
    return r;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error)
{
    size_t count = 0;
    char **nodes;
    int r = 0;

    (void)bus, (void)prefix, (void)error;
    while (next_instrument(userdata, count))
        count++;
    nodes = calloc(count + 1, sizeof *nodes);
    if (!nodes)
        return -ENOMEM;
    for (size_t i = 0; r >= 0 && i < count; i++)
        r = sd_bus_path_encode(MB_BUS_INSTRUMENT, next_instrument(userdata, i)->id, &nodes[i]);
    *ret_nodes = nodes;
    return r < 0 ? r : 1;
}

#define GETTER(name, ...)                                                                                    \
    static int name(sd_bus *bus, const char *path, const char *interface, const char *property,              \
                    sd_bus_message *reply, void *userdata, sd_bus_error *error)                              \
    {                                                                                                        \
        const struct mb_instrument *instrument = userdata;                                                   \
                                                                                                             \
        (void)bus, (void)path, (void)interface, (void)property, (void)error;                                 \
        return sd_bus_message_append(reply, __VA_ARGS__);                                                    \
    }

GETTER(get_id, "s", instrument->id)
GETTER(get_driver, "s", instrument->ops->family)
GETTER(get_calibration, "s", mb_bench_calibration(instrument) ? mb_bench_calibration(instrument) : "")
GETTER(get_profile, "s", instrument->profile)
GETTER(get_address, "s", instrument->address)
GETTER(get_identity, "s", instrument->identity)
GETTER(get_state, "s", mb_instrument_state_name(instrument->state))
GETTER(get_fault, "s", instrument->fault)
GETTER(get_notice, "s", instrument->notice)
GETTER(get_simulated, "b", (int)instrument->simulated)
GETTER(get_claimed, "b", (int)(instrument->id != NULL)) /* by the bench whose file names it */

static int get_channels(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const struct mb_instrument *instrument = userdata;
    int r = sd_bus_message_open_container(reply, 'a', "(ss)");

    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    for (size_t i = 0; r >= 0 && i < instrument->channel_count; i++)
        r = sd_bus_message_append(reply, "(ss)", instrument->channels[i].name,
                                  mb_quantity_unit(instrument->channels[i].quantity));
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_readings(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const struct mb_instrument *instrument = userdata;
    const struct mb_reading *readings = mb_bench_last_readings(instrument);
    int r = sd_bus_message_open_container(reply, 'a', "(ssddst)");

    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    for (size_t i = 0; r >= 0 && i < instrument->channel_count; i++)
        r = bus_append_reading(reply, instrument->channels[i].name,
                               mb_quantity_unit(instrument->channels[i].quantity), &readings[i]);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Id", "s", get_id, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Profile", "s", get_profile, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Driver", "s", get_driver, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Calibration", "s", get_calibration, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Address", "s", get_address, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Identity", "s", get_identity, 0, 0),
    SD_BUS_PROPERTY("State", "s", get_state, 0, 0),
    SD_BUS_PROPERTY("Fault", "s", get_fault, 0, 0),
    SD_BUS_PROPERTY("Notice", "s", get_notice, 0, 0),
    SD_BUS_PROPERTY("Simulated", "b", get_simulated, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Claimed", "b", get_claimed, 0, 0),
    SD_BUS_PROPERTY("Channels", "a(ss)", get_channels, 0, 0),
    SD_BUS_PROPERTY("Readings", "a(ssddst)", get_readings, 0, 0),
    SD_BUS_VTABLE_END,
};

int instrument_register(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_fallback_vtable(service->bus, &slot, MB_BUS_INSTRUMENT, "org.motorbench1.Instrument",
                                       vtable, find, service);

    if (r >= 0)
        r = bus_keep_slot(service, slot);
    if (r >= 0)
        r = sd_bus_add_node_enumerator(service->bus, &slot, MB_BUS_INSTRUMENT, enumerate, service);
    return r < 0 ? r : bus_keep_slot(service, slot);
}
