/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/usb/gadget.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "sim/usb/configfs.h"
#include "sim/usb/faults.h"
#include "sim/usb/function.h"
#include "sim/usb/functionfs.h"

struct sim_gadget {
    struct sim_gadget_setting setting;
    char address[96];
    struct usbtmc_model model;
    struct sim_replies replies;
    struct sim_faults faults;
    uint64_t back_ns; /* unplugged until then; 0: not away */
    struct sim_configfs configfs;
    struct sim_usb_port *port;
    struct sim_usb_function *function;
    bool plugged;
};

/* ---- the instrument ---- */

/* Lines of one message: its end ends the last of them, with or without a terminator. */
static void run_lines(struct sim_gadget *g, char *message, struct sim_text *out)
{
    struct sim_device *d = g->setting.device;
    char *rest = NULL;

    for (char *line = strtok_r(message, "\r\n", &rest); line != NULL; line = strtok_r(NULL, "\r\n", &rest)) {
        struct sim_text reply = {0};
        unsigned ms;

        d->ops->line(d, line, &reply);
        if (reply.size > 0) {
            enum sim_fault fault = sim_faults_next(&g->faults, false, &ms);

            (void)sim_replies_deliver(&g->replies, fault, ms, &reply, out);
        }
        sim_text_clear(&reply);
    }
}

static void hear(struct usbtmc_model *m, const char *message, void *userdata)
{
    struct sim_gadget *g = userdata;
    struct sim_text out = {0};
    char *copy;

    if (g->faults.order.fault == SIM_FAULT_SILENT)
        return;
    copy = strdup(message);
    if (copy == NULL)
        return;
    if (g->setting.catch_up != NULL)
        g->setting.catch_up(g->setting.userdata);
    run_lines(g, copy, &out);
    if (out.size > 0)
        usbtmc_model_put(m, out.data, out.size);
    m->chunk = g->replies.split ? 1 : 0;
    sim_text_clear(&out);
    free(copy);
}

static void forget(void *userdata)
{
    struct sim_gadget *g = userdata;

    sim_replies_clear(&g->replies);
}

void sim_gadget_poll(struct sim_gadget *g)
{
    struct sim_text out = {0};

    if (g == NULL)
        return;
    if (g->back_ns != 0 && mb_monotonic_ns() >= g->back_ns && sim_gadget_plug(g, true, NULL) == 0)
        g->back_ns = 0;
    (void)sim_replies_release(&g->replies, &out);
    if (out.size > 0) {
        usbtmc_model_put(&g->model, out.data, out.size);
        sim_usb_function_kick(g->function);
    }
    sim_text_clear(&out);
}

/* ---- what goes wrong ---- */

int sim_gadget_plug(struct sim_gadget *g, bool in, struct mb_error *err)
{
    int r;

    if (g->setting.option.functionfs != NULL)
        return mb_error_set(err, -EOPNOTSUPP, "this gadget belongs to whoever mounted its FunctionFS");
    if (in == g->plugged)
        return 0;
    r = in ? sim_configfs_bind(&g->configfs, err) : sim_configfs_unbind(&g->configfs, err);
    if (r == 0)
        g->plugged = in;
    return r;
}

int sim_gadget_fault(struct sim_gadget *g, const struct sim_fault_order *order, struct mb_error *err)
{
    static const struct sim_fault_order none = {.fault = SIM_FAULT_NONE};
    const bool own = g->setting.option.functionfs == NULL, reboot = order->fault == SIM_FAULT_REBOOT,
               stays_away = reboot || order->fault == SIM_FAULT_GONE,
               leaves = stays_away || order->fault == SIM_FAULT_CLOSE;
    int r = 0;

    if (own && leaves)
        r = sim_gadget_plug(g, false, err);
    if (own && r == 0 && !stays_away)
        r = sim_gadget_plug(g, true, err);
    g->back_ns = own && reboot ? mb_monotonic_ns() + order->ms * UINT64_C(1000000) : 0;
    sim_faults_set(&g->faults, reboot || order->fault == SIM_FAULT_CLOSE ? &none : order);
    return r;
}

