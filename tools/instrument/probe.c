/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument probe: what is there, and which profiles fit. What is plugged in is only listed, by
 * what the kernel knows of it. An address on the command line is asked: naming it is the permission, since a
 * text that a safety tester does not expect may start it. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/ask.h"
#include "instrument/commands.h"
#include "instrument/profiles.h"
#include "instrument/usb_ids.h"
#include "instrument/usb_list.h"
#include "motorbench/arguments.h"

#define BY_ID "/dev/serial/by-id"

static bool usb_fits(const struct mb_profile *p, const struct usb_found *f)
{
    for (size_t i = 0; i < p->usb_count; i++)
        if (p->usb[i].vendor == f->vendor && (!p->usb[i].product_text || p->usb[i].product == f->product) &&
            (p->usb[i].serial ? !f->tmc : f->tmc))
            return true;
    return false;
}

/* Takes an entry with "profiles" in it; the words for a person come from the same entry. */
static int tell(const json_t *entry, const char *kind)
{
    const json_t *profiles = json_object_get(entry, "profiles"), *profile;
    size_t i;

    printf("%-8s %s", kind, json_string_value(json_object_get(entry, "address")));
    if (json_object_get(entry, "device"))
        printf("  %s", json_string_value(json_object_get(entry, "device")));
    if (json_object_get(entry, "identity"))
        printf("  %s", json_string_value(json_object_get(entry, "identity")));
    (void)fputs(json_array_size(profiles) > 0 ? "  profile" : "", stdout);
    json_array_foreach(profiles, i, profile) printf(" %s", json_string_value(profile));
    return putchar('\n') == EOF ? EXIT_BENCH_FAULT : EXIT_DONE;
}

static json_t *usb_entry(const struct usb_found *f, const struct profiles *profiles)
{
    const char *bridge = usb_bridge_name(f->vendor, f->product), *maker = usb_maker_name(f->vendor);
    char address[192], serial[sizeof f->serial], device[512];
    json_t *fitting = json_array();

    usb_decode_serial(f->vendor, f->serial, serial, sizeof serial);
    (void)snprintf(address, sizeof address, "%s:%04x:%04x%s%s", f->tmc ? "usbtmc" : "usb", f->vendor,
                   f->product, *serial ? ":" : "", serial);
    (void)snprintf(device, sizeof device, "%s %s",
                   bridge      ? bridge
                   : *f->maker ? f->maker
                   : maker     ? maker
                               : "",
                   f->name);
    for (size_t i = 0; i < profiles->count; i++)
        if (usb_fits(profiles->item[i], f))
            (void)json_array_append_new(fitting, json_string(profiles->item[i]->id));
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "address", address, "serial", serial, "device", device,
                     "class",
                     f->tmc   ? "usbtmc"
                     : bridge ? "bridge"
                              : "cdc",
                     "profiles", fitting);
}

/* Instruments and what may lead to one; keyboards and hubs are not told of. */
static bool is_of_interest(const struct usb_found *f, const json_t *entry)
{
    return f->tmc || usb_bridge_name(f->vendor, f->product) || (f->cdc && usb_maker_name(f->vendor)) ||
           json_array_size(json_object_get(entry, "profiles")) > 0;
}

static int list_usb(const struct profiles *profiles, json_t *all, const struct options *options)
{
    struct usb_found *found = NULL;
    struct mb_error err = {""};
    size_t n = 0;
    int status = EXIT_DONE;

    if (usb_list(&found, &n, &err) < 0)
        return options->quiet ? EXIT_DONE
                              : fail(EXIT_DONE, "%s", err.text); /* a machine without USB is no fault */
    for (size_t i = 0; i < n; i++) {
        json_t *entry = usb_entry(&found[i], profiles);

        if (is_of_interest(&found[i], entry)) {
            if (!options->json)
                status = tell(entry, found[i].tmc ? "usbtmc" : "usb");
            (void)json_array_append(all, entry);
        }
        json_decref(entry);
    }
    free(found);
    return status;
}

