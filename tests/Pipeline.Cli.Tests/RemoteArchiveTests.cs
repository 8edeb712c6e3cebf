using System.Text.Json;
using Pipeline.Archive.Tests.Http;
using Pipeline.ArchiveGenerator;
using Pipeline.Stellar;
using Pipeline.TestSupport;

namespace Pipeline.Cli.Tests;

/// <summary>The commands on an archive behind a real server: cache, mirrors, offline, trust.</summary>
public sealed class RemoteArchiveTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-remote-").FullName;
    private GeneratedArchive archive = null!;

    private string ArchiveFolder => Path.Combine(folder, "archive");

    private string Cache => Path.Combine(folder, "cache");

    public async Task InitializeAsync() => archive = await CheckpointArchiveGenerator.GenerateAsync(ArchiveFolder, new GeneratorOptions { Accounts = 300, Trustlines = 600, Passphrase = StellarNetwork.Testnet.Passphrase });

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [SkippableFact]
    public async Task Populate_FromAUrl_FillsTheCacheAndTheNextRunNeedsNoServer()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using ArchiveServer server = await ArchiveServer.StartAsync(ArchiveFolder);
        CliResult first = await CliProcess.RunAsync("populate", "--archive", server.Url, "--network", "testnet", "--cache", Cache, "--database", database.ConnectionString);
        Assert.True(first.ExitCode == 0, first.All);
        Assert.Contains(server.Url, first.Output, StringComparison.Ordinal);
        long bytes = server.Files.Where(file => file.Key.StartsWith("bucket/", StringComparison.Ordinal)).Sum(file => file.Value.Length);
        Assert.Equal(bytes, server.Requests.Where(request => request.Path.StartsWith("bucket/", StringComparison.Ordinal)).Sum(request => request.BytesSent));
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));

        int before = server.Requests.Count;
        CliResult second = await CliProcess.RunAsync("populate", "--archive", server.Url, "--network", "testnet", "--cache", Cache, "--database", database.ConnectionString, "--replace", "--quiet");
        Assert.True(second.ExitCode == 0, second.All);
        Assert.DoesNotContain(server.Requests.Skip(before), request => request.Path.StartsWith("bucket/", StringComparison.Ordinal));

        int beforeOffline = server.Requests.Count;
        string report = Path.Combine(folder, "report.json");
        CliResult offline = await CliProcess.RunAsync("populate", "--network", "testnet", "--offline", "--cache", Cache, "--database", database.ConnectionString, "--replace", "--report", report);
        Assert.True(offline.ExitCode == 0, offline.All);
        Assert.Equal(beforeOffline, server.Requests.Count);
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        Assert.Equal(archive.LiveEntryCount, json.RootElement.GetProperty("entries").GetProperty("read").GetInt64());
        Assert.Equal("the archive alone", json.RootElement.GetProperty("checkpoint").GetProperty("rests_on").GetString());
    }
}
