/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/text.h"

#include <stddef.h>

#define DELETE 0x7fu

/* Sequences by their first byte, and what the second one may be: neither overlong forms nor surrogates nor
 * anything above U+10FFFF (RFC 3629, section 4). */
static const struct {
    unsigned char first, last, second_least, second_most;
    size_t length;
} sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Bytes of the character at p, which is not ASCII; 0 where it is none. The NUL at the end is no second byte.
 */
static size_t character_length(const unsigned char *p)
{
    size_t i = 0, n = 2;

    while (i < sizeof sequences / sizeof *sequences &&
           (p[0] < sequences[i].first || p[0] > sequences[i].last))
        i++;
    if (i == sizeof sequences / sizeof *sequences || p[1] < sequences[i].second_least ||
        p[1] > sequences[i].second_most)
        return 0;
    while (n < sequences[i].length && (p[n] & 0xc0) == 0x80)
        n++;
    return n == sequences[i].length ? n : 0;
}

void mb_text_clean(char *text)
{
    unsigned char *p = (unsigned char *)text;
    size_t n;

    while (*p) {
        if (*p < 0x20 || *p == DELETE)
            *p = ' ';
        n = *p < 0x80 ? 1 : character_length(p);
        if (n == 0)
            *p = '?';
        p += n ? n : 1;
    }
}
