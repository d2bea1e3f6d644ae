// SPDX-License-Identifier: Apache-2.0
#include "api/rows.h"

// What each method gives, field by field; lib/api/list.c names these. Written down in prose and by
// example in app/turnpikectl/README.md; the tests hold table, examples and running relay together.

// --- node ------------------------------------------------------------------------------------------

static const struct api_field status_workers[] = {
	COUNT("id", "Its number"),
	COUNT("cpu", "CPU that it is pinned to"),
	REAL("busy_share", "0 to 1", "Share of the last second with packets in hand"),
	COUNT("packets", "Received since start"),
	{0},
};

static const struct api_field status_ports[] = {
	TEXT("name", "As configured"),
	TEXT("device", "As configured"),
	TEXT("driver", "DPDK's driver"),
	TEXT("mac", "Its MAC address"),
	BOOL("up", "There is a link"),
	IN("speed_mbps", "Mbit/s", "Of the link; 0: unknown"),
	IN("mtu", "bytes", "Largest IP packet"),
	COUNT("queues", "Receive queues"),
	COUNT("socket", "NUMA node"),
	PLAIN("addresses", API_TEXT, "Its addresses with prefix lengths"),
	{0},
};

static const struct api_field status_turn[] = {
	COUNT("allocations", "Live now"),
	COUNT("allocations_max", "As many there may be"),
	{0},
};

static const struct api_field drain_members[] = {
	TEXT("state", "running or finished"),
	TEXT("since", "When it began"),
	NULLABLE("deadline", API_TEXT, .help = "When what is left is ended; null: never"),
	NULLABLE("left_s", API_INT, .unit = "s", .help = "Until then"),
	COUNT("allocations_left", "Live now"),
	NULLABLE("alternate", API_TEXT, .help = "ADDRESS:PORT that new clients are sent on to"),
	BOOL("exit", "The process ends when no allocation is left"),
	{0},
};

#define DRAIN                                                                                      \
	NULLABLE("drain", API_OBJECT, .fields = drain_members,                                     \
		 .help = "How far a drain is; null: there is none")

const struct api_field api_status_result[] = {
	TEXT("name", "node.name"),
	TEXT("region", "node.region"),
	TEXT("version", "Of Turnpike"),
	TEXT("dpdk", "Version of DPDK"),
	COUNT("pid", "Process id"),
	IN("uptime_s", "s", "Since start"),
	TEXT("state", "ready or draining"),
	DRAIN,
	LIST("workers", status_workers, "Threads that move packets"),
	LIST("ports", status_ports, "Devices"),
	OBJECT("turn", status_turn, "Allocations"),
	{0},
};

const struct api_field api_drain_result[] = {
	TEXT("state", "ready or draining"),
	COUNT("allocations", "Live now"),
	DRAIN,
	{0},
};

// --- config, log -----------------------------------------------------------------------------------

static const struct api_field diff_rows[] = {
	TEXT("key", "Of the configuration"),
	TEXT("old", "Value that runs, secrets left out"),
	TEXT("new", "Value of the file; \"changed\" where only secrets differ"),
	TEXT("applied", "now or restart"),
	OPTIONAL("reason", API_TEXT, .help = "Why it wants a restart"),
	{0},
};

const struct api_field api_reload_result[] = {
	PLAIN("changed", API_TEXT, "Keys whose value is another now"),
	PLAIN("restart", API_TEXT, "Keys that differ in the file and want a restart"),
	LIST("diff", diff_rows, "A row for each of them"),
	BOOL("dry_run", "Nothing was taken over"),
	{0},
};

const struct api_field api_level_result[] = {TEXT("level", "Least grave events logged"), {0}};

// --- stats -----------------------------------------------------------------------------------------

static const struct api_field latency[] = {
	REAL("p50", "us", "Median"),
	REAL("p99", "us", "99 in 100 are quicker"),
	REAL("p99_9", "us", "999 in 1,000 are quicker"),
	{0},
};

static const struct api_field port_queues[] = {
	COUNT("queue", "Its number"),
	COUNT("rx_packets", "Received"),
	IN("rx_bytes", "bytes", "Received"),
	COUNT("tx_packets", "Sent"),
	IN("tx_bytes", "bytes", "Sent"),
	NULLABLE("latency_us", API_OBJECT, .fields = latency,
		 .help = "Receive to transmit burst, sampled; null before the first sample"),
	{0},
};

static const struct api_field ports_rows[] = {
	TEXT("name", "As configured"),
	COUNT("rx_missed", "What the device had no room for"),
	LIST("queues", port_queues, "Both directions"),
	{0},
};

