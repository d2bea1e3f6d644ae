// SPDX-License-Identifier: Apache-2.0
#include "port/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#define ARGS_MAX (2 * PORTS_MAX + 24)

// The arguments of rte_eal_init, which keeps pointers into them until the process ends.
struct env_args {
	char text[ARGS_MAX][256];
	char *argv[ARGS_MAX];
	int argc;
};

static port_say_fn *env_say;

static void args_add(struct env_args *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void args_add(struct env_args *a, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(a->text[a->argc], sizeof a->text[0], format, values);
	va_end(values);
	a->argv[a->argc] = a->text[a->argc];
	a->argc++;
}

// DPDK's own lines, passed on one by one.
static ssize_t log_write(void *cookie, const char *bytes, size_t len)
{
	char line[512];
	size_t n = len < sizeof line ? len : sizeof line - 1;

	(void)cookie;
	memcpy(line, bytes, n);
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	if (line[0])
		env_say(PORT_SAY_DEBUG, line);
	return (ssize_t)len;
}

static void log_redirect(void)
{
	cookie_io_functions_t io = {.write = log_write};
	FILE *f = fopencookie(NULL, "w", io);

	if (!f)
		return;
	setvbuf(f, NULL, _IOLBF, 1024);
	rte_openlog_stream(f);
}

static unsigned long hugepages_free_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long pages = 0, size_kb = 0, value;
	char line[128];

	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "HugePages_Free: %lu", &value) == 1)
			pages = value;
		if (sscanf(line, "Hugepagesize: %lu", &value) == 1)
			size_kb = value;
	}
	if (f)
		fclose(f);
	return pages * size_kb / 1024;
}

static bool env_hugepages(const struct port_env *e)
{
	unsigned long free_mb = hugepages_free_mb();
	char line[256];

	if (!e->hugepages || free_mb >= e->megabytes)
		return e->hugepages;
	snprintf(line, sizeof line,
		 "memory.hugepages: %u MB asked for, %lu MB free; going on with 4 KB pages, which "
		 "costs "
		 "address translation on every packet. Reserve some: echo %u > "
		 "/proc/sys/vm/nr_hugepages",
		 e->megabytes, free_mb, e->megabytes / 2 + 1);
	env_say(PORT_SAY_WARN, line);
	return false;
}

static bool device_is_pci(const char *device)
{
	unsigned domain, bus, slot, function;

	return sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) == 4 ||
	       sscanf(device, "%x:%x.%x", &bus, &slot, &function) == 3;
}

static void args_devices(struct env_args *a, const struct port_env *e)
{
	bool pci = false;

	for (unsigned i = 0; i < e->device_count; i++) {
		bool is_pci = device_is_pci(e->devices[i]);

		args_add(a, is_pci ? "-a" : "--vdev");
		args_add(a, "%s", e->devices[i]);
		pci |= is_pci;
	}
	if (!pci)
		args_add(a, "--no-pci");
}

static void args_cores(struct env_args *a, const struct port_env *e)
{
	char cores[1024];
	size_t n = 0;

	// Logical core 0 is the control lane, 1 + i is worker i, wherever they are pinned.
	n += (size_t)snprintf(cores, sizeof cores, "0@%u", e->control_cpu);
	for (unsigned i = 0; i < e->worker_count && n < sizeof cores; i++)
		n += (size_t)snprintf(cores + n, sizeof cores - n, ",%u@%u", i + 1,
				      e->worker_cpus[i]);
	args_add(a, "--lcores");
	args_add(a, "%s", cores);
	args_add(a, "--main-lcore");
	args_add(a, "0");
}

int port_env_open(const struct port_env *e, port_say_fn *say)
{
	static struct env_args args; // rte_eal_init keeps it, and can be called once only
	char line[160];

	env_say = say;
	log_redirect();
	args_add(&args, "turnpiked");
	args_add(&args, "--no-telemetry");
	args_cores(&args, e);
	args_devices(&args, e);
	if (env_hugepages(e)) {
		args_add(&args, "--in-memory");
	} else { // DPDK takes only one of the two
		args_add(&args, "--no-huge");
		args_add(&args, "--no-shconf");
	}
	args_add(&args, "-m");
	args_add(&args, "%u", e->megabytes);
	if (rte_eal_init(args.argc, args.argv) >= 0)
		return 0;
	snprintf(line, sizeof line, "DPDK did not start: %s (log.level debug shows its own words)",
		 rte_strerror(rte_errno));
	say(PORT_SAY_ERROR, line);
	return rte_errno ? -rte_errno : -EIO;
}

void port_env_close(void)
{
	rte_eal_cleanup();
}

unsigned port_env_lcore(unsigned worker)
{
	return worker + 1;
}
