using System.Text.Json;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.TestSupport;
using static StellarPipeline.Cli.Tests.ShowBench;

namespace StellarPipeline.Cli.Tests;

/// <summary>The lists of <c>show</c>: each can be walked to its end, and none is silently short, empty, or of another item.</summary>
public sealed class ShowListTests
{
    private const string OtherLedger = "4999";

    [SkippableFact]
    public async Task Allowances_MoreThanAPage_ComeOnceEach()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        await database.ExecuteAsync(
            $"""
            INSERT INTO sep41_allowances SELECT {Bytes(Rich)}, '\x30'::bytea || decode(lpad(to_hex(n % 9), 64, '0'), 'hex'), id, n, 6000, 1
                FROM contract_tokens, generate_series(1, 9) AS n;
            INSERT INTO sep41_allowances SELECT {Bytes(Rich)}, {Bytes(Poor)}, id, 77, 4000, 1 FROM contract_tokens;
            """);
        var all = new List<string>();
        string[] arguments = ["account", Rich, "--list", "allowances", "--limit", "4"];
        for (string? next = ""; next is not null;)
        {
            using JsonDocument page = await JsonAsync(database, next.Length == 0 ? arguments : [.. arguments, "--after", next]);
            JsonElement list = page.RootElement.GetProperty("allowances");
            Assert.InRange(list.GetProperty("rows").GetArrayLength(), 1, 4);
            all.AddRange(list.GetProperty("rows").EnumerateArray().Select(
                row => $"{row.GetProperty("spender").GetString()} {row.GetProperty("contract").GetString()}"));
            next = list.TryGetProperty("next", out JsonElement more) ? more.GetString() : null;
        }

