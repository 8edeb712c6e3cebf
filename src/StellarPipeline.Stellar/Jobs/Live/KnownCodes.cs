using Npgsql;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Finds contracts whose code is in the database: only those have a row in protocol_contracts.</summary>
/// <remarks>
/// Codes are never removed, so a code that was found is remembered. Codes of ledgers in the same transaction count too. For one caller at
/// a time.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="pages">The pool of pages.</param>
internal sealed class KnownCodes(NpgsqlDataSource database, PagePool pages)
{
    private readonly HashSet<Hash256> known = [];

    /// <summary>Encodes rows of contracts whose code is not in their own ledger.</summary>
    /// <param name="ledgers">The ledgers of a transaction, in order.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    /// <returns>A page for each ledger; null if it has no such row. The caller owns the pages.</returns>
    public async Task<RowPage?[]> RowsAsync(IReadOnlyList<LedgerWork> ledgers, CancellationToken cancellationToken)
    {
        var rows = new RowPage?[ledgers.Count];
        if (ledgers.All(static ledger => ledger.State.ContractsOfOtherCode.Count == 0)) return rows;
        Hash256[] unknown =
            [.. ledgers.SelectMany(static ledger => ledger.State.ContractsOfOtherCode).Select(static contract => contract.Code).Distinct()
                .Where(code => !known.Contains(code))];
        if (unknown.Length > 0) await AskAsync(unknown, cancellationToken).ConfigureAwait(false);

        using var writer = new RowPageWriter(WalletTables.ProtocolContracts, pages);
        var uncommitted = new HashSet<Hash256>();
        for (int index = 0; index < rows.Length; index++)
        {
            uncommitted.UnionWith(ledgers[index].State.Codes);
            foreach ((Hash256 contract, Hash256 code) in ledgers[index].State.ContractsOfOtherCode)
            {
                if (known.Contains(code) || uncommitted.Contains(code)) WalletParents.WriteContractOfCode(writer, contract, code);
            }

            rows[index] = writer.Take();
        }

        return rows;
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
        foreach (string[] row in found) known.Add(Hash256.Parse(row[0]));
    }

    private static byte[] Bytes(Hash256 hash)
    {
        byte[] bytes = new byte[Hash256.LengthBytes];
        hash.CopyTo(bytes);
        return bytes;
    }
}
