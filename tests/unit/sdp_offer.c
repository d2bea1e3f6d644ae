// SPDX-License-Identifier: Apache-2.0
// What an offer means, and what is wrong with it, line by line.
#include <stdlib.h>

#include "kit/kit.h"
#include "kit/sdp_case.h"

static char text[SDP_TEXT_MAX], answer[SDP_ANSWER_MAX];

static size_t offer_of(unsigned lines)
{
	size_t len = sdp_case_head(text, sizeof text, lines);

	for (unsigned i = 0; i < lines; i++)
		len += sdp_case_line(text + len, sizeof text - len, i, i ? "recvonly" : "sendonly");
	return len;
}

// Replaces every `from`; the text must hold it.
static void swap(const char *from, const char *to)
{
	static char out[SDP_TEXT_MAX];
	char *at = text, *hit;
	size_t len = 0;

	assert_non_null(strstr(text, from));
	while ((hit = strstr(at, from))) {
		memcpy(out + len, at, (size_t)(hit - at));
		len += (size_t)(hit - at);
		memcpy(out + len, to, strlen(to));
		len += strlen(to);
		at = hit + strlen(from);
	}
	strcpy(out + len, at);
	strcpy(text, out);
}

static struct sdp_offer *decoded(void)
{
	struct sdp_error error = {0};
	struct sdp_offer *o = NULL;

	if (sdp_offer_decode(&o, text, strlen(text), &error))
		fail_msg("line %u: expected %s", error.line, error.expected);
	return o;
}

static void fails(unsigned line, const char *expected)
{
	struct sdp_error error = {.line = 999};
	struct sdp_offer *o = NULL;

	assert_int_equal(sdp_offer_decode(&o, text, strlen(text), &error), -EINVAL);
	assert_null(o);
	assert_int_equal(error.line, line);
	if (!strstr(error.expected, expected))
		fail_msg("expected %s, not %s", error.expected, expected);
}

static const struct {
	const char *from, *to;
	unsigned line;
	const char *expected;
} mistakes[] = {
	{"v=0", "v=1", 1, "v=0"},
	{"o=- 1 1 IN IP4 127.0.0.1", "o=-", 2, "session"},
	{"o=- 1 1 IN IP4 127.0.0.1", "i=x", 0, "o= line"},
	{"s=-", "nonsense", 3, "equals"},
	{"audio 9", "audio nine", 7, "port"},
	{"audio 9", "audio 65536", 7, "port"},
	{" 111 63\r", "\r", 7, "format"},
	{"a=rtcp-mux\r\n", "", 7, "rtcp-mux"},
	{"ice-ufrag:abcd", "ice-ufrag:abc", 11, "4 to 256"},
	{"ice-pwd:0123456789012345678901", "ice-pwd:short", 12, "22 to 256"},
	{"a=ice-ufrag:abcd\r\n", "", 7, "ice-ufrag"},
	{"a=ice-pwd:0123456789012345678901\r\n", "", 7, "ice-pwd"},
	{"a=setup:actpass\r\n", "", 7, "setup"},
	{"setup:actpass", "setup:holdconn", 13, "actpass"},
	{"sha-256 00:11", "sha-256 00-11", 14, "hexadecimal"},
	{"sha-256 00:11:", "sha-256 ", 14, "hexadecimal"},
	{"sha-256 00:11", "sha-256 0x:11", 14, "hexadecimal"},
	{"fingerprint:sha-256", "fingerprint:sha-1", 7, "sha-256"},
	{"extmap:1 ", "extmap:x ", 23, "id"},
	{"extmap:1 ", "extmap:0 ", 23, "id"},
	{"a=mid:", "a=mid: ", 9, "mid"},
	{"a=extmap-allow-mixed", "a=ssrc:4294967296 cname:x", 26, "32-bit"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(mistakes); i++) {
		offer_of(1);
		swap(mistakes[i].from, mistakes[i].to);
		fails(mistakes[i].line, mistakes[i].expected);
	}
	offer_of(2);
	swap("a=mid:0000000000000000000000000000000000000000000000000000000000000001",
	     "a=mid:0000000000000000000000000000000000000000000000000000000000000000");
	fails(27, "no other line");
}

