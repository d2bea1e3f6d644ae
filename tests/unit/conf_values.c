// SPDX-License-Identifier: Apache-2.0
#include "conf_table.h"

static void test_defaults(void **state)
{
	static const char *const nothing[] = {
		"", "---\n", "{}", "~", "# only this\n", "text:\nmap:\nnumber: ~\nnumbers: null\n"};

	(void)state;
	for (unsigned i = 0; i < sizeof nothing / sizeof nothing[0] - 1; i++) {
		struct table t = table_of(nothing[i]);

		assert_true(t.flag);
		assert_int_equal(t.number, 20);
		assert_int_equal(t.wide, 0);
		assert_int_equal(t.word, 1);
		assert_string_equal(t.content, "");
		assert_string_equal(t.path, "");
		assert_int_equal(t.range.low, 10);
		assert_int_equal(t.range.high, 20);
		assert_int_equal(t.listen.transport, CONF_UDP);
		assert_int_equal(t.listen.port, 3478);
		assert_int_equal(t.map.within.deep, 5);
		assert_int_equal(t.numbers.n, 2);
		assert_int_equal(t.numbers.at[1], 2);
		assert_null(t.texts.at);
		assert_int_equal(t.items.n, 0);
		conf_free(&t, table_rows);
	}
}

static void test_bool(void **state)
{
	static const char *const yes[] = {"true", "yes", "on", "y", "Yes", "TRUE", "\"true\""};
	static const char *const no[] = {"false", "no", "off", "n", "No", "OFF"};
	char text[64];

	(void)state;
	for (unsigned i = 0; i < 7; i++) {
		snprintf(text, sizeof text, "flag: %s", yes[i]);
		struct table t = table_of(text);
		assert_true(t.flag);
		conf_free(&t, table_rows);
	}
	for (unsigned i = 0; i < 6; i++) {
		snprintf(text, sizeof text, "flag: %s", no[i]);
		struct table t = table_of(text);
		assert_false(t.flag);
		conf_free(&t, table_rows);
	}
	table_refuses("flag: perhaps", 1, "flag", "`perhaps`");
	table_refuses("flag: 1", 1, "flag", "write true or false");
	table_refuses("flag: \"\"", 1, "flag", "write true or false");
}

static void test_numbers(void **state)
{
	struct table t = table_of("number: 30\nwide: 4294967295\nrate: 18446744073709551615\n");

	(void)state;
	assert_int_equal(t.number, 30);
	assert_int_equal(t.wide, UINT32_MAX);
	assert_true(t.rate == UINT64_MAX);
	conf_free(&t, table_rows);
	table_refuses("number: 8", 1, "number", "a number from 10 to 30");
	table_refuses("number: 32", 1, "number", "out of range");
	table_refuses("number: 13", 1, "number", "write an even one");
	table_refuses("number: -12", 1, "number", "not a number");
	table_refuses("number: 0x14", 1, "number", "not a number");
	table_refuses("number: 024", 1, "number", "not a number");
	table_refuses("number: 20.0", 1, "number", "not a number");
	table_refuses("number: 2_0", 1, "number", "not a number");
	table_refuses("number: '20 '", 1, "number", "not a number");
	table_refuses("wide: 4294967296", 1, "wide", "out of range");
	table_refuses("wide: 4k", 1, "wide", "not a number");
	table_refuses("wide: 99999999999999999999999999", 1, "wide", "out of range");
	table_refuses("map: {within: {deep: 10}}", 1, "map.within.deep", "from 1 to 9 (miles)");
}

static void check_rate(const char *text, uint64_t want)
{
	struct table t = table_of(text);

	assert_true(t.rate == want);
	conf_free(&t, table_rows);
}

static void test_suffixes(void **state)
{
	(void)state;
	check_rate("rate: 10k", 10000);
	check_rate("rate: 4M", 4000000);
	check_rate("rate: 1G", 1000000000);
	table_refuses("rate: 10K", 1, "rate", "not a number");
	table_refuses("rate: 10kk", 1, "rate", "not a number");
	table_refuses("rate: k", 1, "rate", "not a number");
	table_refuses("rate: 18446744073709551G", 1, "rate", "out of range");
}

