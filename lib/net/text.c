// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

int net_addr_parse(struct net_addr *out, const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*out = net_addr_from4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*out = net_addr_from6(bytes);
	else
		return -EINVAL;
	return 0;
}

// Digits alone, at most `max` (5 digits).
static int number_parse(unsigned *out, const char *text, unsigned max)
{
	unsigned value = 0, digits = 0;

	for (; *text; text++, digits++) {
		if (*text < '0' || *text > '9' || digits == 5)
			return -EINVAL;
		value = value * 10 + (unsigned)(*text - '0');
	}
	if (!digits || value > max)
		return -EINVAL;
	*out = value;
	return 0;
}

// The address in the first `len` characters.
static int addr_parse_part(struct net_addr *out, const char *text, size_t len)
{
	char part[NET_TEXT_MAX];

	if (len >= sizeof part)
		return -EINVAL;
	memcpy(part, text, len);
	part[len] = '\0';
	return net_addr_parse(out, part);
}

int net_endpoint_parse(struct net_endpoint *out, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool six = text[0] == '[';
	struct net_addr addr;
	unsigned port;
	size_t len;

	if (!colon || number_parse(&port, colon + 1, UINT16_MAX))
		return -EINVAL;
	len = (size_t)(colon - text);
	if (six && (len < 2 || text[len - 1] != ']'))
		return -EINVAL;
	if (six ? addr_parse_part(&addr, text + 1, len - 2) : addr_parse_part(&addr, text, len))
		return -EINVAL;
	// Brackets go with colons and only with them: 2001:db8::1:80 is an address without a port.
	if (six != (memchr(text, ':', len) != NULL))
		return -EINVAL;
	*out = (struct net_endpoint){.addr = addr, .port = (uint16_t)port};
	return 0;
}

int net_prefix_parse(struct net_prefix *out, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	bool six = memchr(text, ':', len) != NULL;
	unsigned max = six ? 128 : 32;
	unsigned bits = max;
	struct net_addr addr;

	if (addr_parse_part(&addr, text, len) || (slash && number_parse(&bits, slash + 1, max)))
		return -EINVAL;
	*out = (struct net_prefix){.addr = addr, .bits = (uint8_t)(six ? bits : bits + 96)};
	return 0;
}

char *net_addr_format(const struct net_addr *a, char text[NET_TEXT_MAX])
{
	if (net_addr_is4(a))
		inet_ntop(AF_INET, a->b + 12, text, NET_TEXT_MAX);
	else
		inet_ntop(AF_INET6, a->b, text, NET_TEXT_MAX);
	return text;
}

char *net_endpoint_format(const struct net_endpoint *e, char text[NET_TEXT_MAX])
{
	char addr[NET_TEXT_MAX];

	net_addr_format(&e->addr, addr);
	snprintf(text, NET_TEXT_MAX, net_addr_is4(&e->addr) ? "%.45s:%u" : "[%.45s]:%u", addr,
		 (unsigned)e->port);
	return text;
}

char *net_prefix_format(const struct net_prefix *p, char text[NET_TEXT_MAX])
{
	bool four = net_addr_is4(&p->addr) && p->bits >= 96;
	char addr[NET_TEXT_MAX];

	// A prefix that is wider than all of IPv4 keeps its IPv6 form.
	if (four)
		net_addr_format(&p->addr, addr);
	else
		inet_ntop(AF_INET6, p->addr.b, addr, sizeof addr);
	snprintf(text, NET_TEXT_MAX, "%.45s/%u", addr, p->bits - (four ? 96u : 0u));
	return text;
}

char *net_mac_format(const struct net_mac *m, char text[NET_TEXT_MAX])
{
	const uint8_t *b = m->b;

	snprintf(text, NET_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
		 b[5]);
	return text;
}
