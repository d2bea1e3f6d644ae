// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

uint64_t host_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t host_wall_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec;
}

uint64_t host_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

char *host_time_format(char out[HOST_TIME_MAX], uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(out, HOST_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, HOST_TIME_MAX - n, ".%03uZ", (unsigned)(wall_ms % 1000));
	return out;
}

void host_random(void *out, size_t len_bytes)
{
	char *at = out;

	while (len_bytes) {
		ssize_t n = getrandom(at, len_bytes, 0);

		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			at += n;
			len_bytes -= (size_t)n;
		}
	}
}
