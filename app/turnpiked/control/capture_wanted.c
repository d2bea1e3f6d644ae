// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/capture.h"

// What capture.start asks for: a filter, limits, a file.

#define SUFFIX ".pcapng"

// --- The filter --------------------------------------------------------------------------------------------

static enum api_code session_wanted(const struct node *n, json_int_t id, struct capture_state *s,
				    struct api_error *error)
{
	const struct turn_allocation *a = turn_find_id(n->turn, (uint64_t)id);
	struct capture_filter *f = &s->tap.filter;
	char client[NET_TEXT_MAX];

	if (!a) {
		api_refuse(error, API_NOT_FOUND, "session", "there is no allocation %lld",
			   (long long)id);
		return api_expect(error, "the id of a live allocation");
	}
	f->kind = CAPTURE_SESSION;
	f->client = a->tuple.client;
	f->server = a->tuple.server;
	f->relay[0] = a->relay[0];
	f->relay[1] = a->relay[1];
	s->session = a->id;
	snprintf(s->about, sizeof s->about, "session %lld of client %s", (long long)id,
		 net_endpoint_format(&a->tuple.client, client));
	return API_OK;
}

static enum api_code peer_wanted(const char *text, struct capture_state *s, struct api_error *error)
{
	struct capture_filter *f = &s->tap.filter;

	f->kind = CAPTURE_PEER;
	if (net_addr_parse(&f->peer.addr, text) && net_endpoint_parse(&f->peer, text)) {
		api_refuse(error, API_PARAMS, "peer", "peer is no address");
		return api_expect(error, "ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT");
	}
	snprintf(s->about, sizeof s->about, "peer %s", text);
	return API_OK;
}

static enum api_code reason_wanted(const char *text, struct capture_state *s,
				   struct api_error *error)
{
	unsigned i = 0;

	while (i < PATH_REASON_COUNT && strcmp(path_reason_names[i], text) != 0)
		i++;
	if (i == PATH_REASON_COUNT) {
		api_refuse(error, API_PARAMS, "reason", "there is no such reason to drop a packet");
		return api_expect(error, "a reason as stats.drops lists them");
	}
	s->tap.filter.kind = CAPTURE_REASON;
	s->tap.filter.reason = (uint8_t)i;
	snprintf(s->about, sizeof s->about, "dropped: %s", text);
	return API_OK;
}

static enum api_code filter_wanted(const struct node *n, const json_t *params,
				   struct capture_state *s, struct api_error *error)
{
	const json_t *session = json_object_get(params, "session");
	const char *peer = json_string_value(json_object_get(params, "peer"));
	const char *reason = json_string_value(json_object_get(params, "reason"));

	if (!!session + !!peer + !!reason != 1) {
		api_refuse(error, API_PARAMS,
			   session && peer ? "peer"
			   : reason        ? "reason"
					   : "session",
			   "a capture is of one session, peer or reason");
		return api_expect(error, "one of session, peer, reason");
	}
	if (session)
		return session_wanted(n, json_integer_value(session), s, error);
	return peer ? peer_wanted(peer, s, error) : reason_wanted(reason, s, error);
}

// --- The file ----------------------------------------------------------------------------------------------

static uint64_t limit_of(const json_t *params, const char *key, uint64_t otherwise)
{
	const json_t *value = json_object_get(params, key);

	return value ? (uint64_t)json_integer_value(value) : otherwise;
}

// A name alone, or the whole path of one in the directory that is meant for captures: whoever may use the
// control socket may not write elsewhere with the rights of the relay.
static enum api_code file_wanted(const struct node *n, const char *text, struct capture_state *s,
				 struct api_error *error)
{
	const char *folder = n->settings.capture.directory, *slash = strrchr(text, '/');
	const char *name = slash ? slash + 1 : text;
	size_t len = strlen(name), folder_len = strlen(folder);
	bool inside = !slash ||
		      ((size_t)(slash - text) == folder_len && !strncmp(text, folder, folder_len));

	if (!inside || len <= strlen(SUFFIX) || name[0] == '.' ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0 ||
	    folder_len + len + 2 > sizeof s->file) {
		api_refuse(error, API_PARAMS, "file",
			   "the file has to be NAME" SUFFIX " in %s (capture.directory)", folder);
		return api_expect(error, "a name that ends in " SUFFIX);
	}
	snprintf(s->file, sizeof s->file, "%s/%s", folder, name);
	return API_OK;
}

enum api_code capture_wanted(const struct node *n, const json_t *params, struct capture_state *out,
			     struct api_error *error)
{
	const char *file = json_string_value(json_object_get(params, "file"));
	enum api_code code = filter_wanted(n, params, out, error);

	if (code)
		return code;
	out->limits = (struct capture_limits){
		.packets = limit_of(params, "packets", CAPTURE_PACKETS_MAX),
		.bytes = limit_of(params, "bytes", CAPTURE_BYTES),
		.seconds = limit_of(params, "seconds", CAPTURE_SECONDS),
	};
	return file_wanted(n, file, out, error);
}

// Nothing that is there is followed or overwritten; nobody but the relay's user may read it.
static int file_make(const struct node *n, const struct capture_state *s, int *fd)
{
	const char *folder = n->settings.capture.directory;
	int at, err;

	if (mkdir(folder, 0700) && errno != EEXIST)
		return -errno;
	at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	*fd = openat(at, strrchr(s->file, '/') + 1,
		     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	err = *fd < 0 ? -errno : 0;
	close(at);
	return err;
}

enum api_code capture_file_open(const struct node *n, struct capture_state *s, int *fd,
				struct api_error *error)
{
	int err = file_make(n, s, fd);

	if (!err)
		return API_OK;
	if (err != -EEXIST)
		return api_refuse(error, API_REFUSED, "file", "%s: %s", s->file, strerror(-err));
	api_refuse(error, API_REFUSED, "file", "%s: is there already, and nothing is overwritten",
		   s->file);
	return api_expect(error, "a name that is free");
}

void capture_file_drop(const struct capture_state *s, int fd)
{
	close(fd);
	unlink(s->file);
}
