# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway answers when it does not do as it is told, as one sentence without a key in it."""

from __future__ import annotations


class GatewayError(Exception):
    """The gateway could not be asked, or refused; the text is one sentence for a person."""

    def __init__(self, sentence: str, status: int | None = None):
        super().__init__(sentence)
        self.status = status
