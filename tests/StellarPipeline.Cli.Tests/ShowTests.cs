using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;
using static StellarPipeline.Cli.Tests.ShowBench;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// <c>show</c>, run as a user runs it: every line fits 80 columns, amounts have their decimals, lists go on where they ended.
/// </summary>
public sealed class ShowTests
{
    [SkippableFact]
    public async Task Account_ManyTrustlines_ComesListByListAndGoesOn()
    {
        await using TestDatabase database = await CreateAsync();
        string[] lines = await TextAsync(database, "account", Rich);

        Assert.Equal($"Account {Rich}", lines[0]);
        Assert.Contains("Balances as of ledger 5,001", lines);
        Assert.Contains("  12.3456789, of which 1.0000000 must stay", lines);
        Assert.Contains($"  A1:{Issuer}", await AllTrustlinesAsync(database));
        Assert.Contains("  More: add --list trustlines --after", lines);
        Assert.Contains("    is created by " + Poor, lines);
        Assert.Contains("    gives 5.0000000 native", lines);
        Assert.Contains($"    gets 700 units of {Odd}", lines);
        Assert.Contains("    123.45 ?[2J", lines);
        Assert.Contains(lines, line => line.StartsWith("    gets 0.0000100 USDC:", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Account_WithoutTrustlines_SaysSo()
    {
        await using TestDatabase database = await CreateAsync();
        string[] lines = await TextAsync(database, "account", Poor);
        Assert.Contains("Trustlines: none", lines);
        Assert.Contains("Last changes: none", lines);
        Assert.Contains("  0.0000001, of which 0.0000000 must stay", lines);
    }

    [SkippableFact]
    public async Task Account_MuxedAddress_IsExplained()
    {
        await using TestDatabase database = await CreateAsync();
        string muxed = StrKey.Encode(StrKeyKind.MuxedAccount, [.. Key(1), 0, 0, 0, 0, 0, 0, 4, 210]);
        string[] lines = await TextAsync(database, "account", muxed, "--limit", "1");
        Assert.Equal($"Account {Rich}", lines[0]);
        Assert.Equal($"    {muxed}", lines[2]);
        Assert.StartsWith("  with id 1234 of this account", lines[3], StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Account_Contract_ShowsWhatItHoldsAndIs()
    {
        await using TestDatabase database = await CreateAsync();
        string[] lines = await TextAsync(database, "account", Contract);
        Assert.Equal($"Contract {Contract}", lines[0]);
        Assert.Contains("    3.5000000 USDC:" + Issuer + "; authorized",
            string.Join('\n', lines).Replace("\n      ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains($"  {Usdc} (SAC)", await TextAsync(database, "account", Usdc));
    }

    [SkippableTheory]
    [InlineData("account", "GAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAWHF",
        "The tables contain nothing about account GAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAWHF", "state of ledger 5,001")]
    [InlineData("account", "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVA", "is not an address: its checksum is wrong",
        "Copy it again")]
    [InlineData("transaction", "00000000000000000000000000000000000000000000000000000000000000ff", "The tables contain no transaction 0000",
        "history from ledger 4,000")]
    [InlineData("transaction", "12", "\"12\" is not a transaction hash", "64 hexadecimal digits")]
    [InlineData("operation", "77", "The tables contain no operation 77, whose id belongs to ledger 0.", "")]
    [InlineData("ledger", "6000", "The tables contain no transactions of ledger 6,000.", "")]
    [InlineData("asset", "NONE:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN", "do not contain the asset NONE:", "")]
    [InlineData("asset", "USDC", "give the asset as CODE:ISSUER", "")]
    public async Task Show_WhatIsNotThere_SaysSoWithTheUsageCode(string kind, string subject, string first, string second)
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        CliResult result = await RunAsync(database, kind, subject);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(first, result.Error, StringComparison.Ordinal);
        Assert.Contains(second, result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task History_TransactionOperationLedger_TellTheSame()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        string[] transaction = await TextAsync(database, "transaction", Hash);
        Assert.Equal($"Transaction {Hash}", transaction[0]);
        Assert.Contains("2026-11-23 17:00:05 UTC", string.Join(' ', transaction), StringComparison.Ordinal);
        Assert.Contains("  Success, fee 0.0000100 native", transaction);
        Assert.Contains($"Operation 1: PAYMENT, op_success, id {Transaction + 1}", transaction);

        string[] operation = await TextAsync(database, "operation", $"{Transaction + 1}");
        Assert.Equal($"Operation 1: PAYMENT, op_success, id {Transaction + 1}", operation[0]);
        Assert.Contains($"Transaction {Hash}", operation);
        Assert.Contains("    AAEC", operation);

        string[] ledger = await TextAsync(database, "ledger", $"{Ledger}", "--limit", "1");
        Assert.Equal($"Ledger {Ledger}, closed 2026-11-23 17:00:05 UTC", ledger[0]);
        Assert.Equal($"  1: {Hash}", ledger[1]);
        Assert.Equal("  More: add --after", ledger[3]);
        string[] rest = await TextAsync(database, "ledger", $"{Ledger}", "--after", ledger[4].Trim());
        Assert.StartsWith("  2: ", rest[1], StringComparison.Ordinal);
        Assert.Equal(3, rest.Length);

        string[] asset = await TextAsync(database, "asset", $"A1:{Issuer}");
        Assert.Equal("  1 trustlines, 1 of them with a balance; together they hold 0.0000010.", asset[1]);
    }

    [SkippableFact]
    public async Task Json_EverySubject_IsOneObjectWithAmountsAsText()
    {
        await using TestDatabase database = await CreateAsync();
        using JsonDocument account = await JsonAsync(database, "account", Rich, "--limit", "3");
        Assert.Equal("12.3456789", account.RootElement.GetProperty("native").GetProperty("balance").GetString());
        Assert.Equal(3, account.RootElement.GetProperty("trustlines").GetProperty("rows").GetArrayLength());
        string next = account.RootElement.GetProperty("changes").GetProperty("next").GetString()!;
        using JsonDocument more = await JsonAsync(database, "account", Rich, "--list", "changes", "--after", next);
        Assert.Equal(1, more.RootElement.GetProperty("changes").GetProperty("rows").GetArrayLength());
        Assert.False(more.RootElement.TryGetProperty("trustlines", out _));
        using JsonDocument transaction = await JsonAsync(database, "transaction", Hash);
        Assert.Equal(2, transaction.RootElement.GetProperty("operations").GetProperty("rows").GetArrayLength());
        using JsonDocument operation = await JsonAsync(database, "operation", $"{Transaction + 1}");
        Assert.Equal(Hash, operation.RootElement.GetProperty("transaction").GetProperty("hash").GetString());
        (await JsonAsync(database, "ledger", $"{Ledger}")).Dispose();
        (await JsonAsync(database, "asset", $"A1:{Issuer}")).Dispose();
    }

    [SkippableFact]
    public async Task Show_WithoutHistoryOrTables_SaysWhatIsMissing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult nothing = await RunAsync(database, "account", Rich);
        Assert.Equal(2, nothing.ExitCode);
        Assert.Contains("Table native_balances does not exist", nothing.Error, StringComparison.Ordinal);
        await new MigrationRunner(
            database.DataSource, WalletSchema.Migrations, new MigrationRunnerOptions(), NullLogger.Instance).UpAsync();
        await database.ExecuteAsync($"INSERT INTO native_balances (account_id, balance) VALUES ({Bytes(Rich)}, 1)");
        Assert.DoesNotContain("Last changes", string.Join('\n', await TextAsync(database, "account", Rich)), StringComparison.Ordinal);
        Assert.Contains("Table transactions does not exist", (await RunAsync(database, "ledger", "1")).Error, StringComparison.Ordinal);
    }

    private static async Task<List<string>> AllTrustlinesAsync(TestDatabase database)
    {
        var all = new List<string>();
        List<string> arguments = ["account", Rich, "--list", "trustlines", "--limit", "200"];
        while (true)
        {
            string[] lines = await TextAsync(database, [.. arguments]);
            all.AddRange(lines.Where(line => line.EndsWith($":{Issuer}", StringComparison.Ordinal)));
            if (lines[^2] != "  More: add --list trustlines --after") break;
            arguments = [.. arguments[..6], "--after", lines[^1].Trim()];
        }

        Assert.Equal(300, all.Distinct().Count());
        Assert.Equal(300, all.Count);
        return all;
    }
}
