// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "lib/result.h"

namespace hn
{

// Gives up all that the process may do but CAP_NET_ADMIN, which the module and the sizes of
// sockets' buffers ask for, for good: it cannot get anything back, nor can what it executes. EPERM:
// it has not even that.
Result<void> drop_privileges();

} // namespace hn
