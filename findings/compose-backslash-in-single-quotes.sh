#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Debian's docker-compose 2.26.1-4 (Debian 13; one program, run here on its own, without an engine).
# Behaviour: in an env_file a value between single quotes is literal, except for a backslash at its end: it takes the
#   closing quote along, and the file is refused as unterminated. Between double quotes the same value, its backslash
#   doubled, is read.
# A good guess: single quotes are the safe way to write any value without a single quote, as in a shell.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
'C:\data\new': C:\data\new
'C:\data\': unterminated quoted value
"C:\\data\\": C:\data\
EOF

debian_package docker-compose 2.26.1-4 trixie
compose=usr/libexec/docker/cli-plugins/docker-compose

cat >compose.yaml <<'EOF'
services:
  notes:
    image: notes
    env_file: [notes.env]
EOF
while read -r value; do
  printf 'FOLDER=%s\n' "$value" >notes.env
  if read=$("./$compose" --file compose.yaml config 2>error); then
    printf '%s: %s\n' "$value" "$(printf '%s\n' "$read" | sed -n 's/^ *FOLDER: //p')"
  else
    printf '%s: %s\n' "$value" "$(grep -o 'unterminated quoted value' error)"
  fi
done >seen <<'EOF'
'C:\data\new'
'C:\data\'
"C:\\data\\"
EOF

compare
