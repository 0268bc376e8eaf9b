#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI molecule 26.10.0 with ansible-core 2.19.14, its step `idempotence` on this machine as the only host.
# Behaviour: it runs the playbook again and looks for changed=1 or more in what was printed. With a callback that prints
#   no recap in that form, as `minimal` and those that print JSON, a playbook that changes something in each run passes. One
#   that changes nothing fails when a message of it, or a name of a task, says changed=2; which tasks they were is left empty.
# A good guess: Molecule counts what Ansible reports, and how that is shown is a matter of taste.
# Seen: as below; the playbook "writes" changes a file in each run.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages molecule==26.10.0 ansible-core==2.19.14

cat >expected <<'EOF'
writes, default: failed because of: Date
writes, minimal: passed
says, default: failed because of: no task
EOF

for scenario in writes says; do
    mkdir -p "molecule/$scenario"
    cat >"molecule/$scenario/molecule.yml" <<'EOF'
driver: {name: default, options: {managed: false}}
platforms: [{name: localhost}]
provisioner:
  name: ansible
  inventory: {host_vars: {localhost: {ansible_connection: local}}}
EOF
done
cat >molecule/writes/converge.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
    - name: Date
      ansible.builtin.copy: {content: "{{ now(fmt='%s %f') }}", dest: "{{ lookup('env', 'work') }}/date"}
EOF
cat >molecule/says/converge.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - name: What the importer said
      ansible.builtin.debug: {msg: "rows seen=9 changed=2"}
EOF

export work HOME="$work" XDG_CACHE_HOME="$work/cache" NO_COLOR=1 ANSIBLE_NOCOLOR=1 PATH="$work/venv/bin:$PATH"
for scenario in writes says; do
    molecule converge -s "$scenario" >>log 2>&1
done
while read -r scenario callback; do
    if ANSIBLE_STDOUT_CALLBACK=$callback molecule idempotence -s "$scenario" >out 2>&1; then
        verdict=passed
    else
        tasks="$(sed -n 's/^\* .*=> //p' out | sort -u)"
        verdict="failed because of: ${tasks:-no task}"
    fi
    echo "$scenario, $callback: $verdict" >>seen
    cat out >>log
done <<'EOF'
writes default
writes minimal
says default
EOF
compare
