// SPDX-License-Identifier: Apache-2.0
// clang-format off
// (A bound, its value and its reason stand on one line.)
#ifndef CONFIG_LIMITS_H
#define CONFIG_LIMITS_H

// Every bound of the program in one place: value, unit, reason.

// lib/base: 4 levels of 256 slots and ticks of 10 ms reach 1.3 years; longer times wrap into the top.
#define TIMER_TICK_MS 10
#define TIMER_LEVELS 4
#define TIMER_SLOTS 256

// lib/net
#define NET_TEXT_MAX 64 // bytes of an endpoint as text: "[" IPv6 (45) "]:" port (5) and NUL
#define NET_FRAME_MAX 9216 // bytes, jumbo frame

// lib/stun
#define STUN_ATTRS_MAX 64 // attributes read of one message; more is rubbish (RFC 8656 uses ≤ 16)
#define STUN_USERNAME_MAX 508 // bytes, RFC 8489 section 14.3: fewer than 509
#define STUN_REALM_MAX 763 // bytes, RFC 8489 section 14.9
#define STUN_NONCE_MAX 763 // bytes, RFC 8489 section 14.10
#define STUN_ANSWER_MAX 256 // bytes of a Binding answer: header, address, 64 unknown attributes
#define STUN_MESSAGE_MAX 2048 // bytes of one message that we write or accept

// lib/turn
#define TURN_PERMISSIONS_MAX 256 // of one allocation: ICE agents use some tens
#define TURN_CHANNELS_MAX 256 // of one allocation
#define TURN_PEERS_PER_REQUEST 32 // XOR-PEER-ADDRESS attributes of one CreatePermission
#define TURN_NONCE_LIFE_S 3600 // RFC 8656 section 5: at least every hour
#define TURN_RESERVATION_LIFE_S 30 // RFC 8656 section 7.2: at least 30 s
#define TURN_RESERVATIONS_MAX 16384 // ports held for a token at one time: a quarter of the range of four addresses
#define TURN_RELAYS_MAX 64 // relay addresses
#define TURN_GUARD_WINDOW_S 60 // in which wrong passwords are counted
#define TURN_GUARD_NAME_MAX 20 // of one source and name: a person mistypes less often
#define TURN_GUARD_SOURCE_MAX 200 // of one source: an office behind one address, some of it misconfigured
#define TURN_GUARD_ROWS 4096 // sources and names that are counted at a time, 16 bytes each
#define TURN_REPLY_MEMORY_S 40 // a repeated Allocate within this gets the same answer (RFC 8489: 39.5 s)

// lib/token
#define TOKEN_MAX 4096 // bytes of a token; ours have some 350
#define TOKEN_KEY_ID_MAX 64 // bytes, as voice.tokens.keys[].id
#define TOKEN_ID_MAX 128 // bytes of jti: a UUID has 36
#define TOKEN_NAME_MAX 128 // bytes of a room's or a player's name
#define TOKEN_LIFE_MAX_S 86400 // from iat to exp: whoever finds one may use it that long, and so long is a revocation kept
#define TOKEN_SKEW_S 30 // that signer's and relay's clocks may differ: far more than NTP leaves
#define TOKEN_REVOCATIONS_MAX 16384 // at a time, 40 bytes each
#define TOKEN_AUDIENCE "turnpike" // in aud, of tokens that have one

// lib/ice
#define ICE_PEER_UFRAG_MAX 256 // characters, RFC 8839 section 5.4
#define ICE_PAIRS_MAX 16 // addresses of one player at a time: some interfaces, both families
#define ICE_REPLY_MAX 160 // bytes: header, 420 with 8 types, integrity, fingerprint: 120
#define ICE_UNKNOWN_MAX 8 // types named in one 420
#define ICE_CONSENT_MS 30000 // without an authenticated check (RFC 7675 section 5.1)
#define ICE_CONNECT_MS 60000 // from the answer to the first check: a person may be asked for the microphone
#define ICE_SILENT_MS 7000 // then another pair may take over unnominated: checks come every 4 to 6 s (RFC 7675)
#define ICE_RESTART_GRACE_MS 30000 // that old credentials are good for after a restart: consent's time
#define ICE_OLD_LINGER_MS 5000 // … and once the new ones are nominated: checks under way
#define ICE_CANDIDATES_MAX 16 // of our own in one answer

