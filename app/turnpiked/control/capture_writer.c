// SPDX-License-Identifier: Apache-2.0
#include "control/capture_writer.h"

#include <errno.h>
#include <pthread.h>
#include <rte_cycles.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "host/host.h"

#define BUFFER_BYTES 262144 // of blocks that go to the file at once
#define NAP_NS 1000000 // with nothing to do: a lane holds 2 ms of a million packets a second
#define NICENESS 10
// What the end of the file takes: totals of each port.
#define TOTALS_BYTES (PORTS_MAX * 80)

const char *const capture_end_names[CAPTURE_ENDS] = {
	[CAPTURE_GOES_ON] = "",
	[CAPTURE_STOPPED] = "stopped",
	[CAPTURE_FULL_PACKETS] = "packets",
	[CAPTURE_FULL_BYTES] = "bytes",
	[CAPTURE_FULL_SECONDS] = "seconds",
	[CAPTURE_SESSION_OVER] = "session_over",
	[CAPTURE_WRITE_FAILED] = "write_failed",
	[CAPTURE_SHUTDOWN] = "shutdown",
};

struct capture_writer {
	struct capture_job job;
	pthread_t thread;
	_Atomic bool finish, done;
	// Written by the thread, read by the control lane.
	_Atomic uint64_t packets, bytes;
	_Atomic uint64_t port_packets[PORTS_MAX];
	_Atomic uint8_t end;
	_Atomic int err;
	unsigned held; // packets in `buffer`
	uint64_t tsc_hz, start_tsc, start_ns;
	struct capture_out out;
	uint8_t buffer[BUFFER_BYTES];
};

// --- To the file -----------------------------------------------------------------------------------------

static uint64_t packets_seen(const struct capture_writer *w, bool lost)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < w->job.lane_count; i++) {
		const struct capture_lane *l = w->job.lanes[i];

		sum += __atomic_load_n(lost ? &l->lost : &l->seen, __ATOMIC_RELAXED);
	}
	return sum;
}

static uint64_t time_of(const struct capture_writer *w, uint64_t tsc)
{
	uint64_t d = tsc > w->start_tsc ? tsc - w->start_tsc : 0;

	// In two parts, or it would overflow after some seconds.
	return w->start_ns + d / w->tsc_hz * 1000000000 + d % w->tsc_hz * 1000000000 / w->tsc_hz;
}

// What a full disk left half written is cut off, so that the file ends with a whole block.
static void write_failed(struct capture_writer *w, size_t done, int err)
{
	unsigned packets;
	size_t whole = capture_out_whole(&w->out, done, &packets);

	w->err = err;
	w->end = CAPTURE_WRITE_FAILED;
	w->packets -= w->held - packets;
	w->bytes += whole;
	if (ftruncate(w->job.fd, (off_t)w->bytes) || lseek(w->job.fd, 0, SEEK_END) < 0)
		w->err = err; // the first failure is the one to tell
}

static void flush(struct capture_writer *w)
{
	size_t done = 0;

	while (done < w->out.len) {
		ssize_t n = write(w->job.fd, w->out.bytes + done, w->out.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			write_failed(w, done, n ? errno : ENOSPC);
			break;
		}
		done += (size_t)n;
	}
	if (done == w->out.len)
		w->bytes += w->out.len;
	w->out.len = 0;
	w->held = 0;
}

static void comment_make(char out[CAPTURE_COMMENT_MAX], const struct capture_writer *w,
			 const struct capture_mark *m)
{
	static const char *const ways[] = {
		[CAPTURE_IN] = "in",
		[CAPTURE_OUT] = "out",
		[CAPTURE_DROPPED] = "dropped: ",
	};

	snprintf(out, CAPTURE_COMMENT_MAX, "%s%s, port %s, queue %u, worker %u", ways[m->way],
		 m->way == CAPTURE_DROPPED ? path_reason_names[m->reason] : "",
		 w->job.ports[m->port].name, m->queue, m->worker);
}

