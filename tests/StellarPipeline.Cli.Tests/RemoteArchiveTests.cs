using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The commands on an archive behind real servers: cache, mirrors, offline, resume, TLS.</summary>
public sealed class RemoteArchiveTests(RemoteArchive remote) : IClassFixture<RemoteArchive>
{
    // Bytes that are fetched twice where a part is gone on with, to prove that it fits.
    private const int OverlapBytes = 512;

    [SkippableFact]
    public async Task Populate_FromAUrl_FillsTheCacheAndTheNextRunNeedsNoServer()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using ArchiveServer server = await remote.ServeAsync();
        string cache = remote.NewFolder();
        CliResult first = await CliProcess.RunAsync(
            "populate", "--archive", server.Url, "--network", "testnet", "--cache", cache, "--database", database.ConnectionString);
        Assert.True(first.ExitCode == 0, first.All);
        Assert.Contains(server.Url, first.Output, StringComparison.Ordinal);
        Assert.Equal(remote.BucketBytes, BucketRequests(server).Sum(request => request.BytesSent));
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));

        int before = server.Requests.Count;
        CliResult second = await CliProcess.RunAsync("populate", "--archive", server.Url, "--network", "testnet", "--cache", cache,
            "--database", database.ConnectionString, "--replace", "--quiet");
        Assert.True(second.ExitCode == 0, second.All);
        Assert.Empty(BucketRequests(server, before));

        int beforeOffline = server.Requests.Count;
        string report = remote.NewFolder();
        CliResult offline = await CliProcess.RunAsync("populate", "--network", "testnet", "--offline", "--cache", cache, "--database",
            database.ConnectionString, "--replace", "--report", report);
        Assert.True(offline.ExitCode == 0, offline.All);
        Assert.Equal(beforeOffline, server.Requests.Count);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        Assert.Equal(remote.Generated.LiveEntryCount, json.RootElement.GetProperty("entries").GetProperty("read").GetInt64());
    }

    [SkippableFact]
    public async Task Populate_LargestBucketStillArriving_HoldsNoLockAndNoTransaction()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string folder = remote.NewFolder();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 30_000, Trustlines = 60_000, Passphrase = StellarNetwork.Testnet.Passphrase });
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        await using ArchiveServer server = await ArchiveServer.StartAsync(folder);
        string largest =
            server.Files.Where(file => file.Key.StartsWith("bucket/", StringComparison.Ordinal)).MaxBy(file => file.Value.Length).Key;
        int middle = server.Files[largest].Length / 2;
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Always = RemoteArchive.Only(largest, async exchange =>
        {
            long start = exchange.StartAnswer(exchange.File);
            if (start < 0) return;
            await exchange.WriteAsync(exchange.File, start, middle);
            await released.Task.WaitAsync(exchange.Context.RequestAborted);
            await exchange.WriteAsync(exchange.File, middle, exchange.File.Length);
        });

        using var process = CliProcess.Start(
            "populate", "--archive", server.Url, "--cache", remote.NewFolder(), "--database", database.ConnectionString, "--replace");

        await UntilAsync(process,
            () => Task.FromResult(server.Requests.Where(request => request.Path == largest).Sum(request => request.BytesSent) == middle));
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = current_database() AND l.database = "
                    + "a.datid AND a.backend_type = 'client backend' AND pid <> pg_backend_pid() AND mode LIKE '%Exclusive%'"));
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
                    + "backend_type = 'client backend' AND (backend_xid IS NOT NULL OR state LIKE 'idle in%')"));
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
        released.SetResult();
        CliResult result = await process.WaitAsync();
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Equal(archive.ExpectedRows.TrustlineBalances, await database.QueryAsync<long>("SELECT count(*) FROM trustline_balances"));
    }

    [SkippableFact]
    public async Task Populate_CopyTurnsOutWrongAtItsEnd_TakesAnotherBeforeAnythingIsRead()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string folder = remote.NewFolder();
        GeneratedArchive archive = await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 30_000, Trustlines = 60_000, Passphrase = StellarNetwork.Testnet.Passphrase });
        await using ArchiveServer lying = await ArchiveServer.StartAsync(folder);
        await using ArchiveServer good = await ArchiveServer.StartAsync(folder);
        string largest =
            good.Files.Where(file => file.Key.StartsWith("bucket/", StringComparison.Ordinal)).MaxBy(file => file.Value.Length).Key;
        byte[] content = lying.Files[largest];
        int end = content.Length - 20_000;
        content[^5_000] ^= 0x20;

        // The lie is told when most of it has arrived, and the truth only after it.
        var lieTold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        good.Always =
            RemoteArchive.Only(largest, exchange =>
                exchange.Request.Method == "HEAD" || lieTold.Task.IsCompleted ? exchange.ServeAsync() : exchange.StatusAsync(503));
        lying.Always = RemoteArchive.Only(largest, async exchange =>
        {
            long start = exchange.StartAnswer(content);
            if (start < 0) return;
            await exchange.WriteAsync(content, start, end);
            await lieTold.Task.WaitAsync(exchange.Context.RequestAborted);
            await exchange.WriteAsync(content, Math.Max(start, end), content.Length);
        });

        using var process = CliProcess.Start("populate", "--archive", lying.Url, "--archive", good.Url, "--cache",
            remote.NewFolder(), "--database", database.ConnectionString);
        await UntilAsync(
            process, () => Task.FromResult(lying.Requests.Any(request => request.Path == largest && request.BytesSent >= end)));
        lieTold.SetResult();
        CliResult result = await process.WaitAsync();
        Assert.True(result.ExitCode == 0, result.All);
        Assert.DoesNotContain("Everything is read again", result.Error, StringComparison.Ordinal);
        foreach ((string table, long rows) in archive.ExpectedRows.ByTable())
            Assert.Equal((table, rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("KILL", 137)]
    public async Task Fetch_StoppedAndRunAgain_FetchesOnlyWhatWasMissing(string signal, int exitCode)
    {
        string cache = remote.NewFolder();
        await using ArchiveServer server = await remote.ServeAsync();
        int whole = server.Files[remote.LargestBucket].Length;
        server.Always =
            RemoteArchive.Only(remote.LargestBucket,
                exchange => exchange.Request.Method == "HEAD" ? exchange.ServeAsync() : Faults.StallAt(whole / 2)(exchange));
        using (var process = CliProcess.Start("archive", "fetch", "--archive", server.Url, "--cache", cache))
        {
            await UntilAsync(process, () => Task.FromResult(HasAllBut(cache, whole / 2)));
            await process.SignalAsync(signal);
            CliResult stopped = await process.WaitAsync();
            Assert.True(stopped.ExitCode == exitCode, stopped.All);
        }

        server.Always = null;
        int before = server.Requests.Count;
        CliResult next = await CliProcess.RunAsync("archive", "fetch", "--archive", server.Url, "--cache", cache);
        Assert.True(next.ExitCode == 0, next.All);
        ServedRequest rest = Assert.Single(BucketRequests(server, before));
        Assert.Equal((whole / 2) - OverlapBytes, rest.From);
        Assert.Equal(whole - (whole / 2) + OverlapBytes, rest.BytesSent);
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
    }

    [Fact]
    public async Task Fetch_ThreeMirrorsOneFailing_TheGoodOnesSendEveryByteOnceAndTheFailingOneIsLeftAlone()
    {
        await using ArchiveServer failing = await remote.ServeAsync();
        await using ArchiveServer first = await remote.ServeAsync();
        await using ArchiveServer second = await remote.ServeAsync();
        failing.Always = Faults.Status(503);

        // Whichever of the good ones is asked for a bucket first answers when the other one is asked too: a fast one alone must not be done
        // before.
        var bothAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (ArchiveServer server in new[] { first, second })
        {
            server.Always = async exchange =>
            {
                if (BucketRequests(first).Any() && BucketRequests(second).Any()) bothAsked.TrySetResult();
                if (exchange.HasFile && IsOfBucket(exchange.Request)) await bothAsked.Task.WaitAsync(exchange.Context.RequestAborted);
                await (exchange.HasFile ? exchange.ServeAsync() : exchange.StatusAsync(404));
            };
        }

        string cache = remote.NewFolder();
        CliResult result = await CliProcess.RunAsync(
            "archive", "fetch", "--archive", failing.Url, "--archive", first.Url, "--archive", second.Url, "--cache", cache);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Equal(remote.BucketBytes, BucketRequests(first).Concat(BucketRequests(second)).Sum(request => request.BytesSent));
        Assert.All(new[] { first, second }, server => Assert.NotEmpty(BucketRequests(server)));

        // It rests after each failure, longer each time, and nothing is expected of it after that.
        int buckets = remote.UndisturbedCache.Keys.Count(file => file.EndsWith(".xdr.gz", StringComparison.Ordinal));
        Assert.InRange(failing.Requests.Count, 1, buckets - 1);
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
    }

    [Fact]
    public async Task Fetch_ServerWithACertificateOfItsOwn_IsRefusedUntilTheCertificateIsTrusted()
    {
        using X509Certificate2 certificate = SelfSigned();
        await using ArchiveServer server = await ArchiveServer.StartAsync(remote.Folder, certificate);
        string cache = remote.NewFolder();
        CliResult refused = await CliProcess.RunAsync("archive", "fetch", "--archive", server.Url, "--cache", cache);
        Assert.True(refused.ExitCode == 3, refused.All);
        Assert.Contains("no secure connection is possible", refused.Error, StringComparison.Ordinal);
        Assert.Empty(RemoteArchive.ContentOf(cache));
        if (!OperatingSystem.IsLinux()) return; // Elsewhere the system's store decides.

        string file = remote.NewFolder();
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        CliResult trusted = await CliProcess.RunAsync(
            new Dictionary<string, string> { ["SSL_CERT_FILE"] = file }, "archive", "fetch", "--archive", server.Url, "--cache", cache);
        Assert.True(trusted.ExitCode == 0, trusted.All);
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
    }

    [Fact]
    public async Task Fetch_CacheMayNotBecomeSoLarge_ExitsWith2SayingHowMuchIsNeededBeforeTheFirstDownload()
    {
        await using ArchiveServer server = await remote.ServeAsync();
        CliResult result =
            await CliProcess.RunAsync("archive", "fetch", "--archive", server.Url, "--cache", remote.NewFolder(), "--cache-size", "1000");
        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{remote.BucketBytes:N0} bytes"), result.Error,
            StringComparison.Ordinal);
        Assert.All(BucketRequests(server), request => Assert.Equal(0, request.BytesSent));
    }

    [SkippableFact]
    public async Task Fetch_DiskTooSmall_ExitsWith2SayingHowMuchIsNeededBeforeTheFirstDownload()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can make a small disk.");
        string disk = Directory.CreateDirectory(remote.NewFolder()).FullName;
        Skip.IfNot(await RunAsync("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk), "No small disk can be made here.");
        try
        {
            await using ArchiveServer server = await remote.ServeAsync();
            CliResult result =
                await CliProcess.RunAsync("archive", "fetch", "--archive", server.Url, "--cache", Path.Combine(disk, "cache"));
            Assert.True(result.ExitCode == 2, result.All);
            Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"needs {remote.BucketBytes:N0} bytes ("),
                result.Error, StringComparison.Ordinal);
            Assert.Contains($") in {disk}", result.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
            Assert.Contains("its disk has only", result.Error, StringComparison.Ordinal);
            Assert.All(BucketRequests(server), request => Assert.Equal(0, request.BytesSent));
        }
        finally
        {
            await RunAsync("umount", disk);
        }
    }

    [Fact]
    public async Task Fetch_BucketLargerThanAllowed_ExitsWith3()
    {
        CliResult result = await CliProcess.RunAsync(
            "archive", "fetch", "--archive", remote.Folder, "--cache", remote.NewFolder(), "--max-bucket-bytes", "2KiB");
        Assert.True(result.ExitCode == 3, result.All);
        Assert.Contains("--max-bucket-bytes", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_OfflineWithAnEmptyCache_ExitsWith3NamingTheArchivesThatTheNetworkHas()
    {
        CliResult result = await CliProcess.RunAsync("archive", "info", "--network", "testnet", "--offline", "--cache", remote.NewFolder());
        Assert.True(result.ExitCode == 3, result.All);
        Assert.Contains("offline no other source may be used", result.Error, StringComparison.Ordinal);
        foreach (string number in new[] { "001", "002", "003" })
            Assert.Contains($"https://history.stellar.org/prd/core-testnet/core_testnet_{number}/", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OfflineAndABucketIsGone_ExitsWith3NamingIt()
    {
        string cache = remote.NewFolder();
        CliResult fetched =
            await CliProcess.RunAsync("archive", "fetch", "--archive", remote.Folder, "--cache", cache, "--network", "testnet");
        Assert.True(fetched.ExitCode == 0, fetched.All);
        string bucket = Path.GetFileName(remote.LargestBucket);
        File.Delete(Path.Combine(cache, bucket));
        CliResult result = await CliProcess.RunAsync("archive", "verify", "--offline", "--network", "testnet", "--cache", cache);
        Assert.True(result.ExitCode == 3, result.All);
        Assert.Contains(bucket["bucket-".Length..^".xdr.gz".Length], result.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<ServedRequest> BucketRequests(ArchiveServer server, int after = 0) =>
        server.Requests.Skip(after).Where(IsOfBucket);

    private static bool IsOfBucket(ServedRequest request) =>
        request.Method == "GET" && request.Path.StartsWith("bucket/", StringComparison.Ordinal);

    private bool HasAllBut(string cache, int partBytes) =>
        Directory.Exists(cache)
        && Directory.GetFiles(cache, "*.proof").Length == remote.UndisturbedCache.Count(
            file => file.Key.EndsWith(".proof", StringComparison.Ordinal)) - 1
        && new DirectoryInfo(cache).GetFiles("*.part") is [{ } part] && part.Length == partBytes;

    /// <summary>
    /// Waits for something that the program brings about. It counts looks and not time: a machine that stands still for a while looks at
    /// nothing.
    /// </summary>
    private static async Task UntilAsync(CliProcess process, Func<Task<bool>> isTrue)
    {
        for (int look = 0; !await isTrue(); look++)
        {
            Assert.False(process.Process.HasExited, "The program ended too early.");
            Assert.True(look < 10_000, "The program did not come so far.");
            await Task.Delay(5);
        }
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }
}