        Assert.Equal(27, all.Count);
        Assert.Equal(27, all.Distinct().Count());
        string[] lines = await TextAsync(database, arguments);
        Assert.Equal("  More: add --list allowances --after", lines[^2]);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ledger_BehindManyOthers_IsFoundAndWalked(bool isCompressed)
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1, isHypertable: isCompressed);
        await AddLedgersAsync(database, isCompressed);

        string[] first = await TextAsync(database, "ledger", $"{Ledger}", "--limit", "1");
        Assert.Equal($"  1: {Hash}", first[1]);
        string[] rest = await TextAsync(database, "ledger", $"{Ledger}", "--limit", "1", "--after", first[^1].Trim());
        Assert.StartsWith("  2: ", rest[1], StringComparison.Ordinal);
        Assert.Equal(3, rest.Length);
        Assert.Equal(1 + 100 * 2 + 2, (await TextAsync(database, "ledger", OtherLedger)).Length);

        // The row of the ledger's first transaction is not there.
        Assert.StartsWith("  3: ", (await TextAsync(database, "ledger", "5001"))[1], StringComparison.Ordinal);
        foreach (string none in new[] { "4998", "2147483647", "4294967295" })
        {
            CliResult result = await RunAsync(database, "ledger", none);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("The tables contain no transactions of ledger ", result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task AnyItem_InCompressedChunks_IsShownAsFromPlainTables()
    {
        await using TestDatabase compressed = await CreateAsync(trustlines: 3, isHypertable: true);
        await AddLedgersAsync(compressed, isCompressed: true);
        await using TestDatabase plain = await CreateAsync(trustlines: 3);
        await AddLedgersAsync(plain, isCompressed: false);
        string[][] items =
        [
            ["ledger", $"{Ledger}"], ["ledger", OtherLedger, "--limit", "7"], ["transaction", Hash], ["transaction", Hash, "--limit", "1"],
            ["operation", $"{Transaction + 1}"], ["operation", $"{Transaction + 1}", "--limit", "1"], ["account", Rich],
            ["account", Rich, "--list", "changes", "--limit", "2"],
        ];
        foreach (string[] item in items)
        {
            string[] expected = await TextAsync(plain, item);
            Assert.Equal(expected, await TextAsync(compressed, item));
            if (item[^2] != "--limit") continue;
            string[] next = [.. item, "--after", expected[^1].Trim()];
            if (item[0] != "operation") Assert.Equal(await TextAsync(plain, next), await TextAsync(compressed, next));
        }
    }

    [SkippableFact]
    public async Task After_CursorOfAnotherItem_IsRefused()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        var time = new DateTime(2026, 11, 23, 17, 0, 5, DateTimeKind.Utc);
        long other = Transaction + (1 << 12);
        string Event(long id) => CursorText.Write(new EventCursor(time, id));
        string Change(long operation) => CursorText.Write(new ChangeCursor(Toid.TransactionOf(operation), operation, 1));
        string trustline = $"tl.{Guid.Empty:N}";
        (string[] Item, string After)[] asked =
        [
            (["transaction", Hash], Event(other + 1)),
            (["transaction", Hash], Event(Transaction - (1 << 12) + 1)),
            (["transaction", Hash], CursorText.Write(new EventCursor(time.AddDays(1), Transaction + 1))),
            (["transaction", Hash], Change(Transaction + 1)),
            (["operation", $"{Transaction + 1}"], Change(Transaction + 2)),
            (["operation", $"{Transaction + 2}"], Change(Transaction + 1)),
            (["operation", $"{Transaction + 1}"], Event(Transaction + 1)),
            (["ledger", $"{Ledger}"], Event(Transaction - (1L << 32))),
            (["ledger", $"{Ledger}"], Event(Transaction + (1L << 32))),
            .. from list in new[] { "pools", "assets", "tokens", "contract-tokens", "allowances", "changes" }
               select (new[] { "account", Rich, "--list", list }, trustline),
            (["account", Rich, "--list", "trustlines"], Event(Transaction)),
            (["account", Rich, "--list", "changes"], Event(Transaction)),
        ];
        foreach ((string[] item, string after) in asked)
        {
            CliResult result = await RunAsync(database, [.. item, "--after", after]);
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.StartsWith($"Error: \"{after}\" is not a cursor of this list.", result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task After_LastRow_SaysThatThereAreNoMore()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        var time = new DateTime(2026, 11, 23, 17, 0, 5, DateTimeKind.Utc);
        (string[] Item, string After, string List)[] asked =
        [
            (["transaction", Hash], CursorText.Write(new EventCursor(time, Transaction + 2)), "operations of this transaction"),
            (["operation", $"{Transaction + 1}"], CursorText.Write(new ChangeCursor(Transaction, Transaction + 1, 2)), "state changes of"),
            (["ledger", $"{Ledger}"], CursorText.Write(new EventCursor(time, Transaction + (2 << 12))), "transactions of ledger 5,000"),
            (["account", Rich, "--list", "trustlines"], $"tl.{new string('f', 32)}", "trustlines of this account"),
            (["account", Rich, "--list", "changes"], CursorText.Write(new StateChangeCursor(time, 1, 0, 0)), "changes of this account"),
        ];
        foreach ((string[] item, string after, string list) in asked)
        {
            CliResult result = await RunAsync(database, [.. item, "--after", after]);
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.StartsWith($"Error: The {list}", result.Error, StringComparison.Ordinal);
            Assert.Contains("there are none after it", result.Error, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task List_EmptyOrWithoutItsTable_SaysSo()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        (string List, string Title, string Table)[] lists =
        [
            ("trustlines", "Trustlines", "trustline_assets"), ("pools", "Pool shares", "liquidity_pool_balances"),
            ("assets", "Assets held in their contracts", "sac_balances"), ("tokens", "Tokens", "sep41_balances"),
            ("contract-tokens", "Contract tokens", "account_contract_tokens"), ("allowances", "Allowances given", "sep41_allowances"),
            ("changes", "Last changes", "state_changes"),
        ];
        foreach ((string list, string title, _) in lists)
            Assert.Equal($"{title}: none", (await TextAsync(database, "account", Poor, "--list", list))[^1]);
        foreach ((string list, _, string table) in lists)
        {
            await database.ExecuteAsync($"ALTER TABLE {table} RENAME TO away");
            CliResult result = await RunAsync(database, "account", Poor, "--list", list);
            CliResult whole = await RunAsync(database, "account", Poor);
            await database.ExecuteAsync($"ALTER TABLE away RENAME TO {table}");
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.StartsWith($"Error: Table {table} does not exist.", result.Error, StringComparison.Ordinal);
            Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        }
    }

    [SkippableFact]
    public async Task Transaction_MoreFeesThanTheLimit_ShowsThemAll()
    {
        await using TestDatabase database = await CreateAsync(trustlines: 1);
        await database.ExecuteAsync(
            "INSERT INTO state_changes (ledger_created_at, to_id, operation_id, state_change_id, state_change_category, "
                + "state_change_reason, ledger_number, account_id, token_id, amount) SELECT ledger_created_at, to_id, operation_id, 2, "
                + "state_change_category, 'CREDIT', ledger_number, account_id, token_id, amount FROM state_changes WHERE operation_id = 0");
        using JsonDocument transaction = await JsonAsync(database, "transaction", Hash, "--limit", "1");
        Assert.Equal(2, transaction.RootElement.GetProperty("changes").GetProperty("rows").GetArrayLength());
    }

    /// <summary>Adds a ledger of 101 transactions before that of the bench, and one behind it whose first rows are missing.</summary>
    private static async Task AddLedgersAsync(TestDatabase database, bool isCompressed)
    {
        await database.ExecuteAsync(
            """
            INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at)
                SELECT (l << 32) + (t << 12), decode(md5(l::text || t) || md5('x' || l || t), 'hex'), 100,
                  'TransactionResultCodeTxSuccess', l, timestamptz '2026-11-23 17:00:05+00' + (l - 5000) * interval '5 seconds'
                FROM generate_series(4999::bigint, 5001) AS l, generate_series(1::bigint, 101) AS t
                WHERE l = 4999 OR (l = 5001 AND t BETWEEN 3 AND 9)
            """);
        if (!isCompressed) return;
        await database.ExecuteAsync(
            "SELECT compress_chunk(c) FROM unnest(ARRAY['transactions', 'transactions_accounts', 'operations', 'operations_accounts', "
                + "'state_changes']) AS t, show_chunks(t::regclass) AS c");
        Assert.Equal(
            0, await database.QueryAsync<long>("SELECT count(*) FROM timescaledb_information.chunks WHERE NOT is_compressed"));
    }
}