static void test_bounds(void **state)
{
	struct sdp_offer *o = NULL;
	struct sdp_error error;

	(void)state;
	assert_int_equal(sdp_offer_decode(&o, "", 0, &error), -EINVAL);
	assert_int_equal(sdp_offer_decode(&o, "v=0\0", 4, &error), -EINVAL);
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(sdp_offer_decode(&o, text, SDP_TEXT_MAX, &error), -EINVAL);
	strcpy(text, "v=0\no=- 1 1 IN IP4 0.0.0.0\n");
	fails(0, "m-lines");
	for (unsigned i = 0; i < 65; i++)
		strcat(text, "m=video 9 x 1\n");
	fails(0, "m-lines");
	text[strlen(text) - 14] = 0;
	o = decoded(); // 64 of them, bare newlines
	assert_int_equal(o->line_count, 64);
	assert_int_equal(sdp_plan(&(struct sdp_plan){0}, o, 10), -ENOENT);
	sdp_offer_free(o);
}

static enum sdp_refusal refusal(unsigned line)
{
	struct sdp_offer *o = decoded();
	enum sdp_refusal why = (enum sdp_refusal)o->lines[line].refusal;

	sdp_offer_free(o);
	return why;
}

static void test_refusals(void **state)
{
	(void)state;
	offer_of(2);
	assert_int_equal(refusal(1), SDP_USABLE);
	swap("m=audio", "m=video");
	assert_int_equal(refusal(1), SDP_NO_AUDIO);
	offer_of(2);
	swap("UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF");
	assert_int_equal(refusal(1), SDP_NO_PROFILE);
	offer_of(2);
	swap("opus/48000/2", "PCMU/8000");
	assert_int_equal(refusal(0), SDP_NO_OPUS);
	offer_of(2);
	swap("audio 9", "audio 0");
	assert_int_equal(refusal(0), SDP_NO_PORT);
	swap("a=rtcp-mux", "a=bundle-only\r\na=rtcp-mux");
	assert_int_equal(refusal(0), SDP_USABLE);
	offer_of(2);
	swap("a=group:BUNDLE", "a=group:LS");
	assert_int_equal(refusal(0), SDP_USABLE); // alone
	assert_int_equal(refusal(1), SDP_NO_BUNDLE);
	offer_of(2);
	swap("BUNDLE 0000000000000000000000000000000000000000000000000000000000000000", "BUNDLE");
	assert_int_equal(refusal(0), SDP_NO_BUNDLE);
	assert_int_equal(refusal(1), SDP_USABLE);
}

static void test_roles(void **state)
{
	struct sdp_offer *o;

	(void)state;
	offer_of(1);
	swap("setup:actpass", "setup:passive");
	o = decoded();
	assert_int_equal(sdp_setup_ours(o), SDP_ACTIVE);
	sdp_offer_free(o);
	swap("setup:passive", "setup:active");
	o = decoded();
	assert_int_equal(sdp_setup_ours(o), SDP_PASSIVE);
	sdp_offer_free(o);
}

// Several fingerprints are kept in their order, hashes that we do not know are passed over.
static void test_fingerprints(void **state)
{
	struct sdp_offer *o;

	(void)state;
	offer_of(1);
	swap("a=setup:actpass",
	     "a=setup:actpass\r\na=fingerprint:md5 00\r\n"
	     "a=fingerprint:SHA-384 "
	     "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14:15:16:17:"
	     "18:19:1a:1b:1c:1d:1e:1f:20:21:22:23:24:25:26:27:28:29:2a:2b:2c:2d:2e:2f");
	o = decoded();
	assert_int_equal(o->transport.fingerprint_count, 2);
	assert_int_equal(o->transport.fingerprints[0].hash, SDP_SHA384);
	assert_int_equal(o->transport.fingerprints[0].len, 48);
	assert_int_equal(o->transport.fingerprints[0].bytes[47], 0x2f);
	assert_int_equal(o->transport.fingerprints[1].bytes[31], 0xff);
	sdp_offer_free(o);
}

