// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/shares.h"

namespace hn
{

ShareMask shares_held(unsigned shares, unsigned own, ShareMask living)
{
	ShareMask held = share_bit(own);
	unsigned share = own;

	for (unsigned n = 1; n < shares; ++n) {
		share = share > 1 ? share - 1 : shares;
		if (living & share_bit(share))
			break;
		held |= share_bit(share);
	}
	return held;
}

} // namespace hn
