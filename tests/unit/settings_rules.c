// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/limits.h"
#include "settings.h"

// Rules across keys: each text is put behind a port that is right.

#define PORT "ports: [{name: wan, device: x, addresses: [198.18.0.1/16, '2001:2::1/64']}]\n"

static int text_read(const char *text, struct settings *s, struct conf_mistakes *m)
{
	struct conf_source src = {.text = text, .len_bytes = strlen(text), .check = settings_check};

	*m = (struct conf_mistakes){0};
	return conf_read(s, settings_rows, &src, m);
}

static void takes(const char *text)
{
	struct settings s;
	struct conf_mistakes m;
	int err = text_read(text, &s, &m);

	settings_report("takes", &m);
	assert_int_equal(err, 0);
	conf_mistakes_free(&m);
	settings_free(&s);
}

static void refuses(const char *text, unsigned line, const char *key, const char *part)
{
	struct settings s;
	struct conf_mistakes m;

	assert_int_equal(text_read(text, &s, &m), -EINVAL);
	if (m.n != 1)
		settings_report("refuses", &m);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.at[0].key, key);
	assert_int_equal(m.at[0].line, line);
	if (!strstr(m.at[0].text, part))
		fail_msg("`%s` is not in: %s", part, m.at[0].text);
	conf_mistakes_free(&m);
}

static void test_ports(void **state)
{
	(void)state;
	refuses("node: {name: a}", 1, "ports", "is missing");
	refuses("ports: []", 1, "ports", "write at least 1");
	refuses("ports: ~", 1, "ports", "is empty");
	refuses("ports:\n- {name: a, device: x, addresses: []}", 2, "ports[0].addresses",
		"at least 1");
	refuses("ports:\n- {name: a, device: x}", 2, "ports[0].addresses", "is missing");
	refuses("ports:\n- {name: a, addresses: [198.18.0.1/16]}", 2, "ports[0].device",
		"is missing");
	refuses("ports:\n- {name: a b, device: x, addresses: [198.18.0.1/16]}", 2, "ports[0].name",
		"letters");
	refuses("ports:\n- {name: a, device: x, addresses: [224.0.0.1/16]}", 2,
		"ports[0].addresses[0]", "one host");
	refuses("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16], mtu: 1279}", 2,
		"ports[0].mtu", "1280 to 9000");
	takes("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16], mtu: 9000, vlan: 4094}");
}

static void test_ports_differ(void **state)
{
	(void)state;
	takes("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16]}\n"
	      "- {name: b, device: y, addresses: [198.19.0.1/16]}");
	refuses("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16]}\n"
		"- {name: a, device: y, addresses: [198.19.0.1/16]}",
		3, "ports[1].name", "`a`");
	refuses("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16]}\n"
		"- {name: b, device: x, addresses: [198.19.0.1/16]}",
		3, "ports[1].device", "`x`");
	refuses("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16]}\n"
		"- {name: b, device: y, addresses: [198.19.0.1/16, 198.18.0.1/24]}",
		3, "ports[1].addresses[1]", "port `a` already");
	refuses("ports:\n- {name: a, device: x, addresses: [198.18.0.1/16, 198.18.0.1/15]}", 2,
		"ports[0].addresses[1]", "already");
}

static void test_gateways(void **state)
{
	(void)state;
	takes("ports:\n- name: a\n  device: x\n  addresses: [198.18.0.1/16, '2001:2::1/64']\n"
	      "  gateways: [198.18.255.254, '2001:2::ff']");
	refuses("ports:\n- name: a\n  device: x\n  addresses: [198.18.0.1/16]\n  gateways: "
		"[198.19.0.1]",
		5, "ports[0].gateways[0]", "no link");
	refuses("ports:\n- name: a\n  device: x\n  addresses: [198.18.0.1/16]\n  gateways: "
		"['2001:2::ff']",
		5, "ports[0].gateways[0]", "no link");
	refuses("ports:\n- name: a\n  device: x\n  addresses: [198.18.0.1/16]\n"
		"  gateways: [198.18.0.2, 198.18.0.3]",
		5, "ports[0].gateways[1]", "second gateway for IPv4");
	refuses("ports:\n- name: a\n  device: x\n  addresses: [198.18.0.1/16]\n  gateways: "
		"[198.18.0.1]",
		5, "ports[0].gateways[0]", "itself");
	// One mistake has one line: what hangs on the wrong address is not told as well.
	refuses("ports:\n- name: a\n  device: x\n  addresses: [198.18.0.300/16]\n  gateways: "
		"[198.18.0.1]",
		4, "ports[0].addresses[0]", "not an address");
}

