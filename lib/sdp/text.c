// SPDX-License-Identifier: Apache-2.0
#include "sdp/sdp.h"

bool sdp_text_copy(char *out, size_t cap, struct sdp_text text)
{
	bool fits = text.at && text.len < cap;

	if (fits)
		memcpy(out, text.at, text.len);
	if (cap)
		out[fits ? text.len : 0] = 0;
	return fits;
}

const char *sdp_refusal_text(enum sdp_refusal refusal)
{
	static const char *const texts[] = {
		[SDP_USABLE] = "usable",
		[SDP_NO_AUDIO] = "not audio",
		[SDP_NO_PORT] = "stopped by the offerer",
		[SDP_NO_PROFILE] = "not UDP/TLS/RTP/SAVPF",
		[SDP_NO_OPUS] = "no Opus",
		[SDP_NO_BUNDLE] = "outside of the BUNDLE group",
		[SDP_NO_SEAT] = "no seat left",
	};

	return (unsigned)refusal < BASE_COUNT(texts) ? texts[refusal] : "unknown";
}
