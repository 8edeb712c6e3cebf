#!/usr/bin/env bash
# System.CommandLine 3.0.0 (NuGet), .NET 10.
#
# A switch (Option<bool>) may be typed with a value: --drop=false is false. But "=" does not bind a value that is neither true nor false: the switch
# counts as typed without one, which is true, and the value goes on to the next argument of the command. So --drop=no and --drop=0 are true, and where
# the command has an argument that is still free, there is no error at all: `down --drop=0` drops, with the count 0. An empty value is left out:
# --drop=$UNSET of a script is true. An Option<int> keeps what stands behind its "=", and its error names the option. Nothing in the result of Parse
# tells --drop=0 from --drop followed by the argument 0: the tokens are the same.
#
# The way out: look at the words before they are parsed, and refuse "switch=value" with another value than true and false.
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

foreach (string word in new[] { "--drop=false", "--drop=0", "--drop:0", "--drop=no", "--drop=", "--rows=no", "--rows=" }) Try(word);

var plain = new Option<bool>("--drop");
var command = new RootCommand { plain, new Argument<int?>("count") };
Console.WriteLine($"the same tokens: {Tokens("--drop=0") == Tokens("--drop", "0")}");

string Tokens(params string[] words) => string.Join(' ', command.Parse(words).Tokens.Select(token => $"{token.Type}:{token.Value}"));

static void Try(string word)
{
    foreach (bool hasArgument in new[] { true, false })
    {
        var drop = new Option<bool>("--drop");
        var rows = new Option<int>("--rows");
        var count = new Argument<string?>("count") { Arity = ArgumentArity.ZeroOrOne };
        var root = new RootCommand { drop, rows };
        if (hasArgument) root.Add(count);
        ParseResult parsed = root.Parse([word]);
        string errors = string.Join(' ', parsed.Errors.Select(error => error.Message).Distinct());
        Console.WriteLine($"{word} {(hasArgument ? "with" : "without")} an argument: drop {parsed.GetValue(drop)}"
            + (hasArgument ? $", argument {parsed.GetValue(count) ?? "none"}" : "") + $", {(errors.Length == 0 ? "no error" : errors)}");
    }
}
X
dotnet run -c Release 2>&1 | tee actual
cat > expected <<'X'
--drop=false with an argument: drop False, argument none, no error
--drop=false without an argument: drop False, no error
--drop=0 with an argument: drop True, argument 0, no error
--drop=0 without an argument: drop True, Unrecognized command or argument '0'.
--drop:0 with an argument: drop True, argument 0, no error
--drop:0 without an argument: drop True, Unrecognized command or argument '0'.
--drop=no with an argument: drop True, argument no, no error
--drop=no without an argument: drop True, Unrecognized command or argument 'no'.
--drop= with an argument: drop True, argument none, no error
--drop= without an argument: drop True, no error
--rows=no with an argument: drop False, argument none, Cannot parse argument 'no' for option '--rows' as expected type 'System.Int32'.
--rows=no without an argument: drop False, Cannot parse argument 'no' for option '--rows' as expected type 'System.Int32'.
--rows= with an argument: drop False, argument none, Required argument missing for option: '--rows'.
--rows= without an argument: drop False, Required argument missing for option: '--rows'.
the same tokens: True
X
diff expected actual && echo "as described"
