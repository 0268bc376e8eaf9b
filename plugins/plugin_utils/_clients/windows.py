# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PowerShell scripts that read and write a Windows user's files, for ansible.windows.win_powershell.

What they are to do goes in as secure strings, which Windows does not log. They work for the user that is connected
to: another one's registry is not loaded. A file that is there keeps its access list; one that holds a key is made its
user's alone.

PowerShell tells no upper case from lower case: a name that a parameter has can't be a variable's.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from .posix import Account, State, Write

MODULE = "ansible.windows.win_powershell"
HOSTS = "%SystemRoot%\\System32\\drivers\\etc\\hosts"

# A secure string holds 65,536 characters at most, and takes each one in by encrypting all before it anew.
PART = 4096

# For Windows PowerShell 5.1 and later. A bundle's installer has them as well.
COMMON = r"""
function Get-Target([string]$Path) {
    $place = [Environment]::ExpandEnvironmentVariables($Path)
    $profile_folder = [Environment]::GetFolderPath('UserProfile')
    if ($place -match '^~[\\/]') { $place = [IO.Path]::Combine($profile_folder, $place.Substring(2)) }
    # A program that came as a package (MSIX) has a copy of its own of what is below AppData, and reads that first.
    if ($Path -match '^%APPDATA%\\(([^\\]+)\\.+)') {
        $below, $program = $Matches[1, 2]
        $packages = [Environment]::ExpandEnvironmentVariables('%LOCALAPPDATA%\Packages')
        Get-ChildItem -LiteralPath $packages -Directory -Filter "$($program)_*" -ErrorAction SilentlyContinue |
            ForEach-Object { [IO.Path]::Combine($_.FullName, 'LocalCache\Roaming') } |
            Where-Object { [IO.Directory]::Exists($_) } |
            ForEach-Object { $place = [IO.Path]::Combine($_, $below) }
    }
    if (-not [IO.Path]::IsPathRooted($place)) { throw "$Path is not a full path" }
    for ($hop = 0; $hop -lt 20; $hop++) {
        $item = Get-Item -LiteralPath $place -Force -ErrorAction SilentlyContinue
        if (-not $item -or $item.LinkType -ne 'SymbolicLink') { return $place }
        $to = @($item.Target)[0] -replace '^UNC\\', '\\'
        $place = [IO.Path]::GetFullPath([IO.Path]::Combine([IO.Path]::GetDirectoryName($place), $to))
    }
    throw "$Path is a link that leads nowhere"
}
function Get-Checksum([string]$Path) {
    if (-not [IO.File]::Exists($Path)) { return '-' }
    [Convert]::ToBase64String([Security.Cryptography.SHA256]::Create().ComputeHash([IO.File]::ReadAllBytes($Path)))
}
# Get-Acl and Set-Acl read and write the audit list too of a file that inherits nothing, which takes an administrator.
function Test-Private([string]$Path) {
    $file = [IO.FileInfo]$Path
    if ($PSVersionTable.PSVersion.Major -lt 6) { $access = $file.GetAccessControl('Access') }
    else { $access = [IO.FileSystemAclExtensions]::GetAccessControl($file, 'Access') }
    $rules = @($access.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier]))
    $user = [Security.Principal.WindowsIdentity]::GetCurrent().User
    $access.AreAccessRulesProtected -and $rules.Count -eq 1 -and $rules[0].IdentityReference -eq $user
}
function Set-Private([string]$Path) {
    $access = [Security.AccessControl.FileSecurity]::new()
    $access.SetAccessRuleProtection($true, $false)
    $user = [Security.Principal.WindowsIdentity]::GetCurrent().User
    $access.AddAccessRule([Security.AccessControl.FileSystemAccessRule]::new($user, 'FullControl', 'Allow'))
    $file = [IO.FileInfo]$Path
    if ($PSVersionTable.PSVersion.Major -lt 6) { $file.SetAccessControl($access) }
    else { [IO.FileSystemAclExtensions]::SetAccessControl($file, $access) }
}
function Set-Whole([string]$Path, [byte[]]$Data, [bool]$Private) {
    $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($Path))
    $new = "$Path.$([guid]::NewGuid().ToString('N'))"
    try {
        [IO.File]::WriteAllBytes($new, [byte[]]@())
        if ($Private) { Set-Private $new }
        [IO.File]::WriteAllBytes($new, $Data)
        if (-not [IO.File]::Exists($Path)) { [IO.File]::Move($new, $Path); return }
        # What replaces a file takes on its access list; a read-only one can't be replaced.
        if ($Private) { Set-Private $Path }
        $marks = [IO.File]::GetAttributes($Path)
        [IO.File]::SetAttributes($Path, 'Normal')
        try {
            # A scanner may have it open for a moment.
            for ($turn = 1; $true; $turn++) {
                try { [IO.File]::Replace($new, $Path, [NullString]::Value); break }
                catch [IO.IOException] { if ($turn -ge 10) { throw } else { Start-Sleep -Milliseconds 200 } }
            }
        } finally { [IO.File]::SetAttributes($Path, $marks) }
    } finally {
        if ([IO.File]::Exists($new)) { [IO.File]::Delete($new) }
    }
}
function Set-UserVariable([string]$Name, $Value) {
    # A $null becomes '' on its way to .NET, which is a value since .NET 9.
    if ($null -eq $Value) { [Environment]::SetEnvironmentVariable($Name, [NullString]::Value, 'User') }
    else { [Environment]::SetEnvironmentVariable($Name, $Value, 'User') }
}
"""