void sim_gadget_replace(struct sim_gadget *g, struct sim_device *device)
{
    g->setting.device = device;
}

int sim_gadget_usb_fault(struct sim_gadget *g, const char *name, unsigned value)
{
    int r = 0;

    if (name == NULL)
        g->model.faults = (struct usbtmc_faults){0};
    else
        r = sim_usb_fault_set(&g->model.faults, name, value);
    sim_usb_function_kick(g->function);
    return r;
}

/* ---- life ---- */

const char *sim_gadget_name(const struct sim_gadget *g)
{
    return g->setting.option.instrument;
}

const char *sim_gadget_address(const struct sim_gadget *g)
{
    return g->address;
}

/* The device descriptor's words are those of *IDN?: maker, model, and the rest. */
static int make_own(struct sim_gadget *g, char *folder, size_t size, struct mb_error *err)
{
    const struct sim_gadget_option *o = &g->setting.option;
    struct sim_configfs_identity identity = {
        .vendor = o->vendor, .product = o->product, .serial = o->serial, .manufacturer = "motorbench"};
    struct sim_device *d = g->setting.device;
    struct sim_text reply = {0};
    char *rest = NULL, *word;
    int r;

    if (d != NULL)
        d->ops->line(d, "*IDN?", &reply);
    else
        (void)sim_text_printf(&reply, "%s", USBTMC_MODEL_IDENTITY);
    word = reply.data != NULL ? strtok_r(reply.data, ",\r\n", &rest) : NULL;
    identity.manufacturer = word != NULL ? word : "motorbench";
    word = word != NULL ? strtok_r(NULL, ",\r\n", &rest) : NULL;
    identity.model = word != NULL ? word : o->instrument;
    r = sim_configfs_make(&g->configfs, o->instrument, &identity, err);
    sim_text_clear(&reply);
    sim_configfs_folder(&g->configfs, folder, size);
    (void)snprintf(g->address, sizeof g->address, "usbtmc:%04x:%04x:%s", o->vendor, o->product, o->serial);
    return r;
}

static int start(struct sim_gadget *g, sd_event *event, struct mb_error *err)
{
    const char *given = g->setting.option.functionfs;
    char folder[PATH_MAX];
    int r = 0;

    if (given == NULL)
        r = make_own(g, folder, sizeof folder, err);
    if (r == 0)
        r = sim_functionfs_new(event, given != NULL ? given : folder, &g->port, err);
    if (r < 0)
        return r;
    g->function = sim_usb_function_new(&g->model, g->port);
    if (g->function == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    return given == NULL ? sim_gadget_plug(g, true, err) : 0;
}

int sim_gadget_new(sd_event *event, const struct sim_gadget_setting *setting, struct sim_gadget **ret,
                   struct mb_error *err)
{
    struct sim_gadget *g = calloc(1, sizeof *g);
    int r;

    if (g == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    g->setting = *setting;
    usbtmc_model_init(&g->model);
    if (setting->device != NULL) {
        g->model.hear = hear;
        g->model.forget = forget;
        g->model.userdata = g;
    }
    r = start(g, event, err);
    if (r < 0) {
        (void)sim_gadget_free(g);
        return r;
    }
    *ret = g;
    return 0;
}

struct sim_gadget *sim_gadget_free(struct sim_gadget *g)
{
    if (g == NULL)
        return NULL;
    if (g->plugged)
        (void)sim_gadget_plug(g, false, NULL);
    g->port = sim_functionfs_free(g->port);
    g->function = sim_usb_function_free(g->function);
    sim_configfs_remove(&g->configfs);
    usbtmc_model_done(&g->model);
    sim_replies_clear(&g->replies);
    free(g);
    return NULL;
}