// lib/dtls, drivers/tls
#define DTLS_MTU 1200 // bytes of one datagram that we send: fits any path (RFC 8831's choice too)
#define DTLS_DATAGRAM_MAX 4096 // bytes accepted: twice what a path of 1500 carries
#define DTLS_IN_FLIGHT_MAX 2048 // handshakes at a time: 80 KB each, 160 MB; a second of the control core's rate
#define DTLS_FLIGHT_MAX 16384 // bytes of one flight of ours, kept to be sent again; ours are under 2 KiB
#define DTLS_INPUT_MAX 256 // datagrams that one handshake may take: ten are usual
#define DTLS_FIRST_MS 100 // before the first retransmission; RFC 6347 says 1 s, voice on a 50 ms path wants less
#define DTLS_LAST_MS 3200 // retransmissions back off by two up to here
#define DTLS_HANDSHAKE_MS 30000 // then it failed
#define DTLS_RESEND_MS 50 // between two resends of the last flight on the peer's repetition
#define DTLS_RESENDS_MAX 16 // of it in all
#define DTLS_YIELD_MS 500 // before a handshake that its peer has not answered gives way: a long round trip
#define DTLS_SETTLE_MS 2000 // after a handshake, for the peer to hear our last flight, before another may begin
#define DTLS_REPLACE_MS 5000 // that a handshake well under way may be idle before a new one replaces it
#define DTLS_AGAIN_MS 50 // between two handshakes begun of one player: each costs a signature
#define DTLS_ALERT_MS 2000 // before an alert in plain text is believed: anybody may have forged it
#define DTLS_HASH_MAX 64 // bytes, SHA-512
#define DTLS_FINGERPRINTS_MAX 4 // of one peer
#define DTLS_CERTIFICATE_MAX 4096 // bytes of the peer's certificate; browsers' are 300, RSA-4096 ones 1300
#define TLS_IDENTITY_LIFE_DAYS 30 // as browsers' own certificates live
#define TLS_IDENTITY_RENEW_MS (7ull * 86400 * 1000) // long before it ends, so that every session ends first

// lib/rtp, lib/srtp
#define RTP_RED_MAX 9 // blocks of one packet, the primary one among them; browsers send 2 or 3
#define RTCP_ROUND_TRIP_MAX_S 60 // a longer one is a mistake
#define SRTP_BURST_MAX 64 // packets of one call, as BURST_MAX
#define SRTP_WINDOW 128 // packets: at 50 a second 2.5 s, the two words of struct srtp_stream
#define SRTP_RETRY_MAX 2048 // bytes of a packet of which a second index is tried; they are copied for it
#define SRTP_RTCP_MAX 2048 // bytes of a compound packet: larger than any MTU that browsers use

// lib/sdp
#define SDP_TEXT_MAX 65536 // bytes of an offer; Chromium's with 33 lines is 30 KiB
#define SDP_LINES_MAX 64 // m-lines
#define SDP_FINGERPRINTS_MAX 4 // of one line
#define SDP_SOURCES_MAX 4 // ssrc of one line: RTX and simulcast are video's
#define SDP_CANDIDATES_MAX 32 // kept of one offer
#define SDP_PTIME_MAX_MS 240 // told for a packet: twice the largest of RFC 7587
#define SDP_CODECS_MAX 32 // payload types looked at of one line
#define SDP_TRACK_MAX 16 // bytes of "slot-31" and NUL
#define SDP_ANSWER_MAX 65536 // bytes: 64 lines of less than 1 KiB
#define SDP_TOKEN_MAX 256 // bytes of a ufrag or pwd: RFC 8839 section 5.4
#define SDP_WORD_MAX 64 // bytes of a mid or a word of an m-line that is repeated in the answer

