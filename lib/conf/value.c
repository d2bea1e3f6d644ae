// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int refuse(struct conf_value *v, const char *wrong, const char *want)
{
	snprintf(v->wrong, sizeof v->wrong, "%s", wrong);
	snprintf(v->want, sizeof v->want, "%s", want);
	return -EINVAL;
}

static int bool_parse(struct conf_value *v)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "n", "y"};

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (!strcasecmp(v->text, words[i])) {
			*(bool *)v->field = i & 1;
			return 0;
		}
	return refuse(v, "is neither true nor false", "true or false");
}

// Decimal digits, as many as there are: what a shell or YAML 1.1 would take for octal (010) is not one.
static const char *digits(const char *text, uint64_t *out, bool *over)
{
	const char *at = text;
	uint64_t n = 0;

	*over = false;
	for (; *at >= '0' && *at <= '9'; at++)
		*over |= __builtin_mul_overflow(n, 10, &n) ||
			 __builtin_add_overflow(n, (uint64_t)(*at - '0'), &n);
	*out = n;
	return at == text || (text[0] == '0' && at - text > 1) ? NULL : at;
}

static int number_refuse(struct conf_value *v, const char *wrong, uint64_t max)
{
	const struct conf_row *row = v->row;

	snprintf(v->wrong, sizeof v->wrong, "%s", wrong);
	snprintf(v->want, sizeof v->want, "a number from %llu to %llu%s%s%s",
		 (unsigned long long)row->min, (unsigned long long)max, row->unit ? " (" : "",
		 row->unit ? row->unit : "", row->unit ? ")" : "");
	return -EINVAL;
}

static int number_parse(struct conf_value *v, uint64_t most, const char *suffixes, uint64_t *out)
{
	uint64_t max = v->row->min || v->row->max ? v->row->max : most;
	const char *suffix = NULL;
	bool over;
	const char *at = digits(v->text, out, &over);

	if (at && *at && !at[1])
		suffix = strchr(suffixes, *at);
	if (!at || (*at && !suffix))
		return number_refuse(v, "is not a number that can stand here", max);
	for (ptrdiff_t i = suffix ? suffix - suffixes + 1 : 0; i; i--)
		over |= __builtin_mul_overflow(*out, 1000, out);
	if (over || *out < v->row->min || *out > max)
		return number_refuse(v, "is out of range", max);
	return 0;
}

static int u32_parse(struct conf_value *v)
{
	uint64_t n;
	int err = number_parse(v, UINT32_MAX, "", &n);

	if (!err)
		*(uint32_t *)v->field = (uint32_t)n;
	return err;
}

static int u64_parse(struct conf_value *v)
{
	uint64_t n;
	int err = number_parse(v, UINT64_MAX, "kMG", &n);

	if (!err)
		*(uint64_t *)v->field = n;
	return err;
}

static int text_parse(struct conf_value *v)
{
	size_t max = v->row->max ? v->row->max : CONF_VALUE_MAX;
	char *copy;

	if (v->len < v->row->min || v->len > max) {
		snprintf(v->wrong, sizeof v->wrong, "is too %s", v->len > max ? "long" : "short");
		snprintf(v->want, sizeof v->want, "%zu to %zu bytes", (size_t)v->row->min, max);
		return -EINVAL;
	}
	copy = strdup(v->text);
	if (!copy)
		return -ENOMEM;
	*(char **)v->field = copy;
	return 0;
}

static int choice_parse(struct conf_value *v)
{
	const char *const *choices = v->row->choices;
	size_t len = 0;

	for (uint32_t i = 0; choices[i]; i++)
		if (!strcmp(v->text, choices[i])) {
			*(uint32_t *)v->field = i;
			return 0;
		}
	refuse(v, "is not to be had", "");
	for (unsigned i = 0; choices[i] && len < sizeof v->want; i++)
		len += (size_t)snprintf(v->want + len, sizeof v->want - len, "%s%s",
					i == 0           ? ""
					: choices[i + 1] ? ", "
							 : " or ",
					choices[i]);
	return -EINVAL;
}

static int addr_parse(struct conf_value *v)
{
	if (!net_addr_parse(v->field, v->text))
		return 0;
	return refuse(v, "is not an address", "one such as 198.18.0.1 or 2001:2::1");
}

