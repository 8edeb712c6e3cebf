using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StellarPipeline.TestSupport;
using Xunit.Abstractions;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// What a load needs of memory does not depend on its size, and fits a small container. Long: runs where PIPELINE_LONG_TESTS is 1.
/// </summary>
public sealed class MemoryLimitTests(ITestOutputHelper output)
{
    private const int LimitMebibytes = 512;
    private const double MaxPeakBytes = 300e6;
    private const double Tolerance = 0.10;

    [SkippableFact]
    public async Task Populate_OneAndTwelveMillionEntries_NeedTheSameMemory()
    {
        Skip.IfNot(Environment.GetEnvironmentVariable("PIPELINE_LONG_TESTS") == "1", "Takes minutes: set PIPELINE_LONG_TESTS=1.");
        var peaks = new List<double>();
        foreach (int million in (int[])[1, 12])
        {
            string folder = Directory.CreateTempSubdirectory("pipeline-memory-").FullName;
            try
            {
                // The shares of the types are those of the load test (perf/StellarPipeline.LoadTest).
                string archive = Path.Combine(folder, "archive");
                (string Type, double Share)[] types =
                [
                    ("accounts", 0.303), ("trustlines", 0.606), ("offers", 0.023), ("data", 0.014), ("claimable-balances", 0.018),
                    ("liquidity-pools", 0.0014), ("pool-shares", 0.009),
                    ("contracts", 0.0018), ("contract-storage", 0.0045), ("contract-codes", 0.0002), ("asset-contracts", 0.0003),
                    ("asset-contract-balances", 0.0067),
                ];
                string[] sizes =
                    [.. types.SelectMany(type =>
                        new[] { $"--{type.Type}", ((int)(type.Share * million * 1_000_000)).ToString(CultureInfo.InvariantCulture) })];
                CliResult generated =
                    await CliProcess.RunAsync(["archive", "generate", "--output", archive, "--network", "testnet", "--quiet", .. sizes]);
                Assert.True(generated.ExitCode == 0, generated.All);
                await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
                string report = Path.Combine(folder, "report.json");
                CliResult loaded = await CliProcess.RunAsync(
                    "populate", "--archive", archive, "--database", database.ConnectionString, "--report", report);
                Assert.True(loaded.ExitCode == 0, loaded.All);
                Assert.Equal(303_000 * million, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
                Assert.Equal(606_000 * million, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
                peaks.Add(await PeakAsync(report));
                output.WriteLine($"Peak working set at {million} M entries: {peaks[^1] / 1048576.0:N1} MiB.");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        double mean = peaks.Average();
        Assert.All(peaks, peak => Assert.InRange(peak, mean * (1 - Tolerance), Math.Min(MaxPeakBytes, mean * (1 + Tolerance))));
    }

    [SkippableFact]
    public async Task Populate_ThreeMillionRowsUnderAMemoryLimit_LoadsThemAll()
    {
        Skip.IfNot(Environment.GetEnvironmentVariable("PIPELINE_LONG_TESTS") == "1", "Takes minutes: set PIPELINE_LONG_TESTS=1.");
        Skip.IfNot(OperatingSystem.IsLinux(), "The limit is one of Linux (RLIMIT_DATA).");
        string folder = Directory.CreateTempSubdirectory("pipeline-memory-").FullName;
        try
        {
            string archive = Path.Combine(folder, "archive");
            CliResult generated = await CliProcess.RunAsync("archive", "generate", "--output", archive, "--accounts", "1000000",
                "--trustlines", "2000000", "--network", "testnet", "--quiet");
            Assert.True(generated.ExitCode == 0, generated.All);
            await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
            string report = Path.Combine(folder, "report.json");

            // RLIMIT_DATA counts all private memory that may be written: heap, stacks, buffers of the runtime, touched or not; more than
            // that fails with "out of memory". The heap's own limit is what the runtime would choose in a container of that size, 75 %.
            string command = $"ulimit -d {LimitMebibytes * 1024} && ulimit -s 1024 && exec dotnet \"$0\" \"$@\"";
            var start =
                new ProcessStartInfo("/bin/sh", ["-c", command, CliProcess.Program, "populate", "--archive", archive, "--database",
                    database.ConnectionString, "--report", report])
                { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DOTNET_GCHeapHardLimit"] = "0x18000000";
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, text + await error);

            Assert.Equal(1_000_000, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
            Assert.Equal(2_000_000, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
            long peak = await PeakAsync(report);
            output.WriteLine(
                $"Peak working set {peak / 1048576.0:N1} MiB under RLIMIT_DATA = {LimitMebibytes} MiB and a heap limit of 384 MiB.");
            Assert.True(peak < LimitMebibytes * 1048576L, $"Peak working set: {peak:N0} bytes.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> PeakAsync(string report)
    {
        using var figures = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        return figures.RootElement.GetProperty("memory").GetProperty("peak_working_set_bytes").GetInt64();
    }
}
