using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>Finds contracts that the database does not know yet, and asks them for name, symbol and decimals.</summary>
/// <remarks>
/// They are asked before the transaction, so that no lock waits for an RPC server. A contract that does not answer in time is recorded as
/// pending in the transaction of its row; <see cref="PendingTokens"/> asks it again. Safe for several callers.
/// </remarks>
/// <param name="database">The database.</param>
/// <param name="answers">Asks contracts; null if there is no RPC server.</param>
/// <param name="patience">How long the ledgers wait for answers.</param>
/// <param name="logger">Logs contracts that could not be asked.</param>
internal sealed class NewTokens(NpgsqlDataSource database, TokenAnswers? answers, TimeSpan patience, ILogger logger)
{
    private readonly ConcurrentDictionary<Hash256, bool> known = [];

    /// <summary>Whether the table of pending contracts exists.</summary>
    public bool HasPendingTable { get; set; }

    /// <summary>Finds the new contracts of some ledgers and asks them.</summary>
    /// <param name="ledgers">The ledgers of a transaction, in order.</param>
    /// <param name="present">Ledgers before them that are not committed yet, but will be before these are.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="Postgres.DatabaseException">The server refused a statement, failed, or the connection broke.</exception>
    public async Task<TokenFindings> FindAsync(
        IReadOnlyList<LedgerWork> ledgers, IReadOnlyList<LedgerWork> present, CancellationToken cancellationToken)
    {
        if (answers is null && !HasPendingTable) return TokenFindings.None;
        HashSet<Hash256> uncommitted = [.. present.SelectMany(static ledger => ledger.State.Contracts)];
        (Hash256 Contract, uint Ledger)[] candidates =
            [.. ledgers.SelectMany(static ledger => ledger.State.Contracts.Select(contract => (contract, ledger.Facts.Ledger)))
                .Where(candidate => !known.ContainsKey(candidate.contract) && !uncommitted.Contains(candidate.contract))
                .DistinctBy(static candidate => candidate.contract)];
        if (candidates.Length == 0) return TokenFindings.None;
        HashSet<string> stored = await StoredAsync(candidates, cancellationToken).ConfigureAwait(false);
        (Hash256 Contract, uint Ledger)[] fresh =
            [.. candidates.Where(candidate => !stored.Contains(TokenRows.Address(candidate.Contract)))];
        Hash256[] looked = [.. candidates.Select(static candidate => candidate.Contract)];
        if (answers is null || fresh.Length == 0) return new TokenFindings(looked, [], fresh);

        var described = new ConcurrentBag<TokenMetadata>();
        var pending = new ConcurrentBag<(Hash256 Contract, uint Ledger)>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        await Parallel.ForEachAsync(
            fresh, new ParallelOptions { MaxDegreeOfParallelism = TokenAnswers.Parallel, CancellationToken = cancellationToken },
            async (candidate, _) =>
            {
                try
                {
                    if (await answers.AskAsync(candidate.Contract, limit.Token).ConfigureAwait(false) is { } token) described.Add(token);
                }
                catch (Exception error)
                    when (!cancellationToken.IsCancellationRequested && error is PipelineException or OperationCanceledException)
                {
                    StellarLog.TokenPending(logger, TokenRows.Address(candidate.Contract), error.Message);
                    pending.Add(candidate);
                }
            }).ConfigureAwait(false);
        return new TokenFindings(looked, [.. described], [.. pending]);
    }

    /// <summary>Updates the rows of the contracts, which are already written, and records the pending ones.</summary>
    /// <param name="load">The transaction.</param>
    /// <param name="findings">The result of <see cref="FindAsync"/>.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    public async Task StoreAsync(LoadTransaction load, TokenFindings findings, CancellationToken cancellationToken)
    {
        if (findings.Described.Count > 0) await TokenRows.DescribeAsync(load, findings.Described, cancellationToken).ConfigureAwait(false);
        if (findings.Pending.Count == 0 || !HasPendingTable) return;
        await load.RunAsync(
            $"""
            INSERT INTO {load.Resolve(TokenRows.Pending).QualifiedName} (contract_id, since_ledger)
            SELECT * FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::bigint[])) ON CONFLICT DO NOTHING
            """,
            [
                findings.Pending.Select(static pending => TokenRows.Address(pending.Contract)).ToArray(),
                findings.Pending.Select(static pending => (long)pending.Ledger).ToArray(),
            ],
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Remembers, after COMMIT, that the contracts are in the database.</summary>
    public void Stored(TokenFindings findings)
    {
        foreach (Hash256 contract in findings.Contracts) known[contract] = true;
    }

    private Task<HashSet<string>> StoredAsync((Hash256 Contract, uint Ledger)[] candidates, CancellationToken cancellationToken) =>
        TransactionRun.RunAsync(database, "Reading known contracts", async look =>
        {
            string table = look.Resolve(WalletTables.ContractTokens).QualifiedName;
            string[] wanted = [.. candidates.Select(static candidate => TokenRows.Address(candidate.Contract))];
            List<string[]> rows = await look.RowsAsync(
                $"SELECT contract_id FROM {table} WHERE contract_id = ANY ($1)", [wanted], cancellationToken).ConfigureAwait(false);
            return rows.Select(static row => row[0]).ToHashSet();
        }, null, cancellationToken);
}
