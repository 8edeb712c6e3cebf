using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Deletes the rows of ledgers in the transaction that writes them again.</summary>
internal static class TornLedgers
{
    // State changes first: the times of transactions are needed to find them.
    private static readonly Query[] Deletes =
    [
        new(
            "torn.state_changes",
            "state_changes",
            $"DELETE FROM {{schema}}.\"state_changes\" WHERE {LedgerInventory.StateChangeTimes} AND ledger_number >= $1 AND ledger_number "
                + $"<= $2"),
        Of("operations_accounts", "operation_id"),
        Of("operations", "id"),
        Of("transactions_accounts", "tx_to_id"),
        Of("transactions", "to_id"),
    ];

    // TimescaleDB limits a transaction to 100,000 rows of compressed chunks by default, which a batch exceeds.
    private static readonly Query Unlimited = new(
        "torn.unlimited",
        "pg_settings",
        "SELECT set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true)");

    /// <summary>Deletes the rows of ledgers from all five tables.</summary>
    public static async Task DeleteAsync(
        LoadTransaction load, LedgerSpan span, bool areHypertables, CancellationToken cancellationToken)
    {
        var runner = new QueryRunner(load.Connection, load.RequireSchema());
        if (areHypertables) await runner.ExecuteAsync(Unlimited, [], cancellationToken).ConfigureAwait(false);
        foreach (Query delete in Deletes)
        {
            await runner.ExecuteAsync(delete, SqlValues.Of(span.First, span.Last), cancellationToken).ConfigureAwait(false);
        }
    }

    private static Query Of(string table, string id) => new(
        $"torn.{table}", table, $"DELETE FROM {{schema}}.\"{table}\" WHERE {id} >= $1 << 32 AND {id} <= ($2 << 32) + 4294967295");
}
