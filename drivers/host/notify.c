// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <systemd/sd-daemon.h>

void host_notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void host_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void host_notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

uint64_t host_notify_watchdog_ms(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 1000 : 0;
}
