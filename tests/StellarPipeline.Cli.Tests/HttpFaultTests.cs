using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// Everything that a server can do wrong, through the command line: one clear error and the right exit code within a bound, nothing
/// committed, nothing left but what the next run goes on with, and that run gives what an undisturbed one gives.
/// </summary>
/// <remarks>
/// The bound where a server is silent: two attempts of at most two seconds of silence each, a wait of at most half a second (a server may
/// ask for more), and the start of the program. The deadline of the process leaves room for a busy machine.
/// </remarks>
public sealed class HttpFaultTests(RemoteArchive remote) : IClassFixture<RemoteArchive>
{
    private static readonly string[] TwoAttempts = ["--http-attempts", "2", "--network", "testnet"];

    // The servers live in this process, and on a busy machine it may stand still for seconds: only where silence is the fault it is found
    // out soon.
    private static readonly string[] Impatient = ["--http-timeout", "2", .. TwoAttempts];
    private static readonly string[] Patient = ["--http-timeout", "60", .. TwoAttempts];

    [Theory]
    [InlineData("404 for a bucket", "does not contain bucket/")]
    [InlineData("403 for a bucket", "403")]
    [InlineData("429 for a bucket", "429")]
    [InlineData("500 for a bucket", "500")]
    [InlineData("503 for a bucket", "503")]
    [InlineData("503 for everything", "503")]
    [InlineData("cut at byte 1", "the connection broke")]
    [InlineData("cut in the middle", "the connection broke")]
    [InlineData("stall before the headers", "no answer came within")]
    [InlineData("stall in the middle", "no byte came for")]
    [InlineData("wrong bytes", "every copy was wrong")]
    [InlineData("bytes missing at the end", "every copy was wrong")]
    [InlineData("bytes behind the end", "every copy was wrong")]
    [InlineData("another bucket's bytes", "every copy was wrong")]
    [InlineData("redirect loop", "redirects in a loop")]
    [InlineData("no headers", "incomplete")]
    [InlineData("nothing there", "not a history archive")]
    public async Task Fetch_ServerFails_ExitsWith3AndTheNextRunIsAsIfNothingHadBeen(string fault, string named)
    {
        string cache = remote.NewFolder();
        await using ArchiveServer server = await remote.ServeAsync();
        Break(server, fault);
        CliResult failed = await RunAsync(fault, "archive", "fetch", "--archive", server.Url, "--cache", cache);
        AssertOneError(failed, 3, named);

        await using ArchiveServer good = await remote.ServeAsync();
        CliResult next = await CliProcess.RunAsync("archive", "fetch", "--archive", good.Url, "--cache", cache, "--network", "testnet");
        Assert.True(next.ExitCode == 0, next.All);
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
    }

