/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench instrument udev: the files of udev/ from the `usb:` keys of the profiles. One file only tags
 * what is known, another grants access: a site may replace the second. Each profile has a block of its own,
 * which begins with "# ID", so that leaving a profile out changes nothing else. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "instrument/commands.h"
#include "instrument/profiles.h"
#include "instrument/usb_ids.h"
#include "motorbench/arguments.h"

#define DEVICE "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", "
#define TMC DEVICE "ENV{ID_USB_INTERFACES}==\"*:fe0300:*|*:fe0301:*\", "
#define TAG_TMC "ENV{ID_MOTORBENCH}=\"usbtmc\", TAG+=\"motorbench\"\n"
#define TAG_SERIAL "ENV{ID_MOTORBENCH}=\"serial\", ENV{ID_MM_PORT_IGNORE}=\"1\", TAG+=\"motorbench\"\n"
#define IGNORE_DEVICE "ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n"

static const char generated[] =
    "# Made by 'motorbench instrument udev %s' from the profiles; not to be edited.\n";

static const char tags_head[] =
    "# What is an instrument: a tag and the property ID_MOTORBENCH (usbtmc, serial), nothing else. Who may "
    "open it is said\n"
    "# in 71-motorbench-access.rules.\n"
    "#\n"
    "# A device node carries no interface class of its own; ID_USB_INTERFACES (from 50-udev-default.rules) "
    "lists those of\n"
    "# the whole device, so composite instruments (TMC on interface 1 to 3) match too. fe0300 is USBTMC, "
    "fe0301 has USB488\n"
    "# too. Known makers only: a class alone would also take devices that are not part of any bench.\n\n"
    "ACTION==\"remove\", GOTO=\"motorbench_end\"\n"
    "SUBSYSTEM!=\"usb|tty\", GOTO=\"motorbench_end\"\n\n"
    "# ID_MOTORBENCH_PROFILE=1 for each profile that the ids allow; which one fits is decided by the "
    "instrument's answer.\n" DEVICE
    "IMPORT{builtin}=\"hwdb 'motorbench:usb:v$attr{idVendor}p$attr{idProduct}'\"\n\n";

static const char access_text[] =
    "# Who may open what 70-motorbench.rules has tagged: the group motorbench, nobody else by these rules. A "
    "site that\n"
    "# wants it otherwise puts a file of this name into /etc/udev/rules.d. There is no uaccess: whoever sits "
    "at the\n"
    "# screen is not therefore to switch a high-voltage tester.\n"
    "# What is granted is the node that libusb opens (/dev/bus/usb/...); /dev/usbtmcN of the kernel's driver "
    "is left as\n"
    "# it is. Ports of serial adapters stay with their group (dialout): nobody knows what is behind them.\n\n"
    "ACTION==\"remove\", GOTO=\"motorbench_access_end\"\n"
    "TAG!=\"motorbench\", GOTO=\"motorbench_access_end\"\n" DEVICE
    "ENV{ID_MOTORBENCH}==\"usbtmc\", GROUP=\"motorbench\", MODE=\"0660\"\n"
    "SUBSYSTEM==\"tty\", ENV{ID_MOTORBENCH}==\"serial\", GROUP=\"motorbench\", MODE=\"0660\"\n"
    "LABEL=\"motorbench_access_end\"\n";

static void print_ids(const char *attribute, const struct mb_usb_id *id)
{
    printf("%s{idVendor}==\"%04x\", ", attribute, id->vendor);
    if (id->product_text)
        printf("%s{idProduct}==\"%04x\", ", attribute, id->product);
}

static bool is_bridge(const struct mb_usb_id *id)
{
    return id->product_text && usb_bridge_name((uint16_t)id->vendor, (uint16_t)id->product);
}

/* The rules of its maker or of the adapter are enough for the others. */
static bool needs_rule(const struct mb_usb_id *id)
{
    return id->serial ? !is_bridge(id) : !usb_maker_name((uint16_t)id->vendor);
}

static void print_tag_rules(const struct mb_usb_id *id)
{
    if (!id->serial) {
        (void)fputs(TMC, stdout);
        print_ids("ATTR", id);
        (void)fputs(TAG_TMC, stdout);
    } else {
        (void)fputs(DEVICE, stdout);
        print_ids("ATTR", id);
        (void)fputs(IGNORE_DEVICE "SUBSYSTEM==\"tty\", ", stdout);
        print_ids("ATTRS", id);
        (void)fputs(TAG_SERIAL, stdout);
    }
}