static int list_ports(json_t *all, const struct options *options)
{
    DIR *folder = opendir(BY_ID);
    const struct dirent *entry;
    char address[sizeof "tty:" BY_ID "/" + NAME_MAX];

    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(address, sizeof address, "tty:" BY_ID "/%s", entry->d_name);
        (void)json_array_append_new(all, json_string(address));
        if (!options->json)
            printf("serial   %s\n", address);
    }
    if (folder)
        (void)closedir(folder);
    return EXIT_DONE;
}

static json_t *fitting(const struct profiles *profiles, const char *query, const char *reply)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < profiles->count; i++)
        if (profile_fits(profiles->item[i], query, reply))
            (void)json_array_append_new(ids, json_string(profiles->item[i]->id));
    return ids;
}

/* 0 and the reply, or -errno with the sentence. */
static int identify(const struct link *l, const char *query, struct ask **ret, const char **ret_reply,
                    struct mb_error *err)
{
    int r = ask_open(l->address, &l->settings, ret, err);

    return r < 0 ? r : ask_say(*ret, query, true, ret_reply, err);
}

static int tell_failure(const char *address, int error, const char *why, bool own, json_t *all)
{
    static const char hint[] = "; one that does not know *IDN? is asked with --profile ID";

    (void)json_array_append_new(all, json_pack("{s:s, s:s}", "address", address, "error", why));
    return fail(ask_status(error), "%s: %s%s", address, why, error == -ETIMEDOUT && !own ? hint : "");
}

static int ask_address(const char *address, const struct mb_profile *own, const struct profiles *profiles,
                       json_t *all, const struct options *options)
{
    const char *query = own ? own->identify.query : "*IDN?", *reply;
    struct mb_error err = {""};
    struct ask *a = NULL;
    struct link l;
    int status = link_init("probe", address, own, NULL, NULL, &l), r;

    if (status == EXIT_DONE) {
        r = identify(&l, query, &a, &reply, &err);
        if (r < 0) {
            status = tell_failure(address, r, err.text, own, all);
        } else {
            json_t *entry = json_pack("{s:s, s:s, s:s, s:o}", "address", address, "query", query, "identity",
                                      reply, "profiles", fitting(profiles, query, reply));

            (void)json_array_append_new(all, entry);
            status = options->json ? EXIT_DONE : tell(entry, "answers");
        }
    }
    (void)ask_close(a);
    link_done(&l);
    return status;
}

static int probe(const struct words *words, const struct mb_profile *own, const struct profiles *profiles,
                 const struct options *options)
{
    json_t *usb = json_array(), *ports = json_array(), *asked = json_array();
    int status = EXIT_DONE;

    if (words->count == 0) {
        status = list_usb(profiles, usb, options);
        (void)list_ports(ports, options);
    }
    for (size_t i = 0; i < words->count; i++)
        status = worse_status((enum exit_status)ask_address(words->word[i], own, profiles, asked, options),
                              (enum exit_status)status);
    if (options->json)
        return worse_status((enum exit_status)print_json(
                                json_pack("{s:o, s:o, s:o}", "usb", usb, "ports", ports, "asked", asked)),
                            (enum exit_status)status);
    if (words->count == 0 && json_array_size(usb) + json_array_size(ports) == 0 && !options->quiet)
        (void)puts(
            "no instrument on USB and no serial adapter; network addresses are asked when they are given");
    json_decref(usb);
    json_decref(ports);
    json_decref(asked);
    return status;
}

int probe_command(int argc, char **argv, const struct options *options)
{
    const char *id = NULL;
    const struct argument table[] = {{.name = "--profile", .value = &id}, {.name = NULL}};
    struct profiles profiles = {0};
    struct mb_profile *own = NULL;
    char folder[PATH_MAX];
    struct words words;
    int status = parse_arguments(argc, argv, table, 0, 64, &words);

    if (status == EXIT_DONE && id)
        status = profiles_load_one(id, &own);
    if (status == EXIT_DONE)
        status = profiles_folder(folder, sizeof folder);
    if (status == EXIT_DONE)
        status = profiles_load(folder, &profiles);
    if (status == EXIT_DONE)
        status = probe(&words, own, &profiles, options);
    profiles_done(&profiles);
    (void)mb_profile_free(own);
    return status;
}
