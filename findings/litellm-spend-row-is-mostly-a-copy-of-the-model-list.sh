#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.77.3 and 1.108.7, the proxy's row of the spend log (get_logging_payload, which writes LiteLLM_SpendLogs).
# Behaviour: the metadata of each chat's row holds the whole entry that LiteLLM has for the model, also the many fields
#   that are null: prices, limits, abilities and the names of all parameters. A later request of the same model holds it
#   again.
# A good guess: a row says who, when, which model, how many tokens and what it cost; with prompts not stored it is some
#   hundred bytes, and a newer version's row is about as large.
# Seen, of openai/gpt-4o: 79 % of a row's metadata are that copy; 1.108.7 writes more than 8,000 bytes of it with each chat.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
1.77.3
the model's entry is more than 2000 bytes: 79% of the metadata, most of its fields are null
the model's entry is more than 2000 bytes: 79% of the metadata, most of its fields are null
1.108.7
the model's entry is more than 8000 bytes: 79% of the metadata, most of its fields are null
the model's entry is more than 8000 bytes: 79% of the metadata, most of its fields are null
EOF

cat >row.py <<'EOF'
import asyncio
import datetime
import json

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload

litellm.suppress_debug_info = True
rows = []


class Rows(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        kwargs["litellm_params"]["metadata"] = {"user_api_key": "a" * 64, "user_api_key_alias": "laptop"}
        rows.append(get_logging_payload(kwargs, response_obj, start_time, end_time))


async def main():
    litellm.callbacks = [Rows()]
    for _ in range(2):
        await litellm.acompletion(model="openai/gpt-4o", api_key="none", mock_response="yes",
                                  messages=[{"role": "user", "content": "hello"}])
    for _ in range(100):
        await asyncio.sleep(0.1)
        if len(rows) == 2:
            break
    for row in rows:
        metadata = json.loads(row["metadata"])
        entry = json.dumps(metadata["model_map_information"])
        share = len(entry) / len(json.dumps(metadata))
        empty = sum(value is None for value in metadata["model_map_information"]["model_map_value"].values())
        print(f"the model's entry is more than {len(entry) // 2000 * 2000} bytes: {share:.0%} of the metadata, "
              f"{'most' if empty > 30 else 'few'} of its fields are null")


asyncio.run(main())
EOF

for version in 1.77.3 1.108.7; do
    python_packages "litellm[proxy]==$version"
    echo "$version"
    venv/bin/python row.py 2>>log
done >seen
compare
