# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PowerShell scripts that read and write a Windows user's files, for ansible.windows.win_powershell.

What they are to do goes in as a secure string, which Windows does not log. They work for the user that is connected
to: another one's registry is not loaded. A file that is there keeps its access list; one that holds a key is made its
user's alone.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from .posix import Account, State, Write

MODULE = "ansible.windows.win_powershell"
HOSTS = "%SystemRoot%\\System32\\drivers\\etc\\hosts"

_HEAD = r"""
[CmdletBinding(SupportsShouldProcess)]
param([Parameter(Mandatory)][SecureString]$Wanted)
$ErrorActionPreference = 'Stop'
$wanted = [System.Net.NetworkCredential]::new('', $Wanted).Password | ConvertFrom-Json
$Ansible.Changed = $false
function Get-Target([string]$Path) {
    $place = [Environment]::ExpandEnvironmentVariables($Path)
    $item = Get-Item -LiteralPath $place -Force -ErrorAction SilentlyContinue
    if ($item -and $item.LinkType -eq 'SymbolicLink') {
        $place = [IO.Path]::GetFullPath([IO.Path]::Combine([IO.Path]::GetDirectoryName($place), @($item.Target)[0]))
    }
    $place
}
function Get-Checksum([byte[]]$Data) {
    [Convert]::ToBase64String([Security.Cryptography.SHA256]::Create().ComputeHash($Data))
}
"""

READ = (
    _HEAD
    + r"""
$files = @{}
foreach ($each in $wanted.files) {
    $place = Get-Target $each.path
    if (Test-Path -LiteralPath $place -PathType Leaf) {
        $data = [IO.File]::ReadAllBytes($place)
        $access = Get-Acl -LiteralPath $place
        $files[$each.number] = @{
            kind = 'file'; data = [Convert]::ToBase64String($data); checksum = Get-Checksum $data
            private = $access.AreAccessRulesProtected -and @($access.Access).Count -eq 1
        }
    } elseif (Test-Path -LiteralPath $place) {
        $files[$each.number] = @{ kind = 'other' }
    } else {
        $files[$each.number] = @{ kind = 'absent' }
    }
}
$variables = @{}
foreach ($name in $wanted.variables) { $variables[$name] = [Environment]::GetEnvironmentVariable($name, 'User') }
$unknown = @()
foreach ($name in $wanted.names) {
    try { $null = [Net.Dns]::GetHostAddresses($name) } catch { $unknown += $name }
}
$reached = $null
if (@($wanted.urls).Count) {
    $reached = -1
    for ($number = 0; $number -lt @($wanted.urls).Count -and $reached -lt 0; $number++) {
        try {
            $null = Invoke-WebRequest -UseBasicParsing -TimeoutSec 5 -Uri @($wanted.urls)[$number]
            $reached = $number
        } catch { Write-Verbose "$($_.Exception.Message)" }
    }
}
$me = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
$Ansible.Result = @{
    user = [Environment]::UserName; home = [Environment]::GetFolderPath('UserProfile')
    files = $files; variables = $variables; unknown = @($unknown); reached = $reached
    administrator = $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}
"""
)

WRITE = (
    _HEAD
    + r"""
function Set-Private([string]$Path) {
    $access = [Security.AccessControl.FileSecurity]::new()
    $access.SetAccessRuleProtection($true, $false)
    $user = [Security.Principal.WindowsIdentity]::GetCurrent().User
    $access.AddAccessRule([Security.AccessControl.FileSystemAccessRule]::new($user, 'FullControl', 'Allow'))
    Set-Acl -LiteralPath $Path -AclObject $access
}
foreach ($each in $wanted.variables) {
    [Environment]::SetEnvironmentVariable($each.name, $each.value, 'User')
}
$done = @{}
foreach ($each in $wanted.files) {
    $place = Get-Target $each.path
    $there = Test-Path -LiteralPath $place -PathType Leaf
    $now = if ($there) { Get-Checksum ([IO.File]::ReadAllBytes($place)) } else { '-' }
    if ($now -ne $each.checksum) { $done[$each.number] = 'moved'; continue }
    if ($there -and $each.backup) { Copy-Item -LiteralPath $place -Destination "$place.$($each.backup)" }
    if ($null -eq $each.data) {
        if ($there) { Remove-Item -LiteralPath $place -Force }
    } else {
        $null = New-Item -ItemType Directory -Force -Path ([IO.Path]::GetDirectoryName($place))
        $new = "$place.$([guid]::NewGuid().ToString('N'))"
        try {
            [IO.File]::WriteAllBytes($new, [byte[]]@())
            if ($each.private) { Set-Private $new }
            [IO.File]::WriteAllBytes($new, [Convert]::FromBase64String($each.data))
            if ($there) { [IO.File]::Replace($new, $place, [NullString]::Value) } else { [IO.File]::Move($new, $place) }
            if ($each.private) { Set-Private $place }
        } finally {
            if (Test-Path -LiteralPath $new) { Remove-Item -LiteralPath $new -Force }
        }
    }
    $done[$each.number] = 'done'
}
$Ansible.Result = @{ done = $done }
"""
)


def arguments(script: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the module's arguments."""
    return {"script": script, "sensitive_parameters": [{"name": "Wanted", "value": json.dumps(wanted)}]}


def read_wanted(files: dict[str, str], variables: list[str], names: list[str], urls: list[str]) -> dict[str, Any]:
    """Return what READ is to read: {number: path}, the names of variables and of hosts, and addresses to try."""
    wanted = [{"number": number, "path": path} for number, path in files.items()]
    return {"files": wanted, "variables": variables, "names": names, "urls": urls}


def write_wanted(files: dict[str, Write], variables: dict[str, str | None]) -> dict[str, Any]:
    """Return what WRITE is to write; a variable without a value goes."""
    return {
        "files": [
            {
                "number": number,
                "path": write.path,
                "data": None if write.data is None else base64.b64encode(write.data).decode(),
                "private": write.mode == 0o600,
                "checksum": write.checksum,
                "backup": write.backup,
            }
            for number, write in files.items()
        ],
        "variables": [{"name": name, "value": value} for name, value in variables.items()],
    }


def parse_read(result: dict[str, Any]) -> tuple[str, Account, dict[str, State]]:
    """Return who was connected to, and the files by number."""
    files = {
        number: State(
            each["kind"],
            base64.b64decode(each["data"]) if each["kind"] == "file" else None,
            (0o600 if each["private"] else 0o644) if each["kind"] == "file" else None,
            checksum=each.get("checksum", "-"),
        )
        for number, each in result["files"].items()
    }
    return result["user"], Account(None, "windows", result["home"], ""), files
