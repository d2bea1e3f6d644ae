// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "api/api.h"
#include "config/limits.h"
#include "token/token.h"

#define AT(member) .offset = offsetof(struct settings, member)
#define PORT_AT(member) .offset = offsetof(struct port_settings, member)
#define LIST .list = true
#define WITHIN(from, to) .min = (from), .max = (to)
#define ITEMS(from, to) LIST, .items_min = (from), .items_max = (to)

static const char *const idle_choices[] = {"poll", "pause", "sleep", NULL}; // enum idle_policy
static const char *const level_choices[] = {"error", "warn", "info", "debug",
					    NULL}; // enum log_level
static const char *const format_choices[] = {"json", "text", NULL}; // enum log_format

static const char *word_check(const void *field)
{
	const char *text = *(char *const *)field;
	size_t len =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return text[len] ? "letters, digits, '.', '_' and '-'" : NULL;
}

static const char *http_check(const void *field)
{
	const char *text = *(char *const *)field;
	struct net_endpoint e;

	if (!text[0] || (!net_endpoint_parse(&e, text) && e.port))
		return NULL;
	return "ADDRESS:PORT such as 127.0.0.1:9478 or [::1]:9478, or \"\" for none";
}

static const char *url_check(const void *field)
{
	const char *text = *(char *const *)field;

	if (!text[0] || !strncmp(text, "https://", 8) || !strncmp(text, "http://", 7))
		return NULL;
	return "an address such as https://backend.example/turnpike, or \"\" for none";
}

static const char *event_check(const void *field)
{
	return api_event_set(*(char *const *)field) ? NULL
						    : "an event such as allocated, or one of "
						      "allocation, room, player, auth, drain, node";
}

static const char *socket_check(const void *field)
{
	const char *text = *(char *const *)field;

	return text[0] && text[0] != '/' ? "a whole path such as /run/turnpike/control.sock" : NULL;
}

static const char *directory_check(const void *field)
{
	const char *text = *(char *const *)field;

	return text[0] != '/' ? "a whole path such as /var/lib/turnpike/captures" : NULL;
}

static const char *allow_check(const void *field)
{
	struct net_prefix p;

	return net_prefix_parse(&p, *(char *const *)field)
		       ? "an address or a prefix such as 198.18.70.0/24 or 2001:2::/64"
		       : NULL;
}

static const char *deny_check(const void *field)
{
	if (!strcmp(*(char *const *)field, "default") || !allow_check(field))
		return NULL;
	return "default, an address or a prefix such as 198.18.70.0/24 or 2001:2::/64";
}

static const char *host_check(const void *field)
{
	const struct net_addr *a = field;
	bool host = !net_addr_is_unspecified(a) && !net_addr_is_multicast(a) &&
		    !net_addr_is_loopback(a) && !net_addr_is_broadcast(a);

	return host ? NULL : "the address of one host";
}

static const char *prefix_check(const void *field)
{
	const struct net_prefix *p = field;

	return host_check(&p->addr);
}

static const char *algorithm_check(const void *field)
{
	return token_algorithm_check(*(char *const *)field);
}

static const char *origin_check(const void *field)
{
	const char *text = *(char *const *)field, *host = strstr(text, "://");
	bool good = host && host > text && host[3] && !strpbrk(host + 3, "/?#@ ");

	return good || !strcmp(text, "*") ? NULL : "an origin such as https://game.example, or *";
}

static const char *udp_check(const void *field)
{
	const struct conf_listen *l = field;

	return l->transport == CONF_UDP ? NULL : "udp:PORT, as players send nothing else";
}

static const struct conf_row node_rows[] = {
	{"name", CONF_TEXT, AT(node.name), .fallback = "edge1", WITHIN(1, 64), .check = word_check,
	 .help = "Name of this relay, in its status and logs"},
	{"region", CONF_TEXT, AT(node.region), .fallback = "local", WITHIN(1, 64),
	 .check = word_check, .help = "Where it stands, in its status"},
	{0},
};

static const struct conf_row cores_rows[] = {
	{"control", CONF_U32, AT(cores.control), WITHIN(0, 1023),
	 .help = "CPU of the control lane"},
	{"workers", CONF_U32, AT(cores.workers), ITEMS(1, WORKERS_MAX), .fallback = "[1]",
	 WITHIN(0, 1023), .help = "CPUs of the workers that move packets, one each"},
	{"audio", CONF_U32, AT(cores.audio), ITEMS(0, WORKERS_MAX), WITHIN(0, 1023),
	 .help = "CPUs that mix audio; none: no mixing"},
	{"idle", CONF_CHOICE, AT(cores.idle), .fallback = "pause", .choices = idle_choices,
	 .help = "What a worker without packets does: poll burns the CPU for the least delay, "
		 "pause spares its "
		 "sibling, sleep lets others have it"},
	{0},
};

