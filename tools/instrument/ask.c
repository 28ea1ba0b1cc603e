/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instrument/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "instrument/modbus_ask.h"

#define FAREWELL_US 50000u /* a command without a reply leaves by itself */

struct ask {
    sd_event *event;
    struct mb_engine *engine;
    struct modbus_ask *modbus; /* instead of the engine */
    bool done;                 /* what was waited for has come */
    bool unsent;
    int error;
    struct mb_error text;
    char reply[MB_ENGINE_LINE_MAX + 1];
};

const struct mb_engine_settings ask_settings = {
    .write_terminator = MB_TERMINATOR_LF, .read_terminator = MB_TERMINATOR_LF, .timeout_s = 3};

static void on_opened(void *userdata)
{
    struct ask *a = userdata;

    a->done = true;
}

static void on_failed(int code, const char *text, void *userdata)
{
    struct ask *a = userdata;

    if (a->error == 0) {
        a->error = code;
        (void)mb_error_set(&a->text, code, "%s", text);
    }
    a->done = true;
}

static void on_done(int error, const char *text, const uint8_t *data, size_t n, void *userdata)
{
    struct ask *a = userdata;

    if (error < 0) {
        on_failed(error, text, a);
        return;
    }
    (void)snprintf(a->reply, sizeof a->reply, "%.*s", (int)n, (const char *)data);
    mb_text_clean(a->reply);
    a->done = true;
}

static int wait_until_done(struct ask *a, struct mb_error *err)
{
    int r = 0;

    while (!a->done && r >= 0)
        r = sd_event_run(a->event, UINT64_MAX);
    if (r < 0)
        return mb_error_set(err, r, "the event loop failed: %s", strerror(-r));
    return a->error < 0 ? mb_error_set(err, a->error, "%s", a->text.text) : 0;
}

enum exit_status ask_status(int error)
{
    return error == -EINVAL || error == -EPROTONOSUPPORT ? EXIT_BAD_INPUT : EXIT_BENCH_FAULT;
}

void ask_explain(int error, struct mb_error *err)
{
    struct mb_error text = *err;
    const char *advice = NULL;

    if (error == -EBUSY)
        advice = "if it is the daemon: 'systemctl stop motorbenchd', or take the instrument out of the bench "
                 "file, and try again";
    else if (error == -EACCES || error == -EPERM)
        advice = "join the group motorbench, log in again and try again";
    if (advice)
        (void)mb_error_set(err, error, "%.250s; %s", text.text, advice);
}

static int open_engine(struct ask *a, const char *address, const struct mb_engine_settings *settings,
                       struct mb_error *err)
{
    static const struct mb_engine_events events = {.opened = on_opened, .failed = on_failed};
    int r = mb_engine_new(a->event, address, settings, &events, a, &a->engine, err);

    if (r == 0)
        r = mb_engine_open(a->engine, err);
    return r < 0 ? r : wait_until_done(a, err);
}

int ask_open(const char *address, const struct mb_engine_settings *settings, struct ask **ret,
             struct mb_error *err)
{
    struct ask *a = calloc(1, sizeof *a);
    int r = a ? sd_event_new(&a->event) : -ENOMEM;

    if (r < 0)
        (void)mb_error_set(err, r, "%s: %s", address, strerror(-r));
    else if (modbus_ask_is(address))
        r = modbus_ask_open(address, settings->timeout_s, &a->modbus, err);
    else
        r = open_engine(a, address, settings, err);
    if (r < 0) {
        (void)ask_close(a);
        ask_explain(r, err);
        return r;
    }
    *ret = a;
    return 0;
}

bool ask_always_replies(const struct ask *a)
{
    return a->modbus;
}

static int say_modbus(struct ask *a, const char *text, const char **ret_reply, struct mb_error *err)
{
    int r = modbus_ask_say(a->modbus, text, a->reply, sizeof a->reply, err);

    if (r == 0)
        *ret_reply = a->reply;
    return r;
}

int ask_say(struct ask *a, const char *text, bool reply, const char **ret_reply, struct mb_error *err)
{
    const struct mb_engine_command command = {
        .text = text, .reply = reply ? MB_REPLY_LINE : MB_REPLY_NONE, .done = on_done, .userdata = a};
    int r;

    if (a->modbus)
        return say_modbus(a, text, ret_reply, err);
    a->done = false;
    a->error = 0;
    a->unsent = !reply;
    r = mb_engine_submit(a->engine, &command);
    if (r < 0)
        return mb_error_set(err, r, "%.60s: %s", text,
                            r == -EINVAL ? "a command has 1 to 4096 bytes and no line end" : strerror(-r));
    r = wait_until_done(a, err);
    if (r == 0)
        *ret_reply = a->reply;
    return r;
}

struct ask *ask_close(struct ask *a)
{
    if (!a)
        return NULL;
    if (a->unsent && a->error == 0)
        (void)sd_event_run(a->event, FAREWELL_US);
    a->modbus = modbus_ask_close(a->modbus);
    a->engine = mb_engine_free(a->engine);
    sd_event_unref(a->event);
    free(a);
    return NULL;
}
