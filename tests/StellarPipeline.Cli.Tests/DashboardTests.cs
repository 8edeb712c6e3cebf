using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The page of --dashboard, over HTTP, from the start of a load to its end.</summary>
public sealed partial class DashboardTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-dashboard-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_Dashboard_FollowsTheLoadAndHasItsReport()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 500, Trustlines = 1_000, Passphrase = StellarNetwork.Testnet.Passphrase });
        using var process = CliProcess.Start("populate", "--archive", folder, "--database", database.ConnectionString, "--dashboard",
            "127.0.0.1:0", "--keep-dashboard", "--progress", "json");
        await process.SaysAsync("The dashboard is still at");
        string url = Address().Match(process.SaidSoFar()).Groups[1].Value;
        using var client = new HttpClient { BaseAddress = new Uri(url), Timeout = Deadline };

        Assert.Equal("ok\n", await client.GetStringAsync("/healthz"));
        string page = await client.GetStringAsync("/");
        Assert.Contains("new EventSource('/events')", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.Contains("# TYPE", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await client.GetStringAsync("/report.json"));
        Assert.Equal(archive.LiveEntryCount, report.RootElement.GetProperty("entries").GetProperty("read").GetInt64());

        // The stream ends with the load's own figures.
        string events = await client.GetStringAsync("/events");
        Match done = Done().Match(events);
        Assert.True(done.Success, events);
        using var end = JsonDocument.Parse(done.Groups[1].Value);
        Assert.Equal(report.RootElement.GetProperty("tables").EnumerateArray().Sum(table => table.GetProperty("rows").GetInt64()),
            end.RootElement.GetProperty("rows").GetInt64());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/elsewhere", UriKind.Relative))).StatusCode);

        await process.SignalAsync("INT");
        Assert.Equal(0, (await process.WaitAsync()).ExitCode);
    }

    [Theory]
    [InlineData("--dashboard", "nowhere", "--dashboard nowhere")]
    [InlineData("--dashboard", "192.0.2.1:8480", "cannot listen on")]
    public async Task Populate_DashboardOnAnAddressThatCannotBe_IsRefusedFirst(string option, string address, string part)
    {
        CliResult result =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", "postgres://127.0.0.1:1/none", option, address);
        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Dashboard: (http://\S+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"event: done\ndata: (\{.*\})")]
    private static partial Regex Done();
}
