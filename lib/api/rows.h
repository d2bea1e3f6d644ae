// SPDX-License-Identifier: Apache-2.0
#ifndef API_ROWS_H
#define API_ROWS_H

#include "api/private.h"

// How the rows of results are written.

#define TEXT(field, said)                                                                          \
	{                                                                                          \
		field, API_TEXT, .help = said                                                      \
	}
#define BOOL(field, said)                                                                          \
	{                                                                                          \
		field, API_BOOL, .help = said                                                      \
	}
#define COUNT(field, said)                                                                         \
	{                                                                                          \
		field, API_INT, .help = said                                                       \
	}
#define IN(field, of, said)                                                                        \
	{                                                                                          \
		field, API_INT, .unit = of, .help = said                                           \
	}
#define REAL(field, of, said)                                                                      \
	{                                                                                          \
		field, API_REAL, .unit = of, .help = said                                          \
	}
#define LIST(field, rows, said)                                                                    \
	{                                                                                          \
		field, API_LIST, .fields = rows, .help = said                                      \
	}
#define PLAIN(field, type_, said)                                                                  \
	{                                                                                          \
		field, API_LIST, .of = type_, .help = said                                         \
	}
#define OBJECT(field, rows, said)                                                                  \
	{                                                                                          \
		field, API_OBJECT, .fields = rows, .help = said                                    \
	}
#define COUNTS(field, said)                                                                        \
	{                                                                                          \
		field, API_OBJECT, .of = API_INT, .open = true, .help = said                       \
	}
#define NULLABLE(...)                                                                              \
	{                                                                                          \
		__VA_ARGS__, .null = true                                                          \
	}
#define OPTIONAL(...)                                                                              \
	{                                                                                          \
		__VA_ARGS__, .optional = true                                                      \
	}

#endif
