using System.Text.Json;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// A protocol that does not exist yet, made up: with nothing new in it, with a new arm in a header, with a new arm in one entry.
/// </summary>
public sealed class NewerProtocolTests : IDisposable
{
    private const string Option = "--allow-newer-protocol";
    private const string Ahead =
        "The network is ahead of this program: the ledger's header has protocol 31, and the newest that this program knows is 30 (Bell). "
            + "Update the program, or choose an older checkpoint.";

    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-newer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("nothing new")]
    [InlineData("new arm in a header")]
    [InlineData("new arm in an entry")]
    public async Task Commands_NewerProtocol_ExitWith5(string what)
    {
        Write(what);
        foreach (string command in new[] { "info", "verify" })
        {
            CliResult result = await CliProcess.RunAsync("archive", command, "--archive", folder);
            Assert.True(result.ExitCode == 5, result.All);
            Assert.Contains(Ahead, result.Error, StringComparison.Ordinal);
            Assert.Contains(Option, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Populate_NothingNewAndAllowed_LoadsWithARemark()
    {
        Write("nothing new");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        string report = Path.Combine(folder, "report.json");

        CliResult refused = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString);
        CliResult loaded =
            await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, Option, "--report", report);

        Assert.True(refused.ExitCode == 5, refused.All);
        Assert.True(loaded.ExitCode == 0, loaded.All);
        Assert.Equal(3, await database.QueryAsync<long>("SELECT count(*) FROM native_balances"));
        Assert.Contains("Remark", loaded.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(report));
        Assert.Contains(json.RootElement.GetProperty("remarks").EnumerateArray(),
            remark =>
                remark.GetString()!.StartsWith("The checkpoint has protocol 31, which is newer than 30 (Bell)", StringComparison.Ordinal));
        JsonElement checkpoint = json.RootElement.GetProperty("checkpoint");
        ulong milliseconds = checkpoint.GetProperty("close_time_milliseconds").GetUInt64();
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds), checkpoint.GetProperty("close_time").GetDateTimeOffset());
    }

    [Fact]
    public async Task Info_NothingNewAndAllowed_SaysSo()
    {
        Write("nothing new");

        CliResult result = await CliProcess.RunAsync("archive", "info", "--archive", folder, Option);

        Assert.True(result.ExitCode == 0, result.All);
        Assert.Matches(@"Checkpoint    ledger 63, protocol 31, closed 2015-10-01 [0-9:]{8}\.[0-9]{3} UTC", result.Output);
        Assert.Contains("Remark        The checkpoint has protocol 31", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_NewArmInAHeaderAndAllowed_NamesTheArm()
    {
        Write("new arm in a header");

        CliResult result = await CliProcess.RunAsync("archive", "info", "--archive", folder, Option);

        Assert.True(result.ExitCode == 5, result.All);
        Assert.Contains("Record 63 at byte", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "XDR StellarValue.ext at byte 112: The discriminant is 5; known are 0 to 4. " + Ahead, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("damaged", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Populate_NewArmInAnEntryAndAllowed_NamesTheArmAndCommitsNothing()
    {
        Write("new arm in an entry");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        CliResult verified = await CliProcess.RunAsync("archive", "verify", "--archive", folder, Option);
        CliResult loaded = await CliProcess.RunAsync("populate", "--archive", folder, "--database", database.ConnectionString, Option);

        foreach (CliResult result in new[] { verified, loaded })
        {
            Assert.True(result.ExitCode == 5, result.All);
            Assert.Matches("The entry at byte [0-9,]+ of bucket-[0-9a-f]{64}.xdr.gz", result.Error);
            Assert.Contains("XDR SCAddress.type at byte", result.Error, StringComparison.Ordinal);
            Assert.Contains("The discriminant is 6; known are 0 to 5. " + Ahead, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", result.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, await database.QueryAsync<long>(
            "SELECT CASE WHEN to_regclass('native_balances') IS NULL THEN 0 ELSE (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS "
                + "c FROM native_balances', false, true, '')))[1]::text::bigint END"));
    }

    [Fact]
    public async Task Generate_EveryEndOfTheRange_IsReadBack()
    {
        foreach (uint protocol in new[] { GeneratorOptions.OldestProtocol, StellarProtocols.Newest })
        {
            string output = Path.Combine(folder, FormattableString.Invariant($"p{protocol}"));
            CliResult generated = await CliProcess.RunAsync("archive", "generate", "--output", output, "--protocol",
                FormattableString.Invariant($"{protocol}"), "--accounts", "50", "--trustlines", "50", "--quiet");
            Assert.True(generated.ExitCode == 0, generated.All);
            CliResult verified = await CliProcess.RunAsync("archive", "verify", "--archive", output);
            Assert.True(verified.ExitCode == 0, verified.All);
            Assert.Contains($"protocol {protocol}, closed", verified.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--contracts", "5", "19")]
    [InlineData("--liquidity-pools", "5", "17")]
    [InlineData("--claimable-balances", "5", "13")]
    public async Task Generate_EntriesThatTheProtocolLacks_ExitsWith2(string option, string count, string protocol)
    {
        CliResult result = await CliProcess.RunAsync(
            "archive", "generate", "--output", Path.Combine(folder, "none"), "--protocol", protocol, option, count);

        Assert.True(result.ExitCode == 2, result.All);
        Assert.Contains($"{option} is {count}, but protocol {protocol} has no such entries.", result.Error, StringComparison.Ordinal);
    }

    private void Write(string what)
    {
        AccountBuilder[] accounts =
            [.. Enumerable.Range(1, 3).Select(
                id => new AccountBuilder { AccountId = Enumerable.Repeat((byte)id, 32).ToArray(), Balance = 1_000_000_000 })];
        List<BucketRecord> records = [.. accounts.Select(account => account.Live())];
        if (what == "new arm in an entry")
        {
            records.Add(new ContractDataBuilder
            {
                StorageKey = ScValueXdr.Symbol("k"),
                Value = ScValueXdr.Address(new byte[] { 0, 0, 0, 6 }),
            }.Live());
        }

        ArchiveWriter.Write(folder, ArchiveDefinition.OfOneBucket(records) with
        {
            Settings = new ArchiveSettings
            {
                Protocol = StellarProtocols.Newest + 1,
                Passphrase = StellarNetwork.Testnet.Passphrase,
                EditHeader =
                    (ledger, header) => header.ValueExtension = what == "new arm in a header" && ledger == 63 ? 5 : header.ValueExtension,
            },
        });
    }
}
