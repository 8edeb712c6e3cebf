using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Live.Tokens;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Where a run begins, according to the database.</summary>
/// <param name="Latest">The last ledger in the tables.</param>
/// <param name="Mark">Its hash; null if it is not known, or if the stored hash belongs to another ledger.</param>
/// <param name="ChannelAccounts">The table of channel accounts; null if there is none.</param>
internal sealed record StartPoint(uint Latest, LedgerMark? Mark, CopyTable? ChannelAccounts)
{
    private static readonly CopyTable Channels = new("channel_accounts", "locked_tx_hash", "locked_at", "locked_until");

    /// <summary>Whether the table of pending contracts exists.</summary>
    public bool HasPendingTokens { get; init; }

    /// <summary>Reads it from the database.</summary>
    /// <param name="database">The database.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <exception cref="LiveException">The tables have no ledger yet.</exception>
    public static async Task<StartPoint> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        return await TransactionRun.RunAsync(database, "Reading the cursor of ingestion", async look =>
        {
            uint latest = await new IngestStore(look).GetAsync(IngestStore.Latest, cancellationToken).ConfigureAwait(false)
                ?? throw LiveThrow.NoCursor(look.Server);
            LedgerMark? mark = await LedgerMark.ReadAsync(look, cancellationToken).ConfigureAwait(false);
            // If another program moved the cursor, it stored no hash: the existing hash belongs to another ledger.
            if (mark?.Ledger != latest) mark = null;
            bool hasChannels = await HasAsync(look, Channels, cancellationToken).ConfigureAwait(false);
            return new StartPoint(latest, mark, hasChannels ? Channels : null)
            {
                HasPendingTokens = await HasAsync(look, TokenRows.Pending, cancellationToken).ConfigureAwait(false),
            };
        }, null, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> HasAsync(LoadTransaction look, CopyTable table, CancellationToken cancellationToken)
    {
        const string Columns = """
            SELECT 1 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = ANY ($3) AND a.attnum > 0 AND NOT a.attisdropped
            """;
        string[] wanted = [.. table.Columns];
        List<string[]> found =
            await look.RowsAsync(Columns, [look.RequireSchema(), table.Name, wanted], cancellationToken).ConfigureAwait(false);
        return found.Count == wanted.Length;
    }
}
