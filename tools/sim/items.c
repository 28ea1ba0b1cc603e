/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/items.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/number.h"

#define ORDER_MAX 50

static const char *const functions[] = {"U",  "I",    "P",      "S",      "Q",   "LAMBda", "PHI", "FU",
                                        "FI", "UTHD", "URANge", "IRANge", "WHP", "NONE",   NULL};

int sim_items_set_count(struct sim_items *items, const struct sim_scpi_call *call)
{
    double value;
    int error = sim_scpi_number(call, "", 1, SIM_ITEMS_MAX, &value);

    if (error == 0 && value != floor(value))
        error = SIM_WT_NUMBER;
    if (error == 0)
        items->count = (int)value;
    return error;
}

/* The next comma-separated word of *args, blanks removed; "" at the end. */
static void next_word(const char **args, char *word, size_t size)
{
    size_t n = strcspn(*args, ","), skip = strspn(*args, " \t"), end = n;

    skip = skip < n ? skip : n;
    while (end > skip && (*args)[end - 1] == ' ')
        end--;
    (void)snprintf(word, size, "%.*s", (int)(end - skip), *args + skip);
    *args += n + ((*args)[n] == ',' ? 1 : 0);
}

static int parse_order(const char *word, int *ret)
{
    int64_t order;

    if (*word == '\0' || sim_scpi_word("TOTal", word, strlen(word)))
        *ret = SIM_ORDER_TOTAL;
    else if (strcasecmp(word, "DC") == 0)
        *ret = 0;
    else if (mb_integer_parse(word, strlen(word), &order) < 0)
        return SIM_WT_CHARACTER;
    else if (order < 0 || order > ORDER_MAX)
        return SIM_WT_RANGE;
    else
        *ret = (int)order;
    return 0;
}

static int parse_item(const char *args, struct sim_item *ret)
{
    char function[16], element[16], order[16];
    struct sim_item item = {.element = 1, .order = SIM_ORDER_TOTAL};
    int64_t number;
    int i;

    next_word(&args, function, sizeof function);
    next_word(&args, element, sizeof element);
    next_word(&args, order, sizeof order);
    if (*function == '\0')
        return SIM_WT_MISSING;
    i = sim_scpi_choice(functions, function);
    if (i < 0)
        return SIM_WT_CHARACTER;
    item.function = (enum sim_meter_function)i;
    if (*args != '\0' || (item.function == SIM_METER_NONE && *element != '\0'))
        return SIM_WT_PARAMETER;
    if (sim_scpi_word("SIGMa", element, strlen(element))) {
        item.element = SIM_SIGMA;
    } else if (*element != '\0') {
        if (mb_integer_parse(element, strlen(element), &number) < 0)
            return SIM_WT_CHARACTER;
        if (number < 1 || number > 3)
            return SIM_WT_RANGE;
        item.element = (int)number;
    }
    if (parse_order(order, &item.order) != 0)
        return parse_order(order, &item.order);
    *ret = item;
    return 0;
}

int sim_items_set(struct sim_items *items, const struct sim_scpi_call *call)
{
    if (call->suffix < 1 || call->suffix > SIM_ITEMS_MAX)
        return SIM_WT_SUFFIX;
    return parse_item(call->args, &items->list[call->suffix - 1]);
}

int sim_items_get(const struct sim_items *items, const struct sim_scpi_call *call)
{
    const struct sim_item *item;

    if (call->suffix < 1 || call->suffix > SIM_ITEMS_MAX)
        return SIM_WT_SUFFIX;
    item = &items->list[call->suffix - 1];
    sim_scpi_answer_choice(call, functions[item->function]);
    if (item->function == SIM_METER_NONE)
        return 0;
    if (item->element == SIM_SIGMA)
        (void)sim_text_printf(call->reply, call->scpi->verbose ? ",SIGMA" : ",SIGM");
    else
        (void)sim_text_printf(call->reply, ",%d", item->element);
    if (item->order >= 0)
        (void)sim_text_printf(call->reply, ",%d", item->order);
    return 0;
}

void sim_items_clear(struct sim_items *items)
{
    for (int i = 0; i < SIM_ITEMS_MAX; i++)
        items->list[i] = (struct sim_item){SIM_METER_NONE, 1, SIM_ORDER_TOTAL};
}

void sim_items_preset(struct sim_items *items)
{
    static const enum sim_meter_function preset[] = {SIM_METER_U,   SIM_METER_I,  SIM_METER_P,
                                                     SIM_METER_S,   SIM_METER_Q,  SIM_METER_LAMBDA,
                                                     SIM_METER_PHI, SIM_METER_FU, SIM_METER_FI};

    sim_items_clear(items);
    items->count = 10;
    for (size_t i = 0; i < sizeof preset / sizeof preset[0]; i++)
        items->list[i].function = preset[i];
}
