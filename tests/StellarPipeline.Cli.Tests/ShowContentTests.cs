using System.Text.Json;
using StellarPipeline.Cli.Output;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;
using static StellarPipeline.Cli.Tests.ShowBench;

namespace StellarPipeline.Cli.Tests;

/// <summary>Amounts, ids, and texts of others and of the user in what <c>show</c> prints.</summary>
public sealed class ShowContentTests
{
    [SkippableTheory]
    [InlineData("""{"program": "x", "network": "Standalone Network ; February 2017"}""", "5.0000000 native")]
    [InlineData("""{"program": "x", "network": "Another Network"}""", null)]
    [InlineData("""{"program": "x", "network": 7}""", null)]
    [InlineData("not JSON", null)]
    [InlineData(null, null)]
    public async Task Native_NetworkOfItsOwn_IsKnownFromTheLastLoad(string? lastLoad, string? expected)
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        string contract = StrKey.Encode(
            StrKeyKind.Contract, StellarNetwork.Parse("Standalone Network ; February 2017").NativeContractId);
        await database.ExecuteAsync($"UPDATE state_changes SET token_id = {Bytes(contract)} WHERE operation_id = 0");
        if (lastLoad is not null) await database.ExecuteAsync($"INSERT INTO ingest_store VALUES ('pipeline_last_load', '{lastLoad}')");

        string text = string.Join('\n', await TextAsync(database, "account", Rich, "--list", "changes"))
            .Replace("\n      ", " ", StringComparison.Ordinal);

        // Without the network, nothing tells that the contract has seven decimals.
        Assert.Contains($"gives {expected ?? $"50000000 units of {contract}"}", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task TrustlineLimits_OfEveryForm_HaveSevenDecimals()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        await AddChangeAsync(
            database, 7, "'TRUSTLINE', 'UPDATE'", "trustline_limit_old, trustline_limit_new", "'1000000000', '250.5000000'");
        await AddChangeAsync(database, 8, "'TRUSTLINE', 'ADD'", "trustline_limit_new", "'922337203685.4775807'");
        string text = string.Join('\n', await TextAsync(database, "account", Rich, "--list", "changes"))
            .Replace("\n      ", " ", StringComparison.Ordinal);
        Assert.Contains("from 100.0000000 to 250.5000000", text, StringComparison.Ordinal);
        Assert.Contains("up to 922337203685.4775807", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task TextsOfOthers_WithHiddenCharacters_AreMadeVisible()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        await AddChangeAsync(
            database, 7, "'DATA_ENTRY', 'ADD'", "data_entry_name, key_value", """E'pay\u202Eevil\u2066\u200B', '"\u2028x"'""");
        string text = string.Join('\n', await TextAsync(database, "account", Rich, "--list", "changes"));
        Assert.Contains("data entry add pay?evil??", text, StringComparison.Ordinal);

        CliResult json = await RunAsync(database, "account", Rich, "--list", "changes", "--format", "json");
        Assert.DoesNotContain(json.Output, letter => TerminalText.Plain(letter.ToString()) != letter.ToString() && letter != '\n');
        using var parsed = JsonDocument.Parse(json.Output);
        Assert.Contains(parsed.RootElement.GetProperty("changes").GetProperty("rows").EnumerateArray(), row =>
            row.GetProperty("words").GetString()!.Contains("pay\u202Eevil\u2066\u200B", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Json_Ids_AreTextsBecauseReadersRoundLargeNumbers()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        string muxed = StrKey.Encode(StrKeyKind.MuxedAccount, [.. Key(1), .. Enumerable.Repeat((byte)0xff, 8)]);
        using JsonDocument account = await JsonAsync(database, "account", muxed);
        Assert.Equal("18446744073709551615", account.RootElement.GetProperty("muxed_id").GetString());
        JsonElement change = account.RootElement.GetProperty("changes").GetProperty("rows").EnumerateArray().Last();
        Assert.Equal((Text(Transaction), "0"), (Id(change, "transaction"), Id(change, "operation")));
        using JsonDocument transaction = await JsonAsync(database, "transaction", Hash);
        Assert.Equal(Text(Transaction), Id(transaction.RootElement, "transaction"));
        Assert.Equal(
            Text(Transaction + 1), Id(transaction.RootElement.GetProperty("operations").GetProperty("rows")[0], "operation"));
        using JsonDocument operation = await JsonAsync(database, "operation", Text(Transaction + 1));
        Assert.Equal(Text(Transaction + 1), Id(operation.RootElement.GetProperty("operation"), "operation"));
    }

    [Theory]
    [InlineData("account", " {0}")]
    [InlineData("account", "{1}")]
    [InlineData("account", "key={0}")]
    [InlineData("asset", "USDC:{1}")]
    [InlineData("transaction", "{0}")]
    [InlineData("operation", "{0}")]
    [InlineData("ledger", "{1}")]
    [InlineData("ledger", "5", "{0}")]
    [InlineData("account", "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN", "--list", "{0}")]
    [InlineData("account", "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN", "--{0}")]
    public async Task Seed_WhereverItIsTyped_IsNotRepeated(params string[] arguments)
    {
        string seed = StrKey.Encode(StrKeyKind.Seed, Key(9));
        CliResult result = await CliProcess.RunAsync(
        [
            "show", .. arguments.Select(text => text.Replace("{0}", seed, StringComparison.Ordinal)
                .Replace("{1}", seed.ToLowerInvariant(), StringComparison.Ordinal)),
            "--database", "postgres://nobody@127.0.0.1:1/none",
        ]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain(seed[1..40], result.Error, StringComparison.OrdinalIgnoreCase);
    }

    private static string Text(long id) => id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string? Id(JsonElement item, string name) => item.GetProperty(name).GetString();

    private static Task AddChangeAsync(TestDatabase database, int number, string kind, string columns, string values) =>
        database.ExecuteAsync(
            "INSERT INTO state_changes (ledger_created_at, to_id, operation_id, state_change_id, state_change_category, "
                + $"state_change_reason, ledger_number, account_id, token_id, {columns}) VALUES ('2026-11-23 17:00:05+00', {Transaction}, "
                + $"{Transaction + 1}, {number}, {kind}, {Ledger}, {Bytes(Rich)}, {Bytes(Usdc)}, {values})");
}
