using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Where a run begins, as the database says it.</summary>
/// <param name="Latest">The last ledger in the tables.</param>
/// <param name="Mark">Its hash; null where it is not known, or is that of another ledger.</param>
/// <param name="ChannelAccounts">The table of channel accounts; null where there is none.</param>
internal sealed record StartPoint(uint Latest, LedgerMark? Mark, CopyTable? ChannelAccounts)
{
    private static readonly CopyTable Channels = new("channel_accounts", "locked_tx_hash", "locked_at", "locked_until");

    /// <summary>Reads it.</summary>
    /// <param name="database">The database.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="LiveException">No ledger is in the tables yet.</exception>
    public static async Task<StartPoint> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        LoadTransaction look = await LoadTransaction.OpenAsync(database, null, cancellationToken).ConfigureAwait(false);
        await using (look.ConfigureAwait(false))
        {
            StartPoint? start = null;
            await look.GuardAsync("The look at the cursor of ingestion", async () =>
            {
                uint latest = await new IngestStore(look).GetAsync(IngestStore.Latest, cancellationToken).ConfigureAwait(false)
                    ?? throw LiveThrow.NoCursor(look.Server);
                LedgerMark? mark = await LedgerMark.ReadAsync(look, cancellationToken).ConfigureAwait(false);
                // Who else moved the cursor left no hash; the one that is there is of another ledger.
                if (mark?.Ledger != latest) mark = null;
                start =
                    new StartPoint(latest, mark, await HasChannelsAsync(look, cancellationToken).ConfigureAwait(false) ? Channels : null);
            }, cancellationToken).ConfigureAwait(false);
            return start!;
        }
    }

    private static async Task<bool> HasChannelsAsync(LoadTransaction look, CancellationToken cancellationToken)
    {
        const string Columns = """
            SELECT 1 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = ANY ($3) AND a.attnum > 0 AND NOT a.attisdropped
            """;
        string[] wanted = [.. Channels.Columns];
        List<string[]> found =
            await look.RowsAsync(Columns, [look.RequireSchema(), Channels.Name, wanted], cancellationToken).ConfigureAwait(false);
        return found.Count == wanted.Length;
    }
}
