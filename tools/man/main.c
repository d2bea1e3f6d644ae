// SPDX-License-Identifier: Apache-2.0
#include "man.h"

#include <err.h>
#include <string.h>

static const struct {
	const char *mark;
	void (*print)(FILE *f);
} lists[] = {
	{"@keys@", man_keys},       {"@commands@", man_commands}, {"@methods@", man_methods},
	{"@metrics@", man_metrics}, {"@drops@", man_drops},
};

static void mark_print(FILE *f, const char *page, const char *mark)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (!strcmp(lists[i].mark, mark)) {
			lists[i].print(f);
			return;
		}
	errx(1, "%s: there is no list %s", page, mark);
}

static void line_print(FILE *f, const char *page, char *line)
{
	char *version = strstr(line, "@version@");

	if (version) {
		*version = 0;
		fprintf(f, "%s%s%s\n", line, TURNPIKE_VERSION, version + strlen("@version@"));
	} else if (line[0] == '@') {
		mark_print(f, page, line);
	} else {
		fprintf(f, "%s\n", line);
	}
}

int __wrap_main(int argc, char **argv);

// usage: man-pages PAGE.in PAGE. turnpikectl's own objects are linked, its main among them; the
// linker takes this one (--wrap).
int __wrap_main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	FILE *out = in ? fopen(argv[2], "w") : NULL;
	char line[512];

	if (!out)
		err(1, "usage: man-pages PAGE.in PAGE");
	while (fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = 0;
		line_print(out, argv[1], line);
	}
	fclose(in);
	if (fclose(out))
		err(1, "%s", argv[2]);
	return 0;
}
