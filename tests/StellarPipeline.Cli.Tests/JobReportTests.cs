using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The reports of <c>live</c>, <c>backfill</c> and <c>archive verify</c>, and what <c>report compare</c> makes of them.</summary>
public sealed partial class JobReportTests(RemoteArchive remote) : IDisposable, IClassFixture<RemoteArchive>
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-job-reports-").FullName;

    private string Report => Path.Combine(folder, "report.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Live_WithReport_SaysWhatWasStoredFromWhereAndWhere()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string network = await NetworkAsync();
        CliResult load = await CliProcess.RunAsync(
            "populate", "--archive", Path.Combine(network, "archive-a"), "--checkpoint-frequency", "8", "--database",
            database.ConnectionString, "--quiet");
        Assert.True(load.ExitCode == 0, load.All);
        string store = Path.Combine(network, "ledgers");
        string[] live = ["live", "--source", store, "--database", database.ConnectionString];

        CliResult first = await CliProcess.RunAsync([.. live, "--to", "1030", "--report", Report]);
        Assert.True(first.ExitCode == 0, first.All);
        using (var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Report)))
        {
            JsonElement root = report.RootElement;
            Assert.Equal("ended", root.GetProperty("outcome").GetString());
            Assert.Equal(1024, root.GetProperty("first").GetInt32());
            Assert.Equal(1030, root.GetProperty("last").GetInt32());
            Assert.Equal(7, root.GetProperty("ledgers").GetInt32());
            Assert.Equal(
                await database.QueryAsync<long>("SELECT count(*) FROM transactions"), root.GetProperty("transactions").GetInt64());
            Assert.Equal(await database.QueryAsync<long>("SELECT count(*) FROM operations"), root.GetProperty("operations").GetInt64());
            Assert.EndsWith("ledgers", root.GetProperty("source").GetString(), StringComparison.Ordinal);
            Assert.Equal("testnet", root.GetProperty("network").GetString());
            Assert.Contains(database.Name, root.GetProperty("database").GetString(), StringComparison.Ordinal);
            Assert.True(root.GetProperty("started").GetDateTimeOffset() <= root.GetProperty("ended").GetDateTimeOffset());
        }

        // The document alone is on standard output, the sentence for people on the other stream.
        CliResult second = await CliProcess.RunAsync([.. live, "--to", "1032", "--report", "-"]);
        Assert.True(second.ExitCode == 0, second.All);
        using var printed = JsonDocument.Parse(second.Output);
        Assert.Equal(1032, printed.RootElement.GetProperty("last").GetInt32());
        Assert.Contains("Stored ledgers 1031 to 1032", second.Error, StringComparison.Ordinal);

        // Refused before any ledger is read, and by the database: either way the old report must not stay.
        foreach (string[] wrong in new[] { ["--network", "pubnet"], new[] { "--to", "1032" } })
        {
            await File.WriteAllTextAsync(Report, "old");
            CliResult refused = await CliProcess.RunAsync([.. live, .. wrong, "--report", Report]);
            Assert.Equal(2, refused.ExitCode);
            using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Report));
            Assert.Equal("refused", report.RootElement.GetProperty("outcome").GetString());
            Assert.Contains(report.RootElement.GetProperty("error").GetString()!, refused.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Backfill_WithReport_IsWrittenByARunAndARefusalButNotByADryRun()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string store = Path.Combine(await NetworkAsync(), "ledgers");
        string[] backfill =
            ["backfill", "--source", store, "--from", "1024", "--database", database.ConnectionString, "--report", Report];

        CliResult dry = await CliProcess.RunAsync([.. backfill, "--to", "1031", "--dry-run"]);
        Assert.True(dry.ExitCode == 0, dry.All);
        Assert.Contains("No report was written.", dry.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Report));

        CliResult load = await CliProcess.RunAsync([.. backfill, "--to", "1031"]);
        Assert.True(load.ExitCode == 0, load.All);
        using (var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Report)))
        {
            Assert.Equal(8, report.RootElement.GetProperty("ledgers").GetProperty("loaded").GetInt32());
            foreach (JsonElement table in report.RootElement.GetProperty("tables").EnumerateArray())
            {
                Assert.Equal(
                    await database.QueryAsync<long>($"SELECT count(*) FROM {table.GetProperty("name").GetString()}"),
                    table.GetProperty("rows").GetInt64());
            }
        }

        CliResult tooFar = await CliProcess.RunAsync([.. backfill, "--to", "2000"]);
        Assert.Equal(3, tooFar.ExitCode);
        using var failed = JsonDocument.Parse(await File.ReadAllBytesAsync(Report));
        Assert.Equal("failed", failed.RootElement.GetProperty("outcome").GetString());
        Assert.Equal(3, failed.RootElement.GetProperty("exit_code").GetInt32());
    }

    [Theory]
    [InlineData("live", "report.html")]
    [InlineData("live", "report.HTM")]
    [InlineData("backfill", "report.htm")]
    public async Task Run_PageOfACommandThatHasNone_IsRefusedBeforeAnything(string command, string name)
    {
        string page = Path.Combine(folder, name);
        CliResult result = await CliProcess.RunAsync(
            command, "--source", folder, "--database", "postgres://127.0.0.1:1/none", "--report", page);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("this command writes only JSON", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(page));
    }

    [Theory]
    [InlineData("live", "rpc+http://clerk:Sesame@127.0.0.1:1", 4)]
    [InlineData("backfill", "https://clerk:Sesame@127.0.0.1/store#part", 2)]
    public async Task Run_PasswordInTheSource_IsNotInTheReportOfTheFailure(string command, string source, int code)
    {
        string[] range = command == "backfill" ? ["--from", "10", "--to", "20"] : [];
        CliResult result = await CliProcess.RunAsync(
            [command, "--source", source, "--network", "testnet", "--database", "postgres://127.0.0.1:1/none", "--attempts", "1",
                "--report", Report, .. range]);
        Assert.True(result.ExitCode == code, result.All);
        Assert.DoesNotContain("Sesame", result.All, StringComparison.Ordinal);
        string report = await File.ReadAllTextAsync(Report);
        Assert.Contains("127.0.0.1", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Sesame", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_BadBucketsAsJson_IsOneDocumentThatNamesEach()
    {
        string archive = Path.Combine(folder, "archive");
        GeneratedArchive generated = await CheckpointArchiveGenerator.GenerateAsync(
            archive, new GeneratorOptions { Accounts = 300, Trustlines = 600, Passphrase = StellarNetwork.Testnet.Passphrase });
        string[] damaged =
            [.. Directory.EnumerateFiles(Path.Combine(archive, "bucket"), "*.gz", SearchOption.AllDirectories)
                .OrderByDescending(file => new FileInfo(file).Length).Take(2)];
        foreach (string file in damaged)
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            bytes[bytes.Length / 2] ^= 0x40;
            await File.WriteAllBytesAsync(file, bytes);
        }

        CliResult result = await CliProcess.RunAsync("archive", "verify", "--archive", archive, "--format", "json");

        Assert.Equal(3, result.ExitCode);
        using var json = JsonDocument.Parse(result.Output);
        JsonElement root = json.RootElement;
        Assert.Equal(generated.CheckpointLedger, root.GetProperty("ledger").GetUInt32());
        Assert.Equal(archive, root.GetProperty("archive").GetString());
        Assert.Contains(root.GetProperty("error").GetString()!, result.Error, StringComparison.Ordinal);
        Assert.True(root.GetProperty("buckets").GetInt32() > 2);
        JsonElement[] bad = [.. root.GetProperty("bad").EnumerateArray()];
        Assert.Equal(
            damaged.Select(file => Path.GetFileName(file)["bucket-".Length..].Split('.')[0]).Order(StringComparer.Ordinal),
            bad.Select(bucket => bucket.GetProperty("hash").GetString()!).Order(StringComparer.Ordinal));
        Assert.All(bad, bucket =>
        {
            Assert.NotEqual("", bucket.GetProperty("error").GetString());
            Assert.NotEqual("", bucket.GetProperty("position").GetString());
        });
    }

    [SkippableFact]
    public async Task Compare_ReportOfARefusal_SaysThatItIsOne()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string[] populate =
            ["populate", "--archive", remote.Folder, "--database", database.ConnectionString, "--network", "testnet", "--quiet"];
        string other = Path.Combine(folder, "other.json");
        Assert.Equal(0, (await CliProcess.RunAsync([.. populate, "--report", Report])).ExitCode);
        Assert.Equal(2, (await CliProcess.RunAsync([.. populate, "--report", other])).ExitCode);

        CliResult refused = await CliProcess.RunAsync("report", "compare", Report, other);
        CliResult same = await CliProcess.RunAsync("report", "compare", Report, Report);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("is the report of a load that was refused", refused.Error, StringComparison.Ordinal);
        Assert.True(same.ExitCode == 0, same.All);
        Assert.All(same.Output.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Matches(@"(?m)^rows of liquidity_pools +\d+ +\d+ +0 %", same.Output);
    }

    /// <summary>What the sentence says must be the largest of the figures beside it.</summary>
    [SkippableTheory]
    [InlineData(0)]
    [InlineData(300)]
    public async Task Populate_BottleneckOfASmallLoad_IsWhatTookLongest(int delayMilliseconds)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using ArchiveServer server = await remote.ServeAsync();
        long started = Stopwatch.GetTimestamp();
        int bucketRequests = 0;
        server.Always = async exchange =>
        {
            if (!exchange.HasFile)
            {
                await exchange.StatusAsync(404);
                return;
            }

            if (delayMilliseconds > 0 && exchange.Request.Path.StartsWith("bucket/", StringComparison.Ordinal))
            {
                // The first delay is longer than everything before it, however slow the machine is.
                bool isFirst = Interlocked.Increment(ref bucketRequests) == 1;
                TimeSpan more = isFirst ? Shorter(2 * Stopwatch.GetElapsedTime(started)) : TimeSpan.Zero;
                await Task.Delay(TimeSpan.FromMilliseconds(delayMilliseconds) + more);
            }

            await exchange.ServeAsync();
        };
        CliResult load = await CliProcess.RunAsync(
            "populate", "--archive", server.Url, "--network", "testnet", "--cache", Path.Combine(folder, "cache"), "--downloads", "1",
            "--database", database.ConnectionString, "--quiet", "--report", Report);
        Assert.True(load.ExitCode == 0, load.All);

        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Report));
        var phases = report.RootElement.GetProperty("phases").EnumerateArray().ToDictionary(
            phase => phase.GetProperty("name").GetString()!, phase => phase.GetProperty("seconds").GetDouble());
        double steps = phases["check"] + phases["open"] + phases["schema"] + phases["preflight"];
        double archive = phases["proof"] + phases["plan"] + phases["fetch"];
        JsonElement bottleneck = report.RootElement.GetProperty("bottleneck");
        string stage = bottleneck.GetProperty("stage").GetString()!;
        string sentence = bottleneck.GetProperty("sentence").GetString()!;

        // Besides these phases, the archive may have been waited for during the load: the sentence has the sum, in hundredths of a second.
        if (stage == "preparation") Assert.True(steps > archive - 0.01, $"steps {steps} s, archive {archive} s: {sentence}");
        if (stage == "archive") Assert.True(Waited(sentence) > steps - 0.01, $"steps {steps} s: {sentence}");
        if (delayMilliseconds > 0)
        {
            Assert.Equal("archive", stage);
            Assert.Contains("fetch ", sentence, StringComparison.Ordinal);
        }

        Assert.True(bottleneck.GetProperty("busy_share").GetDouble() <= 1);

        // Well within the time that the program waits for an answer.
        static TimeSpan Shorter(TimeSpan delay) => delay < TimeSpan.FromSeconds(10) ? delay : TimeSpan.FromSeconds(10);

        static double Waited(string sentence) =>
            double.Parse(WaitedSeconds().Match(sentence).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private async Task<string> NetworkAsync()
    {
        string output = Path.Combine(folder, "network");
        CliResult made = await CliProcess.RunAsync(
            "network", "generate", "--output", output, "--ledgers", "16", "--checkpoint-frequency", "8", "--checkpoint", "1023",
            "--transactions", "5", "--empty", "0", "--accounts", "40", "--assets", "5");
        Assert.True(made.ExitCode == 0, made.All);
        return output;
    }

    [GeneratedRegex(@"^The archive took ([\d.]+) s,")]
    private static partial Regex WaitedSeconds();
}
