// SPDX-License-Identifier: Apache-2.0
#include "api/rows.h"

// What capture.start, capture.stop and capture.show give: the same.

static const struct api_field limits[] = {
	COUNT("packets", "It ends after so many"),
	IN("bytes", "bytes", "It ends before the file is larger"),
	IN("seconds", "s", "It ends after so long"),
	{0},
};

const struct api_field api_capture_result[] = {
	TEXT("state", "none, running, closing or closed"),
	NULLABLE("file", API_TEXT, .help = "Where it is written; null: there was none yet"),
	NULLABLE("filter", API_TEXT, .help = "What it is of, for people"),
	NULLABLE("since", API_TEXT, .help = "When it began"),
	IN("elapsed_s", "s", "How long it has run, or ran"),
	COUNT("seen", "Packets that matched"),
	COUNT("lost", "Of these, that the writer was too slow for"),
	COUNT("packets", "Packets written"),
	IN("bytes", "bytes", "In the file"),
	OBJECT("limits", limits, "When it ends by itself"),
	NULLABLE("ended", API_TEXT,
		 .help = "Why: stopped, packets, bytes, seconds, session_over, write_failed, "
			 "shutdown"),
	NULLABLE("error", API_TEXT, .help = "What went wrong with the file"),
	{0},
};
