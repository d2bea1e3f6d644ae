// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

static const struct {
	uint16_t code;
	const char *phrase;
} errors[] = {
	{300, "Try Alternate"},
	{400, "Bad Request"},
	{401, "Unauthenticated"},
	{403, "Forbidden"},
	{405, "Mobility Forbidden"},
	{420, "Unknown Attribute"},
	{437, "Allocation Mismatch"},
	{438, "Stale Nonce"},
	{440, "Address Family not Supported"},
	{441, "Wrong Credentials"},
	{442, "Unsupported Transport Protocol"},
	{443, "Peer Address Family Mismatch"},
	{446, "Connection Already Exists"},
	{447, "Connection Timeout or Failure"},
	{486, "Allocation Quota Reached"},
	{487, "Role Conflict"},
	{500, "Server Error"},
	{508, "Insufficient Capacity"},
};

const char *stun_error_phrase(unsigned code)
{
	for (unsigned i = 0; i < BASE_COUNT(errors); i++)
		if (errors[i].code == code)
			return errors[i].phrase;
	return "Error";
}

void stun_put_error(struct stun_writer *s, unsigned code)
{
	const char *phrase = stun_error_phrase(code);
	uint8_t value[4 + 64] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)};
	size_t len = strlen(phrase);

	memcpy(value + 4, phrase, len);
	stun_put(s, STUN_ERROR_CODE, value, 4 + len);
}
