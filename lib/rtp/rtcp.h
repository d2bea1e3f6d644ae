// SPDX-License-Identifier: Apache-2.0
#ifndef RTP_RTCP_H
#define RTP_RTCP_H

// RTCP (RFC 3550), compound and reduced-size (RFC 5506), feedback (RFC 4585, TWCC). Any thread.
#include "rtp/rtp.h"

#define RTCP_BLOCK_LEN 24
#define RTCP_BLOCKS_MAX 31
#define RTCP_CNAME_MAX 255

enum rtcp_type {
	RTCP_SR = 200,
	RTCP_RR = 201,
	RTCP_SDES = 202,
	RTCP_BYE = 203,
	RTCP_APP = 204,
	RTCP_RTPFB = 205, // count is the format
	RTCP_PSFB = 206,
	RTCP_XR = 207,
};

enum rtcp_rtpfb { RTCP_NACK = 1, RTCP_TWCC = 15 };
enum rtcp_psfb { RTCP_PLI = 1, RTCP_FIR = 4, RTCP_AFB = 15 };

// One packet of a compound one: what follows the first four bytes, without padding.
struct rtcp_packet {
	const uint8_t *body;
	uint32_t len; // bytes of body
	uint8_t type;
	uint8_t count; // reports, sources, chunks, or the format of feedback
};

struct rtcp_walk {
	const uint8_t *at;
	const uint8_t *end;
	bool bad; // the rest does not parse
};

// Walks over the packets in `bytes`; unknown types come too, to be passed over.
struct rtcp_walk rtcp_walk_of(const uint8_t *bytes, size_t len);
bool rtcp_next(struct rtcp_walk *walk, struct rtcp_packet *out);

struct rtcp_sender {
	uint64_t ntp; // 32.32 seconds since 1900
	uint32_t ssrc;
	uint32_t rtp_ts;
	uint32_t packets;
	uint32_t octets;
};

struct rtcp_block {
	uint32_t ssrc;
	struct rtp_loss loss;
	uint32_t lsr; // middle 32 bits of the last sender report's NTP; 0: none came
	uint32_t dlsr; // 1/65536 s since then
};

// False when the packet is no such report or too short.
bool rtcp_sender_decode(const struct rtcp_packet *p, struct rtcp_sender *out);
// Who reports (SR, RR), complains (RTPFB, PSFB), describes or leaves: the packet's first SSRC.
bool rtcp_source(const struct rtcp_packet *p, uint32_t *ssrc);
// The i-th report block of an SR or RR, i < p->count.
bool rtcp_block_decode(const struct rtcp_packet *p, unsigned i, struct rtcp_block *out);
// The i-th SSRC of a BYE.
bool rtcp_bye_source(const struct rtcp_packet *p, unsigned i, uint32_t *ssrc);
// The canonical name (not ended by 0) that an SDES tells of `ssrc`.
bool rtcp_cname(const struct rtcp_packet *p, uint32_t ssrc, const uint8_t **name, uint8_t *len);
// The stream that feedback (RTPFB, PSFB) is about.
bool rtcp_media_source(const struct rtcp_packet *p, uint32_t *ssrc);
// The i-th pair of a NACK: `seq`, and one bit each for the 16 after it.
bool rtcp_nack_pair(const struct rtcp_packet *p, unsigned i, uint16_t *seq, uint16_t *mask);

// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).
struct rtcp_twcc {
	const uint8_t *chunk; // the rest of the walk: private
	const uint8_t *delta;
	const uint8_t *end;
	uint32_t reference_64ms;
	uint16_t left; // statuses still to come
	uint16_t seq; // of the next status
	uint16_t run; // private
	uint16_t bits;
	uint8_t feedback; // counter of feedback packets
	uint8_t form;
};
struct rtcp_arrival {
	int32_t delta_250us; // after the one received before it, or after the reference time
	uint16_t seq;
	bool received;
};
bool rtcp_twcc_decode(const struct rtcp_packet *p, struct rtcp_twcc *out);
// The next status; false at the end or where the packet is cut short.
bool rtcp_twcc_next(struct rtcp_twcc *walk, struct rtcp_arrival *out);

// What goes out: SR (`sender` given) or RR, SDES with the CNAME, and a BYE where asked for.
struct rtcp_report {
	uint32_t ssrc;
	const struct rtcp_sender *sender; // its ssrc is not read; NULL: RR
	const struct rtcp_block *blocks;
	unsigned block_count; // at most RTCP_BLOCKS_MAX
	const char *cname; // at most RTCP_CNAME_MAX bytes; NULL: reduced-size, no SDES
	bool bye;
};
// Bytes written, or 0 when it does not fit or is out of bounds.
size_t rtcp_report_encode(uint8_t *out, size_t cap, const struct rtcp_report *report);

// Seconds since 1900 as 32.32 from nanoseconds since 1970.
uint64_t rtcp_ntp(uint64_t unix_ns);
static inline uint32_t rtcp_ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}
// Round trip in microseconds from a block that came at `ntp` about a report of ours; -1 without one,
// or where the numbers make no sense (negative, more than RTCP_ROUND_TRIP_MAX_S).
int64_t rtcp_round_trip_us(const struct rtcp_block *block, uint64_t ntp);

#endif
