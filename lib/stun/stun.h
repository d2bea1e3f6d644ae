// SPDX-License-Identifier: Apache-2.0
#ifndef STUN_STUN_H
#define STUN_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "net/net.h"

// STUN messages (RFC 8489) and the attributes of TURN (RFC 8656) and ICE (RFC 8445). Pure; any
// thread. A decoded message is a view into the caller's bytes.

#define STUN_MAGIC 0x2112A442u
#define STUN_HEADER_LEN 20
#define STUN_TID_LEN 12
#define STUN_FINGERPRINT_XOR 0x5354554eu

enum stun_class { STUN_REQUEST = 0, STUN_INDICATION = 1, STUN_SUCCESS = 2, STUN_ERROR = 3 };

enum stun_method {
	STUN_BINDING = 0x001,
	STUN_ALLOCATE = 0x003,
	STUN_REFRESH = 0x004,
	STUN_SEND = 0x006,
	STUN_DATA = 0x007,
	STUN_CREATE_PERMISSION = 0x008,
	STUN_CHANNEL_BIND = 0x009,
	STUN_CONNECT = 0x00a,
	STUN_CONNECTION_BIND = 0x00b,
	STUN_CONNECTION_ATTEMPT = 0x00c,
};

enum stun_attr_type {
	STUN_MAPPED_ADDRESS = 0x0001,
	STUN_CHANGE_REQUEST = 0x0003,
	STUN_USERNAME = 0x0006,
	STUN_MESSAGE_INTEGRITY = 0x0008,
	STUN_ERROR_CODE = 0x0009,
	STUN_UNKNOWN_ATTRIBUTES = 0x000a,
	STUN_CHANNEL_NUMBER = 0x000c,
	STUN_LIFETIME = 0x000d,
	STUN_XOR_PEER_ADDRESS = 0x0012,
	STUN_DATA_ATTR = 0x0013,
	STUN_REALM = 0x0014,
	STUN_NONCE = 0x0015,
	STUN_XOR_RELAYED_ADDRESS = 0x0016,
	STUN_REQUESTED_ADDRESS_FAMILY = 0x0017,
	STUN_EVEN_PORT = 0x0018,
	STUN_REQUESTED_TRANSPORT = 0x0019,
	STUN_DONT_FRAGMENT = 0x001a,
	STUN_ACCESS_TOKEN = 0x001b,
	STUN_MESSAGE_INTEGRITY_SHA256 = 0x001c,
	STUN_PASSWORD_ALGORITHM = 0x001d,
	STUN_USERHASH = 0x001e,
	STUN_XOR_MAPPED_ADDRESS = 0x0020,
	STUN_RESERVATION_TOKEN = 0x0022,
	STUN_PRIORITY = 0x0024,
	STUN_USE_CANDIDATE = 0x0025,
	STUN_ADDITIONAL_ADDRESS_FAMILY = 0x8000,
	STUN_ADDRESS_ERROR_CODE = 0x8001,
	STUN_PASSWORD_ALGORITHMS = 0x8002,
	STUN_ALTERNATE_DOMAIN = 0x8003,
	STUN_ICMP = 0x8004,
	STUN_SOFTWARE = 0x8022,
	STUN_ALTERNATE_SERVER = 0x8023,
	STUN_FINGERPRINT = 0x8028,
	STUN_ADDITIONAL_ADDRESS_FAMILY_DRAFT = 0x8032, // what coturn 4.6.1's client sends
	STUN_ICE_CONTROLLED = 0x8029,
	STUN_ICE_CONTROLLING = 0x802a,
};

struct stun_attr {
	uint16_t type;
	uint16_t len; // bytes of the value, without padding
	const uint8_t *value;
};

