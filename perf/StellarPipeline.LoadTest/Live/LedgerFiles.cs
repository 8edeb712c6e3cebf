using System.Globalization;
using System.Text;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Live;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.State;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.LoadTest.Live;

/// <summary>
/// The rows of ledgers as files for COPY FROM, one per ledger and table, and the statements that store them: the server's own part of the
/// work.
/// </summary>
/// <remarks>The rows of live ingestion in its order. Rows that may exist already are staged, as every client must do.</remarks>
internal sealed class LedgerFiles(string folder) : IDisposable
{
    // Keys of the tables whose rows may exist already.
    private static readonly Dictionary<string, string[]> Keys = new()
    {
        ["trustline_assets"] = ["id"], ["contract_tokens"] = ["contract_id"], ["protocol_wasms"] = ["wasm_hash"],
        ["protocol_contracts"] = ["contract_id"], ["native_balances"] = ["account_id"],
        ["trustline_balances"] = ["account_id", "asset_id"], ["liquidity_pools"] = ["pool_id"],
        ["liquidity_pool_balances"] = ["account_id", "pool_id"], ["sac_balances"] = ["account_id", "contract_id"],
    };

    private static readonly CopyTable[] Order =
        [.. StateTables.Assets, .. StateTables.Contracts, .. HistoryTables.All, .. StateTables.Balances];

    private readonly Dictionary<uint, List<CopyTable>> written = [];
    private readonly HashSet<Hash256> codes = [];

    /// <summary>Number of rows in all files.</summary>
    public long Rows { get; private set; }

    /// <summary>The first statements of a session: they create its staging tables.</summary>
    public static string Staging
    {
        get
        {
            var text = new StringBuilder();
            foreach (CopyTable table in Order.Where(static table => !HistoryTables.All.Contains(table)))
            {
                text.AppendLine(
                    $"CREATE TEMP TABLE stage_{table.Name} ON COMMIT DELETE ROWS AS SELECT {List(Plain(table))} FROM public.{table.Name} "
                        + "WHERE false;");
                if (IsBalance(table)) text.AppendLine($"ALTER TABLE stage_{table.Name} ADD COLUMN is_gone boolean;");
            }

            return text.ToString();
        }
    }

    /// <summary>Makes the rows and writes them.</summary>
    public async Task WriteAsync(LedgerSet set, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var pool = new PagePool();
        IReadOnlyList<IProjection<LedgerView>> projections = LiveProjections.Create(set.Network, new LiveOptions());
        using var projector = new LedgerProjector(set.Network, projections, pool);
        var budget = new ByteBudget(long.MaxValue);
        for (int index = 0; index < set.Ledgers.Count; index++)
        {
            LedgerBytes bytes = await LedgerBytes.RentAsync(budget, set.Ledgers[index].Length, set.Name, cancellationToken);
            set.Ledgers[index].CopyTo(bytes.Memory.Span);
            using LedgerRows rows = projector.Project(bytes);
            uint ledger = set.First + (uint)index;
            written.Add(ledger, []);
            foreach (IGrouping<CopyTable, RowPage> pages in
                rows.TakePages().Concat(OfKnownCode((LedgerState)rows.Parts[LiveProjections.State].Facts!, pool)).GroupBy(
                    static page => page.Table))
            {
                written[ledger].Add(pages.Key);
                await using FileStream file = File.Create(FileOf(ledger, pages.Key));
                await file.WriteAsync(CopyFormat.Header, cancellationToken);
                foreach (RowPage page in pages)
                {
                    await file.WriteAsync(page.Memory, cancellationToken);
                    Rows += page.RowCount;
                    page.Dispose();
                }

                await file.WriteAsync(CopyFormat.Trailer, cancellationToken);
            }
        }
    }

    /// <summary>Lets the server store the rows of a ledger in one transaction.</summary>
    public async Task StoreAsync(NpgsqlConnection connection, uint ledger, CancellationToken cancellationToken)
    {
        var text = new StringBuilder("BEGIN;");
        foreach (CopyTable table in Order.Where(table => written[ledger].Contains(table)))
        {
            bool isHistory = HistoryTables.All.Contains(table);
            string target = isHistory ? $"public.{table.Name}" : $"stage_{table.Name}";
            text.AppendLine($"COPY {target} ({List(table.Columns)}) FROM '{FileOf(ledger, table)}' (FORMAT binary);");
            if (!isHistory) text.AppendLine(Merge(table));
        }

        text.AppendLine(
            CultureInfo.InvariantCulture, $"UPDATE public.ingest_store SET value = '{ledger}' WHERE key = 'latest_ingest_ledger'; COMMIT;");
#pragma warning disable CA2100 // Only constants, numbers, and names of known tables and of this run's files.
        await using var command = new NpgsqlCommand(text.ToString(), connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Removes the files.</summary>
    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    // Contracts whose code is from an earlier ledger; live ingestion finds it in the database.
    private List<RowPage> OfKnownCode(LedgerState state, PagePool pool)
    {
        codes.UnionWith(state.Codes);
        using var writer = new RowPageWriter(WalletTables.ProtocolContracts, pool);
        foreach ((Hash256 contract, Hash256 code) in state.ContractsOfOtherCode.Where(contract => codes.Contains(contract.Code)))
            WalletParents.WriteContractOfCode(writer, contract, code);
        return writer.Take() is { } page ? [page] : [];
    }

    private static string Merge(CopyTable table)
    {
        string[] key = Keys[table.Name];
        string[] columns = [.. Plain(table)];
        string insert = $"INSERT INTO public.{table.Name} ({List(columns)}) SELECT {List(columns)} FROM stage_{table.Name}";
        if (StateTables.Writers[table] == RowWriterKind.InsertOrIgnore) return $"{insert} ON CONFLICT DO NOTHING;";
        string sets = string.Join(", ", columns.Except(key).Select(static column => $"{column} = EXCLUDED.{column}"));
        string upsert = $"{insert}{(IsBalance(table) ? " WHERE NOT is_gone" : "")} ON CONFLICT ({List(key)}) DO UPDATE SET {sets};";
        return !IsBalance(table)
            ? upsert
            : $"{upsert} DELETE FROM public.{table.Name} t USING stage_{table.Name} s WHERE s.is_gone AND "
                + $"{string.Join(" AND ", key.Select(static column => $"t.{column} = s.{column}"))};";
    }

    private static bool IsBalance(CopyTable table) => StateTables.Balances.Contains(table);

    private static IEnumerable<string> Plain(CopyTable table) => IsBalance(table) ? table.Columns.SkipLast(1) : table.Columns;

    private static string List(IEnumerable<string> columns) => string.Join(", ", columns);

    private string FileOf(uint ledger, CopyTable table) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{ledger}-{table.Name}.bin"));
}