    [Theory]
    [InlineData("slow drip")]
    [InlineData("no ranges, cut once")]
    [InlineData("503 once")]
    [InlineData("520 once")]
    [InlineData("404 once")]
    [InlineData("no headers at first")]
    [InlineData("another tag in each answer")]
    [InlineData("state newer than its files")]
    [InlineData("JSON packed unasked")]
    [InlineData("everything packed twice")]
    [InlineData("wrong bytes once")]
    public async Task Verify_ServerRecovers_GoesOnByItself(string fault)
    {
        string cache = remote.NewFolder();
        await using ArchiveServer server = await remote.ServeAsync();
        Break(server, fault);
        CliResult result = await RunAsync(fault, "archive", "verify", "--archive", server.Url, "--cache", cache);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Contains("Everything agrees", result.Output, StringComparison.Ordinal);
        if (fault != "everything packed twice") Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
        Assert.Equal(fault == "state newer than its files", result.Error.Contains("cannot be used now", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("503 for a bucket", "503")]
    [InlineData("cut in the middle", "the connection broke")]
    [InlineData("stall in the middle", "no byte came for")]
    [InlineData("wrong bytes", "every copy was wrong")]
    public async Task Populate_ServerFails_ExitsWith3CommitsNothingAndTheNextRunIsAsIfNothingHadBeen(string fault, string named)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string cache = remote.NewFolder();
        await using ArchiveServer server = await remote.ServeAsync();
        Break(server, fault);
        CliResult failed =
            await RunAsync(fault, "populate", "--archive", server.Url, "--cache", cache, "--database", database.ConnectionString);
        AssertOneError(failed, 3, named);
        await database.WaitForNoSessionsAsync();
        Assert.Equal(
            0,
            await database.QueryAsync<long>(
                "SELECT CASE WHEN to_regclass('native_balances') IS NULL THEN 0 ELSE (xpath('/row/c/text()', query_to_xml('SELECT "
                    + "count(*) AS c FROM native_balances', false, true, '')))[1]::text::bigint END"));

        await using ArchiveServer good = await remote.ServeAsync();
        CliResult next = await CliProcess.RunAsync(
            "populate", "--archive", good.Url, "--cache", cache, "--database", database.ConnectionString, "--network", "testnet");
        Assert.True(next.ExitCode == 0, next.All);
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
        foreach ((string table, long rows) in remote.Generated.ExpectedRows.ByTable())
            Assert.Equal((table, rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
    }

    [SkippableTheory]
    [InlineData("wrong bytes")]
    [InlineData("another bucket's bytes")]
    public async Task Populate_OneOfTwoMirrorsLies_LoadsFromTheOther(string fault)
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string cache = remote.NewFolder();
        await using ArchiveServer lying = await remote.ServeAsync();
        await using ArchiveServer good = await remote.ServeAsync();
        foreach (string path in good.Files.Keys.Where(path => path.StartsWith("bucket/", StringComparison.Ordinal)))
            Spoil(lying, path, fault);
        CliResult result = await RunAsync(
            fault, "populate", "--archive", lying.Url, "--archive", good.Url, "--cache", cache, "--database", database.ConnectionString);
        Assert.True(result.ExitCode == 0, result.All);
        Assert.Equal(remote.UndisturbedCache, RemoteArchive.ContentOf(cache));
        Assert.NotEmpty(lying.Requests);
        foreach ((string table, long rows) in remote.Generated.ExpectedRows.ByTable())
            Assert.Equal((table, rows), (table, await database.QueryAsync<long>($"SELECT count(*) FROM {table}")));
    }

    [Fact]
    public async Task Fetch_NobodyListens_ExitsWith3()
    {
        // Taken and not listened at: nobody else gets the port meanwhile.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        CliResult result = await RunAsync("nobody listens", "archive", "fetch", "--archive",
            $"http://reader:hush-hush@127.0.0.1:{port}/archive", "--cache", remote.NewFolder());
        AssertOneError(result, 3, "the connection failed");
        Assert.DoesNotContain("hush-hush", result.All, StringComparison.Ordinal);
    }

    private static Task<CliResult> RunAsync(string fault, params string[] arguments) =>
        CliProcess.RunAsync([.. arguments, .. fault.StartsWith("stall", StringComparison.Ordinal) ? Impatient : Patient]);

    private static void AssertOneError(CliResult result, int exitCode, string named)
    {
        Assert.True(result.ExitCode == exitCode, $"exit {result.ExitCode}: {result.All}");
        string error = Assert.Single(result.Error.Split('\n'), line => line.StartsWith("Error:", StringComparison.Ordinal));
        Assert.True(error.Contains(named, StringComparison.Ordinal), $"\"{named}\" is not said by: {error}");
        Assert.DoesNotContain("   at ", result.All, StringComparison.Ordinal);
    }

    private void Break(ArchiveServer server, string fault)
    {
        string path = remote.LargestBucket;
        long middle = server.Files[path].Length / 2;
        switch (fault)
        {
            case "404 for a bucket": server.Files.Remove(path, out _); break;
            case "429 for a bucket": server.Always = RemoteArchive.Only(path, Faults.Status(429, retryAfter: "1")); break;
            case "503 for everything": server.Always = Faults.Status(503); break;
            case "503 once": server.Script(path, Faults.Status(503)); break;
            case "520 once": server.Script(path, Faults.Status(520)); break;
            case "404 once": server.Script(path, Faults.Status(404)); break;
            case "no headers at first":
                server.Script(server.Files.Keys.Single(name => name.StartsWith("ledger/", StringComparison.Ordinal)), Faults.Status(404),
                    Faults.Status(404)); break;
            case "another tag in each answer":
                int tag = 0;
                server.Always = exchange => !exchange.HasFile ? exchange.StatusAsync(404)
                    : Faults.With("ETag", $"\"{tag++}\"",
                        each => each.ServeAsync(each.File, Math.Min(each.File.Length, (each.Request.From ?? 0) + 5_000)))(exchange);
                break;
            case "JSON packed unasked":
                foreach (string json in server.Files.Keys.Where(name => name.EndsWith(".json", StringComparison.Ordinal)))
                {
                    server.Files[json] = Packed(server.Files[json]);
                    server.Script(json, Faults.With("Content-Encoding", "gzip", exchange => exchange.ServeAsync()));
                }

                break;
            case "everything packed twice":
                foreach (string packed in server.Files.Keys.Where(name => name.EndsWith(".gz", StringComparison.Ordinal)))
                    server.Files[packed] = Packed(server.Files[packed]);
                break;
            case "cut at byte 1": server.Always = RemoteArchive.Only(path, Faults.CutAt(1)); break;
            case "cut in the middle": server.Always = RemoteArchive.Only(path, Faults.CutAt(middle)); break;
            case "no ranges, cut once":
                int answers = 0;
                server.Always =
                    RemoteArchive.Only(
                        path,
                        exchange => IsHead(exchange)
                            ? exchange.ServeAsync()
                            : Faults.WholeAsync(exchange, exchange.File, answers++ == 0 ? middle : null));
                break;
            case "slow drip":
                server.Always =
                    exchange => !exchange.HasFile
                        ? exchange.StatusAsync(404)
                        : IsHead(exchange) ? exchange.ServeAsync() : Faults.DripAsync(exchange); break;
            case "stall before the headers": server.Always = RemoteArchive.Only(path, Faults.NothingAsync); break;
            case "stall in the middle": server.Always = RemoteArchive.Only(path, Faults.StallAt(middle)); break;
            case "wrong bytes once":
                byte[] wrong = [.. server.Files[path]];
                wrong[middle] ^= 0x20;
                int times = 0;
                server.Always = RemoteArchive.Only(
                    path, exchange => !IsHead(exchange) && times++ == 0 ? exchange.ServeAsync(wrong) : exchange.ServeAsync());
                break;
            case "redirect loop": server.Always = RemoteArchive.Only(path, Faults.Redirect(server.Url + path)); break;
            case "state newer than its files":
                JsonNode state = JsonNode.Parse(server.Files[".well-known/stellar-history.json"])!;
                state["currentLedger"] = remote.Generated.CheckpointLedger + 64;
                server.Files[".well-known/stellar-history.json"] = System.Text.Encoding.UTF8.GetBytes(state.ToJsonString());
                break;
            case "no headers":
                foreach (string headers in server.Files.Keys.Where(name => name.StartsWith("ledger/", StringComparison.Ordinal)))
                    server.Files.Remove(headers, out _);
                break;
            case "nothing there": server.Files.Clear(); break;
            default:
                if (fault.EndsWith("for a bucket", StringComparison.Ordinal))
                {
                    server.Always =
                        RemoteArchive.Only(path, Faults.Status(int.Parse(fault[..3], System.Globalization.CultureInfo.InvariantCulture)));
                }
                else
                {
                    Spoil(server, path, fault);
                }

                break;
        }
    }

    private static byte[] Packed(byte[] content)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest)) gzip.Write(content);
        return stored.ToArray();
    }

    private static void Spoil(ArchiveServer server, string path, string fault)
    {
        byte[] good = server.Files[path];
        switch (fault)
        {
            case "wrong bytes":
                byte[] wrong = [.. good];
                wrong[wrong.Length / 2] ^= 0x20;
                server.Files[path] = wrong;
                break;
            case "bytes missing at the end": server.Files[path] = good[..^9]; break;
            case "bytes behind the end": server.Files[path] = [.. good, 1, 2, 3, 4, 5]; break;
            case "another bucket's bytes":
                server.Files[path] =
                    server.Files.First(
                        file => file.Key.StartsWith("bucket/", StringComparison.Ordinal) && file.Key != path
                            && !file.Value.AsSpan().SequenceEqual(good)).Value;
                break;
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such fault.");
        }
    }

    private static bool IsHead(ServerExchange exchange) => exchange.Request.Method == "HEAD";
}