// lib/room
#define ROOM_NAME_MAX 63 // bytes
#define ROOM_SLOTS_MAX 32 // voices that a hearer gets at a time
#define ROOM_SPEAKERS_MAX 64 // that are ranked in one room; a power of two
#define ROOM_NEAREST_MAX 64 // K of a room with distance
#define ROOM_MUTES_MAX 256 // voices that one player has muted for itself
#define ROOM_WHISPERS_MAX 64 // that one player whispers to
#define ROOM_COORD_MAX 1e7f // of a position: beyond it a float is coarser than a step
#define NEAR_TALKERS_MAX (ROOM_NEAREST_MAX + ROOM_WHISPERS_MAX) // of one hearer
#define ROOM_CELLS_MAX 65536 // of a room's grid
#define ROOM_LOOKS_MAX 2048 // players that one search of the nearest looks at: bounds a crowd on one spot
#define ROOM_RANK_MS 20 // between two rankings: a packet's time
#define ROOM_MARGIN 1536 // 1/256 dB: 6 dB louder, twice the amplitude, passes another voice
#define ROOM_RELEASE 8 // 1/256 dB a ms: 31 dB a second, a pause of 200 ms costs as much as the margin
#define ROOM_ACTIVE_MS 2000 // after the last loud packet: longer than a pause between sentences
#define ROOM_QUIET_PACKETS 5 // of silence that are forwarded: 100 ms let a word end
#define ROOM_SILENT_DBOV 70 // without the V bit: quieter than a quiet room through a microphone
#define ROOM_NOISE_DBOV 50 // with V = 0: quieter than this is background
#define ROOM_HOLE_MAX 128 // lost packets that hearers see as a hole: 2.5 s, more than any of them waits for
#define ROOM_GUESS 92 // loudness of a talker without levels: -35 dBov, as speech usually comes
#define ROOM_TS_PER_MS 48 // Opus's clock, whatever the rate of the audio (RFC 7587 section 4.1)
#define ROOM_FRAME_TS 960 // 20 ms at 48 kHz: how long the last packet of a talker lasts
#define ROOM_DTX_BYTES 3 // Opus payload: TOC and at most two bytes say that nothing is said

// lib/conf
#define CONF_TEXT_MAX 1048576 // bytes of a configuration: some 30,000 users
#define CONF_DEPTH_MAX 16 // of nesting; ours is 5 deep
#define CONF_ROWS_MAX 32 // keys of one table
#define CONF_MISTAKES_MAX 200 // told at once
#define CONF_KEY_MAX 96 // bytes of a key's path
#define CONF_VALUE_MAX 4096 // bytes of one text, or of a file that holds a secret

// configuration, what no other bound covers
#define TURN_LISTEN_MAX 8 // entries of turn.listen
#define VOICE_PORTS_MAX 4 // entries of voice.listen
#define VOICE_KEYS_MAX 64 // that sign tokens: some in use, some fading out
#define VOICE_ORIGINS_MAX 64 // of web pages that may ask the HTTP door
#define VOICE_PLAYERS_MAX 20000 // of the node: 10,000 in one room, and more in others
#define VOICE_ROOMS_MAX 10000 // of the node: two players each
#define VOICE_STREAMS_MAX 4 // SSRCs of one player: a replaced track brings a new one, rarely
#define VOICE_RTCP_STREAMS_MAX 40 // SSRCs of one player's RTCP: a browser may use one for each line
#define VOICE_TOS 0xb8 // of what goes to players: expedited forwarding (DSCP 46, RFC 8837 for audio)
#define VOICE_SKIP_MAX 512 // unheard packets in a row; then one is opened, so that the roll-over is followed

