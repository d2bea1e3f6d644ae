// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "control/events.h"
#include "control/player.h"

// Tells when a player's loss, jitter or round trip changed by so much that it can be heard. Reports come
// once a second (control/voice_rtcp.c), and are looked at as often.

#define LOOK_MS 1000
#define TOLD_MS 5000 // between two events of one player
#define LOSS_STEP 0.02 // Opus conceals less than that
#define JITTER_STEP_MS 10
#define ROUND_TRIP_STEP_MS 50

static struct voice_told told_now(const struct voice_seat *s)
{
	return (struct voice_told){
		.at_ms = s->node->now_ms,
		.loss_in = s->rtcp.loss_in,
		.loss_out = s->rtcp.loss_out,
		.jitter_ms = s->rtcp.jitter_in_us / 1000.0,
		.round_trip_ms = s->rtcp.round_trip_ms,
	};
}

static bool changed(const struct voice_told *a, const struct voice_told *b)
{
	return fabs(a->loss_in - b->loss_in) >= LOSS_STEP ||
	       fabs(a->loss_out - b->loss_out) >= LOSS_STEP ||
	       fabs(a->jitter_ms - b->jitter_ms) >= JITTER_STEP_MS ||
	       fabs(a->round_trip_ms - b->round_trip_ms) >= ROUND_TRIP_STEP_MS;
}

static void look(struct voice_seat *s)
{
	struct voice_told now = told_now(s);

	if (now.at_ms - s->told.at_ms < TOLD_MS || !changed(&now, &s->told))
		return;
	s->told = now;
	event_emit(s->node, EVENT_QUALITY,
		   json_pack("{s:s, s:s, s:I, s:f, s:f, s:f, s:f}", "room", s->player->room->name,
			     "player", s->player->name, "seat", (json_int_t)s->number, "loss_in",
			     now.loss_in, "loss_out", now.loss_out, "jitter_ms", now.jitter_ms,
			     "round_trip_ms", now.round_trip_ms));
}

static unsigned quality_tick(struct node *n, uint64_t now_ms)
{
	struct voice_control *v = n->voice;

	if (now_ms < v->quality_ms)
		return 0;
	v->quality_ms = now_ms + LOOK_MS;
	if (!v->count || !event_wanted(n, EVENT_QUALITY))
		return 0;
	for (uint32_t i = 0; i < n->flow->players_max; i++)
		if (v->seats[i] && v->seats[i]->sides)
			look(v->seats[i]);
	return 0;
}

const struct module quality_module = {
	.name = "quality",
	.tick = quality_tick,
	.metrics = voice_metrics,
};