const struct api_field api_ports_result[] = {LIST("ports", ports_rows, "Devices"), {0}};

static const struct api_field step_rows[] = {
	TEXT("step", "As the drawing of the path has it"),
	COUNT("packets", "That walked it"),
	COUNT("batches", "Lists of packets"),
	IN("cycles", "TSC cycles", "Spent in it"),
	REAL("cycles_per_packet", "TSC cycles", "0 without packets"),
	{0},
};

static const struct api_field steps_workers[] = {
	COUNT("worker", "Its number"),
	COUNT("cpu", "CPU that it is pinned to"),
	IN("cycles_busy", "TSC cycles", "With packets in hand"),
	IN("cycles_idle", "TSC cycles", "Without"),
	LIST("steps", step_rows, "In the order of the walk"),
	{0},
};

const struct api_field api_steps_result[] = {LIST("workers", steps_workers, "Threads"), {0}};

#define ACCOUNT                                                                                    \
	COUNT("received", "Packets from the queues"), COUNT("relayed", "Sent on"),                 \
		COUNT("answered", "Answered by the worker itself"),                                \
		COUNT("punted", "Given to the control lane"),                                      \
		COUNT("voiced", "Voice that a room's hearers got copies of"),                      \
		COUNT("dropped", "For any reason"),                                                \
		COUNT("balance", "What the others leave of received; 0 but for packets in hand"),  \
		COUNT("injected", "Sent for the control lane and other workers, outside the sum"), \
		COUNT("copies", "Of voice, sent to hearers, outside the sum")

static const struct api_field drop_reasons[] = {
	TEXT("reason", "Its name"),
	TEXT("text", "What it means"),
	{0},
};

static const struct api_field drop_workers[] = {
	COUNT("worker", "Its number"),
	COUNTS("drops", "Packets by reason"),
	ACCOUNT,
	{0},
};

static const struct api_field drop_total[] = {ACCOUNT, {0}};

const struct api_field api_drops_result[] = {
	LIST("reasons", drop_reasons, "All that there are"),
	LIST("workers", drop_workers, "Threads"),
	OBJECT("total", drop_total, "Of all workers"),
	COUNTS("control", "What the control lane dropped of the punted, by its own reasons"),
	{0},
};

static const struct api_field load_latency[] = {
	REAL("p50", "us", "Median"),
	REAL("p99", "us", "99 in 100 are quicker"),
	REAL("p99_9", "us", "999 in 1,000 are quicker"),
	REAL("max", "us", "The slowest"),
	{0},
};

static const struct api_field load_rows[] = {
	TEXT("port", "As configured"),
	COUNT("bound", "Clients with a channel"),
	COUNT("allocated", "Clients with an allocation"),
	COUNT("sent", "Packets"),
	COUNT("received", "Packets"),
	COUNT("lost", "Packets"),
	COUNT("reordered", "Packets"),
	COUNT("damaged", "Packets with other bytes than were sent"),
	COUNT("misdirected", "Packets that came to somebody else"),
	COUNT("refused", "Requests"),
	COUNT("rubbish", "Packets sent that nobody can want"),
	COUNT("missed", "Packets due while nobody polled, beyond a receive queue: not sent"),
	IN("generate_cycles", "TSC cycles", "Spent on sending"),
	IN("check_cycles", "TSC cycles", "Spent on looking at what came"),
	OBJECT("latency_us", load_latency, "Sent to received"),
	PLAIN("latency_buckets", API_INT, "The histogram behind it"),
	{0},
};

const struct api_field api_load_result[] = {
	IN("tsc_hz", "Hz", "Of the time stamp counter"),
	IN("tsc", "TSC cycles", "Now"),
	LIST("ports", load_rows, "Ports that are a crowd; none outside a bench"),
	{0},
};

static const struct api_field path_rows[] = {
	TEXT("name", "Of the step"),
	TEXT("file", "That it stands in"),
	TEXT("does", "What it does"),
	PLAIN("next", API_TEXT, "Later steps that a packet may go to"),
	{0},
};

const struct api_field api_path_result[] = {LIST("steps", path_rows, "In order"), {0}};

// --- turn, credential ------------------------------------------------------------------------------

#define ALLOCATION                                                                                 \
	COUNT("id", "Never used again"), TEXT("user", "As the client gave it"),                    \
		TEXT("client", "ADDRESS:PORT"), TEXT("server", "Where the client reached us"),     \
		PLAIN("relays", API_TEXT, "Relayed transport addresses"),                          \
		TEXT("transport", "Between client and relay"),                                     \
		COUNT("peers", "Permissions that hold"),                                           \
		IN("expires_s", "s", "Until it ends unless refreshed"),                            \
		COUNT("packets_in", "From the client"), COUNT("packets_out", "To the client"),     \
		IN("bytes_in", "bytes", "From the client"),                                        \
		IN("bytes_out", "bytes", "To the client")

