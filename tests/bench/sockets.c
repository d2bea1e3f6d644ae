// SPDX-License-Identifier: Apache-2.0
// The best that kernel sockets do: ChannelData relayed by a table instead of allocations, no checks, many
// datagrams a system call where the interface has that.
//   sockets SERVER CLIENTS PEERS SESSIONS (IPv4 addresses; the table of drivers/vdev/load.h)
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define BURST 64
#define ROOM 1600
#define TURN_PORT 3478
#define TABLE_PORT 20000
#define CLIENT_PORT 10000
#define PEER_PORT 30000
#define HOSTS 256
#define CHANNEL 0x4000
#define LISTENER UINT32_MAX

struct batch {
	struct mmsghdr messages[BURST];
	struct iovec pieces[BURST][2];
	struct sockaddr_in ends[BURST];
	uint8_t headers[BURST][4];
	uint8_t bytes[BURST][ROOM];
};

static struct {
	uint32_t server, clients, peers; // host order
	unsigned sessions;
	int listener;
	int *relays;
} world;

static struct batch batch;

static struct sockaddr_in end_of(uint32_t addr, unsigned port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr = {htonl(addr)}};
}

static int socket_open(unsigned port)
{
	struct sockaddr_in at = end_of(world.server, port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	return bind(fd, (struct sockaddr *)&at, sizeof at) ? -1 : fd;
}

static void batch_prepare(unsigned i, unsigned pieces, uint8_t *first, size_t first_len,
			  size_t rest)
{
	struct msghdr *h = &batch.messages[i].msg_hdr;

	batch.pieces[i][0] = (struct iovec){first, first_len};
	batch.pieces[i][1] = (struct iovec){batch.bytes[i], rest};
	*h = (struct msghdr){.msg_name = &batch.ends[i],
			     .msg_namelen = sizeof batch.ends[i],
			     .msg_iov = batch.pieces[i],
			     .msg_iovlen = pieces};
}

// Each from a socket of its own: sendmmsg has nothing to gather.
static int to_peers(void)
{
	int n;

	for (unsigned i = 0; i < BURST; i++)
		batch_prepare(i, 1, batch.bytes[i], ROOM, 0);
	n = recvmmsg(world.listener, batch.messages, BURST, 0, NULL);
	for (int i = 0; i < n; i++) {
		uint32_t host = ntohl(batch.ends[i].sin_addr.s_addr) - world.clients;
		unsigned row = ntohs(batch.ends[i].sin_port) - CLIENT_PORT, id = row * HOSTS + host;
		struct sockaddr_in peer = end_of(world.peers + host, PEER_PORT + row);

		if (host < HOSTS && id < world.sessions && batch.messages[i].msg_len > 4)
			sendto(world.relays[id], batch.bytes[i] + 4, batch.messages[i].msg_len - 4,
			       0, (struct sockaddr *)&peer, sizeof peer);
	}
	return n;
}

// From one relayed port into the batch; returns how full that is.
static unsigned gather(unsigned id, unsigned filled)
{
	while (filled < BURST) {
		ssize_t len = recv(world.relays[id], batch.bytes[filled], ROOM, 0);
		uint8_t header[4] = {CHANNEL >> 8, CHANNEL & 0xff, (uint8_t)(len >> 8),
				     (uint8_t)len};

		if (len < 0)
			break;
		memcpy(batch.headers[filled], header, sizeof header);
		batch.ends[filled] = end_of(world.clients + id % HOSTS, CLIENT_PORT + id / HOSTS);
		batch_prepare(filled, 2, batch.headers[filled], sizeof header, (size_t)len);
		filled++;
	}
	return filled;
}

static int world_open(char **argv, int epoll)
{
	struct epoll_event e = {.events = EPOLLIN, .data = {.u32 = LISTENER}};

	world.server = ntohl(inet_addr(argv[1]));
	world.clients = ntohl(inet_addr(argv[2]));
	world.peers = ntohl(inet_addr(argv[3]));
	world.sessions = (unsigned)atoi(argv[4]);
	world.relays = calloc(world.sessions, sizeof *world.relays);
	world.listener = socket_open(TURN_PORT);
	if (!world.relays || world.listener < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, world.listener, &e))
		return -1;
	for (unsigned i = 0; i < world.sessions; i++) {
		world.relays[i] = socket_open(TABLE_PORT + i);
		e.data.u32 = i;
		if (world.relays[i] < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, world.relays[i], &e))
			return -1;
	}
	return 0;
}

static void serve(int epoll)
{
	struct epoll_event events[BURST];
	int n = epoll_wait(epoll, events, BURST, -1);
	unsigned filled = 0;
	bool listener = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 == LISTENER)
			listener = true;
		else
			filled = gather(events[i].data.u32, filled);
	}
	if (filled)
		sendmmsg(world.listener, batch.messages, filled, 0);
	while (listener && to_peers() == BURST)
		continue;
}

int main(int argc, char **argv)
{
	struct rlimit files = {200000, 200000};
	int epoll = epoll_create1(0);

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc != 5 || world_open(argv, epoll)) {
		perror("usage: sockets SERVER CLIENTS PEERS SESSIONS");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		serve(epoll);
}