static void packet_write(struct capture_writer *w, const struct capture_record *r)
{
	char comment[CAPTURE_COMMENT_MAX];
	struct capture_packet p = {r, time_of(w, r->tsc), comment};
	size_t before = w->out.len;

	comment_make(comment, w, &r->mark);
	if (!capture_packet_put(&w->out, &p))
		return; // never: there is room for the longest
	if (w->bytes + w->out.len + TOTALS_BYTES > w->job.limits.bytes) {
		w->out.len = before;
		w->end = CAPTURE_FULL_BYTES;
		return;
	}
	w->port_packets[r->mark.port]++;
	w->held++;
	if (++w->packets == w->job.limits.packets)
		w->end = CAPTURE_FULL_PACKETS;
	if (w->out.cap - w->out.len < CAPTURE_BLOCK_MAX)
		flush(w);
}

// --- The thread ------------------------------------------------------------------------------------------

// Empties the lanes as they were; what comes behind a limit is let go of. Returns how much it did.
static unsigned lanes_drain(struct capture_writer *w)
{
	struct capture_lane *l;
	unsigned n = 0;

	while (n < CAPTURE_RECORDS && (l = capture_lanes_oldest(w->job.lanes, w->job.lane_count))) {
		if (w->end == CAPTURE_GOES_ON)
			packet_write(w, capture_lane_first(l));
		capture_lane_taken(l);
		n++;
	}
	return n;
}

static void file_begin(struct capture_writer *w)
{
	capture_head_put(&w->out, "turnpiked " TURNPIKE_VERSION, w->job.about);
	for (unsigned i = 0; i < w->job.port_count; i++)
		capture_port_put(&w->out, w->job.ports[i].name);
	flush(w);
}

static void file_end(struct capture_writer *w)
{
	uint64_t lost = packets_seen(w, true);

	for (unsigned i = 0; i < w->job.port_count; i++) {
		struct capture_totals t = {
			.port = i,
			.start_ns = w->start_ns,
			.end_ns = time_of(w, rte_rdtsc()),
			.received = w->port_packets[i] + (i ? 0 : lost),
			.lost = i ? 0 : lost, // by which port they were is not known
		};

		capture_totals_put(&w->out, &t);
	}
	flush(w);
	if (close(w->job.fd) && w->end != CAPTURE_WRITE_FAILED) {
		w->err = errno;
		w->end = CAPTURE_WRITE_FAILED;
	}
}

static void *writer_main(void *arg)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	struct capture_writer *w = arg;

	// Of this thread alone, on Linux. Where it may not be, nothing is lost but courtesy.
	setpriority(PRIO_PROCESS, 0, NICENESS);
	file_begin(w);
	for (;;) {
		bool last = w->finish;

		if (lanes_drain(w))
			continue;
		if (w->out.len)
			flush(w); // whoever looks at the file meanwhile sees all of it
		if (last)
			break;
		nanosleep(&nap, NULL);
	}
	file_end(w);
	w->done = true;
	return NULL;
}

int capture_writer_open(struct capture_writer **out, const struct capture_job *job)
{
	struct capture_writer *w = calloc(1, sizeof *w);
	sigset_t all, before;
	int err;

	if (!w)
		return -ENOMEM;
	w->job = *job;
	w->out = (struct capture_out){.bytes = w->buffer, .cap = sizeof w->buffer};
	w->tsc_hz = rte_get_tsc_hz();
	w->start_tsc = rte_rdtsc();
	w->start_ns = host_wall_ms() * 1000000;
	// Signals are the control lane's.
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&w->thread, NULL, writer_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		free(w);
		return -err;
	}
	*out = w;
	return 0;
}

void capture_writer_finish(struct capture_writer *w)
{
	w->finish = true;
}

bool capture_writer_done(const struct capture_writer *w)
{
	return w->done;
}

struct capture_counts capture_writer_counts(const struct capture_writer *w)
{
	return (struct capture_counts){
		.packets = w->packets,
		.bytes = w->bytes,
		.seen = packets_seen(w, false),
		.lost = packets_seen(w, true),
		.end = w->end,
		.err = w->err,
	};
}

struct capture_counts capture_writer_close(struct capture_writer *w)
{
	struct capture_counts counts;

	pthread_join(w->thread, NULL);
	counts = capture_writer_counts(w);
	free(w);
	return counts;
}
