// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "capture/capture.h"

// Blocks of pcapng (draft-ietf-opsawg-pcapng), in this machine's byte order, which the first block tells.

enum { BLOCK_HEAD = 0x0a0d0d0a, BLOCK_PORT = 1, BLOCK_TOTALS = 5, BLOCK_PACKET = 6 };
enum { OPTION_END, OPTION_COMMENT };
enum { HEAD_PROGRAM = 4 };
enum { PORT_NAME = 2, PORT_RESOLUTION = 9 };
enum { PACKET_FLAGS = 2, PACKET_QUEUE = 6 };
enum { TOTALS_START = 2, TOTALS_END, TOTALS_RECEIVED, TOTALS_LOST };

#define LINK_ETHERNET 1
#define NANOSECONDS 9

// --- Bytes -----------------------------------------------------------------------------------------------

struct block {
	struct capture_out *out;
	size_t at; // where it begins
	bool full;
};

static void bytes_put(struct block *b, const void *bytes, size_t len)
{
	static const uint8_t zeros[4];
	size_t pad = -len & 3;

	if (b->full || b->out->cap - b->out->len < len + pad) {
		b->full = true;
		return;
	}
	if (len)
		memcpy(b->out->bytes + b->out->len, bytes, len);
	memcpy(b->out->bytes + b->out->len + len, zeros, pad);
	b->out->len += len + pad;
}

static void word_put(struct block *b, uint32_t word)
{
	bytes_put(b, &word, sizeof word);
}

static struct block block_begin(struct capture_out *o, uint32_t type)
{
	struct block b = {o, o->len, false};

	word_put(&b, type);
	word_put(&b, 0); // its length, later
	return b;
}

static bool block_end(struct block *b)
{
	uint32_t len = (uint32_t)(b->out->len - b->at + 4);

	word_put(b, len);
	if (b->full)
		b->out->len = b->at;
	else
		memcpy(b->out->bytes + b->at + 4, &len, sizeof len);
	return !b->full;
}

static void option_put(struct block *b, uint16_t code, const void *bytes, size_t len)
{
	uint16_t head[2] = {code, (uint16_t)len};

	bytes_put(b, head, sizeof head);
	bytes_put(b, bytes, len);
}

static void text_put(struct block *b, uint16_t code, const char *text)
{
	if (text && *text)
		option_put(b, code, text, strlen(text));
}

// Times and, like them, the two halves of a 64-bit word: the high one first, whatever the byte order.
static void time_put(struct block *b, uint16_t code, uint64_t ns)
{
	uint32_t words[2] = {(uint32_t)(ns >> 32), (uint32_t)ns};

	option_put(b, code, words, sizeof words);
}

// --- Blocks ----------------------------------------------------------------------------------------------

bool capture_head_put(struct capture_out *o, const char *program, const char *comment)
{
	struct block b = block_begin(o, BLOCK_HEAD);
	uint16_t version[2] = {1, 0};
	uint64_t unknown = UINT64_MAX; // length of all that follows

	word_put(&b, 0x1a2b3c4d);
	bytes_put(&b, version, sizeof version);
	bytes_put(&b, &unknown, sizeof unknown);
	text_put(&b, HEAD_PROGRAM, program);
	text_put(&b, OPTION_COMMENT, comment);
	option_put(&b, OPTION_END, NULL, 0);
	return block_end(&b);
}

bool capture_port_put(struct capture_out *o, const char *name)
{
	struct block b = block_begin(o, BLOCK_PORT);
	uint16_t link[2] = {LINK_ETHERNET, 0};
	uint8_t resolution = NANOSECONDS;

	bytes_put(&b, link, sizeof link);
	word_put(&b, CAPTURE_SNAP);
	text_put(&b, PORT_NAME, name);
	option_put(&b, PORT_RESOLUTION, &resolution, 1);
	option_put(&b, OPTION_END, NULL, 0);
	return block_end(&b);
}

bool capture_packet_put(struct capture_out *o, const struct capture_packet *p)
{
	const struct capture_record *r = p->record;
	struct block b = block_begin(o, BLOCK_PACKET);
	uint32_t flags = r->mark.way == CAPTURE_OUT ? 2 : 1; // outbound, inbound

	word_put(&b, r->mark.port);
	word_put(&b, (uint32_t)(p->time_ns >> 32));
	word_put(&b, (uint32_t)p->time_ns);
	word_put(&b, r->kept);
	word_put(&b, r->len);
	bytes_put(&b, r->bytes, r->kept);
	option_put(&b, PACKET_FLAGS, &flags, sizeof flags);
	option_put(&b, PACKET_QUEUE, &r->mark.queue, sizeof r->mark.queue);
	text_put(&b, OPTION_COMMENT, p->comment);
	option_put(&b, OPTION_END, NULL, 0);
	return block_end(&b);
}

bool capture_totals_put(struct capture_out *o, const struct capture_totals *t)
{
	struct block b = block_begin(o, BLOCK_TOTALS);

	word_put(&b, t->port);
	word_put(&b, (uint32_t)(t->end_ns >> 32));
	word_put(&b, (uint32_t)t->end_ns);
	time_put(&b, TOTALS_START, t->start_ns);
	time_put(&b, TOTALS_END, t->end_ns);
	option_put(&b, TOTALS_RECEIVED, &t->received, sizeof t->received);
	option_put(&b, TOTALS_LOST, &t->lost, sizeof t->lost);
	option_put(&b, OPTION_END, NULL, 0);
	return block_end(&b);
}

size_t capture_out_whole(const struct capture_out *o, size_t len, unsigned *packets)
{
	size_t at = 0;

	*packets = 0;
	while (at < o->len) {
		uint32_t head[2]; // type, length

		memcpy(head, o->bytes + at, sizeof head);
		if (head[1] > len - at)
			break;
		at += head[1];
		*packets += head[0] == BLOCK_PACKET;
	}
	return at;
}
