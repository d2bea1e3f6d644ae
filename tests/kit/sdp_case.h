// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_SDP_CASE_H
#define KIT_SDP_CASE_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sdp/sdp.h"

// Our side of an answer, the same each time, and offers of one's own. Static: each user is a program.

static inline int sdp_case_answer(char *out, size_t cap, const struct sdp_offer *o,
				  struct sdp_plan *plan)
{
	struct net_endpoint hosts[2];
	struct sdp_facts facts = {
		.session_id = 7000000000000000001,
		.session_version = 1,
		.ufrag = "tpTPtpTP",
		.pwd = "abcdefghijklmnopqrstuvwxyz012345",
		.cname = "turnpike",
		.fingerprint = {.hash = SDP_SHA256, .len = 32},
		.hosts = hosts,
		.host_count = 2,
	};

	net_endpoint_parse(&hosts[0], "198.18.0.1:5004");
	net_endpoint_parse(&hosts[1], "[2001:2::1]:5004");
	for (unsigned i = 0; i < 32; i++)
		facts.fingerprint.bytes[i] = (uint8_t)(i * 7 + 1);
	for (unsigned i = 0; i < plan->slot_count; i++)
		plan->slots[i].ssrc = 0x10000000u + i;
	return sdp_answer_encode(out, cap, o, plan, &facts);
}

// The session level; mids of `lines` lines are as long as they may be.
static inline size_t sdp_case_head(char *out, size_t cap, unsigned lines)
{
	size_t len = (size_t)snprintf(out, cap,
				      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
				      "a=ice-options:trickle\r\na=group:BUNDLE");

	for (unsigned i = 0; i < lines; i++)
		len += (size_t)snprintf(out + len, cap - len, " %064u", i);
	return len + (size_t)snprintf(out + len, cap - len, "\r\n");
}

static inline size_t sdp_case_line(char *out, size_t cap, unsigned i, const char *direction)
{
	return (size_t)snprintf(
		out, cap,
		"m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=mid:%064u\r\na=%s\r\n"
		"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n"
		"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:"
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
		"a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;usedtx=1\r\na=rtpmap:63 "
		"red/48000/2\r\n"
		"a=fmtp:63 111/111\r\na=rtcp-fb:111 transport-cc\r\na=rtcp-fb:111 nack\r\n"
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
		"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
		"a=extmap:3 "
		"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
		"a=extmap-allow-mixed\r\n",
		i, direction);
}

#endif