static void test_texts(void **state)
{
	struct table t =
		table_of("text: no\ntexts: ['~', 12, \"\", \"a\\tb\", true]\nsecrets: [sixsix]\n"
			 "word: blue\n");
	const char *const want[] = {"~", "12", "", "a\tb", "true"};

	(void)state;
	assert_string_equal(t.text, "no");
	assert_int_equal(t.texts.n, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_string_equal(t.texts.at[i], want[i]);
	assert_string_equal(t.secrets.at[0], "sixsix");
	assert_int_equal(t.word, 2);
	conf_free(&t, table_rows);
	table_refuses("text: \"a\\0b\"", 1, "text", "has a NUL within");
	table_refuses("word: mauve", 1, "word", "write red, green or blue");
	table_refuses("texts: [a, , b]", 1, "", "is not YAML");
	table_refuses("texts: [a, ~]", 1, "texts[1]", "is empty");
}

static void test_addresses(void **state)
{
	struct table t = table_of("addr: 2001:2::1\nprefix: 198.18.0.1/16\nendpoint: '[::1]:80'\n");
	char text[NET_TEXT_MAX];

	(void)state;
	assert_string_equal(net_addr_format(&t.addr, text), "2001:2::1");
	assert_string_equal(net_prefix_format(&t.prefix, text), "198.18.0.1/16");
	assert_string_equal(net_endpoint_format(&t.endpoint, text), "[::1]:80");
	conf_free(&t, table_rows);
	table_refuses("addr: 198.18.0", 1, "addr", "is not an address");
	table_refuses("prefix: 198.18.0.1", 1, "prefix", "has no prefix length");
	table_refuses("prefix: 198.18.0.1/33", 1, "prefix", "such as 198.18.0.1/16");
	table_refuses("endpoint: 127.0.0.1", 1, "endpoint", "such as 127.0.0.1:9478");
}

static void test_ranges(void **state)
{
	struct table t = table_of("range: 1-99");

	(void)state;
	assert_int_equal(t.range.low, 1);
	assert_int_equal(t.range.high, 99);
	conf_free(&t, table_rows);
	table_refuses("range: 30-20", 1, "range", "runs backwards");
	table_refuses("range: 0-20", 1, "range", "within 1-99");
	table_refuses("range: 1-100", 1, "range", "out of range");
	table_refuses("range: 5", 1, "range", "is not a range");
	table_refuses("range: 1-2-3", 1, "range", "is not a range");
	table_refuses("range: -2", 1, "range", "is not a range");
	table_refuses("range: 1-18446744073709551617", 1, "range", "out of range");
}

static void check_listen(const char *text, uint32_t transport, uint32_t port)
{
	struct table t = table_of(text);

	assert_int_equal(t.listen.transport, transport);
	assert_int_equal(t.listen.port, port);
	conf_free(&t, table_rows);
}

static void test_listen(void **state)
{
	(void)state;
	check_listen("listen: udp:1", CONF_UDP, 1);
	check_listen("listen: tcp:80", CONF_TCP, 80);
	check_listen("listen: tls:443", CONF_TLS, 443);
	check_listen("listen: dtls:65535", CONF_DTLS, 65535);
	table_refuses("listen: quic:443", 1, "listen", "udp:PORT");
	table_refuses("listen: udp:0", 1, "listen", "port 1 to 65535");
	table_refuses("listen: udp:65536", 1, "listen", "port 1 to 65535");
	table_refuses("listen: udp", 1, "listen", "`udp`");
	table_refuses("listen: 'udp: 5'", 1, "listen", "`udp: 5`");
}

static void test_items(void **state)
{
	struct table t =
		table_of("items:\n  - {name: a, secret: abcd}\n  - name: b\n    weight: 9\n"
			 "    secret: efgh\n");

	(void)state;
	assert_int_equal(t.items.n, 2);
	assert_string_equal(t.items.at[0].name, "a");
	assert_int_equal(t.items.at[0].weight, 7);
	assert_string_equal(t.items.at[1].secret, "efgh");
	assert_int_equal(t.items.at[1].weight, 9);
	conf_free(&t, table_rows);
	assert_null(t.items.at);
	conf_free(&t, table_rows); // zeros are fine
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_bool),
		cmocka_unit_test(test_numbers),  cmocka_unit_test(test_suffixes),
		cmocka_unit_test(test_texts),    cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ranges),   cmocka_unit_test(test_listen),
		cmocka_unit_test(test_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
