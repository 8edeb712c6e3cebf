using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Wallet;

namespace StellarPipeline.Stellar.Populate;

/// <summary>Refuses a database in use before its schema is changed for the load.</summary>
/// <remarks>The change would go back with the load, but until then it locks tables that others write.</remarks>
internal static class SchemaGuard
{
    /// <summary>Refuses when one of the tables that exist holds rows, or the cursor is set.</summary>
    /// <exception cref="PopulateException">Kind <see cref="Dataflow.FailureKind.Usage"/>: which tables hold rows.</exception>
    public static async Task RequireEmptyAsync(LoadTransaction load, bool replaces, CancellationToken cancellationToken)
    {
        if (replaces) return;
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(load.Connection, [.. WalletTables.All.Append(WalletTables.IngestStore).Select(load.Resolve)], cancellationToken).ConfigureAwait(false);
        List<string> full = [.. states.Where(state => state.HasRows == true && state.Table.Name != WalletTables.IngestStore.Name).Select(state => state.Table.Name)];
        string? cursor = states[^1] is { Exists: true, CanSelect: true, Kind: 'r' or 'p' } ? await CursorAsync(load, cancellationToken).ConfigureAwait(false) : null;
        if (full.Count > 0 || cursor is not null) throw PopulateThrow.TablesHoldRows(full, cursor);
    }

    private static async Task<string?> CursorAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name of the table is a quoted identifier.
        var command = new NpgsqlCommand(
            $"SELECT value FROM {load.Resolve(WalletTables.IngestStore).QualifiedName} WHERE key = 'latest_ingest_ledger' AND value <> '0'", load.Connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false)) return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
