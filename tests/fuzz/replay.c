// SPDX-License-Identifier: Apache-2.0
// Replays a corpus folder through a fuzz target: the ordinary build's main for every target.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *folder, const char *name)
{
	char path[512];
	uint8_t *bytes = NULL;
	long size;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f)
		return -1;
	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
		fclose(f);
		return -1;
	}
	// Exactly as large as the input, so that a sanitizer sees one byte too far.
	bytes = malloc(size ? (size_t)size : 1);
	if (bytes && fread(bytes, 1, (size_t)size, f) == (size_t)size)
		LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
	fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned files = 0;
	struct dirent *e;
	DIR *d = argc > 1 ? opendir(argv[1]) : NULL;

	if (!d) {
		fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
		return 2;
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && !replay_file(argv[1], e->d_name))
			files++;
	closedir(d);
	printf("%u inputs replayed\n", files);
	return files ? 0 : 1;
}