static void print_profile_tags(const struct mb_profile *p)
{
    bool begun = false;

    for (size_t i = 0; i < p->usb_count; i++) {
        if (!needs_rule(&p->usb[i]))
            continue;
        if (!begun)
            printf("\n# %s\n", p->id);
        begun = true;
        print_tag_rules(&p->usb[i]);
    }
}

static void print_tags(const struct profiles *profiles)
{
    printf(generated, "tags");
    (void)fputs(tags_head, stdout);
    (void)fputs("# Makers of USBTMC instruments\n", stdout);
    for (const struct usb_maker *m = usb_makers; m->name; m++)
        printf("# %s\n" TMC "ATTR{idVendor}==\"%04x\", " TAG_TMC, m->name, m->vendor);
    (void)fputs("\n# Serial adapters: what ModemManager would try on them reaches an instrument.\n", stdout);
    for (const struct usb_bridge *b = usb_bridges; b->name; b++)
        printf(DEVICE "ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", " IGNORE_DEVICE, b->vendor,
               b->product);
    for (size_t i = 0; i < profiles->count; i++)
        print_profile_tags(profiles->item[i]);
    (void)fputs("\nLABEL=\"motorbench_end\"\n", stdout);
}

/* "ID_MOTORBENCH_YOKOGAWA_WT300E" */
static void print_property(const char *id)
{
    (void)fputs(" ID_MOTORBENCH_", stdout);
    for (; *id; id++)
        (void)putchar(*id == '-' ? '_' : toupper((unsigned char)*id));
    (void)fputs("=1\n", stdout);
}

static void print_hwdb(const struct profiles *profiles)
{
    printf(generated, "hwdb");
    (void)fputs(
        "# USB ids and the profiles that they allow. Ids are shared by products: the identity decides.\n",
        stdout);
    for (size_t i = 0; i < profiles->count; i++) {
        const struct mb_profile *p = profiles->item[i];

        if (p->usb_count == 0)
            continue;
        printf("\n# %s\n", p->id);
        for (size_t j = 0; j < p->usb_count; j++)
            if (p->usb[j].product_text)
                printf("motorbench:usb:v%04xp%04x*\n", p->usb[j].vendor, p->usb[j].product);
            else
                printf("motorbench:usb:v%04xp*\n", p->usb[j].vendor);
        print_property(p->id);
    }
}

static void print_access(const struct profiles *profiles)
{
    (void)profiles;
    printf(generated, "access");
    (void)fputs(access_text, stdout);
}

static const struct {
    const char *name;
    void (*print)(const struct profiles *profiles);
} files[] = {{"tags", print_tags}, {"access", print_access}, {"hwdb", print_hwdb}};

static json_t *id_json(const struct mb_usb_id *id)
{
    return json_pack("{s:s, s:s?, s:s}", "vendor", id->vendor_text, "product", id->product_text, "as",
                     id->serial ? "serial" : "usbtmc");
}

static int print_ids_json(const struct profiles *profiles)
{
    json_t *all = json_object();

    for (size_t i = 0; i < profiles->count; i++) {
        json_t *ids = json_array();

        for (size_t j = 0; j < profiles->item[i]->usb_count; j++)
            (void)json_array_append_new(ids, id_json(&profiles->item[i]->usb[j]));
        (void)json_object_set_new(all, profiles->item[i]->id, ids);
    }
    return print_json(json_pack("{s:o}", "profiles", all));
}

int udev_command(int argc, char **argv, const struct options *options)
{
    const struct argument table[] = {{.name = NULL}};
    struct profiles profiles = {0};
    char folder[PATH_MAX];
    struct words words;
    size_t i = 0;
    int status = parse_arguments(argc, argv, table, options->json ? 0 : 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    while (words.count > 0 && i < sizeof files / sizeof *files && strcmp(files[i].name, words.word[0]) != 0)
        i++;
    if (i == sizeof files / sizeof *files)
        return fail(EXIT_BAD_INPUT, "%s: '%.40s' is not known, allowed: tags, access, hwdb", argv[0],
                    words.word[0]);
    status = profiles_folder(folder, sizeof folder);
    if (status == EXIT_DONE)
        status = profiles_load(folder, &profiles);
    if (status == EXIT_DONE && options->json)
        status = print_ids_json(&profiles);
    else if (status == EXIT_DONE)
        files[i].print(&profiles);
    profiles_done(&profiles);
    return status;
}
