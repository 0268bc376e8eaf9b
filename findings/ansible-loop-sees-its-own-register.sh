#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.19.14.
# Behaviour: a task with a loop and `register: kept` has `kept` defined from its second round on: there it is the result of
#   the round before, and only after the last one the list of all. A condition `kept is not defined`, meant to do the whole
#   once, so skips all rounds but the first. On `ansible.builtin.import_tasks` the same condition does so too, because it
#   is asked by each task of the file for each round; on `include_tasks` it is asked once, before.
# A good guess: what a task registers is there when the task is done, so that its own condition cannot depend on it; and
#   `import_tasks` and `include_tasks` with one condition come to the same.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
task: 1 of 3 rounds
import_tasks: 1 of 3 rounds
include_tasks: 3 of 3 rounds
in round 2 the register is the result of round 1
EOF

python_packages ansible-core==2.19.14

for way in import include; do
    printf -- '- ansible.builtin.debug: {msg: "{{ item }}"}\n  loop: [1, 2, 3]\n  register: %s\n' "$way" >"$way.yml"
done
cat >play.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "{{ item }}"}
      loop: [1, 2, 3]
      register: task
      when: task is not defined
    - ansible.builtin.import_tasks: import.yml
      when: import is not defined
    - ansible.builtin.include_tasks: include.yml
      when: include is not defined
    - ansible.builtin.set_fact:
        seen: "{{ (seen | default([])) + [(looking | default({})).item | default('nothing')] }}"
      loop: [1, 2]
      register: looking
    - ansible.builtin.copy:
        dest: "{{ playbook_dir }}/seen"
        mode: "0600"
        content: |
          {% for way, rounds in {'task': task, 'import_tasks': import, 'include_tasks': include}.items() %}
          {{ way }}: {{ rounds.results | rejectattr('skipped', 'defined') | length }} of 3 rounds
          {% endfor %}
          in round 2 the register is the result of round {{ seen[1] }}
EOF
ANSIBLE_LOCALHOST_WARNING=false venv/bin/ansible-playbook -i localhost, -c local \
    -e ansible_python_interpreter="$(pwd)/venv/bin/python" play.yml >log 2>&1

compare
