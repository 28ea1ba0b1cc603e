/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/hanging.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_WIDTH 132 /* of what is no terminal */
#define LINE_MAX_BYTES 2048

static bool terminal_width(int *ret)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return false;
    *ret = size.ws_col;
    return true;
}

int line_width(void)
{
    int width = LINE_WIDTH;

    (void)terminal_width(&width);
    return width;
}

/* How many bytes of the text go into the columns: to the last blank that fits, or to the first one at all. */
static size_t bytes_that_fit(const char *text, int columns)
{
    size_t fit = 0, i = 0;

    for (int column = 0; text[i]; i++) {
        column += ((unsigned char)text[i] & 0xc0) != 0x80; /* not the rest of a character */
        if (column > columns && fit > 0)
            return fit;
        if (text[i] == ' ' && i > 0 && text[i - 1] != ' ')
            fit = i;
    }
    return i;
}

void print_hanging(int indent, const char *format, ...)
{
    char buffer[LINE_MAX_BYTES];
    const char *text = buffer;
    int width, used = 0;
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(buffer, sizeof buffer, format, ap);
    va_end(ap);
    if (!terminal_width(&width)) {
        printf("%s\n", buffer);
        return;
    }
    if (indent > width / 2)
        indent = width / 2;
    /* Names stand before the indent with blanks between them: no line ends there. */
    while (*text) {
        size_t head = used == 0 && (int)strlen(text) > indent ? (size_t)indent : 0;
        size_t n = head + bytes_that_fit(text + head, width - indent);

        printf("%*s%.*s\n", used > 0 ? indent : 0, "", (int)n, text);
        text += n;
        text += strspn(text, " ");
        used++;
    }
}
