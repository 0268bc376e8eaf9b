#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.77.3, the duration of a budget (`budget_duration` of keys, teams and users).
# Behaviour: one function reads a duration's length, another one says when a budget starts anew, and they know different
#   units. `1w` and `2w` are accepted as one and two weeks, and reset at the next midnight: a weekly budget is a daily
#   one. `7d` means Monday and `30d` the first of the month, while `14d`
#   and `28d` count days.
# A good guess: a budget of `1w` starts anew in a week, as `7d` does in seven days.
# Seen, for Saturday 2026-11-28, 10:20 UTC: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.77.3

cat >expected <<'EOF'
1w: 7 days long, starts anew on Sun 2026-11-29
2w: 14 days long, starts anew on Sun 2026-11-29
7d: 7 days long, starts anew on Mon 2026-11-30
14d: 14 days long, starts anew on Sat 2026-12-12
28d: 28 days long, starts anew on Sat 2026-12-26
30d: 30 days long, starts anew on Tue 2026-12-01
EOF

venv/bin/python - >seen 2>log <<'EOF'
from datetime import datetime, timezone

from litellm.litellm_core_utils.duration_parser import duration_in_seconds, get_next_standardized_reset_time

now = datetime(2026, 11, 28, 10, 20, tzinfo=timezone.utc)
for duration in ("1w", "2w", "7d", "14d", "28d", "30d"):
    days = duration_in_seconds(duration) // 86400
    reset = get_next_standardized_reset_time(duration, now, "UTC")
    print(f"{duration}: {days} days long, starts anew on {reset:%a %Y-%m-%d}")
EOF

compare
