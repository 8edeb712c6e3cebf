using System.Collections.Concurrent;
using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Finds contracts whose code is in the database: only those have a row in protocol_contracts.</summary>
/// <remarks>
/// Codes are never removed, and only the process that holds the lock of ingestion adds some. So the answers are remembered. Codes of
/// ledgers in the same transaction count too. Safe for several callers.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="pages">The pool of pages.</param>
internal sealed class KnownCodes(NpgsqlDataSource database, PagePool pages)
{
    private readonly ConcurrentDictionary<Hash256, bool> isKnown = [];

    /// <summary>Encodes rows of contracts whose code is not in their own ledger.</summary>
    /// <param name="ledgers">The ledgers of a transaction, in order.</param>
    /// <param name="present">Ledgers before them that are not committed yet, but will be before these are.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>A page for each ledger; null if it has no such row. The caller owns the pages.</returns>
    public async Task<RowPage?[]> RowsAsync(
        IReadOnlyList<LedgerWork> ledgers, IReadOnlyList<LedgerWork> present, CancellationToken cancellationToken)
    {
        var rows = new RowPage?[ledgers.Count];
        if (ledgers.All(static ledger => ledger.State.ContractsOfOtherCode.Count == 0)) return rows;
        Hash256[] unknown =
            [.. ledgers.SelectMany(static ledger => ledger.State.ContractsOfOtherCode).Select(static contract => contract.Code).Distinct()
                .Where(code => !isKnown.ContainsKey(code))];
        if (unknown.Length > 0) await AskAsync(unknown, cancellationToken).ConfigureAwait(false);

        using var writer = new RowPageWriter(WalletTables.ProtocolContracts, pages);
        HashSet<Hash256> uncommitted = [.. present.SelectMany(static ledger => ledger.State.Codes)];
        for (int index = 0; index < rows.Length; index++)
        {
            uncommitted.UnionWith(ledgers[index].State.Codes);
            foreach ((Hash256 contract, Hash256 code) in ledgers[index].State.ContractsOfOtherCode)
            {
                if (isKnown.GetValueOrDefault(code) || uncommitted.Contains(code))
                    WalletParents.WriteContractOfCode(writer, contract, code);
            }

            rows[index] = writer.Take();
        }

        return rows;
    }

    /// <summary>Remembers, after COMMIT, that the codes of some ledgers are in the database.</summary>
    public void Stored(IReadOnlyList<LedgerWork> ledgers)
    {
        foreach (Hash256 code in ledgers.SelectMany(static ledger => ledger.State.Codes)) isKnown[code] = true;
    }

    private async Task AskAsync(Hash256[] codes, CancellationToken cancellationToken)
    {
        List<string[]> found = await TransactionRun.RunAsync(database, "Reading known contract codes", look =>
        {
            string table = look.Resolve(WalletTables.ProtocolWasms).QualifiedName;
            byte[][] wanted = [.. codes.Select(Bytes)];
            return look.RowsAsync(
                $"SELECT encode(wasm_hash, 'hex') FROM {table} WHERE wasm_hash = ANY ($1)", [wanted], cancellationToken);
        }, null, cancellationToken).ConfigureAwait(false);
        foreach (string[] row in found) isKnown[Hash256.Parse(row[0])] = true;

        // A code that was stored meanwhile stays known.
        foreach (Hash256 code in codes) isKnown.TryAdd(code, false);
    }

    private static byte[] Bytes(Hash256 hash)
    {
        byte[] bytes = new byte[Hash256.LengthBytes];
        hash.CopyTo(bytes);
        return bytes;
    }
}
