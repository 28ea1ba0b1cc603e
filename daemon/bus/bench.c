/* SPDX-License-Identifier: GPL-3.0-or-later */
/* org.motorbench1.Bench */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stop_line.h"
#include "bus/internal.h"

#define INTERFACE "org.motorbench1.Bench"

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                sd_bus_error *error)
{
    struct mb_service *service = userdata;
    char *name = NULL;
    int r = sd_bus_path_decode(path, MB_BUS_BENCH, &name);

    (void)bus, (void)interface, (void)error;
    if (r <= 0)
        return r;
    r = 0;
    for (size_t i = 0; i < service->setting.bench_count; i++)
        if (strcmp(mb_bench_get_setting(service->setting.benches[i])->name, name) == 0) {
            *ret_found = service->setting.benches[i];
            r = 1;
        }
    free(name);
    return r;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error)
{
    struct mb_service *service = userdata;
    char **nodes = calloc(service->setting.bench_count + 1, sizeof *nodes);
    int r = nodes ? 0 : -ENOMEM;

    (void)bus, (void)prefix, (void)error;
    for (size_t i = 0; r >= 0 && i < service->setting.bench_count; i++)
        r = sd_bus_path_encode(MB_BUS_BENCH, mb_bench_get_setting(service->setting.benches[i])->name,
                               &nodes[i]);
    *ret_nodes = nodes;
    return r < 0 ? r : 1;
}

#define GETTER(name, ...)                                                                                    \
    static int name(sd_bus *bus, const char *path, const char *interface, const char *property,              \
                    sd_bus_message *reply, void *userdata, sd_bus_error *error)                              \
    {                                                                                                        \
        const struct mb_bench *bench = userdata;                                                             \
                                                                                                             \
        (void)bus, (void)path, (void)interface, (void)property, (void)error;                                 \
        return sd_bus_message_append(reply, __VA_ARGS__);                                                    \
    }

GETTER(get_name, "s", mb_bench_get_setting(bench)->name)
GETTER(get_simulated, "b", (int)mb_bench_get_setting(bench)->simulated)
GETTER(get_time_factor, "d", mb_bench_get_setting(bench)->time_factor)
GETTER(get_time_origin, "t", mb_bench_clock(bench)->origin_real_ns)
GETTER(get_output_on, "b", mb_bench_safe_state(bench) != MB_SAFE)
GETTER(get_safe_state, "s", mb_safe_state_name(mb_bench_safe_state(bench)))
GETTER(get_shaft, "s", mb_shaft_name(mb_bench_shaft(bench)))
GETTER(get_fault, "s", mb_bench_fault(bench))

/* The service is the slot's own userdata; the property's userdata is the bench. */
static struct mb_service *current_service(sd_bus *bus)
{
    return sd_bus_slot_get_userdata(sd_bus_get_current_slot(bus));
}

static int get_run(sd_bus *bus, const char *path, const char *interface, const char *property,
                   sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = current_service(bus);
    const struct service_run *run = service ? service_run_on(service, userdata) : NULL;

    (void)path, (void)interface, (void)property, (void)error;
    return sd_bus_message_append(reply, "o", run ? run->path : "/");
}

static int append_role(sd_bus_message *reply, const struct mb_bench_setting *s, const char *role,
                       const struct mb_bench_source *source)
{
    char text[160];

    if (!source->manual && source->instrument < 0)
        return 0;
    if (source->manual)
        (void)snprintf(text, sizeof text, "manual");
    else
        (void)snprintf(text, sizeof text, "%s/%s", s->instruments[source->instrument].id, source->channel);
    return sd_bus_message_append(reply, "{ss}", role, text);
}

/* "gpiochip0/22" */
static int append_contactor(sd_bus_message *reply, const struct mb_gpio_setting *line)
{
    char text[80];

    (void)snprintf(text, sizeof text, "%.47s/%.31s", line->chip, line->line);
    return sd_bus_message_append(reply, "{ss}", "contactor", text);
}

/* "tos9300, gpt9800" */
static int append_testers(sd_bus_message *reply, const struct mb_bench_setting *s)
{
    char text[MB_SAFETY_TESTERS_MAX * 66] = "";
    size_t used = 0;

    for (size_t i = 0; i < s->safety_tester_count && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.63s", i > 0 ? ", " : "",
                                 s->instruments[s->safety_testers[i]].id);
    return *text ? sd_bus_message_append(reply, "{ss}", "safety_tester", text) : 0;
}

