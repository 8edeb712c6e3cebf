using System.Globalization;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>The cursors of ingestion in ingest_store: which ledgers the tables hold. They move in the transaction of the rows that they speak of.</summary>
internal static class IngestCursors
{
    /// <summary>Key of the last ledger that is in the tables; ingestion goes on behind it.</summary>
    public const string Latest = "latest_ingest_ledger";

    /// <summary>Key of the first ledger of the contiguous history.</summary>
    public const string Oldest = "oldest_ingest_ledger";

    /// <summary>Sets one cursor, whether it is there or not.</summary>
    /// <param name="load">The transaction.</param>
    /// <param name="key">Which one.</param>
    /// <param name="ledger">The ledger.</param>
    /// <param name="cancellationToken">Ends the statement; the transaction must then be rolled back.</param>
    public static Task SetAsync(LoadTransaction load, string key, uint ledger, CancellationToken cancellationToken) => load.RunAsync(
        $"INSERT INTO {load.Resolve(WalletTables.IngestStore).QualifiedName} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        [key, ledger.ToString(CultureInfo.InvariantCulture)],
        cancellationToken);
}