static const struct conf_row memory_rows[] = {
	{"hugepages", CONF_BOOL, AT(memory.hugepages), .fallback = "true",
	 .help = "2 MB pages; false takes ordinary ones, which is slower"},
	{"megabytes", CONF_U32, AT(memory.megabytes), .fallback = "512", WITHIN(64, 1048576),
	 .unit = "MB", .help = "Memory of packets and tables"},
	{0},
};

static const struct conf_row port_rows[] = {
	{"name", CONF_TEXT, PORT_AT(name), .required = true, WITHIN(1, 32), .check = word_check,
	 .help = "a name for the port, as metrics and logs have it"},
	{"device", CONF_TEXT, PORT_AT(device), .required = true, WITHIN(1, 255),
	 .help = "a DPDK device: a PCI address such as 0000:3b:00.0, or net_af_xdp0,iface=NAME"},
	{"addresses", CONF_PREFIX, PORT_AT(addresses), ITEMS(1, PORT_ADDRESSES_MAX),
	 .required = true, .check = prefix_check,
	 .help = "its addresses with prefix lengths, such as [198.18.0.1/16]"},
	{"gateways", CONF_ADDR, PORT_AT(gateways), ITEMS(0, 2), .check = host_check,
	 .help = "Where all that is not on a link goes; at most one of each family"},
	{"queues", CONF_U32, PORT_AT(queues), .fallback = "1", WITHIN(1, PORT_QUEUES_MAX),
	 .help = "Receive queues, spread over the workers"},
	{"mtu", CONF_U32, PORT_AT(mtu), .fallback = "1500", WITHIN(1280, 9000), .unit = "bytes",
	 .help = "Largest IP packet"},
	{"vlan", CONF_U32, PORT_AT(vlan), WITHIN(0, 4094),
	 .help = "VLAN of all frames; 0: untagged"},
	{0},
};

static const struct conf_row control_rows[] = {
	{"socket", CONF_TEXT, AT(control.socket), .fallback = "/run/turnpike/control.sock",
	 WITHIN(1, 107), .check = socket_check,
	 .help = "Control socket with full rights, for root and the group"},
	{"read_socket", CONF_TEXT, AT(control.read_socket), .fallback = "/run/turnpike/read.sock",
	 WITHIN(0, 107), .check = socket_check, .help = "Socket that only shows; \"\": none"},
	{"group", CONF_TEXT, AT(control.group), .fallback = "turnpike", WITHIN(1, 64),
	 .help = "Group that may use the control socket"},
	{0},
};

static const struct conf_row http_rows[] = {
	{"listen", CONF_TEXT, AT(http.listen), .fallback = "127.0.0.1:9478", .check = http_check,
	 .help = "Kernel socket of metrics, health and WHIP, on the management network; \"\": "
		 "none"},
	{0},
};

static const struct conf_row log_rows[] = {
	{"level", CONF_CHOICE, AT(log.level), .fallback = "info", .choices = level_choices,
	 .help = "Least grave events that are logged"},
	{"format", CONF_CHOICE, AT(log.format), .fallback = "json", .choices = format_choices,
	 .help = "A line an event, to standard error"},
	{0},
};

static const struct conf_row webhook_rows[] = {
	{"url", CONF_TEXT, AT(events.webhook.url), WITHIN(0, 2048), .check = url_check,
	 .help = "Where events are posted, such as https://backend.example/turnpike; \"\": "
		 "nowhere"},
	{"secret", CONF_TEXT, AT(events.webhook.secret), .secret = true, WITHIN(0, CONF_VALUE_MAX),
	 .help = "Signs each post: Turnpike-Signature is t=SECONDS,v1=HMAC-SHA256 of SECONDS.BODY"},
	{"secret_file", CONF_FILE, AT(events.webhook.secret), .secret = true,
	 .help = "File that holds it"},
	{"kinds", CONF_TEXT, AT(events.webhook.kinds), LIST, .check = event_check,
	 .help = "Events, or groups of them, that are posted; none: all"},
	{"timeout_s", CONF_U32, AT(events.webhook.timeout_s), .fallback = "10", WITHIN(1, 60),
	 .unit = "seconds", .help = "Of one attempt"},
	{0},
};

static const struct conf_row events_rows[] = {
	{"webhook", CONF_MAP, .rows = webhook_rows, .help = "Events by HTTP to a backend"},
	{0},
};

