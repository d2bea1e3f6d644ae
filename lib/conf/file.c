// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

int conf_path_parse(struct conf_value *v)
{
	bool whole = v->text[0] == '/' || !v->text[0] || !v->folder;
	size_t cap = v->len + (whole ? 0 : strlen(v->folder) + 1) + 1;
	char *path;

	if (cap > CONF_VALUE_MAX) {
		snprintf(v->wrong, sizeof v->wrong, "is too long");
		snprintf(v->want, sizeof v->want, "at most %d bytes", CONF_VALUE_MAX);
		return -EINVAL;
	}
	path = malloc(cap);
	if (!path)
		return -ENOMEM;
	snprintf(path, cap, "%s%s%s", whole ? "" : v->folder, whole ? "" : "/", v->text);
	*(char **)v->field = path;
	return 0;
}

// Pipes and devices are refused: they might never end, or make us wait.
static int file_open(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err;

	if (fd < 0)
		return -errno;
	err = fstat(fd, &st)        ? -errno
	      : S_ISDIR(st.st_mode) ? -EISDIR
	      : S_ISREG(st.st_mode) ? 0
				    : -ENODEV;
	if (!err)
		return fd;
	close(fd);
	return err;
}

// Bytes read into `out`, at most `cap`; -errno.
static ssize_t file_read(const char *path, char *out, size_t cap)
{
	int fd = file_open(path);
	size_t len = 0;
	ssize_t n = fd;

	while (fd >= 0 && len < cap && (n = read(fd, out + len, cap - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		n = fd < 0 ? fd : -errno;
	if (fd >= 0)
		close(fd);
	return n < 0 ? n : (ssize_t)len;
}

static int content_take(struct conf_value *v, char *content, ssize_t n)
{
	size_t len = n < 0 ? 0 : (size_t)n;
	char *copy;

	snprintf(v->want, sizeof v->want, "the name of a file of 1 to %d bytes of text",
		 CONF_VALUE_MAX);
	while (len && (content[len - 1] == '\n' || content[len - 1] == '\r'))
		len--;
	content[len] = 0;
	if (n < 0)
		snprintf(v->wrong, sizeof v->wrong, "cannot be read (%s)", strerror((int)-n));
	else if (n > CONF_VALUE_MAX)
		snprintf(v->wrong, sizeof v->wrong, "names too large a file");
	else if (!len || strlen(content) != len)
		snprintf(v->wrong, sizeof v->wrong, "names a file that %s",
			 len ? "holds a NUL" : "is empty");
	if (v->wrong[0])
		return -EINVAL;
	copy = strdup(content);
	if (!copy)
		return -ENOMEM;
	*(char **)v->field = copy;
	return 0;
}

int conf_file_parse(struct conf_value *v)
{
	char content[CONF_VALUE_MAX + 2];
	struct conf_value name = *v;
	char *path = NULL;
	int err;

	name.field = &path;
	err = conf_path_parse(&name);
	if (err) {
		memcpy(v->wrong, name.wrong, sizeof v->wrong);
		memcpy(v->want, name.want, sizeof v->want);
		return err;
	}
	err = content_take(v, content, file_read(path, content, sizeof content - 1));
	base_wipe(content, sizeof content);
	free(path);
	return err;
}
