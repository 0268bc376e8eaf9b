#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Debian's docker-compose 2.26.1-4 (Debian 13; one program, run here on its own, without an engine).
# Behaviour: `config --hash` gives a service the same hash whatever stands in its env_file, and another one as soon as the
#   same variable stands in `environment`. `up` does look into the file, and makes the container anew: the label
#   com.docker.compose.config-hash that it writes is not the hash that `config --hash` prints.
# A good guess: what `config --hash` prints is what decides whether a container is made anew, so that a script may compare
#   it with the label and leave `up` out.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
another environment file: the same hash
another environment: another hash
EOF

debian_package docker-compose 2.26.1-4 trixie
compose=usr/libexec/docker/cli-plugins/docker-compose

hash_of() { "./$compose" --file compose.yaml config --hash notes; }
judge() { if [ "$2" = "$3" ]; then echo "$1: the same hash"; else echo "$1: another hash"; fi; }

cat >compose.yaml <<'EOF'
services:
  notes:
    image: notes
    env_file: [notes.env]
EOF
echo MODE=one >notes.env
before=$(hash_of)
echo MODE=two >notes.env
judge "another environment file" "$before" "$(hash_of)" >seen
printf '    environment: {MODE: three}\n' >>compose.yaml
judge "another environment" "$before" "$(hash_of)" >>seen

compare
