using System.Globalization;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// Handles what depends on the checkpoint in a database that ingestion has worked on: history, cursors and classification. Keeps what can
/// be kept, and refuses a load that would leave contradictions.
/// </summary>
/// <remarks>
/// <para>After the load, ingestion continues after the checkpoint. Existing history above the checkpoint would collide with the rows that
/// it writes. Ledgers would be skipped for ever if the cursor of a protocol is ahead, or if it is behind while its status says that it is
/// done. For the cursors and statuses of wallet-backend see internal/services/ingest_live.go and protocol_migrate.go.</para>
/// <para>Everything runs in the load's transaction.</para>
/// </remarks>
internal sealed class LivingDatabase(LoadTransaction load, uint checkpoint, bool discardsAbove)
{
    private const string Latest = Queries.IngestStore.Latest;
    private const string Oldest = Queries.IngestStore.Oldest;
    private readonly LivingHistory history = new(load, checkpoint);
    private readonly bool isPlanned;
    private readonly LivingClassification classification = new(load);
    private readonly List<string> kept = [];
    private readonly List<string> moved = [];
    private readonly List<string> dropped = [];
    private uint? oldestKept;

    /// <summary>True only tells what a load would do: nothing is changed, and <see cref="RestoreAsync"/> must not be called.</summary>
    public bool IsPlanned
    {
        get => isPlanned;
        init => isPlanned = history.IsPlanned = value;
    }

    /// <summary>What the load kept, moved and removed.</summary>
    public PopulateReport.LivingSection Section => new(kept, moved, dropped);

    /// <summary>The ledger at which history begins after the load.</summary>
    public uint OldestLedger => oldestKept ?? checkpoint;

