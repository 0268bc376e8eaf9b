#!/bin/sh
# Runs a program of this image; secrets that it is to read from files become files that it alone can read.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# SECRET_FILE_<name>  what is in /tmp/secrets/<name>. The environment file is read by the engine, as root; a file of mode
#                     0600 on the host would not be readable for this user. No process has it in its environment.
set -eu
umask 077
for name in $(env | sed -n 's/^SECRET_FILE_\([A-Za-z0-9_]*\)=.*/\1/p'); do
    mkdir -p /tmp/secrets
    printenv "SECRET_FILE_$name" | head -c -1 >"/tmp/secrets/$name"
    unset "SECRET_FILE_$name"
done
exec tini -- "$@"
