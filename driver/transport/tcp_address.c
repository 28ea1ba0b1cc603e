/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/tcp_address.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"

/* Splits "HOST:PORT" or "[HOST]:PORT" in place. */
static int split_host_port(char *text, char **ret_host, char **ret_port)
{
    char *colon = strrchr(text, ':');
    int64_t port;
    size_t length;

    if (!colon || mb_integer_parse(colon + 1, strlen(colon + 1), &port) < 0 || port < 1 || port > 65535)
        return -EINVAL;
    *colon = '\0';
    length = strlen(text);
    if (text[0] == '[' && length > 2 && text[length - 1] == ']') {
        text[length - 1] = '\0';
        text++;
    }
    *ret_host = text;
    *ret_port = colon + 1;
    return *text ? 0 : -EINVAL;
}

int mb_tcp_address_parse(const char *rest, struct sockaddr_storage *ret_address, socklen_t *ret_size)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char *text = strdup(rest), *host, *port;
    int r;

    if (!text)
        return -ENOMEM;
    r = split_host_port(text, &host, &port);
    if (r == 0) {
        r = getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, &hints, &found) == 0
                ? 0
                : -EINVAL;
        if (r == 0) {
            memcpy(ret_address, found->ai_addr, found->ai_addrlen);
            *ret_size = found->ai_addrlen;
            freeaddrinfo(found);
        }
    }
    free(text);
    return r;
}
