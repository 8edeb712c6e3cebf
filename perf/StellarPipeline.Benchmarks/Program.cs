using BenchmarkDotNet.Running;
using StellarPipeline.Benchmarks.Data;
using StellarPipeline.Benchmarks.Harness;

// This program's own two options; all others belong to BenchmarkDotNet (--filter, --list, --artifacts …).
List<string> rest = [.. args];
bool quick = rest.Remove("--quick");
int option = rest.IndexOf("--entries");
if (option >= 0)
{
    if (option + 1 >= rest.Count || !int.TryParse(rest[option + 1], out int entries) || entries < 1_000)
    {
        Console.Error.WriteLine("--entries must be a number of at least 1,000.");
        return 2;
    }

    BenchmarkArchive.Entries = entries;
    rest.RemoveRange(option, 2);
}

if (rest.Count == 0) rest.AddRange(["--filter", "*"]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. rest], new BenchmarkConfig(quick));
return 0;
