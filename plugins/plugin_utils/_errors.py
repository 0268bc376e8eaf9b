# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong on the controller: a sentence for people, and a code for programs (docs/errors.md lists them)."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail


class UserError(Exception):
    """What was asked for cannot be, or could not be done; whoever asked can put it right."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code

    @property
    def sentences(self) -> list[str]:
        """Each of several things that are wrong has a line of its own."""
        return str(self).splitlines()


class ApiError(Exception):
    """A server could not be asked, or refused; the text has no key in it. status: what it answered."""

    def __init__(self, message: str, status: int | None = None, code: str | None = None):
        super().__init__(message)
        self.status = status
        self.code = code or ("api_unreachable" if status is None else "api_refused")


def action_failure(error: UserError | ApiError, message: str = "{error}") -> AnsibleActionFail:
    """How an action says it: with the code beside the sentence."""
    return AnsibleActionFail(message.format(error=error), result={"code": error.code})
