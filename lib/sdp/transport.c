// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "sdp/private.h"

static struct sdp_transport *transport_of(struct sdp_reader *r)
{
	return r->line ? &r->line->transport : &r->session;
}

int sdp_read_ufrag(struct sdp_reader *r, struct sdp_text value)
{
	if (!sdp_visible(value, 4, SDP_TOKEN_MAX))
		return sdp_fails(r, "4 to 256 visible characters after ice-ufrag");
	transport_of(r)->ufrag = value;
	return 0;
}

int sdp_read_pwd(struct sdp_reader *r, struct sdp_text value)
{
	if (!sdp_visible(value, 22, SDP_TOKEN_MAX))
		return sdp_fails(r, "22 to 256 visible characters after ice-pwd");
	transport_of(r)->pwd = value;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int fingerprint_bytes(struct sdp_fingerprint *f, struct sdp_text text)
{
	if (text.len != f->len * 3u - 1)
		return -EINVAL;
	for (unsigned i = 0; i < f->len; i++) {
		int high = hex_digit(text.at[i * 3]), low = hex_digit(text.at[i * 3 + 1]);

		if (high < 0 || low < 0 || (i + 1u < f->len && text.at[i * 3 + 2] != ':'))
			return -EINVAL;
		f->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

// RFC 8122. Hashes that we do not check with are passed over: one that we do may follow.
int sdp_read_fingerprint(struct sdp_reader *r, struct sdp_text value)
{
	static const struct {
		const char *name;
		uint8_t hash, len;
	} hashes[] = {{"sha-256", SDP_SHA256, 32},
		      {"sha-384", SDP_SHA384, 48},
		      {"sha-512", SDP_SHA512, 64}};
	struct sdp_transport *t = transport_of(r);
	struct sdp_text name = sdp_cut(&value, ' ');

	for (unsigned i = 0; i < BASE_COUNT(hashes); i++) {
		struct sdp_fingerprint f = {.hash = hashes[i].hash, .len = hashes[i].len};

		if (!sdp_is(name, hashes[i].name))
			continue;
		if (fingerprint_bytes(&f, value))
			return sdp_fails(
				r, "as many hexadecimal bytes, parted by colons, as the hash has");
		if (t->fingerprint_count == SDP_FINGERPRINTS_MAX)
			return sdp_fails(r, "at most 4 fingerprints");
		t->fingerprints[t->fingerprint_count++] = f;
		return 0;
	}
	return 0;
}

int sdp_read_setup(struct sdp_reader *r, struct sdp_text value)
{
	enum sdp_setup setup = SDP_SETUP_NONE;

	if (sdp_is(value, "actpass"))
		setup = SDP_ACTPASS;
	else if (sdp_is(value, "active"))
		setup = SDP_ACTIVE;
	else if (sdp_is(value, "passive"))
		setup = SDP_PASSIVE;
	if (setup == SDP_SETUP_NONE)
		return sdp_fails(r, "actpass, active or passive after setup");
	transport_of(r)->setup = (uint8_t)setup;
	return 0;
}
