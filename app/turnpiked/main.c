// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <rte_version.h>

#include "node.h"

static const char usage[] =
	"usage: turnpiked --config FILE [--check]\n"
	"\n"
	"Relays TURN over DPDK in the foreground, until SIGTERM.\n"
	"\n"
	"  -c, --config FILE  the configuration (YAML; see turnpike.yaml)\n"
	"      --check        look at the configuration, tell every mistake, exit 0 or 1\n"
	"  -V, --version      print the version\n"
	"  -h, --help         print this\n"
	"\n"
	"example: turnpiked --config /etc/turnpike/turnpike.yaml\n";

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"check", no_argument, NULL, 'k'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int settings_open(struct settings *s, const char *file)
{
	struct conf_mistakes mistakes = {0};
	int err = settings_load(s, file, &mistakes);

	if (err == -EINVAL)
		settings_report(file, &mistakes);
	else if (err)
		fprintf(stderr, "%s: %s\n", file, strerror(-err));
	conf_mistakes_free(&mistakes);
	return err;
}

static int run(const char *file, bool check)
{
	static struct node node; // large
	int err = settings_open(&node.settings, file);

	if (!err && !check) {
		node.config_file = file;
		err = node_open(&node);
		if (!err)
			node_run(&node);
		node_close(&node);
	} else if (!err) {
		printf("%s: fine\n", file);
	}
	settings_free(&node.settings);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *file = NULL;
	bool check = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:Vh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			file = optarg;
			break;
		case 'k':
			check = true;
			break;
		case 'V':
			printf("turnpiked %s (%s)\n", TURNPIKE_VERSION, rte_version());
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (!file || optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	return run(file, check);
}
