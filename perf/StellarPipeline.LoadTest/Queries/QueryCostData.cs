using System.Globalization;
using Npgsql;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;
using StellarPipeline.Xdr;

namespace StellarPipeline.LoadTest.Queries;

/// <summary>
/// History tables filled by formulas: 100 transactions per ledger with two operations and five state changes each; few accounts with many
/// rows, many with few.
/// </summary>
/// <remarks>
/// The rows are invented, but keys, widths and proportions are those of real ledgers. Everything follows from a row's number, so no table
/// must be read to choose the arguments of a query.
/// </remarks>
internal sealed class QueryCostData(long stateChanges, int accounts)
{
    private const int PerLedger = 100;
    private const int ChangesOfTransaction = 5;
    private const int FirstLedger = 1000;

    // Slower than the network, so that ten thousand ledgers take a week and not one chunk of a day.
    private const int SecondsPerLedger = 60;
    private const int Prime = 100_003;

    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public long Transactions { get; } = stateChanges / ChangesOfTransaction;

    /// <summary>The cursor of a transaction.</summary>
    public static EventCursor Place(long number) =>
        new(Start.AddSeconds(SecondsPerLedger * Ledger(number)), (Ledger(number) << 32) + ((number % PerLedger) + 1 << 12));

    /// <summary>The hash of a transaction, as in the tables.</summary>
    public static string Hash(long number) => number.ToString("x64", CultureInfo.InvariantCulture);

    /// <summary>An account by its rank; rank 0 has the most rows.</summary>
    public static StellarAddress Account(int rank) => StellarAddress.Parse(StrKey.Encode(StrKeyKind.Account, Key(rank)));

    /// <summary>The key of an account or contract by its number.</summary>
    public static byte[] Key(int number)
    {
        byte[] key = new byte[32];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        return key;
    }

    /// <summary>The same account in SQL, as the tables have it.</summary>
    /// <param name="rank">Its rank in SQL.</param>
    public static string AccountSql(string rank) => $"('\\x30'::bytea || decode(lpad(to_hex({rank}), 64, '0'), 'hex'))";

    /// <summary>Makes the rows.</summary>
    public async Task FillAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        // The rank of the n-th source and destination: a third power, so that the first of 20,000 accounts takes part in a thirtieth of all
        // transactions.
        string rank = FormattableString.Invariant($"floor({accounts} * power(((n * 7919 + k * 104729) % {Prime}) / {Prime}.0, 3))::int");
        string account = AccountSql(rank);
        string numbers = FormattableString.Invariant($"generate_series(0::int8, {Transactions - 1}) AS n");
        string ledger = FormattableString.Invariant($"({FirstLedger} + n / {PerLedger})");
        string id = FormattableString.Invariant($"(({ledger}::int8 << 32) + ((n % {PerLedger} + 1) << 12))");
        string at =
            FormattableString.Invariant($"('2026-01-01 00:00:00+00'::timestamptz + {ledger} * interval '{SecondsPerLedger} seconds')");
        string[] statements =
        [
            $"INSERT INTO transactions (to_id, hash, fee_charged, result_code, ledger_number, ledger_created_at) SELECT {id}, "
                + $"decode(lpad(to_hex(n), 64, '0'), 'hex'), 100, 'TransactionResultCodeTxSuccess', {ledger}, {at} FROM {numbers}",
            $"INSERT INTO transactions_accounts (account_id, ledger_created_at, tx_to_id) SELECT {account}, {at}, {id} FROM {numbers}, "
                + $"generate_series(0, 1) AS k ON CONFLICT DO NOTHING",
            $"INSERT INTO operations (id, operation_type, operation_xdr, result_code, successful, ledger_number, ledger_created_at) "
                + $"SELECT {id} + o, 'PAYMENT', decode(repeat('00', 88), 'hex'), 'op_success', true, {ledger}, {at} FROM {numbers}, "
                + $"generate_series(1, 2) AS o",
            $"INSERT INTO operations_accounts (account_id, ledger_created_at, operation_id) SELECT {account}, {at}, {id} + o FROM "
                + $"{numbers}, generate_series(1, 2) AS o, generate_series(0, 1) AS k ON CONFLICT DO NOTHING",
            $"INSERT INTO state_changes (to_id, operation_id, state_change_id, state_change_category, state_change_reason, ledger_number, "
                + $"account_id, token_id, amount, ledger_created_at) "
                + $"SELECT {id}, {id} + o, 1 + k, 'BALANCE', CASE k WHEN 0 THEN 'DEBIT' ELSE 'CREDIT' END, {ledger}, {account}, "
                + $"'\\x10'::bytea || decode(repeat('07', 32), 'hex'), '1000000000', {at} FROM {numbers}, generate_series(1, 2) AS o, "
                + $"generate_series(0, 1) AS k "
                + $"UNION ALL SELECT {id}, 0, 1, 'BALANCE', 'DEBIT', {ledger}, {account}, '\\x10'::bytea || decode(repeat('07', 32), "
                + $"'hex'), '100', {at} FROM {numbers}, generate_series(0, 0) AS k",
            "VACUUM ANALYZE transactions, transactions_accounts, operations, operations_accounts, state_changes",
        ];
        foreach (string statement in statements)
        {
#pragma warning disable CA2100 // Only constants and numbers.
            await using NpgsqlCommand command = database.CreateCommand(statement);
#pragma warning restore CA2100
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static long Ledger(long number) => FirstLedger + (number / PerLedger);
}
