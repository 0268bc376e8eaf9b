# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the virtual environment .venv that every target of the Makefile uses: setup.py [deploy|dev].

It needs a Python alone, works as root or as a user with sudo, and is done in a moment when nothing changed. What is
installed is locked, with hashes, in requirements/; the package index is the one that pip is configured for.
"""

# Nothing newer than Python 3.5 in this file: an old Python has to get as far as the sentence that says it is too old.
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(TOP, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAGES = ("deploy", "dev")
# What pip says when it got no answer, in the words of its versions.
UNREACHABLE = (
    "NewConnectionError",
    "ConnectTimeout",
    "Name or service not known",
    "Temporary failure in name resolution",
    "ProxyError",
    "SSLError",
    "Read timed out",
    "Connection refused",
    "Network is unreachable",
)


def fail(sentence):
    """End with one sentence: what is wrong, and what to do."""
    sys.exit("set-up: " + sentence)


def lock_file(stage):
    return os.path.join(TOP, "requirements", stage + ".txt")


def stamp_file(stage):
    return os.path.join(VENV, ".installed-" + stage)


def fingerprint(stage):
    """What the environment depends on: the locked packages and the interpreter's version."""
    with open(lock_file(stage), "rb") as file:
        return hashlib.sha256(file.read() + repr(sys.version_info[:2]).encode()).hexdigest()


def is_done(stage):
    try:
        with open(stamp_file(stage)) as file:
            return file.read() == fingerprint(stage) and os.path.exists(PYTHON)
    except OSError:
        return False


def install_packages(packages, reason):
    """Install packages of the distribution, as root or through sudo."""
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        fail("{} and there is no apt-get; install what your distribution calls {}.".format(reason, names))
    prefix = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            fail(
                "{} and you are neither root nor have sudo; ask for 'apt-get install {}', then run this again.".format(
                    reason, names
                )
            )
        prefix = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    print("set-up: installing {} ({})".format(names, reason), flush=True)
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends"] + packages):
        done = subprocess.run(
            prefix + environment + ["apt-get"] + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            sys.stderr.write(done.stdout.decode(errors="replace"))
            fail(
                "'apt-get {}' failed (see above); put that right, or install {} yourself, then run this again.".format(
                    command[0], names
                )
            )


def make_venv():
    """A virtual environment of this Python with a pip that starts; one that is sound is kept."""
    check = "import sys, pip; sys.exit(sys.version_info[:2] != {!r})".format(sys.version_info[:2])
    if os.path.exists(PYTHON) and subprocess.call([PYTHON, "-c", check], stderr=subprocess.DEVNULL) == 0:
        return
    if not importlib.util.find_spec("ensurepip"):
        install_packages(["python3-venv"], "this Python can make no virtual environments")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        fail(
            "'{} -m venv' failed (see above); choose another Python with 'make setup PYTHON=...'.".format(
                sys.executable
            )
        )


def install(stage):
    """Install the locked packages; byte code is left to be made when first needed, which saves half of the time."""
    print("set-up: installing requirements/{}.txt into .venv".format(stage), flush=True)
    done = subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--no-compile", "--require-hashes", "--only-binary", ":all:"]
        + ["--disable-pip-version-check", "--no-input", "--retries", "2", "-r", lock_file(stage)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = done.stdout.decode(errors="replace")
    if done.returncode == 0:
        return
    sys.stderr.write("\n".join(output.splitlines()[-15:]) + "\n")
    if any(word in output for word in UNREACHABLE):
        fail(
            "no package index could be reached (see above); check the network, or pip's own configuration"
            " ('pip config list', PIP_INDEX_URL, PIP_PROXY, PIP_CERT), then run this again."
        )
    fail("pip could not install requirements/{}.txt (see above); put that right, then run this again.".format(stage))


def main(arguments):
    stage = arguments[0] if arguments else "deploy"
    if stage not in STAGES or len(arguments) > 1:
        fail("usage: setup.py [{}]".format("|".join(STAGES)))
    if sys.version_info < OLDEST:
        fail(
            "Python {}.{} is too old, {}.{} or newer is needed; install it, then 'make setup PYTHON=python3.x'.".format(
                sys.version_info[0], sys.version_info[1], *OLDEST
            )
        )
    if is_done(stage):
        return
    if stage == "dev" and not shutil.which("git"):
        install_packages(["git"], "the tests look at what git tracks")
    make_venv()
    install(stage)
    # dev.txt holds everything of deploy.txt in the same versions.
    for name in STAGES[: STAGES.index(stage) + 1]:
        with open(stamp_file(name), "w") as file:
            file.write(fingerprint(name))


if __name__ == "__main__":
    main(sys.argv[1:])