static int get_roles(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    const struct mb_bench_setting *s = mb_bench_get_setting(userdata);
    const struct {
        const char *role;
        const struct mb_bench_source *source;
    } sources[] = {{"ohmmeter", &s->ohmmeter},
                   {"torque", &s->torque},
                   {"speed", &s->speed},
                   {"coolant", &s->coolant},
                   {"winding", &s->winding}};
    int r = sd_bus_message_open_container(reply, 'a', "{ss}");

    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    if (r >= 0)
        r = sd_bus_message_append(reply, "{ss}", "analyser", s->instruments[s->analyser].id);
    if (r >= 0)
        r = sd_bus_message_append(reply, "{ss}", "supply", s->instruments[s->supply_source].id);
    if (r >= 0)
        r = sd_bus_message_append(reply, "{ss}", "load", s->instruments[s->load_machine].id);
    for (size_t i = 0; r >= 0 && i < sizeof sources / sizeof *sources; i++)
        r = append_role(reply, s, sources[i].role, sources[i].source);
    if (r >= 0)
        r = append_testers(reply, s);
    if (r >= 0 && mb_bench_stop_line_name(userdata))
        r = sd_bus_message_append(reply, "{ss}", "emergency_stop", mb_bench_stop_line_name(userdata));
    if (r >= 0 && s->contactor.line.chip)
        r = append_contactor(reply, &s->contactor.line);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_lease(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    (void)path, (void)interface, (void)property, (void)error;
    return bus_lease_append(reply, current_service(bus), userdata);
}

static int get_live(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    return bus_append_snapshot(reply, mb_bench_last(userdata));
}

static int append_check_line(sd_bus_message *reply, const struct mb_instrument *i)
{
    char line[640];

    (void)snprintf(line, sizeof line, "%s: %s, %s at %s%s%s%s%s", i->id, mb_instrument_state_name(i->state),
                   i->profile, i->address, i->identity[0] ? ", " : "", i->identity, i->fault[0] ? ", " : "",
                   i->fault);
    return sd_bus_message_append(reply, "s", line);
}

static int check(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_bench *bench = userdata;
    sd_bus_message *reply = NULL;
    struct mb_error err = {""};
    int ok = mb_bench_ready(bench, &err) == 0, r = sd_bus_message_new_method_return(m, &reply);

    (void)error;
    if (r >= 0)
        r = sd_bus_message_append(reply, "b", ok);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "s");
    for (size_t i = 0; r >= 0 && mb_bench_instrument(bench, i); i++)
        r = append_check_line(reply, mb_bench_instrument(bench, i));
    if (r >= 0 && !ok)
        r = sd_bus_message_append(reply, "s", err.text);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    if (r >= 0)
        r = sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    return r;
}

static int emergency_stop(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    char who[32], reason[80];

    (void)error;
    mb_bench_make_safe(userdata); /* first; who it was is a question to the bus */
    bus_caller(m, who);
    (void)snprintf(reason, sizeof reason, "stopped by %s", who[0] ? who : "a client");
    service_tell(current_service(sd_bus_message_get_bus(m)), MB_JOURNAL_EMERGENCY_STOP,
                 &(struct mb_journal_entry){.bench = mb_bench_get_setting(userdata)->name, .who = who});
    mb_bench_trip(userdata, reason);
    return sd_bus_reply_method_return(m, NULL);
}

static int reset(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_error err = {""};
    int r =
        service_may(current_service(sd_bus_message_get_bus(m)), m, BUS_ACTION_OPERATE, userdata, true, error);

    if (r != 0)
        return r;
    r = mb_bench_reset(userdata, &err);
    if (r < 0)
        return mb_bus_error(error, r, &err);
    return sd_bus_reply_method_return(m, NULL);
}

static int get_streams(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    (void)bus, (void)path, (void)interface, (void)property, (void)error;
    return bench_get_streams(reply, userdata);
}

static int open_live(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = current_service(sd_bus_message_get_bus(m));
    int r = service_may(service, m, BUS_ACTION_OPERATE, userdata, true, error);

    return r != 0 ? r : bench_open_live(service, userdata, m, error);
}

static int close_live(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = current_service(sd_bus_message_get_bus(m));
    int r = service_may(service, m, BUS_ACTION_OPERATE, userdata, false, error);

    return r != 0 ? r : bench_close_live(service, userdata, m, error);
}

static int acquire(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = current_service(sd_bus_message_get_bus(m));
    int r = service_may(service, m, BUS_ACTION_RUN, userdata, true, error);

    return r != 0 ? r : bus_lease_acquire(service, userdata, m, error);
}

static int release(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct mb_service *service = current_service(sd_bus_message_get_bus(m));
    int r = service_may(service, m, BUS_ACTION_OPERATE, userdata, true, error);

    return r != 0 ? r : bus_lease_release(service, userdata, m, error);
}

static int take_over(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    return bus_lease_take_over(current_service(sd_bus_message_get_bus(m)), userdata, m, error);
}

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("Name", "s", get_name, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Simulated", "b", get_simulated, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("TimeFactor", "d", get_time_factor, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("TimeOrigin", "t", get_time_origin, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Run", "o", get_run, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("OutputOn", "b", get_output_on, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("SafeState", "s", get_safe_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Shaft", "s", get_shaft, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Fault", "s", get_fault, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Lease", "a{sv}", get_lease, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Roles", "a{ss}", get_roles, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Streams", "as", get_streams, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Live", "a(ssddst)", get_live, 0, 0),
    SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_NO_ARGS, SD_BUS_RESULT("b", ok, "as", lines), check,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("EmergencyStop", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, emergency_stop,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("OpenLive", SD_BUS_ARGS("s", kind), SD_BUS_RESULT("h", ring), open_live,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("OpenLiveOf", SD_BUS_ARGS("s", kind, "s", instrument), SD_BUS_RESULT("h", ring),
                            open_live, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("CloseLive", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, close_live,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Acquire", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, acquire, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Release", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, release, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("TakeOver", SD_BUS_ARGS("s", why), SD_BUS_NO_RESULT, take_over,
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Reset", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, reset, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

void service_bench_changed(struct mb_service *service, const struct mb_bench *bench)
{
    char *path = NULL;

    if (sd_bus_path_encode(MB_BUS_BENCH, mb_bench_get_setting(bench)->name, &path) >= 0)
        (void)sd_bus_emit_properties_changed(service->bus, path, INTERFACE, "Run", "OutputOn", "SafeState",
                                             "Shaft", "Fault", "Lease", NULL);
    free(path);
}

int bench_register(struct mb_service *service)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_fallback_vtable(service->bus, &slot, MB_BUS_BENCH, INTERFACE, vtable, find, service);

    if (r >= 0)
        r = bus_keep_slot(service, slot);
    if (r >= 0)
        r = sd_bus_add_node_enumerator(service->bus, &slot, MB_BUS_BENCH, enumerate, service);
    return r < 0 ? r : bus_keep_slot(service, slot);
}
