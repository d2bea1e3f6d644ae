// SPDX-License-Identifier: Apache-2.0
#ifndef RTP_PRIVATE_H
#define RTP_PRIVATE_H

#include "base/base.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

#endif
