// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace hn
{

// A message for the service manager ("READY=1"), as sd_notify(3). Nothing if there is none.
void service_notify(const char *state);

} // namespace hn