static const struct conf_row capture_rows[] = {
	{"directory", CONF_TEXT, AT(capture.directory), .fallback = "/var/lib/turnpike/captures",
	 WITHIN(1, 255), .check = directory_check,
	 .help = "Where capture.start may write its files, and nowhere else"},
	{0},
};

static const struct conf_row user_rows[] = {
	{"name", CONF_TEXT, .offset = offsetof(struct user_settings, name), .required = true,
	 WITHIN(1, STUN_USERNAME_MAX), .help = "the user's name"},
	{"password", CONF_TEXT, .offset = offsetof(struct user_settings, password),
	 .required = true, .secret = true, WITHIN(1, CONF_VALUE_MAX),
	 .help = "write password, or password_file"},
	{"password_file", CONF_FILE, .offset = offsetof(struct user_settings, password),
	 .required = true, .secret = true, .help = "write password, or password_file"},
	{0},
};

static const struct conf_row limit_rows[] = {
	{"allocations", CONF_U32, AT(turn.limits.allocations), .fallback = "100000",
	 WITHIN(1, 4000000), .help = "Allocations at one time"},
	{"allocations_per_user", CONF_U32, AT(turn.limits.allocations_per_user), WITHIN(0, 4000000),
	 .help = "Of these, of one user; 0: any number"},
	{"bits_per_second", CONF_U64, AT(turn.limits.bits_per_second), WITHIN(0, 1000000000000u),
	 .unit = "also 64k, 4M, 1G", .help = "Of one allocation, each way; 0: no bound"},
	{0},
};

static const struct conf_row lifetime_rows[] = {
	{"default", CONF_U32, AT(turn.lifetimes.default_), .fallback = "600", WITHIN(1, 86400),
	 .unit = "seconds", .help = "Of an allocation whose client asks for less or nothing"},
	{"maximum", CONF_U32, AT(turn.lifetimes.maximum), .fallback = "3600", WITHIN(1, 86400),
	 .unit = "seconds", .help = "Longest that a client may ask for"},
	{"permission", CONF_U32, AT(turn.lifetimes.permission), .fallback = "300", WITHIN(1, 86400),
	 .unit = "seconds", .help = "Of a permission; RFC 8656 says 300"},
	{"channel", CONF_U32, AT(turn.lifetimes.channel), .fallback = "600", WITHIN(1, 86400),
	 .unit = "seconds", .help = "Of a channel binding; RFC 8656 says 600"},
	{0},
};

static const struct conf_row turn_rows[] = {
	{"realm", CONF_TEXT, AT(turn.realm), .fallback = "turnpike.test", WITHIN(1, STUN_REALM_MAX),
	 .help = "Realm of the credentials"},
	{"listen", CONF_LISTEN, AT(turn.listen), ITEMS(1, TURN_LISTEN_MAX),
	 .fallback = "[\"udp:3478\"]",
	 .help = "Where clients come in, on all addresses of all ports"},
	{"relay_addresses", CONF_ADDR, AT(turn.relay_addresses), ITEMS(0, TURN_RELAYS_MAX),
	 .check = host_check,
	 .help = "Addresses that clients are given; none: the one that they reached"},
	{"relay_ports", CONF_RANGE, AT(turn.relay_ports), .fallback = "49152-65535",
	 WITHIN(1024, 65535), .help = "Ports that clients are given"},
	{"users", CONF_MAP, AT(turn.users), LIST, .rows = user_rows,
	 .item_size = sizeof(struct user_settings), .help = "Users with lasting passwords"},
	{"shared_secrets", CONF_TEXT, AT(turn.shared_secrets), LIST, .secret = true,
	 WITHIN(1, CONF_VALUE_MAX),
	 .help = "Secrets of time-limited credentials (\"EXPIRY:NAME\")"},
	{"shared_secret_files", CONF_FILE, AT(turn.shared_secret_files), LIST,
	 .help = "Files that hold one more such secret each"},
	{"allow_peers", CONF_TEXT, AT(turn.allow_peers), LIST, .check = allow_check,
	 .help = "Peers that may be reached although deny_peers holds them"},
	{"deny_peers", CONF_TEXT, AT(turn.deny_peers), LIST, .fallback = "[default]",
	 .check = deny_check,
	 .help = "Peers that may not be reached; default: loopback, private, link-local, multicast "
		 "and such"},
	{"limits", CONF_MAP, .rows = limit_rows, .help = "Quotas"},
	{"legacy_channels", CONF_BOOL, AT(turn.legacy_channels),
	 .help = "Also channel numbers 0x5000 to 0x7FFF, as RFC 5766 had them"},
	{"lifetimes", CONF_MAP, .rows = lifetime_rows, .help = "How long things live"},
	{"credential_ttl", CONF_U32, AT(turn.credential_ttl), .fallback = "600",
	 WITHIN(1, API_TTL_MAX_S), .unit = "seconds",
	 .help = "How long a credential is good that credential.issue gives for a token"},
	{"dscp", CONF_U32, AT(turn.dscp), .fallback = "46", WITHIN(0, 63),
	 .help = "DSCP for relayed datagrams that arrive unmarked; 0 leaves them"},
	{0},
};

