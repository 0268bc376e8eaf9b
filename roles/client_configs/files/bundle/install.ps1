# Puts the gateway into your client programs' files, or takes it out. Nothing is sent anywhere, nothing else is changed.
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   powershell -ExecutionPolicy Bypass -File install.ps1 [-Check] [-Remove] [PROGRAM ...]
#
# As install.sh does: a file that is not there is made; one that is there is edited by Python 3 and the editors beside
# this script, or by the program's own command; otherwise it stays as it is, and index.html shows what to paste.
[CmdletBinding()]
param([switch]$Check, [switch]$Remove, [Parameter(ValueFromRemainingArguments)][string[]]$Programs = @())
$ErrorActionPreference = 'Stop'
$utf8 = New-Object Text.UTF8Encoding $false
function Stop-Here([string]$Why) { [Console]::Error.WriteLine("$Why. Nothing was changed."); exit 1 }
function Read-Table([string]$Name) {
    [IO.File]::ReadAllLines((Join-Path $PSScriptRoot $Name), $utf8) | ConvertFrom-Csv -Delimiter "`t"
}
function Set-Private([string]$Path) {
    $access = New-Object Security.AccessControl.FileSecurity
    $access.SetAccessRuleProtection($true, $false)
    $user = [Security.Principal.WindowsIdentity]::GetCurrent().User
    $rule = New-Object Security.AccessControl.FileSystemAccessRule $user, 'FullControl', 'Allow'
    $access.AddAccessRule($rule)
    Set-Acl -LiteralPath $Path -AclObject $access
}
function Get-Target([string]$Path) {
    $place = [Environment]::ExpandEnvironmentVariables($Path)
    $item = Get-Item -LiteralPath $place -Force -ErrorAction SilentlyContinue
    if ($item -and $item.LinkType -eq 'SymbolicLink') {
        $place = [IO.Path]::GetFullPath([IO.Path]::Combine([IO.Path]::GetDirectoryName($place), @($item.Target)[0]))
    }
    $place
}
function Get-Checksum([string]$Path) {
    if (-not (Test-Path -LiteralPath $Path)) { return '-' }
    (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash
}
function Write-Whole([string]$Path, [byte[]]$Data, [bool]$Private) {
    $null = New-Item -ItemType Directory -Force -Path ([IO.Path]::GetDirectoryName($Path))
    $new = "$Path.$([guid]::NewGuid().ToString('N'))"
    try {
        [IO.File]::WriteAllBytes($new, [byte[]]@())
        if ($Private) { Set-Private $new }
        [IO.File]::WriteAllBytes($new, $Data)
        if (Test-Path -LiteralPath $Path) { [IO.File]::Replace($new, $Path, [NullString]::Value) }
        else { [IO.File]::Move($new, $Path) }
        if ($Private) { Set-Private $Path }
    } finally {
        if (Test-Path -LiteralPath $new) { Remove-Item -LiteralPath $new -Force }
    }
}

# What is wanted, and with which keys.
$plan = @(Read-Table 'plan.tsv' | Where-Object { $_.system -eq 'windows' })
foreach ($word in $Programs) {
    $known = @($plan | ForEach-Object { $_.client } | Select-Object -Unique)
    if ($known -notcontains $word) { Stop-Here "there is no program $word in this bundle, only: $($known -join ' ')" }
}
if ($Programs) { $plan = @($plan | Where-Object { $Programs -contains $_.client }) }
$keys = @{}
foreach ($key in Read-Table 'keys.tsv') {
    if ($Remove -or -not ($plan | Where-Object { $_.key -eq $key.mark })) { continue }
    $value = $key.value
    if ($value -eq '-' -and -not $Check) {
        $secret = Read-Host -AsSecureString "Key $($key.name) (it is not shown)"
        $value = [Net.NetworkCredential]::new('', $secret).Password
        if ($value -notmatch '^[A-Za-z0-9._~+/=-]+$') { Stop-Here "This is not a key; ask whoever runs the gateway for $($key.name)" }
    }
    $keys[$key.mark] = $value
}
function Read-WithKeys([string]$Name) {
    $text = [IO.File]::ReadAllText((Join-Path $PSScriptRoot $Name), $utf8)
    foreach ($mark in $keys.Keys) { $text = $text.Replace($mark, $keys[$mark]) }
    $utf8.GetBytes($text)
}

# What would become of each file: nothing is changed before all of it is known.
# The 'python' of a Windows without Python opens the shop, and says nothing of a version.
$python = $null
foreach ($word in 'py', 'python3', 'python') {
    if ($python -or -not (Get-Command $word -CommandType Application -ErrorAction SilentlyContinue)) { continue }
    try {
        $said = & $word -c 'import sys; print(sys.version_info >= (3, 9))' 2>$null
        if ("$said" -eq 'True') { $python = $word }
    } catch { continue }
}
$work = Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid().ToString('N'))
$null = New-Item -ItemType Directory -Path $work
try {
    $action = if ($Remove) { 'remove' } else { 'set' }
    $todo = @()
    $refusals = @()
    foreach ($row in $plan) {
        $place = Get-Target $row.path
        $private = $row.key_in -eq 'file'
        $one = [pscustomobject]@{
            Row = $row; Path = $place; What = ''; Data = $null; Checksum = Get-Checksum $place; Private = $private
            Command = $(if ($Remove) { $row.remove } else { $row.add })
        }
        $todo += $one
        $whole = Read-WithKeys $row.whole
        if (-not (Test-Path -LiteralPath $place) -or (Get-Item -LiteralPath $place -Force).Length -eq 0) {
            if ($Remove) { $one.What = 'same' } else { $one.What = 'written'; $one.Data = $whole }
            continue
        }
        if (-not (Test-Path -LiteralPath $place -PathType Leaf)) { $refusals += "$($place): is not a file"; continue }
        if ([Convert]::ToBase64String([IO.File]::ReadAllBytes($place)) -eq [Convert]::ToBase64String($whole)) {
            $one.What = if ($Remove) { 'gone' } else { 'same' }
            continue
        }
        if ($python) {
            $edits = Join-Path $work 'edits'
            $new = Join-Path $work 'new'
            Remove-Item -LiteralPath $edits, $new -Force -ErrorAction SilentlyContinue
            [IO.File]::WriteAllBytes($edits, (Read-WithKeys $row.edits))
            $ErrorActionPreference = 'Continue'
            $said = & $python (Join-Path $PSScriptRoot 'edit.pyz') $action $row.format $place $edits $new 2>&1
            $ErrorActionPreference = 'Stop'
            switch ($LASTEXITCODE) {
                0 { $one.What = 'merged'; $one.Data = [IO.File]::ReadAllBytes($new) }
                10 { $one.What = 'same' }
                11 { $one.What = 'gone' }
                12 { $one.What = '' }
                default { $refusals += "$($place): $said"; $one.What = 'refused' }
            }
        }
        if ($one.What) { continue }
        $one.What = 'paste'
        if ($one.Command -ne '-') {
            $words = [IO.File]::ReadAllLines((Join-Path $PSScriptRoot $one.Command), $utf8)
            if (Get-Command $words[0] -ErrorAction SilentlyContinue) { $one.What = 'command' }
        }
    }
    if ($refusals) { Stop-Here ($refusals -join '; ') }

    # The variables that hold the keys: first, because the files name them.
    foreach ($row in $plan | Where-Object { $_.variable -ne '-' }) {
        $value = if ($Remove) { $null } else { $keys[$row.key] }
        if ([Environment]::GetEnvironmentVariable($row.variable, 'User') -eq $value) { continue }
        if ($Check) { "$($row.variable): would be set or removed"; continue }
        [Environment]::SetEnvironmentVariable($row.variable, $value, 'User')
        "$($row.variable): $(if ($Remove) { 'removed' } else { 'set' })"
    }

    # The programs' files.
    $left = $false
    $failed = $false
    foreach ($one in $todo) {
        $head = "$($one.Row.title): $($one.Path):"
        if ($one.What -eq 'same') { "$head is as it should be"; continue }
        if ($one.What -eq 'paste') {
            $left = $true
            $verb = if ($Remove) { 'take out' } else { 'paste' }
            "$head NOT CHANGED. It is there already, and there is no Python 3 here to edit it with. Open " +
                "$(Join-Path $PSScriptRoot 'index.html') and $verb what it shows for $($one.Row.title)."
            continue
        }
        if ($Check) { "$head would be: $($one.What)"; continue }
        if ($one.What -eq 'command') {
            $steps = if ($Remove) { @($one.Command) } else { @(($one.Command -replace '\.add$', '.remove'), $one.Command) }
            $ErrorActionPreference = 'Continue'
            foreach ($step in $steps) {
                $words = [IO.File]::ReadAllLines((Join-Path $PSScriptRoot $step), $utf8)
                $said = & $words[0] $words[1..($words.Length - 1)] 2>&1
            }
            $ErrorActionPreference = 'Stop'
            if ($LASTEXITCODE) { $failed = $true; "$head its own command failed: $said" } else { "$head changed by $($words[0])" }
            continue
        }
        if ((Get-Checksum $one.Path) -ne $one.Checksum) {
            $failed = $true
            "$head was changed by another program meanwhile; run this again"
            continue
        }
        if ($one.What -eq 'gone') { Remove-Item -LiteralPath $one.Path -Force } else { Write-Whole $one.Path $one.Data $one.Private }
        "$head $($one.What)"
    }
} finally {
    Remove-Item -LiteralPath $work -Recurse -Force
}
if ($failed) { exit 2 }
if ($left) { exit 3 }
if (-not $Check -and -not $Remove) { 'Sign in anew, so that programs see their keys.' }
