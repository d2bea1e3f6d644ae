// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_PLAYER_H
#define TURNPIKECTL_PLAYER_H

#include "ctl.h"

// --- player_input.c: what stands in files -------------------------------------------------------------

// A whole file, "-" standard input, at most `most` bytes; malloc'ed. NULL, having complained.
char *player_file_read(const char *file, size_t most);
// player.position of one player, or of a file's.
int player_position_fetch(const struct ctl *c, json_t *params, json_t **result);

#endif
