# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that the front door shows: read and judged, or issued by an authority of the deployment's own. Pure.

What is kept and served is one PEM text, the private key before the certificate and its chain: the two can't part.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:  # ansible-core brings it; what looks at imports alone goes without
    pass

AUTHORITY_DAYS = 3650
# Clocks of a network's machines are not all right.
_BACKDATED = datetime.timedelta(hours=1)
_RSA_BITS = 2048


@dataclass(frozen=True)
class Pair:
    """A certificate, what comes after it in its chain, and its private key."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    @property
    def ends(self) -> datetime.datetime:
        """When it ends."""
        return self.certificate.not_valid_after_utc

    @property
    def names(self) -> set[str]:
        """The names and addresses that it is for, as text in lower case."""
        return set(alternative_names(self.certificate))

    @property
    def public(self) -> str:
        """The certificate alone, as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def text(self) -> str:
        """All of it as PEM, the key first."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        every = (self.certificate, *self.chain)
        return key.decode() + "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in every)

    def ends_within(self, days: int, now: datetime.datetime) -> bool:
        """Whether it ends in fewer days than these."""
        return self.ends - now < datetime.timedelta(days=days)


def alternative_names(certificate: x509.Certificate) -> list[str]:
    """The names and addresses of a certificate."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(one).lower() for kind in (x509.DNSName, x509.IPAddress) for one in names.get_values_for_type(kind)]


def read(certificate: bytes, key: bytes, where: str, key_where: str) -> Pair:
    """What two files hold; one that can't be used is refused by its name."""
    try:
        first, *chain = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        raise UserError(
            f"{where} holds no certificate in PEM: name the file that begins with -----BEGIN CERTIFICATE-----.",
            "certificate_invalid",
        ) from None
    return Pair(first, tuple(chain), _key_of(key, first, where, key_where))


def _key_of(
    key: bytes, certificate: x509.Certificate, where: str, key_where: str
) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    try:
        found = serialization.load_pem_private_key(key, None)
    except TypeError:
        raise UserError(
            f"{key_where} is encrypted, and nginx starts without anybody who could type its password: write it without "
            "one (openssl pkey -in FILE -out NEW), and let Ansible Vault or file modes protect it.",
            "certificate_invalid",
        ) from None
    except ValueError:
        raise UserError(
            f"{key_where} holds no private key in PEM: name the file whose first line ends with PRIVATE KEY-----.",
            "certificate_invalid",
        ) from None
    if not isinstance(found, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)) or (
        isinstance(found, rsa.RSAPrivateKey) and found.key_size < _RSA_BITS
    ):
        raise UserError(
            f"{key_where} is no key that clients take: make an ECDSA key (P-256), or an RSA key of {_RSA_BITS} bits or "
            "more, and have its certificate issued anew.",
            "certificate_invalid",
        )
    if found.public_key() != certificate.public_key():
        raise UserError(
            f"{key_where} is not the key of the certificate in {where}, which begins with another one (the server's "
            "own certificate comes first, then its chain): name the two that belong together.",
            "certificate_invalid",
        )
    return found


def kept(text: str | None) -> Pair | None:
    """What text() once gave; nothing where it is not that any more."""
    if not text:
        return None
    try:
        return read(text.encode(), text.encode(), "", "")
    except UserError:
        return None


def refuse_unfit(pair: Pair, names: Iterable[str], where: str, now: datetime.datetime) -> None:
    """One that no client would take: not valid now, or not for a name by which clients call the gateway."""
    if pair.ends <= now:
        raise UserError(
            f"The certificate in {where} ended on {_day(pair.ends)}: have it renewed, and run again.",
            "certificate_invalid",
        )
    if pair.certificate.not_valid_before_utc > now + _BACKDATED:
        raise UserError(
            f"The certificate in {where} is valid from {_day(pair.certificate.not_valid_before_utc)} on: set the clock "
            "of this machine right, or wait.",
            "certificate_invalid",
        )
    missing = sorted(name for name in names if not any(_is_for(one, name) for one in pair.names))
    if missing:
        raise UserError(
            f"The certificate in {where} is for {', '.join(sorted(pair.names)) or 'no name at all'}, and not for "
            f"{', '.join(missing)}, by which front_door_hosts lets clients call: have it issued for these too, or take "
            "them out of front_door_hosts.",
            "certificate_invalid",
        )


def _is_for(pattern: str, name: str) -> bool:
    """Whether a name of a certificate is this one; a star stands for one whole part (RFC 9525)."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:] and not _address(name)
    return pattern == name


def authorities(text: bytes, where: str) -> str:
    """The certificates of a file of authorities, and nothing else of it, as PEM."""
    try:
        found = x509.load_pem_x509_certificates(text)
    except ValueError:
        raise UserError(
            f"{where} holds no certificate in PEM: name a file with those of authorities.", "certificate_invalid"
        ) from None
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in found)


# ---- the deployment's own authority


def new_authority(names: Iterable[str], now: datetime.datetime, former: Pair | None = None) -> Pair:
    """An authority that can speak for these DNS names alone; with the key of a former one, so that who trusts that one
    takes what this one issues.

    Addresses are not held: Claude Code 2.1.329, which Bun and so BoringSSL runs, refuses a certificate for an address
    where there is any constraint of addresses ("unsupported name constraint type").
    """
    key = former.key if former else ec.generate_private_key(ec.SECP256R1())
    subject = (
        former.certificate.subject
        if former
        else x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, f"mcp_lan.litellm, for {min(names, key=_reads_well)}"[:64]),
            ]
        )
    )
    certificate = (
        _begun(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        # Where there is none, one that nobody has (RFC 6761): without any constraint it could speak for all.
        .add_extension(x509.NameConstraints(_subtrees(names) or [x509.DNSName("invalid")], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate, (), key)


def speaks_for(authority: Pair, names: Iterable[str]) -> bool:
    """Whether an authority may issue a certificate for all of these names."""
    try:
        permitted = authority.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    return set(_subtrees(names)) <= set(permitted.permitted_subtrees or [])


def issue(authority: Pair, names: Iterable[str], days: int, now: datetime.datetime) -> Pair:
    """A certificate of the authority for a server of these names, with a key of its own."""
    names = sorted(set(names))
    key = ec.generate_private_key(ec.SECP256R1())
    called = min(names, key=_reads_well)
    # OpenSSL holds an address alone for the name of a host, which the authority may not speak for.
    called = f"mcp_lan.litellm, at {called}" if _address(called) else called
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called[:64])])
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key())
    certificate = (
        _begun(subject, authority.certificate.subject, key.public_key(), now, days)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return Pair(certificate, (), key)


def issued_by(pair: Pair, authority: Pair) -> bool:
    """Whether a certificate is this authority's."""
    try:
        pair.certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _begun(subject, issuer, key, now, days):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def plain(name: str) -> str:
    """A name or an address as it stands in a certificate: in lower case, and an address of IPv6 as it is shortened."""
    return str(_address(name) or name.lower())


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _name(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.IPAddress(address) if address else x509.DNSName(name)


def _subtrees(names: Iterable[str]) -> list[x509.GeneralName]:
    return [x509.DNSName(name) for name in sorted(set(names)) if not _address(name)]


def _reads_well(name: str) -> tuple[bool, bool, str]:
    """Names before addresses, and the host's own before localhost."""
    return bool(_address(name)), name == "localhost", name


def _day(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
