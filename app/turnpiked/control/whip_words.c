// SPDX-License-Identifier: Apache-2.0
#include "control/whip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool part_take(char *out, size_t cap, const char *at, size_t len)
{
	if (!len || len >= cap)
		return false;
	memcpy(out, at, len);
	out[len] = 0;
	return true;
}

bool whip_path_read(const char *path, struct whip_path *out)
{
	const char *room = path + strlen("/whip/"), *session;
	size_t len;

	if (strncmp(path, "/whip/", strlen("/whip/")))
		return false;
	len = strcspn(room, "/");
	session = room + len;
	*out = (struct whip_path){0};
	if (!part_take(out->room, sizeof out->room, room, len))
		return false;
	if (!*session)
		return true;
	session++;
	return !strchr(session, '/') &&
	       part_take(out->session, sizeof out->session, session, strlen(session));
}

char *whip_escape(char out[WHIP_ESCAPED_MAX], const char *room)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-._~";
	char *at = out;

	for (; *room && at < out + WHIP_ESCAPED_MAX - 3; room++) {
		if (strchr(plain, *room))
			*at++ = *room;
		else
			at += snprintf(at, 4, "%%%02X", (unsigned char)*room);
	}
	*at = 0;
	return out;
}

const char *whip_bearer(const char *authorization)
{
	const char *token;

	if (!authorization || strncasecmp(authorization, "Bearer ", strlen("Bearer ")))
		return NULL;
	token = authorization + strlen("Bearer ");
	token += strspn(token, " ");
	return *token ? token : NULL;
}

// Without what stands round a word.
static size_t word_len(const char *at, const char *ends)
{
	size_t len = strcspn(at, ends);

	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	return len;
}

static bool word_is(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(at, word, len);
}

bool whip_type_is(const char *content_type, const char *type)
{
	if (!content_type)
		return false;
	content_type += strspn(content_type, " \t");
	return word_is(content_type, word_len(content_type, ";"), type);
}

// "application/*" and "*/*" cover a type as well.
static bool range_covers(const char *at, size_t len, const char *type)
{
	size_t major = strcspn(type, "/") + 1;

	if (word_is(at, len, type) || word_is(at, len, "*/*"))
		return true;
	return len == major + 1 && !strncasecmp(at, type, major) && at[major] == '*';
}

// Of one entry of a list: everything but "q=0".
static bool is_wanted(const char *params, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if ((params[i] == 'q' || params[i] == 'Q') && params[i + 1] == '=' &&
		    strchr("; \t", params[i - (i > 0)]))
			return strtod(params + i + 2, NULL) > 0;
	return true;
}

bool whip_accepts(const char *accept, const char *type)
{
	if (!accept || !*accept)
		return true;
	while (*accept) {
		size_t whole;

		accept += strspn(accept, ", \t");
		whole = strcspn(accept, ",");
		if (range_covers(accept, word_len(accept, ";,"), type)) {
			size_t name = strcspn(accept, ";,");

			return is_wanted(accept + name, whole - name);
		}
		accept += whole;
	}
	return false;
}

bool whip_etag_fits(const char *if_match, const char *etag)
{
	while (*if_match) {
		size_t len;

		if_match += strspn(if_match, ", \t");
		len = word_len(if_match, ",");
		if (len == strlen(etag) && !strncmp(if_match, etag, len))
			return true;
		if (len == 1 && *if_match == '*')
			return true;
		if_match += strcspn(if_match, ",");
	}
	return false;
}