static void test_opus(void **state)
{
	struct sdp_offer *o;

	(void)state;
	offer_of(1);
	swap("minptime=10;useinbandfec=1;stereo=1;usedtx=1",
	     "MaxAverageBitrate=40000; minptime=3;cbr=1;stereo=0;x;=;ptime=99999;maxptime=120");
	o = decoded();
	assert_int_equal(o->lines[0].opus.max_average_bps, 40000);
	assert_int_equal(o->lines[0].opus.min_ptime_ms, 3);
	assert_int_equal(o->lines[0].opus.max_ptime_ms, 120);
	assert_int_equal(o->lines[0].opus.ptime_ms, 0);
	assert_true(o->lines[0].opus.cbr && !o->lines[0].opus.stereo && !o->lines[0].opus.fec);
	sdp_offer_free(o);
	offer_of(1);
	swap("fmtp:63 111/111", "fmtp:63 112/112"); // RED of something else
	swap("ssrc-audio-level", "ssrc-audio-level vad=off");
	o = decoded();
	assert_int_equal(o->lines[0].opus.red_pt, 0);
	assert_false(o->lines[0].ext.level_vad);
	sdp_offer_free(o);
	offer_of(1);
	swap("RTP/SAVPF 111 63", "RTP/SAVPF 63 8 72 112 111"); // 72 would look like RTCP
	swap("a=rtcp-mux", "a=rtcp-mux\r\na=rtpmap:112 OPUS/48000/2\r\na=rtpmap:72 opus/48000/2");
	o = decoded();
	assert_int_equal(o->lines[0].opus.pt, 112); // the first that it likes
	sdp_offer_free(o);
}

static void test_plan(void **state)
{
	struct sdp_offer *o;
	struct sdp_plan plan;

	(void)state;
	offer_of(5);
	o = decoded();
	assert_int_equal(sdp_plan(&plan, o, 3), 0);
	assert_int_equal(plan.voice, 0);
	assert_int_equal(plan.slot_count, 3);
	assert_int_equal(plan.slots[2].line, 3);
	assert_string_equal(plan.slots[2].track, "slot-2");
	assert_int_equal(o->lines[4].refusal, SDP_NO_SEAT);
	sdp_case_answer(answer, sizeof answer, o, &plan);
	assert_non_null(strstr(answer, "a=recvonly"));
	assert_non_null(strstr(answer, "m=audio 0 "));
	sdp_offer_free(o);
	offer_of(2);
	swap("recvonly", "sendrecv"); // a second voice is not taken, its ear is
	o = decoded();
	assert_int_equal(sdp_plan(&plan, o, 3), 0);
	assert_true(plan.voice == 0 && plan.slot_count == 1 && plan.slots[0].line == 1);
	sdp_case_answer(answer, sizeof answer, o, &plan);
	assert_non_null(strstr(answer, "a=sendonly"));
	plan.slots[0].ssrc = 0;
	sdp_offer_free(o);
}

// Whatever an offer says, it writes no line of its own into the answer.
static void test_no_injection(void **state)
{
	struct sdp_offer *o;
	struct sdp_plan plan;

	(void)state;
	offer_of(1);
	swap("a=ice-options:trickle", "a=ice-options:trickle\ra=evil:1");
	swap("stereo=1", "stereo=1\ra=evil:2");
	o = decoded();
	assert_int_equal(sdp_plan(&plan, o, 3), 0);
	assert_true(sdp_case_answer(answer, sizeof answer, o, &plan) > 0);
	assert_null(strstr(answer, "evil"));
	sdp_offer_free(o);
}

static void test_fragment(void **state)
{
	static const char both[] =
		"a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
		"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
		"a=candidate:1 1 udp 1 192.0.2.1 4000 typ host\r\na=end-of-candidates\r\n";
	struct sdp_error error = {0};
	const char *rest = strstr(both, "m=audio");
	struct sdp_fragment f;

	(void)state;
	assert_int_equal(sdp_fragment_decode(&f, both, strlen(both), &error), 0);
	assert_true(sdp_text_equal(f.ufrag, "EsAw") && f.pwd.len == 24);
	assert_true(f.end_of_candidates && f.candidate_count == 1);
	assert_int_equal(sdp_fragment_decode(&f, both, 18, &error), -EINVAL); // no password
	assert_int_equal(sdp_fragment_decode(&f, rest, strlen(rest), &error), 0);
	assert_null(f.ufrag.at);
	assert_int_equal(sdp_fragment_decode(&f, "x", 1, &error), -EINVAL);
	assert_int_equal(error.line, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_roles),
		cmocka_unit_test(test_opus),     cmocka_unit_test(test_fingerprints),
		cmocka_unit_test(test_plan),     cmocka_unit_test(test_no_injection),
		cmocka_unit_test(test_fragment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
