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
. (Join-Path $PSScriptRoot 'functions.ps1')

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
        # Ctrl+V is a character of the key in the windows that Windows had before its Terminal.
        $secret = Read-Host -AsSecureString "Key $($key.name) (paste it with the right mouse button; it is not shown)"
        $value = [Net.NetworkCredential]::new('', $secret).Password
        if ($value -notmatch '\A[A-Za-z0-9._~+/=-]+\z') { Stop-Here "This is not the key $($key.name); ask whoever runs the gateway for it" }
    }
    $keys[$key.mark] = $value
}
function Read-WithKeys([string]$Name) {
    $text = [IO.File]::ReadAllText((Join-Path $PSScriptRoot $Name), $utf8)
    foreach ($mark in $keys.Keys) { $text = $text.Replace($mark, $keys[$mark]) }
    , $utf8.GetBytes($text)
}

# What would become of each file: nothing is changed before all of it is known.
# The 'python' of a Windows without Python opens the shop, and says nothing of a version; Python's own manager would
# install one to answer.
$env:PYTHON_MANAGER_AUTOMATIC_INSTALL = 'false'
$env:PYLAUNCHER_ALLOW_INSTALL = $null
$python = $null
$ErrorActionPreference = 'Continue' # What a program complains of is no error of this script's.
foreach ($word in 'py', 'python3', 'python') {
    if ($python -or -not (Get-Command $word -CommandType Application -ErrorAction SilentlyContinue)) { continue }
    try { $said = & $word -c 'import sys; print(sys.version_info >= (3, 9))' 2>$null } catch { continue }
    if ("$said" -eq 'True') { $python = $word }
}
$ErrorActionPreference = 'Stop'
# Not below AppData: what the shop's Python writes there, others do not see.
$work = Join-Path ([Environment]::GetFolderPath('UserProfile')) ".mcp_lan-$([guid]::NewGuid().ToString('N'))"
$null = New-Item -ItemType Directory -Path $work
try {
    $action = if ($Remove) { 'remove' } else { 'set' }
    $todo = @()
    $refusals = @()
    foreach ($row in $plan) {
        try { $place = Get-Target $row.path } catch { $refusals += "$($row.title): $_"; continue }
        $there = Test-Path -LiteralPath $place
        if ($there -and -not [IO.File]::Exists($place)) { $refusals += "$($place): is not a file"; continue }
        try { if ($there) { [IO.File]::Open($place, 'Open', 'ReadWrite', 'ReadWrite, Delete').Dispose() } } catch {
            $refusals += "$($place): can't be read and written by you, or a program has it open"
            continue
        }
        $one = [pscustomobject]@{
            Row = $row; Path = $place; What = ''; Data = $null; Checksum = Get-Checksum $place
            Private = $row.key_in -eq 'file' -or -not $there
            Command = $(if ($Remove) { $row.remove } else { $row.add })
        }
        $todo += $one
        $whole = Read-WithKeys $row.whole
        if (-not $there -or ([IO.FileInfo]$place).Length -eq 0) {
            if ($Remove) { $one.What = 'same' } else { $one.What = 'written'; $one.Data = $whole }
            continue
        }
        # With a key in it, it is made its user's alone even if not a byte of it changes.
        $open = -not $Remove -and $row.key_in -eq 'file' -and -not (Test-Private $place)
        $now = [IO.File]::ReadAllBytes($place)
        if ([Convert]::ToBase64String($now) -ceq [Convert]::ToBase64String($whole)) {
            if ($open) { $one.What = 'written'; $one.Data = $whole }
            else { $one.What = if ($Remove) { 'gone' } else { 'same' } }
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
                10 { if ($open) { $one.What = 'merged'; $one.Data = $now } else { $one.What = 'same' } }
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
        if ([Environment]::GetEnvironmentVariable($row.variable, 'User') -ceq $value) { continue }
        if ($Check) { "$($row.variable): would be set or removed"; continue }
        Set-UserVariable $row.variable $value
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
                # Spread, because npm's own starters are scripts, which would take a list as one word.
                $rest = @($words[1..($words.Length - 1)])
                $global:LASTEXITCODE = 1
                try { $said = @() | & $words[0] @rest 2>&1 } catch { $said = $_ }
            }
            $ErrorActionPreference = 'Stop'
            if ($LASTEXITCODE) { $failed = $true; "$head its own command failed: $said" } else { "$head changed by $($words[0])" }
            continue
        }
        try {
            if ((Get-Checksum $one.Path) -cne $one.Checksum) {
                $failed = $true
                "$head was changed by another program meanwhile; run this again"
            } else {
                if ($one.What -ne 'gone') { Set-Whole $one.Path $one.Data $one.Private }
                else { Remove-Item -LiteralPath $one.Path -Force }
                "$head $($one.What)"
            }
        } catch {
            $failed = $true
            "$head could not be written: $($_.Exception.Message)"
        }
    }
} finally {
    Remove-Item -LiteralPath $work -Recurse -Force
}
if ($failed) { exit 2 }
if ($left) { exit 3 }
if (-not $Check -and -not $Remove) { 'Sign in anew, so that programs see their keys.' }
