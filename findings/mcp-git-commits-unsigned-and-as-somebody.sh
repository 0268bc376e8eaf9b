#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp-server-git 2026.10.10 (GitPython 3.2.1, mcp 1.30.0), the tool git_commit; git itself beside it.
# Behaviour: the commit is written by GitPython and not by git. `commit.gpgsign` and the program that signs are not asked,
#   so where every commit is to be signed this one is not. Where `user.useConfigOnly` has git refuse to make a name up, it
#   makes one of the account's and the host's. The message stays as it is, with its comments and empty lines, and
#   `prepare-commit-msg` does not run; pre-commit, commit-msg and post-commit do.
# A good guess: the tool does what `git commit -m` does in that repository.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages mcp-server-git==2026.10.10 GitPython==3.2.1 mcp==1.30.0

cat >expected <<'EOF'
no name configured, git commit: refused
no name configured, git_commit: error: False, somebody's name: True
its message: 'one\n\n# a remark\n\n\n'
to be signed, git commit: asks the program that signs: True
to be signed, git_commit: error: False, asks the program that signs: False, signature: N
hooks that git_commit runs: pre-commit commit-msg post-commit
EOF

cat >probe.py <<'EOF'
import asyncio
import os
import subprocess
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

TOP = Path.cwd()
REPOSITORY, SIGNED, RUN = TOP / "notes", TOP / "signed", TOP / "run"
os.environ |= {"HOME": str(TOP), "GIT_CONFIG_NOSYSTEM": "1"}
for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER")) or name == "EMAIL"]:
    del os.environ[name]


def git(*words):
    return subprocess.run(["git", "-C", str(REPOSITORY), *words], capture_output=True, text=True)


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


async def main():
    subprocess.run(["git", "init", "--quiet", str(REPOSITORY)], check=True, stderr=subprocess.DEVNULL)
    git("config", "user.useConfigOnly", "true")
    server = StdioServerParameters(command="venv/bin/mcp-server-git", args=["--repository", str(REPOSITORY)],
                                   env=dict(os.environ))
    with open("log", "a") as log:
        async with stdio_client(server, errlog=log) as streams, ClientSession(*streams) as session:
            await session.initialize()

            async def ask(tool, **options):
                return (await session.call_tool(tool, {"repo_path": str(REPOSITORY), **options})).isError

            async def stage(text):
                (REPOSITORY / "note").write_text(text)
                await ask("git_add", files=["note"])

            await stage("one")
            print("no name configured, git commit:", "made" if git("commit", "-m", "one").returncode == 0 else "refused")
            failed = await ask("git_commit", message="one\n\n# a remark\n\n\n")
            name, message = git("log", "-1", "--format=%an <%ae>%x00%B").stdout.split("\0")
            print(f"no name configured, git_commit: error: {failed}, somebody's name: {'@' in name}")
            print("its message:", repr(message[:-1]))

            script(TOP / "sign", f"echo asked >'{SIGNED}'; exit 1")
            for option, value in {"commit.gpgsign": "true", "gpg.program": str(TOP / "sign"), "user.name": "ann",
                                  "user.email": "ann@example.org"}.items():
                git("config", option, value)
            await stage("two")
            git("commit", "-m", "two")
            print("to be signed, git commit: asks the program that signs:", SIGNED.exists())
            SIGNED.unlink(missing_ok=True)
            for hook in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"):
                script(REPOSITORY / ".git/hooks" / hook, f"echo {hook} >>'{RUN}'")
            failed = await ask("git_commit", message="two")
            signature = git("log", "-1", "--format=%G?").stdout.strip()
            print(f"to be signed, git_commit: error: {failed}, asks the program that signs: {SIGNED.exists()}, "
                  f"signature: {signature}")
            print("hooks that git_commit runs:", *RUN.read_text().split())


asyncio.run(main())
EOF

venv/bin/python probe.py >seen
compare
