// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKED_SETTINGS_H
#define TURNPIKED_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "net/net.h"

// The configuration file as structs (SURFACE.md). Read once at start and again on reload; owned by
// the control lane; workers never see it.

enum idle_policy { IDLE_POLL, IDLE_PAUSE, IDLE_SLEEP };
enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };

struct port_settings {
	char *name;
	char *device; // PCI address or "net_af_xdp0,iface=vs"
	struct {
		struct net_prefix *at;
		size_t n;
	} addresses;
	struct {
		struct net_addr *at;
		size_t n;
	} gateways;
	uint32_t queues;
	uint32_t mtu;
	uint32_t vlan; // 0: untagged
};

struct user_settings {
	char *name;
	char *password; // the file's content where password_file was given
};

struct key_settings {
	char *id;
	char *algorithm;
	char *secret; // the file's content where secret_file was given
};

struct text_list {
	char **at;
	size_t n;
};

struct settings {
	struct {
		char *name, *region;
	} node;
	struct {
		uint32_t control;
		struct {
			uint32_t *at;
			size_t n;
		} workers, audio;
		uint32_t idle; // enum idle_policy
	} cores;
	struct {
		bool hugepages;
		uint32_t megabytes;
	} memory;
	struct {
		struct port_settings *at;
		size_t n;
	} ports;
	struct {
		char *socket, *read_socket, *group;
	} control;
	struct {
		char *listen; // ADDRESS:PORT; "" switches it off
	} http;
	struct {
		uint32_t level; // enum log_level
		uint32_t format; // enum log_format
	} log;
	struct {
		struct {
			char *url; // "": none
			char *secret; // the file's content where secret_file was given
			struct text_list kinds; // api/event_list.h: names and groups; none: all
			uint32_t timeout_s;
		} webhook;
	} events;
	struct {
		char *directory; // of its files; a whole path
	} capture;
	struct {
		char *realm;
		struct {
			struct conf_listen *at;
			size_t n;
		} listen;
		struct {
			struct net_addr *at;
			size_t n;
		} relay_addresses;
		struct conf_range relay_ports;
		struct {
			struct user_settings *at;
			size_t n;
		} users;
		struct text_list shared_secrets;
		struct text_list shared_secret_files; // contents
		struct text_list allow_peers, deny_peers; // prefixes; deny also "default"
		struct {
			uint32_t allocations, allocations_per_user;
			uint64_t bits_per_second;
		} limits;
		bool legacy_channels;
		struct {
			uint32_t default_, maximum, permission, channel; // seconds
		} lifetimes;
		uint32_t credential_ttl; // seconds, of a credential that a token is exchanged for
		uint32_t dscp; // for relayed datagrams that arrive unmarked; 0 leaves them so
	} turn;
	struct {
		struct {
			struct conf_listen *at;
			size_t n;
		} listen;
		struct {
			struct {
				struct key_settings *at;
				size_t n;
			} keys;
		} tokens;
		uint32_t speakers;
		struct {
			struct net_addr *at;
			size_t n;
		} public_addresses;
		struct text_list origins; // of web pages; "*": all
	} voice;
	struct {
		char *certificate,
			*key; // file names, from the configuration's folder where relative
	} tls;
};

// The file's rows, each with a sentence of help; also the source of man pages.
extern const struct conf_row settings_rows[];

// Reads and checks a file, rules across keys included. 0; -EINVAL with mistakes (which start as
// zeros); -errno when it cannot be read. `out` is to be freed after success only.
int settings_load(struct settings *out, const char *file, struct conf_mistakes *mistakes);
void settings_free(struct settings *s);
// The rules across keys, for conf_source.check; `settings` is a struct settings.
void settings_check(const void *settings, struct conf_mistakes *m);
// Prints "FILE:LINE: KEY: …" lines to standard error.
void settings_report(const char *file, const struct conf_mistakes *mistakes);

#endif
