// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "base/base.h"
#include "settings.h"

#define EXAMPLE ROOT "/config/turnpike.yaml"

static void example_load(struct settings *s)
{
	struct conf_mistakes m = {0};
	int err = settings_load(s, EXAMPLE, &m);

	settings_report(EXAMPLE, &m);
	conf_mistakes_free(&m);
	assert_int_equal(err, 0);
}

static void test_has_no_mistakes(void **state)
{
	struct settings s;
	char text[NET_TEXT_MAX];

	(void)state;
	example_load(&s);
	assert_int_equal(s.ports.n, 1);
	assert_string_equal(s.ports.at[0].device, "net_af_xdp0,iface=vs");
	assert_string_equal(net_prefix_format(&s.ports.at[0].addresses.at[1], text),
			    "2001:2::1/64");
	assert_string_equal(net_addr_format(&s.ports.at[0].gateways.at[0], text), "198.18.0.254");
	assert_int_equal(s.cores.workers.at[0], 1);
	assert_string_equal(s.turn.users.at[0].password, "secret");
	assert_string_equal(s.turn.shared_secrets.at[0], "s3cret");
	assert_string_equal(s.voice.tokens.keys.at[0].secret, "s3cret");
	assert_string_equal(s.tls.key, "");
	settings_free(&s);
}

static const yaml_node_t *child(yaml_document_t *d, const yaml_node_t *map, const char *key)
{
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++)
		if (!strcmp((char *)yaml_document_get_node(d, p->key)->data.scalar.value, key))
			return yaml_document_get_node(d, p->value);
	return NULL;
}

// A *_file key stands in a comment, beside the key that it replaces.
static bool in_comment(const char *text, const char *key)
{
	char want[64];

	snprintf(want, sizeof want, " %s: ", key);
	for (const char *at = text; (at = strstr(at, want)); at++) {
		const char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		if (line[strspn(line, " ")] == '#')
			return true;
	}
	return false;
}

static void rows_named(yaml_document_t *d, const yaml_node_t *map, const struct conf_row *rows,
		       const char *text)
{
	assert_int_equal(map->type, YAML_MAPPING_NODE);
	for (; rows->key; rows++) {
		const yaml_node_t *n = child(d, map, rows->key);

		if (!n && !in_comment(text, rows->key))
			fail_msg("config/turnpike.yaml lacks `%s`", rows->key);
		assert_non_null(rows->help);
		if (n && rows->type == CONF_MAP && rows->list)
			rows_named(d, yaml_document_get_node(d, n->data.sequence.items.start[0]),
				   rows->rows, text);
		else if (n && rows->type == CONF_MAP)
			rows_named(d, n, rows->rows, text);
	}
}

static size_t example_read(char *text, size_t cap)
{
	FILE *f = fopen(EXAMPLE, "r");
	size_t len;

	assert_non_null(f);
	len = fread(text, 1, cap - 1, f);
	fclose(f);
	text[len] = 0;
	return len;
}

static void test_names_every_key(void **state)
{
	static char text[65536];
	size_t len = example_read(text, sizeof text);
	yaml_parser_t parser;
	yaml_document_t d;

	(void)state;
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (unsigned char *)text, len);
	assert_true(yaml_parser_load(&parser, &d));
	rows_named(&d, yaml_document_get_root_node(&d), settings_rows, text);
	yaml_document_delete(&d);
	yaml_parser_delete(&parser);
}

// Says so in its first lines: what stands there is the default, but for what comments except.
static bool excepted(const char *key)
{
	static const char *const keys[] = {"ports", "users", "shared_secrets", "tokens"};

	for (unsigned i = 0; i < BASE_COUNT(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void rows_equal(const struct conf_row *rows, const void *a, const void *b)
{
	for (; rows->key; rows++) {
		if (rows->type == CONF_MAP && !rows->list && !excepted(rows->key))
			rows_equal(rows->rows, (const uint8_t *)a + rows->offset,
				   (const uint8_t *)b + rows->offset);
		else if (!excepted(rows->key) && !conf_equal(rows, a, b))
			fail_msg("`%s` of config/turnpike.yaml is not the default", rows->key);
	}
}

static void test_shows_defaults(void **state)
{
	static const char least[] = "ports: [{name: wan, device: x, addresses: [198.18.0.1/16]}]";
	struct conf_source src = {.text = least,
				  .len_bytes = strlen(least),
				  .check = settings_check};
	struct conf_mistakes m = {0};
	struct settings example, s = {0};

	(void)state;
	assert_int_equal(conf_read(&s, settings_rows, &src, &m), 0);
	example_load(&example);
	rows_equal(settings_rows, &s, &example);
	assert_int_equal(s.ports.at[0].queues, 1);
	assert_int_equal(s.ports.at[0].mtu, 1500);
	assert_int_equal(s.ports.at[0].vlan, 0);
	assert_int_equal(s.turn.users.n, 0);
	settings_free(&example);
	settings_free(&s);
}

static int file_load(const char *name, const char *text, struct settings *s,
		     struct conf_mistakes *m)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return settings_load(s, name, m);
}

static void test_files_start_from_its_folder(void **state)
{
	char folder[] = "/tmp/turnpike-settings-XXXXXX", file[64], secret[64], cert[64];
	struct conf_mistakes m = {0};
	struct settings s;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/t.yaml", folder);
	snprintf(secret, sizeof secret, "%s/pw", folder);
	snprintf(cert, sizeof cert, "%s/cert.pem", folder);
	assert_int_equal(file_load(secret, "hunter2\n", &s, &m), -EINVAL);
	conf_mistakes_free(&m);
	assert_int_equal(file_load(file,
				   "ports: [{name: a, device: x, addresses: [198.18.0.1/16]}]\n"
				   "turn: {users: [{name: bob, password_file: pw}],\n"
				   "  shared_secret_files: [pw]}\n"
				   "voice: {tokens: {keys: [{id: k, secret_file: pw}]}}\n"
				   "tls: {certificate: cert.pem}\n",
				   &s, &m),
			 0);
	assert_string_equal(s.turn.users.at[0].password, "hunter2");
	assert_string_equal(s.turn.shared_secret_files.at[0], "hunter2");
	assert_string_equal(s.voice.tokens.keys.at[0].secret, "hunter2");
	assert_string_equal(s.voice.tokens.keys.at[0].algorithm, "HS256");
	assert_string_equal(s.tls.certificate, cert);
	settings_free(&s);
	unlink(file);
	unlink(secret);
	rmdir(folder);
}

static void test_unreadable(void **state)
{
	struct conf_mistakes m = {0};
	struct settings s;

	(void)state;
	assert_int_equal(settings_load(&s, "/nowhere/at.all", &m), -ENOENT);
	assert_int_equal(settings_load(&s, "/tmp", &m), -EISDIR);
	assert_int_equal(m.n, 0);
	settings_free(&s); // zeros
	assert_int_equal(settings_load(&s, "/dev/zero", &m), -EINVAL);
	assert_non_null(strstr(m.at[0].text, "at most 1048576 bytes"));
	conf_mistakes_free(&m);
}

static bool loads(void *ctx)
{
	struct conf_mistakes m = {0};
	struct settings s;
	int err = settings_load(&s, ctx, &m);

	assert_true(!err || err == -ENOMEM);
	if (!err)
		settings_free(&s);
	conf_mistakes_free(&m);
	return !err;
}

static void test_memory(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(loads, (void *)EXAMPLE) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has_no_mistakes),
		cmocka_unit_test(test_names_every_key),
		cmocka_unit_test(test_shows_defaults),
		cmocka_unit_test(test_files_start_from_its_folder),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
