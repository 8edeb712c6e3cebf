using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Jobs.Populate;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Live.Tokens;

/// <summary>
/// Asks contracts again, in the background, that could not be asked when they were new; each is stored in its own transaction.
/// </summary>
/// <remarks>Its failures do not stop the run: they are logged, and the contract is asked again later.</remarks>
/// <param name="database">The database.</param>
/// <param name="answers">Asks contracts.</param>
/// <param name="logger">Logs failures.</param>
internal sealed class PendingTokens(NpgsqlDataSource database, TokenAnswers answers, ILogger logger)
{
    private const int AtOnce = 50;

    private static readonly Backoff Pause = Backoff.Steady(TimeSpan.FromMinutes(1));

    /// <summary>Goes over the list every minute.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await PassAsync(cancellationToken).ConfigureAwait(false);
                await Pause.WaitAsync(1, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    /// <summary>Goes over the list once: until it is empty, or a contract cannot be asked.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ListAsync(cancellationToken).ConfigureAwait(false) is { Count: > 0 } contracts)
            {
                foreach (string contract in contracts)
                    if (!await CompleteAsync(contract, cancellationToken).ConfigureAwait(false)) return;
            }
        }
        catch (PipelineException error)
        {
            StellarLog.TokensNotCompleted(logger, error.Message);
        }
    }

    /// <summary>Asks one contract and removes it from the list. Returns false if there is no answer.</summary>
    private async Task<bool> CompleteAsync(string address, CancellationToken cancellationToken)
    {
        TokenMetadata? token = null;
        string? problem = null;
        try
        {
            token = await answers.AskAsync(IdOf(address), cancellationToken).ConfigureAwait(false);
        }
        catch (PipelineException error)
        {
            problem = error.Message;
            StellarLog.TokenPending(logger, address, error.Message);
        }

        await TransactionRun.RunAsync(database, "Storing the metadata of a token", async load =>
        {
            string list = load.Resolve(TokenRows.Pending).QualifiedName;
            if (problem is not null)
            {
                return await load.RunAsync(
                    $"UPDATE {list} SET tries = tries + 1, last_error = $2 WHERE contract_id = $1", [address, problem], cancellationToken)
                    .ConfigureAwait(false);
            }

            if (token is not null) await TokenRows.DescribeAsync(load, [token], cancellationToken).ConfigureAwait(false);
            return await load.RunAsync($"DELETE FROM {list} WHERE contract_id = $1", [address], cancellationToken).ConfigureAwait(false);
        }, null, cancellationToken).ConfigureAwait(false);
        return problem is null;
    }

    // Contracts with the fewest failures first: one that always fails does not delay the others.
    private Task<List<string>> ListAsync(CancellationToken cancellationToken) =>
        TransactionRun.RunAsync(database, "Reading pending tokens", async look =>
        {
            string limit = AtOnce.ToString(CultureInfo.InvariantCulture);
            List<string[]> rows = await look.RowsAsync(
                $"SELECT contract_id FROM {look.Resolve(TokenRows.Pending).QualifiedName} ORDER BY tries, since_ledger, contract_id "
                    + $"LIMIT {limit}", cancellationToken).ConfigureAwait(false);
            return rows.ConvertAll(static row => row[0]);
        }, null, cancellationToken);

    private static Hash256 IdOf(string address) => new(StrKey.Decode(StrKeyKind.Contract, address));
}