// ports and workers
#define PORTS_MAX 16 // four cards of four
#define PORT_ADDRESSES_MAX 16 // of one port
#define PORT_QUEUES_MAX 16 // receive queues of one port
#define WORKERS_MAX 32 // each costs a cache line of counts a session
#define BURST_MAX 64 // packets of one step; 32 to 64 is where the curve is flat
#define PUNT_RING_SIZE 1024 // packets waiting for the control lane, of one worker and class
#define CROSSING_RING_SIZE 4096 // packets handed from worker to worker: 1 ms of what one opens
#define INJECT_RING_SIZE 2048 // packets from the control lane, of one worker

// lib/api
#define API_LIST_MAX 10000 // rows of one answer: 3 MB, below HOST_BACKLOG_MAX
#define API_PLAYERS_MAX 5000 // rows of one answer of player.list: 450 bytes each, below HOST_BACKLOG_MAX
#define API_NAME_MAX 480 // bytes; "EXPIRY:NAME" has to fit STUN_USERNAME_MAX
#define API_DRAIN_MAX_S 604800 // a week: nobody waits for calls longer
#define API_TTL_MAX_S 86400 // of an issued credential: whoever finds one may use it that long

// drivers/host
#define HOST_CONNS_MAX 1536 // control connections of a socket: 1,000 hostile ones leave room; 0.5 KB each
#define HOST_GRACE_MS 100 // that a new connection has to ask something before it counts as silent
#define HOST_LINE_MAX 1048576 // bytes of one request; an SDP offer is under 64 KiB
#define HOST_BACKLOG_MAX 4194304 // bytes that a slow reader may leave; turn.list of 10,000 is 2 MB
#define HOST_READ_MAX 65536 // bytes taken of one connection before the others have their turn
#define HOST_HELD_MAX 67108864 // bytes in the buffers of all control connections; the largest then goes
#define HOST_TURN_US 500 // of one connection before the others have their turn; a request is some 20
#define HOST_ROUND_US 2000 // of all of them before packets have theirs: PUNT_RING_SIZE holds that long
#define HOST_LINES_MAX 16 // lines answered of one connection before the others have their turn
#define HOST_PAUSE 262144 // bytes unsent from which on no further request of that peer is read
#define HOST_STALL_S 30 // that unsent bytes may wait for a reader that takes none
#define HOST_HTTP_CONNS_MAX 64 // scrapers, probes, joining players: each is answered at once
#define HOST_HTTP_MEMORY 32768 // bytes of one HTTP connection: request line, headers, buffers
#define HOST_HTTP_WAIT_S 30 // for a whole request; longer than a scrape interval of 15 s
#define HOST_HTTP_BODY_MAX 65536 // bytes of a POST
#define HOST_HTTP_FIELDS_MAX 12 // headers of a reply beside its type
#define HOST_HTTP_FIELD_MAX 255 // bytes of one: a Location with a room's name, each byte of it escaped
#define WHIP_GUARD_WINDOW_S 60 // in which bad tokens are counted
#define WHIP_GUARD_MAX 20 // of one address; a page that tries again by itself stays below
#define WHIP_GUARD_ROWS 256 // addresses that are counted at a time, 32 bytes each
#define HOST_LOG_LINE_MAX 4096 // bytes: PIPE_BUF, which a pipe takes whole or not at all
#define HOST_LOG_PER_S 20 // lines of one event
#define HOST_LOG_EVENTS 64 // events whose lines are counted at a time
#define HOST_LOG_WAIT_MS 5 // for a reader of the log, once; then lines are lost and counted
#define WEBHOOK_QUEUE 10000 // events that wait for the receiver: 3 MB
#define WEBHOOK_QUEUE_BYTES 4194304 // of these; beyond either the newest are dropped and counted
#define WEBHOOK_BATCH 100 // events of one POST: 30 KB
#define WEBHOOK_GATHER_MS 100 // that an event waits for others to come along
#define WEBHOOK_ATTEMPTS 8 // of one batch: about a minute by the two lines below
#define WEBHOOK_BACKOFF_MS 500 // before the second attempt; doubled for each more, half of it jitter
#define WEBHOOK_BACKOFF_MAX_MS 30000 // a receiver that restarts is found again soon
#define WEBHOOK_CLOSE_MS 2000 // for what is left when the relay stops
#define EVENT_SUBSCRIBERS_MAX 64 // backends and people that look: a few; each event is sent so often
#define EVENT_BACKLOG_MAX 262144 // bytes that a slow subscriber may leave; from there on events are lost
#define EVENT_AUTH_PER_S 20 // auth_failure events a second; the rest is counted into the next
#define EVENT_END_BUDGET 256 // allocations ended by a drain's deadline in one round of the loop

