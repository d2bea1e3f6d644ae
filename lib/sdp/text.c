// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <strings.h>

#include "sdp/private.h"

struct sdp_text sdp_text_of(const char *at, size_t len)
{
	return (struct sdp_text){.at = at, .len = (uint16_t)len};
}

struct sdp_text sdp_cut(struct sdp_text *rest, char sep)
{
	const char *at = rest->len ? memchr(rest->at, sep, rest->len) : NULL;
	struct sdp_text word = *rest;

	if (!at) {
		*rest = sdp_text_of(rest->at + rest->len, 0);
		return word;
	}
	word.len = (uint16_t)(at - rest->at);
	*rest = sdp_text_of(at + 1, rest->len - word.len - 1u);
	return word;
}

bool sdp_is(struct sdp_text text, const char *word)
{
	return strlen(word) == text.len && !strncasecmp(text.at, word, text.len);
}

bool sdp_visible(struct sdp_text text, size_t min, size_t max)
{
	if (text.len < min || text.len > max)
		return false;
	for (unsigned i = 0; i < text.len; i++)
		if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
			return false;
	return true;
}

int sdp_number(uint32_t *out, struct sdp_text text, uint32_t max)
{
	uint64_t n = 0;

	if (!text.len || text.len > 10)
		return -EINVAL;
	for (unsigned i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -EINVAL;
		n = n * 10 + (unsigned)(text.at[i] - '0');
	}
	if (n > max)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

void sdp_read_ms(uint16_t *out, struct sdp_text text)
{
	uint32_t ms;

	if (!sdp_number(&ms, text, SDP_PTIME_MAX_MS))
		*out = (uint16_t)ms;
}

bool sdp_line_next(struct sdp_text *rest, struct sdp_text *line)
{
	if (!rest->len)
		return false;
	*line = sdp_cut(rest, '\n');
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

int sdp_fails(struct sdp_reader *r, const char *expected)
{
	*r->error = (struct sdp_error){.line = r->number, .expected = expected};
	return -EINVAL;
}

bool sdp_text_copy(char *out, size_t cap, struct sdp_text text)
{
	bool fits = text.at && text.len < cap;

	if (fits)
		memcpy(out, text.at, text.len);
	if (cap)
		out[fits ? text.len : 0] = 0;
	return fits;
}