static void test_addresses_in_all(void **state)
{
	static char text[32768] = "ports:\n";
	size_t len = strlen(text);

	(void)state;
	for (unsigned p = 0; p < 5; p++) {
		len += (size_t)snprintf(text + len, sizeof text - len,
					"- {name: p%u, device: d%u, addresses: [", p, p);
		for (unsigned i = 0; i < 13; i++)
			len += (size_t)snprintf(text + len, sizeof text - len, "198.18.%u.%u/32,",
						p, i);
		len += (size_t)snprintf(text + len, sizeof text - len, "]}\n");
	}
	refuses(text, 1, "ports", "65 addresses together; write at most 64");
}

static void test_cores(void **state)
{
	char text[256];
	long count = sysconf(_SC_NPROCESSORS_CONF);

	(void)state;
	takes(PORT "cores: {control: 0, workers: [0], idle: sleep}");
	refuses(PORT "cores: {control: 0, workers: [0]}", 2, "cores.workers[0]",
		"is cores.control too");
	refuses(PORT "cores: {idle: sleep, workers: [0, 0]}", 2, "cores.workers[1]",
		"has a worker already");
	refuses(PORT "cores: {idle: sleep, workers: [0], audio: [0]}", 2, "cores.audio[0]",
		"taken");
	refuses(PORT "cores: {workers: []}", 2, "cores.workers", "at least 1");
	snprintf(text, sizeof text, PORT "cores: {idle: sleep, control: %ld, workers: [0]}", count);
	refuses(text, 2, "cores.control", "there is no CPU");
	snprintf(text, sizeof text, PORT "cores: {idle: sleep, workers: [0,\n  %ld]}", count);
	refuses(text, 3, "cores.workers[1]", "there is no CPU");
}

static void test_turn_ports(void **state)
{
	(void)state;
	takes(PORT "turn: {listen: ['udp:3478', 'tcp:3478', 'udp:3479']}");
	takes(PORT "turn: {listen: ['udp:3478', 'tcp:50000']}"); // relays are of UDP
	takes(PORT "turn: {relay_ports: 1024-3477}");
	refuses(PORT "turn: {listen: ['udp:3478', 'udp:3478']}", 2, "turn.listen[1]", "twice");
	refuses(PORT "turn: {listen: ['udp:5004']}", 2, "turn.listen[0]", "voice.listen");
	refuses(PORT "turn:\n  listen: ['udp:50000']", 2, "turn.relay_ports",
		"50000 of turn.listen");
	refuses(PORT "turn: {relay_ports: 1024-3478}", 2, "turn.relay_ports",
		"3478 of turn.listen");
	refuses(PORT "turn: {relay_ports: 4000-6000}", 2, "turn.relay_ports",
		"5004 of voice.listen");
	refuses(PORT "turn: {relay_ports: 1023-2000}", 2, "turn.relay_ports", "1024-65535");
	refuses(PORT "voice: {listen: ['udp:5004', 'udp:5004']}", 2, "voice.listen[1]", "twice");
}

static void test_turn(void **state)
{
	(void)state;
	takes(PORT "turn: {lifetimes: {default: 3600}}");
	takes(PORT "turn: {relay_addresses: ['2001:2::1']}");
	takes(PORT "turn: {allow_peers: [10.0.0.1, 'fd00::/8'], deny_peers: []}");
	takes(PORT "turn: {limits: {bits_per_second: 64k}, users: [{name: a, password: b}]}");
	refuses(PORT "turn: {lifetimes: {default: 3601}}", 2, "turn.lifetimes.default", "3600");
	refuses(PORT "turn: {lifetimes: {maximum: 599}}", 2, "turn.lifetimes.default",
		"600 seconds");
	refuses(PORT "turn: {relay_addresses: [198.18.0.2]}", 2, "turn.relay_addresses[0]",
		"no port's");
	refuses(PORT "turn: {relay_addresses: [198.18.0.1, 198.18.0.1]}", 2,
		"turn.relay_addresses[1]", "twice");
	refuses(PORT "turn: {allow_peers: [default]}", 2, "turn.allow_peers[0]", "`default`");
	refuses(PORT "turn:\n  users:\n  - {name: b, password: x}\n  - {name: a, password: x}\n"
		     "  - {name: b, password: y}",
		6, "turn.users[2].name", "`b` is there twice");
	refuses(PORT "turn:\n  users:\n  - {name: b, password: x, password_file: y}", 4,
		"turn.users[0].password_file", "keep one");
	refuses(PORT "turn:\n  users:\n  - {name: b}", 4, "turn.users[0].password",
		"password_file");
	refuses(PORT "turn:\n  users:\n  - {name: b, password: ''}", 4, "turn.users[0].password",
		"too short");
}