// lib/flow
#define FLOW_LOCALS_MAX 64 // addresses of all ports together
#define FLOW_KEYS_SPARE 4096 // sessions that may end within one grace period and be made anew
#define FLOW_HOPS_MAX 131072 // neighbours: a full /16 on the wire, and as many again

// lib/capture
#define CAPTURE_SNAP 1984 // bytes kept of a frame: whole ones at an MTU of 1500, 2 KB with what goes with it
#define CAPTURE_RECORDS 2048 // that wait for the writer, of one worker: 4 MB, 2 ms of 1 Mpps
#define CAPTURE_PACKETS_MAX 1000000000 // of one file …
#define CAPTURE_BYTES_MAX 68719476736 // … and its bytes: 64 GB …
#define CAPTURE_SECONDS_MAX 86400 // … and how long it may take
#define CAPTURE_BYTES 67108864 // … unless told otherwise: 64 MB …
#define CAPTURE_SECONDS 300 // … in five minutes

// app/turnpiked: the punt path's budgets, per worker. "known" is a client with an allocation.
#define PUNT_KNOWN_PER_S 400000 // requests, about what the control lane does
#define PUNT_PLAYER_PER_S 100000 // checks, handshakes, reports of players: 10,000 of them send 20,000
#define PUNT_PLAYER_EACH_PER_S 200 // of one player, or of the five that share a bucket: a browser sends 5
// Strangers' requests: 100,000 set-ups. The lane does 400,000, known ones first; what is punted and answered
// costs a flooded worker 3 % more at 300,000 than at 150,000.
#define PUNT_NEW_PER_S 200000
#define PUNT_NEIGHBOUR_PER_S 20000 // ARP and ND: as many as next hops that are asked for
#define PUNT_ICMP_PER_S 2000 // errors and echoes
#define PUNT_CLOSED_PER_S 1000 // port unreachable is a courtesy
#define PUNT_HOP_PER_S 20000 // to next hops that are being resolved
#define PUNT_BIG_PER_S 1000 // larger than the path
#define PUNT_SOURCE_PER_S 5000 // of one IPv4 address or IPv6 /64, known clients excepted
#define PUNT_SOURCES 4096 // buckets; two sources in one share their budget

// neighbours
#define NEIGHBOUR_HOLD 8 // packets that wait for one next hop
#define NEIGHBOUR_ASK_MS 250 // between two questions
#define NEIGHBOUR_ASKS 4 // then it failed
#define NEIGHBOUR_FRESH_MS 30000 // then asked again, unicast first
#define NEIGHBOUR_FAILED_MS 5000 // before a failed one is asked again
#define NEIGHBOUR_HELD_MAX 1024 // packets that wait in all: an eighth of the smallest pool
#define NEIGHBOUR_HOLD_MS 1000 // that a packet waits; voice is worth nothing later
#define NEIGHBOUR_UNUSED_MS 1000 // before an unused one is forgotten: punted packets may name it
#define NEIGHBOUR_DEFEND_MS 10000 // RFC 5227 section 2.4: between two defences of an address

// ICMP
#define ICMP_CLOSED_PER_S 100 // port unreachable of the whole node (RFC 4443 section 2.4 (f)) …
#define ICMP_CLOSED_BURST 50 // … and at once

// app/turnpikectl
#define CTL_REPLY_MAX 16777216u // bytes of one answer; a page of turn.list is under 512 KiB
#define CTL_PAGE 1000 // allocations asked for at once
#define CTL_TOP_SESSIONS 4000 // that `top` follows: 4 pages a round, some 2 MB; more is no live view

#endif