_HEAD = (
    r"""$ErrorActionPreference = 'Stop'
$Ansible.Changed = $false
$packed = [Convert]::FromBase64String(-join ($parts | ForEach-Object { [Net.NetworkCredential]::new('', $_).Password }))
$mode = [IO.Compression.CompressionMode]::Decompress
$unpacked = [IO.StreamReader]::new([IO.Compression.GZipStream]::new([IO.MemoryStream]::new($packed), $mode))
$lines = $unpacked.ReadToEnd().Split("`n")
$wanted = $lines[0] | ConvertFrom-Json
"""
    + COMMON
)

READ = (
    _HEAD
    + r"""$files = @{}
foreach ($each in $wanted.files) {
    try { $place = Get-Target $each.path } catch { $files[$each.number] = @{ kind = 'loop' }; continue }
    if ([IO.File]::Exists($place)) {
        try {
            $files[$each.number] = @{
                kind = 'file'; data = [Convert]::ToBase64String([IO.File]::ReadAllBytes($place))
                checksum = Get-Checksum $place; private = Test-Private $place
            }
        } catch { $files[$each.number] = @{ kind = 'unreadable' } }
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
# Whether something answers there, not whether its certificate is known: that is the client programs' affair.
$reached = $null
if (@($wanted.urls).Count -and (Get-Command curl.exe -CommandType Application -ErrorAction SilentlyContinue)) {
    $reached = -1
    for ($number = 0; $number -lt @($wanted.urls).Count -and $reached -lt 0; $number++) {
        $url = $wanted.urls[$number]
        $null = curl.exe --silent --fail --insecure --output NUL --max-time 5 $url
        if ($LASTEXITCODE -eq 0) { $reached = $number }
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
    + r"""$done = @{}
$said = @()
foreach ($each in $wanted.variables) { Set-UserVariable $each.name $each.value }
foreach ($each in $wanted.files) {
    try {
        $place = Get-Target $each.path
        if ((Get-Checksum $place) -cne $each.checksum) { $done[$each.number] = 'moved'; continue }
        $there = [IO.File]::Exists($place)
        if ($there -and $each.backup) {
            Copy-Item -LiteralPath $place -Destination "$place.$($each.backup)"
            if ($each.private) { Set-Private "$place.$($each.backup)" }
        }
        if ($null -ne $each.line) { Set-Whole $place ([Convert]::FromBase64String($lines[$each.line])) $each.private }
        elseif ($there) { Remove-Item -LiteralPath $place -Force }
        $done[$each.number] = 'done'
    } catch {
        $done[$each.number] = 'error'
        $said += "$($each.path): $($_.Exception.Message)"
    }
}
$Ansible.Result = @{ done = $done; said = @($said) }
"""
)


def arguments(script: str, desired: dict[str, Any], contents: list[bytes] | None = None) -> dict[str, Any]:
    """Return the module's arguments: the script, and what is wanted, in as many secure strings as it takes.

    Packed are the line of JSON, and one line for each of the contents, which the JSON names by the line's number:
    Windows PowerShell reads no more than two million characters of JSON.
    """
    lines = [json.dumps(desired).encode(), *(base64.b64encode(data) for data in contents or [])]
    packed = base64.b64encode(gzip.compress(b"\n".join(lines))).decode()
    starts = range(0, len(packed), PART)
    parts = [{"name": f"Part{start // PART}", "value": packed[start : start + PART]} for start in starts]
    names = [f"${part['name']}" for part in parts]
    head = f"[CmdletBinding(SupportsShouldProcess)]\nparam({', '.join(f'[SecureString]{name}' for name in names)})\n"
    return {"script": f"{head}$parts = @({', '.join(names)})\n{script}", "sensitive_parameters": parts}


def read_wanted(files: dict[str, str], variables: list[str], names: list[str], urls: list[str]) -> dict[str, Any]:
    """Return what READ is to read: {number: path}, the names of variables and of hosts, and addresses to try."""
    desired = [{"number": number, "path": path} for number, path in files.items()]
    return {"files": desired, "variables": variables, "names": names, "urls": urls}


def write_wanted(files: dict[str, Write], variables: dict[str, str | None]) -> tuple[dict[str, Any], list[bytes]]:
    """Return what WRITE is to write, and the files' contents; a variable without a value goes."""
    contents: list[bytes] = []
    desired = []
    for number, write in files.items():
        if write.data is not None:
            contents.append(write.data)
        desired.append(
            {
                "number": number,
                "path": write.path,
                "line": None if write.data is None else len(contents),
                "private": write.mode == 0o600,
                "checksum": write.checksum,
                "backup": write.backup,
            }
        )
    values = [{"name": name, "value": value} for name, value in variables.items()]
    return {"files": desired, "variables": values}, contents


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
