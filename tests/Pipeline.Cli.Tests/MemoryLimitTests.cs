using System.Diagnostics;
using System.Text.Json;
using Pipeline.TestSupport;
using Xunit.Abstractions;

namespace Pipeline.Cli.Tests;

/// <summary>Three million rows pass through a process that may not have more than 512 MiB. Long: runs where PIPELINE_LONG_TESTS is 1.</summary>
public sealed class MemoryLimitTests(ITestOutputHelper output)
{
    private const int LimitMebibytes = 512;

    [SkippableFact]
    public async Task Populate_ThreeMillionRowsUnderAMemoryLimit_LoadsThemAll()
    {
        Skip.IfNot(Environment.GetEnvironmentVariable("PIPELINE_LONG_TESTS") == "1", "Takes minutes: set PIPELINE_LONG_TESTS=1.");
        Skip.IfNot(OperatingSystem.IsLinux(), "The limit is one of Linux (RLIMIT_DATA).");
        string folder = Directory.CreateTempSubdirectory("pipeline-memory-").FullName;
        try
        {
            string archive = Path.Combine(folder, "archive");
            CliResult generated = await CliProcess.RunAsync("archive", "generate", "--output", archive, "--accounts", "1000000", "--trustlines", "2000000", "--network", "testnet", "--quiet");
            Assert.True(generated.ExitCode == 0, generated.All);
            await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
            string report = Path.Combine(folder, "report.json");

            // RLIMIT_DATA counts all private memory that may be written: heap, stacks, buffers of the runtime, touched or not; more than that fails with "out of memory". The heap's own limit
            // is what the runtime would choose in a container of that size, 75 %.
            string command = $"ulimit -d {LimitMebibytes * 1024} && ulimit -s 1024 && exec dotnet \"$0\" \"$@\"";
            var start = new ProcessStartInfo("/bin/sh", ["-c", command, CliProcess.Program, "populate", "--archive", archive, "--database", database.ConnectionString, "--report", report]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DOTNET_GCHeapHardLimit"] = "0x18000000";
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, text + await error);

            Assert.Equal(1_000_000, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
            Assert.Equal(2_000_000, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
            using JsonDocument figures = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
            long peak = figures.RootElement.GetProperty("memory").GetProperty("peak_working_set_bytes").GetInt64();
            output.WriteLine($"Peak working set {peak / 1048576.0:N1} MiB under RLIMIT_DATA = {LimitMebibytes} MiB and a heap limit of 384 MiB; {figures.RootElement.GetProperty("seconds").GetDouble():N1} s.");
            Assert.True(peak < LimitMebibytes * 1048576L, $"Peak working set: {peak:N0} bytes.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