static const struct conf_row key_rows[] = {
	{"id", CONF_TEXT, .offset = offsetof(struct key_settings, id), .required = true,
	 WITHIN(1, 64), .help = "the key's name, as tokens have it"},
	{"algorithm", CONF_TEXT, .offset = offsetof(struct key_settings, algorithm),
	 .fallback = "HS256", .check = algorithm_check,
	 .help = "How tokens are signed: HS256, or ES256 with the PEM of a P-256 key as secret"},
	{"secret", CONF_TEXT, .offset = offsetof(struct key_settings, secret), .required = true,
	 .secret = true, WITHIN(1, CONF_VALUE_MAX), .help = "write secret, or secret_file"},
	{"secret_file", CONF_FILE, .offset = offsetof(struct key_settings, secret),
	 .required = true, .secret = true, .help = "write secret, or secret_file"},
	{0},
};

static const struct conf_row token_rows[] = {
	{"keys", CONF_MAP, AT(voice.tokens.keys), ITEMS(0, VOICE_KEYS_MAX), .rows = key_rows,
	 .item_size = sizeof(struct key_settings),
	 .help = "Keys that may have signed a player's token"},
	{0},
};

static const struct conf_row voice_rows[] = {
	{"listen", CONF_LISTEN, AT(voice.listen), ITEMS(0, TURN_LISTEN_MAX),
	 .fallback = "[\"udp:5004\"]", .check = udp_check, .help = "Where all players come in"},
	{"tokens", CONF_MAP, .rows = token_rows, .help = "Who may join"},
	{"speakers", CONF_U32, AT(voice.speakers), .fallback = "3", WITHIN(1, 64),
	 .help = "How many voices of a room are sent to a listener"},
	{"public_addresses", CONF_ADDR, AT(voice.public_addresses), ITEMS(0, 2),
	 .item_size = sizeof(struct net_addr),
	 .help = "What players are told instead of the ports' addresses, one of a family: behind a "
		 "1:1 NAT"},
	{"origins", CONF_TEXT, AT(voice.origins), ITEMS(0, VOICE_ORIGINS_MAX),
	 .fallback = "[\"*\"]", .check = origin_check,
	 .help = "Web pages that may join by the HTTP door (CORS): scheme and host, or *; a token "
		 "is wanted all the same"},
	{0},
};

static const struct conf_row tls_rows[] = {
	{"certificate", CONF_PATH, AT(tls.certificate),
	 .help = "File of the certificate chain (PEM)"},
	{"key", CONF_PATH, AT(tls.key), .help = "File of its private key (PEM)"},
	{0},
};

const struct conf_row settings_rows[] = {
	{"node", CONF_MAP, .rows = node_rows, .help = "Who this relay is"},
	{"cores", CONF_MAP, .rows = cores_rows, .help = "Which CPU does what"},
	{"memory", CONF_MAP, .rows = memory_rows, .help = "Memory taken at start"},
	{"ports", CONF_MAP, AT(ports), ITEMS(1, PORTS_MAX), .required = true, .rows = port_rows,
	 .item_size = sizeof(struct port_settings),
	 .help = "a list of ports, each with name, device and addresses"},
	{"control", CONF_MAP, .rows = control_rows, .help = "Sockets of turnpikectl"},
	{"http", CONF_MAP, .rows = http_rows, .help = "Metrics and health"},
	{"log", CONF_MAP, .rows = log_rows, .help = "What is logged"},
	{"events", CONF_MAP, .rows = events_rows, .help = "Who is told what happens"},
	{"capture", CONF_MAP, .rows = capture_rows, .help = "Packets of a running relay in files"},
	{"turn", CONF_MAP, .rows = turn_rows, .help = "TURN (RFC 8656)"},
	{"voice", CONF_MAP, .rows = voice_rows, .help = "Voice rooms"},
	{"tls", CONF_MAP, .rows = tls_rows, .help = "For turn.listen with tls or dtls"},
	{0},
};

void settings_free(struct settings *s)
{
	conf_free(s, settings_rows);
}