static const struct api_field allocation_rows[] = {ALLOCATION, {0}};

const struct api_field api_list_result[] = {
	LIST("allocations", allocation_rows, "By ascending id"),
	NULLABLE("next", API_INT, .help = "The id to go on after; null at the end"),
	{0},
};

static const struct api_field permission_rows[] = {
	TEXT("peer", "Its address"),
	IN("expires_s", "s", "Until it ends unless refreshed"),
	{0},
};

static const struct api_field channel_rows[] = {
	COUNT("number", "Of the channel"),
	TEXT("peer", "ADDRESS:PORT"),
	IN("expires_s", "s", "Until it ends unless refreshed"),
	{0},
};

const struct api_field api_show_result[] = {
	ALLOCATION,
	NULLABLE("worker", API_INT, .help = "That the client's packets land on; null: untold"),
	IN("created", "Unix seconds", "When it was made"),
	IN("age_s", "s", "Since then"),
	NULLABLE("last_activity_s", API_INT, .unit = "s",
		 .help = "Since the last data; null before the first"),
	NULLABLE("last_in_s", API_INT, .unit = "s", .help = "The same, from the client"),
	NULLABLE("last_out_s", API_INT, .unit = "s", .help = "The same, to the client"),
	LIST("permissions", permission_rows, "Addresses of peers that may be reached"),
	LIST("channels", channel_rows, "Channels"),
	COUNT("dropped", "Packets over its rate"),
	COUNT("dropped_in", "Of these from the client"),
	COUNT("dropped_out", "Of these to the client"),
	{0},
};

const struct api_field api_delete_result[] = {COUNT("deleted", "The id"), {0}};

const struct api_field api_issue_result[] = {
	TEXT("username", "For the TURN client"),
	TEXT("password", "For the TURN client"),
	IN("ttl_s", "s", "That both are good for"),
	PLAIN("uris", API_TEXT, "Where to use them, by RFC 7065"),
	{0},
};

const struct api_field api_revoke_result[] = {
	TEXT("by", "What was named: token, jti, player or user"),
	TEXT("name", "Its name"),
	COUNT("ended", "Allocations that it ended"),
	NULLABLE("for_s", API_INT, .unit = "s", .help = "That it holds; null: until allowed again"),
	{0},
};

const struct api_field api_allow_result[] = {
	TEXT("by", "What was named: token, jti, player or user"),
	TEXT("name", "Its name"),
	{0},
};

// --- events ----------------------------------------------------------------------------------------

const struct api_field api_subscribe_result[] = {
	PLAIN("subscribed", API_TEXT, "Kinds of events that will be told"),
	COUNT("seq", "Of the last event before"),
	{0},
};

// --- api -------------------------------------------------------------------------------------------

static const struct api_field describe_fields[] = {
	TEXT("name", "Of the parameter"),
	TEXT("type", "text, int, bool, object, list or real"),
	BOOL("required", "It may not be left out"),
	TEXT("help", "A sentence"),
	OPTIONAL("min", API_INT, .help = "Least; of texts the bytes"),
	OPTIONAL("max", API_INT, .help = "Most"),
	{0},
};

// Fields of a list's or an object's members stand in them as these do here, however deep; they are
// not checked below the first.
static const struct api_field describe_results[] = {
	TEXT("name", "Of the member"),
	TEXT("type", "text, int, bool, object, list or real"),
	OPTIONAL("unit", API_TEXT, .help = "That a number is in"),
	OPTIONAL("null", API_BOOL, .help = "It may be null"),
	OPTIONAL("optional", API_BOOL, .help = "It may be missing"),
	OPTIONAL("of", API_TEXT, .help = "Type of the plain values within"),
	OPTIONAL("fields", API_LIST, .of = API_OBJECT, .help = "Members within"),
	TEXT("help", "A sentence"),
	{0},
};

static const struct api_field describe_methods[] = {
	TEXT("method", "Its name"),
	TEXT("right", "show or change"),
	TEXT("summary", "What it does"),
	LIST("params", describe_fields, "What it takes"),
	LIST("result", describe_results, "What it gives"),
	{0},
};

const struct api_field api_describe_result[] = {
	LIST("methods", describe_methods, "All that there are"),
	{0},
};
