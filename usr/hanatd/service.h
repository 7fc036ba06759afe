// SPDX-License-Identifier: GPL-2.0-or-later
// What hanatd tells others about itself: the status file and systemd.
#pragma once

#include <string>

#include "lib/result.h"

namespace hn
{

// Replaces the file at once by text and a newline: readers see the old or the new one, never a
// part.
Result<void> status_write(const std::string &file, const std::string &text);

// A message for the service manager ("READY=1"), as sd_notify(3). Nothing if there is none.
void service_notify(const char *state);

} // namespace hn
