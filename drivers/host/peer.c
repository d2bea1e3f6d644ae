// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <unistd.h>

#include "host/private.h"

#define GROUPS_MAX 1024 // of one user that are looked through; who has more is not let in by them

static bool peer_in_group(int fd, uint32_t gid)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof groups;

	if (gid == UINT32_MAX || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len))
		return false;
	for (size_t i = 0; i < len / sizeof *groups; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

bool host_peer_read(struct host_peer *out, int fd, const struct host_socket *s)
{
	struct ucred who;
	socklen_t len = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len))
		return false;
	out->uid = who.uid;
	out->gid = who.gid;
	// Whoever runs as we do could as well trace us.
	out->may_change = s->full && (who.uid == 0 || who.uid == geteuid() || who.gid == s->gid ||
				      peer_in_group(fd, s->gid));
	return true;
}
