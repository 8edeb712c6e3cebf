#!/usr/bin/env bash
# System.CommandLine 3.0.0 (NuGet), .NET 10.
#
# A validator of a command runs before the parser adds the options that were left out. There GetValue of such an option is default(T), 0 or null, not
# what its DefaultValueFactory makes, and GetResult is null; in the action of the same command both are there. A validator of the option itself does
# see its default. So a rule over several options ("this plus that must not exceed …") looks at zeros where the user typed nothing, and what it says
# depends on which options happen to be typed.
#
# The way out: in a command's validator look only at what GetResult gives, and supply the defaults there yourself.
set -euo pipefail
work=$(mktemp -d); cd "$work"
trap 'rm -rf "$work"' EXIT
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
  <ItemGroup><PackageReference Include="System.CommandLine" Version="3.0.0" /></ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.CommandLine;

Try("--name x");
Try("--rows 5 --name x");

static void Try(string line)
{
    var rows = new Option<int>("--rows") { DefaultValueFactory = _ => 250_000 };
    var name = new Option<string>("--name") { DefaultValueFactory = _ => "usual" };
    rows.Validators.Add(result => Console.WriteLine($"{line}: the option's validator sees {result.GetValueOrDefault<int>()}"));
    var root = new RootCommand { rows, name };
    root.Validators.Add(result => Console.WriteLine(
        $"{line}: the command's validator sees {result.GetValue(rows)}, result {(result.GetResult(rows) is null ? "absent" : "there")}"));
    root.SetAction(parsed => Console.WriteLine($"{line}: the action sees {parsed.GetValue(rows)}"));
    root.Parse(line.Split(' ')).Invoke();
}
X
dotnet run -c Release 2>&1 | tee actual
cat > expected <<'X'
--name x: the command's validator sees 0, result absent
--name x: the option's validator sees 250000
--name x: the action sees 250000
--rows 5 --name x: the command's validator sees 5, result there
--rows 5 --name x: the option's validator sees 5
--rows 5 --name x: the action sees 5
X
diff expected actual && echo "as described"
