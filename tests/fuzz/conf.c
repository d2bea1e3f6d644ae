// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#define EXPECT(what)                                                                               \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mistakes_look(const struct conf_mistakes *m)
{
	EXPECT(m->n <= CONF_MISTAKES_MAX);
	for (size_t i = 0; i < m->n; i++) {
		EXPECT(!i || m->at[i - 1].line <= m->at[i].line);
		EXPECT(m->at[i].text[0]);
		for (const char *at = m->at[i].key; *at; at++)
			EXPECT((unsigned char)*at >= ' ');
		for (const char *at = m->at[i].text; *at; at++)
			EXPECT((unsigned char)*at >= ' ');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// No file of the machine is reached by a relative name.
	const struct conf_source src = {(const char *)data, size, "/nowhere", settings_check};
	struct conf_mistakes mistakes = {0};
	struct settings s;
	int err = conf_read(&s, settings_rows, &src, &mistakes);

	EXPECT(err == 0 || err == -EINVAL);
	EXPECT((err == 0) == (mistakes.n == 0));
	mistakes_look(&mistakes);
	if (!err) {
		EXPECT(s.ports.n && s.ports.at[0].addresses.n && s.ports.at[0].name[0]);
		EXPECT(s.turn.relay_ports.low >= 1024 && s.turn.relay_ports.high <= 65535);
		for (const struct conf_row *row = settings_rows; row->key; row++)
			EXPECT(conf_equal(row, &s, &s));
	}
	settings_free(&s);
	conf_mistakes_free(&mistakes);
	return 0;
}
