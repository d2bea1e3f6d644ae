// SPDX-License-Identifier: Apache-2.0
#include "host/host.h"

#include <string.h>
#include <systemd/sd-daemon.h>

void host_notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void host_notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void host_notify_status(const char *text)
{
	// A second line would be another variable.
	sd_notifyf(0, "STATUS=%.*s", (int)strcspn(text, "\n"), text);
}
