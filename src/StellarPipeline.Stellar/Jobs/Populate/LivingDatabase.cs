using System.Globalization;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// What hangs on the checkpoint in a database that ingestion has worked on: history, cursors, classification. Keeps what can be kept,
/// refuses what would contradict itself.
/// </summary>
/// <remarks>
/// <para>After the load, ingestion goes on behind the checkpoint. What is there already would collide with what it writes (history above
/// the checkpoint), or be passed over for ever (the cursor of a protocol that is ahead, or behind while its status says that it is done).
/// The cursors and statuses are those of wallet-backend: internal/services/ingest_live.go, protocol_migrate.go.</para>
/// <para>Everything happens in the load's transaction.</para>
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

    /// <summary>Only to say what a load would do: nothing is changed, and <see cref="RestoreAsync"/> is not called.</summary>
    public bool IsPlanned
    {
        get => isPlanned;
        init => isPlanned = history.IsPlanned = value;
    }

    /// <summary>What the load did to what was there.</summary>
    public PopulateReport.LivingSection Section => new(kept, moved, dropped);

    /// <summary>The ledger that history reaches back to after the load.</summary>
    public uint OldestLedger => oldestKept ?? checkpoint;

    /// <summary>Looks, before anything is fetched or changed, whether the load will be refused. Changes nothing.</summary>
    /// <exception cref="PopulateException">Kind <see cref="Dataflow.FailureKind.Usage"/>: what stands above the checkpoint, with
    /// counts.</exception>
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
    /// Looks, refuses what would contradict itself, notes what is to be kept, and removes what the user said may go. Called before the
    /// tables are emptied.
    /// </summary>
    /// <exception cref="PopulateException">Kind <see cref="Dataflow.FailureKind.Usage"/>: what stands above the checkpoint, with
    /// counts.</exception>
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
    /// The highest ledger that anything in the database speaks of: no load of an older checkpoint goes unrefused. Null where ingestion has
    /// not worked on it.
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
    /// Puts back what is known of codes and tokens that are there again. Called when all rows are loaded, before the keys are proved.
    /// </summary>
    public Task RestoreAsync(CancellationToken cancellationToken) => classification.RestoreAsync(kept, moved, dropped, cancellationToken);

    private List<ProtocolCursor> Ahead(IReadOnlyDictionary<string, uint> cursors) =>
        [.. cursors.Select(ProtocolCursor.Of).OfType<ProtocolCursor>().Where(cursor => cursor.Ledger > checkpoint)];

    private void Refuse(List<ProtocolCursor> ahead)
    {
        List<string> problems =
            [.. history.Above.Select(table => Invariant($"{table.Name} holds {table.Rows:N0} rows of ledgers above {checkpoint:N0}"))];
        problems.AddRange(ahead.Select(cursor => Invariant($"the cursor {cursor.Key} is at {cursor.Ledger:N0}{history.StateOf(cursor)}")));
        if (problems.Count == 0) return;
        if (!discardsAbove) throw PopulateThrow.HistoryAbove(checkpoint, problems);
        List<string> unknown =
            [.. ahead.Where(cursor => cursor is { IsHistory: false, Protocol: not LivingHistory.Sep41 }).Select(
                cursor => Invariant($"{cursor.Key} at {cursor.Ledger:N0}"))];
        if (unknown.Count > 0) throw PopulateThrow.StateOfUnknownProtocol(checkpoint, unknown);
    }

    /// <summary>
    /// The cursors of ingestion: the latest goes to the checkpoint; the oldest stays where history reaches from it to the checkpoint.
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
                    $"; older history rows stay, but ledgers {latest + 1:N0} to {checkpoint:N0} are missing: a backfill has to write them")
                : "";
        moved.Add(Invariant($"{Oldest} from {oldest:N0} to {OldestLedger:N0}{why}"));
    }

    /// <summary>
    /// A protocol that is ahead of the checkpoint. Its history goes with the rows above; its current state cannot be taken back, so it is
    /// made anew.
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
    /// A protocol that is done up to a ledger below the checkpoint: ingestion goes on behind the checkpoint and would wait for ever for the
    /// ledgers between.
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
            if (!uint.TryParse(row[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint ledger))
                throw Queries.QueryThrow.CursorIsNoLedger(row[0], row[1]);
            cursors.Add(row[0], ledger);
        }

        return cursors;
    }

    private string IngestStore => load.Resolve(WalletTables.IngestStore).QualifiedName;

    private static string Text(uint ledger) => ledger.ToString(CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>How far a protocol has come, as wallet-backend keeps it in ingest_store.</summary>
/// <param name="Key">Key of the cursor.</param>
/// <param name="Protocol">The protocol.</param>
/// <param name="IsHistory">True for its history, false for its current state.</param>
/// <param name="Ledger">The last ledger that is done.</param>
internal sealed record ProtocolCursor(string Key, string Protocol, bool IsHistory, uint Ledger)
{
    private const string Prefix = "protocol_";
    private const string HistorySuffix = "_history_cursor";
    private const string StateSuffix = "_current_state_cursor";

    /// <summary>Column of the table protocols that says whether the migration is done.</summary>
    public string StatusColumn => IsHistory ? "history_migration_status" : "current_state_migration_status";

    /// <summary>Reads a cursor's name; null for one that belongs to no protocol, or is not set.</summary>
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
