// SPDX-License-Identifier: Apache-2.0
// clang-format off
// EVENT(id, name, group, help): included by api.h and event.c, no guard wanted. A filter takes a name or
// a group. To add an event: a line here, and event_emit where it happens.
EVENT(EVENT_ALLOCATED, "allocated", "allocation", "A client was given a relayed address.")
EVENT(EVENT_REFRESHED, "refreshed", "allocation", "A client prolonged its allocation.")
EVENT(EVENT_PERMISSION, "permission", "allocation", "A peer may send to a client from now on.")
EVENT(EVENT_CHANNEL, "channel", "allocation", "A client bound a channel to a peer.")
EVENT(EVENT_EXPIRED, "expired", "allocation", "An allocation ended since nobody refreshed it.")
EVENT(EVENT_DELETED, "deleted", "allocation", "An allocation was ended; the reason says by whom.")
EVENT(EVENT_AUTH_FAILURE, "auth_failure", "auth", "A request was refused for its credentials.")
EVENT(EVENT_DRAIN_STARTED, "drain_started", "drain", "New allocations are refused from now on.")
EVENT(EVENT_DRAIN_PROGRESS, "drain_progress", "drain", "How many allocations are left.")
EVENT(EVENT_DRAIN_FINISHED, "drain_finished", "drain", "No allocation is left.")
EVENT(EVENT_RESUMED, "resumed", "drain", "New allocations are welcome again.")
EVENT(EVENT_CONFIG_RELOADED, "config_reloaded", "node", "A changed configuration was taken over.")
EVENT(EVENT_LINK_UP, "link_up", "node", "A port's link came up.")
EVENT(EVENT_LINK_DOWN, "link_down", "node", "A port's link went down.")
EVENT(EVENT_LOST, "lost", "stream", "So many events were not told here, since the reader was too slow.")