static void test_others(void **state)
{
	(void)state;
	takes(PORT "http: {listen: ''}\ncontrol: {read_socket: ''}");
	takes(PORT "voice: {listen: []}");
	refuses(PORT "http: {listen: '127.0.0.1:0'}", 2, "http.listen", "ADDRESS:PORT");
	refuses(PORT "control: {socket: /a, read_socket: /a}", 2, "control.read_socket",
		"another path");
	refuses(PORT "control: {socket: ''}", 2, "control.socket", "too short");
	refuses(PORT "voice: {tokens: {keys: [{id: a, secret: b}, {id: a, secret: c}]}}", 2,
		"voice.tokens.keys[1].id", "another key's");
	refuses(PORT "voice: {tokens: {keys: [{id: a, algorithm: EdDSA, secret: b}]}}", 2,
		"voice.tokens.keys[0].algorithm", "has no EdDSA");
	refuses(PORT "voice: {tokens: {keys: [{id: a, algorithm: ES256, secret: b}]}}", 2,
		"voice.tokens.keys[0].secret", "the PEM text of a P-256 key");
	takes(PORT "voice: {tokens: {keys: [{id: a, algorithm: ES256, secret: \""
		   "-----BEGIN PUBLIC KEY-----\\n"
		   "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEow307RH88nO0sWFIXtCtXZqH13e4\\n"
		   "9Fv4k8yQjLqlS9zN1rlX6k+CxTC/UAk0rJKukFlPNBT5ey3b9fA7DJxtDg==\\n"
		   "-----END PUBLIC KEY-----\\n\"}]}}");
}

#define WEBHOOK(facts) PORT "events: {webhook: {" facts "}}"

static void test_webhook(void **state)
{
	(void)state;
	takes(WEBHOOK("url: ''"));
	takes(WEBHOOK("url: 'https://a.example/x', secret: s, kinds: [auth, expired]"));
	refuses(WEBHOOK("url: 'https://a.example/x'"), 2, "events.webhook.secret", "is missing");
	refuses(WEBHOOK("url: 'ftp://a.example/x', secret: s"), 2, "events.webhook.url",
		"https://");
	refuses(WEBHOOK("kinds: [alocated]"), 2, "events.webhook.kinds[0]", "allocated");
	refuses(WEBHOOK("timeout_s: 0"), 2, "events.webhook.timeout_s", "1 to 60");
}

static void test_tls(void **state)
{
	struct settings s;
	struct conf_mistakes m;

	(void)state;
	takes(PORT "tls: {certificate: /nowhere, key: /nowhere}"); // none listens
	takes(PORT "turn: {listen: ['tls:5349']}\ntls: {certificate: /etc/hostname, key: "
		   "/etc/hostname}");
	refuses(PORT
		"turn: {listen: ['dtls:5349']}\ntls: {certificate: /etc/hostname, key: /no/key}",
		3, "tls.key", "No such file");
	assert_int_equal(text_read(PORT "turn: {listen: ['tls:5349']}", &s, &m), -EINVAL);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.at[0].key, "tls.certificate");
	assert_string_equal(m.at[1].key, "tls.key");
	conf_mistakes_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),    cmocka_unit_test(test_ports_differ),
		cmocka_unit_test(test_gateways), cmocka_unit_test(test_addresses_in_all),
		cmocka_unit_test(test_cores),    cmocka_unit_test(test_turn_ports),
		cmocka_unit_test(test_turn),     cmocka_unit_test(test_others),
		cmocka_unit_test(test_tls),      cmocka_unit_test(test_webhook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