// A message taken apart. Attributes behind MESSAGE-INTEGRITY are not listed, MESSAGE-INTEGRITY-
// SHA256 and FINGERPRINT excepted, nor any behind MESSAGE-INTEGRITY-SHA256 but FINGERPRINT
// (RFC 8489 sections 14.5 and 14.6), nor a second one of a type but XOR-PEER-ADDRESS' (only the
// first counts, section 14).
struct stun_message {
	const uint8_t *bytes;
	uint16_t len; // header included
	uint16_t method;
	uint8_t class_; // enum stun_class
	uint8_t attr_count;
	uint16_t integrity; // offset of the attribute, 0 when absent
	uint16_t integrity256;
	uint16_t fingerprint;
	const uint8_t *tid; // STUN_TID_LEN bytes
	struct stun_attr attrs[STUN_ATTRS_MAX];
};

// The cheap look (RFC 8489 section 6.3, RFC 7983): first two bits 0, cookie, length a multiple of 4
// and equal to what came. Enough to tell STUN from the rest.
bool stun_is_message(const uint8_t *bytes, size_t len_bytes);
static inline unsigned stun_type_method(uint16_t type)
{
	return (type & 0xfu) | (type >> 1 & 0x70u) | (type >> 2 & 0xf80u);
}
static inline unsigned stun_type_class(uint16_t type)
{
	return (type >> 4 & 1u) | (type >> 7 & 2u);
}
static inline uint16_t stun_type(unsigned method, unsigned class_)
{
	return (uint16_t)((method & 0xfu) | (method & 0x70u) << 1 | (method & 0xf80u) << 2 |
			  (class_ & 1u) << 4 | (class_ & 2u) << 7);
}

// 0, or -EBADMSG: not a message, an attribute that ends past the end, more than STUN_ATTRS_MAX.
int stun_decode(struct stun_message *out, const uint8_t *bytes, size_t len_bytes);
// The first attribute of a type, or NULL.
const struct stun_attr *stun_find(const struct stun_message *m, uint16_t type);
// 0, -ENOENT when absent, -EBADMSG when its length is wrong.
// The first byte of 4, the others being reserved; EVEN-PORT's only one.
int stun_find_u8(const struct stun_message *m, uint16_t type, uint8_t *out);
int stun_find_u32(const struct stun_message *m, uint16_t type, uint32_t *out);
// MAPPED-ADDRESS or XOR-…-ADDRESS (told apart by its type): 0, or -EBADMSG (length), -EAFNOSUPPORT
// (family). *family is as on the wire (an IPv4-mapped address in an IPv6 attribute gives NET_IP6).
int stun_endpoint_decode(const struct stun_message *m, const struct stun_attr *a,
			 struct net_endpoint *out, enum net_family *family);
// Lists comprehension-required types (< 0x8000) that are not among `known` (n of them, any order);
// returns how many, at most `cap` written, each type once.
unsigned stun_unknown(const struct stun_message *m, const uint16_t *known, unsigned n,
		      uint16_t *out, unsigned cap);

// --- Integrity -----------------------------------------------------------------------------------

enum stun_algorithm { STUN_MD5 = 1, STUN_SHA256 = 2 }; // PASSWORD-ALGORITHM numbers
enum stun_integrity { STUN_INTEGRITY_SHA1, STUN_INTEGRITY_SHA256 };

#define STUN_KEY_MAX 32
struct stun_key { // a long-term key (RFC 8489 section 9.2.2); wiped by its owner
	uint8_t len; // 16 (MD5) or 32 (SHA-256)
	uint8_t bytes[STUN_KEY_MAX];
};

// username, realm and password are given as UTF-8 already prepared (OpaqueString). 0 or -EINVAL.
int stun_key_derive(struct stun_key *out, enum stun_algorithm algorithm, const char *username,
		    size_t username_len, const char *realm, const char *password);
void stun_userhash(uint8_t out[32], const char *username, size_t username_len, const char *realm);

// True when the attribute is there and right; in constant time. SHA256 values may be truncated to a
// multiple of 4 from 16 to 32 bytes (section 14.6).
bool stun_integrity_ok(const struct stun_message *m, enum stun_integrity which, const void *key,
		       size_t key_len);
