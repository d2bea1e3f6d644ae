// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

char *number_count(char out[TABLE_NUMBER], int64_t n)
{
	char digits[24];
	size_t len, at = 0;

	snprintf(digits, sizeof digits, "%" PRIu64, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
	len = strlen(digits);
	if (n < 0)
		out[at++] = '-';
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

char *number_bytes(char out[TABLE_NUMBER], uint64_t n)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)n;
	unsigned unit = 0;

	// 999.95 would be rounded to 1000.0 of the smaller unit.
	for (; value >= 999.95; value /= 1000)
		unit++;
	snprintf(out, TABLE_NUMBER, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return out;
}

char *number_life(char out[TABLE_NUMBER], uint64_t seconds)
{
	uint64_t days = seconds / 86400;
	unsigned rest = (unsigned)(seconds % 86400);

	if (days)
		snprintf(out, TABLE_NUMBER, "%" PRIu64 "d %02u:%02u:%02u", days, rest / 3600,
			 rest / 60 % 60, rest % 60);
	else if (seconds >= 60)
		snprintf(out, TABLE_NUMBER, "%u:%02u:%02u", rest / 3600, rest / 60 % 60, rest % 60);
	else
		snprintf(out, TABLE_NUMBER, "%u s", rest);
	return out;
}