static int prefix_parse(struct conf_value *v)
{
	static const char want[] = "one such as 198.18.0.1/16 or 2001:2::1/64";

	if (!strchr(v->text, '/'))
		return refuse(v, "has no prefix length", want);
	return net_prefix_parse(v->field, v->text)
		       ? refuse(v, "is not an address with its prefix", want)
		       : 0;
}

static int endpoint_parse(struct conf_value *v)
{
	if (!net_endpoint_parse(v->field, v->text))
		return 0;
	return refuse(v, "is not an address and port", "one such as 127.0.0.1:9478 or [::1]:9478");
}

static int range_parse(struct conf_value *v)
{
	uint64_t max = v->row->max ? v->row->max : UINT32_MAX, low, high;
	bool over_low, over_high;
	const char *at = digits(v->text, &low, &over_low);
	const char *end = at && *at == '-' ? digits(at + 1, &high, &over_high) : NULL;

	snprintf(v->want, sizeof v->want, "LOW-HIGH within %llu-%llu",
		 (unsigned long long)v->row->min, (unsigned long long)max);
	snprintf(v->wrong, sizeof v->wrong, "is not a range");
	if (!end || *end)
		return -EINVAL;
	snprintf(v->wrong, sizeof v->wrong, "%s",
		 low > high ? "runs backwards" : "is out of range");
	if (over_low || over_high || low > high || low < v->row->min || high > max)
		return -EINVAL;
	*(struct conf_range *)v->field = (struct conf_range){(uint32_t)low, (uint32_t)high};
	return 0;
}

static int listen_parse(struct conf_value *v)
{
	static const char *const words[] = {[CONF_UDP] = "udp:",
					    [CONF_TCP] = "tcp:",
					    [CONF_TLS] = "tls:",
					    [CONF_DTLS] = "dtls:"};

	for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t len = strlen(words[i]);
		uint64_t port;
		bool over;
		const char *end = strncmp(v->text, words[i], len)
					  ? NULL
					  : digits(v->text + len, &port, &over);

		if (end && !*end && !over && port && port <= UINT16_MAX) {
			*(struct conf_listen *)v->field = (struct conf_listen){i, (uint32_t)port};
			return 0;
		}
	}
	return refuse(v, "is not a transport and port",
		      "udp:PORT, tcp:PORT, tls:PORT or dtls:PORT, port 1 to 65535");
}

int conf_value_parse(struct conf_value *v)
{
	static int (*const parsers[])(struct conf_value *) = {
		[CONF_BOOL] = bool_parse,      [CONF_U32] = u32_parse,
		[CONF_U64] = u64_parse,        [CONF_TEXT] = text_parse,
		[CONF_CHOICE] = choice_parse,  [CONF_ADDR] = addr_parse,
		[CONF_PREFIX] = prefix_parse,  [CONF_ENDPOINT] = endpoint_parse,
		[CONF_RANGE] = range_parse,    [CONF_LISTEN] = listen_parse,
		[CONF_FILE] = conf_file_parse, [CONF_PATH] = conf_path_parse,
	};
	int err;
	const char *want;

	if (strlen(v->text) != v->len)
		return refuse(v, "has a NUL within", "it without");
	err = parsers[v->row->type](v);
	want = err || !v->row->check ? NULL : v->row->check(v->field);
	return want ? refuse(v, "is not right", want) : err;
}

bool conf_value_read(struct conf_reader *r, const struct conf_row *row, void *field,
		     const yaml_node_t *node)
{
	struct conf_value v = {
		.row = row,
		.folder = r->folder,
		.text = (const char *)node->data.scalar.value,
		.len = node->data.scalar.length,
		.field = field,
	};
	int err = conf_value_parse(&v);

	if (err == -ENOMEM)
		r->mistakes->failed = true;
	else if (err && row->secret)
		conf_say(r, conf_node_line(node), "the value %s; write %s", v.wrong, v.want);
	else if (err)
		conf_say(r, conf_node_line(node), "`%.40s` %s; write %s", v.text, v.wrong, v.want);
	if (err) { // also where a check refused it
		if (conf_is_text(row))
			free(*(char **)field);
		memset(field, 0, conf_size(row));
	}
	return !err;
}
