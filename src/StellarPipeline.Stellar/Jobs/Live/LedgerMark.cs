using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>
/// The hash of the last ledger in the tables. It is stored with the cursor in the same transaction, so that the next ledger is checked
/// against it even after a restart.
/// </summary>
/// <param name="Ledger">The ledger.</param>
/// <param name="Hash">SHA-256 of its header.</param>
internal readonly record struct LedgerMark(uint Ledger, Hash256 Hash)
{
    /// <summary>Key of the row in ingest_store. Its value is the ledger, a space, and the hash in hexadecimal.</summary>
    public const string Key = "pipeline_latest_ledger_hash";

    /// <summary>Reads the mark.</summary>
    /// <param name="load">The transaction.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>The mark; null if there is none.</returns>
    /// <exception cref="LiveException">The value is not a ledger and a hash.</exception>
    public static async Task<LedgerMark?> ReadAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> rows =
            await new IngestStore(load).ReadAsync([Key], cancellationToken).ConfigureAwait(false);
        return In(rows);
    }

    /// <summary>The mark among rows of ingest_store; null if there is none.</summary>
    /// <exception cref="LiveException">The value is not a ledger and a hash.</exception>
    public static LedgerMark? In(IReadOnlyDictionary<string, string> rows)
    {
        if (!rows.TryGetValue(Key, out string? value)) return null;
        string[] parts = value.Split(' ');
        bool isMark = parts.Length == 2 & IngestStore.IsLedger(parts[0], out uint ledger)
            & Hash256.TryParse(parts[^1], out Hash256 hash);
        return isMark ? new LedgerMark(ledger, hash) : throw LiveThrow.MarkUnreadable(value);
    }

    /// <summary>The row of ingest_store.</summary>
    public (string Key, string Value) Row => (Key, FormattableString.Invariant($"{Ledger} {Hash}"));
}
