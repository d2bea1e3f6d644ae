// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

// One byte more than a configuration may have, so that one too large is seen as such.
#define READ_MAX (CONF_TEXT_MAX + 1)

static ssize_t text_read(const char *file, char *text)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = fd < 0 ? -errno : 1;

	while (n > 0 && len < READ_MAX) {
		n = read(fd, text + len, READ_MAX - len);
		len += n > 0 ? (size_t)n : 0;
		if (n < 0)
			n = -errno;
	}
	if (fd >= 0)
		close(fd);
	return n < 0 ? n : (ssize_t)len;
}

static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *folder = strdup(slash ? file : ".");

	if (folder && slash)
		folder[slash == file ? 1 : slash - file] = 0;
	return folder;
}

int settings_load(struct settings *out, const char *file, struct conf_mistakes *mistakes)
{
	char *text = malloc(READ_MAX), *folder = folder_of(file);
	int err = text && folder ? 0 : -ENOMEM;
	ssize_t len = err ? 0 : text_read(file, text);

	memset(out, 0, sizeof *out);
	if (len < 0)
		err = (int)len;
	if (!err) {
		struct conf_source src = {text, (size_t)len, folder, settings_check};

		err = conf_read(out, settings_rows, &src, mistakes);
		base_wipe(text, (size_t)len);
	}
	free(text);
	free(folder);
	return err;
}

void settings_report(const char *file, const struct conf_mistakes *mistakes)
{
	bool bold = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	const char *on = bold ? "\033[1;31m" : "", *off = bold ? "\033[0m" : "";

	for (size_t i = 0; i < mistakes->n; i++) {
		const struct conf_mistake *m = &mistakes->at[i];

		fprintf(stderr, "%s:", file);
		if (m->line)
			fprintf(stderr, "%u:", m->line);
		if (m->key[0])
			fprintf(stderr, " %s%s%s:", on, m->key, off);
		fprintf(stderr, " %s\n", m->text);
	}
	if (mistakes->n == CONF_MISTAKES_MAX)
		fprintf(stderr, "%s: there may be more mistakes; correct these first\n", file);
}