// True when there and right, and last.
bool stun_fingerprint_ok(const struct stun_message *m);
// HMAC-SHA1 over `bytes`: for time-limited credentials, nonces. Uses a context made once a thread.
void stun_hmac_sha1(uint8_t out[20], const void *key, size_t key_len, const void *bytes,
		    size_t len_bytes);
void stun_hmac_sha256(uint8_t out[32], const void *key, size_t key_len, const void *bytes,
		      size_t len_bytes);
uint32_t stun_crc32(const void *bytes, size_t len_bytes); // ISO 3309, as FINGERPRINT wants it

// --- Writing -------------------------------------------------------------------------------------

struct stun_writer {
	struct writer w;
};

// Starts a message in `bytes`; the length in its header is kept up to date by every put.
struct stun_writer stun_begin(void *bytes, size_t cap_bytes, enum stun_class class_,
			      unsigned method, const uint8_t tid[STUN_TID_LEN]);
void stun_put(struct stun_writer *s, uint16_t type, const void *value,
	      size_t len_bytes); // pads with 0
void stun_put_u32(struct stun_writer *s, uint16_t type, uint32_t value);
// XOR-… or MAPPED-ADDRESS by type.
void stun_put_endpoint(struct stun_writer *s, uint16_t type, const struct net_endpoint *e);
// ERROR-CODE with the standard's reason phrase; code 300 to 699.
void stun_put_error(struct stun_writer *s, unsigned code);
const char *stun_error_phrase(unsigned code); // "Error" when unknown
void stun_put_unknown(struct stun_writer *s, const uint16_t *types, unsigned n);
void stun_put_integrity(struct stun_writer *s, enum stun_integrity which, const void *key,
			size_t key_len);
void stun_put_fingerprint(struct stun_writer *s);
// Bytes of the finished message, 0 when it did not fit.
size_t stun_end(struct stun_writer *s);

// The nonce of section 9.2: "obMatJos2" and 24 bits of security features in base64.
#define STUN_NONCE_COOKIE "obMatJos2"
#define STUN_FEATURE_PASSWORD_ALGORITHMS 0x800000u // bit 0, from the left
#define STUN_FEATURE_USERNAME_ANONYMITY 0x400000u // bit 1

// --- The packet path's share: no decode of the whole, no heap ------------------------------------

// Answers a Binding request of `len_bytes` into `out` (cap bytes): XOR-MAPPED-ADDRESS `from`,
// FINGERPRINT when the request had one; 420, without a reason phrase (amplification), and the list
// when it holds unknown comprehension-required attributes; attributes of TURN and ICE
// are known. Returns bytes, 0 when it is not to be answered (not a request for Binding, malformed,
// more than STUN_ATTRS_MAX attributes, wrong FINGERPRINT).
size_t stun_binding_answer(uint8_t *out, size_t cap_bytes, const uint8_t *request, size_t len_bytes,
			   const struct net_endpoint *from);

// A Send indication, in one pass over its attributes.
struct stun_send {
	struct net_endpoint peer;
	const uint8_t *data; // may be of length 0
	uint16_t data_len;
	uint8_t family; // of the attribute on the wire
	bool dont_fragment;
};
// 0, or -EBADMSG: malformed, no peer address, no DATA, an unknown comprehension-required attribute,
// wrong FINGERPRINT (RFC 8656 section 11.2: discarded).
int stun_send_decode(struct stun_send *out, const uint8_t *bytes, size_t len_bytes);

#define STUN_DATA_HEADER_MAX (STUN_HEADER_LEN + 24 + 4)
// Bytes that a Data indication for this peer puts in front of the data: 36 or 48.
static inline unsigned stun_data_header_len(const struct net_addr *peer)
{
	return net_addr_is4(peer) ? STUN_HEADER_LEN + 12 + 4 : STUN_HEADER_LEN + 24 + 4;
}
// Writes that header to `out`; the caller puts data and zero padding to a multiple of 4 behind it.
void stun_data_header(uint8_t *out, const struct net_endpoint *peer, uint16_t data_len,
		      const uint8_t tid[STUN_TID_LEN]);

#endif
