#!/usr/bin/env pwsh
# One verb per task. Each is one dotnet call, listed in README.md for people without PowerShell.
param([Parameter(Position = 0)][string]$Verb = 'help', [Parameter(ValueFromRemainingArguments)][string[]]$Rest)

$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

switch ($Verb) {
  'build'  { dotnet build Pipeline.sln --configuration Release @Rest }
  'demo'   { dotnet run --configuration Release --project src/StellarPipeline.Cli -- demo @Rest }
  'test'   { dotnet test Pipeline.sln --configuration Release @Rest }
  'publish' { dotnet publish src/StellarPipeline.Cli --configuration Release @Rest }
  'format' { dotnet format Pipeline.sln @Rest }
  'run'    { dotnet run --configuration Release --project src/StellarPipeline.Cli -- @Rest }
  default  { Write-Host 'run.ps1 build | demo | test | publish | format | run <arguments of stellar-pipeline>'; exit 2 }
}
exit $LASTEXITCODE
