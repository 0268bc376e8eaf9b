#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.19.14, and 2.18.12 beside it.
# Behaviour: an action plugin that runs a module gets from 2.19 on an empty `msg` where the module ended in an exception that
#   nobody caught, so that a plugin that passes on `msg` fails without a word. The same module without a plugin has its
#   sentence ("Module failed: ..."), which is put together later. 2.18 gave the plugin a `msg` that begins with MODULE FAILURE.
# A good guess: `result["msg"]` says why a module failed, whether the module said so itself or crashed, so that a plugin can
#   pass it on.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
2.19.14, fail_json: failed=True msg='no such shelf'
2.19.14, an exception: failed=True msg=''
2.18.12, fail_json: failed=True msg='no such shelf'
2.18.12, an exception: failed=True msg='MODULE FAILURE: No start of json char found'
EOF

mkdir -p library action_plugins
cat >library/shelf.py <<'EOF'
#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"how": {"type": "str"}})
if module.params["how"] == "fail_json":
    module.fail_json(msg="no such shelf")
raise KeyError("no such shelf")
EOF
cat >action_plugins/shelf.py <<'EOF'
import os

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        how = self._task.args["how"]
        result = self._execute_module("shelf", {"how": how}, task_vars=task_vars)
        what = "fail_json" if how == "fail_json" else "an exception"
        said = result.get("msg", "").splitlines()[:1] or [""]
        with open(os.environ["SEEN"], "a") as seen:
            seen.write(f"{os.environ['CORE']}, {what}: failed={result.get('failed')} msg={said[0]!r}\n")
        return {"changed": False}
EOF
cat >play.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - shelf: {how: fail_json}
    - shelf: {how: raise}
EOF
for core in 2.19.14 2.18.12; do
    python_packages "ansible-core==$core"
    CORE="$core" SEEN="$work/seen" ANSIBLE_LOCALHOST_WARNING=false venv/bin/ansible-playbook -i localhost, -c local \
        -e ansible_python_interpreter="$(pwd)/venv/bin/python" play.yml >>log 2>&1
done

compare
