#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core 2.19.14.
# Behaviour: the first time that a task's process meets a filter of a collection, Ansible imports the files of all filters of
#   that collection; of a lookup it imports the one file. Each task has a process of its own, so the next
#   task imports all of them again. What one filter imports at the top of its file, every task pays that uses any other.
# A good guess: `a.b.light` imports `plugins/filter/light.py`, as `a.b.light` as a lookup does; and a plugin that was
#   imported once in a run stays so.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
filter, asked for in 3 tasks: the one beside it was imported 3 times
filter, asked for in 3 rounds of one task: the one beside it was imported 1 times
lookup, asked for in 3 tasks: the one beside it was imported 0 times
EOF

python_packages ansible-core==2.19.14

for kind in filter lookup; do
    mkdir -p "ansible_collections/a/b/plugins/$kind"
    for name in light heavy; do
        place="ansible_collections/a/b/plugins/$kind/$name.py"
        [ "$name" = light ] || printf 'open(__import__("os").environ["IMPORTED"], "a").write("%s\\n")\n' "$kind" >"$place"
        if [ "$kind" = filter ]; then
            printf 'class FilterModule:\n    def filters(self):\n        return {"%s": str}\n' "$name" >>"$place"
        else
            printf 'from ansible.plugins.lookup import LookupBase\nclass LookupModule(LookupBase):\n    def run(self, terms, variables=None, **kwargs):\n        return terms\n' >>"$place"
        fi
    done
done

# The number of imports of a play with these tasks.
imports() {
    printf -- '- hosts: localhost\n  gather_facts: false\n  tasks:\n' >play.yml
    cat >>play.yml
    : >imported
    IMPORTED="$work/imported" ANSIBLE_COLLECTIONS_PATH="$work" ANSIBLE_LOCALHOST_WARNING=false \
        venv/bin/ansible-playbook -i localhost, -c local play.yml >log 2>&1
    grep -c . imported || true
}
task() { printf '    - ansible.builtin.debug: {msg: "{{ %s }}"}\n' "$1"; }

{
    three="$({ task "'x' | a.b.light"; task "'y' | a.b.light"; task "'z' | a.b.light"; } | imports)"
    echo "filter, asked for in 3 tasks: the one beside it was imported $three times"
    rounds="$({ task "item | a.b.light"; echo '      loop: [x, y, z]'; } | imports)"
    echo "filter, asked for in 3 rounds of one task: the one beside it was imported $rounds times"
    three="$({ task "lookup('a.b.light', 'x')"; task "lookup('a.b.light', 'y')"; task "lookup('a.b.light', 'z')"; } | imports)"
    echo "lookup, asked for in 3 tasks: the one beside it was imported $three times"
} >seen

compare
