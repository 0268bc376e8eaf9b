#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI litellm 1.108.7, its Router with the default strategy (simple-shuffle).
# Behaviour: `rpm` and `weight` are not limits but shares of the traffic, and one that is given to one deployment of a
#   group counts as nothing for those that have none: they are never asked again. `rpm: 1` alone limits nothing.
# A good guess: `rpm: 10` on a small server means that it gets ten requests a minute and the other one the rest.
# Seen: of 60 requests the deployment with `rpm: 10` answers 60; five in a second pass `rpm: 1`; and a weight on the
#   second deployment leaves the first one without traffic.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages litellm==1.108.7

cat >expected <<'EOF'
no figure given: both answer
rpm 10 on the first: 60 of 60 from the first
weight 1 on the second: 60 of 60 from the second
one deployment, rpm 1: 5 of 5 answered at once
EOF

venv/bin/python - >seen <<'EOF'
from collections import Counter

from litellm import Router


def answers(count, *deployments):
    router = Router(
        [
            {
                "model_name": "group",
                "litellm_params": {"model": "openai/x", "api_key": "none", "mock_response": name, **figures},
                "model_info": {"id": name},
            }
            for name, figures in deployments
        ]
    )
    prompt = [{"role": "user", "content": "hello"}]
    replies = [router.completion(model="group", messages=prompt) for _ in range(count)]
    return Counter(reply.choices[0].message.content for reply in replies)


plain = answers(60, ("first", {}), ("second", {}))
print("no figure given:", "both answer" if len(plain) == 2 else dict(plain))
print("rpm 10 on the first:", answers(60, ("first", {"rpm": 10}), ("second", {}))["first"], "of 60 from the first")
weighed = answers(60, ("first", {}), ("second", {"weight": 1}))
print("weight 1 on the second:", weighed["second"], "of 60 from the second")
print("one deployment, rpm 1:", answers(5, ("only", {"rpm": 1}))["only"], "of 5 answered at once")
EOF

compare