    /// <summary>Checks, before anything is downloaded or changed, whether the load will be refused. Changes nothing.</summary>
    /// <exception cref="PopulateException">Kind <see cref="Dataflow.FailureKind.Usage"/>: there are rows or cursors above the checkpoint;
    /// the message has their counts.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if ((await load.RowsAsync("SELECT oid FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)", [IngestStore],
            cancellationToken).ConfigureAwait(false)).Count == 0)
        {
            return;
        }

        await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        Refuse(Ahead(await ReadCursorsAsync(cancellationToken).ConfigureAwait(false)));
    }

    /// <summary>
    /// Checks the database, refuses contradictions, saves what will be restored, and removes what the user allowed. Call it before the
    /// tables are emptied.
    /// </summary>
    /// <exception cref="PopulateException">Kind <see cref="Dataflow.FailureKind.Usage"/>: there are rows or cursors above the checkpoint;
    /// the message has their counts.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, uint> cursors = await ReadCursorsAsync(cancellationToken).ConfigureAwait(false);
        List<ProtocolCursor> ahead = Ahead(cursors);
        Refuse(ahead);
        MoveIngestion(cursors);
        await history.DiscardAsync(dropped, cancellationToken).ConfigureAwait(false);
        foreach (ProtocolCursor cursor in ahead) await MoveBackAsync(cursor, cancellationToken).ConfigureAwait(false);
        await ReopenAsync([.. cursors.Select(ProtocolCursor.Of).OfType<ProtocolCursor>().Where(cursor => cursor.Ledger < checkpoint)],
            cancellationToken).ConfigureAwait(false);
        await classification.CaptureAsync(cancellationToken).ConfigureAwait(false);
        if (IsPlanned) classification.Foretell(kept);
    }

    /// <summary>
    /// The highest ledger of any row or cursor in the database. A load of an older checkpoint is refused. Null if ingestion has not worked
    /// on the database.
    /// </summary>
    public async Task<uint?> FindHighestAsync(CancellationToken cancellationToken)
    {
        if ((await load.RowsAsync("SELECT oid FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)", [IngestStore],
            cancellationToken).ConfigureAwait(false)).Count == 0)
        {
            return null;
        }

        IReadOnlyDictionary<string, uint> cursors = await ReadCursorsAsync(cancellationToken).ConfigureAwait(false);
        uint highest =
            Math.Max(cursors.Values.DefaultIfEmpty().Max(), await history.FindHighestAsync(cancellationToken).ConfigureAwait(false));
        return highest == 0 ? null : highest;
    }

    /// <summary>
    /// Restores what is known about codes and tokens that exist again. Call it when all rows are loaded, before the keys are proved.
    /// </summary>
    public Task RestoreAsync(CancellationToken cancellationToken) => classification.RestoreAsync(kept, moved, dropped, cancellationToken);

    private List<ProtocolCursor> Ahead(IReadOnlyDictionary<string, uint> cursors) =>
        [.. cursors.Select(ProtocolCursor.Of).OfType<ProtocolCursor>().Where(cursor => cursor.Ledger > checkpoint)];

    private void Refuse(List<ProtocolCursor> ahead)
    {
        List<string> problems =
            [.. history.Above.Select(table => Invariant($"{table.Name} has {table.Rows:N0} rows of ledgers above {checkpoint:N0}"))];
        problems.AddRange(ahead.Select(cursor => Invariant($"the cursor {cursor.Key} is at {cursor.Ledger:N0}{history.StateOf(cursor)}")));
        if (problems.Count == 0) return;
        if (!discardsAbove) throw PopulateThrow.HistoryAbove(checkpoint, problems);
        List<string> unknown =
            [.. ahead.Where(cursor => cursor is { IsHistory: false, Protocol: not LivingHistory.Sep41 }).Select(
                cursor => Invariant($"{cursor.Key} at {cursor.Ledger:N0}"))];
        if (unknown.Count > 0) throw PopulateThrow.StateOfUnknownProtocol(checkpoint, unknown);
    }

    /// <summary>
    /// Moves the cursors of ingestion. The latest moves to the checkpoint. The oldest stays if history reaches from it to the checkpoint.
    /// </summary>
    private void MoveIngestion(IReadOnlyDictionary<string, uint> cursors)
    {
        uint latest = cursors.GetValueOrDefault(Latest), oldest = cursors.GetValueOrDefault(Oldest);
        if (oldest > 0 && oldest < checkpoint && latest >= checkpoint && history.ReachesBelow) oldestKept = oldest;
        if (latest > 0 && latest != checkpoint) moved.Add(Invariant($"{Latest} from {latest:N0} to {checkpoint:N0}"));
        if (oldest == 0) return;
        if (oldest == OldestLedger)
        {
            kept.Add(Invariant($"{Oldest} at {oldest:N0}: history reaches from there to the checkpoint"));
            return;
        }

        string why =
            history.ReachesBelow && latest < checkpoint
                ? Invariant(
                    $"; older history rows stay, but ledgers {latest + 1:N0} to {checkpoint:N0} are missing: load them with backfill")
                : "";
        moved.Add(Invariant($"{Oldest} from {oldest:N0} to {OldestLedger:N0}{why}"));
    }

    /// <summary>
    /// Moves a protocol back that is ahead of the checkpoint. Its history is removed with the rows above. Its current state cannot be moved
    /// back, so it must be built again.
    /// </summary>
    private async Task MoveBackAsync(ProtocolCursor cursor, CancellationToken cancellationToken)
    {
        if (cursor.IsHistory)
        {
            await ChangeAsync($"UPDATE {IngestStore} SET value = $2 WHERE key = $1", [cursor.Key, Text(checkpoint)], cancellationToken)
                .ConfigureAwait(false);
            moved.Add(Invariant($"{cursor.Key} from {cursor.Ledger:N0} to {checkpoint:N0}"));
            return;
        }

        await history.DropStateAsync(dropped, cancellationToken).ConfigureAwait(false);
        await ChangeAsync($"DELETE FROM {IngestStore} WHERE key = $1", [cursor.Key], cancellationToken).ConfigureAwait(false);
        dropped.Add(Invariant($"{cursor.Key}, which was at {cursor.Ledger:N0}: run protocol-migrate current-state for {cursor.Protocol}"));
        await SetStatusAsync(cursor, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Reopens protocols that are done up to a ledger below the checkpoint. Ingestion continues after the checkpoint and would wait for
    /// ever for the ledgers in between.
    /// </summary>
    private async Task ReopenAsync(IReadOnlyList<ProtocolCursor> behind, CancellationToken cancellationToken)
    {
        foreach (ProtocolCursor cursor in behind)
        {
            kept.Add(Invariant($"{cursor.Key} at {cursor.Ledger:N0}"));
            if (!history.HasProtocols || !await history.IsDoneAsync(cursor, cancellationToken).ConfigureAwait(false)) continue;
            await SetStatusAsync(cursor, cancellationToken).ConfigureAwait(false);
            string job = cursor.IsHistory ? "history" : "current-state";
            moved.Add(
                string.Create(CultureInfo.InvariantCulture,
                    $"{cursor.StatusColumn} of {cursor.Protocol} from success to not_started: ledgers {cursor.Ledger + 1:N0} to "
                            + $"{checkpoint:N0} are missing; run protocol-migrate {job}"));
        }
    }

    private async Task SetStatusAsync(ProtocolCursor cursor, CancellationToken cancellationToken)
    {
        if (!history.HasProtocols) return;
        await ChangeAsync(
            $"UPDATE {load.Resolve(LivingHistory.Protocols).QualifiedName} SET {cursor.StatusColumn} = 'not_started' WHERE id = $1",
            [cursor.Protocol], cancellationToken).ConfigureAwait(false);
    }

    private async Task ChangeAsync(string sql, object[] values, CancellationToken cancellationToken)
    {
        if (!IsPlanned) await load.RunAsync(sql, values, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyDictionary<string, uint>> ReadCursorsAsync(CancellationToken cancellationToken)
    {
        var cursors = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (string[] row in await load.RowsAsync(
            $"SELECT key, value FROM {IngestStore} WHERE key IN ('{Latest}', '{Oldest}') OR key LIKE 'protocol\\_%\\_cursor'",
            cancellationToken).ConfigureAwait(false))
        {
            cursors.Add(row[0], Queries.IngestStore.Ledger(row[0], row[1]));
        }

        return cursors;
    }

    private string IngestStore => load.Resolve(WalletTables.IngestStore).QualifiedName;

    private static string Text(uint ledger) => ledger.ToString(CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>The cursor of a protocol, as wallet-backend stores it in ingest_store.</summary>
/// <param name="Key">Key of the cursor.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="IsHistory">True for the cursor of its history, false for that of its current state.</param>
/// <param name="Ledger">The last ledger that is done.</param>
internal sealed record ProtocolCursor(string Key, string Protocol, bool IsHistory, uint Ledger)
{
    private const string Prefix = "protocol_";
    private const string HistorySuffix = "_history_cursor";
    private const string StateSuffix = "_current_state_cursor";

    /// <summary>Column of the table protocols with the status of the migration.</summary>
    public string StatusColumn => IsHistory ? "history_migration_status" : "current_state_migration_status";

    /// <summary>Parses the key of a cursor; null if it belongs to no protocol, or is not set.</summary>
    public static ProtocolCursor? Of(KeyValuePair<string, uint> cursor)
    {
        bool isHistory = cursor.Key.EndsWith(HistorySuffix, StringComparison.Ordinal);
        string suffix = isHistory ? HistorySuffix : StateSuffix;
        return cursor.Value > 0 && cursor.Key.Length > Prefix.Length + suffix.Length
            && cursor.Key.StartsWith(Prefix, StringComparison.Ordinal) && cursor.Key.EndsWith(suffix, StringComparison.Ordinal)
            ? new ProtocolCursor(cursor.Key, cursor.Key[Prefix.Length..^suffix.Length], isHistory, cursor.Value)
            : null;
    }
}
