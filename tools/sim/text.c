/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

static int reserve(struct sim_text *text, size_t more)
{
    size_t room = text->room > 0 ? text->room : 256;
    char *data;

    if (more > SIM_TEXT_MAX || text->size + more + 1 > SIM_TEXT_MAX)
        return -E2BIG;
    while (room < text->size + more + 1)
        room *= 2;
    if (room == text->room)
        return 0;
    data = realloc(text->data, room);
    if (data == NULL)
        return -ENOMEM;
    text->data = data;
    text->room = room;
    return 0;
}

int sim_text_append(struct sim_text *text, const void *data, size_t n)
{
    int r = reserve(text, n);

    if (r < 0)
        return r;
    if (n > 0)
        memcpy(text->data + text->size, data, n);
    text->size += n;
    text->data[text->size] = '\0';
    return 0;
}

int sim_text_printf(struct sim_text *text, const char *format, ...)
{
    va_list args;
    int n, r;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        return -EINVAL;
    r = reserve(text, (size_t)n);
    if (r < 0)
        return r;
    va_start(args, format);
    (void)vsnprintf(text->data + text->size, (size_t)n + 1, format, args);
    va_end(args);
    text->size += (size_t)n;
    return 0;
}

void sim_text_consume(struct sim_text *text, size_t n)
{
    if (n >= text->size) {
        text->size = 0;
    } else {
        memmove(text->data, text->data + n, text->size - n);
        text->size -= n;
    }
    if (text->data != NULL)
        text->data[text->size] = '\0';
}

void sim_text_clear(struct sim_text *text)
{
    free(text->data);
    *text = (struct sim_text){0};
}
