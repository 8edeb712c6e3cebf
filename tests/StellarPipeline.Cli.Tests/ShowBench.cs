using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Tests;

/// <summary>A database with a few rows of every table that <c>show</c> reads, and the command itself.</summary>
internal static class ShowBench
{
    public const long Ledger = 5000;
    public const long Transaction = (Ledger << 32) + (1 << 12);
    public const string Hash = "00000000000000000000000000000000000000000000000000000000000000ab";
    public const string Issuer = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";

    public static string Rich { get; } = StrKey.Encode(StrKeyKind.Account, Key(1));
    public static string Poor { get; } = StrKey.Encode(StrKeyKind.Account, Key(2));
    public static string Contract { get; } = StrKey.Encode(StrKeyKind.Contract, Key(3));
    public static string Usdc { get; } = StrKey.Encode(StrKeyKind.Contract, Key(4));
    public static string Evil { get; } = StrKey.Encode(StrKeyKind.Contract, Key(6));
    public static string Odd { get; } = StrKey.Encode(StrKeyKind.Contract, Key(5));

    public static byte[] Key(byte number) => [.. Enumerable.Repeat(number, 32)];

    public static string Bytes(string address) =>
        $"'\\x{Convert.ToHexString(Stellar.Queries.StellarAddress.Parse(address).Stored.Span)}'::bytea";

    public static Task<CliResult> RunAsync(TestDatabase database, params string[] arguments) =>
        CliProcess.RunAsync(["show", .. arguments, "--database", database.ConnectionString]);

    public static async Task<string[]> TextAsync(TestDatabase database, params string[] arguments)
    {
        CliResult result = await RunAsync(database, arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        return lines;
    }

    public static async Task<JsonDocument> JsonAsync(TestDatabase database, params string[] arguments)
    {
        CliResult result = await RunAsync(database, [.. arguments, "--format", "json"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Single(result.Output.TrimEnd('\n').Split('\n'));
        return JsonDocument.Parse(result.Output);
    }

    public static async Task<TestDatabase> CreateAsync(int trustlines = 300, bool isHypertable = false)
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        if (isHypertable) await database.RequireTimescaleAsync();
        await new MigrationRunner(database.DataSource, [.. WalletSchema.Migrations, HistorySchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync();
        string native = Bytes(StrKey.Encode(StrKeyKind.Contract, StellarNetwork.Testnet.NativeContractId));
        string change =
            "INSERT INTO state_changes (ledger_created_at, to_id, operation_id, state_change_id, state_change_category, "
                + "state_change_reason, ledger_number, account_id, token_id, amount, creator_account_id)";
        string at = $"'2026-11-23 17:00:05+00', {Transaction}";
        await database.ExecuteAsync(
            $"""
            INSERT INTO ingest_store VALUES ('latest_ingest_ledger', '5001'), ('oldest_ingest_ledger', '4000');
            INSERT INTO native_balances VALUES ({Bytes(Rich)}, 123456789, 10000000, 0, 0, 2, 4999), ({Bytes(Poor)}, 1, 0, 0, 0, 0, 4999);
            INSERT INTO trustline_assets (id, code, issuer) SELECT md5(n::text)::uuid, 'A' || n, '{Issuer}' FROM generate_series(1,
              {trustlines}) AS n;
            INSERT INTO trustline_balances (account_id, asset_id, balance, trust_limit, flags, last_modified_ledger)
                SELECT {Bytes(Rich)}, md5(n::text)::uuid, n * 10, 9223372036854775807, 1, n FROM generate_series(1, {trustlines}) AS n;
            INSERT INTO contract_tokens (id, contract_id, type, code, issuer, name, symbol, decimals) VALUES
                (md5('u')::uuid, '{Usdc}', 'SAC', 'USDC', '{Issuer}', 'USDC:{Issuer}', 'USDC', 7), (md5('o')::uuid, '{Odd}', 'UNKNOWN',
                  NULL, NULL, NULL, NULL, 0),
                (md5('e')::uuid, '{Evil}', 'sep41', NULL, NULL, E'\x1b[2J', E'\x1b[2J', 2);
            INSERT INTO sep41_balances VALUES ({Bytes(Rich)}, md5('e')::uuid, 12345, 4999);
            INSERT INTO sac_balances VALUES ({Bytes(Contract)}, md5('u')::uuid, 3.5000000, true, false, 4999);
            INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at) VALUES
                ({Transaction}, '\x{Hash}', 100, 'TransactionResultCodeTxSuccess', {Ledger}, '2026-11-23 17:00:05+00'),
                ({Transaction + (1 << 12)}, '\x{Hash[..^2]}cd', 100, 'TransactionResultCodeTxFailed', {Ledger}, '2026-11-23 17:00:05+00');
            INSERT INTO transactions_accounts (account_id, ledger_created_at, tx_to_id) VALUES ({Bytes(Rich)}, {at});
            INSERT INTO operations (id, operation_type, operation_xdr, result_code, successful, ledger_number, ledger_created_at)
                SELECT {Transaction} + n, 'PAYMENT', '\x000102', 'op_success', true, {Ledger}, '2026-11-23 17:00:05+00' FROM
                  generate_series(1, 2) AS n;
            INSERT INTO operations_accounts (account_id, ledger_created_at, operation_id) VALUES ({Bytes(Rich)}, '2026-11-23 17:00:05+00',
              {Transaction + 1});
            {change} VALUES
                ({at}, 0, 1, 'BALANCE', 'DEBIT', {Ledger}, {Bytes(Rich)}, {native}, '50000000', NULL),
                ({at}, {Transaction + 1}, 1, 'ACCOUNT', 'CREATE', {Ledger}, {Bytes(Rich)}, NULL, NULL, {Bytes(Poor)}),
                ({at}, {Transaction + 1}, 2, 'BALANCE', 'CREDIT', {Ledger}, {Bytes(Rich)}, {Bytes(Usdc)}, '100', NULL),
                ({at}, {Transaction + 2}, 1, 'BALANCE', 'CREDIT', {Ledger}, {Bytes(Rich)}, {Bytes(Odd)}, '700', NULL);
            """);
        return database;
    }
}
